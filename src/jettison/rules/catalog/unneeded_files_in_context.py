"""The build context sends files that no image needs.

## What it does
Adds up the context's files that are clutter (version control, virtual environments, installed
packages, caches, coverage, logs) or that no image of the project uses, as the ``.dockerignore``
lets them through.

## Why it matters
They cross to the builder before every build, land in images through ``COPY . .`` and rebuild steps
when they change. Among them are secrets such as ``.env``.

## Fix safety
Unsafe together with the rewritten COPY instructions: what no image copies may be left out. Verified
by a build and a trial.

## Saving
Modelled: the bytes of those files; they are context bytes, not image bytes.

## References
* Docker documentation, ".dockerignore files"; moby/patternmatcher
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT005", "unneeded-files-in-context"

_SMALL = 1_000_000
_COMPOSE = "services:\n  api:\n    build: .\n"
_DOCKERFILE = "FROM scratch\nCOPY a /a\n"
VALID = (
    Example(
        "the virtual environment is left out",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": _DOCKERFILE,
            ".dockerignore": "venv\n",
            "a": "a",
            "venv/big": "x" * (2 * _SMALL),
        },
    ),
)
INVALID = (
    Example(
        "a virtual environment is sent",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": _DOCKERFILE,
            ".dockerignore": "*.log\n",
            "a": "a",
            "venv/big": "x" * (2 * _SMALL),
        },
        expected=(".dockerignore:1",),
    ),
    Example(
        "there is no .dockerignore",
        {
            "compose.yaml": _COMPOSE,
            "Dockerfile": _DOCKERFILE,
            "a": "a",
            "venv/big": "x" * (2 * _SMALL),
        },
        expected=("Dockerfile:1",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every context that sends more than a megabyte for nothing."""
    seen = set()
    for target in analysis.project.targets:
        key = (target.context_name, target.ignore_name)
        if key in seen:
            continue
        seen.add(key)
        unused = analysis.unused_context(target)
        if unused.unused_bytes <= _SMALL:
            continue
        yield Finding(
            code=CODE,
            name=NAME,
            message=f"{unused.unused_bytes / 1e6:.1f} MB of the context's "
            f"{unused.total_bytes / 1e6:.1f} MB are used by no image",
            file=target.ignore_name or target.dockerfile_name,
            line=1,
            services=target.builders,
            applicability=Applicability.UNSAFE,
            saving=Saving(unused.unused_bytes, unused.unused_bytes, Basis.MODELLED),
            evidence=tuple(
                f"{kind}: {size / 1e6:.1f} MB" for kind, size in unused.bytes_by_kind.items()
            ),
        )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The build context sends files that no image needs.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=("mint/ID10001",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
