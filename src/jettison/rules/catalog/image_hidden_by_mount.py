"""A mount of the project's folder hides what the image holds.

## What it does
Finds services whose working directory, or the place to which the Dockerfile copies the whole
context, is covered by a bind mount of the folder that the image is built from. It is advice: for
development that is wanted, in a file for development.

## Why it matters
The container runs the files of the machine, not those that were built and tested: what the build
made there (installed packages, compiled files) is hidden, and a host without the checkout cannot
run it.

## Fix safety
Nothing is changed. `docker-compose.override.yml` is read beside `docker-compose.yml` by itself, and
only on machines where it lies.

## Saving
None in the image.

## References
* Docker documentation, "Use Compose in production"; "Merge Compose files"
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.compose.mount_kinds import MountKind
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT028", "image-hidden-by-mount"

_DOCKERFILE = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["python"]\n'
_SERVICE = "services:\n  api:\n    build: .\n    volumes:\n"
VALID = (
    Example(
        "a folder for data, and a file",
        {
            "Dockerfile": _DOCKERFILE,
            "compose.yaml": f"{_SERVICE}      - ./data:/app/data\n      - ./a.ini:/app/a.ini\n",
            "data/.gitkeep": "",
            "a.ini": "",
        },
    ),
)
INVALID = (
    Example(
        "the whole folder",
        {"Dockerfile": _DOCKERFILE, "compose.yaml": f"{_SERVICE}      - .:/app\n"},
        found=("compose.yaml:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every service that runs files of the machine in place of the image's."""
    for target in facts.targets:
        copied = _copied(target)
        for run in target.runs:
            hidden = next(
                (
                    mount.target
                    for mount in run.mounts
                    if mount.kind is MountKind.BIND
                    and posixpath.normpath(mount.target) in copied
                    and _is_context(target, mount.source)
                ),
                None,
            )
            if hidden is None or not run.file:
                continue
            yield Finding(
                key=Key(CODE, target.name, run.service),
                name=NAME,
                message=f"{run.service} mounts the project over {hidden}, which the image brings",
                file=facts.name_of(run.file),
                line=run.line,
                services=(run.service,),
                remedy=Advice("Keep such mounts in docker-compose.override.yml."),
                level=Level.NOTE,
            )


def _copied(target: Target) -> frozenset[str]:
    """The places to which the image copies its whole context."""
    taken = landings(target, target.steps)
    return frozenset(posixpath.normpath(one.place) for one in taken if not one.source)


def _is_context(target: Target, source: str | None) -> bool:
    """Whether a mount's source is the folder that the image is built from, or one above it."""
    return source is not None and target.context.is_relative_to(source)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A mount of the project's folder hides what the image holds.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
