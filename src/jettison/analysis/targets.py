"""One target from its Dockerfile, context and services."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from jettison.analysis.base_folders import base_settings
from jettison.analysis.finding_files import (
    development_name,
    development_path,
    production_siblings,
)
from jettison.analysis.project import ServiceRun, Target
from jettison.dockerfile import final_state, parse, states
from jettison.dockerfile.context import Context, ContextFile, Kind, read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.errors import ProjectError, UsageError
from jettison.record import record
from jettison.source.ours import is_ours

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.compose import Service
    from jettison.dockerfile import Dockerfile, State
    from jettison.source import SourceText, TextTree

__all__ = ["Contexts", "Place", "make_target"]

_OURS = "/.jettison/"


@record
class Place:
    """Where a target comes from; without ``services`` its Dockerfile stands alone.

    ``chosen`` tells that somebody asked for it by name, whatever it serves.
    """

    name: str
    context: Path
    dockerfile: str
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    users: tuple[Service, ...] = ()
    chosen: bool = False

    @property
    def contexts(self) -> Mapping[str, str]:
        """The additional contexts of its build, by name."""
        builds = (service.build for service in self.services)
        return next((one.additional_contexts for one in builds if one is not None), {})


@dataclass(slots=True)
class Contexts:
    """What lies in the folders that were walked, by folder and the text of the ignore file."""

    _walked: dict[tuple[str, str | None], Context] = field(default_factory=dict)

    def read(
        self, tree: TextTree, folder: Path, ignore: IgnoreFile | None, text: str | None
    ) -> Context:
        """The entries that the builder gets, those files included that are laid over the tree."""
        key = (str(folder), text)
        if key not in self._walked:
            self._walked[key] = _without_ours(read_context(folder, ignore))
        found = self._walked[key]
        known = {file.path for file in found.files}
        laid = []
        for path in sorted(tree.created):
            place = tree.root / path
            if not place.is_relative_to(folder):
                continue
            name = place.relative_to(folder).as_posix()
            out = ignore is not None and ignore.match(name).excluded
            if name not in known and not out:
                size = len(tree.pieces[path].text().encode("utf-8", "surrogateescape"))
                laid.append(ContextFile(name, size, Kind.FILE, 0o644))
        if not laid:
            return found
        files = tuple(sorted((*found.files, *laid), key=lambda file: file.path.split("/")))
        return Context(files, found.excluded, found.problems, found.dockerfile)


@lru_cache(maxsize=256)
def _parsed(source: SourceText) -> Dockerfile:
    return parse(source)


def _without_ours(found: Context) -> Context:
    """What a builder gets but for what a run of ours left there: it is no part of the project."""
    files = tuple(file for file in found.files if _OURS not in f"/{file.path}/")
    if len(files) == len(found.files):
        return found
    return Context(files, found.excluded, found.problems, found.dockerfile)


def make_target(tree: TextTree, place: Place, contexts: Contexts) -> Target:
    """The target at ``place``; raises ``DockerfileError`` or ``ProjectError``."""
    source = tree.read(place.dockerfile)
    if source is None:
        tree.stay_inside(place.dockerfile)
        why = tree.hindrance(place.dockerfile)
        if why:
            raise ProjectError(
                f"{place.dockerfile} cannot be read: {why}",
                remedy="Make it readable, or run as its owner.",
            )
        raise ProjectError(
            f"{place.dockerfile} cannot be read as a Dockerfile",
            remedy="It must be a regular file of at most 16 MB.",
        )
    dockerfile = _parsed(source) if not place.args else parse(source, build_args=place.args)
    try:
        stage = dockerfile.stage(place.target) if place.target else dockerfile.target
    except UsageError as error:
        raise ProjectError(
            f"{place.dockerfile}: {error.message}", remedy=error.remedy or "Name a stage of it."
        ) from error
    line = [stage]
    while (base := line[-1].base_stage) is not None:
        line.append(dockerfile.stages[base])
    every = tuple(
        states(dockerfile, one, build_args=place.args, settings=base_settings(dockerfile, one))
        for one in dockerfile.stages
    )
    settings = base_settings(dockerfile, stage)
    state = final_state(dockerfile, stage, build_args=place.args, settings=settings)
    context_name = tree.relative(place.context)
    ignore_name = _ignore_name(tree, place, context_name)
    text = tree.read(ignore_name) if ignore_name is not None else None
    ignore = IgnoreFile.parse(text) if text is not None else None
    why = ""
    if not place.chosen:
        why = _development(place, stage.name, dockerfile) or _beside_production(tree, place)
    runs = tuple(_run(service, state) for service in place.users)
    return Target(
        name=place.name,
        builders=tuple(service.name for service in place.services),
        runs=runs or (_alone(state),),
        image=next((one.image for one in place.services if one.image), None),
        context=place.context,
        context_name="" if context_name == "." else context_name,
        dockerfile_name=place.dockerfile,
        dockerfile=dockerfile,
        stage=stage,
        steps=tuple(step for one in reversed(line) for step in every[one.index]),
        all_steps=every,
        state=state,
        build_args=place.args,
        ignore=ignore,
        ignore_name=ignore_name,
        files=contexts.read(tree, place.context, ignore, text.text if text is not None else None),
        development=bool(why),
        why=why,
        contexts=place.contexts,
    )


def _ignore_name(tree: TextTree, place: Place, context_name: str) -> str | None:
    """The ignore file that holds: the Dockerfile's own, else the context's."""
    own = f"{place.dockerfile}.dockerignore"
    shared = ".dockerignore" if context_name in ("", ".") else f"{context_name}/.dockerignore"
    return own if tree.has(own) else shared if tree.has(shared) else None


def _development(place: Place, stage: str | None, dockerfile: Dockerfile) -> str:
    """Why a target serves development only; ``""`` where nothing says so."""
    if place.target and development_name(place.target):
        return f"it builds the stage {place.target}"
    if development_path(place.dockerfile, folders=not place.services):
        return "its file or folder is named for development or tests"
    if stage and len(dockerfile.stages) > 1 and development_name(stage):
        return f"its last stage is {stage}"
    return ""


def _beside_production(tree: TextTree, place: Place) -> str:
    """Why a Dockerfile is for work on the code: the author's own one for production beside it."""
    folder, name = posixpath.split(place.dockerfile)
    try:
        names = sorted(one.name for one in (tree.root / folder).iterdir())
    except OSError:
        return ""
    for sibling in production_siblings(name, names):
        text = tree.original(posixpath.join(folder, sibling))
        if text is not None and not is_ours(text.text):
            return f"{sibling} beside it is the one for production"
    return ""


