"""Content digests, and readers that cannot be read to their end without being verified."""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING, Protocol

from jettison.oci.errors import DigestMismatch, MalformedImage
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")
CHUNK = 1 << 20
"""Bytes moved at once by every loop of this package."""


class Hasher(Protocol):
    """What :func:`hashlib.new` gives, as far as it is used here."""

    def update(self, data: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...
    def digest(self) -> bytes: ...


class ByteStream(Protocol):
    """Bytes that are read once, from first to last, and closed."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...
    def read(self, count: int = -1, /) -> bytes | None: ...
    def close(self) -> None: ...
    def seekable(self) -> bool: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...


@record(order=True)
class Digest:
    """A digest such as ``sha256:9f86…``: an algorithm and lower-case hexadecimal text.

    Source: OCI image spec, descriptor.md, "Digests".
    """

    algorithm: str
    hex: str

    def __post_init__(self) -> None:
        length = _HEX_LENGTHS.get(self.algorithm)
        if length is None:
            raise MalformedImage(f"unknown digest algorithm {self.algorithm!r}")
        if len(self.hex) != length or not _HEX.fullmatch(self.hex):
            raise MalformedImage(f"not a {self.algorithm} digest: {self.hex[:140]!r}")

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest that ``algorithm:hex`` spells."""
        algorithm, colon, digits = text.partition(":")
        if not colon:
            raise MalformedImage(f"not a digest: {text[:140]!r}")
        return cls(algorithm, digits)

    @classmethod
    def of(cls, data: bytes, algorithm: str = "sha256") -> Digest:
        """The digest of ``data``."""
        return cls(algorithm, hashlib.new(algorithm, data).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    @property
    def short(self) -> str:
        """The first twelve hexadecimal digits, as engines print them."""
        return self.hex[:12]

    def hasher(self) -> Hasher:
        """A fresh hasher of this digest's algorithm."""
        return hashlib.new(self.algorithm)

    def check(self, data: bytes, what: str) -> bytes:
        """``data``, after making sure that it has this digest."""
        found = Digest.of(data, self.algorithm)
        if found != self:
            raise DigestMismatch(f"{what}: expected {self}, the bytes have {found}")
        return data


class VerifiedReader(io.RawIOBase):
    """A stream that fails at its end unless it had the promised digest and length.

    It fails as soon as more than ``length`` bytes come. A reader that stops early proves nothing;
    :meth:`drain` reads the rest. (The idea is umoci's ``VerifiedReadCloser``.)
    """

    def __init__(
        self, raw: ByteStream, digest: Digest, length: int | None = None, *, what: str = "blob"
    ) -> None:
        super().__init__()
        self._raw = raw
        self._digest = digest
        self._length = length
        self._what = what
        self._hasher = digest.hasher()
        self._count = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """The number of bytes read, 0 at the verified end."""
        view = memoryview(buffer)
        got = self._raw.readinto(view) or 0
        if got:
            self._count += got
            self._hasher.update(view[:got])
            if self._length is not None and self._count > self._length:
                raise DigestMismatch(f"{self._what}: more than the promised {self._length} bytes")
        elif view and not self._ended:
            self._finish()
        return got

    def drain(self) -> int:
        """Reads the rest and verifies; returns the number of bytes of the whole stream."""
        buffer = memoryview(bytearray(CHUNK))
        while self.readinto(buffer):
            pass
        return self._count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()

    def _finish(self) -> None:
        self._ended = True
        if self._length is not None and self._count != self._length:
            raise DigestMismatch(
                f"{self._what}: {self._count} bytes instead of the promised {self._length}"
            )
        found = self._hasher.hexdigest()
        if found != self._digest.hex:
            raise DigestMismatch(
                f"{self._what}: expected {self._digest}, "
                f"the bytes have {self._digest.algorithm}:{found}"
            )


def digest_of_stream(raw: ByteStream, algorithm: str = "sha256") -> tuple[Digest, int]:
    """The digest and the number of bytes of all that is left of ``raw``, which is closed."""
    hasher = hashlib.new(algorithm)
    count = copy_stream(raw, hasher.update)
    return Digest(algorithm, hasher.hexdigest()), count


def copy_stream(raw: ByteStream, write: Callable[[memoryview], object]) -> int:
    """Hands all that is left of ``raw`` to ``write``, closes it, returns the number of bytes."""
    view = memoryview(bytearray(CHUNK))
    count = 0
    try:
        while got := raw.readinto(view):
            write(view[:got])
            count += got
    finally:
        raw.close()
    return count
