"""What the stages are called when one becomes two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["stage_names"]


def stage_names(facts: Facts, target: Target) -> tuple[str, str]:
    """The name of the stage that builds, and of the one that runs (``""`` for none).

    A name by which the stage is asked for goes to the one that runs.
    """
    alias = target.stage.from_.alias or ""
    asked = alias and _asked_for(facts, target, alias)
    if alias and not asked:
        return alias, ""
    taken = {stage.name for stage in target.dockerfile.stages}
    names = ("build", "compile", "build-stage", "compile-stage")
    return next(name for name in names if name not in taken), alias


def _asked_for(facts: Facts, target: Target, alias: str) -> bool:
    project = facts.project
    for one in project.sharing(target):
        if one.name.endswith(f":{alias}"):
            return True
        for name in one.builders:
            build = project.compose.services[name].build if project.compose else None
            if build is not None and build.target:
                return True
    return False
