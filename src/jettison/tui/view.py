"""The part of a catalogue that is asked for, and the order of what is in its folders."""

from __future__ import annotations

from array import array
from enum import Enum
from itertools import compress
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.tui.query import both, fits, owned, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging import Owners
    from jettison.tui.catalogue import Catalogue
    from jettison.tui.query import Word


class Order(Enum):
    """What the entries of a folder are sorted by."""

    BYTES = "bytes"
    NAME = "name"
    ENTRIES = "entries"

    @property
    def next(self) -> Order:
        """The order that the sort key leads to."""
        every = tuple(Order)
        return every[(every.index(self) + 1) % len(every)]


@record
class Scope:
    """The whole (all ``None``), a layer's files, a package's, or a category's, by number."""

    layer: int | None = None
    package: int | None = None
    category: int | None = None


EVERYTHING = Scope()


class View:
    """The entries of a scope that a filter fits.

    A folder is shown when something in it is; without scope and filter all folders are. What
    stands for a folder in lists is its number turned negative: see :func:`folder_key`.
    """

    def __init__(
        self, catalogue: Catalogue, owners: Owners, scope: Scope = EVERYTHING, text: str = ""
    ) -> None:
        self.catalogue = catalogue
        self.scope = scope
        self.words: tuple[Word, ...] = words(text)
        self._shown = _chosen(catalogue, owners, scope, self.words)
        self.sums, self.counts = _summed(catalogue, self._shown)
        self._sorted: dict[tuple[int, Order], list[int]] = {}

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self._shown is None

    @property
    def total_bytes(self) -> int:
        """The uncompressed bytes of all entries in view."""
        return self.sums[0]

    @property
    def entries(self) -> int:
        """The number of entries in view."""
        return self.counts[0]

    @property
    def problem(self) -> str:
        """Why a word of the filter fits nothing."""
        return next((word.problem for word in self.words if word.problem), "")

    def bytes_of(self, key: int) -> int:
        """The bytes of what a key stands for."""
        return self.sums[~key] if key < 0 else self.catalogue.held[key]

    def keys(self, folder: int, order: Order = Order.BYTES) -> Sequence[int]:
        """What is in a folder, sorted once; equal ones folders first, then by name."""
        found = self._sorted.get((folder, order))
        if found is None:
            found = self._sorted[folder, order] = self._sort(folder, order)
        return found

    def _sort(self, folder: int, order: Order) -> list[int]:
        one, shown = self.catalogue, self._shown
        folders: Sequence[int] = one.below.get(folder, ())
        if shown is not None:
            folders = [number for number in folders if self.counts[number]]
        found = [~number for number in folders]
        entries = one.entries(folder)
        found += (
            entries if shown is None else compress(entries, shown[entries.start : entries.stop])
        )
        if order is Order.BYTES:
            found.sort(key=self.bytes_of, reverse=True)
        elif order is Order.ENTRIES:
            found.sort(key=lambda key: self.counts[~key] if key < 0 else 0, reverse=True)
        return found


def folder_key(folder: int) -> int:
    """What stands for a folder in a list where entries stand for themselves."""
    return ~folder


def _chosen(
    catalogue: Catalogue, owners: Owners, scope: Scope, given: tuple[Word, ...]
) -> bytearray | None:
    found = fits(catalogue, owners, given)
    part: bytearray | None = None
    if scope.layer is not None:
        part = bytearray([number == scope.layer for number in catalogue.layer])
    elif scope.package is not None:
        chosen = [number == scope.package for number in range(len(owners.packages))]
        part = owned(catalogue, owners.package_numbers, chosen)
    elif scope.category is not None:
        chosen = [number == scope.category for number in range(256)]
        part = owned(catalogue, owners.category_numbers, chosen)
    if part is None or found is None:
        return found if part is None else part
    return both(found, part)


def _summed(catalogue: Catalogue, shown: bytearray | None) -> tuple[array[int], array[int]]:
    if shown is None:
        return catalogue.sums, catalogue.counts
    held = catalogue.held
    sums, counts = array("Q"), array("I")
    for folder in range(len(catalogue.folders)):
        entries = catalogue.entries(folder)
        count = shown.count(1, entries.start, entries.stop)
        counts.append(count)
        part = slice(entries.start, entries.stop)
        sums.append(sum(compress(held[part], shown[part])) if count else 0)
    for number in range(len(sums) - 1, 0, -1):
        sums[catalogue.parents[number]] += sums[number]
        counts[catalogue.parents[number]] += counts[number]
    return sums, counts
