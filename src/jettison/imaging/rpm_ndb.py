"""The headers in rpm's NDB database, which SUSE uses.

Source: rpm's lib/backend/ndb/rpmpkg.c. Pages of slots say where each blob is, in blocks; a blob
stands between a head and a tail with a checksum. A slot or blob that is not sound is left out.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE_HEAD = struct.Struct("<4sIIII")
_FILE_MAGIC = b"RpmP"
_FILE_VERSION = 0
_SLOT = struct.Struct("<4sIII")
_SLOT_MAGIC = b"Slot"
_FIRST_SLOT = 32
_MOST_SLOTS = 1 << 20
_PAGE = 4096
_BLOCK = 16
_HEAD = struct.Struct("<4sIII")
_HEAD_MAGIC = b"BlbS"
_TAIL = struct.Struct("<II4s")
_TAIL_MAGIC = b"BlbE"


def ndb_headers(data: bytes) -> Iterator[bytes]:
    """The headers by number; no two share a byte, so that they are no longer than the data."""
    found: dict[int, tuple[int, int]] = {}
    end = 0
    for start, length, number in sorted(_slots(data)):
        if start >= end:
            found.setdefault(number, (start, length))
            end = start + length
    for number in sorted(found):
        blob = _blob(data, number, *found[number])
        if blob is not None:
            yield blob


def _slots(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each blob starts, its length with head and tail, and its header's number."""
    if len(data) < _FILE_HEAD.size:
        return
    magic, version, _, pages, _ = _FILE_HEAD.unpack_from(data)
    if magic != _FILE_MAGIC or version != _FILE_VERSION:
        return
    slots_end = pages * _PAGE
    read_end = min(slots_end, len(data), _MOST_SLOTS * _SLOT.size)
    for at in range(_FIRST_SLOT, read_end - _SLOT.size + 1, _SLOT.size):
        mark, number, block, blocks = _SLOT.unpack_from(data, at)
        start, length = block * _BLOCK, blocks * _BLOCK
        inside = slots_end <= start and start + length <= len(data)
        if mark == _SLOT_MAGIC and length >= _HEAD.size + _TAIL.size and inside:
            yield start, length, number


def _blob(data: bytes, number: int, start: int, length: int) -> bytes | None:
    magic, owner, _, size = _HEAD.unpack_from(data, start)
    tail = start + length - _TAIL.size
    checksum, size_again, end_magic = _TAIL.unpack_from(data, tail)
    spare = length - _HEAD.size - _TAIL.size - size
    if (magic, owner, end_magic) != (_HEAD_MAGIC, number, _TAIL_MAGIC):
        return None
    if size != size_again or not 0 <= spare < _BLOCK:
        return None
    if zlib.adler32(memoryview(data)[start:tail]) != checksum:
        return None
    return data[start + _HEAD.size : start + _HEAD.size + size]
