"""Whether an image is what it says, and what tells two images apart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.errors import ImageError
from jettison.oci.digest import Digest, digest_of_stream
from jettison.oci.entry import EntryKind
from jettison.oci.layers.scan import read_tree
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci.image import Image, Layer
    from jettison.oci.manifest import Descriptor
    from jettison.oci.tree.filetree import FileTree, Node


@record
class Mismatch:
    """Something that an image says of itself and its bytes do not bear out.

    ``what`` is the place (``layer 2 diff ID``), ``promised`` what is said, ``found`` what is.
    """

    what: str
    promised: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: promised {self.promised}, found {self.found}"


def validate(image: Image, *, trees: bool = True) -> tuple[Mismatch, ...]:
    """Every mismatch between an image's words and its bytes; none when the image is sound.

    All blobs are read once more from their source, without trusting the readers that verify.
    ``trees`` also reads every layer's tar.
    """
    return tuple(_mismatches(image, trees=trees))


def _mismatches(image: Image, *, trees: bool) -> Iterator[Mismatch]:
    manifest, config = image.manifest, image.config
    yield from _compared("config digest", manifest.config.digest, Digest.of(config.raw))
    yield from _compared("config bytes", manifest.config.blob_bytes, len(config.raw))
    yield from _compared("manifest layers", len(manifest.layers), len(image.layers))
    yield from _compared("config diff IDs", len(config.diff_ids), len(image.layers))
    made = sum(not item.empty_layer for item in config.history)
    if config.history:
        yield from _compared("history steps with a layer", made, len(image.layers))
    promised = zip(image.layers, manifest.layers, config.diff_ids, strict=False)
    for number, (layer, descriptor, diff_id) in enumerate(promised):
        yield from _layer(f"layer {number}", layer, descriptor, diff_id)
    if trees:
        try:
            read_tree(image.layers, verify=False)
        except ImageError as error:
            yield Mismatch("merged tree", "a readable tree", error.message)


def _layer(what: str, layer: Layer, descriptor: Descriptor, diff_id: Digest) -> Iterator[Mismatch]:
    try:
        blob, length = digest_of_stream(layer.open_blob(), descriptor.digest.algorithm)
        yield from _compared(f"{what} digest", descriptor.digest, blob)
        yield from _compared(f"{what} compressed bytes", descriptor.blob_bytes, length)
        tar, _ = digest_of_stream(layer.open_tar(verify=False), diff_id.algorithm)
        yield from _compared(f"{what} diff ID", diff_id, tar)
    except ImageError as error:
        yield Mismatch(what, "readable bytes", error.message)


def _compared(what: str, promised: object, found: object) -> Iterator[Mismatch]:
    if promised != found:
        yield Mismatch(what, str(promised), str(found))


class Change(StrEnum):
    """How a path differs between two trees."""

    ADDED = "added"
    REMOVED = "removed"
    CONTENT = "content"
    KIND = "kind"
    ATTRIBUTES = "attributes"


@record
class PathDifference:
    """A path that differs; ``before`` or ``after`` is ``None`` where there is nothing.

    ``added_bytes`` is the change in uncompressed bytes. A file's content counts once, at the
    first of its names, so over all paths the changes add up to the
    difference of the two trees' bytes.
    """

    path: str
    change: Change
    before: Node | None
    after: Node | None
    added_bytes: int


@record
class Comparison:
    """What tells two images apart. Falsy when nothing does.

    ``config`` names the fields of the config that differ, ``shared_layers`` counts the lowest
    layers that are the same.
    """

    paths: tuple[PathDifference, ...]
    config: tuple[str, ...]
    shared_layers: int
    before_bytes: int
    after_bytes: int

    def __bool__(self) -> bool:
        return bool(self.paths or self.config)


_FIELDS = (
    "platform",
    "user",
    "env",
    "entrypoint",
    "cmd",
    "working_dir",
    "exposed_ports",
    "volumes",
    "labels",
    "stop_signal",
    "shell",
    "healthcheck",
    "on_build",
)


def compare(before: Image, after: Image, *, times: bool = False) -> Comparison:
    """What tells two images apart in what a container sees: files and config, not layers.

    Both are read with digests. Modification times count when ``times`` is set.
    """
    first = read_tree(before.layers, digests=True)
    second = read_tree(after.layers, digests=True)
    config = tuple(
        name for name in _FIELDS if getattr(before.config, name) != getattr(after.config, name)
    )
    pairs = zip(before.config.diff_ids, after.config.diff_ids, strict=False)
    shared = 0
    for left, right in pairs:
        if left != right:
            break
        shared += 1
    return Comparison(
        compare_trees(first, second, times=times),
        config,
        shared,
        first.stored_bytes,
        second.stored_bytes,
    )


def compare_trees(
    before: FileTree, after: FileTree, *, times: bool = False
) -> tuple[PathDifference, ...]:
    """The paths that differ, in the order of the trees, those only in ``before`` last.

    Contents are compared by digest where both trees have digests, else by length.
    """
    return tuple(_differences(before, after, times=times))


def _differences(before: FileTree, after: FileTree, *, times: bool) -> Iterator[PathDifference]:
    held_before, held_after = _held(before), _held(after)
    for node in after:
        old = before.get(node.path)
        added = held_after.get(node.record, 0)
        if old is None:
            yield PathDifference(node.path, Change.ADDED, None, node, added)
            continue
        added -= held_before.get(old.record, 0)
        change = _change(old, node, times=times)
        if change is not None or added:
            yield PathDifference(node.path, change or Change.ATTRIBUTES, old, node, added)
    for node in before:
        if after.get(node.path) is None:
            removed = -held_before.get(node.record, 0)
            yield PathDifference(node.path, Change.REMOVED, node, None, removed)


def _held(tree: FileTree) -> dict[int, int]:
    """The bytes of each file's content, at the first of its names in the order of the tree."""
    seen: set[int] = set()
    found: dict[int, int] = {}
    for node in tree:
        if node.kind is EntryKind.FILE and node.inode not in seen:
            seen.add(node.inode)
            found[node.record] = tree.held_bytes(node)
    return found


def _change(old: Node, new: Node, *, times: bool) -> Change | None:
    if old.kind is not new.kind:
        return Change.KIND
    if old.kind is EntryKind.FILE:
        if old.content_bytes != new.content_bytes:
            return Change.CONTENT
        left, right = old.digest, new.digest
        if left is not None and right is not None and left != right:
            return Change.CONTENT
    elif old.link != new.link or old.device != new.device:
        return Change.CONTENT
    same = (old.mode, old.uid, old.gid, old.xattrs) == (new.mode, new.uid, new.gid, new.xattrs)
    if not same or (times and old.mtime_ns != new.mtime_ns):
        return Change.ATTRIBUTES
    return None
