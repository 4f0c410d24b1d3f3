"""What the optimization brought is written down nowhere.

## What it does
Asked for by `--with results`: makes `docs/docker-optimization.md` (`DOCKER_OPTIMIZATION.md` where
there is no folder `docs`), which a trial fills with what it measured.

## Why it matters
Who reads the Dockerfile next year will want to know what was changed and what it saved.

## Fix safety
Safe: a file that is not there yet.

## Saving
None.

## References
* Jettison's report, `.jettison/report.md`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.added_file import added_file
from jettison.rules.model import (
    Example,
    Finding,
    Grade,
    Key,
    Kind,
    Level,
    Rule,
)
from jettison.source.ours import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME, EXTRA = "JT056", "results-missing", "results"

_FILES = {"compose.yaml": "services:\n  api:\n    build: .\n", "Dockerfile": "FROM debian\n"}
_PATH = "DOCKER_OPTIMIZATION.md"
_TEXT = f"""\
<!-- {MARK}. -->
# Docker optimization

Nothing has been measured yet: `jettison optimize` without `--no-trial` builds and launches the
stack before and after, and writes its figures here.
"""
VALID = (Example("it is there", {**_FILES, _PATH: _TEXT}),)
INVALID = (Example("it is not", _FILES, found=(f"{_PATH}:1",), after={_PATH: _TEXT}),)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding where the document is not there, if it was asked for."""
    if EXTRA not in facts.asked:
        return
    docs = (facts.project.root / "docs").is_dir()
    wanted = "docs/docker-optimization.md" if docs else _PATH
    yield from added_file(
        facts,
        Key(CODE, "", ""),
        NAME,
        wanted=wanted,
        text=lambda: _TEXT,
        what="results",
        why="what the optimization brought is written down nowhere",
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="What the optimization brought is written down nowhere.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
