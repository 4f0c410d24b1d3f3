"""The dynamic section of ELF files: what a shared library is called and what it needs.

Source: System V ABI, "Object Files" and "Dynamic Linking" (ELF-64 and ELF-32).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Dynamic", "read_dynamic"]

_MAGIC = b"\x7fELF"
_PT_LOAD, _PT_DYNAMIC = 1, 2
_NEEDED, _STRTAB, _STRSZ, _SONAME = 1, 5, 10, 14
_MOST_HEADERS = 256
_MOST_ENTRIES = 4096
_MOST_STRINGS = 8 << 20


@record
class Dynamic:
    """What a dynamic section says; ``soname`` is ``""`` where there is none."""

    soname: str
    needed: tuple[str, ...]


def read_dynamic(read: Callable[[int, int], bytes]) -> Dynamic | None:
    """The dynamic section of a file; ``None`` for what is no ELF file or has none.

    ``read(offset, size)`` gives bytes of the file, fewer at its end. Only the headers, the section
    and its strings are read.
    """
    head = read(0, 64)
    if head[:4] != _MAGIC or len(head) < 52:
        return None
    try:
        return _parsed(read, head)
    except (struct.error, ValueError):
        return None


def _parsed(read: Callable[[int, int], bytes], head: bytes) -> Dynamic | None:
    wide = head[4] == 2
    order = "<" if head[5] == 1 else ">"
    if wide:
        (table,) = struct.unpack_from(f"{order}Q", head, 32)
        size, count = struct.unpack_from(f"{order}HH", head, 54)
    else:
        (table,) = struct.unpack_from(f"{order}I", head, 28)
        size, count = struct.unpack_from(f"{order}HH", head, 42)
    if not size or count > _MOST_HEADERS:
        return None
    headers = read(table, size * count)
    segments = [_segment(headers, size * n, order, wide=wide) for n in range(count)]
    dynamic = next((one for one in segments if one[0] == _PT_DYNAMIC), None)
    if dynamic is None:
        return None
    entries = list(_entries(read, dynamic[1], dynamic[3], order, wide=wide))
    values = dict(reversed(entries))
    if _STRTAB not in values:
        return Dynamic("", ())
    start = _offset(segments, values[_STRTAB])
    strings = read(start, min(values.get(_STRSZ, 0), _MOST_STRINGS))
    needed = tuple(_string(strings, value) for tag, value in entries if tag == _NEEDED)
    soname = _string(strings, values[_SONAME]) if _SONAME in values else ""
    return Dynamic(soname, needed)


def _segment(data: bytes, at: int, order: str, *, wide: bool) -> tuple[int, int, int, int]:
    """Kind, offset, address and size in the file of a program header."""
    if wide:
        kind, _, offset, address, _, size = struct.unpack_from(f"{order}IIQQQQ", data, at)
    else:
        kind, offset, address, _, size = struct.unpack_from(f"{order}IIIII", data, at)
    return kind, offset, address, size


def _entries(
    read: Callable[[int, int], bytes], offset: int, size: int, order: str, *, wide: bool
) -> Iterator[tuple[int, int]]:
    form = struct.Struct(f"{order}qQ" if wide else f"{order}iI")
    data = read(offset, min(size, form.size * _MOST_ENTRIES))
    for at in range(0, len(data) - form.size + 1, form.size):
        tag, value = form.unpack_from(data, at)
        if tag == 0:
            return
        yield tag, value


def _offset(segments: list[tuple[int, int, int, int]], address: int) -> int:
    """Where in the file an address is."""
    for kind, offset, start, size in segments:
        if kind == _PT_LOAD and start <= address < start + size:
            return offset + address - start
    raise ValueError(f"the address {address:#x} is in no segment")


def _string(strings: bytes, at: int) -> str:
    end = strings.index(b"\0", at)
    return strings[at:end].decode("utf-8", "replace")
