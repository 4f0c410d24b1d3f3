"""A package manager's cache or lists stay in the image.

## What it does
Finds RUNs whose layers reach the image and in which a package manager leaves its cache, its lists
or documentation behind: apt, apk, dnf, yum, zypper, pip, uv, Poetry, Pipenv, Conda, npm, Yarn,
pnpm, Composer, RubyGems and Bundler.

## Why it matters
A later RUN cannot take back the bytes of an earlier layer, and nothing reads them at run time.

## Fix safety
Safe: the flag or the command that the manager's own documentation gives, in the same RUN. Where
``apt-get update`` is a RUN of its own, it moves into those that install from its lists, or goes
where none does, as ``apk update`` does. Apt's lists stay where a later RUN that cannot be edited
installs from them, in a stage that is built from this one, too.
What Bundler and RubyGems keep was planned on files, not tried on an engine here.

## Saving
20 to 40 MB of apt's lists; about the size of the downloads for the others.

## References
* Docker documentation, "Building best practices: apt-get"
* pip documentation, "Caching"; npm documentation, "npm cache"; Conda documentation, "conda clean"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import (
    built_from,
    feeding_stages,
    first_of,
    package_runs,
    reaching_stages,
    run_name,
    services_from,
)
from jettison.analysis.stages.gems import brings_gems
from jettison.analysis.system.hidden_installs import hidden_install
from jettison.analysis.system.install_caches import leftovers
from jettison.rules.model import (
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Rule,
    Saving,
)
from jettison.shell import Manager

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.system.leftover import Leftover

CODE, NAME = "JT008", "install-cache-kept"

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\n",
}
_HEAD = "FROM python:3.11-slim\nCOPY requirements.txt .\n"
_CLEAN = "RUN pip install --no-cache-dir -r requirements.txt\n"
VALID = (
    Example(
        "both are cleaned",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}RUN apt-get update && apt-get install -y curl"
            f" && rm -rf /var/lib/apt/lists/*\n{_CLEAN}",
        },
    ),
    Example(
        "a cache mount",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}RUN --mount=type=cache,target=/root/.cache/pip "
            "pip install -r requirements.txt\n",
        },
    ),
    Example(
        "a stage that is thrown away",
        {
            **_FILES,
            "Dockerfile": "FROM python:3.11-slim AS build\nRUN pip install build\n"
            "FROM python:3.11-slim\nCOPY --from=build /usr/local/bin/pyproject-build /b\n",
        },
    ),
)
INVALID = (
    Example(
        "pip keeps its cache",
        {**_FILES, "Dockerfile": f"{_HEAD}RUN pip install -r requirements.txt\n"},
        found=("Dockerfile:3",),
        after={"Dockerfile": f"{_HEAD}{_CLEAN}"},
    ),
    Example(
        "apt keeps its lists",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}RUN apt-get update && apt-get install -y \\\n    curl\n{_CLEAN}",
        },
        found=("Dockerfile:3",),
        after={
            "Dockerfile": f"{_HEAD}RUN apt-get update && apt-get install -y \\\n    curl \\\n"
            f"    && rm -rf /var/lib/apt/lists/*\n{_CLEAN}"
        },
    ),
    Example(
        "the lists are fetched by a RUN of their own",
        {
            **_FILES,
            "Dockerfile": f"{_HEAD}# Tools\nRUN apt-get update\n"
            f"RUN apt-get install -y curl\n{_CLEAN}",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": f"{_HEAD}# Tools\nRUN apt-get update && apt-get install -y curl"
            f" && rm -rf /var/lib/apt/lists/*\n{_CLEAN}"
        },
    ),
    Example(
        "nothing installs from the lists",
        {**_FILES, "Dockerfile": f"{_HEAD}RUN apt-get update\n{_CLEAN}"},
        found=("Dockerfile:3",),
        after={"Dockerfile": f"{_HEAD}{_CLEAN}"},
    ),
    Example(
        "apk keeps its index",
        {
            "compose.yaml": "services:\n  api:\n    build: .\n",
            "Dockerfile": "FROM python:3.11-alpine\nRUN apk update && apk add curl\n",
        },
        found=("Dockerfile:2",),
        after={"Dockerfile": "FROM python:3.11-alpine\nRUN apk add --no-cache curl\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every RUN and manager that leaves a cache or lists in the image."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        stages = reaching_stages(facts, target)
        runs = tuple(package_runs(target, stages))
        for at, run in enumerate(runs):
            built = package_runs(target, built_from(target.dockerfile, run.stage) - stages)
            hidden = hidden_install(facts, target, run)
            for left in leftovers(run, (*runs[at + 1 :], *built), hidden):
                yield _finding(facts, target, run, left)
        others = feeding_stages(target.dockerfile, target.stage.index) - stages
        for run in package_runs(target, others):
            if run.of(Manager.BUNDLE) and brings_gems(facts, target, run.stage):
                for left in leftovers(run, ()):
                    if left.manager is Manager.BUNDLE:
                        yield _finding(facts, target, run, left)


def _finding(facts: Facts, target: Target, run: PackageRun, left: Leftover) -> Finding:
    key = Key(CODE, target.name, run_name(target, run, left.manager) + left.subject)
    saving = Saving(*left.saving, Basis.GUESSED)
    change = Change(
        key,
        left.title,
        Patch.of(target.dockerfile_name, left.edits),
        Grade.SAFE,
        Basis.DECLARED,
        claim=Claim(paths=left.paths),
        saving=saving,
        drops_comments=left.drops_comments,
        reasons=("nothing reads it at run time",),
    )
    return Finding(
        key,
        NAME,
        f"{left.what} stay{'s' if left.singular else ''} in the layer",
        target.dockerfile_name,
        run.run.line,
        services_from(facts, target, run.stage),
        Refused(left.refusal, run.run.line) if left.refusal else change,
        saving=saving,
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A package manager's cache or lists stay in the image.",
    since="0.1.0",
    grade=Grade.SAFE,
    see_also=("hadolint/DL3009", "hadolint/DL3019", "hadolint/DL3042", "hadolint/DL3060"),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
