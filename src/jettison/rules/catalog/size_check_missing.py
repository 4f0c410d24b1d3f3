"""Nothing in the project shows how large its images are.

## What it does
Asked for by `--with sizes`: makes `scripts/check_image_sizes.py`, which prints each service's size
before and after, as measured, and what the engine has now. It needs Python only.

## Why it matters
An image grows unseen unless somebody looks.

## Fix safety
Safe: a file that is not there yet.

## Saving
None.

## References
* Docker documentation, "docker image inspect"
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
from jettison.rules.rendering import Texts, render
from jettison.source.ours import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME, EXTRA = "JT055", "size-check-missing", "sizes"

_PATH = "scripts/check_image_sizes.py"
_FILES = {"compose.yaml": "services:\n  api:\n    build: .\n", "Dockerfile": "FROM debian\n"}
_AFTER = Texts({_PATH: lambda: _script({"api": "api"})})
VALID = (Example("it is there", {**_FILES, _PATH: f'"""{MARK}: sizes."""\n'}),)
INVALID = (Example("it is not", _FILES, found=(f"{_PATH}:1",), after=_AFTER),)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding where the script is not there, if it was asked for."""
    if EXTRA not in facts.asked:
        return
    services = {
        run.service or target.name: target.name for target in facts.targets for run in target.runs
    }
    yield from added_file(
        facts,
        Key(CODE, "", ""),
        NAME,
        wanted=_PATH,
        text=lambda: _script(services),
        what="a table of image sizes",
        why="nothing shows how large the images are",
    )


def _script(services: dict[str, str]) -> str:
    return render("check_image_sizes.py.j2", services=services)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Nothing in the project shows how large its images are.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
