"""Compressed streams: recognised by their first bytes, read and written without growing memory."""

from __future__ import annotations

import gzip
import io
import zlib
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

from jettison.errors import ImageError
from jettison.oci.blobs import PrefixedStream
from jettison.oci.errors import MalformedLayer
from jettison.oci.mediatype import Compression

if TYPE_CHECKING:
    from types import ModuleType

    from _typeshed import WriteableBuffer

    from jettison.oci.digest import ByteStream

igzip: ModuleType | None = None
isal_zlib: ModuleType | None = None
with suppress(ImportError):
    from isal import igzip, isal_zlib
zstandard: ModuleType | None = None
with suppress(ImportError):
    import zstandard

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAX_ZSTD_WINDOW = 128 << 20
GZIP_LEVEL = 6
ZSTD_LEVEL = 3


class Writer(Protocol):
    """What takes bytes until it is closed."""

    def write(self, data: bytes | memoryview, /) -> int: ...
    def close(self) -> None: ...


def sniff(head: bytes) -> Compression:
    """The compression that a blob's first bytes show; four bytes are enough.

    zstd blobs may start with a skippable frame (zstd:chunked ends with one, pzstd starts with
    one), whose magic is ``0x184D2A50`` to ``0x184D2A5F`` (RFC 8878, section 3.1.2).
    """
    if head[:2] == _GZIP_MAGIC:
        return Compression.GZIP
    if head[:4] == _ZSTD_MAGIC or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return Compression.ZSTD
    return Compression.NONE


def peek(raw: ByteStream) -> tuple[bytes, ByteStream]:
    """The first four bytes and a stream that still has them; seekable streams stay seekable."""
    head = b""
    while len(head) < 4 and (more := raw.read(4 - len(head))):
        head += more
    if raw.seekable():
        raw.seek(0)
        return head, raw
    return head, PrefixedStream(head, raw)


def decompressed(raw: ByteStream, *, layer: str) -> tuple[Compression, ByteStream]:
    """The compression of ``raw`` and a stream of its uncompressed bytes.

    An uncompressed ``raw`` is returned itself. Broken data raises :class:`MalformedLayer` with
    the offset in the uncompressed bytes.
    """
    head, whole = peek(raw)
    compression = sniff(head)
    if compression is Compression.NONE:
        return compression, whole
    source = _gzip_source(whole) if compression is Compression.GZIP else _zstd_source(whole)
    return compression, _Decompressed(source, whole, compression, layer)


class _Decompressed(io.RawIOBase):
    """A decompressor's stream with its errors translated."""

    def __init__(
        self, source: ByteStream, raw: ByteStream, compression: Compression, layer: str
    ) -> None:
        super().__init__()
        self._source = source
        self._raw = raw
        self._compression = compression
        self._layer = layer
        self._offset = 0
        self._failures = _failures(compression)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            got = self._source.readinto(memoryview(buffer)) or 0
        except self._failures as error:
            problem = f"broken {self._compression} data: {error}"
            raise MalformedLayer(problem, layer=self._layer, offset=self._offset) from error
        self._offset += got
        return got

    def close(self) -> None:
        if not self.closed:
            self._source.close()
            self._raw.close()
        super().close()


def _failures(compression: Compression) -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [EOFError, gzip.BadGzipFile, zlib.error]
    if isal_zlib is not None:
        found.append(isal_zlib.error)
    if compression is Compression.ZSTD and zstandard is not None:
        found.append(zstandard.ZstdError)
    return tuple(found)


def _gzip_source(raw: ByteStream) -> ByteStream:
    # Both read all members, which is what eStargz is made of, and check every CRC.
    if igzip is not None:
        source: ByteStream = igzip.IGzipFile(fileobj=raw, mode="rb")
        return source
    return gzip.GzipFile(fileobj=raw, mode="rb")  # type: ignore[call-overload,no-any-return]


def _zstd_source(raw: ByteStream) -> ByteStream:
    if zstandard is None:
        raise ImageError(
            "a layer is packed with zstd, which this Python cannot read",
            remedy="pip install zstandard",
        )
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)
    source: ByteStream = decompressor.stream_reader(
        raw, read_size=1 << 20, read_across_frames=True, closefd=False
    )
    return source


def compressed_writer(
    target: IO[bytes], compression: Compression, level: int | None = None
) -> Writer:
    """What packs the bytes written to it into ``target``, which stays open when it is closed.

    The output depends on input, level and library version only: gzip headers carry no time and
    no name.
    """
    match compression:
        case Compression.NONE:
            return _Plain(target)
        case Compression.GZIP:
            return gzip.GzipFile(
                filename="",
                mode="wb",
                compresslevel=GZIP_LEVEL if level is None else level,
                fileobj=target,
                mtime=0,
            )
        case Compression.ZSTD:
            if zstandard is None:
                raise ImageError(
                    "this Python cannot write zstd layers", remedy="pip install zstandard"
                )
            compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL if level is None else level)
            writer: Writer = compressor.stream_writer(target, closefd=False)
            return writer


class _Plain:
    """A writer that packs nothing."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def write(self, data: bytes | memoryview, /) -> int:
        return self._target.write(data)

    def close(self) -> None:
        """Nothing is pending."""
