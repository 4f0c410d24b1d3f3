"""What a report shows of trials and plans: comparisons, bases, and whose the saved bytes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.changes.attribution import attribute
from jettison.errors import JettisonError
from jettison.images.opening import open_subject
from jettison.imaging import inspect_image
from jettison.oci import Digest
from jettison.report.model import Base, Comparison, Drift, WrittenFile, probe_results
from jettison.trial.labels import services_of
from jettison.trial.outcomes import Differs, Passed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.project import Project, Target, Unread
    from jettison.changes import Plan
    from jettison.changes.attribution import Attribution
    from jettison.engine import Engine
    from jettison.imaging import Inspection
    from jettison.rules import Change
    from jettison.trial import Progress, ServiceMeasure, Trial
    from jettison.trial.outcomes import Observation
    from jettison.trial.prove import Proof

__all__ = [
    "Difference",
    "bases",
    "comparison",
    "differences",
    "drifts_of",
    "untouched",
    "written_files",
]

_SYSTEM = ("debian", "alpine", "rpm")
_DECIDES = {"JT004": _SYSTEM, "JT010": ("python", "npm"), "JT012": (*_SYSTEM, "python")}
"""Rules whose changes put something else in charge of versions, and of which packages."""
STAND_IN_LABEL = "dev.jettison.stand-in"


def comparison(proof: Proof, observation: Observation) -> Comparison | None:
    """Both sides of the last attempt, ``None`` where it gave nothing to compare."""
    last = proof.attempt
    if not isinstance(last, Passed | Differs):
        return None
    return Comparison(
        before=observation.trial,
        after=last.trial,
        probes=probe_results(observation.trial, last.trial, last.rows),
        rows=last.rows,
        without_comparison=last.without_comparison if isinstance(last, Passed) else {},
        passed=isinstance(last, Passed),
        unexercised=last.unexercised if isinstance(last, Passed) else (),
    )


def untouched(project: Project) -> tuple[Unread, ...]:
    """What of a project could not be read, or is left alone on purpose."""
    return (*project.unread, *project.left_alone)


def written_files(plan: Plan) -> tuple[WrittenFile, ...]:
    """The files that the plan changes, with the titles of the changes that touch them."""
    found = []
    for path, (before, _) in plan.tree.changed().items():
        titles = [change.title for change in plan.applied if path in change.patch.paths]
        found.append(WrittenFile(path, "; ".join(dict.fromkeys(titles)), before is None))
    return tuple(found)


def bases(engine: Engine, plan: Plan, before: Trial) -> tuple[Base, ...]:
    """Every image that a stack starts from: bases of builds, and images run as they are."""
    users: dict[str, set[str]] = {}
    for facts in (plan.before, plan.after):
        for target in facts.project.targets:
            for stage in target.dockerfile.stages:
                if stage.base_stage is None and not target.development:
                    reference = stage.base_name or stage.base
                    users.setdefault(reference, set()).update(target.builders or (target.name,))
    project = plan.before.project
    services = project.compose.services.values() if project.compose is not None else ()
    for service in services:
        alone = service.build is None and project.target_of(service.name) is None
        if alone and service.image:
            users.setdefault(service.image, set()).add(service.name)
    stand_ins = {service.image: service.stand_in for service in before.services}
    found = []
    for reference, names in users.items():
        image = engine.image(reference)
        labelled = image is not None and image.labels.get(STAND_IN_LABEL) == "true"
        stand_in = labelled or stand_ins.get(reference, False)
        found.append(Base(reference, stand_in, tuple(sorted(names))))
    return tuple(found)


@dataclass(slots=True)
class Difference:
    """What tells the images of both sides apart, and why that is not known of some.

    ``shares`` say whose the bytes are that each target's image lost, ``drifts`` which packages both
    sides have in another version.
    """

    shares: list[Attribution] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def differences(
    engine: Engine, plan: Plan, compared: Comparison | None, progress: Progress
) -> Difference:
    """What tells the images of each target apart, before and after."""
    found = Difference()
    if compared is None or not plan.applied:
        return found
    before = {one.service: one for one in compared.before.services}
    after = {one.service: one for one in compared.after.services}
    later = {target.name: target for target in plan.after.project.targets}
    for target in plan.before.project.targets:
        service = next((s for s in services_of(target) if s in before), None)
        if service is None or service not in after or target.name not in later:
            continue
        sides = before[service], after[service]
        if sides[0].uncompressed_bytes == sides[1].uncompressed_bytes:
            continue
        progress.status(f"finding whose the bytes of {target.name} were")
        try:
            one, drifts = _attributed(engine, plan, (target, later[target.name]), sides)
        except JettisonError as error:
            why = f"whose the bytes of {target.name} were is not known: {error.message}"
            found.notes.append(why)
            continue
        found.shares.append(one)
        # Targets of one Dockerfile have the same packages.
        known = {(drift.kind, drift.name, drift.before, drift.after) for drift in found.drifts}
        found.drifts += [d for d in drifts if (d.kind, d.name, d.before, d.after) not in known]
    return found


def _attributed(
    engine: Engine,
    plan: Plan,
    targets: tuple[Target, Target],
    sides: tuple[ServiceMeasure, ServiceMeasure],
) -> tuple[Attribution, tuple[Drift, ...]]:
    before, after = (
        _inspected(engine, target, side.image) for target, side in zip(targets, sides, strict=True)
    )
    changes = _reaching(plan, *targets)
    share = attribute(
        targets[0].name,
        before,
        after,
        changes,
        dockerfile=targets[0].dockerfile_name,
        measured=(sides[0].uncompressed_bytes, sides[1].uncompressed_bytes),
    )
    return share, drifts_of(targets[0].name, _packages(before), _packages(after), changes)


Versions = Mapping[tuple[str, str], frozenset[str]]


def drifts_of(
    target: str, before: Versions, after: Versions, changes: Iterable[Change]
) -> tuple[Drift, ...]:
    """The packages that both sides have, in other versions.

    ``before`` and ``after`` have the versions of each package by kind and name. A change that puts
    another base or a lock file in place is the cause for what it decides on.
    """
    causes: dict[str, str] = {}
    for change in changes:
        for kind in _DECIDES.get(change.key.rule, ()):
            causes.setdefault(kind, str(change.key))
    return tuple(
        Drift(
            target,
            kind,
            name,
            ", ".join(sorted(before[kind, name])),
            ", ".join(sorted(after[kind, name])),
            causes.get(kind, ""),
        )
        for kind, name in sorted(before.keys() & after.keys())
        # Of several copies in one image some may have gone: that is no other version.
        if not after[kind, name] <= before[kind, name]
    )


def _packages(inspection: Inspection) -> Versions:
    found: dict[tuple[str, str], set[str]] = {}
    for package in inspection.owners.packages:
        if package is not None and package.version:
            found.setdefault((package.kind.value, package.name), set()).add(package.version)
    return {key: frozenset(versions) for key, versions in found.items()}


def _reaching(plan: Plan, before: Target, after: Target) -> tuple[Change, ...]:
    """The changes that can alter a target's image: its own, and those of files that it shares."""
    names = {one.name for one in plan.before.project.sharing(before)}
    files = {before.dockerfile_name, after.dockerfile_name, after.ignore_name}
    return tuple(
        change
        for change in plan.applied
        if change.key.target in names or files & change.patch.paths
    )


def _inspected(engine: Engine, target: Target, reference: str) -> Inspection:
    subject = open_subject(reference).subject
    base = engine.image(target.base)
    known = {target.base: [Digest.parse(one) for one in base.diff_ids]} if base else {}
    return inspect_image(subject, known=known, dockerfile=target.dockerfile, digests=False)
