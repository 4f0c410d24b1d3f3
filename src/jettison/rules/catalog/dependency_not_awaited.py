"""A service does not wait until what it depends on is healthy.

## What it does
Finds services that `depends_on` another one, without a condition, where that one has a health check
in its Compose file. It is advice: a service that tries again by itself needs no condition.

## Why it matters
Compose starts the service as soon as the other container runs: a database takes seconds more until
it answers, and the service fails or restarts meanwhile.

## Fix safety
Nothing is changed.

## Saving
None.

## References
* Docker documentation, "Control startup and shutdown order in Compose"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.compose import Service

CODE, NAME = "JT027", "dependency-not-awaited"

_DOCKERFILE = 'FROM python:3.11-slim\nCMD ["python"]\n'
_DB = "  db:\n    image: postgres:16\n    healthcheck:\n      test: [CMD, pg_isready]\n"
_CONDITION = "    depends_on:\n      db:\n        condition: service_healthy\n"
VALID = (
    Example(
        "it waits",
        {
            "Dockerfile": _DOCKERFILE,
            "compose.yaml": f"services:\n{_DB}  api:\n    build: .\n{_CONDITION}",
        },
    ),
    Example(
        "nothing tells when the other is healthy",
        {
            "Dockerfile": _DOCKERFILE,
            "compose.yaml": "services:\n  db:\n    image: postgres:16\n"
            "  api:\n    build: .\n    depends_on: [db]\n",
        },
    ),
)
INVALID = (
    Example(
        "only started",
        {
            "Dockerfile": _DOCKERFILE,
            "compose.yaml": f"services:\n{_DB}  api:\n    build: .\n    depends_on: [db]\n",
        },
        found=("compose.yaml:6",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every service that starts before what it needs is healthy."""
    compose = facts.project.compose
    services = compose.services if compose is not None else {}
    for service in services.values():
        early = [
            name
            for name, condition in service.depends_on.items()
            if condition == "service_started" and name in services and _tells(services[name])
        ]
        if not early:
            continue
        yield Finding(
            key=Key(CODE, service.name),
            name=NAME,
            message=f"{service.name} starts before {', '.join(early)} is healthy",
            file=facts.name_of(service.file),
            line=service.line,
            services=(service.name,),
            remedy=Advice("Write `condition: service_healthy` if it does not try again by itself."),
            level=Level.NOTE,
        )


def _tells(service: Service) -> bool:
    check = service.healthcheck
    return check is not None and not check.disabled and bool(check.test)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A service does not wait until what it depends on is healthy.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
