"""A layer's archive put together from its folder, byte for byte, without ``docker save``.

Docker keeps no archives but what it takes to make them again: their headers in
``tar-split.json.gz``, and the files in the layer's folder. Sources: vbatts/tar-split
tar/storage/entry.go and tar/asm/assemble.go; moby layer/layer_store.go. Whoever reads checks the
digest, as nothing promises that these stay as they are.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import zlib
from typing import TYPE_CHECKING

from jettison.errors import ImageError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FILE, _SEGMENT = 1, 2
_READ = 1 << 20
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@record
class SplitLayer:
    """A layer's folder and the record of its archive."""

    diff_id: str
    folder: Path
    record: Path

    def pieces(self) -> Iterator[bytes]:
        """The archive; raises ``ImageError`` where it cannot be put together."""
        folder = f"{self.folder}/"
        try:
            with gzip.open(self.record) as lines:
                for line in lines:
                    entry = json.loads(line)
                    if entry["type"] == _SEGMENT:
                        yield base64.b64decode(entry["payload"])
                    elif entry["type"] == _FILE and entry.get("size"):
                        yield from _contents(folder, entry)
        except (OSError, EOFError, ValueError, LookupError, TypeError, zlib.error) as error:
            raise ImageError(f"the layer {self.diff_id} cannot be put together") from error


def _contents(folder: str, entry: dict[str, object]) -> Iterator[bytes]:
    """A file's bytes, as many as its header says."""
    raw = entry.get("name_raw")
    name = os.fsdecode(base64.b64decode(str(raw))) if raw else str(entry["name"])
    left = int(str(entry["size"]))
    handle = os.open(folder + name, _FLAGS)
    try:
        while left and (data := os.read(handle, min(left, _READ))):
            left -= len(data)
            yield data
    finally:
        os.close(handle)
    if left:
        raise ValueError(name)


def split_layers(
    root: Path, folders: Sequence[Path], diff_ids: Sequence[str]
) -> tuple[SplitLayer, ...]:
    """The layers of an image of the store below ``root``, base first, that have such a record."""
    found = []
    chain = ""
    for folder, diff_id in zip(folders, diff_ids, strict=True):
        chain = diff_id if not chain else _chained(chain, diff_id)
        record = root / "image" / "overlay2" / "layerdb" / chain.replace(":", "/")
        record /= "tar-split.json.gz"
        if record.is_file():
            found.append(SplitLayer(diff_id, folder, record))
    return tuple(found)


def _chained(parent: str, diff_id: str) -> str:
    """The chain ID of a layer on top of others (OCI image specification, "Layer ChainID")."""
    return "sha256:" + hashlib.sha256(f"{parent} {diff_id}".encode()).hexdigest()
