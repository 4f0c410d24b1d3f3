"""A package manager is called in exec form, where nothing can stand behind it.

## What it does
Finds ``RUN ["apt-get", "install", "-y", "curl"]`` and the like, of managers that leave a cache or
lists in the layer, in a stage that reaches the image; also where they install from lists of
another RUN or beside compilers, and of scripts of Node that build.

## Why it matters
What a call leaves behind can only be taken away in the same layer, by another command behind it.
In exec form there is none; a RUN of its own that cleans up frees nothing.

## Fix safety
Safe: the same words in shell form, each quoted where a shell would read it otherwise. What the call
leaves is then found by the other rules. Refused where the image may have no shell.

## Saving
Nothing by itself: what the changes save that it makes possible.

## References
* Dockerfile reference, "Shell and exec form"
* Docker documentation, "Building best practices: apt-get"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_from
from jettison.analysis.system.exec_form import exec_forms
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Refused,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT038", "manager-in-exec-form"
_LONGEST = 60

_FILES = {"compose.yaml": "services:\n  api:\n    build: .\n"}
_END = 'CMD ["python", "-m", "http.server"]\n'
VALID = (
    Example(
        "nothing stays behind",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\n"
            f'RUN ["pip", "install", "--no-cache-dir", "flask"]\nRUN ["mkdir", "/data"]\n{_END}',
        },
    ),
)
INVALID = (
    Example(
        "the lists and the cache stay",
        {
            **_FILES,
            "Dockerfile": 'FROM python:3.11-slim\nRUN ["apt-get", "install", "-y", "curl"]\n'
            f'RUN ["pip", "install", "flask<3"]\n{_END}',
        },
        found=("Dockerfile:2", "Dockerfile:3"),
        after={
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get install -y curl\n"
            f"RUN pip install 'flask<3'\n{_END}"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every RUN of a manager in exec form that leaves something behind."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for one in exec_forms(facts, target):
            key = Key(CODE, target.name, one.command.replace(" ", ":")[:_LONGEST])
            change = Change(
                key,
                "call it in shell form",
                Patch.of(target.dockerfile_name, one.edits),
                Grade.SAFE,
                Basis.DECLARED,
                reasons=("the words are the same",),
            )
            yield Finding(
                key,
                NAME,
                f"what `{one.command}` leaves cannot be taken away behind it, in exec form"
                if one.leaves
                else f"`{one.command}` is in exec form: nothing can be done in the same layer",
                target.dockerfile_name,
                one.run.line,
                services_from(facts, target, one.stage),
                Refused(one.refusal, one.run.line) if one.refusal else change,
                Level.NOTE,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A package manager is called in exec form, where nothing can stand behind it.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
    early=True,
)
