"""The merged files of an image, each with the layer that made it and the entries it shadows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.oci.digest import Digest
from jettison.oci.entry import Entry, EntryKind
from jettison.oci.tree.store import DIGEST_BYTES, NO_RECORD, ROOT, Fate, LayerTotals, TreeStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_HOPS = 40


class Node:
    """An entry of a layer as the merged tree knows it: a view, made when it is asked for.

    Two views of the same entry are equal. Paths have no leading slash; ``""`` is the root.
    """

    __slots__ = ("_store", "record")

    def __init__(self, store: TreeStore, record: int) -> None:
        self._store = store
        self.record = record

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return self.record == other.record and self._store is other._store

    def __hash__(self) -> int:
        return self.record

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()} {self.path!r} of layer {self.layer}>"

    @property
    def path(self) -> str:
        """The path from the root; bytes that are not UTF-8 are lone surrogates."""
        return self._store.path(self._store.node[self.record])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self._store.name[self._store.node[self.record]]

    @property
    def kind(self) -> EntryKind:
        """What it is; a hard link is the kind of what it links to."""
        return EntryKind(self._store.kind[self.record])

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self._store.kind[self.record] == EntryKind.DIRECTORY

    @property
    def mode(self) -> int:
        """The permission bits, with set-user-ID, set-group-ID and sticky."""
        return self._store.mode[self.inode]

    @property
    def uid(self) -> int:
        """The owner's number."""
        return self._store.uid[self.inode]

    @property
    def gid(self) -> int:
        """The group's number."""
        return self._store.gid[self.inode]

    @property
    def mtime_ns(self) -> int:
        """The time of the last change in nanoseconds since 1970."""
        return self._store.mtime[self.inode]

    @property
    def content_bytes(self) -> int:
        """The file's length, the same for each of its names; 0 for what is no file."""
        return self._store.content[self.inode]

    @property
    def stored_bytes(self) -> int:
        """The uncompressed bytes its layer holds for it: 0 for further names of a file."""
        return self._store.stored_bytes(self.record)

    @property
    def layer(self) -> int:
        """The number of the layer that made the entry, 0 for the base."""
        return self._store.layer[self.record]

    @property
    def inode(self) -> int:
        """The same number for all names of one file."""
        return self._store.inode[self.record]

    @property
    def link(self) -> str:
        """A symbolic link's text, else ``""``."""
        return self._store.link.get(self.record, "")

    @property
    def device(self) -> tuple[int, int] | None:
        """A device's major and minor numbers."""
        return self._store.device.get(self.inode)

    @property
    def xattrs(self) -> tuple[tuple[str, bytes], ...]:
        """Extended attributes, sorted by name."""
        return self._store.xattrs.get(self.inode, ())

    @property
    def digest(self) -> Digest | None:
        """The SHA-256 of the content, ``None`` for what is no file or when it was not asked for."""
        found = self._store.digest(self.record)
        return None if found is None else Digest("sha256", found.hex())

    @property
    def offset(self) -> int:
        """Where the content's first header is in its layer's uncompressed tar, -1 if nowhere."""
        return self._store.offset[self.inode]

    @property
    def content_layer(self) -> int:
        """The number of the layer that holds the content."""
        return self._store.layer[self.inode]

    @property
    def holder_path(self) -> str:
        """The path under which its layer holds the content."""
        return self._store.path(self._store.node[self.inode])

    @property
    def implied(self) -> bool:
        """Whether it is a directory that no layer has an entry for."""
        return self.record in self._store.implied

    @property
    def fate(self) -> Fate:
        """What became of it."""
        return Fate(self._store.fate[self.record])

    @property
    def fate_layer(self) -> int | None:
        """The number of the layer that overwrote or deleted it, ``None`` while it is visible."""
        if self._store.fate[self.record] == Fate.VISIBLE:
            return None
        return self._store.fate_layer[self.record]

    @property
    def parent(self) -> Node:
        """The directory it is in, with its newest attributes; the root is its own parent."""
        store = self._store
        return Node(store, store.head[store.parent[store.node[self.record]]])

    @property
    def parent_number(self) -> int:
        """The number of the directory it is in, the same for all that is in it."""
        return self._store.parent[self._store.node[self.record]]

    @property
    def shadowed(self) -> tuple[Node, ...]:
        """The older entries for the same path, newest first."""
        found: list[Node] = []
        record = self._store.older[self.record]
        while record != NO_RECORD:
            found.append(Node(self._store, record))
            record = self._store.older[record]
        return tuple(found)

    def children(self) -> Iterator[Node]:
        """The visible entries in a directory, by name."""
        kids = self._store.children.get(self._store.node[self.record], {})
        for name in sorted(kids):
            yield Node(self._store, self._store.head[kids[name]])

    def entry(self) -> Entry:
        """The entry as a tar would hold it, a further name of a file as a file."""
        return Entry(
            self.path,
            self.kind,
            self.mode,
            self.uid,
            self.gid,
            self.content_bytes,
            self._store.stored.get(self.inode, self.content_bytes),
            self.mtime_ns,
            self.link,
            self.offset,
            self.device,
            self.xattrs,
            self._store.digest(self.record),
        )


