"""What COPYs hand on from one stage to the image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import reaching_stages
from jettison.dockerfile import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["folder_copies", "is_handed_on"]


def folder_copies(target: Target) -> Iterator[tuple[int, Step, Copy, int]]:
    """Each with its number among the steps of the image's stage, its step, and its stage's number.

    Only what has a single source and no flag that tells what is taken of it.
    """
    for at, step in enumerate(target.all_steps[target.stage.index]):
        copy, written = step.expanded, step.instruction
        if not isinstance(copy, Copy) or not isinstance(written, Copy) or copy.from_ is None:
            continue
        if len(copy.sources) != 1 or copy.exclude or copy.parents or copy.json:
            continue
        for one in target.stage.references:
            if one.instruction.span == written.span and one.stage is not None:
                yield at, step, copy, one.stage


def is_handed_on(facts: Facts, target: Target, stage: int, place: str) -> bool:
    """Whether a stage that reaches the image copies a place of another stage, or all around it."""
    name = target.dockerfile.stages[stage].name
    for reaching in reaching_stages(facts, target):
        for step in target.all_steps[reaching]:
            copy = step.expanded
            if not isinstance(copy, Copy) or copy.from_ is None:
                continue
            if copy.from_.lower() not in (name, str(stage)):
                continue
            paths = (posixpath.normpath(posixpath.join("/", one)) for one in copy.sources)
            if any(place == one or place.startswith(f"{one.rstrip('/')}/") for one in paths):
                return True
    return False
