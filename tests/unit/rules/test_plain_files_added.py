"""ADD that could be COPY: what a change is called, and that each is made in one run."""

from __future__ import annotations

from tests.unit.rules.planning import changed, planned

from jettison.changes import Policy, plan
from jettison.rules.catalog.plain_files_added import RULE

_FILES = {"a/main.go": "package main\n", "b.txt": "b\n"}
_TEXT = "FROM golang:1.19 AS build\nADD a /a\nADD a /b\nCOPY a /c\nADD a /d\nADD b.txt /\n"


def test_each_is_called_by_its_source() -> None:
    made = planned(RULE, {**_FILES, "Dockerfile": _TEXT})
    assert changed(made) == {"Dockerfile": _TEXT.replace("ADD", "COPY")}
    assert [str(change.key) for change in made.applied] == [
        "JT025/Dockerfile/a",
        "JT025/Dockerfile/a~",
        "JT025/Dockerfile/a~~~",
        "JT025/Dockerfile/b.txt",
    ]


def test_one_that_was_taken_back_stays_alone() -> None:
    """The others keep their names when some are COPY already."""
    made = planned(RULE, {**_FILES, "Dockerfile": _TEXT})
    without = Policy(excluded=frozenset({"JT025/Dockerfile/a~"}))
    again = plan(made.before.tree, {}, rules=[RULE], policy=without)
    wanted = _TEXT.replace("ADD", "COPY").replace("COPY a /b", "ADD a /b")
    assert changed(again) == {"Dockerfile": wanted}
    assert [str(finding.key) for finding in again.left] == ["JT025/Dockerfile/a~"]
