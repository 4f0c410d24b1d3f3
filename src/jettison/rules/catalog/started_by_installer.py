"""A service is started by way of the installer of its packages.

## What it does
Finds images whose service is started by ``uv run``, ``poetry run``, ``pipenv run`` or ``pdm run``,
where the Dockerfile shows in which environment the packages are.

## Why it matters
The installer and all that it needs has to stay in the image: uv 50 MB, Poetry 60 MB. ``uv run``
looks at each start whether something is to be installed, and installs the development group again;
it stays in front of the service as a process.

## Fix safety
Unsafe: the program is started itself, in commands, RUNs, scripts and Compose files; the folder of
the environment's programs comes first in ``PATH``. A trial has to show that it starts as before.

## Saving
None by itself: what else leaves is told by JT002 and JT003.

## References
* uv documentation, "Using uv in Docker: using the environment"
* Poetry documentation, "FAQ: Poetry in Docker"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.stages.runners import started_directly
from jettison.rules.model import (
    Aspect,
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Refused,
    Remedy,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT018", "started-by-installer"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "pyproject.toml": "[project]\ndependencies = ['flask']\n",
}
_HEAD = "FROM python:3.11-slim\nRUN pip install uv\nWORKDIR /app\nCOPY . .\nRUN uv sync\n"
VALID = (
    Example(
        "the program is started itself",
        {
            **_FILES,
            "Dockerfile": f'{_HEAD}ENV PATH="/app/.venv/bin:$PATH"\nCMD ["flask", "run"]\n',
        },
    ),
    Example(
        "it is not known where the packages are",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nRUN pip install pipenv\n"
            'RUN pipenv install\nCMD ["pipenv", "run", "flask", "run"]\n',
        },
    ),
)
INVALID = (
    Example(
        "uv's environment lies in the project",
        {**_FILES, "Dockerfile": f'{_HEAD}CMD ["uv", "run", "flask", "run"]\n'},
        found=("Dockerfile:6",),
        after={"Dockerfile": f'{_HEAD}ENV PATH="/app/.venv/bin:$PATH"\nCMD ["flask", "run"]\n'},
    ),
    Example(
        "Poetry installs into the system's Python",
        {
            **_FILES,
            "start.sh": "#!/bin/sh\npoetry run flask db upgrade\nexec poetry run flask run\n",
            "Dockerfile": "FROM python:3.11-slim\nRUN pip install poetry\n"
            "ENV POETRY_VIRTUALENVS_CREATE=false\nWORKDIR /app\nCOPY . .\n"
            'RUN poetry install\nCMD ["./start.sh"]\n',
        },
        found=("Dockerfile:7",),
        after={"start.sh": "#!/bin/sh\nflask db upgrade\nexec flask run\n"},
    ),
    Example(
        "options that say what the environment has",
        {**_FILES, "Dockerfile": f"{_HEAD}CMD uv run --with gunicorn gunicorn app:app\n"},
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every image and installer by way of which a service is started."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for one in started_directly(facts, target):
            key = Key(CODE, target.name, one.runner)
            remedy: Remedy = Change(
                key,
                f"start the service itself, not by {one.runner} run",
                one.patch,
                Grade.UNSAFE,
                Basis.DECLARED,
                alters=frozenset({Aspect.CMD, Aspect.ENTRYPOINT, Aspect.ENV, Aspect.HEALTHCHECK}),
                reasons=("its packages are in an environment that the image has",),
            )
            yield Finding(
                key,
                NAME,
                f"the service is started by {one.runner} run, so {one.runner} has to stay",
                target.dockerfile_name,
                one.line,
                services_of(facts, target),
                Refused(one.refusal, one.line) if one.refusal else remedy,
                Level.NOTE,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A service is started by way of the installer of its packages.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
