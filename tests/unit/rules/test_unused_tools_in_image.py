"""Tools that nothing calls leave only where the built image says what they weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import Evidence, ImageEvidence, SystemPackage
from jettison.changes import plan
from jettison.rules import Advice
from jettison.rules.catalog.unused_tools_in_image import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_COMPOSE = (
    "services:\n  web:\n    build: .\n    healthcheck:\n"
    '      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]\n'
)
_DOCKERFILE = (
    'FROM python:3.11-slim\nRUN apt-get update && apt-get install -y libpq5 curl\nCMD ["python"]\n'
)


def _package(name: str, size: int, *depends: str) -> SystemPackage:
    nothing = frozenset[str]()
    return SystemPackage(
        "debian", name, "1", frozenset(depends), nothing, nothing, in_base=False, size_bytes=size
    )


@pytest.mark.parametrize(("size", "changed"), [(12_000_000, True), (300_000, False)])
def test_it_leaves_where_it_weighs_something(tmp_path: Path, size: int, *, changed: bool) -> None:
    (tmp_path / "compose.yaml").write_text(_COMPOSE)
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE)
    packages = {
        "curl": _package("curl", 500_000, "libcurl4", "libshared"),
        "libcurl4": _package("libcurl4", size),
        "libpq5": _package("libpq5", 1_000_000, "libshared"),
        "libshared": _package("libshared", 90_000_000),
    }
    evidence = Evidence({"web": ImageEvidence("web:1", packages=packages)})
    made = plan(TextTree(tmp_path), {}, evidence=evidence, rules=[RULE])
    (finding,) = made.found
    assert finding.saving is not None
    assert finding.saving.low_bytes == size + 500_000, "what libpq5 needs as well stays"
    if not changed:
        assert isinstance(finding.remedy, Advice)
        assert made.tree.diff() == ""
        return
    dockerfile, compose = made.tree.read("Dockerfile"), made.tree.read("compose.yaml")
    assert dockerfile is not None
    assert compose is not None
    assert dockerfile.text == _DOCKERFILE.replace(" curl", "")
    assert "urllib.request.urlopen('http://127.0.0.1:8000/health'" in compose.text
    assert "curl" not in compose.text


GIT = (
    "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y git\nWORKDIR /app\nCOPY . .\n"
)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"requirements.txt": "flask\n"}, True),
        ({"requirements.txt": "x @ git+https://example.org/x\n"}, False),
        ({"requirements.txt": "flask\n", "pyproject.toml": "[tool.setuptools_scm]\n"}, False),
        ({"requirements.txt": "flask\n", "app.py": "import os\nos.system('git pull')\n"}, False),
        ({"requirements.txt": "flask\n", "Pipfile": "[packages]\nx = {git = 'h'}\n"}, False),
    ],
)
def test_git_that_no_install_and_no_code_calls(
    files: dict[str, str], tmp_path: Path, *, found: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    text = f"{GIT}RUN pip install -r requirements.txt\nCMD python app.py\n"
    (tmp_path / "Dockerfile").write_text(text)
    assert bool(plan(TextTree(tmp_path), {}, rules=[RULE]).found) is found
    (tmp_path / "Dockerfile").write_text(f"{GIT}RUN go mod download\nCMD python app.py\n")
    assert not plan(TextTree(tmp_path), {}, rules=[RULE]).found
