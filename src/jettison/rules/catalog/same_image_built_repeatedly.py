"""Several services build the same image under different names.

## What it does
Finds services whose build sections have the same context, Dockerfile, target and arguments.

## Why it matters
Each is built, pushed, pulled, scanned and stored by itself; after a while they differ.

## Fix safety
Safe: the services run the image that one of them builds.

## Saving
One image's compressed bytes for each further name, where nodes pull them separately.

## References
* Compose specification, "build" and "image"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Applicability, Example, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT009", "same-image-built-repeatedly"

_DOCKERFILE = "FROM scratch\nCOPY a /a\n"
VALID = (
    Example(
        "one builds, the other runs its image",
        {
            "compose.yaml": "services:\n  a:\n    build: .\n    image: x\n  b:\n    image: x\n",
            "Dockerfile": _DOCKERFILE,
            "a": "a",
        },
    ),
)
INVALID = (
    Example(
        "two build the same",
        {
            "compose.yaml": "services:\n  a:\n    build: .\n  b:\n    build: .\n",
            "Dockerfile": _DOCKERFILE,
            "a": "a",
        },
        expected=("compose.yaml:4",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every target that more than one service builds."""
    project = analysis.project
    for target in project.targets:
        if len(target.builders) > 1:
            second = project.compose.services[target.builders[1]]
            yield Finding(
                code=CODE,
                name=NAME,
                message=f"{', '.join(target.builders)} each build the same image",
                file=project.compose_names[0],
                line=second.line,
                services=target.builders,
                applicability=Applicability.SAFE,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Several services build the same image under different names.",
    since="0.1.0",
    applicability=Applicability.SAFE,
    see_also=(),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
