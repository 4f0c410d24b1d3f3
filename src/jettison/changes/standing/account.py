"""The account of a plan: each listed dependency, system package and top-level folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of
from jettison.changes.standing.folders import folders_of
from jettison.changes.standing.node import node_of
from jettison.changes.standing.python import python_of
from jettison.changes.standing.system import system_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.changes.model import Plan
    from jettison.changes.standing.model import Standing

__all__ = ["standings"]


def standings(plan: Plan) -> tuple[Standing, ...]:
    """What becomes of everything that a project lists or copies, Dockerfile by Dockerfile."""
    return tuple(_all(plan))


def _all(plan: Plan) -> Iterator[Standing]:
    yield from python_of(plan)
    for target in plan.before.targets:
        if first_of(plan.before, target):
            for look in (node_of, system_of, folders_of):
                yield from look(plan, target)
