"""A site that one stage builds, and that a server of Node serves from a copy in the last stage."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import Landing, brought_from, landings
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.system.building import clears_lists
from jettison.dockerfile import Add, Copy, DockerfileEditor, FileInstruction, Run
from jettison.dockerfile.context import Kind
from jettison.ecosystem.node.devserver import Unreadable
from jettison.record import record
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["HandedOver", "check_last_stage", "handed_landings", "handed_over"]

_MANIFEST = "package.json"
_HARMLESS = frozenset(
    "mkdir chown chmod adduser addgroup useradd groupadd corepack true echo".split()
)
"""What changes nothing of what is served."""


@record
class HandedOver:
    """A path that the last stage gets by a COPY: from the stage ``name``, where it is ``path``."""

    step: Step
    name: str
    stage: int
    path: str


def handed_over(target: Target, place: str) -> HandedOver | None:
    """Where the last stage gets a path of its image from, ``None`` if not from another stage."""
    found = None
    for one, source, destination in _copies(target):
        prefix = destination.rstrip("/") + "/"
        if place == destination or place.startswith(prefix):
            path = posixpath.join(source, place[len(prefix) :]) if place != destination else source
            found = HandedOver(one.step, one.name, one.stage, path)
    return found


def handed_landings(target: Target) -> tuple[Landing, ...]:
    """Where files of the context lie in the last stage, those by way of other stages first.

    In a folder that is copied alone, and beside it, lies the manifest of the package that made it;
    where nothing else is copied, the server is started for it from anywhere.
    """
    found: list[Landing] = []
    copies = tuple(_copies(target))
    for one, source, destination in copies:
        landed = landings(target, _steps_of(target, one.stage))
        for each in landed:
            moved = _moved(target, each, source, destination)
            if moved is not None:
                found.append(moved)
        manifest = posixpath.join(posixpath.dirname(source), _MANIFEST)
        path = brought_from(target, landed, manifest)
        if path is not None and landed:
            started_in = (target.state.workdir,) if len(copies) == 1 else ()
            for folder in (*started_in, destination, posixpath.dirname(destination)):
                beside = posixpath.join(folder, _MANIFEST)
                found.insert(0, Landing(landed[0].instruction, 0, path, beside, folder=False))
    return (*found, *landings(target, target.steps)) if found else ()


def _steps_of(target: Target, stage: int) -> tuple[Step, ...]:
    """The steps of a stage, with those of the stages it is built from in front."""
    steps = target.all_steps[stage]
    base = target.dockerfile.stages[stage].base_stage
    return (*_steps_of(target, base), *steps) if base is not None else steps


def _moved(target: Target, landing: Landing, source: str, destination: str) -> Landing | None:
    """A landing as it lies where a COPY brings a folder or file of its stage; ``None`` if not."""
    one = landing.instruction
    prefix = source.rstrip("/") + "/"
    if landing.place == source:
        return Landing(one, landing.word, landing.source, destination, landing.folder)
    if landing.place.startswith(prefix):
        place = posixpath.join(destination, landing.place[len(prefix) :])
        return Landing(one, landing.word, landing.source, place, landing.folder)
    inner = landing.context_path(source)
    entry = target.files.get(inner) if inner else None
    if inner is None or entry is None:
        return None
    return Landing(one, landing.word, inner, destination, entry.kind is Kind.DIR)


def _copies(target: Target) -> Iterator[tuple[HandedOver, str, str]]:
    """Each COPY of the last stage from another one, with a source and where that lands."""
    stages = {r.instruction.span: r.stage for r in target.stage.references if r.stage is not None}
    for step in target.all_steps[target.stage.index]:
        copy = step.expanded
        stage = stages.get(step.instruction.span)
        if not isinstance(copy, Copy) or copy.from_ is None or stage is None or copy.parents:
            continue
        into = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
        landed = landings(target, _steps_of(target, stage))
        for written in copy.sources:
            source = posixpath.normpath(posixpath.join("/", written))
            path = brought_from(target, landed, source)
            entry = target.files.get(path) if path else None
            is_file = entry is not None and entry.kind is not Kind.DIR
            inside = is_file and (len(copy.sources) > 1 or copy.destination.endswith(("/", ".")))
            place = posixpath.join(into, posixpath.basename(source)) if inside else into
            yield HandedOver(step, copy.from_, stage, source), source, place


def check_last_stage(target: Target, output: str, handed: HandedOver) -> None:
    """Raises :class:`Unreadable` where the last stage may change what it was handed to serve."""
    editor = DockerfileEditor(target.dockerfile)
    for step in target.all_steps[target.stage.index]:
        one = step.instruction
        if isinstance(one, Copy | Add) and one.span != handed.step.instruction.span:
            copy = sure_of(FileInstruction, step.expanded)
            into = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            if f"{into}/".startswith(f"{output}/"):
                raise Unreadable(f"line {one.line} adds to what is served", one.line)
        if isinstance(one, Run) and not _is_harmless(PackageRun(0, step, RunEditor(editor, one))):
            raise Unreadable(f"the RUN on line {one.line} may change what is served", one.line)


def _is_harmless(run: PackageRun) -> bool:
    """Whether a RUN only installs what serves, or sets up folders and users."""
    if run.run.argv is not None:
        return False
    calls = {call.command.span for call in run.calls}
    return all(
        one.span in calls or one.name in _HARMLESS or clears_lists(one) for one in run.commands
    )
