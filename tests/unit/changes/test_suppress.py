"""Suppressions: what a comment reaches, and comments that are wrong or idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.changes.suppress import suppress
from jettison.rules import Advice, Finding, Key, Level
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM debian
# jettison: ignore=JT008 the lists are needed
# and another comment
RUN apt-get update && \\
    apt-get install -y curl
RUN pip install flask
"""


def finding(code: str, line: int, file: str = "Dockerfile", target: str = "api") -> Finding:
    name = {"JT006": "runs-as-root"}.get(code, code.lower())
    return Finding(Key(code, target), name, "it", file, line, (), Advice("do"))


@pytest.mark.parametrize(
    ("line", "code", "silent"),
    [(5, "JT008", True), (6, "JT008", True), (7, "JT008", False), (5, "JT006", False)],
)
def test_above_an_instruction(tmp_path: Path, line: int, code: str, silent: bool) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    kept, silenced, unused = suppress([finding(code, line)], TextTree(tmp_path))
    assert [bool(kept), bool(silenced), bool(unused)] == [not silent, silent, not silent]
    if silent:
        assert (silenced[0].line, silenced[0].reason) == (3, "the lists are needed")


@pytest.mark.parametrize("named", ["JT006", "runs-as-root", "JT006/api", "JT001,JT006"])
def test_at_the_top_for_the_whole_file(tmp_path: Path, named: str) -> None:
    text = f"# jettison: ignore={named} the host forbids it\r\n\r\nFROM a\r\nRUN b\r\n"
    (tmp_path / "Dockerfile").write_bytes(text.encode())
    kept, silenced, unused = suppress([finding("JT006", 4)], TextTree(tmp_path))
    assert (kept, len(silenced), unused) == ((), 1, ())
    assert silenced[0].reason == "the host forbids it"


@pytest.mark.parametrize(("line", "silent"), [(3, True), (5, True), (6, False)])
def test_above_a_service(tmp_path: Path, line: int, silent: bool) -> None:
    text = "services:\n  # jettison: ignore=JT007 a batch job\n  a:\n    build: .\n    x: 1\n  b:\n"
    (tmp_path / "compose.yaml").write_text(text)
    kept, _, _ = suppress([finding("JT007", line, "compose.yaml")], TextTree(tmp_path))
    assert bool(kept) is not silent


@pytest.mark.parametrize("name", [".dockerignore", "requirements.txt"])
def test_above_a_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n# jettison: ignore=JT003 run by an operator\nb\nc\n")
    found = [finding("JT003", line, name) for line in (1, 3, 4)]
    kept, silenced, _ = suppress(found, TextTree(tmp_path))
    assert [one.line for one in kept] == [1, 4]
    assert [one.finding.line for one in silenced] == [3]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# jettison: ignore=JT006", "gives no reason"),
        ("# jettison: ignore JT006 why", "not understood"),
        ("# jettison: ignore= why", "gives no reason"),
        ("#jettison: off", "not understood"),
    ],
)
def test_what_is_wrong_silences_nothing_and_is_an_error(
    tmp_path: Path, comment: str, said: str
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM a\n{comment}\nRUN b\n")
    kept, silenced, unused = suppress([finding("JT006", 3)], TextTree(tmp_path))
    assert (silenced, unused) == ((), ())
    complaint, other = kept
    assert (complaint.code, complaint.level, complaint.line) == ("JT000", Level.ERROR, 2)
    assert said in complaint.message
    assert other.code == "JT006"


def test_idle_ones_are_told_in_files_without_findings_too(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    kept, silenced, unused = suppress([], TextTree(tmp_path), ["Dockerfile", "gone"])
    assert (kept, silenced) == ((), ())
    assert unused == (("Dockerfile", 3, "nothing to ignore here for JT008"),)


@pytest.mark.parametrize(("named", "silent"), [("JT005", False), ("JT005/api", True)])
def test_a_finding_about_a_file_that_is_not_there(tmp_path: Path, named: str, silent: bool) -> None:
    (tmp_path / "Dockerfile").write_text(f"# jettison: ignore={named} tiny\nFROM a\n")
    found = finding("JT005", 1, ".dockerignore")
    kept, _, _ = suppress([found], TextTree(tmp_path), ["Dockerfile"])
    assert bool(kept) is not silent
