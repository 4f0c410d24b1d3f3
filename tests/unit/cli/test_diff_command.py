"""``jettison diff`` as a script sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.cli.running import run, write_image

from jettison.oci import open_image, write_archive

if TYPE_CHECKING:
    from pathlib import Path


def test_the_parts_add_up(tmp_path: Path) -> None:
    before = write_image(tmp_path / "a.tar")
    after = write_image(tmp_path / "b.tar", version="2.1", cache=False)
    done = run("diff", str(before), str(after), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    files = sum(one["delta_bytes"] for one in found["files"])
    assert files == found["tree_delta_bytes"]
    assert files + found["hidden_delta_bytes"] == found["delta_bytes"] == -500_000
    for key in ("packages", "categories", "folders"):
        assert sum(one["delta_bytes"] for one in found[key]) == files, key
    layers = found["layers"]
    assert len(layers["shared"]) == 2
    assert layers["only_after"][0]["compressed_bytes"] < layers["only_before"][0]["bytes"]


def test_the_table(tmp_path: Path) -> None:
    before = write_image(tmp_path / "a.tar")
    after = write_image(tmp_path / "b.tar", version="2.1", cache=False)
    done = run("diff", str(before), str(after))
    assert done.returncode == 0, done.stderr
    assert "B - A: -500.0 kB" in done.stdout
    assert "python flask 1 → 2.1" in done.stdout
    assert "removed  /root/.cache/pip/wheel" in done.stdout
    assert "\x1b" not in done.stdout


def test_names_cannot_drive_the_terminal(tmp_path: Path) -> None:
    before = write_image(tmp_path / "a.tar")
    empty = tmp_path / "b.tar"
    write_image(empty, cache=False, version="3")
    done = run("diff", str(before), str(empty), "--fast")
    assert "\x1b" not in done.stdout
    assert done.returncode == 0


def test_an_image_is_like_itself(tmp_path: Path) -> None:
    path = str(write_image(tmp_path / "a.tar"))
    done = run("diff", path, path)
    assert "B - A: ±0 B" in done.stdout
    assert "3 shared" in done.stdout


def test_compressed_bytes_are_compared_when_both_are_known(tmp_path: Path) -> None:
    before = write_image(tmp_path / "a.tar")
    plain = tmp_path / "plain.tar"
    with plain.open("wb") as target:
        write_archive([open_image(before)], target)
    unknown = json.loads(run("diff", str(before), str(plain), "--json").stdout)
    assert unknown["compressed_delta_bytes"] is None
    found = json.loads(run("diff", str(before), str(plain), "--compressed", "--json").stdout)
    one, other = (found[side]["compressed_bytes"] for side in ("before", "after"))
    assert found["compressed_delta_bytes"] == other - one
    told = run("diff", str(plain), str(plain), "--compressed").stdout
    assert "uncompressed, ±0 B compressed" in told
