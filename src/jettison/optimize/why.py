"""Why something is kept in an image, or dropped."""

from __future__ import annotations

import difflib
import json
import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of
from jettison.changes.standing import Standing, Subject, Which, standings
from jettison.changes.standing.folders import path_in_target
from jettison.errors import UsageError
from jettison.optimize.destination import MARKER
from jettison.optimize.request import OptimizeRequest, propose
from jettison.record import record
from jettison.report.standing import standing_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.project import Target
    from jettison.changes import Plan
    from jettison.engine import Engine

__all__ = ["Answer", "why"]


@record
class Answer:
    """What was found under a name, and what that was read from, for a person."""

    found: tuple[Standing, ...]
    source: str


def why(
    name: str, project: Path, *, images: tuple[str, ...] = (), report: Path | None = None
) -> Answer:
    """What becomes of what is named: a distribution, a package, or a path of the project.

    Raises ``UsageError`` where nothing of that name is listed, ``ProjectError`` where there is no
    project.
    """
    written = report or project / MARKER / "report.json"
    if report is not None or (not images and written.is_file()):
        rows, started = _reported(written)
        found = tuple(one for one in rows if _is_named(one, name))
        if found or report is not None:
            return Answer(found or _nothing(name, rows), f"{written}, the run of {started}")
    plan = propose(OptimizeRequest(project, _no_engine, trial=True, images_before=images))
    rows = standings(plan)
    found = tuple(one for one in rows if _is_named(one, name))
    found = found or tuple(_paths(plan, name)) or tuple(_brought(plan, name))
    source = "the project's files and " + ", ".join(images) if images else "the project's files"
    return Answer(found or _nothing(name, rows), source)


def _no_engine() -> Engine:
    raise UsageError("no engine is asked here")


def _reported(path: Path) -> tuple[tuple[Standing, ...], str]:
    try:
        document = json.loads(path.read_text("utf-8"))
        rows = tuple(standing_from_json(row) for row in document.get("standings", ()))
        return rows, str(document["started"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no report of jettison optimize", remedy="Give its report.json."
        ) from error


def _is_named(one: Standing, name: str) -> bool:
    kind, colon, rest = name.partition(":")
    if colon and kind in {one.value for one in Subject}:
        return one.subject == kind and _alike(one, rest)
    return _alike(one, name)


def _alike(one: Standing, name: str) -> bool:
    if one.subject is Subject.FOLDER:
        return one.name == posixpath.normpath(name)
    if one.subject is Subject.PYTHON:
        return one.name == re.sub(r"[-_.]+", "-", name).lower()
    return one.name == name


def _paths(plan: Plan, name: str) -> Iterator[Standing]:
    """What becomes of a file or folder of the project that no row is about."""
    root = plan.before.project.root
    place = Path(os.path.normpath(root / name))
    if not place.is_relative_to(root) or not os.path.lexists(place):
        return
    for target in plan.before.targets:
        if first_of(plan.before, target) and place.is_relative_to(target.context):
            yield path_in_target(plan, target, place.relative_to(target.context).as_posix())


def _brought(plan: Plan, name: str) -> Iterator[Standing]:
    """What nobody lists and an image holds, as something that is listed needs it."""
    for target in plan.before.targets:
        image = plan.before.evidence.image(target.name)
        if image is None or not first_of(plan.before, target):
            continue
        alike = re.sub(r"[-_.]+", "-", name).lower()
        if alike in image.distributions:
            users = [n for n, o in image.distributions.items() if alike in o.requires]
            size = image.distributions[alike].size_bytes
            yield _unlisted(target, Subject.PYTHON, alike, users, size)
        if name in image.packages:
            package = image.packages[name]
            users = [n for n, o in image.packages.items() if name in o.depends]
            if package.in_base:
                users = ["the base image, which has it"]
            subject = Subject.ALPINE if package.kind == "alpine" else Subject.DEBIAN
            yield _unlisted(target, subject, name, users, package.size_bytes)


def _unlisted(
    target: Target, subject: Subject, name: str, users: Iterable[str], size: int
) -> Standing:
    given = sorted(users)
    reason = (
        f"not listed; {', '.join(given)} brings it" if given else "not listed; nothing needs it"
    )
    file = target.dockerfile_name
    return Standing(subject, name, file, Which.KEPT, "read", reason, ("", 0), (), size)


def _nothing(name: str, rows: Iterable[Standing]) -> tuple[Standing, ...]:
    near = difflib.get_close_matches(name, sorted({one.name for one in rows}), n=3)
    raise UsageError(
        f"nothing that the images install or copy is called {name}",
        remedy=f"Did you mean {' or '.join(near)}?"
        if near
        else "Name a listed dependency, a system package, or a path of the project.",
    )
