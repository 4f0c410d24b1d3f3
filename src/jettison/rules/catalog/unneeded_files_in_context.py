"""The build context sends files that no image needs.

## What it does
Finds what lies in a build context and has no place in an image: version control, virtual
environments, installed Node packages, caches, coverage, logs, dumps, secrets; and tests,
documentation or another image's folder that nothing of this context's images names.

## Why it matters
They cross to the builder before every build, land in images through ``COPY . .`` and rebuild steps
when they change. A secret in an image is a secret given away. What no instruction takes is not
counted: BuildKit does not ask for it.

## Fix safety
Clutter is safe to leave out: it is told by its content, and nothing that an instruction, the code
or a command names is ever ignored. Tests, documentation and other images' folders are left out
only when nothing names them, and kept out only when a trial verified it. The author's lines and
re-inclusions stay as they are. Data of the running program is named, and left to you.

## Saving
The bytes of those files, in the context and in every image that copies all of it.

## References
* Docker documentation, ".dockerignore files"; moby/patternmatcher
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.context.ignore_lines import ignore_patch
from jettison.analysis.context.unneeded import context_group, unneeded
from jettison.analysis.context.waste import Sort
from jettison.analysis.landing import landings
from jettison.record import record
from jettison.rules.model import (
    Advice,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Refused,
    Rule,
    Saving,
)
from jettison.units import byte_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jettison.analysis.context.ignore_lines import IgnoreLine
    from jettison.analysis.context.unneeded import Unneeded
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT005", "unneeded-files-in-context"

_LEAST = 100_000
_GROWING = frozenset({Sort.VCS.value, Sort.VIRTUALENV.value, Sort.NODE_MODULES.value})
_COMPOSE = "services:\n  api:\n    build: .\n"
_FILES = {
    "compose.yaml": _COMPOSE,
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n",
    "main.py": "print()\n",
}
_VENV = {"venv/pyvenv.cfg": "home = /usr/bin\n", "venv/lib/big.py": "x" * 2 * _LEAST}
VALID = (
    Example("the virtual environment is left out", {**_FILES, **_VENV, ".dockerignore": "venv\n"}),
    Example(
        "an instruction copies just that",
        {
            **_FILES,
            **_VENV,
            "Dockerfile": "FROM python:3.11-slim\nCOPY venv /venv\nCOPY main.py /\n",
        },
    ),
    Example(
        "no instruction takes it",
        {**_FILES, **_VENV, "Dockerfile": "FROM python:3.11-slim\nCOPY main.py /\n"},
    ),
)
INVALID = (
    Example(
        "a virtual environment is sent",
        {**_FILES, **_VENV, ".dockerignore": "*.log\n"},
        found=(".dockerignore:1",),
        after={".dockerignore": "*.log\nvenv\n"},
    ),
    Example(
        "there is no .dockerignore",
        {**_FILES, **_VENV},
        found=("Dockerfile:1",),
        after={".dockerignore": "venv\n"},
    ),
    Example(
        "what the author takes back stays",
        {
            **_FILES,
            ".dockerignore": "*.log\n# read at the start\n!logs/seed.log\n",
            "logs/seed.log": "a",
            "logs/node_modules/big.js": "x" * 2 * _LEAST,
        },
        found=(".dockerignore:1",),
        after={
            ".dockerignore": "*.log\n# read at the start\n!logs/seed.log\n**/node_modules\n",
        },
    ),
    Example(
        "a secret lies in the context",
        {**_FILES, ".env": "TOKEN=1\n"},
        found=("Dockerfile:1",),
        after={".dockerignore": ".env\n"},
    ),
)


@record
class _Told:
    """How one kind of finding of a context is told."""

    subject: str
    message: str
    grade: Grade
    level: Level
    why: str
    given: bool = False


def check(facts: Facts) -> Iterator[Finding]:
    """The findings of every context: clutter, secrets, what nothing names, and data."""
    seen = set()
    for target in facts.targets:
        key = (target.context_name, target.ignore_name)
        if key in seen:
            continue
        seen.add(key)
        found = facts.of(unneeded, target)
        if _is_worth_it(target, found):
            yield _clutter(facts, target, found)
        yield from _secrets(facts, target, found)
        if sum(line.size for line in found.sources) >= _LEAST:
            yield _sources(facts, target, found)
        if found.copied:
            yield from _data(facts, target, found)


def _is_worth_it(target: Target, found: Unneeded) -> bool:
    """Whether clutter is: whatever its size where there is no ignore file to keep it out."""
    grows = any(line.what in _GROWING for line in found.clutter)
    missing = target.ignore_name is None and grows
    return missing or sum(line.size for line in found.clutter) >= _LEAST


def _clutter(facts: Facts, target: Target, found: Unneeded) -> Finding:
    told = _Told(
        "clutter",
        f"{_bytes(found.clutter)} of the context's {byte_count(target.files.size)} are clutter",
        Grade.SAFE,
        Level.WARNING,
        "nothing that builds or runs names what is kept out",
    )
    return _finding(facts, target, found.clutter, told)


def _sources(facts: Facts, target: Target, found: Unneeded) -> Finding:
    told = _Told(
        "unused",
        f"{_bytes(found.sources)} of the context's {byte_count(target.files.size)} are named by no "
        "instruction, command or code",
        Grade.UNSAFE,
        Level.WARNING,
        "no instruction, command, code or setting names what is kept out",
    )
    return _finding(facts, target, found.sources, told)


def _secrets(facts: Facts, target: Target, found: Unneeded) -> Iterator[Finding]:
    passed = "Compose itself gives the services the variables that are kept out"
    for lines, subject, grade, why, given in (
        (
            found.secrets,
            "secrets",
            Grade.SAFE,
            "nothing that builds or runs reads what is kept out",
            False,
        ),
        (found.passed_secrets, "passed-secrets", Grade.UNSAFE, passed, True),
    ):
        if lines:
            names = ", ".join(line.pattern for line in lines)
            roots = [root for line in lines for root in line.roots]
            level, where = _exposed(facts, target, roots)
            message = f"secrets are {where}: {names}"
            told = _Told(subject, message, grade, level, why, given=given)
            yield _finding(facts, target, lines, told)
    for path in found.read_secrets:
        level, where = _exposed(facts, target, [path])
        yield Finding(
            Key(CODE, target.name, f"secret:{path}"),
            NAME,
            f"{path} is {where}, and the program reads it there",
            target.ignore_name or target.dockerfile_name,
            1,
            _services(facts, target),
            Advice(
                f"Give what is secret in {path} when the container runs (env_file, secrets), then "
                f"add {path} to the .dockerignore."
            ),
            level,
        )


def _exposed(facts: Facts, target: Target, roots: Iterable[str]) -> tuple[Level, str]:
    """How bad it is that secrets are sent, and where they end."""
    if any(_in_images(facts, target, roots)):
        return Level.ERROR, "copied into the image"
    return Level.WARNING, "sent to the builder"


def _data(facts: Facts, target: Target, found: Unneeded) -> Iterator[Finding]:
    for one in found.data:
        yield Finding(
            Key(CODE, target.name, f"data:{one.path}"),
            NAME,
            f"{one.path} ({byte_count(one.size)}) looks like data of the running program, and is "
            "copied into the image",
            target.ignore_name or target.dockerfile_name,
            1,
            _services(facts, target),
            Advice(
                f"If no image needs {one.path} from the start, add it to the .dockerignore and "
                "keep it in a volume."
            ),
            saving=Saving(0, one.size, Basis.GUESSED),
        )


def _finding(facts: Facts, target: Target, lines: Sequence[IgnoreLine], told: _Told) -> Finding:
    key = Key(CODE, target.name, told.subject)
    patch, kept = ignore_patch(facts, target, lines)
    size = sum(line.size for line in kept)
    name = target.ignore_name or posixpath.join(target.context_name, ".dockerignore")
    roots = [root for line in kept for root in line.roots]
    paths = tuple(_in_images(facts, target, roots))
    change = Change(
        key,
        f"{name} keeps out {', '.join(line.pattern for line in kept)}",
        patch,
        told.grade,
        Basis.DECLARED,
        claim=Claim(paths=paths, unmissed=frozenset(paths if told.given else ())),
        saving=Saving(size, size, Basis.DECLARED),
        reasons=(told.why,),
    )
    return Finding(
        key,
        NAME,
        told.message,
        target.ignore_name or target.dockerfile_name,
        1,
        _services(facts, target),
        change if kept else Refused(_no_line(facts, name), 1),
        told.level,
        saving=change.saving,
        evidence=tuple(f"{line.pattern}: {byte_count(line.size)} ({line.what})" for line in lines),
    )


def _no_line(facts: Facts, name: str) -> str:
    path = facts.tree.root / name
    if path.is_symlink():
        return f"{name} is a link to {path.readlink()}, which serves another purpose, too"
    return f"the lines of {name} contradict such lines"


def _in_images(facts: Facts, target: Target, roots: Iterable[str]) -> Iterator[str]:
    """Where paths of the context lie in the images, folders with a slash at their end."""
    found: dict[str, None] = {}
    for one in context_group(facts, target):
        for landing in landings(one, one.steps):
            for root in roots:
                place = landing.image_path(root.rstrip("/"))
                if place is not None:
                    found[place + ("/" if root.endswith("/") else "")] = None
    yield from found


def _services(facts: Facts, target: Target) -> tuple[str, ...]:
    found = (name for one in context_group(facts, target) for name in one.builders)
    return tuple(dict.fromkeys(found))


def _bytes(lines: Iterable[IgnoreLine]) -> str:
    return byte_count(sum(line.size for line in lines))


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The build context sends files that no image needs.",
    since="0.1.0",
    grade=Grade.SAFE,
    see_also=("mint/ID10001",),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
