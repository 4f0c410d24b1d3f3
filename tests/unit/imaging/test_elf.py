"""Dynamic sections of ELF files, of this machine's own libraries and of what is none."""

from __future__ import annotations

import ctypes.util
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jettison.imaging.elf import Dynamic, read_dynamic


def _read(data: bytes) -> Dynamic | None:
    return read_dynamic(lambda at, size: data[at : at + size])


def _libc() -> Path:
    name = ctypes.util.find_library("c")
    assert name is not None
    with Path("/proc/self/maps").open() as maps:
        return next(Path(line.split()[-1]) for line in maps if line.rstrip().endswith(f"/{name}"))


def test_a_library_says_its_name_and_what_it_needs() -> None:
    found = _read(_libc().read_bytes())
    assert found is not None
    assert found.soname == ctypes.util.find_library("c")


def test_a_program_needs_libraries() -> None:
    found = _read(Path(sys.executable).resolve().read_bytes())
    assert found is not None
    assert any(name.startswith("libc.so") for name in found.needed)


def test_only_a_part_is_read() -> None:
    data = _libc().read_bytes()
    sizes: list[int] = []

    def read(at: int, size: int) -> bytes:
        sizes.append(size)
        return data[at : at + size]

    read_dynamic(read)
    assert sum(sizes) < len(data) / 10


@given(st.binary(max_size=400))
def test_anything_else_is_nothing(data: bytes) -> None:
    _read(b"\x7fELF\x02\x01" + data)
    assert _read(b"#!" + data) is None


@given(st.integers(0, 3000), st.integers(0, 255))
def test_a_broken_file_never_raises(at: int, value: int) -> None:
    data = bytearray(_libc().read_bytes()[:4000])
    data[at] = value
    _read(bytes(data))
