"""The documentation says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

from jettison.errors import ExitCode
from jettison.oci import LayerBuilder, build_image, open_image, write_archive

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "lab").glob("*.md")])


def test_reference_pages_are_as_the_code_says() -> None:
    script = str(ROOT / "scripts" / "generate_docs.py")
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text()
    assert set(re.findall(r"^\| (\d+) \|", page, re.MULTILINE)) == {str(int(c)) for c in ExitCode}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_python_in_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "how-to" / "change-images-in-python.md"
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    lower = LayerBuilder().file("bin/app", b"a" * 900).file("tmp/x", b"x" * 200_000)
    image = build_image([lower, LayerBuilder().whiteout("tmp/x")], names=["app:1"])
    with (tmp_path / "app.tar").open("wb") as target:
        write_archive([image], target)
    (tmp_path / "page.py").write_text("\n".join(blocks))
    monkeypatch.setenv("JETTISON_DOCKER", "/no/docker")
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "200900 200900 200000" in done.stdout
    assert open_image(tmp_path / "layout").config.cmd == ("serve",)


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z][a-z-]*)`?", (ROOT / "README.md").read_text())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_commands_in_the_documentation_exist() -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text()
    for page in _PAGES:
        for command in re.findall(r"^\$ jettison ([a-z]+)", page.read_text(), re.MULTILINE):
            assert f"## jettison {command}" in reference, f"{command} in {page.name}"
