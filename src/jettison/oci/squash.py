"""Several layers as one that does the same to whatever lies below."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from jettison.oci.archive import spooled
from jettison.oci.blobs import TemporaryBlob
from jettison.oci.entry import OPAQUE_WHITEOUT, WHITEOUT_PREFIX, Entry, EntryKind
from jettison.oci.image import BlobLayer
from jettison.oci.tarreader import TarReader
from jettison.oci.tarwriter import TarWriter
from jettison.oci.treebuilder import TreeBuilder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO

    from jettison.oci.image import Layer
    from jettison.oci.tree import FileTree, Node


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


def squashed_layer(
    layers: Sequence[Layer], *, on_base: bool, epoch: int | None = None
) -> BlobLayer:
    """One uncompressed layer for several, in a temporary file.

    Entries are sorted by path, a directory's whiteouts follow it, so equal trees give equal
    bytes. With ``on_base`` what the layers hide below themselves stays hidden; without it there
    is nothing to hide. Times after ``epoch``, seconds since 1970, become ``epoch``.
    """
    builder = TreeBuilder(partial=on_base)
    for layer in layers:
        builder.add_layer(layer.name, layer.entries())
    tree = builder.finish()

    def fill(target: IO[bytes]) -> None:
        with ExitStack() as stack:
            contents = LayerContents(layers, stack)
            write_tree(tree, contents.write, target, epoch=epoch, hidden=_hidden(builder))

    return BlobLayer(TemporaryBlob(fill))


def write_tree(
    tree: FileTree,
    content: Callable[[Node, IO[bytes]], object],
    target: IO[bytes],
    *,
    epoch: int | None = None,
    hidden: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Writes a merged tree as one tar; ``content`` writes a file's content into ``target``.

    ``hidden`` are the whiteouts' names by folder; given, they also say that the tree lies on a
    base, whose directories are left as they are where the tree only implies them.
    """
    output = _Output(TarWriter(target), target, content, epoch)
    several = {node.inode for node in tree if node.inode != node.record}
    for node in chain((tree.root,), tree):
        if not node.implied or (hidden is None and node.path):
            output.write(node, linked=node.inode in several)
        if node.is_directory:
            for name in (hidden or {}).get(node.path, ()):
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


def _hidden(builder: TreeBuilder) -> dict[str, list[str]] | None:
    """The whiteouts that a partial tree needs on top of what lies below, by folder, sorted."""
    if not builder.partial:
        return None
    store = builder.store
    found: dict[str, set[str]] = defaultdict(set)
    for folder in builder.opaque:
        if store.is_visible(folder):
            found[store.path(folder)].add(OPAQUE_WHITEOUT)
    for parent, name in builder.masked:
        if not store.is_visible(parent):
            continue
        node = store.children.get(parent, {}).get(name)
        if node is None:
            found[store.path(parent)].add(WHITEOUT_PREFIX + name)
        elif store.is_directory(node):
            found[store.path(node)].add(OPAQUE_WHITEOUT)
    return {folder: sorted(names) for folder, names in found.items()}
