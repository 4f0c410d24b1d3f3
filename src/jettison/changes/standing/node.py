"""The packages that a package.json lists."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings, project_path, steps_before
from jettison.analysis.package_runs import feeding_stages, folder_of, package_runs, reaching_stages
from jettison.changes.standing.dropping import dropping
from jettison.changes.standing.model import Standing, Subject, Which
from jettison.ecosystem.node.package import imported_names, read_package
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.changes.model import Plan
    from jettison.rules import Change
    from jettison.source import SourceText

__all__ = ["node_of"]

_SOURCE = regex(r"\.(c|m)?[jt]sx?$|\.(vue|svelte)$")
_MOST_FILES = 2000
_BIGGEST = 512 * 1024


def node_of(plan: Plan, target: Target) -> Iterator[Standing]:
    """The packages of the manifests that a target's RUNs install."""
    facts = plan.before
    reaching = reaching_stages(facts, target)
    done: set[str] = set()
    for run in package_runs(target, feeding_stages(target.dockerfile, target.stage.index)):
        for manager in (Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN):
            for call in run.of(manager, Verb.INSTALL):
                folder = None if call.packages else folder_of(run, call)
                manifest = _manifest(plan, target, run.stage, run.run.line, folder)
                if manifest is None or manifest.name in done:
                    continue
                done.add(manifest.name)
                yield from _listed(plan, target, manifest, reaches=run.stage in reaching)


def _manifest(
    plan: Plan, target: Target, stage: int, line: int, folder: str | None
) -> SourceText | None:
    if folder is None:
        return None
    for landing in reversed(landings(target, steps_before(target, stage, line))):
        path = landing.context_path(posixpath.join(folder, "package.json"))
        source = plan.before.tree.read(project_path(target, path)) if path else None
        if source is not None:
            return source
    return None


def _listed(
    plan: Plan, target: Target, manifest: SourceText, *, reaches: bool
) -> Iterator[Standing]:
    package = read_package(manifest.text, None)
    if package is None:
        return
    places = _places(target)
    served = _served(plan, target) if reaches else None
    for name in sorted(package.dependencies | package.development):
        change = dropping(plan, target, f"npm:{name}") or served
        group = "dependencies" if name in package.dependencies else "devDependencies"
        which = Which.DROPPED if change is not None else Which.KEPT
        reason = f"listed under {group}"
        if change is not None and change is served:
            reason = f"{reason}; the image serves what a stage before it builds"
        if not reaches and change is None:
            which, reason = Which.ABSENT, f"{reason}; only a stage that is copied from installs it"
        yield Standing(
            Subject.NPM,
            name,
            target.dockerfile_name,
            which,
            change.basis.word if change is not None else "declared",
            reason,
            (manifest.name, _line(manifest.text, f'"{name}"')),
            places.get(name, ()),
            key=str(change.key) if change is not None else "",
        )


def _served(plan: Plan, target: Target) -> Change | None:
    """The change after which a file server's image holds only what is built."""
    names = {one.name for one in plan.before.project.sharing(target)}
    for change in plan.applied:
        if change.key.rule == "JT004" and change.key.target in names:
            return change
    return None


def _places(target: Target) -> dict[str, tuple[tuple[str, int], ...]]:
    """Where the code of a context imports each package first."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    files = (f for f in target.files.own if _SOURCE.search(f.path) and f.size <= _BIGGEST)
    for _, file in zip(range(_MOST_FILES), files, strict=False):
        try:
            text = (target.context / file.path).read_text("utf-8", "replace")
        except OSError:
            continue
        for name in imported_names(text) - found.keys():
            line = min(filter(None, (_line(text, f"{mark}{name}") for mark in "'\"")), default=0)
            found[name] = ((project_path(target, file.path), line),)
    return found


def _line(text: str, part: str) -> int:
    at = text.find(part)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
