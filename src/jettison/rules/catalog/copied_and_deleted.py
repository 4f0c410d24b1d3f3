"""Files of the context are copied and deleted in a later layer.

## What it does
Finds ``RUN rm -rf tests docs .git`` in a stage that reaches the image, of files that a COPY of the
same stage took along from the context.

## Why it matters
The layer of the COPY keeps them: the image is as large as before, whoever has it can read them, and
each change of one makes the layers behind it anew.

## Fix safety
Safe: the files stay out of the context, and the RUN, or its words, go. Only where nothing between
the COPY and the RUN may read them (system packages, installs from lists and manifests that refer to
no other file, changes of owner and mode), and no other instruction of any Dockerfile of the context
takes them. Else it is refused, with the line that stands against it.

## Saving
The bytes of those files, in the context and in the image.

## References
* Docker documentation, ".dockerignore files"; "Building best practices"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.context.unneeded import context_group
from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.stages.deleted import Deleted, deleted_files
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Refused,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT037", "copied-and-deleted"
_LEAST = 100_000

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\n",
    "app.py": "import flask\n",
    "tests/test_app.py": "import app\n",
    "docs/index.md": "Hello\n",
}
_HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
_INSTALL = "RUN pip install --no-cache-dir -r requirements.txt\n"
VALID = (
    Example(
        "what a build made is deleted",
        {**_FILES, "Dockerfile": f"{_HEAD}{_INSTALL}RUN rm -rf build\nCMD python app.py\n"},
    ),
    Example(
        "another COPY brought it by name",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nCOPY requirements.txt /\n"
            "RUN pip install -r /requirements.txt\nRUN rm /requirements.txt\n",
        },
    ),
)
INVALID = (
    Example(
        "folders that were copied along",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}{_INSTALL}# Not needed\nRUN rm -rf tests docs\n"
            "CMD python app.py\n",
        },
        found=("Dockerfile:6",),
        after={
            "Dockerfile": f"{_HEAD}{_INSTALL}CMD python app.py\n",
            ".dockerignore": "tests\ndocs\n",
        },
    ),
    Example(
        "beside what a build made",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}RUN rm -rf docs /root/.cache && mkdir data\nCMD python app.py\n",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": f"{_HEAD}RUN rm -rf /root/.cache && mkdir data\nCMD python app.py\n",
            ".dockerignore": "docs\n",
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every RUN that deletes what a COPY has brought from the context."""
    for target in facts.targets:
        if first_of(facts, target):
            for one in deleted_files(facts, target, context_group(facts, target)):
                if not one.refusal or one.size_bytes >= _LEAST:
                    yield _finding(facts, target, one)


def _finding(facts: Facts, target: Target, one: Deleted) -> Finding:
    key = Key(CODE, target.name, one.paths[0])
    saving = Saving(one.size_bytes, one.size_bytes, Basis.DECLARED)
    names = ", ".join(one.paths)
    change = Change(
        key,
        f"keep {names} out of the context",
        one.patch,
        Grade.SAFE,
        Basis.DECLARED,
        saving=saving,
        drops_comments=one.drops_comments,
        reasons=("nothing between the COPY and the RUN reads it, and nothing else takes it",),
    )
    return Finding(
        key,
        NAME,
        f"{names}: deleted in a later layer, the image keeps it",
        target.dockerfile_name,
        one.run.line,
        services_of(facts, target),
        Refused(one.refusal, one.line) if one.refusal else change,
        saving=saving,
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Files of the context are copied and deleted in a later layer.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
    early=True,
)
