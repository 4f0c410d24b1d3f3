"""Changes of images that start nothing: no trial could show that an unsafe one is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.running.started import starts_something
from jettison.rules import Change, Finding, Grade, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis import Facts

__all__ = ["with_inert_refused"]

_WHY = "the image starts nothing, so no trial could show that this is right: it may be a base"

_SYSTEM = frozenset({"debian", "alpine", "rpm"})


def with_inert_refused(facts: Facts, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, with unsafe changes refused of images that start nothing.

    Of those that others are built from what these inherit stays: users and commands, and packages
    of a language, of which only their own code was asked whether it needs them.
    """
    return tuple(
        replace(one, remedy=Refused(why)) if (why := _why_not(facts, one)) else one
        for one in findings
    )


def _why_not(facts: Facts, finding: Finding) -> str:
    """Why an unsafe change is not tried; ``""`` for all others."""
    change = finding.remedy
    if not isinstance(change, Change) or change.grade is Grade.SAFE:
        return ""
    name = change.key.target
    of_it = [one for one in facts.targets if name in (one.name, one.dockerfile_name)]
    if of_it and not any(map(starts_something, of_it)):
        return _WHY
    kinds = {name.partition(":")[0] for name in change.claim.packages}
    if not change.alters and kinds <= _SYSTEM:
        return ""  # whether what stands on it can be built and runs without shows in its trial
    names = {one.name for one in of_it}
    for other in facts.project.targets:
        if other.name not in names and names & facts.project.below(frozenset({other.name})):
            return f"the image of {other.name} is built from this one, and may need what goes"
    return ""
