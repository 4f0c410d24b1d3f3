"""Packages are installed again at each change of the code.

## What it does
Finds installs that stand right behind a COPY of the code and need nothing of it but their lists:
system packages, pip with requirement files, npm, Yarn, pnpm and Bun with a manifest and a lock
file.

## Why it matters
A builder takes a step from its cache while nothing before it has changed. Behind ``COPY . .`` each
change of the code installs all packages again: minutes instead of seconds.

## Fix safety
Safe: the files that the install reads are copied first, the install follows, then the code. Nothing
is moved where the install may read more: lists that name others or folders, scripts that npm runs
when it installs, workspaces, Prisma's schema, packages that lie in the context and would be copied
over those that were installed.

## Saving
No bytes: the time of an install for each build after a change of the code.

## References
* Docker documentation, "Optimize cache usage in builds", "Order your layers"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.stages.behind_code import behind_code
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT035", "installed-behind-code"

_FILES = {"requirements.txt": "flask==3.0\n", "app.py": "import flask\n"}
_HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
_RUN = "RUN pip install --no-cache-dir -r requirements.txt\n"
_CMD = 'CMD ["python", "app.py"]\n'
VALID = (
    Example(
        "the list is copied first",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY requirements.txt ./\n{_RUN}COPY . .\n{_CMD}"},
    ),
    Example(
        "the install needs the code",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY . .\nRUN pip install --no-cache-dir .\n{_CMD}"},
    ),
)
INVALID = (
    Example(
        "pip behind the code",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY . .\n{_RUN}{_CMD}"},
        found=("Dockerfile:4",),
        after={"Dockerfile": f"{_HEAD}COPY requirements.txt ./\n{_RUN}COPY . .\n{_CMD}"},
    ),
    Example(
        "npm behind the code",
        {
            "package.json": '{"dependencies": {"ms": "2"}}\n',
            "package-lock.json": "{}\n",
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node a.js\n",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": "FROM node:22-slim\nWORKDIR /app\n"
            "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nCMD node a.js\n"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every COPY of code in front of installs that do not need it."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for number, one in enumerate(behind_code(facts, target)):
            key = Key(CODE, target.name, str(number) if number else "")
            before = f"{', '.join(one.manifests)} is copied first" if one.manifests else ""
            yield Finding(
                key,
                NAME,
                f"the COPY on line {one.copied} lets each change of the code install again",
                target.dockerfile_name,
                one.line,
                services_of(facts, target),
                Change(
                    key,
                    "install before the code is copied",
                    Patch.of(target.dockerfile_name, one.edits),
                    Grade.SAFE,
                    Basis.DECLARED,
                    reasons=tuple(text for text in (before, "it reads nothing else") if text),
                ),
                level=Level.NOTE,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Packages are installed again at each change of the code.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
    early=True,
)
