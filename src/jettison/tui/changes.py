"""What one layer did: the entries that it added, modified and removed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.tui.catalogue import Catalogue, Item, Mark, catalogued

if TYPE_CHECKING:
    from jettison.oci import FileTree, Node


@record
class Changes:
    """A layer's changes as a tree, with entries and uncompressed bytes by what was done.

    The bytes of what was modified are the new ones; removed bytes stay in a lower layer.
    """

    catalogue: Catalogue
    counts: dict[Mark, int]
    sums: dict[Mark, int]


@dataclass(slots=True)
class History:
    """The records of every layer and what each layer hid, gathered when first asked for."""

    tree: FileTree
    _spans: list[range] = field(default_factory=list)
    _hidden: dict[int, list[int]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _made: dict[int, Changes] = field(default_factory=dict)

    def known(self, layer: int) -> Changes | None:
        """A layer's changes, if they were asked for before."""
        return self._made.get(layer)

    def changes(self, layer: int) -> Changes:
        """A layer's changes; takes a second for some hundred thousand entries, once."""
        with self._lock:
            if not self._spans:
                self._gather()
            if layer not in self._made:
                self._made[layer] = self._find(layer)
            return self._made[layer]

    def _gather(self) -> None:
        """Finds where each layer's records begin: they are numbered layer by layer."""
        counts = [0] * len(self.tree.layers)
        hidden: dict[int, list[int]] = defaultdict(list)
        for node in islice(self.tree.records(), 1, None):
            counts[node.layer] += 1
            if (by := node.fate_layer) is not None:
                hidden[by].append(node.record)
        start = 2
        spans = []
        for count in counts:
            spans.append(range(start, start + count))
            start += count
        self._hidden, self._spans = dict(hidden), spans

    def _find(self, layer: int) -> Changes:
        found = _Found()
        replaced: set[int] = set()
        for number in self._spans[layer]:
            node = self.tree.node(number)
            older = _older(node, layer)
            if node.fate_layer == layer or not node.name:
                continue
            if older is None or older.fate_layer != layer:
                found.take(node, Mark.ADDED)
                continue
            replaced.add(older.record)
            if not node.is_directory or not _alike(node, older):
                found.take(node, Mark.MODIFIED)
        for number in self._hidden.get(layer, ()):
            node = self.tree.node(number)
            if number not in replaced and node.layer < layer and node.name:
                found.take(node, Mark.REMOVED)
        return Changes(catalogued(found.items, found.folders), found.counts, found.sums)


@dataclass(slots=True)
class _Found:
    """The changes by folder while they are found."""

    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    folders: dict[str, Mark] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    counts: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))
    sums: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))

    def take(self, node: Node, mark: Mark) -> None:
        """Takes an entry with what was done to it."""
        self.counts[mark] += 1
        if node.is_directory:
            self.folders[node.path] = mark
            return
        held = node.stored_bytes
        self.sums[mark] += held
        parent = node.parent
        folder = self.paths.get(parent.record)
        if folder is None:
            folder = self.paths[parent.record] = parent.path
        self.items[folder].append(Item(node.name, node.record, held, node.layer, mark=mark))


def _older(node: Node, layer: int) -> Node | None:
    """The entry of a lower layer at the same path."""
    if not layer:
        return None
    return next((one for one in node.shadowed if one.layer < layer), None)


def _alike(node: Node, older: Node) -> bool:
    if node.is_directory != older.is_directory:
        return False
    return (node.mode, node.uid, node.gid) == (older.mode, older.uid, older.gid)
