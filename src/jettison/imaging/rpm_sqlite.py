"""The headers in rpm's SQLite database, which Fedora and RHEL 9 use.

Sources: rpm's lib/backend/sqlite.c (the table), and SQLite's "Defense Against The Dark Arts" for
what a file by somebody else may do.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_BYTES = 100
_WRITE_VERSION = slice(18, 20)
_LEAST_LENGTH = 1 << 20
_MOST_STEPS = 5_000_000
_IS_PLAIN = """
SELECT (SELECT count(*) FROM sqlite_master
        WHERE name = 'Packages' COLLATE NOCASE AND type = 'table' AND rootpage)
   AND NOT (SELECT count(*) FROM pragma_table_xinfo('Packages') WHERE hidden)
"""
_BLOBS = "SELECT blob FROM Packages WHERE typeof(blob) = 'blob'"


def sqlite_headers(data: bytes) -> Iterator[bytes]:
    """The headers by number; together they are no longer than the data.

    The journal mode is set to the plain one, as the journal has no file.
    """
    if len(data) < _HEAD_BYTES:
        return
    plain = bytearray(data)
    plain[_WRITE_VERSION] = b"\x01\x01"
    left = len(data)
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.deserialize(plain)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(left, _LEAST_LENGTH))
            connection.set_progress_handler(lambda: True, _MOST_STEPS)
            for blob in _blobs(connection):
                left -= len(blob)
                if left < 0:
                    return
                yield blob
    except (sqlite3.Error, UnicodeDecodeError):  # also of a message that quotes the file
        return


def _blobs(connection: sqlite3.Connection) -> Iterator[bytes]:
    """The blobs by number: by row, as the number is the row's. A view has none."""
    if connection.execute(_IS_PLAIN).fetchone() == (1,):
        for (blob,) in connection.execute(_BLOBS):
            yield blob
