"""A layer's stream to entries with digests, and the two things made of them: trees and contents."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from jettison.oci.entry import EntryKind
from jettison.oci.errors import LimitExceeded, MalformedLayer
from jettison.oci.layers.entries import MAX_CONTENT
from jettison.oci.tar.reader import DEFAULT_LIMITS, Limits, TarReader
from jettison.oci.tree.builder import TreeBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jettison.oci.digest import ByteStream
    from jettison.oci.entry import Entry
    from jettison.oci.layers.entries import EntrySource
    from jettison.oci.tree.filetree import FileTree, Node


def scan_entries(
    stream: ByteStream, *, layer: str, digests: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Entry]:
    """The entries of a tar, the stream read to its end and closed.

    With ``digests`` each file's entry has the SHA-256 of its content. Of a tar that is broken
    because its bytes are not the promised ones, the error says the latter.
    """
    reader = TarReader(stream, layer=layer, limits=limits)
    try:
        if digests:
            for entry in reader:
                if entry.kind is EntryKind.FILE:
                    hasher = hashlib.sha256()
                    reader.pipe(hasher.update)
                    yield entry._replace(digest=hasher.digest())
                else:
                    yield entry
        else:
            yield from reader
        reader.drain()
    except LimitExceeded:
        raise
    except MalformedLayer:
        with suppress(MalformedLayer):
            reader.drain()
        raise
    finally:
        stream.close()


def read_tree(
    layers: Iterable[EntrySource], *, digests: bool = False, verify: bool = True
) -> FileTree:
    """The merged tree of some layers, base first.

    ``digests`` also gives the SHA-256 of each file. ``verify`` reads every byte and checks it
    against the layer's digests; without it uncompressed layers in files are skimmed.
    """
    builder = TreeBuilder()
    for layer in layers:
        builder.add_layer(layer.name, layer.entries(digests=digests, verify=verify))
    return builder.finish()


def read_contents(
    layers: Sequence[EntrySource], nodes: Iterable[Node], *, max_bytes: int = MAX_CONTENT
) -> Iterator[tuple[Node, bytes]]:
    """The contents of some files of a tree of the same layers, layer by layer.

    Each layer is read at most once, up to its last wanted file. A longer file than
    ``max_bytes`` raises :class:`~jettison.oci.errors.LimitExceeded`.
    """
    wanted: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.kind is EntryKind.FILE:
            wanted[node.content_layer].append(node)
    for number in sorted(wanted):
        yield from layers[number].contents(wanted[number], max_bytes=max_bytes)


def scan_contents(
    stream: ByteStream, nodes: Iterable[Node], *, layer: str, max_bytes: int = MAX_CONTENT
) -> Iterator[tuple[Node, bytes]]:
    """The contents of some files of one tar, in its order; the stream is closed."""
    wanted: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        wanted[node.offset].append(node)
    try:
        reader = TarReader(stream, layer=layer)
        for offset in sorted(wanted):
            reader.jump(offset)
            content = reader.content(max_bytes)
            for node in wanted[offset]:
                yield node, content
    finally:
        stream.close()
