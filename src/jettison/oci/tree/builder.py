"""Layers to one tree: whiteouts, opaque whiteouts and replacements, by the spec and the engines.

Sources: OCI image spec, layer.md ("Whiteouts", "Applying Changesets"); moby pkg/archive/diff.go;
containerd pkg/archive/tar.go. Where the spec is silent the rules here are those of an engine that
unpacks each layer into a folder of its own and stacks them with overlayfs:

* A whiteout hides what lower layers put there, never what its own layer does, in whatever order
  the tar has them.
* A directory over a directory changes its attributes and keeps its children. Any other change of
  kind hides the whole subtree.
* A parent without an entry of its own is a directory ``root:root 0755``; where a lower layer has
  something else there, a symbolic link included, it is replaced. A symbolic link of the same
  layer is followed.
* Of two entries with the same path in one layer the later wins.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from jettison.oci.entry import OPAQUE_WHITEOUT, WHITEOUT_PREFIX, Entry, EntryKind
from jettison.oci.errors import LimitExceeded, MalformedLayer
from jettison.oci.tree.filetree import FileTree
from jettison.oci.tree.store import NO_RECORD, ROOT, Fate, LayerTotals, TreeStore

if TYPE_CHECKING:
    from collections.abc import Iterable

_AUFS_PREFIX = ".wh..wh."
_MAX_HOPS = 40
_MAX_KNOWN = 50_000
MAX_LAYERS = 4096


class _Missing(Enum):
    """What a walk does where there is no directory."""

    STOP = "the walk ends"
    IMPLY = "a directory is implied"
    PHANTOM = "one is assumed in the layers below, unless there is something else"


class TreeBuilder:
    """Takes entries layer by layer, base first, and gives the merged tree.

    With ``partial`` the layers are a stretch out of an image, and hard links may lead out of it.
    What they hide below themselves is kept: :attr:`masked` has the parents and names of paths
    whose lower entries are gone, :attr:`opaque` the directories whose lower contents are, and
    :attr:`phantoms` the records of directories that whiteouts only assume to be there.
    """

    def __init__(self, *, partial: bool = False, max_nodes: int = 20_000_000) -> None:
        self.store = TreeStore()
        self.partial = partial
        self.masked: set[tuple[int, str]] = set()
        self.opaque: set[int] = set()
        self.phantoms: set[int] = set()
        self._max_nodes = max_nodes
        self._layer = -1
        self._known: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._cleared: set[int] = set()
        self._imply_record(ROOT)
        self.store.layer[1] = 0

    def add_layer(self, name: str, entries: Iterable[Entry]) -> None:
        """Puts a whole layer on top."""
        self.begin_layer(name)
        for entry in entries:
            self.add(entry)

    def begin_layer(self, name: str) -> None:
        """Starts the next layer up."""
        if self._layer + 1 >= MAX_LAYERS:
            raise LimitExceeded(f"more than {MAX_LAYERS} layers", layer=name, offset=0)
        self._layer += 1
        self._known.clear()
        self._cleared.clear()
        self.store.layers.append(LayerTotals(name))

    def add(self, entry: Entry) -> None:
        """Puts an entry of the current layer into the tree."""
        folder, _, name = entry.path.rpartition("/")
        totals = self.store.layers[self._layer]
        totals.entries += 1
        if name.startswith(WHITEOUT_PREFIX):
            self._whiteout(folder, name, entry)
            return
        if entry.kind is EntryKind.FILE:
            totals.files += 1
            totals.stored_bytes += entry.stored_bytes
        if name:
            parent = self._known.get(folder)
            if parent is None:
                parent = self._directory(folder, entry)
            self._place(parent, name, entry)
        elif entry.kind is EntryKind.DIRECTORY:
            self._replace(ROOT, Fate.OVERWRITTEN)
            self.store.new_record(ROOT, self._layer, entry)
        else:
            raise self._error("the image's root is not a directory", entry)

    def finish(self) -> FileTree:
        """The merged tree; the builder takes no more entries."""
        self._known.clear()
        self._names.clear()
        return FileTree(self.store)

    def _place(self, parent: int, name: str, entry: Entry) -> None:
        store = self.store
        target = self._link_target(entry) if entry.kind is EntryKind.HARD_LINK else NO_RECORD
        siblings = store.children.get(parent)
        if siblings is None:
            siblings = store.children[parent] = {}
        node = siblings.get(name)
        if node is None:
            node = self._appear(parent, name, siblings)
        else:
            was, now = store.is_directory(node), entry.kind is EntryKind.DIRECTORY
            if was != now:
                self._change_kind(node, parent, name)
            self._replace(node, Fate.OVERWRITTEN)
        record = store.new_record(node, self._layer, entry)
        if target != NO_RECORD:
            self._share(record, target)

    def _share(self, record: int, target: int) -> None:
        """Makes a record another name of a target's file.

        Engines set the owner, the mode and the time that the link's header has on the file that
        both name (moby pkg/archive, createTarFile).
        """
        store = self.store
        inode = store.inode[record] = store.inode[target]
        store.kind[record] = store.kind[target]
        for column in (store.mode, store.uid, store.gid, store.mtime):
            column[inode] = column[record]
        store.link.pop(record, None)
        if target in store.link:
            store.link[record] = store.link[target]

    def _appear(self, parent: int, name: str, siblings: dict[str, int]) -> int:
        """The node for a name that is not visible: the one it had before, or a new one."""
        store = self.store
        ghosts = store.ghosts.get(parent)
        node = ghosts.pop(name, None) if ghosts else None
        if node is None:
            if len(store.name) > self._max_nodes:
                totals = store.layers[self._layer]
                raise LimitExceeded("too many paths", layer=totals.name, offset=0)
            name = self._names.setdefault(name, name)
            node = store.new_node(parent, name)
        siblings[name] = node
        return node

    def _change_kind(self, node: int, parent: int, name: str) -> None:
        """A directory becomes something else or the reverse: nothing below it stays."""
        self._known.clear()
        self._cleared.discard(node)
        if self.partial:
            self.masked.add((parent, name))
        if self.store.is_directory(node):
            self._hide_below(node, Fate.OVERWRITTEN, everything=True)

    def _replace(self, node: int, fate: Fate) -> None:
        record = self.store.head[node]
        self.store.fate[record] = fate
        self.store.fate_layer[record] = max(self._layer, 0)

    def _link_target(self, entry: Entry) -> int:
        store = self.store
        folder, _, name = entry.link.rpartition("/")
        parent = self._known.get(folder)
        if parent is None:
            parent = self._walk(folder, entry, _Missing.STOP)
        node = None if parent is None else store.children.get(parent, {}).get(name)
        if node is None or not name:
            if self.partial:
                return NO_RECORD
            raise self._error(f"a hard link to {entry.link!r}, which is not there", entry)
        if store.is_directory(node):
            raise self._error(f"a hard link to the directory {entry.link!r}", entry)
        return store.head[node]

    def _directory(self, path: str, entry: Entry) -> int:
        found = self._walk(path, entry, _Missing.IMPLY)
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[path] = ROOT if found is None else found
        return self._known[path]

    def _walk(self, path: str, entry: Entry, missing: _Missing) -> int | None:
        """The directory at a path of the current layer, made where ``missing`` says so."""
        store = self.store
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
            if child is not None:
                record = store.head[child]
                kind = store.kind[record]
                if kind == EntryKind.DIRECTORY:
                    node = child
                    if missing is _Missing.IMPLY:
                        self.phantoms.discard(record)
                    continue
                if kind == EntryKind.SYMLINK and store.layer[record] == self._layer:
                    hops += 1
                    if hops > _MAX_HOPS:
                        raise self._error(f"symbolic links that never end in {path!r}", entry)
                    target = store.link.get(record, "")
                    node = ROOT if target.startswith("/") else node
                    parts += target.split("/")[::-1]
                    continue
            if missing is _Missing.STOP or (missing is _Missing.PHANTOM and child is not None):
                return None
            node = self._imply(node, part, child)
            if missing is _Missing.PHANTOM:
                self.phantoms.add(store.head[node])
        return node

    def _imply(self, parent: int, name: str, node: int | None) -> int:
        siblings = self.store.children.setdefault(parent, {})
        if node is None:
            node = self._appear(parent, name, siblings)
        else:
            self._change_kind(node, parent, name)
            self._replace(node, Fate.OVERWRITTEN)
        self._imply_record(node)
        return node

    def _imply_record(self, node: int) -> None:
        entry = Entry("", EntryKind.DIRECTORY, mode=0o755)
        self.store.implied.add(self.store.new_record(node, max(self._layer, 0), entry))

    def _whiteout(self, folder: str, name: str, entry: Entry) -> None:
        is_opaque = name == OPAQUE_WHITEOUT
        if name.startswith(_AUFS_PREFIX) and not is_opaque:
            return  # AUFS's own bookkeeping, of which engines take no notice
        target = name.removeprefix(WHITEOUT_PREFIX)
        if target in ("", ".", ".."):
            raise self._error(f"a whiteout of {target!r}", entry)
        missing = _Missing.PHANTOM if self.partial else _Missing.STOP
        parent = self._walk(folder, entry, missing)
        if parent is None:
            return
        if is_opaque:
            if self.partial:
                self.opaque.add(parent)
            self._clear(parent)
            return
        if self.partial:
            self.masked.add((parent, target))
        node = self.store.children.get(parent, {}).get(target)
        if node is None:
            return
        if self.store.is_directory(node):
            self._clear(node)
        if self._is_lower(node):
            self._known.clear()
            self._vanish(node, Fate.DELETED)

    def _clear(self, node: int) -> None:
        """Hides all that lower layers have in a directory; once in a layer is enough."""
        if self.partial:
            self._cleared.clear()  # phantoms may have come since
        if node not in self._cleared:
            self._known.clear()
            self._hide_below(node, Fate.DELETED, everything=False)

    def _hide_below(self, top: int, fate: Fate, *, everything: bool) -> None:
        """Hides what is below a directory: all of it, or what lower layers put there."""
        store = self.store
        folders = [top]
        for folder in folders:
            if not everything:
                if folder in self._cleared:
                    continue
                self._cleared.add(folder)
            kids = store.children.get(folder, {})
            for kid in tuple(kids.values()):
                if store.is_directory(kid):
                    folders.append(kid)
                elif everything or self._is_lower(kid):
                    self._vanish(kid, fate)
        for folder in reversed(folders[1:]):
            if everything or self._is_lower(folder):
                self._vanish(folder, fate)

    def _is_lower(self, node: int) -> bool:
        """Whether a whiteout of this layer hides the node: lower layers' entries and phantoms."""
        record = self.store.head[node]
        return self.store.layer[record] < self._layer or record in self.phantoms

    def _vanish(self, node: int, fate: Fate) -> None:
        """Hides one node; a directory that still holds something becomes an implied one."""
        store = self.store
        self._replace(node, fate)
        if store.children.get(node):
            self._imply_record(node)
            return
        parent, name = store.parent[node], store.name[node]
        del store.children[parent][name]
        store.ghosts.setdefault(parent, {})[name] = node
        store.children.pop(node, None)

    def _error(self, problem: str, entry: Entry) -> MalformedLayer:
        layer = self.store.layers[self._layer].name
        return MalformedLayer(f"{entry.path!r}: {problem}", layer=layer, offset=entry.offset)