def _run(service: Service, state: State) -> ServiceRun:
    entrypoint = service.entrypoint_argv
    command = service.argv
    if entrypoint is None:
        words = (*(state.entrypoint or ()), *(command if command is not None else state.cmd or ()))
    else:
        words = (*entrypoint, *(command or ()))
    health = service.healthcheck
    check = _image_check(state)
    if health is not None and health.disabled:
        check = ()
    elif health is not None and health.test:
        check = health.test
    return ServiceRun(
        service=service.name,
        argv=tuple(words),
        overrides_command=command is not None or entrypoint is not None,
        check=check,
        healthcheck=health,
        ports=service.ports,
        mounts=service.mounts,
        environment=service.environment,
        user=service.user,
        file=service.file,
        line=service.line,
    )


def _alone(state: State) -> ServiceRun:
    """How a plain ``docker run`` would run it."""
    return ServiceRun(
        service="",
        argv=(*(state.entrypoint or ()), *(state.cmd or ())),
        overrides_command=False,
        check=_image_check(state),
        healthcheck=None,
        ports=(),
        mounts=(),
        environment={},
    )


def _image_check(state: State) -> tuple[str, ...]:
    inner = state.healthcheck
    if inner is None or inner.disabled:
        return ()
    return ("CMD", *inner.argv) if inner.argv is not None else ("CMD-SHELL", inner.command)
