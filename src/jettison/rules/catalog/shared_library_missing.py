"""A shared library that an installed package needs is not in the image.

## What it does
Completes other changes: where the built image showed which system package gives a shared library
that an installed distribution needs, and that package is gone now, it is installed by name. Where
no image is known it says which library a listed distribution loads by name.

## Why it matters
The build succeeds and the service ends at its first import: ``cannot open shared object file``.

## Fix safety
Unsafe, as every change of what is installed: it only adds a package that the image had before.

## Saving
None: it gives back what another change took too much.

## References
* Debian policy, "Shared libraries"
* ld.so(8), "DT_NEEDED"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.system.shared_libraries import adding, missing_libraries, unnamed_libraries
from jettison.rules.model import (
    Advice,
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Kind,
    Patch,
    Remedy,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.system.shared_libraries import Missing

CODE, NAME = "JT013", "shared-library-missing"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0.3\npython-magic==0.4.27\n",
}
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
VALID = (
    Example(
        "it is installed",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update"
            f" && apt-get install -y libmagic1\n{_PIP}",
        },
    ),
)
INVALID = (
    Example(
        "a distribution that loads a library by name",
        {**_FILES, "Dockerfile": f"FROM python:3.11-slim\n{_PIP}"},
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every package whose library is needed and that is gone."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for one in facts.of(missing_libraries, target):
            key = Key(CODE, target.name, one.package)
            change = Change(
                key,
                f"install {one.package}",
                Patch.of(target.dockerfile_name, adding(target, facts, one.package, one.kind)),
                Grade.UNSAFE,
                Basis.READ,
                reasons=(f"{one.distribution} needs {one.soname}, which {one.package} has",),
            )
            yield _finding(facts, target, one, change)
        for one in unnamed_libraries(facts, target):
            text = f"Install {one.package} if {one.distribution} is used."
            yield _finding(facts, target, one, Advice(text))


def _finding(facts: Facts, target: Target, one: Missing, remedy: Remedy) -> Finding:
    return Finding(
        Key(CODE, target.name, one.package),
        NAME,
        f"{one.distribution} needs {one.soname}, and nothing installs it",
        target.dockerfile_name,
        target.lineage[0].from_.line,
        services_of(facts, target),
        remedy,
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A shared library that an installed package needs is not in the image.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    kind=Kind.REPAIR,
    valid=VALID,
    invalid=INVALID,
)
