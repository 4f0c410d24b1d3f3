"""A package manager's cache or lists stay in the image.

## What it does
Finds ``apt-get update`` without removal of the lists in the same RUN, and ``pip install`` that
keeps its cache.

## Why it matters
A later RUN cannot take back bytes of an earlier layer.

## Fix safety
Safe: neither is read at run time.

## Saving
Heuristic: 20 to 40 MB of lists; about the size of the downloads for pip's cache.

## References
* Docker documentation, "Building best practices: apt-get"; pip documentation, "Caching"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT008", "install-cache-kept"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\n",
}
_HEAD = "FROM python:3.11-slim\nCOPY requirements.txt .\n"
VALID = (
    Example(
        "both are cleaned",
        {
            **_FILES,
            "Dockerfile": _HEAD
            + "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
            "RUN pip install --no-cache-dir -r requirements.txt\n",
        },
    ),
)
INVALID = (
    Example(
        "pip keeps its cache",
        {**_FILES, "Dockerfile": _HEAD + "RUN pip install -r requirements.txt\n"},
        expected=("Dockerfile:3",),
    ),
    Example(
        "apt keeps its lists",
        {
            **_FILES,
            "Dockerfile": _HEAD + "RUN apt-get update && apt-get install -y curl\n"
            "RUN pip install --no-cache-dir -r requirements.txt\n",
        },
        expected=("Dockerfile:3",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every installing RUN that leaves a cache or lists behind."""
    for image in analysis.python_images:
        for run in image.installs.runs:
            kept = [
                name
                for name, leaves in (
                    ("apt's package lists", run.keeps_apt_lists),
                    ("pip's cache", run.keeps_pip_cache),
                )
                if leaves
            ]
            if kept:
                yield Finding(
                    code=CODE,
                    name=NAME,
                    message=f"{' and '.join(kept)} left in the layer",
                    file=image.target.dockerfile_name,
                    line=run.step.instruction.line,
                    services=tuple(r.service for r in image.target.runs),
                    applicability=Applicability.SAFE,
                    saving=Saving(20_000_000, 200_000_000, Basis.HEURISTIC),
                )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A package manager's cache or lists stay in the image.",
    since="0.1.0",
    applicability=Applicability.SAFE,
    see_also=("hadolint/DL3009", "hadolint/DL3042"),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
