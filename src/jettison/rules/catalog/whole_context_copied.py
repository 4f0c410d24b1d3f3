"""The whole build context is copied into the image.

## What it does
Finds ``COPY . .`` (and ``ADD . .``) of a whole context into a stage that becomes an image.

## Why it matters
Everything in the folder lands in the image: version control, virtual environments, installed Node
packages, tests, dumps, secrets. Any change to any of these files also rebuilds every later step.

## Fix safety
Unsafe: the files to copy are worked out from what the services start, import and name. A file that
is only reached by a computed path would be missing, so the fix is kept only when a trial verified
that every service still answers as before.

## Saving
Modelled: the bytes of the context's files that no service uses.

## References
* Dockerfile reference, "COPY"; Docker documentation, "Building best practices"
* hadolint has no rule for it; tally: prefer-copy-specific
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.copies import placements
from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT001", "whole-context-copied"

_COMPOSE = "services:\n  api:\n    build: .\n"
VALID = (
    Example(
        "one folder is copied",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": "FROM python:3.11-slim\nCOPY app/ /app/\n",
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
        },
        expected=("Dockerfile:3",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every COPY of a whole context in a final stage."""
    for target in analysis.project.targets:
        unused = analysis.unused_context(target)
        for place in placements(target):
            if place.whole:
                yield Finding(
                    code=CODE,
                    name=NAME,
                    message=f"{place.instruction.keyword} copies the whole context "
                    f"({unused.total_bytes / 1e6:.1f} MB) into the image",
                    file=target.dockerfile_name,
                    line=place.instruction.line,
                    services=tuple(run.service for run in target.runs),
                    applicability=Applicability.UNSAFE,
                    saving=Saving(unused.unused_bytes, unused.unused_bytes, Basis.MODELLED),
                    evidence=tuple(
                        f"{kind}: {size / 1e6:.1f} MB"
                        for kind, size in unused.bytes_by_kind.items()
                    ),
                )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The whole build context is copied into the image.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=("tally/prefer-copy-specific",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
