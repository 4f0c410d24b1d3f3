"""What rpm's SQLite database says about who owns which file.

Sources: rpm's docs/manual/format_header.md (the header) and lib/backend/sqlite.c (the table).
The older Berkeley and NDB databases (RHEL 8 and before) are not read.
"""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.imaging.package import Package, PackageKind
from jettison.oci import EntryKind, read_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.imaging.package import Claims
    from jettison.oci import EntrySource

_DATABASES = ("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite")
_MAX_BYTES = 1 << 30
_INTRO = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MAX_ENTRIES = 1 << 16
_NAME, _VERSION, _RELEASE = 1000, 1001, 1002
_FOLDER_NUMBERS, _BASE_NAMES, _FOLDERS = 1116, 1117, 1118
_INT32 = 4
_WRITE_VERSION = slice(18, 20)


@dataclass(frozen=True, slots=True)
class _Header:
    """A package's header: its index, and the store that the index points into."""

    entries: dict[int, tuple[int, int, int]]
    store: bytes

    @classmethod
    def parse(cls, blob: bytes) -> _Header:
        """The header; ``struct.error`` for one that is cut off."""
        count, length = _INTRO.unpack_from(blob)
        if count > _MAX_ENTRIES:
            raise struct.error(f"{count} entries in one header")
        entries = {}
        for number in range(count):
            at = _INTRO.size + number * _ENTRY.size
            tag, kind, offset, items = _ENTRY.unpack_from(blob, at)
            entries[tag] = (kind, offset, items)
        start = _INTRO.size + count * _ENTRY.size
        return cls(entries, blob[start : start + length])

    def texts(self, tag: int) -> list[str]:
        """The strings of a tag; none when it is not there."""
        if tag not in self.entries:
            return []
        _, offset, count = self.entries[tag]
        pieces = self.store[offset:].split(b"\0", count)[:count]
        return [piece.decode("utf-8", "surrogateescape") for piece in pieces]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The numbers of a tag of 32-bit numbers; none when it is not there."""
        kind, offset, count = self.entries.get(tag, (0, 0, 0))
        if kind != _INT32 or count * 4 > len(self.store):
            return ()
        return struct.unpack_from(f">{count}I", self.store, offset)

    def paths(self) -> Iterator[str]:
        """The package's files."""
        folders = self.texts(_FOLDERS)
        for name, folder in zip(self.texts(_BASE_NAMES), self.numbers(_FOLDER_NUMBERS)):  # noqa: B905
            if folder < len(folders):
                yield folders[folder] + name


def claim_rpm(claims: Claims, layers: Sequence[EntrySource]) -> None:
    """Gives files to the packages that rpm lists them for; a broken database claims nothing."""
    nodes = [node for path in _DATABASES if (node := claims.tree.get(path)) is not None]
    files = [node for node in nodes if node.kind is EntryKind.FILE]
    for _, data in read_contents(layers, files, max_bytes=_MAX_BYTES):
        for blob in _blobs(data):
            _claim(claims, blob)


def _blobs(data: bytes) -> list[bytes]:
    """The headers in a database. Its journal mode is set to the plain one, as it has no file."""
    if len(data) < 100:
        return []
    plain = bytearray(data)
    plain[_WRITE_VERSION] = b"\x01\x01"
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(bytes(plain))
            rows = connection.execute("SELECT blob FROM Packages ORDER BY hnum").fetchall()
    except sqlite3.Error:
        return []
    return [blob for (blob,) in rows if isinstance(blob, bytes)]


def _claim(claims: Claims, blob: bytes) -> None:
    try:
        header = _Header.parse(blob)
        paths = list(header.paths())
    except struct.error:
        return
    name, version, release = (
        next(iter(header.texts(tag)), "") for tag in (_NAME, _VERSION, _RELEASE)
    )
    if not name or not paths:
        return
    number = claims.number(Package(PackageKind.RPM, name, f"{version}-{release}".strip("-")))
    for path in paths:
        claims.claim(number, path)
