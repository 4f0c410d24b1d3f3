"""Measure layers as their archives stream by, in constant memory.

The compressed bytes are those of gzip at level 6, what ``docker push`` makes of a layer (moby
``pkg/archive`` uses its default level), so they tell what a pull moves. zlib-ng makes them three
times as fast as zlib: within 1 % of what was pushed of the layers measured, up to twice as many on
text that repeats itself all the time.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING

from zlib_ng import zlib_ng

from jettison.errors import ImageError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CHUNK = 1024 * 1024
_WINDOW = 32 * 1024
_LEVEL = 6
_GZIP_FRAME = 18
METHOD = "gzip -6, zlib-ng, chunks of 1 MiB"


@record
class LayerBytes:
    """One layer's bytes: its tar archive, and the same archive through gzip."""

    uncompressed_bytes: int
    compressed_bytes: int


def measure_layers(
    stream: IO[bytes], diff_ids: frozenset[str], known: frozenset[str] = frozenset()
) -> Mapping[str, LayerBytes]:
    """The bytes of the layers in a ``docker save`` stream, by diff ID.

    Blobs that the archive names by a diff ID of ``known`` are passed over without being read.

    Blobs that are no layer of ``diff_ids`` (configs, manifests) are left out. Raises
    ``ImageError`` for a stream that is no archive or lacks a layer.
    """
    found: dict[str, LayerBytes] = {}
    workers = os.cpu_count() or 1
    try:
        with (
            ThreadPoolExecutor(workers) as pool,
            tarfile.open(mode="r|", fileobj=stream, bufsize=_CHUNK) as archive,
        ):
            for member in archive:
                if f"sha256:{member.name.rpartition('/')[2]}" in known:
                    continue
                handle = archive.extractfile(member) if member.isreg() else None
                if handle is None or not member.size:
                    continue
                digest, size = _measure(handle, pool, workers)
                if digest in diff_ids:
                    found[digest] = size
    except tarfile.TarError as error:
        raise ImageError(f"the engine's archive of the images cannot be read: {error}") from error
    missing = diff_ids - found.keys()
    if missing:
        raise ImageError(f"the engine's archive lacks the layer {min(missing)}")
    return found


def measure_archive(pieces: Iterable[bytes]) -> tuple[str, LayerBytes]:
    """The diff ID and bytes of the layer whose archive comes in ``pieces``."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        return _measure_plain(_chunks(pieces), pool, workers)


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of one size, as they are compressed; the last may be shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= _CHUNK:
            yield bytes(held[:_CHUNK])
            del held[:_CHUNK]
    if held:
        yield bytes(held)


@dataclass(slots=True)
class _Gzip:
    """Counts the bytes gzip would make, a chunk per thread.

    Each chunk starts with the end of the one before as its dictionary, as pigz does, so the sum
    differs from a single stream's by a few bytes a chunk.
    """

    pool: ThreadPoolExecutor
    workers: int
    pending: deque[Future[int]]
    total: int = _GZIP_FRAME
    window: bytes = b""

    def add(self, chunk: bytes) -> None:
        self.pending.append(self.pool.submit(_deflated, chunk, self.window))
        self.window = chunk[-_WINDOW:]
        if len(self.pending) > 2 * self.workers:
            self.total += self.pending.popleft().result()

    def finish(self) -> int:
        return self.total + sum(future.result() for future in self.pending)


def _deflated(chunk: bytes, window: bytes) -> int:
    compressor = (
        zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, -zlib_ng.MAX_WBITS, zdict=window)
        if window
        else zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, -zlib_ng.MAX_WBITS)
    )
    return len(compressor.compress(chunk)) + len(compressor.flush(zlib_ng.Z_SYNC_FLUSH))


def _measure(handle: IO[bytes], pool: ThreadPoolExecutor, workers: int) -> tuple[str, LayerBytes]:
    """The diff ID and bytes of one blob, which may be compressed already."""
    first = handle.read(_CHUNK)
    if first[:2] == b"\x1f\x8b":
        return _measure_gzip(first, handle)
    rest = iter(lambda: handle.read(_CHUNK), b"")
    return _measure_plain(chain((first,), rest), pool, workers)


def _measure_plain(
    chunks: Iterable[bytes], pool: ThreadPoolExecutor, workers: int
) -> tuple[str, LayerBytes]:
    digest = hashlib.sha256()
    counter = _Gzip(pool, workers, deque())
    size = 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        counter.add(chunk)
    return f"sha256:{digest.hexdigest()}", LayerBytes(size, counter.finish())


class _Counted:
    """A stream that counts what is read of it."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = first
        self._rest = rest
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._first[:size] if size >= 0 else self._first
        self._first = self._first[len(data) :]
        data = data or self._rest.read(size)
        self.count += len(data)
        return data


def _measure_gzip(first: bytes, rest: IO[bytes]) -> tuple[str, LayerBytes]:
    counted = _Counted(first, rest)
    digest = hashlib.sha256()
    size = 0
    with gzip.GzipFile(fileobj=counted, mode="rb") as plain:  # type: ignore[call-overload]
        while chunk := plain.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return f"sha256:{digest.hexdigest()}", LayerBytes(size, counted.count)
