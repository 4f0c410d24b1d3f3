"""Go programs say which module they were built from."""

from __future__ import annotations

import pytest
from tests.unit.imaging.samples import image_of, inspected, owners_by_path

from jettison.imaging.golang import calling_c, main_module
from jettison.oci import LayerBuilder

MAGIC = b"\xff Go buildinf:"


def _sized(data: bytes) -> bytes:
    length, found = len(data), b""
    while length >= 0x80:
        found += bytes([length & 0x7F | 0x80])
        length >>= 7
    return found + bytes([length]) + data


def program(text: str, *, flags: int = 2, before: int = 160) -> bytes:
    header = (MAGIC + b"\x08" + bytes([flags])).ljust(32, b"\0")
    framed = b"s" * 16 + text.encode() + b"e" * 16
    return b"\x7fELF".ljust(before, b"\0") + header + _sized(b"go1.22.1") + _sized(framed)


MODULE = "path\texample.org/app/cmd/run\nmod\texample.org/app\tv1.2.3\th1:x=\ndep\ta/b\tv0.1.0\n"


def test_a_program_belongs_to_its_module() -> None:
    run = program(MODULE).ljust(600_000, b"\0")
    layer = LayerBuilder().file("app/run", run, mode=0o755).file("app/copy", run)
    owners = owners_by_path(inspected(image_of(layer)))
    assert owners == {"app/run": "go example.org/app v1.2.3", "app/copy": ""}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (program(MODULE), ("example.org/app", "v1.2.3")),
        (program("path\tcommand-line-arguments\n"), ("command-line-arguments", "")),
        (program("mod\tx"), ("x", "")),
        (program(""), None),
        (program(MODULE, flags=0), None),
        (MAGIC.rjust(20) + program(MODULE, before=140), ("example.org/app", "v1.2.3")),
        (program(MODULE)[:180], None),
        (program(MODULE)[:200], None),
        (b"\x7fELF" * 100, None),
        (b"", None),
    ],
)
def test_main_module(data: bytes, found: tuple[str, str] | None) -> None:
    assert main_module(data) == found


def test_the_packages_that_call_c_are_told_by_the_names_of_functions() -> None:
    names = (
        b"\0runtime.main\0net._C2func_getaddrinfo\0net._Cfunc_free\0x.org/go%2dsql._Cfunc_open\0"
    )
    found = calling_c(program(MODULE) + names)
    assert found is not None
    assert found == {"net", "x.org/go%2dsql"}
    assert calling_c(program(MODULE) + b"\0runtime.main\0") == frozenset()
    assert calling_c(program(MODULE)) is None  # packed: its names cannot be read
    assert calling_c(b"\x7fELF" + names) is None
