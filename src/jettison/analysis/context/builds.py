"""Which Dockerfiles are built with a folder as their context."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jettison.analysis.context.use import ContextBuild
from jettison.compose import find_compose_files, read_compose
from jettison.dockerfile import parse
from jettison.dockerfile.ignore import find_ignore_file
from jettison.source import SourceText, requested_text
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jettison.compose import Build, Service

__all__ = ["by_ignore_file", "find_builds"]


def find_builds(
    folder: Path, dockerfiles: Sequence[Path], environment: Mapping[str, str]
) -> tuple[ContextBuild, ...]:
    """The builds whose context is ``folder``: with ``dockerfiles``, or else as Compose asks.

    Where the folder has no Compose file that builds with it, its ``Dockerfile`` counts, and where
    there is none either, nothing. Raises ``ProjectError`` for a Dockerfile that is not there,
    ``ComposeError`` and ``DockerfileError`` for files that do not parse.
    """
    if dockerfiles:
        return tuple(_plain(folder, path) for path in dockerfiles)
    files = find_compose_files(folder, environment)
    found: dict[tuple[str, ...], ContextBuild] = {}
    for service in _services(files, environment):
        build = service.build
        if build is not None and build.context is not None and _is_same(build.context, folder):
            args = [f"{name}={value}" for name, value in sorted(build.args.items())]
            text = build.dockerfile_inline or ""
            key = (str(build.dockerfile_path), text, build.target or "", *args)
            known = found.get(key)
            services = (*known.services, service.name) if known else (service.name,)
            found[key] = _composed(folder, service, build, services)
    if found:
        return tuple(found.values())
    default = folder / "Dockerfile"
    return (_plain(folder, default),) if default.is_file() else ()


def by_ignore_file(
    folder: Path, builds: Iterable[ContextBuild]
) -> dict[Path | None, list[ContextBuild]]:
    """The builds by the ignore file that counts for them; without builds the folder's own."""
    groups: dict[Path | None, list[ContextBuild]] = {}
    for build in builds:
        path = find_ignore_file(folder, build.path or folder / "Dockerfile")
        groups.setdefault(path, []).append(build)
    return groups or {find_ignore_file(folder, folder / "Dockerfile"): []}


def _services(files: Sequence[Path], environment: Mapping[str, str]) -> Iterator[Service]:
    if files:
        project = read_compose(files, environment=environment)
        yield from project.services.values()
        yield from project.disabled.values()


def _is_same(one: Path, other: Path) -> bool:
    return real(one) == real(other)


def _plain(folder: Path, path: Path) -> ContextBuild:
    remedy = "Name a Dockerfile with --dockerfile; it is looked for from the working directory."
    if not path.exists() and not path.is_absolute() and (folder / path).is_file():
        remedy = f"Did you mean --dockerfile {folder / path}?"
    source = requested_text(path, _name(folder, path), remedy)
    return ContextBuild(parse(source), path, (), None, {})


def _composed(
    folder: Path, service: Service, build: Build, services: tuple[str, ...]
) -> ContextBuild:
    args = dict(build.args)
    path = build.dockerfile_path
    if path is None:
        name = f"{build.file} (service {service.name})"
        source = SourceText(name, build.dockerfile_inline or "")
    else:
        where = f"{build.file}:{build.line}"
        remedy = f"Create it, or correct build.dockerfile of {service.name} at {where}."
        source = requested_text(path, _name(folder, path), remedy)
    return ContextBuild(parse(source, build_args=args), path, services, build.target, args)


def _name(folder: Path, path: Path) -> str:
    """A path as it is shown: from the context's folder, or as it was given."""
    return os.path.relpath(path, folder) if path.is_absolute() else str(path)
