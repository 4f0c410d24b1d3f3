"""Files that rpm's database lists, out of databases that SQLite itself writes."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing

import pytest
from tests.unit.imaging.samples import image_of, inspected, owners_by_path

Value = str | list[str] | list[int]


def _header(values: dict[int, Value]) -> bytes:
    index, store = b"", b""
    for tag, value in values.items():
        items = value if isinstance(value, list) else [value]
        if isinstance(items[0], int):
            store += bytes(-len(store) % 4)
            kind, data = 4, struct.pack(f">{len(items)}I", *items)
        else:
            kind = 6 if isinstance(value, str) else 8
            data = b"".join(f"{item}\0".encode() for item in items)
        index += struct.pack(">IIII", tag, kind, len(store), len(items))
        store += data
    return struct.pack(">II", len(values), len(store)) + index + store


def _database(*blobs: bytes, journal: str = "delete") -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(b,) for b in blobs])
        connection.commit()
        data = bytearray(connection.serialize())
    if journal == "wal":
        data[18:20] = b"\x02\x02"
    return bytes(data)


BASH = _header(
    {
        1000: "bash",
        1001: "5.2",
        1002: "3.el9",
        1116: [0, 1, 1],
        1117: ["bash", "a", "gone"],
        1118: ["/bin/", "/usr/share/"],
    }
)


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm"])
def test_files_belong_to_their_packages(journal: str, folder: str) -> None:
    empty = _header({1000: "gpg-pubkey", 1001: "1"})
    database = _database(BASH, empty, journal=journal)
    layer = {f"{folder}/rpmdb.sqlite": database, "bin/bash": b"b", "usr/share/a": b"a", "c": b"c"}
    inspection = inspected(image_of(layer))
    owners = owners_by_path(inspection)
    assert owners["bin/bash"] == owners["usr/share/a"] == "rpm bash 5.2-3.el9"
    assert owners["c"] == ""
    assert len(inspection.owners.packages) == 2


@pytest.mark.parametrize(
    "database",
    [
        b"",
        b"not a database" * 50,
        _database(BASH)[:6000],
        _database(b"", BASH[:40], b"\xff" * 64, _header({1000: "x", 1117: ["y"], 1116: [9]})),
    ],
)
def test_a_broken_database_claims_nothing(database: bytes) -> None:
    layer = {"var/lib/rpm/rpmdb.sqlite": database, "bin/bash": b"b"}
    assert owners_by_path(inspected(image_of(layer)))["bin/bash"] == ""
