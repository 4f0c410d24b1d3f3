"""Heavy imports are paid for by those alone who want what they bring."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jettison.rules import all_rules
from jettison.rules.registry import EXTRAS

if TYPE_CHECKING:
    from pathlib import Path

_LIBRARIES = (
    "httpx jinja2 packaging python_on_whales rich ruamel.yaml textual tree_sitter zstandard"
).split()
_OWN = [f"jettison.{name}" for name in ("analysis", "compose", "engine", "imaging", "oci", "rules")]
_NO_ENGINE = ["httpx", "jinja2", "python_on_whales", "rich", "textual", "zstandard"]
_NO_ENGINE += [f"jettison.{name}" for name in ("engine", "imaging", "oci", "trial", "tui")]
_NO_COMPOSE = [f"jettison.compose.{name}" for name in ("files", "project", "services", "tree")]
_NO_EXTRA = ["jettison.rules.overlay_patch", "jettison.rules.production_image"]
_NO_EXTRA += [f"jettison.rules.catalog.{module}" for module in EXTRAS.values()]
_RUN = """
import sys
from jettison.cli import main
sys.argv = ["jettison", *{argv!r}]
try:
    main()
except SystemExit:
    pass
there = [name for name in {absent!r} if name in sys.modules]
sys.exit(f"imported: {{there}}" if there else 0)
"""


@pytest.mark.parametrize(
    ("imported", "absent"),
    [("jettison.oci", "httpx"), ("jettison.cli.inspect, jettison.tui", "textual")],
)
def test_what_an_import_does_not_bring(imported: str, absent: str) -> None:
    code = f"import sys, {imported}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _check_absent(argv: list[str], absent: list[str]) -> None:
    code = _RUN.format(argv=argv, absent=absent)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["check", "--help"]])
def test_help_imports_nothing_that_works(argv: list[str]) -> None:
    _check_absent(argv, [*_LIBRARIES, *_OWN])


@pytest.mark.parametrize("argv", [["rules"], ["check"], ["check", "--json"]])
def test_what_needs_no_engine_does_not_import_it(argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get update\n")
    _check_absent([*argv, str(tmp_path)] if argv[0] == "check" else argv, _NO_ENGINE)


@pytest.mark.parametrize("argv", [["check"], ["optimize", "--diff"]])
def test_a_project_without_compose_imports_neither_compose_nor_extras(
    argv: list[str], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    )
    (tmp_path / "requirements.txt").write_text("flask==3.0.0\npytest\n")
    absent = ["packaging", "tomllib", "jinja2", "jettison.analysis.node.development"]
    _check_absent([*argv, str(tmp_path)], [*absent, *_NO_COMPOSE, *_NO_EXTRA])


def test_extras_are_imported_when_they_are_asked_for_alone(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    build: .\n")
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get update\n")
    others = [one for one in _NO_EXTRA if not one.endswith("makefile_targets_missing")]
    _check_absent(["optimize", "--diff", "--with", "makefile", str(tmp_path)], others)


def test_the_extras_are_known_by_their_names() -> None:
    assert {rule.extra for rule in all_rules() if rule.extra} == set(EXTRAS)
