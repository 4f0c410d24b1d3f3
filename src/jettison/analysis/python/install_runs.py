"""Which RUNs of a Dockerfile install Python packages into a folder of an image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import PackageRun, folder_of, package_runs, under_condition
from jettison.dockerfile import Copy
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.names import INSTALLERS
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["Install", "installs_into"]

_MANAGERS = (Manager.PIP, Manager.UV, Manager.POETRY, Manager.PIPENV, Manager.PDM)
_NAMES = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NOT_NAMED = regex(r"^\s*(?:-r|--requirement|-e|--editable|[./])|://", re.MULTILINE)


@record
class Install:
    """A RUN that installs into ``site``, where its stage has the folder of packages.

    ``names`` are the distributions that it is asked for, ``None`` where they are not known.
    ``copied`` tells that the image gets a copy of the stage's folder, not its layers.
    """

    run: PackageRun
    site: str
    copied: bool
    names: frozenset[str] | None


def installs_into(facts: Facts, target: Target, stage: int, site: str) -> Iterator[Install]:
    """The RUNs that fill a folder of packages of a stage, in order.

    Those of the stages that it is copied from come where it is copied.
    """
    own = {one.index for one in target.lineage}
    lineage = [stage]
    while (base := target.dockerfile.stages[lineage[0]].base_stage) is not None:
        lineage.insert(0, base)
    for number in lineage:
        named = {r.instruction.span: r.stage for r in target.dockerfile.stages[number].references}
        for step in target.all_steps[number]:
            copy = step.expanded
            source = named.get(step.instruction.span)
            if not isinstance(copy, Copy) or source is None or len(copy.sources) != 1:
                continue
            place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            if f"{site}/".startswith(f"{place.rstrip('/')}/"):
                rest = site.removeprefix(place.rstrip("/"))
                there = posixpath.normpath(f"/{copy.sources[0]}").replace("//", "/") + rest
                yield from installs_into(facts, target, source, there)
        for run in package_runs(target, frozenset({number})):
            calls = [c for m in _MANAGERS for c in run.of(m, Verb.INSTALL) if _lands(run, c, site)]
            lists = [_listed(facts, target, run, call) for call in calls]
            if any(one is None or not one <= INSTALLERS for one in lists):
                every = [one for one in lists if one is not None]
                whole = frozenset[str]().union(*every) if len(every) == len(lists) else None
                yield Install(run, site, number not in own, whole)


def _lands(run: PackageRun, call: PackageCall, site: str) -> bool:
    """Whether a call that always runs may install into a folder."""
    if under_condition(run, call):
        return False
    place = call.flag("--prefix", "--target", "-t", "--root")
    if place is not None and place.value and "$" not in place.value:
        absolute = posixpath.normpath(posixpath.join(run.step.before.workdir, place.value))
        return f"{site}/".startswith(f"{absolute.rstrip('/')}/")
    return call.flag("--user") is None or "/.local/" in site


def _listed(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall
) -> frozenset[str] | None:
    """The canonical names that a call asks for, or that its lists name; ``None`` if not known."""
    if call.manager not in (Manager.PIP, Manager.UV) or any(p.is_path for p in call.packages):
        return None
    if call.manager is Manager.UV and not call.subcommand_name.startswith("pip"):
        return None
    names = {package.name for package in call.packages}
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    folder = folder_of(run, call)
    for requirement in call.requirements:
        if folder is None or not requirement.known:
            return None
        path = brought_from(target, landed, posixpath.join(folder, requirement.path))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is None or _NOT_NAMED.search(source.text):
            return None
        rows = (row.partition("#")[0] for row in source.text.splitlines())
        names |= {match[0] for row in rows if (match := _NAMES.match(row.strip()))}
    return frozenset(map(canonicalize_name, names)) if names else None
