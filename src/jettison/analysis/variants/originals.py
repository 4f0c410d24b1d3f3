"""Targets and Compose services as they were before any change was laid over the tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.base_folders import base_settings
from jettison.compose import read_compose
from jettison.dockerfile import final_state, parse, states
from jettison.errors import JettisonError

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose import ComposeProject, Service

__all__ = ["original_compose", "original_service", "original_target"]


def original_compose(facts: Facts) -> ComposeProject | None:
    """The Compose project as the files on the disk have it; variables have their defaults."""
    project = facts.project
    if project.compose is None:
        return None
    laid = {
        project.root / name: source.text
        for name in project.compose_names
        if (source := project.tree.original(name)) is not None
    }
    try:
        return read_compose(
            [project.root / name for name in project.compose_names],
            environment={"PWD": str(project.root.absolute())},
            profiles=["*"],
            laid=laid,
            lacking=[],
        )
    except JettisonError:
        return None


def original_service(facts: Facts, name: str) -> Service | None:
    """A service as it was."""
    compose = facts.whole(original_compose)
    return compose.services.get(name) if compose is not None else None


def original_target(facts: Facts, target: Target) -> Target | None:
    """A target with the Dockerfile as it was; ``None`` where that cannot be told.

    Its ``files`` and ``runs`` are those of now.
    """
    source = facts.tree.original(target.dockerfile_name)
    if source is None:
        return None
    service = original_service(facts, target.builders[0]) if target.builders else None
    asked = service.build.target if service is not None and service.build is not None else None
    try:
        dockerfile = parse(source, build_args=target.build_args)
        stage = dockerfile.stage(asked) if asked else dockerfile.target
        every = tuple(
            states(
                dockerfile,
                one,
                build_args=target.build_args,
                settings=base_settings(dockerfile, one),
            )
            for one in dockerfile.stages
        )
        settings = base_settings(dockerfile, stage)
        state = final_state(dockerfile, stage, build_args=target.build_args, settings=settings)
    except JettisonError:
        return None
    line = [stage]
    while (base := line[-1].base_stage) is not None:
        line.append(dockerfile.stages[base])
    return replace(
        target,
        dockerfile=dockerfile,
        stage=stage,
        steps=tuple(step for one in reversed(line) for step in every[one.index]),
        all_steps=every,
        state=state,
    )