class FileTree:
    """The merged tree of some layers. It does not change.

    ``layers`` has the totals of each layer, base first, so that a tree can be summed up without
    reading the layers again.
    """

    def __init__(self, store: TreeStore) -> None:
        self._store = store
        self.layers: tuple[LayerTotals, ...] = tuple(store.layers)

    def __len__(self) -> int:
        """The number of visible entries, the root not counted."""
        return sum(map(len, self._store.children.values()))

    def __iter__(self) -> Iterator[Node]:
        """The visible entries without the root: parents before children, by name."""
        store = self._store
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.record != store.head[ROOT]:
                yield node
            if node.is_directory:
                stack += reversed(tuple(node.children()))

    def __contains__(self, path: str) -> bool:
        return self._store.find(path.strip("/")) is not None

    @property
    def root(self) -> Node:
        """The root directory."""
        return Node(self._store, self._store.head[ROOT])

    @property
    def has_digests(self) -> bool:
        """Whether the content's digests were asked for."""
        return bool(self._store.digests)

    def get(self, path: str) -> Node | None:
        """The visible entry at a path; symbolic links are not followed."""
        node = self._store.find(path.strip("/"))
        return None if node is None else Node(self._store, self._store.head[node])

    def resolve(self, path: str) -> Node | None:
        """The visible entry that a process in the container finds at a path, links followed.

        Links that leave the root end at the root; links that never end give ``None``.
        """
        store = self._store
        node, hops = ROOT, 0
        parts = path.split("/")[::-1]
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                node = store.parent[node]
                continue
            child = store.children.get(node, {}).get(part)
            if child is None:
                return None
            if target := store.link.get(store.head[child]):
                hops += 1
                if hops > _MAX_HOPS:
                    return None
                node = ROOT if target.startswith("/") else node
                parts += target.split("/")[::-1]
                continue
            node = child
        return Node(store, store.head[node])

    def records(self) -> Iterator[Node]:
        """Every entry of every layer, visible or not, in the order of the layers' tars."""
        return (Node(self._store, record) for record in range(1, len(self._store.node)))

    def hidden(self) -> Iterator[Node]:
        """Every entry that is not visible any more, in the order of the layers' tars."""
        fates = self._store.fate
        for record in range(2, len(fates)):
            if fates[record] != Fate.VISIBLE:
                yield Node(self._store, record)

    def names(self, node: Node) -> tuple[str, ...]:
        """All visible paths of one file, in the order in which the layers made them.

        Looks at every entry: for a few nodes, not for all.
        """
        store = self._store
        return tuple(
            store.path(store.node[record])
            for record in range(1, len(store.node))
            if store.inode[record] == node.inode and store.fate[record] == Fate.VISIBLE
        )

    def holders(self) -> Iterator[Node]:
        """One visible entry for each file's content: what sums must be taken over.

        A file with several names comes once, by its oldest visible name; so the sum of
        ``content_layer``'s stored bytes over all holders is the tree's bytes.
        """
        store = self._store
        return (Node(store, record) for record in self._holder_records())

    def holder_contents(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Each holder's record, its inode, its bytes as held, and its digest.

        The same as :meth:`holders` without an object for each, as sums are taken over all of
        them. A digest that is not known is empty or zeros.
        """
        store = self._store
        inodes, contents, stored, digests = store.inode, store.content, store.stored, store.digests
        for record in self._holder_records():
            inode = inodes[record]
            start = inode * DIGEST_BYTES
            digest = bytes(digests[start : start + DIGEST_BYTES])
            yield record, inode, stored.get(inode, contents[inode]), digest

    def _holder_records(self) -> Iterator[int]:
        store = self._store
        visible, file = int(Fate.VISIBLE), int(EntryKind.FILE)
        fates, inodes = store.fate, store.inode
        seen: set[int] = set()
        for record, (fate, kind, inode) in enumerate(zip(fates, store.kind, inodes, strict=True)):
            if fate != visible or kind != file or not record:
                continue
            if inode != record:
                if inode in seen or fates[inode] == visible:
                    continue
                seen.add(inode)
            yield record

    def held_bytes(self, holder: Node) -> int:
        """The uncompressed bytes of the content that a holder stands for."""
        return self._store.stored_bytes(holder.inode)

    def raw_digest(self, node: Node) -> bytes | None:
        """The 32 bytes of :attr:`Node.digest`, without the object around them."""
        return self._store.digest(node.record)

    def folder_path(self, number: int) -> str:
        """The path of a directory by its number, ``""`` for the root, whose number is 0."""
        return self._store.path(number)

    def folder_name(self, number: int) -> str:
        """The last part of a directory's path."""
        return self._store.name[number]

    def folder_parent(self, number: int) -> int:
        """The number of the directory that a directory is in."""
        return self._store.parent[number]

    def node(self, record: int) -> Node:
        """The entry with a number: :attr:`Node.record` and :attr:`Node.inode` are numbers."""
        return Node(self._store, record)

    @property
    def stored_bytes(self) -> int:
        """The uncompressed bytes of the merged tree, each content once for all its names."""
        return sum(held for _, _, held, _ in self.holder_contents())
