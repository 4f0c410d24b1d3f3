"""``jettison why``: from the sources, from an image in an archive, from a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.running import run
from tests.unit.trial.evidence.test_image import wheel

from jettison.oci import LayerBuilder, build_image, write_layout_archive

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\n"
    "RUN apt-get update && apt-get install -y libpq5\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nCMD python main.py\n",
    ".dockerignore": "docs\n",
    "main.py": "import os\n\nimport flask\n",
    "docs/a.md": "x",
    "app/b.py": "",
    "requirements.txt": "flask\nleft-over\npytest\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in _FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


def test_from_the_sources(shop: Path) -> None:
    assert "kept (declared)" in run("why", "Flask", str(shop)).stdout
    assert "used in main.py:3" in run("why", "flask", str(shop)).stdout
    assert "dropped by JT003/Dockerfile/tools (guessed)" in run("why", "pytest", str(shop)).stdout
    assert "listed in Dockerfile:3" in run("why", "debian:libpq5", str(shop)).stdout
    assert "docs of .dockerignore keeps it out" in run("why", "docs", str(shop)).stdout
    assert "line 6 copies it" in run("why", "app/b.py", str(shop)).stdout


def test_with_an_image_facts_decide(shop: Path, tmp_path: Path) -> None:
    layer = LayerBuilder()
    wheel(layer, "flask", "Name: flask\nVersion: 1\n", **{"flask.py": "import plug\n"})
    wheel(layer, "plug", "Name: plug\nVersion: 1\n", **{"plug.py": ""})
    wheel(layer, "left_over", "Name: left-over\nVersion: 1\n", **{"left_over.py": ""})
    archive = tmp_path / "image.tar"
    with archive.open("wb") as sink:
        write_layout_archive([build_image([layer])], sink)
    asked = run("why", "left_over", str(shop), "--image", str(archive), "--json")
    (one,) = json.loads(asked.stdout)["found"]
    assert one["standing"] == "dropped"
    assert one["basis"] == "read"
    assert one["key"] == "JT003/Dockerfile/unused"
    assert one["size_bytes"] > 0
    kept = run("why", "pytest", str(shop), "--image", str(archive)).stdout
    assert "the built image does not show it installed" in kept
    assert "not listed" in run("why", "plug", str(shop), "--image", str(archive)).stdout
    diff = run("optimize", str(shop), "--diff", "--image-before", f"{archive}=Dockerfile").stdout
    assert "-left-over" in diff
    assert "-pytest" not in diff
    checked = run("check", str(shop), "--image", str(archive)).stdout
    assert "packages that nothing uses" in checked
    wrong = run("check", str(shop), "--image", f"{archive}=web")
    assert wrong.returncode == 2
    assert "no service, target or Dockerfile web" in wrong.stderr
    assert run("optimize", str(shop), "--image-before", str(archive)).returncode == 2


def test_from_a_report(shop: Path) -> None:
    report = run("optimize", str(shop), "--no-trial", "--json").stdout
    (shop / ".jettison").mkdir()
    (shop / ".jettison" / "report.json").write_text(report)
    (shop / "main.py").unlink()
    said = run("why", "flask", str(shop)).stdout
    assert "used in main.py:3" in said
    assert "report.json, the run of" in said
    assert run("why", "flask", str(shop), "--report", str(shop / "main")).returncode == 2


def test_what_is_not_there_is_an_error_with_the_nearest(shop: Path) -> None:
    done = run("why", "flaks", str(shop))
    assert done.returncode == 2
    assert "Did you mean flask?" in done.stderr


def test_of_an_image_that_works_in_its_root(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM node:22-slim\nCOPY . .\nRUN npm install\nCMD node main.js\n"
    )
    (tmp_path / "package.json").write_text('{"dependencies": {"express": "4.21.2"}}')
    (tmp_path / "main.js").write_text("require('express');\n")
    assert "kept (declared)" in run("why", "express", str(tmp_path)).stdout
