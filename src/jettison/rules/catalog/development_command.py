"""A service runs in its development mode.

## What it does
Finds services, and images that nothing else starts, whose command watches the code for changes or
serves with a development server: `uvicorn --reload`, `gunicorn --reload`, `flask --debug`,
`manage.py runserver`, `nodemon`, `ts-node-dev`, `air`. Files for development only are left alone.
It is advice: which server, and with how many workers, is for the project to say.

## Why it matters
A watcher costs processor and memory all the time, and the development servers of Flask and Django
say themselves that they are not made for production.

## Fix safety
Nothing is changed.

## Saving
None in the image.

## References
* Uvicorn documentation, "Deployment"; Flask documentation, "Deploying to Production"; Django
  documentation, "runserver"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.running.started import started
from jettison.dockerfile import Cmd, Entrypoint
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT026", "development-command"

_WATCHERS = frozenset({"nodemon", "ts-node-dev", "air", "watchmedo", "watchfiles"})
_RELOADING = frozenset({"uvicorn", "gunicorn", "hypercorn", "fastapi", "granian"})
_SLIM = "FROM python:3.11-slim\n"
VALID = (
    Example("a server", {"Dockerfile": f'{_SLIM}CMD ["uvicorn", "app:app"]\n'}),
    Example("`migrate`", {"Dockerfile": f'{_SLIM}CMD ["python", "manage.py", "migrate"]\n'}),
)
INVALID = (
    Example(
        "it watches the code",
        {"Dockerfile": f'{_SLIM}CMD ["uvicorn", "app:app", "--reload"]\n'},
        found=("Dockerfile:2",),
    ),
    Example(
        "Django's own server",
        {"Dockerfile": f"{_SLIM}CMD python manage.py runserver 0.0.0.0:8000\n"},
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every target that is started for development."""
    for target in facts.targets:
        for command in facts.of(started, target).at_run_time:
            why = _development(command.program, command.words)
            if not why:
                continue
            file, line = _place(facts, target, command.origin)
            yield Finding(
                key=Key(CODE, target.name, command.program),
                name=NAME,
                message=f"{command.origin} {why}",
                file=file,
                line=line,
                services=target.services,
                remedy=Advice("Start it as in production, and for development in a file beside."),
                level=Level.NOTE,
            )
            break


def _place(facts: Facts, target: Target, origin: str) -> tuple[str, int]:
    """Where a command stands: its service, the instruction, or else the stage."""
    for run in target.runs:
        if run.overrides_command and run.file and origin == f"{run.service}'s command":
            return facts.name_of(run.file), run.line
    written = [s.instruction for s in target.steps if isinstance(s.instruction, Cmd | Entrypoint)]
    last = written[-1] if written else target.stage.from_
    return target.dockerfile_name, last.line


def _development(program: str, words: tuple[str, ...]) -> str:
    """What tells that a command is for development, ``""`` where nothing does."""
    rest = words[1:]
    if program.startswith("python") and rest[:1] == ("-m",):
        program, rest = rest[1] if len(rest) > 1 else "", rest[2:]
    if program in _WATCHERS:
        return f"watches the code ({program})"
    if program in _RELOADING and ("--reload" in rest or (program == "fastapi" and "dev" in rest)):
        return f"watches the code ({program})"
    if program == "flask" and ("--debug" in rest or "--reload" in rest):
        return "runs Flask's debugger"
    if any(word.endswith("manage.py") for word in words) and "runserver" in words:
        return "runs Django's development server"
    return ""


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A service runs in its development mode.",
    since="0.2.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
