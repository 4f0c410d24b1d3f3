"""Wasted entries put together by their cause, so that thousands of files are a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from jettison.oci.tree.store import ROOT
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci.tree.filetree import FileTree
    from jettison.oci.tree.waste_items import WasteItem, WasteReason

_MOST_OF_IT = 0.8


class WasteCause(NamedTuple):
    """Why entries are wasted: the layer that has them, and what made them useless.

    ``by_layer`` is the layer that deleted or overwrote them, ``None`` for duplicates.
    """

    reason: WasteReason
    layer: int
    by_layer: int | None
    same_content: bool | None


@record
class WasteGroup:
    """Wasted entries of one cause, and where they are.

    ``path`` is the folder that has them, or has most of their bytes (``everywhere`` is false
    then); of a single entry it is its own path. ``twin`` is the folder with the other copies of
    duplicates, ``None`` for other reasons.
    """

    cause: WasteCause
    path: str
    twin: str | None
    everywhere: bool
    stored_bytes: int
    files: int


@dataclass(slots=True)
class _Sum:
    stored_bytes: int = 0
    files: int = 0
    only: str = ""

    def add(self, other: _Sum) -> None:
        self.stored_bytes += other.stored_bytes
        self.files += other.files


@dataclass(slots=True)
class WasteGrouper:
    """Takes the items one by one; costs little for each, as folders are looked at only once."""

    tree: FileTree
    _folders: dict[tuple[WasteCause, int, int, bool], _Sum] = field(default_factory=dict)

    def add(self, item: WasteItem) -> None:
        """Counts an item with those of its folder."""
        node, twin = item.node, item.twin
        later = node.fate_layer
        cause = WasteCause(item.reason, node.content_layer, later, item.same_content)
        beside, alike = -1, False
        if later is None and twin is not None:
            beside, alike = twin.parent_number, twin.name == node.name
        found = self._folders.setdefault((cause, node.parent_number, beside, alike), _Sum())
        found.stored_bytes += item.stored_bytes
        found.files += 1
        found.only = node.path if found.files == 1 else ""

    def groups(self) -> tuple[WasteGroup, ...]:
        """The groups with the most bytes first, equal ones by path."""
        found = [*self._duplicates(), *self._hidden()]
        return tuple(sorted(found, key=lambda one: (-one.stored_bytes, one.path, one.cause)))

    def _duplicates(self) -> Iterator[WasteGroup]:
        """Whole trees that are there twice: up from each pair of folders as names agree."""
        sums: dict[tuple[WasteCause, int, int], _Sum] = {}
        for (cause, folder, twin, alike), part in self._folders.items():
            if twin < 0:
                continue
            first, second = self._above(folder, twin) if alike else (folder, twin)
            sums.setdefault((cause, first, second), _Sum()).add(part)
        for (cause, first, second), whole in sums.items():
            paths = self.tree.folder_path(first), self.tree.folder_path(second)
            yield WasteGroup(cause, *paths, True, whole.stored_bytes, whole.files)

    def _above(self, folder: int, twin: int) -> tuple[int, int]:
        name, parent = self.tree.folder_name, self.tree.folder_parent
        while folder not in (ROOT, twin) and twin != ROOT and name(folder) == name(twin):
            folder, twin = parent(folder), parent(twin)
        return folder, twin

    def _hidden(self) -> Iterator[WasteGroup]:
        causes: dict[WasteCause, dict[int, _Sum]] = {}
        for (cause, folder, twin, _), part in self._folders.items():
            if twin < 0:
                causes.setdefault(cause, {}).setdefault(folder, _Sum()).add(part)
                causes[cause][folder].only = part.only
        for cause, parts in causes.items():
            yield self._placed(cause, parts)

    def _placed(self, cause: WasteCause, parts: dict[int, _Sum]) -> WasteGroup:
        """The group of a cause, at the deepest folder that has most of it."""
        below: dict[int, int] = {}
        children: dict[int, set[int]] = {}
        for folder, part in parts.items():
            at = folder
            below[at] = below.get(at, 0) + part.stored_bytes
            while at != ROOT:
                parent = self.tree.folder_parent(at)
                children.setdefault(parent, set()).add(at)
                at = parent
                below[at] = below.get(at, 0) + part.stored_bytes
        whole, place = below[ROOT], ROOT
        while largest := max(children.get(place, ()), key=below.__getitem__, default=0):
            if below[largest] < whole * _MOST_OF_IT:
                break
            place = largest
        files = sum(part.files for part in parts.values())
        path = self.tree.folder_path(place)
        if files == 1:
            path = next(iter(parts.values())).only
        return WasteGroup(cause, path, None, below[place] == whole, whole, files)
