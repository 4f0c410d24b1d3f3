"""rpm's databases for tests: those that rpm wrote, and small ones that are easy to break."""

from __future__ import annotations

import lzma
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | bytes | list[str] | list[int]

_FOLDER = Path(__file__).parent
_PAGE = 512


def written_by_rpm(name: str) -> bytes:
    """A database, or the listing, of this folder."""
    return lzma.decompress(_FOLDER.joinpath(f"{name}.xz").read_bytes())


def header(values: dict[int, Value], added: dict[int, Value] | None = None) -> bytes:
    """A package's header, with what was added to it after it was signed."""
    index, store = b"", b""
    entries = [*values.items(), *(added or {}).items()]
    for tag, value in entries:
        items = [value] if isinstance(value, str | bytes) else value
        if isinstance(value, bytes):
            kind, count, data = 1, len(value), value
        elif isinstance(items[0], int):
            store += bytes(-len(store) % 4)
            kind, count, data = 4, len(items), struct.pack(f">{len(items)}I", *items)
        else:
            kind, count = 6 if isinstance(value, str) else 8, len(items)
            data = b"".join(str(item).encode() + b"\0" for item in items)
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    return struct.pack(">II", len(entries), len(store)) + index + store


def package(name: str, *paths: str, **more: Value) -> bytes:
    """The header of a package of files."""
    folders = sorted({path.rpartition("/")[0] + "/" for path in paths})
    values: dict[int, Value] = {1000: name, 1001: "1", 1002: "2"}
    if paths:
        values[1116] = [folders.index(path.rpartition("/")[0] + "/") for path in paths]
        values[1117] = [path.rpartition("/")[2] for path in paths]
        values[1118] = folders
    return header(values)


def sqlite_database(*blobs: bytes, journal: str = "delete") -> bytes:
    """A database as SQLite itself writes it."""
    table = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
    rows = [(blob,) for blob in blobs]
    data = bytearray(sqlite_script(table, "INSERT INTO Packages (blob) VALUES (?)", rows))
    if journal == "wal":
        data[18:20] = b"\x02\x02"
    return bytes(data)


def sqlite_script(script: str, insert: str = "", rows: Sequence[tuple[object, ...]] = ()) -> bytes:
    """What SQLite has after a script and some rows."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        if insert:
            connection.executemany(insert, rows)
        connection.commit()
        return connection.serialize()


def ndb_database(*blobs: bytes) -> bytes:
    """A database of one page of slots."""
    slots, body = b"", b""
    for number, blob in enumerate(blobs, start=1):
        whole = ndb_blob(number, blob)
        slots += ndb_slot(number, (4096 + len(body)) // 16, len(whole) // 16)
        body += whole
    free = ndb_slot(0, 0, 0) * ((4096 - 32 - len(slots)) // 16)
    return struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1, len(blobs) + 1) + slots + free + body


def ndb_blob(number: int, blob: bytes, size: int | None = None) -> bytes:
    """A blob that says its size, or another one."""
    size = len(blob) if size is None else size
    start = struct.pack("<4sIII", b"BlbS", number, 0, size) + blob
    start += bytes(-(len(start) + 12) % 16)
    return start + struct.pack("<II4s", zlib.adler32(start), size, b"BlbE")


def ndb_slot(number: int, block: int, blocks: int) -> bytes:
    """Where a blob is."""
    return struct.pack("<4sIII", b"Slot", number, block, blocks)


def bdb_database(*blobs: bytes, order: str = "<") -> bytes:
    """A database of one page of items: page 1. Long headers are on chains from page 2 on."""
    items: list[bytes] = []
    pages: list[bytes] = []
    for number, blob in enumerate(blobs, start=1):
        value = b"\x01" + blob
        if len(blob) > 100:
            value = struct.pack(f"{order}B3xII", 3, 2 + len(pages), len(blob))
            pages += bdb_chain(blob, 2 + len(pages), order)
        items += [struct.pack(f"{order}BI", 1, number), value]
    first = bdb_items(items, order)
    numbers = (0, 0x61561, 9, _PAGE, 0, 8, 0, 0, 1 + len(pages))
    meta = struct.pack(f"{order}8xIIIIBBBxII", *numbers)
    return meta.ljust(_PAGE, b"\0") + first + b"".join(pages)


def bdb_items(items: Sequence[bytes], order: str = "<", number: int = 1) -> bytes:
    """A hash page of keys and values."""
    starts, end = [], _PAGE
    for item in items:
        end -= len(item)
        starts.append(end)
    page = bdb_page(number, 0, len(items), end, 13, order=order)
    page += struct.pack(f"{order}{len(items)}H", *starts)
    return page.ljust(end, b"\0") + b"".join(reversed(items))


def bdb_chain(blob: bytes, number: int, order: str = "<") -> list[bytes]:
    """A header's overflow pages."""
    room = _PAGE - 26
    pieces = [blob[at : at + room] for at in range(0, len(blob), room)]
    following = [*range(number + 1, number + len(pieces)), 0]
    heads = [
        bdb_page(number + place, following[place], 1, len(piece), 7, order=order)
        for place, piece in enumerate(pieces)
    ]
    return [(head + piece).ljust(_PAGE, b"\0") for head, piece in zip(heads, pieces, strict=True)]


def bdb_page(
    number: int, following: int, entries: int, used: int, kind: int, *, order: str
) -> bytes:
    """A page's head."""
    return struct.pack(f"{order}8xIIIHHBB", number, 0, following, entries, used, 0, kind)
