"""Compilers and headers stay in the image that runs.

## What it does
Finds build-only system packages (compilers, ``-dev`` headers) that are installed in the final
stage.

## Why it matters
A service never compiles. ``gcc`` with its headers is 200 MB and more, and gives an attacker a
toolbox.

## Fix safety
Unsafe: the packages move to a builder stage; the shared library that a ``-dev`` package stands for
stays when a kept distribution loads it from the system. Verified by a trial.

## Saving
Heuristic: 100 to 300 MB for a compiler; known exactly only after the build.

## References
* Docker documentation, "Multi-stage builds"
* Debian policy, "Development files"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.ecosystem.debian import is_build_only
from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT002", "build-tools-in-image"

_COMPOSE = "services:\n  api:\n    build: .\n"
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"
VALID = (
    Example(
        "only a run-time library",
        {
            "compose.yaml": _COMPOSE,
            "requirements.txt": "flask==3.0\n",
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get install -y libpq5\n" + _PIP,
        },
    ),
)
INVALID = (
    Example(
        "a compiler in the only stage",
        {
            "compose.yaml": _COMPOSE,
            "requirements.txt": "flask==3.0\n",
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get install -y gcc libpq-dev\n" + _PIP,
        },
        expected=("Dockerfile:2",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every RUN of a final stage that installs build-only packages."""
    for image in analysis.python_images:
        for run in image.installs.runs:
            names = [spec.partition("=")[0] for spec in run.apt_packages]
            tools = [name for name in names if is_build_only(name) or name.endswith("-dev")]
            if tools:
                yield Finding(
                    code=CODE,
                    name=NAME,
                    message=f"{', '.join(tools)} stay{'s' if len(tools) == 1 else ''} in the image "
                    "that runs",
                    file=image.target.dockerfile_name,
                    line=run.step.instruction.line,
                    services=tuple(r.service for r in image.target.runs),
                    applicability=Applicability.UNSAFE,
                    saving=Saving(100_000_000, 300_000_000, Basis.HEURISTIC),
                )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Compilers and headers stay in the image that runs.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=("dockle/DKL-DI-0005",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
