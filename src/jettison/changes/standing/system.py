"""The system packages that RUNs install."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import feeding_stages, package_runs, reaching_stages
from jettison.analysis.python.needs import in_use
from jettison.analysis.system.asked_for import uses_program
from jettison.changes.standing.dropping import dropping, not_dropped
from jettison.changes.standing.model import Standing, Subject, Which
from jettison.ecosystem.debian.building import programs_of
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.changes.model import Plan
    from jettison.rules import Change

__all__ = ["system_of"]

_SUBJECTS = {Manager.APT: Subject.DEBIAN, Manager.APK: Subject.ALPINE}


def system_of(plan: Plan, target: Target) -> Iterator[Standing]:
    """The packages that the RUNs of a target's stages name, each with what only it brings along."""
    facts = plan.before
    reaching = reaching_stages(facts, target)
    image = facts.evidence.image(target.name)
    listed = {
        package.name
        for run in package_runs(target, reaching)
        for manager in _SUBJECTS
        for call in run.of(manager, Verb.INSTALL)
        for package in call.packages
    }
    for run in package_runs(target, feeding_stages(target.dockerfile, target.stage.index)):
        for manager, subject in _SUBJECTS.items():
            names = {
                package.name
                for call in run.of(manager, Verb.INSTALL)
                for package in call.packages
                if package.known and not package.is_path and not package.is_url
            }
            for name in sorted(names):
                change = dropping(plan, target, f"{subject.value}:{name}")
                size = None
                if image is not None and name in image.packages:
                    same = change.claim.packages if change is not None else frozenset[str]()
                    others = {one for one in listed if f"{subject.value}:{one}" not in same}
                    gone = image.brought_by({name}, others) | {name}
                    size = sum(image.packages[one].size_bytes for one in gone)
                which, reason, basis, place = _why(plan, target, name, change)
                if run.stage not in reaching:
                    which, basis = Which.ABSENT, "declared"
                    reason = "only a stage that the image copies from installs it"
                yield Standing(
                    subject,
                    name,
                    target.dockerfile_name,
                    which,
                    basis,
                    reason,
                    (target.dockerfile_name, run.run.line),
                    place,
                    size,
                    str(change.key) if change is not None else "",
                )


def _why(
    plan: Plan, target: Target, name: str, change: Change | None
) -> tuple[Which, str, str, tuple[tuple[str, int], ...]]:
    facts = plan.before
    image = facts.evidence.image(target.name)
    if change is not None:
        reason = "; ".join(change.reasons) or change.title
        return Which.DROPPED, reason, change.basis.word, ()
    known = image.packages.get(name) if image is not None else None
    # A package may have a program only as a link to another package's: gcc to gcc-12's.
    programs = frozenset(programs_of(name)) | (known.executables if known is not None else set())
    basis = "read" if known is not None else "declared"
    for program in sorted(programs):
        where = uses_program(facts, target, program)
        if where:
            return Which.KEPT, f"{where} calls {program}", basis, _places(plan, where)
    if image is not None and known is not None:
        users = [(user, image.distributions[user]) for user in sorted(facts.of(in_use, target))]
        for user, one in users:
            called = {p for code in one.code.values() for p in code.calls} & programs
            if called:
                return Which.KEPT, f"the code of {user} calls {min(called)}", basis, ()
        provided = {s: n for n in _brought(plan, target, name) for s in image.packages[n].sonames}
        for user, one in users:
            needed = sorted(one.sonames & provided.keys())
            if needed:
                return Which.KEPT, f"{user} needs {needed[0]} of {provided[needed[0]]}", basis, ()
        for other in sorted(image.packages):
            if name in image.packages[other].depends and not image.packages[other].in_base:
                return Which.KEPT, f"{other} depends on it", basis, ()
    why = not_dropped(plan, "JT002", target) or not_dropped(plan, "JT014", target)
    if known is None and image is not None:
        return Which.ABSENT, "the built image does not have it", "read", ()
    return Which.KEPT, why or "nothing is known to use it; in doubt it stays", basis, ()


def _brought(plan: Plan, target: Target, name: str) -> frozenset[str]:
    image = plan.before.evidence.image(target.name)
    return image.brought_by({name}, ()) if image is not None else frozenset()


def _places(plan: Plan, where: str) -> tuple[tuple[str, int], ...]:
    return ((where, 0),) if plan.before.tree.has(where) else ()
