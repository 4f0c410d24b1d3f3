"""What Compose checks before it launches anything: names, references, dependency cycles.

Source: Compose specification, "services", "networks", "volumes", "secrets", "configs"; the checks
are those of Compose's ``config``. Unknown keys are not refused: new ones appear with each release.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.compose import fields
from jettison.compose.values import Leaf, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.compose.services import Service
    from jettison.compose.values import Place, Value

_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


def check_project_name(name: str, place: Place) -> None:
    """Raise :class:`ComposeError` for a name that no project can have."""
    if not _PROJECT.match(name):
        raise place.error(
            f"invalid project name {name!r}: it starts with a letter or a digit and consists of "
            "lower-case letters, digits, - and _"
        )


def check_services(tree: Table, enabled: Mapping[str, Service]) -> None:
    """Raise :class:`ComposeError` where an enabled service cannot be launched."""
    section = fields.table(tree.entries.get("services"), "services")
    if section is None:
        return
    for name, place in section.keys.items():
        if not _NAME.match(name):
            raise place.error(f"invalid name of a service: {name!r}")
    for name, service in enabled.items():
        place, table = section.keys[name], fields.table(section.entries[name], name)
        if not service.image and service.build is None:
            raise place.error(f"service {name!r} has neither an image nor a build context")
        if table is not None:
            _check_dependencies(name, section, service, enabled)
            _check_references(name, table, tree)
    _check_cycles(enabled, section)


def _check_dependencies(
    name: str, section: Table, service: Service, enabled: Mapping[str, Service]
) -> None:
    table, place = fields.table(section.entries[name], name), section.keys[name]
    asked = fields.table(table.get("depends_on") if table else None, "depends_on")
    for other in service.depends_on:
        if other in enabled:
            continue
        known = other in section.entries
        entry = asked.entries.get(other) if asked else None
        optional = (
            known
            and isinstance(entry, Table)
            and (fields.boolean(entry.get("required"), "depends_on.required") is False)
        )
        if not optional:
            where = asked.keys[other] if asked and other in asked.keys else place
            raise where.error(f"service {name!r} depends on undefined service {other!r}")


def _check_references(name: str, table: Table, tree: Table) -> None:
    for section, key, value in _references(table):
        known = fields.table(tree.entries.get(section), section)
        implicit = section == "networks" and key == "default"
        if not implicit and (known is None or key not in known.entries):
            kind = section.removesuffix("s")
            raise value.place.error(f"service {name!r} refers to undefined {kind} {key!r}")


def _references(table: Table) -> Iterator[tuple[str, str, Value]]:
    """Each use of a top-level resource: its section, its key and where it is named."""
    networks = fields.table(table.get("networks"), "networks")
    for key, value in networks.entries.items() if networks else ():
        yield "networks", key, Leaf(key, networks.keys[key]) if networks else value
    for one in fields.items(table.get("volumes"), "volumes"):
        mount = fields.table(one, "volumes")
        source = fields.text(mount.get("source"), "source") if mount else None
        if mount and source and fields.text(mount.get("type"), "type") == "volume":
            yield "volumes", source, one
    for section in ("secrets", "configs"):
        for one in fields.items(table.get(section), section):
            named = one.get("source") if isinstance(one, Table) else one
            if granted := fields.text(named, f"{section}.source"):
                yield section, granted, one


def _check_cycles(services: Mapping[str, Service], section: Table) -> None:
    done: set[str] = set()
    for start in services:
        trail: dict[str, Iterator[str]] = {start: iter(services[start].depends_on)}
        while trail:
            name, rest = next(reversed(trail.items()))
            following = next((one for one in rest if one in services and one not in done), None)
            if following is None:
                done.add(name)
                del trail[name]
            elif following in trail:
                names = list(trail)
                ring = " -> ".join([*names[names.index(following) :], following])
                raise section.keys[name].error(f"dependency cycle detected: {ring}")
            else:
                trail[following] = iter(services[following].depends_on)
