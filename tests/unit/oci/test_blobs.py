"""Temporary files end before a disk does."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
from pathlib import Path

import pytest

from jettison.errors import ImageError
from jettison.oci import LayerBuilder, TemporaryBlob, blobs, build_image, open_image, write_archive


def test_what_is_written_can_be_read_by_several() -> None:
    content = os.urandom(3_000_000)
    blob = TemporaryBlob(lambda target: target.write(content))
    one, other = blob.open(), blob.open()
    assert blob.blob_bytes == len(content)
    assert (one.read(10) or b"") + (one.read() or b"") == other.read() == content


def test_the_last_of_a_disk_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(blobs, "_SPARE_BYTES", 1 << 62)
    plain = io.BytesIO()
    write_archive([build_image([LayerBuilder().file("zeros", bytes(40 << 20))])], plain)
    archive = tmp_path / "image.tar.gz"
    archive.write_bytes(gzip.compress(plain.getvalue(), 1))
    with pytest.raises(ImageError, match="does not fit") as caught:
        open_image(archive)
    assert "TMPDIR" in str(caught.value.remedy)


def test_a_full_disk_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("wb") as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
        with pytest.raises(ImageError, match="does not fit"):
            TemporaryBlob(lambda target: target.write(bytes(2 << 20)))
