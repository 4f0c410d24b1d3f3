"""Where bytes are: in memory, in a stretch of a file, in a temporary file that vanishes."""

from __future__ import annotations

import errno
import io
import os
import queue
import tempfile
import threading
import weakref
from typing import IO, TYPE_CHECKING, Protocol

from jettison.errors import ImageError
from jettison.oci.digest import CHUNK, ByteStream
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import WriteableBuffer
    from typing_extensions import Buffer

_SPARE_BYTES = 256 << 20
_CHECK_BYTES = 32 << 20


class Blob(Protocol):
    """Bytes that can be opened as often as wanted, by several readers at once."""

    @property
    def blob_bytes(self) -> int | None:
        """The number of bytes as stored, ``None`` when it is not known yet."""

    def open(self) -> ByteStream:
        """A fresh stream at the first byte; the caller closes it."""


@record
class BytesBlob:
    """Bytes in memory."""

    data: bytes

    @property
    def blob_bytes(self) -> int:
        """The number of bytes."""
        return len(self.data)

    def open(self) -> ByteStream:
        """A fresh stream."""
        return io.BytesIO(self.data)


@record
class FileBlob:
    """A stretch of a file: a whole blob file, or a member of an archive."""

    path: Path
    start: int
    blob_bytes: int

    @classmethod
    def whole(cls, path: Path) -> FileBlob:
        """The whole file."""
        return cls(path, 0, path.stat().st_size)

    def open(self) -> ByteStream:
        """A fresh, seekable stream over the stretch."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        return FileSlice(descriptor, self.start, self.blob_bytes)


@record
class SlicedBlob:
    """A stretch of another blob, whose streams must be seekable."""

    whole: Blob
    start: int
    blob_bytes: int

    def open(self) -> ByteStream:
        """A fresh, seekable stream over the stretch."""
        stream = self.whole.open()
        if isinstance(stream, FileSlice):
            return stream.narrow(self.start, self.blob_bytes)
        stream.seek(self.start)
        data = stream.read(self.blob_bytes) or b""
        stream.close()
        return io.BytesIO(data)


class TemporaryBlob:
    """Bytes in a nameless temporary file, which the system removes with the last reader.

    The file never takes the last of a disk's space: there would be no end to what a hostile
    archive unpacks to.
    """

    def __init__(self, fill: Callable[[IO[bytes]], object], folder: Path | None = None) -> None:
        """Calls ``fill`` with the open file; whatever it writes is the blob.

        Raises ``ImageError`` when the disk is nearly full.
        """
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the blob
        try:
            with io.BufferedWriter(_Guarded(self._file.fileno()), 1 << 20) as guarded:
                fill(guarded)
        except BaseException:
            self._file.close()
            raise
        self._closer = weakref.finalize(self, self._file.close)
        self.blob_bytes: int = os.fstat(self._file.fileno()).st_size

    def open(self) -> ByteStream:
        """A fresh, seekable stream."""
        return FileSlice(os.dup(self._file.fileno()), 0, self.blob_bytes)

    def close(self) -> None:
        """Gives the disk space back; streams already open stay readable."""
        self._closer()


class _Guarded(io.RawIOBase):
    """Writes to an open file, which stays open, while the disk has space to spare."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._unchecked = _CHECK_BYTES

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._unchecked += memoryview(data).nbytes
        if self._unchecked >= _CHECK_BYTES:
            self._unchecked = 0
            state = os.fstatvfs(self._descriptor)
            if state.f_bavail * state.f_frsize < _SPARE_BYTES:
                raise _full()
        try:
            return os.write(self._descriptor, data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise _full() from error
            raise


def _full() -> ImageError:
    return ImageError(
        f"the image does not fit into {tempfile.gettempdir()}, whose disk is nearly full",
        remedy="Make space there, or name another folder with TMPDIR.",
    )


class FileSlice(io.RawIOBase):
    """A seekable stream over a stretch of an open file; it closes the file descriptor.

    Reads name their offset, so streams over one file never disturb each other.
    """

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._start = start
        self._length = length
        self._at = 0

    def narrow(self, start: int, length: int) -> FileSlice:
        """This stream, cut to a stretch of itself and moved to its first byte."""
        self._length = max(0, min(length, self._length - start))
        self._start += start
        self._at = 0
        return self

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """The number of bytes read, 0 at the stretch's end or the file's, if that is shorter."""
        view = memoryview(buffer)[: max(0, self._length - self._at)]
        if not view:
            return 0
        got = os.preadv(self._descriptor, [view], self._start + self._at)
        self._at += got
        return got

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class PrefixedStream(io.RawIOBase):
    """A stream whose first bytes were already taken, made whole again."""

    def __init__(self, head: bytes, raw: ByteStream) -> None:
        super().__init__()
        self._head = head
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if self._head:
            got = min(len(view), len(self._head))
            view[:got] = self._head[:got]
            self._head = self._head[got:]
            return got
        return self._raw.readinto(view) or 0

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class ReadAhead(io.RawIOBase):
    """A stream read by a thread of its own, at most ``depth`` chunks ahead.

    Hashing and decompressing release the interpreter, so the reader of this stream works at the
    same time. An error of the source is raised here, in its place.
    """

    def __init__(self, raw: ByteStream, depth: int = 4) -> None:
        super().__init__()
        self._raw = raw
        self._chunks: queue.Queue[bytes | BaseException] = queue.Queue(depth)
        self._stop = threading.Event()
        self._current = memoryview(b"")
        self._ended = False
        self._thread = threading.Thread(target=self._fill, name="read-ahead", daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        if not self._current and not self._ended:
            chunk = self._chunks.get()
            if isinstance(chunk, BaseException):
                self._ended = True
                raise chunk
            self._ended = not chunk
            self._current = memoryview(chunk)
        got = min(len(view), len(self._current))
        view[:got] = self._current[:got]
        self._current = self._current[got:]
        return got

    def close(self) -> None:
        if not self.closed:
            self._stop.set()
            while self._thread.is_alive():
                while not self._chunks.empty():
                    self._chunks.get_nowait()
                self._thread.join(0.01)
            self._raw.close()
        super().close()

    def _fill(self) -> None:
        buffer = memoryview(bytearray(CHUNK))
        try:
            while not self._stop.is_set():
                got = self._raw.readinto(buffer) or 0
                self._chunks.put(bytes(buffer[:got]))
                if not got:
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the thread that reads
            self._chunks.put(error)
