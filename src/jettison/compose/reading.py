"""Compose files to one merged tree: several files, ``include``, ``extends``, interpolation.

Source: Compose specification, "Merge" (13-merge.md), "Include" (14-include.md), "extends"
(05-services.md). Files are opened through :mod:`jettison.compose.files`, which confines them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.compose import fields
from jettison.compose.canonical import absolute, is_remote
from jettison.compose.layers import Filler, Scope, canonical, completed, imported
from jettison.compose.merge import merge, settle
from jettison.compose.values import Items, Table
from jettison.errors import ComposeError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.compose.files import Files
    from jettison.compose.values import Place, Value

MAX_CHAIN = 64


@record
class _Ref:
    """A service of a file: what ``extends`` points to."""

    file: Path
    service: str


@record
class _Open:
    """A file whose services are being extended: its path, its services, its scope."""

    file: Path
    services: Table
    scope: Scope


@dataclass(slots=True)
class Reader:
    """Reads a project's files into one tree."""

    files: Files
    filler: Filler = field(default_factory=Filler)
    _bases: dict[tuple[Path, int], _Open] = field(default_factory=dict)

    def model(self, files: Sequence[Path], scope: Scope, asked: Place | None = None) -> Table:
        """The files of one project merged in order; ``asked`` is the ``include`` naming them."""
        merged: Table | None = None
        for file in files:
            for document in self.files.documents(file, asked):
                tree = canonical(self.filler.tree(document, scope.environment), scope.base)
                tree = self._included(self._extended(tree, file, scope), file, scope)
                merged = _settled(tree) if merged is None else merge(merged, tree)
        if merged is None:
            raise ComposeError("empty compose file", file=str(files[0]), line=1)
        return completed(merged, scope)

    def _extended(self, tree: Table, file: Path, scope: Scope) -> Table:
        services = fields.table(tree.entries.get("services"), "services")
        if services is None:
            return tree
        here = _Open(file, services, scope)
        entries = {name: self._extend(name, here, ()) for name in services.entries}
        return tree.with_entry("services", replace(services, entries=entries))

    def _extend(self, name: str, here: _Open, trail: tuple[_Ref, ...]) -> Value:
        value = here.services.entries[name]
        service = fields.table(value, f"services.{name}")
        if service is None or not isinstance(extends := service.get("extends"), Table):
            return value
        ref = fields.text(extends.get("service"), "extends.service")
        if ref is None:
            raise extends.place.error(f"services.{name}.extends needs a service")
        trail = (*trail, _Ref(here.file, name))
        if trail[-1] in trail[:-1] or len(trail) > MAX_CHAIN:
            path = " extends ".join(f"{one.service} ({one.file.name})" for one in trail)
            raise extends.place.error(f"circular extends: {path}")
        other = self._base(extends, here)
        if ref not in other.services.entries:
            raise extends.place.error(
                f"cannot extend service {ref!r}: {other.file.name} has no such service"
            )
        lower = fields.table(self._extend(ref, other, trail), f"services.{ref}")
        own = service.without("extends")
        if lower is None:
            return own
        at = ("services", name)
        merged = merge(Table({}, {}, own.place), lower.without("extends"), at)
        return replace(merge(merged, own, at), place=own.place)

    def _base(self, extends: Table, here: _Open) -> _Open:
        """The file that ``extends`` names, without its own ``extends`` carried out."""
        path = fields.text(extends.get("file"), "extends.file")
        if path is None:
            return here
        if is_remote(path):
            raise extends.place.error(f"remote files are not read: {path}")
        file = Path(path)
        known = (file, id(here.scope.environment))
        if known not in self._bases:
            self._bases[known] = self._opened(file, extends.place, here.scope)
        return self._bases[known]

    def _opened(self, file: Path, place: Place, scope: Scope) -> _Open:
        inner = replace(scope, folder=file.parent)
        merged: Table | None = None
        for document in self.files.documents(file, place):
            tree = canonical(self.filler.tree(document, scope.environment), inner.base)
            merged = tree if merged is None else merge(merged, tree)
        found = fields.table(merged.entries.get("services") if merged else None, "services")
        if found is None:
            raise place.error(f"cannot extend from {file.name}: it has no services")
        return _Open(file, found, inner)

    def _included(self, tree: Table, file: Path, scope: Scope) -> Table:
        wanted = fields.items(tree.entries.get("include"), "include")
        tree = tree.without("include")
        for one in wanted:
            paths, inner = self._include(one, file, scope)
            tree = imported(tree, self.model(paths, inner, one.place), one.place)
        return tree

    def _include(self, value: Value, file: Path, scope: Scope) -> tuple[list[Path], Scope]:
        entry = value if isinstance(value, Table) else Table({"path": value}, {}, value.place)
        words = _one_or_more(entry.get("path"), "include.path")
        if not words:
            raise value.place.error("include needs a path")
        if remote := next((word for word in words if is_remote(word)), None):
            raise value.place.error(f"remote files are not read: {remote}")
        paths = [absolute(word, scope.base) for word in words]
        trail = (*scope.including, file)
        if paths[0] in trail or len(trail) > MAX_CHAIN:
            names = " includes ".join(one.name for one in (*trail, paths[0]))
            raise value.place.error(f"circular include: {names}")
        folder = fields.text(entry.get("project_directory"), "include.project_directory")
        home = absolute(folder, scope.base) if folder else paths[0].parent
        return paths, Scope(home, self._include_variables(entry, home, scope), trail)

    def _include_variables(self, entry: Table, home: Path, scope: Scope) -> Mapping[str, str]:
        names = _one_or_more(entry.get("env_file"), "include.env_file")
        if not names:
            return {**self.files.beside(home, scope.environment), **scope.environment}
        found: dict[str, str] = {}
        for name in names:
            known = {**found, **scope.environment}
            found |= self.files.variables(absolute(name, scope.base), entry.place, known)
        return {**found, **scope.environment}


def _one_or_more(value: Value | None, what: str) -> tuple[str, ...]:
    if isinstance(value, Items):
        return fields.texts(value, what)
    return tuple(filter(None, [fields.text(value, what)]))


def _settled(tree: Table) -> Table:
    """``tree`` with marks carried out and repeats dropped, as the lowest layer."""
    result = settle(tree, ())
    return result if isinstance(result, Table) else tree
