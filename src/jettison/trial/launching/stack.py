"""The stack that is tried: what Compose resolves, and a service for each image that none runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.errors import EngineError, EngineNotFound
from jettison.trial.labels import safe_name
from jettison.trial.launching.mounts import Binds, hidden_code, map_outside, settings_only_mounted
from jettison.trial.launching.preparing import PLACEHOLDER, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.analysis.project import Project, Target, Unread
    from jettison.engine import Engine
    from jettison.trial.outcomes import TrialSettings

__all__ = ["Stack", "assemble", "context_of", "hides_code"]


@dataclass(slots=True)
class Stack:
    """A model as Compose resolves it, with services for targets that no service builds.

    ``targets`` gives the target whose image a service runs, by the service's name. ``folder`` is
    where Compose's relative paths start.
    """

    model: dict[str, Any]
    folder: Path
    binds: Binds
    targets: dict[str, Target]
    environment: dict[str, str]
    notes: list[str] = field(default_factory=list)
    lacking: list[Unread] = field(default_factory=list)


def assemble(engine: Engine, project: Project, tree: Path, settings: TrialSettings) -> Stack:
    """The stack of the copy ``tree`` of a project.

    A Compose file that the engine's Compose does not take is noted, and its targets are tried as
    if they stood alone.
    """
    prepared = prepare(project, tree, settings.environment)
    binds = Binds(
        tree=tree,
        root=project.root.resolve(),
        folder=tree.parent / f"{tree.name}.outside",
        sockets="socket" in settings.allow,
    )
    stack = Stack(
        model={"services": {}},
        folder=tree,
        binds=binds,
        targets={},
        # What mounts ${PWD} would have the original's files, and one tree, on both sides.
        environment={**prepared.environment, "PWD": str(tree)},
        notes=prepared.notes,
        lacking=prepared.lacking,
    )
    if project.compose_names:
        _compose(engine, project, tree, stack)
    _alone(project, tree, stack)
    _files(stack, tree)
    return stack


def _compose(engine: Engine, project: Project, tree: Path, stack: Stack) -> None:
    files = [tree / name for name in project.compose_names]
    try:
        model: dict[str, Any] = engine.resolve(files[0].parent, files, stack.environment)
    except EngineNotFound:
        raise
    except EngineError as error:
        said = (error.details or str(error)).strip().splitlines()[-1:]
        stack.notes.append(f"Compose does not take {project.compose_names[0]}: {' '.join(said)}")
        return
    stack.folder = files[0].parent
    stack.model = {**model, "services": dict(model.get("services") or {})}
    for service in stack.model["services"]:
        target = project.target_of(service)
        if target is not None:
            stack.targets[service] = target


def _alone(project: Project, tree: Path, stack: Stack) -> None:
    """A service for each target that no service of the model runs, as ``docker run`` would."""
    taken = {target.name for target in stack.targets.values()}
    for target in project.targets:
        if target.name in taken or target.development:
            continue
        name = safe_name(target.name)
        while name in stack.model["services"]:
            name = f"{name}-image"
        build: dict[str, Any] = {
            "context": str(tree / target.context_name),
            "dockerfile": str(tree / target.dockerfile_name),
            "args": dict(target.build_args),
        }
        if len(target.dockerfile.stages) > 1 and target.stage.name:
            build["target"] = target.stage.name
        stack.model["services"][name] = {"build": build}
        stack.targets[name] = target


def _files(stack: Stack, tree: Path) -> None:
    """Makes every secret and config a file of the trial's own."""
    for kind in ("secrets", "configs"):
        for key, spec in list((stack.model.get(kind) or {}).items()):
            stack.model[kind][key] = _own_file(key, spec or {}, stack, tree)


def _own_file(key: str, spec: Mapping[str, Any], stack: Stack, tree: Path) -> dict[str, Any]:
    if "content" in spec:
        return {"content": spec["content"]}
    file = Path(str(spec["file"])) if spec.get("file") else None
    if file is not None:
        real = Path(os.path.realpath(file))
        if real.exists() and real.is_relative_to(os.path.realpath(tree)):
            return {"file": str(real)}
        copy = stack.binds.file(file)
        if copy is not None:
            return {"file": str(copy)}
    value = None
    if spec.get("environment"):
        name = str(spec["environment"])
        value = stack.environment.get(name) or os.environ.get(name)
    if value is None:
        stack.notes.append(f"{key} is not there: the trial gives it a placeholder")
    stack.binds.folder.mkdir(parents=True, exist_ok=True)
    path = stack.binds.folder / f"secret-{safe_name(key)}"
    path.write_text(PLACEHOLDER if value is None else value, encoding="utf-8")
    return {"file": str(path)}


def context_of(build: Mapping[str, Any], stack: Stack) -> Path | None:
    """The folder that a build section takes, ``None`` for one that is no folder here."""
    text = str(build.get("context") or stack.folder)
    if "://" in text or text.startswith(("git@", "github.com/")) or ".git#" in text:
        return None
    path = Path(os.path.normpath(stack.folder / text))
    if not path.is_relative_to(stack.binds.tree):
        path = map_outside(path, stack.binds.tree, stack.binds.root)
    return path


def hides_code(stack: Stack) -> Callable[[str, str, str], frozenset[str] | None]:
    """What a mount of the copy brings beside the code that it hides; ``None`` where it hides none.

    See :attr:`Wishes.hides`.
    """
    tree = stack.binds.tree

    def hides(service: str, source: str, place: str) -> frozenset[str] | None:
        target = stack.targets.get(service)
        real = Path(os.path.realpath(source))
        context = (tree / target.context_name) if target is not None else None
        if target is None or context is None or not real.is_relative_to(context.resolve()):
            return None
        relative = real.relative_to(context.resolve()).as_posix()
        if not hidden_code(target, "" if relative == "." else relative, place):
            return None
        return settings_only_mounted(target, real, place)

    return hides
