"""The bytes that layers carry and the merged tree does not show, each with its reason."""

from __future__ import annotations

import heapq
from itertools import chain
from typing import TYPE_CHECKING

from jettison.oci.entry import EntryKind
from jettison.oci.tree.store import Fate
from jettison.oci.tree.waste_groups import WasteGrouper
from jettison.oci.tree.waste_items import WasteItem, WasteReason
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci.tree.filetree import FileTree, Node
    from jettison.oci.tree.waste_groups import WasteGroup


_NO_DIGESTS = (b"", bytes(32))
_SHORT = 8


@record
class Waste:
    """The sums of an image's waste, in uncompressed bytes of content.

    ``layer_bytes == tree_bytes + overwritten_bytes + deleted_bytes`` always holds, and
    ``tree_bytes`` includes ``duplicated_bytes`` (0 when the tree has no digests). A copy that
    survives is never counted as waste (dive counts it: wagoodman/dive#684).

    ``rewritten_bytes`` is the part of ``overwritten_bytes`` whose content stayed the same: a new
    owner, mode or time. ``largest`` are the items with the most bytes, largest first, equal ones
    by path. ``groups`` are all items by their cause; they add up to ``waste_bytes``.
    """

    tree: FileTree
    layer_bytes: int
    tree_bytes: int
    overwritten_bytes: int
    deleted_bytes: int
    duplicated_bytes: int
    rewritten_bytes: int
    by_layer: tuple[int, ...]
    largest: tuple[WasteItem, ...]
    groups: tuple[WasteGroup, ...]

    @property
    def hidden_bytes(self) -> int:
        """The layers' bytes minus the merged tree's."""
        return self.overwritten_bytes + self.deleted_bytes

    @property
    def waste_bytes(self) -> int:
        """All three reasons together."""
        return self.hidden_bytes + self.duplicated_bytes

    @property
    def efficiency(self) -> float:
        """The useful part of the layers' bytes, 0 to 1; an image without bytes has 1."""
        if not self.layer_bytes:
            return 1.0
        return 1 - self.waste_bytes / self.layer_bytes

    def items(self) -> Iterator[WasteItem]:
        """Every wasted entry: the hidden ones as the layers have them, then the duplicates."""
        yield from _hidden_items(self.tree)
        yield from _duplicates(self.tree)


def waste(tree: FileTree, *, largest: int = 200) -> Waste:
    """The sums of a tree's waste; ``by_layer`` says in which layer the wasted bytes are.

    ``largest`` is how many items are kept.
    """
    sums = dict.fromkeys(WasteReason, 0)
    by_layer = [0] * len(tree.layers)
    rewritten = 0
    grouper = WasteGrouper(tree)

    def counted() -> Iterator[WasteItem]:
        nonlocal rewritten
        for item in chain(_hidden_items(tree), _duplicates(tree)):
            sums[item.reason] += item.stored_bytes
            by_layer[item.node.content_layer] += item.stored_bytes
            if item.same_content and item.reason is WasteReason.OVERWRITTEN:
                rewritten += item.stored_bytes
            grouper.add(item)
            yield item

    kept = _largest(counted(), largest)
    return Waste(
        tree=tree,
        layer_bytes=sum(layer.stored_bytes for layer in tree.layers),
        tree_bytes=tree.stored_bytes,
        overwritten_bytes=sums[WasteReason.OVERWRITTEN],
        deleted_bytes=sums[WasteReason.DELETED],
        duplicated_bytes=sums[WasteReason.DUPLICATED],
        rewritten_bytes=rewritten,
        by_layer=tuple(by_layer),
        largest=kept,
        groups=grouper.groups(),
    )


def _largest(items: Iterator[WasteItem], count: int) -> tuple[WasteItem, ...]:
    """The items with the most bytes; the paths of only those few are put together."""
    kept = heapq.nsmallest(count, items, key=lambda item: -item.stored_bytes)
    return tuple(sorted(kept, key=lambda item: (-item.stored_bytes, item.node.path)))


def _hidden_items(tree: FileTree) -> Iterator[WasteItem]:
    surviving = {inode for record, inode, _, _ in tree.holder_contents() if inode != record}
    for node in tree.hidden():
        if node.kind is not EntryKind.FILE or node.inode != node.record:
            continue
        stored = node.stored_bytes
        if not stored or node.inode in surviving:
            continue
        if node.fate is Fate.DELETED:
            yield WasteItem(WasteReason.DELETED, node, stored)
        else:
            yield _overwritten(node, tree, stored)


def _overwritten(node: Node, tree: FileTree, stored: int) -> WasteItem:
    twin = tree.get(node.path)
    same: bool | None = None
    if tree.has_digests:
        same = twin is not None and twin.digest == node.digest
    return WasteItem(WasteReason.OVERWRITTEN, node, stored, twin, same)


def _duplicates(tree: FileTree) -> Iterator[WasteItem]:
    """The copies that could go, in the order of the layers' entries.

    All files are gone through three times, so that nothing is kept of those without a copy.
    """
    if not tree.has_digests:
        return
    repeated = _repeated(tree)
    kept: dict[tuple[bytes, int], tuple[int, str, int]] = {}
    for number, _, held, digest in tree.holder_contents():
        if held and digest[:_SHORT] in repeated:
            _keep(kept, (digest, held), tree.node(number))
    for number, _, held, digest in tree.holder_contents():
        if held and digest[:_SHORT] in repeated:
            _, _, twin = kept[digest, held]
            if twin != number:
                node = tree.node(number)
                reason = WasteReason.DUPLICATED
                yield WasteItem(reason, node, held, tree.node(twin), same_content=True)


def _repeated(tree: FileTree) -> set[bytes]:
    """The beginnings of digests that more than one file has."""
    seen: set[bytes] = set()
    repeated: set[bytes] = set()
    for _, _, held, digest in tree.holder_contents():
        if held and digest not in _NO_DIGESTS:
            short = digest[:_SHORT]
            (repeated if short in seen else seen).add(short)
    return repeated


def _keep(
    kept: dict[tuple[bytes, int], tuple[int, str, int]], key: tuple[bytes, int], node: Node
) -> None:
    """Notes the copy that counts as kept: the one of the lowest layer, then the first by path.

    That must not depend on the order of the entries, which an archive and a folder have
    differently.
    """
    before, layer = kept.get(key), node.layer
    if before is None or layer <= before[0]:
        found = (layer, node.path, node.record)
        if before is None or found < before:
            kept[key] = found
