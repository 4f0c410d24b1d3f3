"""How far each finding has come, by what was observed for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.rules import Advice, Blocked, Change, Finding, Kind, Refused, all_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.project import Project, Target
    from jettison.changes.model import Plan
    from jettison.rules import Key

__all__ = ["Reached", "State", "Verdict", "concerned", "judge"]


class State(StrEnum):
    """How far a change has come."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    BUILT = "built"
    VERIFIED = "verified"
    REVERTED = "reverted"
    REFUSED = "refused"


_FAR = (State.APPLIED, State.BUILT, State.VERIFIED)


@record
class Reached:
    """How far a target has come as a whole, and what that was seen from."""

    state: State
    evidence: str


@record
class Verdict:
    """A finding, how far its change has come, and the evidence for that."""

    finding: Finding
    state: State
    evidence: str = ""


def concerned(change: Change, project: Project) -> frozenset[str]:
    """The names of the targets that a change can have an effect on; all where it cannot be told.

    An image for development is neither changed nor tried, though an ignore file holds for it, too.
    """
    paths = change.patch.paths
    found = set()
    for target in project.targets:
        if target.development and change.key.target != target.name:
            continue
        prefix = f"{target.context_name}/" if target.context_name else ""
        ignores = {f"{prefix}.dockerignore", f"{target.dockerfile_name}.dockerignore"}
        if change.key.target == target.name or target.dockerfile_name in paths or ignores & paths:
            found.add(target.name)
    return frozenset(found or {target.name for target in project.targets})


def judge(
    first: Plan,
    last: Plan,
    reached: Mapping[str, Reached],
    reverted: Mapping[str, str],
    extras: Mapping[str, Reached] | None = None,
) -> tuple[Verdict, ...]:
    """The verdict on each finding.

    ``first`` is the plan before anything was tried, ``last`` what was kept of it. ``reached`` has
    what was seen of each target, by name; ``reverted`` the evidence against each change that was
    taken back, by key. A finding whose rule still finds it was not mended, whatever was applied.
    What an EXTRA adds is no part of a target: ``extras`` has what was seen of each, by key.
    """
    kinds = {rule.code: rule.kind for rule in all_rules()}
    tried = extras or {}
    applied = {change.key: change for change in last.applied}
    left = {finding.key: finding for finding in last.left}
    renamed = {_family(key) for key in left.keys() - {finding.key for finding in first.found}}
    hidden = (Kind.ENABLER, Kind.EXTRA)
    shown: dict[str, Verdict] = {}
    for finding in (*first.found, *last.left):
        key = str(finding.key)
        if key in shown:
            continue
        kind = kinds.get(finding.key.rule, Kind.PROBLEM)
        if key in reverted and finding.key not in applied:
            # Whether its rule still finds it or not: what was taken back mended nothing.
            shown[key] = Verdict(finding, State.REVERTED, reverted[key])
            continue
        mended = finding.key in applied or (kind not in hidden and finding.key not in left)
        if mended and finding.key not in left:
            if kind is Kind.EXTRA:
                shown[key] = _extra(finding, tried)
                continue
            if finding.key not in applied and _family(finding.key) in renamed:
                continue  # it is there still, under the name that it has now
            names = _targets(finding, applied.get(finding.key), last.after.project)
            shown[key] = _mended(finding, names, reached)
        elif kind is not Kind.ENABLER:
            shown[key] = _open(left.get(finding.key, finding), first, last, reverted)
    for change in last.applied:
        if str(change.key) not in shown:
            finding = _finding(change)
            if kinds.get(change.key.rule) is Kind.EXTRA:
                shown[str(change.key)] = _extra(finding, tried)
                continue
            names = _targets(finding, change, last.after.project)
            shown[str(change.key)] = _mended(finding, names, reached)
    for change in first.applied:
        if str(change.key) not in shown and str(change.key) in reverted:
            finding = _finding(change)
            shown[str(change.key)] = Verdict(finding, State.REVERTED, reverted[str(change.key)])
    return tuple(shown.values())


def _family(key: Key) -> tuple[str, str, str]:
    """What findings share whose names differ only by how many of their kind there are."""
    return key.rule, key.target, key.subject.partition(":")[0]


def _targets(finding: Finding, change: Change | None, project: Project) -> tuple[str, ...]:
    """The names of the targets that must have come far enough for a finding to be verified."""
    if change is not None:
        return tuple(sorted(concerned(change, project)))
    named = [target for target in project.targets if _is_of(finding, target)]
    return tuple(target.name for target in named or project.targets)


def _is_of(finding: Finding, target: Target) -> bool:
    if target.name == finding.key.target or target.dockerfile_name == finding.file:
        return True
    return bool(set(finding.services) & set(target.services))


def _mended(finding: Finding, names: tuple[str, ...], reached: Mapping[str, Reached]) -> Verdict:
    """As far as the target that has come least far."""
    known = [reached[name] for name in names if name in reached]
    if not known:
        return Verdict(finding, State.APPLIED)
    least = min((one.state for one in known), key=_FAR.index)
    said = dict.fromkeys(one.evidence for one in known if one.state is least and one.evidence)
    return Verdict(finding, least, "; ".join(said))


def _extra(finding: Finding, tried: Mapping[str, Reached]) -> Verdict:
    one = tried.get(str(finding.key), Reached(State.APPLIED, ""))
    return Verdict(finding, one.state, one.evidence)


def _open(finding: Finding, first: Plan, last: Plan, reverted: Mapping[str, str]) -> Verdict:
    """A finding that is still there, with the reason."""
    remedy = finding.remedy
    if reverted and finding.key in {one.key for one in first.mended}:
        wanted = remedy.wants if isinstance(remedy, Blocked) else ""
        cause = wanted if wanted in reverted else ", ".join(sorted(reverted))
        return Verdict(finding, State.REVERTED, f"went with {cause}")
    match remedy:
        case Refused(reason=reason):
            return Verdict(finding, State.REFUSED, reason)
        case Change():
            return Verdict(finding, State.PROPOSED, last.dropped.get(remedy.key, ""))
        case Blocked(why=why):
            return Verdict(finding, State.PROPOSED, why)
        case Advice():
            return Verdict(finding, State.PROPOSED)


def _finding(change: Change) -> Finding:
    """A finding for a change that mends what another change left."""
    names = {rule.code: rule.name for rule in all_rules()}
    file = min(change.patch.paths, default="")
    name = names.get(change.key.rule, change.key.rule)
    return Finding(change.key, name, change.title, file, 1, (), change)
