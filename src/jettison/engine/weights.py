"""What layers weigh, remembered from one run to the next.

A diff ID is the digest of a layer's archive, so what was measured of it stays true. The memory is
a convenience: where it cannot be read or written, layers are measured again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine.layers import METHOD, LayerBytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Weights", "cache_folder"]

_MOST = 20_000
_WAIT_SECONDS = 5.0
_MAKE = (
    "CREATE TABLE IF NOT EXISTS layers (diff_id TEXT, method TEXT, uncompressed_bytes INTEGER, "
    "compressed_bytes INTEGER, PRIMARY KEY (diff_id, method))"
)


def cache_folder() -> Path:
    """Where Jettison may keep what it can make again (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME")
    base = Path(named) if named and Path(named).is_absolute() else Path("~/.cache").expanduser()
    return base / "jettison"


class Weights:
    """The bytes of layers by diff ID, kept in a file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "layers.sqlite"

    def known(self, diff_ids: Iterable[str]) -> dict[str, LayerBytes]:
        """The bytes of those of the layers that were measured before."""
        found: dict[str, LayerBytes] = {}
        query = (
            "SELECT uncompressed_bytes, compressed_bytes FROM layers WHERE diff_id=? AND method=?"
        )
        with suppress(OSError, RuntimeError, sqlite3.Error), closing(self._open()) as store:
            for diff_id in diff_ids:
                row = store.execute(query, (diff_id, METHOD)).fetchone()
                if row is not None and all(type(one) is int and one >= 0 for one in row):
                    found[diff_id] = LayerBytes(*row)
        return found

    def remember(self, measured: Mapping[str, LayerBytes]) -> None:
        """Keeps what was measured; the oldest are forgotten when there are too many."""
        rows = [
            (diff_id, METHOD, one.uncompressed_bytes, one.compressed_bytes)
            for diff_id, one in measured.items()
        ]
        with suppress(OSError, RuntimeError, sqlite3.Error), closing(self._open()) as store, store:
            store.executemany("INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?)", rows)
            store.execute(
                "DELETE FROM layers WHERE rowid <= (SELECT MAX(rowid) FROM layers) - ?", (_MOST,)
            )

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(self._file, timeout=_WAIT_SECONDS)
        try:
            store.execute("PRAGMA synchronous=OFF")  # what a power cut takes is measured again
            store.execute(_MAKE)
        except BaseException:
            store.close()
            raise
        return store
