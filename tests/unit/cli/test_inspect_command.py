"""``jettison inspect`` as a script sees it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import click
import pytest
from tests.unit.cli.running import run, write_image

from jettison.cli.inspect import command
from jettison.oci import LayerBuilder, build_image, write_archive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image's archive."""
    return write_image(tmp_path / "image.tar")


def test_the_summary_says_where_the_bytes_are_and_what_to_do(archive: Path) -> None:
    done = run("inspect", str(archive))
    assert done.returncode == 0, done.stderr
    assert "903.0 kB uncompressed" in done.stdout
    assert "guessed from the history" in done.stdout
    assert "500.0 kB  of pip cache: pip install --no-cache-dir" in done.stdout
    assert "JT008" in done.stdout
    assert "RUN pip install flask" in done.stdout
    assert "python flask 1" in done.stdout
    assert "/root" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.count("kB compressed") == 1


def test_json_is_alone_and_adds_up(archive: Path) -> None:
    done = run("inspect", f"oci-archive:{archive}", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    for key in ("packages", "categories", "instructions", "top_folders", "folders", "types"):
        assert sum(one["bytes"] for one in found[key]) == found["tree_bytes"], key
    assert sum(layer["bytes"] for layer in found["layers"]) == found["layer_bytes"]
    assert found["waste"]["rewritten_bytes"] == found["waste"]["overwritten_bytes"] == 200_000
    assert found["compressed_bytes"] == sum(one["compressed_bytes"] for one in found["layers"])
    assert found["base"] == {"name": None, "basis": "history", "layers": 1}
    assert found["advice"][0]["rule"] == "JT008"


def test_a_layout_folder_gives_the_same(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    shutil.copyfile(archive, tmp_path / "copy")
    one, other, named = (
        json.loads(run("inspect", text, "--json").stdout)
        for text in (str(archive), f"oci:{folder}", f"{folder}:app:1")
    )
    for key in ("packages", "layers", "waste", "image_id"):
        assert one[key] == other[key] == named[key]
    assert other["source"] == "OCI layout"


def test_lines_of_the_dockerfile(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\nRUN pip install flask\nCOPY . /app\n")
    done = run("inspect", str(archive), "--json", "--dockerfile", str(tmp_path), "--fast")
    found = json.loads(done.stdout)
    assert [layer["line"] for layer in found["layers"]] == [None, 2, 3]
    assert found["waste"]["duplicated_bytes"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["./nothing.tar"], 2, "there is no file or folder"),
        (["python:3"], 5, "no docker and no podman"),
        (["registry:team/UPPER"], 1, "UPPER"),
        (["x", "--json", "--tui"], 2, "exclude"),
        (["x", "--tui"], 2, "terminal"),
        (["./nothing.tar", "--platform", "a/b/c/d"], 1, "not a platform"),
        (["./nothing.tar", "--dockerfile", "gone"], 3, "gone is not there"),
    ],
)
def test_errors_have_a_code_and_a_word(arguments: list[str], code: int, said: str) -> None:
    done = run("inspect", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(b"nothing like a tar" * 100)
    done = run("inspect", str(path))
    assert done.returncode == 1
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_compressed_bytes_that_nobody_knows_are_measured_when_asked(tmp_path: Path) -> None:
    plain = tmp_path / "plain.tar"
    image = build_image([LayerBuilder().file("a", bytes(range(256)) * 900)], names=["plain:1"])
    with plain.open("wb") as target:
        write_archive([image], target)
    assert "compressed not known (--compressed measures it)" in run("inspect", str(plain)).stdout
    unknown = json.loads(run("inspect", str(plain), "--json").stdout)
    assert unknown["compressed_bytes"] is None
    assert unknown["compressed_basis"] is None
    assert "(measured with gzip)" in run("inspect", str(plain), "--compressed").stdout
    done = run("inspect", str(plain), "--compressed", "--json")
    found = json.loads(done.stdout)
    assert found["compressed_basis"] == "measured with gzip"
    assert 0 < found["compressed_bytes"] < found["layer_bytes"]
    assert found["compressed_bytes"] == sum(one["compressed_bytes"] for one in found["layers"])


def test_compressed_bytes_that_are_known_are_not_measured(archive: Path) -> None:
    one, other = (
        json.loads(run("inspect", str(archive), "--json", *more).stdout)
        for more in ((), ("--compressed",))
    )
    assert one == other
    assert one["compressed_basis"] == "as stored"


def test_images_are_completed_from_the_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = tmp_path / "docker"
    client.write_text(
        '#!/bin/sh\n[ "$1" = version ] && exit\n'
        "printf 'app:2\\napp:1\\nother:1\\n<none>:<none>\\napp:1\\n'\n"
    )
    client.chmod(0o755)
    monkeypatch.setenv("JETTISON_DOCKER", str(client))
    argument = command.params[0]
    context = click.Context(command)
    found = argument.shell_complete(context, "app")
    assert [one.value for one in found] == ["app:1", "app:2"]
    monkeypatch.setenv("JETTISON_DOCKER", "/no/docker")
    assert argument.shell_complete(context, "app") == []
