"""Entries in columns below folders with sums: what every tree of the explorer is drawn from."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from jettison.oci import EntryKind, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.imaging import Listing
    from jettison.oci import FileTree

NO_FILE = -1


class Mark(IntEnum):
    """What a layer did to an entry."""

    NONE = 0
    ADDED = 1
    MODIFIED = 2
    REMOVED = 3


class Item(NamedTuple):
    """One entry on its way into a catalogue; ``file`` is the listing's number of it.

    A named tuple because half a million of them are made in a row.
    """

    name: str
    record: int
    held: int
    layer: int
    file: int = NO_FILE
    mark: Mark = Mark.NONE


@dataclass(slots=True)
class Catalogue:
    """Folders and entries by number; entries of one folder are next to each other, by name.

    Folder 0 is the root, a folder's number is greater than its parent's and those below a folder
    follow it. ``sums`` are uncompressed bytes and ``counts`` entries of all below a folder.
    ``marks`` and ``folder_marks`` are empty where nothing is marked; ``more_names`` are paths by
    inode, of files that have several.
    """

    folders: list[str] = field(default_factory=list)
    parents: array[int] = field(default_factory=lambda: array("I"))
    starts: array[int] = field(default_factory=lambda: array("I", (0,)))
    sums: array[int] = field(default_factory=lambda: array("Q"))
    counts: array[int] = field(default_factory=lambda: array("I"))

    names: list[str] = field(default_factory=list)
    record: array[int] = field(default_factory=lambda: array("I"))
    held: array[int] = field(default_factory=lambda: array("Q"))
    layer: array[int] = field(default_factory=lambda: array("H"))
    file: array[int] = field(default_factory=lambda: array("i"))
    marks: bytearray = field(default_factory=bytearray)
    folder_marks: dict[int, Mark] = field(default_factory=dict)
    more_names: dict[int, list[str]] = field(default_factory=dict)

    below: dict[int, list[int]] = field(default_factory=dict)
    _lower: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of entries that are no folders."""
        return len(self.names)

    def entries(self, folder: int) -> range:
        """The entries directly in a folder."""
        return range(self.starts[folder], self.starts[folder + 1])

    def folder_of(self, entry: int) -> int:
        """The folder that an entry is in."""
        low, high = 0, len(self.folders)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= entry else (low, middle)
        return low

    def path(self, entry: int) -> str:
        """An entry's path."""
        folder = self.folders[self.folder_of(entry)]
        return f"{folder}/{self.names[entry]}" if folder else self.names[entry]

    def folder_number(self, path: str) -> int | None:
        """The folder at a path."""
        if not self._numbers:
            self._numbers = {path: number for number, path in enumerate(self.folders)}
        return self._numbers.get(path)

    def find(self, path: str) -> int | None:
        """The entry at a path."""
        above, _, name = path.rpartition("/")
        folder = self.folder_number(above)
        if folder is None:
            return None
        entries = self.entries(folder)
        try:
            return self.names.index(name, entries.start, entries.stop)
        except ValueError:
            return None

    def lower_names(self) -> Sequence[str]:
        """The entries' names in lower case, made when they are first asked for."""
        if not self._lower:
            self._lower = [
                name if (low := name.lower()) == name else low for name in list(self.names)
            ]
        return self._lower

    def open_folder(self, path: str, parent: int) -> int:
        """Begins the next folder and gives its number."""
        number = len(self.folders)
        self.folders.append(path)
        self.parents.append(parent)
        if number:
            self.below.setdefault(parent, []).append(number)
        return number

    def add(self, item: Item) -> None:
        """Puts an entry into the folder that was begun last."""
        self.names.append(item.name)
        self.record.append(item.record)
        self.held.append(item.held)
        self.layer.append(item.layer)
        self.file.append(item.file)
        if item.mark:
            self.marks.append(item.mark)

    def close_folder(self) -> None:
        """Ends the folder that was begun last: all its entries are there."""
        start = self.starts[-1]
        self.starts.append(len(self.names))
        self.sums.append(sum(self.held[start:]))
        self.counts.append(len(self.names) - start)

    def sum_up(self) -> Catalogue:
        """Adds what is below each folder to its sums, once, when all folders are there."""
        for number in range(len(self.folders) - 1, 0, -1):
            parent = self.parents[number]
            self.sums[parent] += self.sums[number]
            self.counts[parent] += self.counts[number]
        return self


def merged(tree: FileTree, listing: Listing) -> Catalogue:
    """All that a container sees: the listing's files, and what has no bytes of its own.

    Those are symbolic links, devices and further names of files that the listing has.
    """
    found = Catalogue()
    others = _others(tree, listing, found.more_names)
    start, owner = 0, listing.folder
    for number, path in enumerate(listing.folders):
        found.open_folder(path, listing.parents[number])
        stop = start
        while stop < len(owner) and owner[stop] == number:
            stop += 1
        if path in others:
            _mix(found, listing, range(start, stop), others[path])
        else:
            found.names += listing.names[start:stop]
            found.record += listing.record[start:stop]
            found.held += listing.held[start:stop]
            found.layer += listing.layer[start:stop]
            found.file.extend(range(start, stop))
        found.close_folder()
        start = stop
    return found.sum_up()


def _others(
    tree: FileTree, listing: Listing, more_names: dict[int, list[str]]
) -> Mapping[str, list[Item]]:
    """The visible entries that are neither folders nor in the listing, by their folder's path."""
    known = bytearray(max(listing.record, default=0) + 1)
    for record in listing.record:
        known[record] = 1
    found: dict[str, list[Item]] = defaultdict(list)
    for node in tree.records():
        record = node.record
        if record < len(known) and known[record]:
            continue
        if node.is_directory or node.fate is not Fate.VISIBLE:
            continue
        path = node.path
        folder, _, name = path.rpartition("/")
        found[folder].append(Item(name, record, 0, node.layer))
        if node.kind is EntryKind.FILE:
            more_names.setdefault(node.inode, []).append(path)
    return found


def _mix(found: Catalogue, listing: Listing, files: range, others: list[Item]) -> None:
    items = [
        Item(
            listing.names[file],
            listing.record[file],
            listing.held[file],
            listing.layer[file],
            file,
        )
        for file in files
    ]
    for item in sorted(items + others, key=lambda item: item.name):
        found.add(item)


def catalogued(items: Mapping[str, list[Item]], folder_marks: Mapping[str, Mark]) -> Catalogue:
    """A catalogue of marked entries, given by their folders' paths, and of marked folders."""
    found = Catalogue()
    paths = {""}
    for given in (*items, *folder_marks):
        path = given
        while path not in paths:
            paths.add(path)
            path = path.rpartition("/")[0]
    numbers: dict[str, int] = {}
    for path in sorted(paths, key=lambda path: path.split("/")):
        above = numbers.get(path.rpartition("/")[0], 0)
        number = numbers[path] = found.open_folder(path, above)
        if path in folder_marks:
            found.folder_marks[number] = folder_marks[path]
        for item in sorted(items.get(path, ()), key=lambda item: item.name):
            found.add(item)
        found.close_folder()
    return found.sum_up()
