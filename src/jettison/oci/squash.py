"""Several layers as one that does the same to whatever lies below."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from jettison.oci.blobs import TemporaryBlob
from jettison.oci.entry import OPAQUE_WHITEOUT, WHITEOUT_PREFIX, Entry, EntryKind
from jettison.oci.image import BlobLayer
from jettison.oci.layers.scan import read_tree
from jettison.oci.sources.archive import spooled
from jettison.oci.tar.reader import TarReader
from jettison.oci.tar.writer import TarWriter
from jettison.oci.tree.builder import TreeBuilder
from jettison.oci.tree.store import ROOT
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set
    from typing import IO

    from jettison.oci.image import Layer
    from jettison.oci.tree.filetree import FileTree, Node


class LayerContents:
    """The contents of some layers' files, by offset.

    Layers that cannot be read at an offset are unpacked into temporary files first.
    """

    def __init__(self, layers: Sequence[Layer], stack: ExitStack) -> None:
        self._layers = layers
        self._stack = stack
        self._readers: dict[int, TarReader] = {}

    def write(self, node: Node, sink: IO[bytes]) -> None:
        """Writes the file's content."""
        reader = self._readers.get(node.content_layer)
        if reader is None:
            reader = self._readers[node.content_layer] = self._open(node.content_layer)
        reader.jump(node.offset)
        reader.pipe(sink.write)

    def _open(self, number: int) -> TarReader:
        layer = self._layers[number]
        stream = layer.open_tar(verify=False)
        if not stream.seekable():
            blob = spooled(stream)
            self._stack.callback(blob.close)
            stream = blob.open()
        self._stack.callback(stream.close)
        return TarReader(stream, layer=layer.name)


@record
class Stretch:
    """What a tree of a stretch of layers needs to know of the layers below it.

    ``hidden`` are the whiteouts' names by folder, ``phantoms`` the directories that only
    whiteouts assume, ``whole`` the tree of the stretch and all below it: it has the attributes
    of directories that the stretch only implies.
    """

    hidden: Mapping[str, Sequence[str]]
    phantoms: Set[int]
    whole: FileTree


def squashed_layer(
    layers: Sequence[Layer], *, below: Sequence[Layer] = (), epoch: int | None = None
) -> BlobLayer:
    """One uncompressed layer for several, in a temporary file.

    Entries are sorted by path, a directory's whiteouts follow it, so equal trees give equal
    bytes. What the layers hide of those ``below`` stays hidden. Times after ``epoch``, seconds
    since 1970, become ``epoch``.
    """
    builder = TreeBuilder(partial=bool(below))
    for layer in layers:
        builder.add_layer(layer.name, layer.entries())
    tree = builder.finish()
    stretch = None
    if below:
        implied = any(node.implied and node.path for node in tree)
        whole = read_tree([*below, *layers], verify=False) if implied else tree
        stretch = Stretch(_hidden(builder), builder.phantoms, whole)

    def fill(target: IO[bytes]) -> None:
        with ExitStack() as stack:
            contents = LayerContents(layers, stack)
            write_tree(tree, contents.write, target, epoch=epoch, stretch=stretch)

    return BlobLayer(TemporaryBlob(fill))


def write_tree(
    tree: FileTree,
    content: Callable[[Node, IO[bytes]], object],
    target: IO[bytes],
    *,
    epoch: int | None = None,
    stretch: Stretch | None = None,
) -> None:
    """Writes a merged tree as one tar; ``content`` writes a file's content into ``target``."""
    output = _Output(TarWriter(target), target, content, epoch)
    several = {node.inode for node in tree if node.inode != node.record}
    for node in chain((tree.root,), tree):
        if not node.implied:
            output.write(node, linked=node.inode in several)
        elif stretch is None:
            if node.path:
                output.write(node, linked=False)
        elif node.path and node.record not in stretch.phantoms:
            output.write(stretch.whole.get(node.path) or node, linked=False)
        if node.is_directory and stretch is not None:
            for name in stretch.hidden.get(node.path, ()):
                path = f"{node.path}/{name}".lstrip("/")
                output.writer.add(Entry(path, EntryKind.FILE))
    output.writer.close()


@dataclass(slots=True)
class _Output:
    """A tar that is being written, and which files with several names it already holds."""

    writer: TarWriter
    target: IO[bytes]
    content: Callable[[Node, IO[bytes]], object]
    epoch: int | None
    written: dict[int, str] = field(default_factory=dict)

    def write(self, node: Node, *, linked: bool) -> None:
        entry = node.entry()
        if self.epoch is not None:
            entry = entry._replace(mtime_ns=min(entry.mtime_ns, self.epoch * 1_000_000_000))
        if linked:
            first = self.written.setdefault(node.inode, entry.path)
            if first != entry.path:
                link = entry._replace(kind=EntryKind.HARD_LINK, link=first, xattrs=())
                self.writer.begin(link)
                return
        self.writer.begin(entry)
        if entry.kind is EntryKind.FILE:
            self.content(node, self.target)
            self.writer.end(entry.content_bytes)


def _hidden(builder: TreeBuilder) -> dict[str, list[str]]:
    """The whiteouts that a partial tree needs on top of what lies below, by folder, sorted."""
    store = builder.store
    found: dict[str, set[str]] = defaultdict(set)
    for folder in builder.opaque:
        if store.is_visible(folder) and not _is_covered(builder, folder):
            found[store.path(folder)].add(OPAQUE_WHITEOUT)
    for parent, name in builder.masked:
        if not store.is_visible(parent) or _is_covered(builder, parent):
            continue
        node = store.children.get(parent, {}).get(name)
        if node is None or _is_phantom(builder, node):
            found[store.path(parent)].add(WHITEOUT_PREFIX + name)
        elif store.is_directory(node):
            found[store.path(node)].add(OPAQUE_WHITEOUT)
    return {folder: sorted(names) for folder, names in found.items()}


def _is_phantom(builder: TreeBuilder, node: int) -> bool:
    """Whether a directory, and all that is in it, is only assumed to be there by whiteouts."""
    store = builder.store
    pending = [node]
    for item in pending:
        if store.head[item] not in builder.phantoms:
            return False
        pending += store.children.get(item, {}).values()
    return True


def _is_covered(builder: TreeBuilder, node: int) -> bool:
    """Whether a whiteout of a directory or one above it makes whiteouts inside pointless."""
    store = builder.store
    while node != ROOT:
        parent = store.parent[node]
        if (parent, store.name[node]) in builder.masked and _is_phantom(builder, node):
            return True
        node = parent
    return False
