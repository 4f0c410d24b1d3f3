"""Jars: by their name, else by what Maven or a manifest says inside.

Sources: APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16 (ZIP); Maven's archive reference
(``pom.properties``); JAR file specification, "JAR Manifest".
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from jettison.imaging.package import Package, PackageKind
from jettison.oci import read_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.imaging.listing import Listing
    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource

_SUFFIXES = (".jar", ".war", ".ear")
_NAMED = re.compile(r"(.+?)-(\d[\w.+-]*)\.(?:jar|war|ear)")
_POM = re.compile(r"META-INF/maven/[^/]+/([^/]+)/pom\.properties")
_MANIFEST = "META-INF/MANIFEST.MF"
_LARGEST = 64 << 20
_MAX_TEXT = 64 << 10
_MAX_DIRECTORY = 16 << 20
_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_DEFLATED, _STORED = 8, 0


class _Member(NamedTuple):
    name: str
    method: int
    packed_bytes: int
    offset: int


def claim_jars(claims: Claims, listing: Listing, layers: Sequence[EntrySource]) -> None:
    """Gives jars to their packages; those whose name says nothing are looked into."""
    unnamed: dict[int, int] = {}
    for number, name in enumerate(listing.names):
        if not name.endswith(_SUFFIXES) or listing.inode[number] in claims.owner:
            continue
        if match := _NAMED.fullmatch(name):
            _claim(claims, listing.inode[number], match.group(1), match.group(2))
        elif listing.held[number] <= _LARGEST:
            unnamed[listing.record[number]] = number
    nodes = [claims.tree.node(record) for record in unnamed]
    for node, data in read_contents(layers, nodes, max_bytes=_LARGEST):
        found = name_and_version(data, node.name.rpartition(".")[0])
        if found is not None:
            _claim(claims, node.inode, *found)


def _claim(claims: Claims, inode: int, name: str, version: str) -> None:
    number = claims.number(Package(PackageKind.JAR, name, version))
    claims.owner.setdefault(inode, number)


def name_and_version(data: bytes, stem: str) -> tuple[str, str] | None:
    """What a jar says that it is, ``None`` when it says nothing; ``stem`` is its file's name.

    A jar that has others unpacked in it has their ``pom.properties`` too: of several the one
    that the file is named after counts.
    """
    poms: dict[str, _Member] = {}
    manifest = None
    for member in _members(data):
        if match := _POM.fullmatch(member.name):
            poms[match.group(1)] = member
        elif member.name == _MANIFEST:
            manifest = member
    only = next(iter(poms)) if len(poms) == 1 else ""
    pom = next((name for name in (stem, only) if name in poms), None)
    if pom is not None:
        return pom, _fields(_text(data, poms[pom]), "=").get("version", "")
    fields = _fields(_text(data, manifest), ":") if manifest is not None else {}
    for title, version in (
        ("Implementation-Title", "Implementation-Version"),
        ("Bundle-SymbolicName", "Bundle-Version"),
    ):
        if fields.get(title):
            return fields[title].partition(";")[0].strip(), fields.get(version, "")
    return None


def _members(data: bytes) -> Iterator[_Member]:
    """The members of an archive by its directory; those up to one that is not sound.

    Archives of ZIP64 have none: jars that need it are too long anyway.
    """
    at = data.rfind(b"PK\5\6", max(0, len(data) - (1 << 16) - _END.size))
    if at < 0 or at + _END.size > len(data):
        return
    _, _, _, _, _, length, said, _ = _END.unpack_from(data, at)
    start = at - length
    before = start - said  # a script that starts the jar stands before the archive
    if length > _MAX_DIRECTORY or start < 0 or before < 0:
        return
    while start + _CENTRAL.size <= at:
        fields = _CENTRAL.unpack_from(data, start)
        mark, method, packed, offset = fields[0], fields[4], fields[8], fields[16]
        name_at = start + _CENTRAL.size
        name_end = name_at + fields[10]
        if mark != b"PK\1\2" or name_end > at:
            return
        name = data[name_at:name_end].decode("utf-8", "replace")
        yield _Member(name, method, packed, before + offset)
        start = name_end + fields[11] + fields[12]


def _text(data: bytes, member: _Member) -> str:
    """The beginning of a member's content, ``""`` when it cannot be read."""
    if member.offset + _LOCAL.size > len(data):
        return ""
    mark, *_, name_length, extra_length = _LOCAL.unpack_from(data, member.offset)
    start = member.offset + _LOCAL.size + name_length + extra_length
    packed = data[start : start + min(member.packed_bytes, _MAX_TEXT)]
    if mark != b"PK\3\4" or member.method not in (_DEFLATED, _STORED):
        return ""
    if member.method == _DEFLATED:
        try:
            packed = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _MAX_TEXT)
        except zlib.error:
            return ""
    return packed.decode("utf-8", "replace")


def _fields(text: str, separator: str) -> dict[str, str]:
    """Lines of names and values; lines of a manifest that go on start with a space."""
    found: dict[str, str] = {}
    for line in text.replace("\r\n ", "").replace("\n ", "").splitlines():
        name, mark, value = line.partition(separator)
        if mark:
            found.setdefault(name.strip(), value.strip())
    return found
