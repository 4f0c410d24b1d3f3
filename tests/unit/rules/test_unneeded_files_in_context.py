"""Lines of ignore files: where they go, and where none can be added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.changes import plan
from jettison.rules import Refused
from jettison.rules.catalog.unneeded_files_in_context import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "Dockerfile": "FROM debian:bookworm\nCOPY . /srv\nCMD cat /srv/a.txt\n",
    "a.txt": "a\n",
    "venv/pyvenv.cfg": "home = /usr/bin\n",
    "venv/lib/big.py": "x" * 200_000,
}


def test_a_line_does_not_part_a_pattern_from_its_exceptions() -> None:
    text = "# Yarn\n.yarn/*\n!.yarn/patches\n\n# Logs\n*.log\n"
    made = planned(RULE, {**FILES, ".dockerignore": text, ".yarn/patches/a": "a"})
    assert changed(made)[".dockerignore"] == f"{text}venv\n"


def test_a_line_goes_before_the_exception_that_may_be_meant_for_it() -> None:
    files = {**FILES, ".dockerignore": "*.md\n!ven*/keep\n"}
    assert changed(planned(RULE, files))[".dockerignore"] == "*.md\nvenv\n!ven*/keep\n"


def test_an_ignore_file_that_is_a_link_gets_no_line(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / ".dockerignore").symlink_to(".gitignore")
    made = plan(TextTree(tmp_path), {}, rules=[RULE])
    assert changed(made) == {}
    (left,) = made.left
    assert isinstance(left.remedy, Refused)
    assert ".dockerignore is a link to .gitignore" in left.remedy.reason


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("VERSION=1.0.0", False),
        ("export DEBUG=true\nPORT='8000'\nEMPTY=\n", False),
        ("VERSION=1.0.0\nDB=postgres://a:b@c/d\n", True),
        ("PIN_CODE=1234\n", True),
        ("API_KEY=\n", True),
        ("hello\n", True),
    ],
)
def test_versions_and_switches_are_no_secrets(text: str, *, secret: bool) -> None:
    found = planned(RULE, {**FILES, ".env": text}).found
    assert any("secrets" in one.message for one in found) is secret
