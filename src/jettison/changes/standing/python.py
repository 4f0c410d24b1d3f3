"""The Python distributions that requirement files and RUNs list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, package_runs, reaching_stages, sharing
from jettison.analysis.python.needs import Verdict, needs_of
from jettison.analysis.python.requirement_split import counts, verdicts_of
from jettison.analysis.python.requirement_uses import requirement_uses
from jettison.changes.standing.dropping import dropping, not_dropped
from jettison.changes.standing.model import Standing, Subject, Which
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.requirements import read_requirements
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.analysis.python.needs import Need
    from jettison.changes.model import Plan

__all__ = ["python_of"]

_RULE = "JT003"


def python_of(plan: Plan) -> Iterator[Standing]:
    """The distributions that the project's images install by name."""
    facts = plan.before
    for path, uses in facts.whole(requirement_uses).items():
        found = read_requirements(facts.tree.read, path)
        counting = [use for use in uses if counts(use)]
        if found is None or not counting:
            continue
        verdicts = verdicts_of(facts, uses, found, why_kept=True)
        done: set[str] = set()
        for use in counting:
            if use.target.dockerfile_name in done:
                continue
            done.add(use.target.dockerfile_name)
            for line in found.lines:
                yield _standing(plan, use.target, verdicts[line.name], (line.file, line.line))
    for target in facts.targets:
        if first_of(facts, target):
            yield from _inline(plan, target)


def _inline(plan: Plan, target: Target) -> Iterator[Standing]:
    """What RUNs of the image's own stages name for pip."""
    facts = plan.before
    for run in package_runs(target, reaching_stages(facts, target)):
        names = {
            canonicalize_name(one.name)
            for call in run.of(Manager.PIP, Verb.INSTALL)
            for one in call.packages
            if one.known and not one.is_path and not one.is_url
        }
        if not names:
            continue
        needs: dict[str, Need] = {}
        for one in sharing(facts, target):
            for name, need in needs_of(facts, one, frozenset(names), why_kept=True).items():
                if name not in needs or need.verdict is Verdict.NEEDED:
                    needs[name] = need
        for name in sorted(names):
            yield _standing(plan, target, needs[name], (target.dockerfile_name, run.run.line))


def _standing(plan: Plan, target: Target, need: Need, listed: tuple[str, int]) -> Standing:
    image = plan.before.evidence.image(target.name)
    one = image.distributions.get(need.name) if image is not None else None
    change = dropping(plan, target, f"python:{need.name}")
    reason = need.reason
    if change is None and need.verdict in (Verdict.TOOL, Verdict.UNUSED):
        reason = f"{reason}; kept: {not_dropped(plan, _RULE, target) or 'in doubt it stays'}"
    return Standing(
        Subject.PYTHON,
        need.name,
        target.dockerfile_name,
        Which.KEPT if change is None else Which.DROPPED,
        need.basis.lower(),
        reason,
        listed,
        need.places,
        one.size_bytes if one is not None else None,
        str(change.key) if change is not None else "",
    )
