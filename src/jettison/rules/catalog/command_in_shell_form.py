"""The image's command is written in shell form.

## What it does
Finds the CMD or ENTRYPOINT by which an image starts where it is in shell form, does not `exec` its
program, and a service or a person starts the image by it; of images of Alpine, whose shell lets a
single command take its place, those with several. It is advice: what a shell does with the
words, and with signals, differs from image to image.

## Why it matters
The shell is the container's first process and gets the signals. Where it does not hand them on,
`docker stop` waits ten seconds and then kills the program, which cannot finish what it does.

## Fix safety
Nothing is changed.

## Saving
None.

## References
* BuildKit, build check "JSONArgsRecommended"; Dockerfile reference, "Shell and exec form"
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.dockerfile import Cmd, Entrypoint
from jettison.rules.model import Advice, Example, Finding, Grade, Key, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import CommandInstruction

CODE, NAME = "JT024", "command-in-shell-form"

_SHELL = frozenset("$`|&;<>()*?[]{}~#!\\\n=")
_SEVERAL = frozenset("|&;()`{}\n")
_SLIM = "FROM python:3.11-slim\n"
VALID = (
    Example("exec form", {"Dockerfile": f'{_SLIM}CMD ["python", "app.py"]\n'}),
    Example("the shell gives way", {"Dockerfile": f"{_SLIM}CMD exec python app.py --port $PORT\n"}),
    Example(
        "Alpine's shell gives way to a single command",
        {"Dockerfile": "FROM node:22-alpine\nCMD node server.js\n"},
    ),
    Example(
        "every service has a command of its own",
        {
            "Dockerfile": f"{_SLIM}CMD python app.py\n",
            "compose.yaml": "services:\n  a:\n    build: .\n    command: [python, a.py]\n",
        },
    ),
)
INVALID = (
    Example(
        "a plain command",
        {"Dockerfile": f"{_SLIM}CMD python app.py\n"},
        found=("Dockerfile:2",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every image that a shell starts."""
    for target in facts.targets:
        if not first_of(facts, target) or all(run.overrides_command for run in target.runs):
            continue
        started = _starting(target)
        if started is None or started.argv is not None:
            continue
        command = started.command.strip()
        if not command or command.startswith("exec ") or _gives_way(target, command):
            continue
        yield Finding(
            key=Key(CODE, target.name),
            name=NAME,
            message=f"a shell starts the program of {started.keyword} and gets its signals",
            file=target.dockerfile_name,
            line=started.line,
            services=services_of(facts, target),
            remedy=Advice(_advice(started.keyword, command)),
            level=Level.NOTE,
        )


def _gives_way(target: Target, command: str) -> bool:
    """Whether Alpine's shell starts it, which lets the only command of a line take its place."""
    shell = target.state.shell in ((), None, ("/bin/sh", "-c"))
    return shell and "alpine" in target.base and _SEVERAL.isdisjoint(command)


def _starting(target: Target) -> CommandInstruction | None:
    """The instruction that says what the image starts; ENTRYPOINT takes it from CMD."""
    steps = [step.instruction for step in target.steps]
    for kind in (Entrypoint, Cmd):
        found = [one for one in steps if isinstance(one, kind)]
        if found:
            return found[-1]
    return None


def _advice(keyword: str, command: str) -> str:
    if _SHELL.isdisjoint(command):
        try:
            return f"Write {keyword} {json.dumps(shlex.split(command))}"
        except ValueError:
            pass
    return f"Write {keyword} exec ..., or the exec form."


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image's command is written in shell form.",
    since="0.1.0",
    grade=Grade.DISPLAY_ONLY,
    check=check,
    level=Level.NOTE,
    see_also=("buildkit/JSONArgsRecommended", "hadolint/DL3025"),
    valid=VALID,
    invalid=INVALID,
)
