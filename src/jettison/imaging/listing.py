"""A merged tree's files in columns, each content once, below folders that know their sums."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.oci import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci import FileTree, Node


def _column(code: str) -> array[int]:
    return array(code)


@dataclass(slots=True)
class Listing:
    """Files and folders by number, made once by :func:`list_files` and only read afterwards.

    A file with several names has a line under the first of its paths, in the order of a walk by
    name. Folder 0 is the root; a folder's number is greater than its parent's.
    """

    folders: list[str] = field(default_factory=list)
    parents: array[int] = field(default_factory=lambda: _column("I"))
    sums: array[int] = field(default_factory=lambda: _column("Q"))
    counts: array[int] = field(default_factory=lambda: _column("I"))

    names: list[str] = field(default_factory=list)
    folder: array[int] = field(default_factory=lambda: _column("I"))
    record: array[int] = field(default_factory=lambda: _column("I"))
    inode: array[int] = field(default_factory=lambda: _column("I"))
    held: array[int] = field(default_factory=lambda: _column("Q"))
    layer: array[int] = field(default_factory=lambda: _column("H"))
    executable: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        """The number of files."""
        return len(self.names)

    def path(self, number: int) -> str:
        """A file's path."""
        folder = self.folders[self.folder[number]]
        return f"{folder}/{self.names[number]}" if folder else self.names[number]

    def paths(self) -> Iterator[str]:
        """All files' paths, in order."""
        folders = self.folders
        for folder, name in zip(self.folder, self.names, strict=True):
            yield f"{folders[folder]}/{name}" if folder else name

    @property
    def total_bytes(self) -> int:
        """The uncompressed bytes of all files."""
        return self.sums[0]


def list_files(tree: FileTree) -> Listing:
    """The files of a tree by folder and name.

    The bytes are those of the contents as their layers hold them: of a sparse file what is in
    the tar. They sum up to the tree's ``stored_bytes``.
    """
    found = Listing()
    seen: set[int] = set()
    stack: list[tuple[Node, str, int]] = [(tree.root, "", 0)]
    while stack:
        node, path, parent = stack.pop()
        number = len(found.folders)
        found.folders.append(path)
        found.parents.append(parent)
        found.sums.append(0)
        found.counts.append(0)
        below: list[tuple[Node, str, int]] = []
        for child in node.children():
            if child.is_directory:
                name = child.name
                below.append((child, f"{path}/{name}" if path else name, number))
            elif child.kind is EntryKind.FILE:
                _add(found, tree, child, number, seen)
        stack += reversed(below)
    for number in range(len(found.folders) - 1, 0, -1):
        parent = found.parents[number]
        found.sums[parent] += found.sums[number]
        found.counts[parent] += found.counts[number]
    return found


def _add(found: Listing, tree: FileTree, node: Node, folder: int, seen: set[int]) -> None:
    inode = node.inode
    if inode in seen:
        return
    seen.add(inode)
    held = tree.held_bytes(node)
    found.names.append(node.name)
    found.folder.append(folder)
    found.record.append(node.record)
    found.inode.append(inode)
    found.held.append(held)
    found.layer.append(node.content_layer)
    found.executable.append(1 if node.mode & 0o111 else 0)
    found.sums[folder] += held
    found.counts[folder] += 1
