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


def with_inert_refused(facts: Facts, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, where an unsafe change is of images that all start nothing, refused."""
    return tuple(
        replace(one, remedy=Refused(_WHY)) if _is_inert(facts, one) else one for one in findings
    )


def _is_inert(facts: Facts, finding: Finding) -> bool:
    change = finding.remedy
    if not isinstance(change, Change) or change.grade is Grade.SAFE:
        return False
    name = change.key.target
    of_it = [one for one in facts.targets if name in (one.name, one.dockerfile_name)]
    return bool(of_it) and not any(map(starts_something, of_it))
