"""A million paths in columns: the memory behind a file tree, with no object for each entry."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum

from jettison.oci.entry import Entry, EntryKind

ROOT = 0
NO_RECORD = 0
DIGEST_BYTES = 32


class Fate(IntEnum):
    """What became of a layer's entry in the merged tree."""

    VISIBLE = 0
    OVERWRITTEN = 1
    DELETED = 2


@dataclass(slots=True)
class LayerTotals:
    """What one layer's tar holds; ``stored_bytes`` are uncompressed bytes of content."""

    name: str
    entries: int = 0
    files: int = 0
    stored_bytes: int = 0


def _column(code: str) -> array[int]:
    return array(code, (0,))


@dataclass(slots=True)
class TreeStore:
    """Nodes (one for each path ever seen) and records (one for each layer's entry for it).

    Node 0 is the root. Record 0 is "none". A node's ``head`` is its newest record, from which
    ``older`` leads to those it shadows. ``children`` holds visible nodes only, ``ghosts`` the
    hidden ones; so hiding a subtree costs what became visible in it, never more.

    ``inode`` is the record that holds the content: itself, or a hard link's target.
    """

    parent: array[int] = field(default_factory=lambda: _column("I"))
    name: list[str] = field(default_factory=lambda: [""])
    head: array[int] = field(default_factory=lambda: _column("I"))
    children: dict[int, dict[str, int]] = field(default_factory=dict)
    ghosts: dict[int, dict[str, int]] = field(default_factory=dict)

    node: array[int] = field(default_factory=lambda: _column("I"))
    layer: array[int] = field(default_factory=lambda: _column("H"))
    kind: array[int] = field(default_factory=lambda: _column("B"))
    mode: array[int] = field(default_factory=lambda: _column("H"))
    uid: array[int] = field(default_factory=lambda: _column("I"))
    gid: array[int] = field(default_factory=lambda: _column("I"))
    content: array[int] = field(default_factory=lambda: _column("Q"))
    mtime: array[int] = field(default_factory=lambda: _column("q"))
    offset: array[int] = field(default_factory=lambda: _column("q"))
    older: array[int] = field(default_factory=lambda: _column("I"))
    inode: array[int] = field(default_factory=lambda: _column("I"))
    fate: array[int] = field(default_factory=lambda: _column("B"))
    fate_layer: array[int] = field(default_factory=lambda: _column("H"))

    digests: bytearray = field(default_factory=bytearray)
    stored: dict[int, int] = field(default_factory=dict)
    link: dict[int, str] = field(default_factory=dict)
    device: dict[int, tuple[int, int]] = field(default_factory=dict)
    xattrs: dict[int, tuple[tuple[str, bytes], ...]] = field(default_factory=dict)
    implied: set[int] = field(default_factory=set)
    layers: list[LayerTotals] = field(default_factory=list)

    def new_node(self, parent: int, name: str) -> int:
        """A node without record, not yet among its parent's children."""
        self.parent.append(parent)
        self.name.append(name)
        self.head.append(NO_RECORD)
        return len(self.name) - 1

    def new_record(self, node: int, layer: int, entry: Entry) -> int:
        """A visible record that is its node's newest."""
        record = len(self.node)
        self.node.append(node)
        self.layer.append(layer)
        self.kind.append(entry.kind)
        self.mode.append(entry.mode)
        self.uid.append(entry.uid)
        self.gid.append(entry.gid)
        self.content.append(entry.content_bytes)
        self.mtime.append(entry.mtime_ns)
        self.offset.append(entry.offset)
        self.older.append(self.head[node])
        self.inode.append(record)
        self.fate.append(Fate.VISIBLE)
        self.fate_layer.append(0)
        self.head[node] = record
        if entry.stored_bytes != entry.content_bytes:
            self.stored[record] = entry.stored_bytes
        if entry.link:
            self.link[record] = entry.link
        if entry.device is not None:
            self.device[record] = entry.device
        if entry.xattrs:
            self.xattrs[record] = entry.xattrs
        if entry.digest is not None:
            self._keep_digest(record, entry.digest)
        return record

    def stored_bytes(self, record: int) -> int:
        """The uncompressed bytes that the record's tar holds for it; 0 for hard links."""
        if self.inode[record] != record:
            return 0
        return self.stored.get(record, self.content[record])

    def digest(self, record: int) -> bytes | None:
        """The SHA-256 of the record's content, ``None`` when it was not asked for."""
        start = self.inode[record] * DIGEST_BYTES
        found = bytes(self.digests[start : start + DIGEST_BYTES])
        return found if found.strip(b"\0") else None

    def is_directory(self, node: int) -> bool:
        """Whether the node's newest record is a directory."""
        return self.kind[self.head[node]] == EntryKind.DIRECTORY

    def is_visible(self, node: int) -> bool:
        """Whether the node's newest record is visible."""
        return self.fate[self.head[node]] == Fate.VISIBLE

    def path(self, node: int) -> str:
        """The node's path, ``""`` for the root."""
        parts: list[str] = []
        while node != ROOT:
            parts.append(self.name[node])
            node = self.parent[node]
        return "/".join(reversed(parts))

    def find(self, path: str) -> int | None:
        """The visible node at a path; symbolic links are not followed."""
        node = ROOT
        for part in path.split("/") if path else ():
            child = self.children.get(node, {}).get(part)
            if child is None:
                return None
            node = child
        return node

    def _keep_digest(self, record: int, digest: bytes) -> None:
        start = record * DIGEST_BYTES
        missing = start - len(self.digests)
        if missing > 0:
            self.digests.extend(bytes(missing))
        self.digests[start : start + DIGEST_BYTES] = digest
