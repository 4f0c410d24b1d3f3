"""A secret is a value of ENV or ARG.

## What it does
Finds ENV and ARG of stages that reach an image whose name is a secret's (as BuildKit's check
SecretsUsedInArgOrEnv has it) and, of ENV, whose value is written there. It is advice: the value has
to be changed where it is used, and only the project's owner can do that.

## Why it matters
Whoever can pull the image can read its settings and its history; a later `ENV NAME=` takes nothing
back.

## Fix safety
Nothing is changed. A build gets a secret by `RUN --mount=type=secret`, a container by its
environment or a file.

## Saving
None.

## References
* BuildKit, build check "SecretsUsedInArgOrEnv"
* Docker documentation, "Build secrets"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, reaching_stages, services_of
from jettison.dockerfile import Arg, Env
from jettison.patterns import regex
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.dockerfile import Instruction

CODE, NAME = "JT021", "secret-in-settings"

_SECRET = regex(
    r"(^|_)(apikey|auth|credentials?|key|password|pword|passwd|secret|token)(_|$)", re.IGNORECASE
)
_PUBLIC = regex(r"(^|_)public(_|$)", re.IGNORECASE)
_PLAIN = regex(r"/.*|\d+|true|false|yes|no|on|off|none", re.IGNORECASE)
"""Values that are none: a file that has it, a number, a switch."""
VALID = (
    Example(
        "only named, or in a file",
        {
            "Dockerfile": "FROM python:3.11-slim\nENV DB_PASSWORD=\n"
            "ENV DB_PASSWORD_FILE=/run/secrets/db PUBLIC_KEY=abc\n"
        },
    ),
    Example(
        "a stage that is thrown away",
        {
            "Dockerfile": "FROM python:3.11-slim AS build\nARG NPM_TOKEN\n"
            "RUN python -V > /v\nFROM python:3.11-slim\nCOPY --from=build /v /v\n"
        },
    ),
)
INVALID = (
    Example(
        "a password in ENV",
        {"Dockerfile": "FROM python:3.11-slim\nENV HOST=db \\\n    DB_PASSWORD=hunter2\n"},
        found=("Dockerfile:2",),
    ),
    Example(
        "a token as a build argument",
        {"Dockerfile": "FROM node:22-slim\nARG NPM_TOKEN\nRUN npm ci\n"},
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every secret that an image keeps in its settings or its history."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for stage in sorted(reaching_stages(facts, target)):
            for instruction in target.dockerfile.stages[stage].instructions:
                for name in _secrets(instruction):
                    env = isinstance(instruction, Env)
                    where = "the image's settings" if env else "the image's history"
                    yield Finding(
                        key=Key(CODE, target.name, name),
                        name=NAME,
                        message=f"the value of {name} ends up in {where}",
                        file=target.dockerfile_name,
                        line=instruction.line,
                        services=services_of(facts, target),
                        remedy=Advice(
                            "Give it to the container when it starts, and change the secret."
                            if env
                            else "Give it to the RUN that needs it by --mount=type=secret."
                        ),
                    )


def _secrets(instruction: Instruction) -> Iterator[str]:
    """The names of secrets whose values an instruction sets, or takes from the builder."""
    if isinstance(instruction, Env):
        for pair in instruction.pairs:
            value = pair.value.strip("\"'")
            written = value and not value.startswith("$") and not _PLAIN.fullmatch(value)
            if written and _is_secret(pair.key):
                yield pair.key
    elif isinstance(instruction, Arg):
        yield from (pair.key for pair in instruction.pairs if _is_secret(pair.key))


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and not _PUBLIC.search(name)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A secret is a value of ENV or ARG.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    see_also=("buildkit/SecretsUsedInArgOrEnv",),
    valid=VALID,
    invalid=INVALID,
)
