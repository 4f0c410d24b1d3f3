"""Which shared libraries an ELF file asks for."""

import struct
from dataclasses import dataclass
from pathlib import Path

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 5, 15, 29


@dataclass(frozen=True, slots=True)
class Linkage:
    """What a program or library needs to be loaded."""

    interpreter: str | None
    needed: tuple[str, ...]
    run_path: tuple[str, ...]


def linkage(path: Path) -> Linkage | None:
    """What a 64-bit little-endian ELF file needs; None for any other file. Source: elf(5)."""
    with path.open("rb") as file:
        if file.read(6) != b"\x7fELF\x02\x01":
            return None
        file.seek(0)
        content = file.read()
    offset, size, count = (
        struct.unpack_from("<Q", content, 32)[0],
        *struct.unpack_from("<HH", content, 54),
    )
    headers = [
        struct.unpack_from("<IIQQQQ", content, offset + index * size) for index in range(count)
    ]
    interpreter: str | None = None
    entries: list[tuple[int, int]] = []
    for kind, _, start, _, _, length in headers:
        if kind == _PT_INTERP:
            interpreter = _text(content, start)
        if kind == _PT_DYNAMIC:
            entries = list(struct.iter_unpack("<qQ", content[start : start + length]))
    tables = [value for tag, value in entries if tag == _DT_STRTAB]
    if not tables:
        return Linkage(interpreter, (), ())
    strings = next(
        tables[0] - address + start
        for kind, _, start, address, _, length in headers
        if kind == _PT_LOAD and address <= tables[0] < address + length
    )
    needed = [_text(content, strings + value) for tag, value in entries if tag == _DT_NEEDED]
    paths = [
        _text(content, strings + value) for tag, value in entries if tag in {_DT_RPATH, _DT_RUNPATH}
    ]
    return Linkage(interpreter, tuple(needed), tuple(":".join(paths).split(":")) if paths else ())


def _text(content: bytes, start: int) -> str:
    """The zero-ended string at an offset."""
    return content[start : content.index(b"\0", start)].decode()
