"""The whole build context is copied into the image, clutter and all.

## What it does
Finds ``COPY . .`` (and ``ADD . .``) that takes version control, virtual environments, caches, logs,
tests or other unneeded files of the context into an image, or into a stage that hands whole
folders on to one.

## Why it matters
Everything in the folder lands in the image. Any change to any of these files also rebuilds every
later step.

## Fix safety
The instruction stays as it is: what unneeded-files-in-context (JT005) adds to the ignore file takes
these files out of the image, too.

## Saving
The bytes of those files.

## References
* Dockerfile reference, "COPY"; Docker documentation, "Building best practices"
* tally: prefer-copy-specific
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.context.unneeded import context_group, unneeded
from jettison.analysis.landing import landings
from jettison.analysis.package_runs import first_of, services_of
from jettison.dockerfile import Copy
from jettison.rules.model import (
    Basis,
    Blocked,
    Example,
    Finding,
    Grade,
    Key,
    Rule,
    Saving,
)
from jettison.units import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import FileInstruction, Step

CODE, NAME = "JT001", "whole-context-copied"

_LEAST = 100_000
_COMPOSE = "services:\n  api:\n    build: .\n"
_CLUTTER = {"venv/pyvenv.cfg": "home = /usr/bin\n", "venv/lib/big.py": "x" * 2 * _LEAST}
VALID = (
    Example(
        "one folder is copied",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": "FROM python:3.11-slim\nCOPY app/ /app/\n",
            "app/main.py": "print()\n",
            **_CLUTTER,
        },
    ),
    Example(
        "nothing unneeded is in the context",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": "FROM python:3.11-slim\nCOPY . /app/\n",
            "app/main.py": "print()\n",
        },
    ),
    Example(
        "the whole context is copied into a stage that is thrown away",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": "FROM golang:1.25 AS build\nCOPY . .\nRUN go build -o /x\n"
            "FROM scratch\nCOPY --from=build /x /x\n",
            "main.go": "package main\n",
            **_CLUTTER,
        },
    ),
)
INVALID = (
    Example(
        "the whole context is copied",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n",
            "app/main.py": "print()\n",
            **_CLUTTER,
        },
        found=("Dockerfile:3",),
        after={".dockerignore": "venv\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every COPY of a whole context that takes unneeded files along."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        holder = next(one for one in context_group(facts, target) if not one.development)
        found = facts.of(unneeded, holder)
        for subject, lines in (("clutter", found.clutter), ("unused", found.sources)):
            size = sum(line.size for line in lines)
            if size < _LEAST:
                continue
            wanted = Key("JT005", holder.name, subject)
            yield from (
                _finding(facts, target, wanted, size, copy) for copy in _whole_copies(target)
            )


def _finding(
    facts: Facts, target: Target, wanted: Key, size: int, copy: FileInstruction
) -> Finding:
    what = "clutter" if wanted.subject == "clutter" else "files that nothing names"
    return Finding(
        Key(CODE, target.name, wanted.subject),
        NAME,
        f"{copy.keyword.upper()} of the whole context takes {byte_count(size)} of {what} along",
        target.dockerfile_name,
        copy.line,
        services_of(facts, target),
        Blocked(str(wanted), "the ignore file takes them out of the context"),
        saving=Saving(size, size, Basis.DECLARED),
    )


def _whole_copies(target: Target) -> Iterator[FileInstruction]:
    """The first COPY of the whole context whose files reach the image."""
    steps = list(target.steps)
    for step in target.steps:
        copy = step.expanded
        if isinstance(copy, Copy) and copy.from_ is not None:
            steps += _handed_on(target, copy)
    for landing in landings(target, tuple(steps)):
        if not landing.source:
            yield landing.instruction
            return


def _handed_on(target: Target, copy: Copy) -> list[Step]:
    """The steps of a stage from which a COPY takes the folder that the context landed in."""
    number = next(
        (
            one.stage
            for one in target.dockerfile.stages[copy.stage or 0].references
            if one.instruction.span == copy.span
        ),
        None,
    )
    if number is None:
        return []
    steps = target.all_steps[number]
    taken = {posixpath.normpath(source) for source in copy.sources}
    whole = [
        landing.place.rstrip("/") or "/"
        for landing in landings(target, steps)
        if not landing.source
    ]
    return list(steps) if taken & set(whole) or "/" in taken else []


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The whole build context is copied into the image, clutter and all.",
    since="0.1.0",
    grade=Grade.SAFE,
    see_also=("tally/prefer-copy-specific",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
