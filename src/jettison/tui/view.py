"""The part of a listing that is asked for: one layer's files, files whose path has some words."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging import Listing


@dataclass(frozen=True, slots=True)
class Line:
    """A folder or a file in a folder; ``number`` is the listing's number of it."""

    number: int
    is_folder: bool
    name: str
    total_bytes: int
    files: int


@dataclass(slots=True)
class Index:
    """What every view of a listing needs, made once: each folder's folders and files.

    A folder's files are next to each other in a listing, so a range is enough.
    """

    listing: Listing
    folders: dict[int, list[int]] = field(default_factory=dict)
    files: dict[int, range] = field(default_factory=dict)
    lower_names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(1, len(self.listing.folders)):
            self.folders.setdefault(self.listing.parents[number], []).append(number)
        start = 0
        owner = self.listing.folder
        for file in range(len(owner)):
            if owner[file] != owner[start]:
                self.files[owner[start]] = range(start, file)
                start = file
        if len(owner):
            self.files[owner[start]] = range(start, len(owner))

    def names(self) -> Sequence[str]:
        """The files' names in lower case."""
        if not self.lower_names:
            self.lower_names = [name.lower() for name in self.listing.names]
        return self.lower_names


class View:
    """The files of one layer (``None``: of all) whose path has ``text``, whatever its case."""

    def __init__(self, index: Index, layer: int | None = None, text: str = "") -> None:
        self._index = index
        self._listing = index.listing
        self._shown = self._choose(layer, text.strip().lower())
        self.sums, self.counts = self._summed()

    @property
    def total_bytes(self) -> int:
        """The uncompressed bytes of all files in view."""
        return self.sums[0]

    @property
    def files(self) -> int:
        """The number of files in view."""
        return self.counts[0]

    def lines(self, folder: int, *, by_size: bool = True) -> list[Line]:
        """What is in a folder: by size, the largest first, or by name with folders first."""
        listing, shown = self._listing, self._shown
        found = [
            Line(
                number,
                True,
                listing.folders[number].rpartition("/")[2],
                self.sums[number],
                self.counts[number],
            )
            for number in self._index.folders.get(folder, ())
            if self.counts[number]
        ]
        found += [
            Line(file, False, listing.names[file], listing.held[file], 1)
            for file in self._index.files.get(folder, ())
            if shown is None or shown[file]
        ]
        if by_size:
            found.sort(key=lambda line: (-line.total_bytes, line.name))
        else:
            found.sort(key=lambda line: (not line.is_folder, line.name))
        return found

    def _choose(self, layer: int | None, text: str) -> bytearray | None:
        """A byte for each file, 1 for those in view; ``None`` when all are."""
        if layer is None and not text:
            return None
        listing = self._listing
        if not text:
            return bytearray(number == layer for number in listing.layer)
        if "/" in text:
            fits = bytearray(text in f"/{path.lower()}" for path in listing.paths())
        else:
            folders = [text in path.lower() for path in listing.folders]
            names = self._index.names()
            fits = bytearray(
                folders[folder] or text in name
                for folder, name in zip(listing.folder, names, strict=True)
            )
        if layer is not None:
            for file, number in enumerate(listing.layer):
                if number != layer:
                    fits[file] = 0
        return fits

    def _summed(self) -> tuple[array[int], array[int]]:
        listing = self._listing
        if self._shown is None:
            return listing.sums, listing.counts
        sums = array("Q", bytes(8 * len(listing.folders)))
        counts = array("I", bytes(4 * len(listing.folders)))
        for file, shown in enumerate(self._shown):
            if shown:
                folder = listing.folder[file]
                sums[folder] += listing.held[file]
                counts[folder] += 1
        for number in range(len(sums) - 1, 0, -1):
            sums[listing.parents[number]] += sums[number]
            counts[listing.parents[number]] += counts[number]
        return sums, counts
