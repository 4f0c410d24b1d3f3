"""The conda environment files that an image installs, and what they list."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import folder_of, package_runs, reaching_stages
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.patterns import regex
from jettison.shell import Manager, Verb
from jettison.shell.specs import split_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["environments_of", "listed"]

_ITEM = regex(r"(\s*)-\s+(?:\"([^\"]*)\"|'([^']*)'|([^#]*?))\s*(?:#.*)?")
_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def environments_of(facts: Facts, target: Target) -> Iterator[tuple[str, Mapping[str, int]]]:
    """The environment files (paths of the project) of a target's RUNs, with what each lists.

    A name (canonical) has the line, from 1, where it stands first.
    """
    for run in package_runs(target, reaching_stages(facts, target)):
        calls = run.of(Manager.CONDA, Verb.INSTALL, Verb.UPGRADE)
        landed = landings(target, steps_before(target, run.stage, run.run.line)) if calls else ()
        for call in calls:
            folder = folder_of(run, call)
            for requirement in call.requirements:
                if folder is None or not requirement.known:
                    continue
                place = posixpath.normpath(posixpath.join(folder, requirement.path))
                path = brought_from(target, landed, place)
                source = facts.tree.read(project_path(target, path)) if path else None
                if path and source is not None and path.endswith((".yml", ".yaml")):
                    yield project_path(target, path), listed(source.text)


def listed(text: str) -> Mapping[str, int]:
    """The packages below ``dependencies:``, those of ``pip:`` in it too, with their lines.

    Lists in brackets are not read.
    """
    found: dict[str, int] = {}
    inside = False
    depth: int | None = None  # of the entries below ``pip:``, behind that of the word itself
    for number, row in enumerate(text.splitlines(), start=1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        if row[0] not in " -\t":
            inside = row.startswith("dependencies:")
            continue
        item = _ITEM.fullmatch(row) if inside else None
        if item is None:
            continue
        word = item[2] or item[3] or item[4] or ""
        if word == "pip:":
            depth = len(item[1])
            continue
        by_pip = depth is not None and len(item[1]) > depth
        name, _ = split_spec(Manager.PIP if by_pip else Manager.CONDA, word)
        name = name.rpartition("::")[2].strip()
        if _NAME.fullmatch(name):
            found.setdefault(canonicalize_name(name), number)
    return found
