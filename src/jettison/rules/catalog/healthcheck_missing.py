"""The image does not say how to tell that it is healthy.

## What it does
Finds Python images that expose a port and have no ``HEALTHCHECK``, where an address to ask is known
from a service's own health check.

## Why it matters
Orchestrators start traffic and dependants when a container runs, not when it can answer.

## Fix safety
Safe: a check that a service has in its Compose file goes on to override the image's. It needs no
curl: Python asks.

## Saving
None.

## References
* Dockerfile reference, "HEALTHCHECK"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.health import http_check
from jettison.rules.model import Applicability, Example, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT007", "healthcheck-missing"

_COMPOSE = (
    "services:\n  api:\n    build: .\n    healthcheck:\n"
    "      test: curl -f http://localhost:8000/health\n"
)
_FILES = {"compose.yaml": _COMPOSE, "requirements.txt": "flask==3.0\n"}
_DOCKERFILE = (
    "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
)
VALID = (
    Example(
        "it has one",
        {**_FILES, "Dockerfile": _DOCKERFILE + "EXPOSE 8000\nHEALTHCHECK CMD true\n"},
    ),
)
INVALID = (
    Example(
        "it exposes a port and has none",
        {**_FILES, "Dockerfile": _DOCKERFILE + "EXPOSE 8000\n"},
        expected=("Dockerfile:4",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every Python image with a port and a known address but no HEALTHCHECK."""
    for image in analysis.python_images:
        target = image.target
        exposes = [s.instruction for s in target.steps if s.instruction.keyword == "EXPOSE"]
        checks = [http_check(run.check) for run in target.runs]
        if target.state.healthcheck is not None or not exposes or not any(checks):
            continue
        yield Finding(
            code=CODE,
            name=NAME,
            message="the image exposes a port but has no HEALTHCHECK",
            file=target.dockerfile_name,
            line=exposes[0].line,
            services=tuple(run.service for run in target.runs),
            applicability=Applicability.SAFE,
        )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image does not say how to tell that it is healthy.",
    since="0.1.0",
    applicability=Applicability.SAFE,
    see_also=("dockle/CIS-DI-0006", "trivy/DS-0026"),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
