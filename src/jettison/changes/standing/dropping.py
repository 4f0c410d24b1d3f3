"""Which change of a plan drops something, and why one that could does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules import Blocked, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.project import Target
    from jettison.changes.model import Plan
    from jettison.rules import Change

__all__ = ["dropping", "not_dropped"]


def dropping(plan: Plan, target: Target, package: str) -> Change | None:
    """The applied change that drops ``KIND:NAME`` from a target's image."""
    names = {one.name for one in plan.before.project.sharing(target)}
    for change in plan.applied:
        if package in change.claim.packages and _concerns(change, target, names):
            return change
    return None


def _concerns(change: Change, target: Target, names: Iterable[str]) -> bool:
    return (
        change.key.target in (*names, target.dockerfile_name)
        or target.dockerfile_name in change.patch.paths
    )


def not_dropped(plan: Plan, rule: str, target: Target) -> str:
    """Why a finding of a rule is not mended in a target, ``""`` where that is not known."""
    names = {one.name for one in plan.before.project.sharing(target)}
    for finding in plan.left:
        if finding.key.rule != rule or finding.key.target not in names:
            continue
        match finding.remedy:
            case Refused(reason=reason):
                return reason
            case Blocked(why=why):
                return why
            case _:
                return plan.dropped.get(finding.key, "that was not applied")
    return ""
