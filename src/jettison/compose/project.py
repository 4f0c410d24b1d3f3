"""A folder's Compose files to a :class:`ComposeProject`.

Source: Compose specification, "Compose file" (03-compose-file.md), "profiles" (15-profiles.md).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.compose import fields
from jettison.compose.checks import check_project_name, check_services
from jettison.compose.files import Files, Lack
from jettison.compose.layers import Filler, Scope
from jettison.compose.reading import Reader
from jettison.compose.services import ComposeProject, Resource
from jettison.compose.typed import service_of
from jettison.compose.values import Leaf, Place, Table
from jettison.errors import UsageError
from jettison.source import SourceText, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jettison.compose.services import Service


def read_compose(
    files: Sequence[Path],
    *,
    environment: Mapping[str, str],
    profiles: Iterable[str] = (),
    folder: Path | None = None,
    laid: Mapping[Path, str] | None = None,
    lacking: list[Lack] | None = None,
) -> ComposeProject:
    """The project that ``files`` describe, later files laid over earlier ones.

    ``environment`` is the shell's; a ``.env`` beside the first file supplies what it lacks.
    ``profiles`` enables services, ``"*"`` all; without any, ``COMPOSE_PROFILES`` says which.
    ``folder`` is the project directory, that of the first file where it is not given. ``laid`` are
    texts that stand for those on the disk. With ``lacking``, environment files and required
    variables that are missing are noted in it; without, they are errors.
    Raises :class:`ComposeError` for what Compose would not launch and for files outside the
    repository of the project (see :mod:`jettison.compose.files`).
    """
    if not files:
        raise UsageError("no compose file given")
    paths = [Path(file).absolute() for file in files]
    folder = folder or paths[0].parent
    reader = Reader(Files.of_project(folder, laid, lacking), Filler(lacking=lacking))
    known = {**reader.files.beside(folder, environment), **environment}
    default = _default_name(folder)
    name = known.get("COMPOSE_PROJECT_NAME")
    if name:
        said = SourceText("COMPOSE_PROJECT_NAME", name)
        check_project_name(name, Place(said, Span(0, len(name))))
    name = name or _written_name(reader, paths, known)
    known["COMPOSE_PROJECT_NAME"] = name or default
    tree = reader.model(paths, Scope(folder, known))
    active = set(profiles) or set(known.get("COMPOSE_PROFILES", "").split(","))
    enabled, disabled = _services(tree, reader, known, active - {""})
    check_services(tree, enabled)
    return ComposeProject(
        name=name,
        default_name=default,
        folder=folder,
        files=tuple(reader.files.read),
        services=enabled,
        disabled=disabled,
        volumes=_resources(tree, "volumes"),
        networks=_resources(tree, "networks"),
        secrets=_resources(tree, "secrets"),
        configs=_resources(tree, "configs"),
    )


def _written_name(reader: Reader, paths: Sequence[Path], known: Mapping[str, str]) -> str | None:
    """The last ``name`` that a file sets; needed before anything else is interpolated."""
    found: str | None = None
    for path in paths:
        for document in reader.files.documents(path, None):
            value = document.get("name")
            if isinstance(value, Leaf):
                found = _normal_name(fields.text(reader.filler.value(value, known), "name") or "")
                check_project_name(found, value.place)
    return found


def _default_name(folder: Path) -> str:
    return _normal_name(folder.name)


def _normal_name(name: str) -> str:
    """``name`` as Compose makes it fit for a project."""
    return re.sub(r"[^a-z0-9_-]", "", name.lower()).lstrip("_-")


def _services(
    tree: Table, reader: Reader, known: Mapping[str, str], active: set[str]
) -> tuple[dict[str, Service], dict[str, Service]]:
    """The services that ``active`` profiles enable, and the others."""
    section = fields.table(tree.entries.get("services"), "services")
    enabled: dict[str, Service] = {}
    disabled: dict[str, Service] = {}
    for name, value in section.entries.items() if section else ():
        table = fields.table(value, f"services.{name}")
        if table is None:
            raise value.place.error(f"services.{name} must be a mapping")
        profiles = fields.texts(table.get("profiles"), "profiles")
        on = not profiles or "*" in active or not active.isdisjoint(profiles)
        place = section.keys[name] if section else value.place
        service = service_of(name, table, place, reader.files if on else None, known)
        (enabled if on else disabled)[name] = service
    return enabled, disabled


def _resources(tree: Table, section: str) -> dict[str, Resource]:
    found = fields.table(tree.entries.get(section), section)
    if found is None:
        return {}
    return {
        name: _resource(name, fields.table(one, f"{section}.{name}"))
        for name, one in found.entries.items()
    }


def _resource(key: str, table: Table | None) -> Resource:
    if table is None:
        return Resource(key)
    external = table.get("external")
    inner = external if isinstance(external, Table) else None
    name = fields.text(table.get("name"), "name")
    if inner is not None:
        name = name or fields.text(inner.get("name"), "external.name")
    file = fields.text(table.get("file"), "file")
    return Resource(
        key,
        name,
        inner is not None or bool(fields.boolean(external, "external")),
        Path(file) if file else None,
    )
