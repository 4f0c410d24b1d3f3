"""What tells files' owners, read at once from layers that must be unpacked to be read.

These are package databases, the build information of Go programs, and private keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.golang import LARGEST, build_information, may_be_go
from jettison.imaging.keys import may_be_key
from jettison.oci import BlobLayer, Compression, read_contents
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.imaging.listing import Listing
    from jettison.oci import Entry, EntrySource, FileTree, Node

_NAMES = frozenset(
    ("RECORD", "package.json", "status", "installed", "Packages", "Packages.db", "rpmdb.sqlite")
)
_DPKG = ("var/lib/dpkg/info", "var/lib/dpkg/status.d")
_MAX_FILE = 16 << 20
_MAX_TOTAL = 48 << 20


@record
class _Prefetched:
    """A layer of which the contents of some files are in memory, by inode."""

    layer: EntrySource
    known: Mapping[int, bytes]

    @property
    def name(self) -> str:
        return self.layer.name

    def entries(self, *, digests: bool = False, verify: bool = True) -> Iterator[Entry]:
        return self.layer.entries(digests=digests, verify=verify)

    def contents(
        self, nodes: Iterable[Node], *, max_bytes: int = _MAX_FILE
    ) -> Iterator[tuple[Node, bytes]]:
        left: list[Node] = []
        for node in nodes:
            data = self.known.get(node.inode)
            if data is None or len(data) > max_bytes:
                left.append(node)
            else:
                yield node, data
        if left:
            yield from self.layer.contents(left, max_bytes=max_bytes)


def prefetched(
    layers: Sequence[EntrySource], tree: FileTree, listing: Listing
) -> tuple[EntrySource, ...]:
    """The layers; the compressed ones give what tells a file's owner without unpacking again.

    At most 48 MB are kept; what is more is read when it is asked for.
    """
    packed = {number for number, layer in enumerate(layers) if _is_packed(layer)}
    if not packed:
        return tuple(layers)
    known: dict[int, bytes] = {}
    programs: set[int] = set()
    nodes = _wanted(tree, listing, packed, programs)
    for node, data in read_contents(layers, nodes, max_bytes=LARGEST):
        known[node.inode] = build_information(data) if node.record in programs else data
    return tuple(
        _Prefetched(layer, known) if number in packed else layer
        for number, layer in enumerate(layers)
    )


def _is_packed(layer: EntrySource) -> bool:
    return isinstance(layer, BlobLayer) and layer.compression is not Compression.NONE


def _wanted(
    tree: FileTree, listing: Listing, layers: set[int], programs: set[int]
) -> Iterator[Node]:
    """The files to read, the first ones up to the limit; programs are noted as such."""
    left = _MAX_TOTAL
    noted = {number for number, path in enumerate(listing.folders) if path in _DPKG}
    for file, (name, held) in enumerate(zip(listing.names, listing.held, strict=True)):
        if listing.layer[file] not in layers:
            continue
        if name in _NAMES or listing.folder[file] in noted or may_be_key(listing, file):
            if held <= min(_MAX_FILE, left):
                left -= held
                yield tree.node(listing.record[file])
        elif may_be_go(listing, file):
            programs.add(listing.record[file])
            yield tree.node(listing.record[file])
