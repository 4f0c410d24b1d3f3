"""A layer's archive is put together from its folder and Docker's record of it, byte for byte."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from jettison.engine.layers import measure_archive, measure_layers
from jettison.engine.tarsplit import SplitLayer, split_layers
from jettison.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "app/": b"",
    "app/empty": b"",
    "app/one": b"x" * 700,
    "app/big": bytes(range(256)) * 9_000,
    "app/.wh.gone": b"",
    "app/caf\udce9": b"latin-1",
}


def _packed(folder: Path) -> tuple[bytes, bytes]:
    """A layer's tar, written below ``folder`` as well, and its record as Docker keeps one."""
    stream = io.BytesIO()
    entries: list[dict[str, Any]] = []

    def segment(start: int) -> None:
        raw = stream.getvalue()[start:]
        entries.append({"type": 2, "payload": base64.b64encode(raw).decode()})

    start = 0
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in _FILES.items():
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            member.size = len(data)
            archive.addfile(member)
            segment(start)
            raw = name.encode("utf-8", "surrogateescape")
            named = (
                {"name": name} if raw.isascii() else {"name_raw": base64.b64encode(raw).decode()}
            )
            entries.append(
                {"type": 1, **named, "size": len(data)} if data else {"type": 1, **named}
            )
            stream.write(data)
            archive.offset += len(data)
            start = stream.tell()
            pad = b"\0" * (-len(data) % 512)
            stream.write(pad)
            archive.offset += len(pad)
            path = folder / name
            if name.endswith("/"):
                path.mkdir(parents=True)
            elif ".wh." not in name:
                path.write_bytes(data)
    segment(start)
    lines = "".join(json.dumps({**one, "position": n}) + "\n" for n, one in enumerate(entries))
    return stream.getvalue(), gzip.compress(lines.encode())


def _made(root: Path) -> tuple[bytes, SplitLayer]:
    folder = root / "overlay2" / "abc" / "diff"
    folder.mkdir(parents=True)
    tar, record = _packed(folder)
    below = "sha256:" + "0" * 64
    diff_id = f"sha256:{hashlib.sha256(tar).hexdigest()}"
    chain = hashlib.sha256(f"{below} {diff_id}".encode()).hexdigest()
    place = root / "image" / "overlay2" / "layerdb" / "sha256" / chain
    place.mkdir(parents=True)
    (place / "tar-split.json.gz").write_bytes(record)
    (layer,) = split_layers(root, [root / "base", folder], [below, diff_id])
    return tar, layer


def test_an_archive_is_put_together_byte_for_byte(tmp_path: Path) -> None:
    tar, layer = _made(tmp_path)
    assert b"".join(layer.pieces()) == tar
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        assert len(archive.getnames()) == len(_FILES)


def test_it_weighs_what_its_saved_archive_weighs(tmp_path: Path) -> None:
    tar, layer = _made(tmp_path)
    saved = io.BytesIO()
    with tarfile.open(fileobj=saved, mode="w") as archive:
        member = tarfile.TarInfo("blobs/sha256/x")
        member.size = len(tar)
        archive.addfile(member, io.BytesIO(tar))
    saved.seek(0)
    digest, size = measure_archive(layer.pieces())
    assert {digest: size} == measure_layers(saved, frozenset({layer.diff_id}))


def test_a_file_that_changed_shows_in_the_digest(tmp_path: Path) -> None:
    _, layer = _made(tmp_path)
    (layer.folder / "app" / "one").write_bytes(b"y" * 700)
    assert measure_archive(layer.pieces())[0] != layer.diff_id


@pytest.mark.parametrize("harm", ["gone", "short", "pipe", "cut", "other"])
def test_what_cannot_be_put_together_is_an_error(tmp_path: Path, harm: str) -> None:
    _, layer = _made(tmp_path)
    file = layer.folder / "app" / "one"
    if harm == "gone":
        file.unlink()
    elif harm == "short":
        file.write_bytes(b"y")
    elif harm == "pipe":
        file.unlink()
        os.mkfifo(file)
    elif harm == "cut":
        layer.record.write_bytes(layer.record.read_bytes()[:200])
    else:
        layer.record.write_bytes(gzip.compress(b"[]\n"))
    with pytest.raises(ImageError, match="cannot be put together"):
        list(layer.pieces())


def test_a_layer_without_a_record_is_left_out(tmp_path: Path) -> None:
    _, layer = _made(tmp_path)
    layer.record.unlink()
    assert split_layers(tmp_path, [layer.folder], [layer.diff_id]) == ()
