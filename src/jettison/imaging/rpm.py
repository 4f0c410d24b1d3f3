"""What rpm's database says about who owns which file, in each of its formats.

A format's module gives the headers in a database's bytes, which may be anybody's: a broken
database gives those that are sound, or none.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from jettison.imaging.package import Package, PackageKind
from jettison.imaging.rpm_bdb import bdb_headers
from jettison.imaging.rpm_header import RpmHeader
from jettison.imaging.rpm_ndb import ndb_headers
from jettison.imaging.rpm_sqlite import sqlite_headers
from jettison.oci import EntryKind, read_contents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource, Node

_FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
_FORMATS = {
    "rpmdb.sqlite": sqlite_headers,
    "Packages.db": ndb_headers,
    "Packages": bdb_headers,
}
_MAX_BYTES = 1 << 29


def claim_rpm(claims: Claims, layers: Sequence[EntrySource]) -> None:
    """Gives files to the packages that rpm lists them for, by the newest format first."""
    for name, headers in _FORMATS.items():
        for _, data in read_contents(layers, _databases(claims, name), max_bytes=_MAX_BYTES):
            for blob in headers(data):
                _claim(claims, blob)


def _databases(claims: Claims, name: str) -> list[Node]:
    """The databases of a format; links to one are followed, and what is far too long is left."""
    found: dict[int, Node] = {}
    for folder in _FOLDERS:
        node = claims.tree.resolve(f"{folder}/{name}")
        if node is not None and node.kind is EntryKind.FILE and node.content_bytes <= _MAX_BYTES:
            found.setdefault(node.inode, node)
    return list(found.values())


def _claim(claims: Claims, blob: bytes) -> None:
    try:
        header = RpmHeader.parse(blob)
        name, version, paths = header.name, header.version, header.paths()
    except struct.error:
        return
    if not name or not paths:
        return
    number = claims.number(Package(PackageKind.RPM, name, version))
    for path in paths:
        claims.claim(number, path)
