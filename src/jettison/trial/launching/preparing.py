"""Give a copy of a project what its Compose files name and it lacks: files and values.

The project's own example files are taken first. Everything is written into the copy, never beside
the project itself, and is the same for every copy of one project.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.analysis.project import Unread
from jettison.analysis.variants.example_values import beside, example_of, example_values
from jettison.compose import read_compose
from jettison.errors import JettisonError
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.project import Project
    from jettison.analysis.variants.example_values import ExampleValues
    from jettison.compose import ComposeProject, Lack

__all__ = ["PLACEHOLDER", "Prepared", "prepare"]

PLACEHOLDER = "placeholder"


@dataclass(slots=True)
class Prepared:
    """What a copy was given: ``environment`` are variables for Compose, beside the process's."""

    environment: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lacking: list[Unread] = field(default_factory=list)


def prepare(project: Project, tree: Path, environment: Mapping[str, str]) -> Prepared:
    """What the copy ``tree`` was given so that its Compose files can be read and launched."""
    made = Prepared(environment=dict(environment))
    if not project.compose_names:
        return made
    files = [tree / name for name in project.compose_names]
    folder = files[0].parent
    known = {**os.environ, **environment, "PWD": str(tree)}
    texts = [source.text for name in project.compose_names if (source := project.tree.read(name))]
    example = example_values(texts, folder, tree, known)
    compose, lacking = _read(files, known)
    values: Mapping[str, str] = {}
    if example is not None:
        told, still = _read(files, {**example.values, **known})
        if told is not None or compose is None:
            values = example.values
            made.environment = {**values, **made.environment}
            made.notes.append(_stands_for(example, tree))
        if compose is None:
            compose, lacking = told, still
    if compose is None:
        return made  # the engine's own Compose has the word
    for lack in lacking:
        if lack.variable is not None:
            _give_value(lack, values, known, tree, made)
        elif lack.path is not None:
            _give_file(lack, lack.path, tree, made)
    for kind in (compose.secrets, compose.configs):
        for resource in kind.values():
            if resource.source is not None and not resource.external:
                _give_secret(resource.key, folder / resource.source, tree, made)
    return made


def _stands_for(example: ExampleValues, tree: Path) -> str:
    shown = _shown(example.file, tree)
    if example.without_file:
        return f"{shown} stands for .env, which is not there"
    return f"{shown} gives {', '.join(example.values)}, which .env does not set"


def _read(
    files: list[Path], environment: Mapping[str, str]
) -> tuple[ComposeProject | None, list[Lack]]:
    """The project, ``None`` where it cannot be read, and what it lacks."""
    lacking: list[Lack] = []
    try:
        compose = read_compose(
            files,
            environment=environment,
            profiles=["*"],
            folder=files[0].parent,
            lacking=lacking,
        )
    except JettisonError:
        return None, []
    return compose, lacking


def _give_value(
    lack: Lack,
    values: Mapping[str, str],
    known: Mapping[str, str],
    tree: Path,
    made: Prepared,
) -> None:
    name = lack.variable or ""
    if known.get(name) or made.environment.get(name):
        return
    value = values.get(name) or ("8000" if "PORT" in name.upper() else PLACEHOLDER)
    made.environment[name] = value
    what = "its example value" if values.get(name) else "a placeholder"
    made.notes.append(f"{name} has no value: the trial gives it {what}")
    made.lacking.append(_unread(lack, f"{name} has no value", tree))


def _give_file(lack: Lack, path: Path, tree: Path, made: Prepared) -> None:
    """Writes an environment file that is missing; one outside of the copy is only noted."""
    made.lacking.append(_unread(lack, f"{path.name} is not there", tree))
    if path.exists() or not _inside(path, tree):
        return
    example = example_of(path.parent, path) or example_of(tree, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if example is None:
        path.write_bytes(b"")
        made.notes.append(f"{_shown(path, tree)} is not there: the trial takes an empty one")
        return
    path.write_bytes(example.read_bytes())
    made.notes.append(f"{_shown(path, tree)} is not there: the trial takes {_shown(example, tree)}")


def _give_secret(key: str, path: Path, tree: Path, made: Prepared) -> None:
    if path.exists() or not _inside(path, tree):
        return
    example = next((one for one in beside(path) if one.is_file()), None)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = PLACEHOLDER.encode() if example is None else example.read_bytes()
    path.write_bytes(data)
    what = "a placeholder" if example is None else _shown(example, tree)
    made.notes.append(f"{key}'s file {_shown(path, tree)} is not there: the trial takes {what}")
    made.lacking.append(Unread(_shown(path, tree), 0, f"{key}'s file is not there"))


def _unread(lack: Lack, reason: str, tree: Path) -> Unread:
    source = lack.place.source
    line = source.position(lack.place.span.start).line
    return Unread(_shown(Path(source.name), tree), line, reason)


def _inside(path: Path, tree: Path) -> bool:
    return real(path).is_relative_to(real(tree))


def _shown(path: Path, tree: Path) -> str:
    return path.relative_to(tree).as_posix() if path.is_relative_to(tree) else str(path)
