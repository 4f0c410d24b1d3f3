"""The top-level folders of a build context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.landing import landings, project_path
from jettison.analysis.package_runs import feeding_stages
from jettison.changes.standing.model import Standing, Subject, Which
from jettison.dockerfile.context import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.changes.model import Plan
    from jettison.rules import Change

__all__ = ["folders_of", "path_in_target"]


def folders_of(plan: Plan, target: Target) -> Iterator[Standing]:
    """The folders at the top of a target's context, those that stay out of it first."""
    for one in target.files.excluded:
        if one.kind is Kind.DIR and "/" not in one.path:
            yield path_in_target(plan, target, one.path)
    for entry in target.files.entries(""):
        if entry.kind is Kind.DIR:
            yield path_in_target(plan, target, entry.path)


def path_in_target(plan: Plan, target: Target, path: str) -> Standing:
    """What becomes of a file or folder of a context, by its path there."""
    after = next((o for o in plan.after.project.targets if o.name == target.name), target)
    before, then = _landing(target, path), _landing(after, path)
    size = target.files.bytes_below(path)
    where: tuple[str, int] = (target.dockerfile_name, 0)
    change: Change | None = None
    basis, places = "declared", ()
    out = target.files.keeping_out(path)
    if out is not None and target.files.get(path) is None:
        which, reason = Which.ABSENT, f"{out.pattern.text} of {target.ignore_name} keeps it out"
        where = (target.ignore_name or "", out.pattern.line)
    elif before is None:
        which, reason = Which.ABSENT, "no COPY or ADD takes it"
    elif then is None:
        change = _dropping(plan, target, path, before)
        which = Which.DROPPED
        reason = "; ".join(change.reasons) if change is not None else "nothing takes it any more"
        basis = change.basis.word if change is not None else basis
        where = (target.dockerfile_name, before.instruction.line)
    else:
        which, reason = Which.KEPT, f"line {before.instruction.line} copies it"
        where = (target.dockerfile_name, before.instruction.line)
    return Standing(
        Subject.FOLDER,
        project_path(target, path),
        target.dockerfile_name,
        which,
        basis,
        reason,
        where,
        places,
        size if out is None else out.size,
        str(change.key) if change is not None else "",
    )


def _landing(target: Target, path: str) -> Landing | None:
    """The COPY or ADD that brings a path into the image or a stage that it copies from."""
    if target.files.get(path) is None:
        return None
    stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
    steps = tuple(step for stage in stages for step in target.all_steps[stage])
    for landing in reversed(landings(target, steps)):
        below = landing.source.startswith(f"{path}/")
        if below or landing.image_path(path) is not None:
            return landing
    return None


def _dropping(plan: Plan, target: Target, path: str, landing: Landing) -> Change | None:
    """The change that lets a path go: it claims its place, or edits the ignore file."""
    place = landing.image_path(path) or landing.place
    ignores = {target.ignore_name, f"{target.context_name}/.dockerignore".lstrip("/")}
    for change in plan.applied:
        if any(f"{place}/".startswith(one) or place == one for one in change.claim.paths):
            return change
    for change in plan.applied:
        edits = ignores & change.patch.paths or target.dockerfile_name in change.patch.paths
        if edits and any(path in reason for reason in change.reasons):
            return change
    return None
