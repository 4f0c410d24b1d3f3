"""The COPYs that hand one folder of a stage on to the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["folder_copies"]


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
