"""Short forms to long forms, and relative paths to absolute ones, before anything is merged.

Source: Compose specification, "services" (05-services.md) and "build" (build.md).
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.compose import fields
from jettison.compose.contexts import service_of
from jettison.compose.mounts import WINDOWS, long_mount, long_ports
from jettison.compose.values import Items, Leaf, Table
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.compose.values import Value

_REMOTE = re.compile(
    r"(?i)(https?|git|ssh|oci|docker-image|target|service|oci-layout)://|git@|github\.com/"
)


def is_remote(path: str) -> bool:
    """Whether a context or file is an address rather than a path."""
    return _REMOTE.match(path) is not None


@record
class Base:
    """What relative paths start from: a folder, and the home of ``~``."""

    folder: Path
    home: Path


def absolute(path: str, base: Base) -> Path:
    """``path`` as seen from ``base``, ``~`` and ``..`` resolved, links not followed."""
    if path == "~" or path.startswith("~/"):
        return Path(os.path.normpath(base.home / path[2:]))
    return Path(os.path.normpath(base.folder / path))


def canonical_service(service: Table, base: Base) -> Table:
    """``service`` in long form with the paths that it has absolute, seen from ``base``."""
    for key, change in _FORMS.items():
        value = service.entries.get(key)
        if value is None or (isinstance(value, Leaf) and value.value is None):
            continue
        service = service.with_entry(key, replace(change(value, base), mark=value.mark))
    return service


def _keyed(entry: Callable[[Value], tuple[str, Value]]) -> Callable[[Value, Base], Value]:
    """Lists become mappings, by what makes a key and its value of each item."""

    def change(value: Value, _base: Base) -> Value:
        if not isinstance(value, Items):
            return value
        places = {}
        entries: dict[str, Value] = {}
        for one in value.values:
            key, entries[key] = entry(one)
            places[key] = one.place
        return Table(entries, places, value.place)

    return change


def _pair(one: Value) -> tuple[str, Value]:
    """The key and the value of ``KEY=VALUE``; without a sign there is none."""
    key, sign, value = (fields.text(one, "an entry") or "").partition("=")
    return key, Leaf(value if sign else None, one.place)


_MAPPING = _keyed(_pair)
"""Lists of ``KEY=VALUE`` become mappings."""


def _named(field: str | None, content: str | None) -> Callable[[Value, Base], Value]:
    """Lists of names become mappings from the name to ``{field: content}``."""

    def entry(one: Value) -> tuple[str, Value]:
        inner: dict[str, Value] = {} if field is None else {field: Leaf(content, one.place)}
        table = Table(inner, dict.fromkeys(inner, one.place), one.place)
        return fields.text(one, "a name") or "", table

    return _keyed(entry)


def _listed(value: Value, _base: Base) -> Value:
    """A single value becomes a list of it."""
    return value if isinstance(value, Items) else Items((value,), value.place)


def _build(value: Value, base: Base) -> Value:
    if isinstance(value, Leaf):
        entries: dict[str, Value] = {"context": value}
        value = Table(entries, {"context": value.place}, value.place)
    build = fields.table(value, "build")
    if build is None:
        return value
    context = build.get("context")
    word = fields.text(context, "build.context")
    if isinstance(context, Leaf) and word is not None and not is_remote(word):
        context = replace(context, value=str(absolute(word, base)))
        build = build.with_entry("context", context)
    for key in ("args", "labels", "additional_contexts"):
        if (found := build.entries.get(key)) is not None:
            build = build.with_entry(key, replace(_MAPPING(found, base), mark=found.mark))
    return _contexts(build, base)


def _contexts(build: Table, base: Base) -> Table:
    found = build.get("additional_contexts")
    if not isinstance(found, Table):
        return build
    for key, value in found.entries.items():
        word = fields.text(value, f"additional_contexts.{key}") or ""
        elsewhere = "://" in word or is_remote(word) or service_of(word)
        if isinstance(value, Leaf) and not elsewhere:
            found = found.with_entry(key, replace(value, value=str(absolute(word, base))))
    return build.with_entry("additional_contexts", found)


def _env_file(value: Value, base: Base) -> Value:
    listed = _listed(value, base)
    files: list[Value] = []
    for one in fields.items(listed, "env_file"):
        found = one if isinstance(one, Table) else _table(one, "path")
        path = found.get("path")
        word = fields.text(path, "env_file.path")
        if not isinstance(path, Leaf) or word is None:
            raise one.place.error("env_file needs a path")
        files.append(found.with_entry("path", replace(path, value=str(absolute(word, base)))))
    return Items(tuple(files), value.place)


def _extends(value: Value, base: Base) -> Value:
    found = value if isinstance(value, Table) else _table(value, "service")
    file = found.get("file")
    word = fields.text(file, "extends.file")
    if isinstance(file, Leaf) and word is not None and not is_remote(word):
        found = found.with_entry("file", replace(file, value=str(absolute(word, base))))
    return found


def _table(value: Value, key: str) -> Table:
    return Table({key: value}, {key: value.place}, value.place)


def _ports(value: Value, _base: Base) -> Value:
    ports = (port for one in fields.items(value, "ports") for port in long_ports(one))
    return Items(tuple(ports), value.place)


def _volumes(value: Value, base: Base) -> Value:
    mounts: list[Value] = []
    for one in fields.items(value, "volumes"):
        mount = long_mount(one)
        source = mount.get("source")
        word = fields.text(source, "volumes.source")
        kind = fields.text(mount.get("type"), "volumes.type")
        windows = word is not None and WINDOWS.match(word) is not None
        if kind == "bind" and word is not None and isinstance(source, Leaf) and not windows:
            mount = mount.with_entry("source", replace(source, value=str(absolute(word, base))))
        mounts.append(mount)
    return Items(tuple(mounts), value.place)


_FORMS: dict[str, Callable[[Value, Base], Value]] = {
    "annotations": _MAPPING,
    "build": _build,
    "depends_on": _named("condition", "service_started"),
    "dns": _listed,
    "dns_opt": _listed,
    "dns_search": _listed,
    "env_file": _env_file,
    "environment": _MAPPING,
    "extends": _extends,
    "labels": _MAPPING,
    "networks": _named(None, None),
    "ports": _ports,
    "sysctls": _MAPPING,
    "tmpfs": _listed,
    "volumes": _volumes,
}
