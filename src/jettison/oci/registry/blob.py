"""Blobs of a repository, whose downloads resume. Source: OCI distribution spec 1.1, "Pull"."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import httpx

from jettison.oci.errors import MalformedImage, MissingBlob, RegistryError
from jettison.oci.manifest import Descriptor, Manifest, parse_document
from jettison.oci.mediatype import is_foreign
from jettison.oci.registry.answer import part_of
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _typeshed import WriteableBuffer

    from jettison.oci.blobs import Blob
    from jettison.oci.digest import ByteStream, Digest
    from jettison.oci.reference import Reference
    from jettison.oci.registry.hosts import Place


class BlobClient(Protocol):
    """What blobs need of the client that asks registries for them."""

    @property
    def attempts(self) -> int:
        """The tries that one request may take."""

    def fetch_document(self, reference: Reference, identifier: str) -> tuple[bytes, str]:
        """A manifest's or index's bytes and media type, verified."""

    def open_blob(
        self, reference: Reference, digest: Digest, start: int
    ) -> tuple[httpx.Response, Place]:
        """An answer whose body is the blob from ``start`` on, and who gave it."""

    def open_url(self, url: str, start: int) -> httpx.Response:
        """An answer from outside of all registries."""

    def avoid(self, mirror: Place) -> None:
        """Asks a mirror no more."""

    def wait(self, attempt: int, response: httpx.Response | None = None) -> None:
        """Waits before another try."""


class RegistryStore:
    """One repository as a store of blobs; manifests tell it how long their blobs are."""

    def __init__(
        self, client: BlobClient, reference: Reference, cached: Mapping[Digest, bytes]
    ) -> None:
        self._client = client
        self._reference = reference
        self._cached = cached
        self._described: dict[Digest, Descriptor] = {}

    def blob(self, digest: Digest) -> Blob:
        """The blob; whether the registry has it shows when it is opened."""
        known = self._described.get(digest)
        if known is None:
            return RegistryBlob(self._client, self._reference, digest)
        urls = known.urls if is_foreign(known.media_type) else ()
        return RegistryBlob(self._client, self._reference, digest, known.blob_bytes, urls)

    def document(self, descriptor: Descriptor) -> bytes:
        """A manifest's or index's verified bytes."""
        raw = self._cached.get(descriptor.digest)
        if raw is None:
            raw, _ = self._client.fetch_document(self._reference, str(descriptor.digest))
        descriptor.digest.check(raw, f"manifest {descriptor.digest}")
        with suppress(MalformedImage):  # its reader will say so
            found = parse_document(raw, "manifest", descriptor.media_type)
            if isinstance(found, Manifest):
                self._described |= {one.digest: one for one in (found.config, *found.layers)}
        return raw


@record
class RegistryBlob:
    """A blob of a repository; ``blob_bytes`` is what its manifest says.

    ``urls`` are places outside of the registry, for layers that may not be distributed.
    """

    client: BlobClient
    reference: Reference
    digest: Digest
    blob_bytes: int | None = None
    urls: tuple[str, ...] = ()

    def open(self) -> ByteStream:
        """A fresh stream that goes on where it was when the connection breaks."""
        return RegistryStream(self)

    def ask(self, start: int) -> tuple[httpx.Response, Place | None]:
        """An answer whose body begins at ``start`` if all is well, and who gave it."""
        try:
            return self.client.open_blob(self.reference, self.digest, start)
        except MissingBlob as missing:
            for url in self.urls:
                with suppress(RegistryError, MissingBlob):
                    return self.client.open_url(url, start), None
            if self.urls:
                raise MissingBlob(f"{missing.message}, nor at {', '.join(self.urls)}") from missing
            raise


class RegistryStream(io.RawIOBase):
    """A download that resumes: after a break the rest is asked for by its range."""

    def __init__(self, blob: RegistryBlob) -> None:
        super().__init__()
        self._blob = blob
        self._at = 0
        self._total: int | None = None
        self._response: httpx.Response | None = None
        self._place: Place | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._piece = memoryview(b"")
        self._failures = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        while not self._piece:
            if self._total is not None and self._at >= self._total:
                self._end_well()
                return 0
            try:
                if self._response is None and not self._open():
                    return 0
                self._piece = memoryview(next(self._pieces))
            except StopIteration:
                if self._total is None:
                    return 0
                self._broken(None)
            except httpx.RequestError as error:
                self._broken(error)
        got = min(len(view), len(self._piece))
        view[:got] = self._piece[:got]
        self._piece = self._piece[got:]
        self._at += got
        self._failures = 0 if got else self._failures
        return got

    def close(self) -> None:
        self._hang_up()
        super().close()

    def _open(self) -> bool:
        """Asks for the rest; whether there is one."""
        blob = self._blob
        try:
            response, self._place = blob.ask(self._at)
        except RegistryError as error:
            if error.status == 416 and self._total is None:
                return False  # a body of unknown length broke right at its end
            raise
        self._response = response
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise RegistryError(f"blob {blob.digest}: sent as {encoding}, which was not asked for")
        first, whole = part_of(response, self._at)
        if first > self._at:
            problem = f"blob {blob.digest}: byte {first} came for byte {self._at}"
            raise RegistryError(problem, status=response.status_code)
        if self._total is None:
            self._total = blob.blob_bytes if whole is None else whole
        consumed = response.is_stream_consumed  # by a transport that reads ahead
        self._pieces = iter((response.content,)) if consumed else response.iter_raw()
        self._skip(self._at - first)
        return True

    def _skip(self, count: int) -> None:
        """Drops what a server that ignores ranges sends again."""
        while count > 0:
            piece = next(self._pieces)
            if len(piece) > count:
                self._pieces = _chained(piece[count:], self._pieces)
            count -= len(piece)

    def _broken(self, error: httpx.RequestError | None) -> None:
        self._hang_up()
        client = self._blob.client
        if self._place is not None and self._place.is_mirror:
            client.avoid(self._place)
            return
        self._failures += 1
        if self._failures >= client.attempts:
            problem = f"blob {self._blob.digest}: the download keeps breaking at byte {self._at}"
            raise RegistryError(problem) from error
        client.wait(self._failures - 1)

    def _end_well(self) -> None:
        """Reads the end of a body of known length, so that its connection can serve again."""
        if self._response is not None and "Content-Length" in self._response.headers:
            with suppress(httpx.RequestError):
                next(self._pieces, None)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
