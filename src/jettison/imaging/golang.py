"""The Go module that an executable was built from, as the linker wrote it into the file.

Source: Go's debug/buildinfo. Programs of Go before 1.18 keep it elsewhere and are not told apart.
The names of functions that stand for C's are those of ``cmd/cgo``, "Implementation details"; they
are in a program without symbols, too, for the traces of panics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.package import Package, PackageKind
from jettison.oci import read_contents
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging.listing import Listing
    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource

_MAGIC = b"\xff Go buildinf:"
_HEADER = 32
_FLAGS_AT = 15
_INLINE = 2
_FRAME = 16
_ALIGNMENT = 16
_MAX_TEXT = 1 << 20
_SMALLEST = 500_000
LARGEST = 100 << 20
_MAIN = b"runtime.main\x00"
_STANDS_FOR_C = regex(rb"\._C2?func_")
_PATH = regex(rb"[\w.%~/-]+$")
_LONGEST_PATH = 300


def claim_go(claims: Claims, listing: Listing, layers: Sequence[EntrySource]) -> None:
    """Gives each Go program that nobody claims to its own main module."""
    nodes = [
        claims.tree.node(record)
        for file, record in enumerate(listing.record)
        if may_be_go(listing, file) and listing.inode[file] not in claims.owner
    ]
    for node, data in read_contents(layers, nodes, max_bytes=LARGEST):
        found = main_module(data)
        if found is not None:
            package = Package(PackageKind.GO, *found)
            claims.owner.setdefault(node.inode, claims.number(package))


def may_be_go(listing: Listing, file: int) -> bool:
    """Whether a file looks like a program that a linker made."""
    return bool(
        listing.executable[file]
        and _SMALLEST <= listing.held[file] <= LARGEST
        and "." not in listing.names[file]
    )


def build_information(data: bytes) -> bytes:
    """The part of a program that :func:`main_module` reads, empty for other programs."""
    at = _found_at(data)
    if at < 0 or len(data) < at + _HEADER or not data[at + _FLAGS_AT] & _INLINE:
        return b""
    _, after = _text(data, at + _HEADER)
    _, end = _text(data, after)
    return data[at:end]


def main_module(data: bytes) -> tuple[str, str] | None:
    """The path and the version of a program's main module, ``None`` for other programs."""
    data = build_information(data)
    if not data:
        return None
    _, after = _text(data, _HEADER)
    raw, _ = _text(data, after)
    lines = raw[_FRAME:-_FRAME].decode("utf-8", "replace").splitlines()
    fields = [line.split("\t") for line in lines]
    for kind, name, *rest in (one for one in fields if len(one) > 1):
        if kind == "mod":
            return name, next(iter(rest), "")
    return next(((one[1], "") for one in fields if one[0] == "path" and len(one) > 1), None)


def calling_c(data: bytes) -> frozenset[str] | None:
    """The import paths of the packages of a program that call C; ``None`` for other programs.

    One that is packed, or whose names were changed, is another program, too.
    """
    if not build_information(data) or _MAIN not in data:
        return None
    found: set[str] = set()
    for match in _STANDS_FOR_C.finditer(data):
        path = _PATH.search(data[max(match.start() - _LONGEST_PATH, 0) : match.start()])
        if path is not None:
            found.add(path[0].decode("ascii", "replace"))
    return frozenset(found)


def _found_at(data: bytes) -> int:
    """Where the build information starts, -1 for nowhere."""
    at = data.find(_MAGIC)
    while at >= 0 and at % _ALIGNMENT:
        at = data.find(_MAGIC, at + 1)
    return at


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """The bytes whose length stands before them as a varint, and where they end."""
    length = shift = 0
    while at < len(data) and shift < 35:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    length = min(length, _MAX_TEXT)
    return data[at : at + length], at + length
