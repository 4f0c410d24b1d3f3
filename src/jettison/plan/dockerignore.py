"""A ``.dockerignore`` written from what the project contains."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.clutter import ALWAYS, Clutter, kind_of_unused
from jettison.analysis.context_tally import pattern_of
from jettison.plan.model import PlannedFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis import Target

_RULE = "# Jettison: what no image of this project needs\n"


def plan_ignore_file(target: Target, needed: Iterable[str]) -> PlannedFile | None:
    """The ignore file of a target's context, with the lines that it has already kept first.

    ``needed`` are the context paths that the new Dockerfiles copy, folders with a slash. ``None``
    when the present file was made for one Dockerfile alone, or nothing would change.
    """
    name = target.ignore_name or posixpath.join(target.context_name, ".dockerignore")
    if posixpath.basename(name) != ".dockerignore":
        return None
    wanted = sorted(set(needed))
    present = _present(target)
    if _RULE in present:
        present = present.partition(_RULE)[0]
    groups: dict[str, list[str]] = {}
    for row in ALWAYS:
        if not any(row.expression.match(path.rstrip("/")) for path in wanted):
            groups.setdefault(row.kind, []).append(row.pattern)
    for pattern, kind in _found(target, wanted):
        if pattern not in groups.setdefault(kind, []):
            groups[kind].append(pattern)
    listed = {line.strip() for line in present.splitlines()}
    parts = [present.rstrip("\n") + "\n\n" if present.strip() else "", _RULE]
    for kind, patterns in groups.items():
        fresh = [p for p in patterns if p not in listed]
        if fresh:
            parts += [f"\n# {kind}\n", *(f"{pattern}\n" for pattern in fresh)]
    return PlannedFile(name, "".join(parts), "what the builder is not sent")


def _present(target: Target) -> str:
    """The ignore file's text, ``""`` where there is none."""
    if target.ignore is None:
        return ""
    return (target.context / ".dockerignore").read_text("utf-8", "surrogateescape")


def _found(target: Target, needed: list[str]) -> list[tuple[str, str]]:
    """The context's own entries to leave out: top-level ones that nothing needs, and markers."""
    tops = {entry.path.split("/", 1)[0] for entry in target.files.files}
    rows: list[tuple[str, str]] = []
    for top in sorted(tops):
        if any(path == top or path.startswith(top + "/") for path in needed):
            continue
        if any(row.expression.match(top) for row in ALWAYS):
            continue
        rows.append((pattern_of(top), kind_of_unused(top) or "used by no image"))
    for entry in target.files.files:
        folder, _, name = entry.path.rpartition("/")
        if not folder or any(row.expression.match(folder) for row in ALWAYS):
            continue
        if not any(folder.startswith(path) for path in needed if path.endswith("/")):
            continue
        if name == "pyvenv.cfg":
            rows.append((pattern_of(folder), Clutter.VIRTUALENV))
        elif name in ("lcov.info", "coverage-final.json", "clover.xml"):
            rows.append((pattern_of(folder), Clutter.COVERAGE))
    return rows
