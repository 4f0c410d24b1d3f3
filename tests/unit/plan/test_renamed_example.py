"""What is decided about KeneyApp comes from reading it: with other names it is the same."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

from jettison.analysis import analyze, discover
from jettison.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jettison.plan import Plan

_EXAMPLE = ROOT / "examples" / "keneyapp"
_FOLDERS = {"app": "hospital", "frontend": "webui", "alembic": "migrations", "scripts": "bin"}
_FILES = {"Dockerfile.frontend": "web.Dockerfile", "requirements.txt": "deps.txt"}
_MODULES = "main|worker|beat|tasks|config|models|database|routers|services|schemas|middleware"
_MODULES += "|security|cache|deps|graphql_schema"
_CHANGES = (
    (r"\bfrom app\b", "from hospital"),
    (r"\bimport app\b", "import hospital"),
    (rf"\bapp\.({_MODULES})\b", r"hospital.\1"),
    (r"scripts/", "bin/"),
    (r"scripts\.init_db", "bin.init_db"),
    (r"%\(here\)s/alembic", "%(here)s/migrations"),
    (r"requirements\.txt", "deps.txt"),
    (r"Dockerfile\.frontend", "web.Dockerfile"),
    (r"frontend/", "webui/"),
    (r"/app/frontend", "/app/webui"),
    (r"cd frontend", "cd webui"),
)
_IN_DOCKERFILES = (
    (r"\balembic/", "migrations/"),
    (r"\bapp/ \./app/", "hospital/ ./hospital/"),
    (r"requirements\.prod", "deps.prod"),
)
_TEXTS = ("*.py", "*.sh", "*.ini", "*.yml", "*Dockerfile*")


class _Resolver:
    """The wanted lines as they are."""

    def lock(
        self, wanted: Sequence[str], constraints: Sequence[str], python: str, folder: Path
    ) -> tuple[str, ...]:
        del constraints, python, folder
        return tuple(wanted)


def _plan(folder: Path) -> Plan:
    return make_plan(analyze(discover(folder, {})), _Resolver(), {})


def _renamed(text: str) -> str:
    for pattern, replacement in _CHANGES:
        text = re.sub(pattern, replacement, text)
    return text


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """The example, and the example under other names."""
    one, other = tmp_path / "one", tmp_path / "other"
    ignore = shutil.ignore_patterns("node_modules", "__pycache__", ".git", "venv", "dist")
    shutil.copytree(_EXAMPLE, one, ignore=ignore)
    shutil.copytree(one, other)
    for names in (_FOLDERS, _FILES):
        for old, new in names.items():
            (other / old).rename(other / new)
    for pattern in _TEXTS:
        for path in other.rglob(pattern):
            if "webui/src" not in path.as_posix():
                path.write_text(_renamed(path.read_text()))
    return one, other


def _lines(plan: Plan, path: str) -> list[str]:
    text = plan.text_of(path)
    assert text is not None, path
    return text.splitlines()


def test_other_names_change_nothing_but_names(copies: tuple[Path, Path]) -> None:
    plan, other = _plan(copies[0]), _plan(copies[1])
    assert _lines(plan, "requirements.prod.txt")[2:] == _lines(other, "deps.prod.txt")[2:]
    assert _lines(plan, ".dockerignore") != []
    compose = _renamed("\n".join(_lines(plan, "docker-compose.yml"))).splitlines()
    assert compose == _lines(other, "docker-compose.yml")
    for name, renamed in (("Dockerfile", "Dockerfile"), ("Dockerfile.frontend", "web.Dockerfile")):
        text = _renamed("\n".join(_lines(plan, name)))
        for pattern, replacement in _IN_DOCKERFILES:
            text = re.sub(pattern, replacement, text)
        expected = set(text.splitlines())
        assert set(_lines(other, renamed)) == expected
