"""The image runs as root.

## What it does
Finds Python images without a ``USER`` other than root.

## Why it matters
Whoever breaks into the process owns every file of the container, and is root to the kernel.

## Fix safety
Unsafe: a service that writes to a folder it does not own would fail. The folders that the services
mount are handed to the new user; volumes that exist already keep their owner and must be handed
over once. Verified by a trial.

## Saving
None: this is about safety.

## References
* Docker documentation, "Building best practices: USER"; CIS Docker Benchmark 4.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Applicability, Example, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT006", "runs-as-root"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\n",
}
_DOCKERFILE = (
    "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
)
VALID = (Example("a user of its own", {**_FILES, "Dockerfile": _DOCKERFILE + "USER 1000\n"}),)
INVALID = (Example("no user", {**_FILES, "Dockerfile": _DOCKERFILE}, expected=("Dockerfile:1",)),)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every Python image whose last user is root."""
    for image in analysis.python_images:
        target = image.target
        if target.state.user.partition(":")[0] not in ("", "root", "0"):
            continue
        users = [s.instruction for s in target.steps if s.instruction.keyword == "USER"]
        yield Finding(
            code=CODE,
            name=NAME,
            message="the services of this image run as root",
            file=target.dockerfile_name,
            line=(users[-1] if users else target.stage.from_).line,
            services=tuple(run.service for run in target.runs),
            applicability=Applicability.UNSAFE,
        )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image runs as root.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=("hadolint/DL3002", "dockle/CIS-DI-0001"),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
