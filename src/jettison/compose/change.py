"""How a block collection becomes another one with as few characters changed as can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jettison.compose import splice
from jettison.compose.locate import style_of, used_outside, walk
from jettison.compose.render import is_list
from jettison.compose.splice import Slot, child_of, slots
from jettison.compose.tree import (
    AliasNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    source_error,
)
from jettison.compose.values import convert, data
from jettison.record import record
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.compose.render import EditValue, Style
    from jettison.compose.splice import Edits
    from jettison.compose.tree import Node
    from jettison.errors import ComposeError
    from jettison.source import SourceText, TextEdit


@record
class Parsed:
    """A text and its nodes; ``shared`` allows edits that reach others through an anchor."""

    source: SourceText
    documents: tuple[Node, ...]
    style: Style
    shared: bool

    @classmethod
    def of(cls, source: SourceText, *, shared: bool) -> Parsed:
        """The nodes of ``source``; raises :class:`ComposeError` for what is not YAML."""
        from jettison.compose.parsing import parse_yaml

        documents = parse_yaml(source)
        return cls(source, documents, style_of(source, documents), shared)

    def error(self, message: str, node: Node) -> ComposeError:
        """The error that points to ``node``."""
        return source_error(self.source, message, node.span)

    def guard_shared(self, node: Node) -> None:
        """Raise :class:`ComposeError` when a change within ``node`` would change others too."""
        if self.shared or isinstance(node, AliasNode) or not node.anchor:
            return
        if id(node) in used_outside(self.documents, Span(0, 0)):
            raise self.error(f"&{node.anchor} is used elsewhere; that would change too", node)

    def guard_loss(self, node: Node) -> None:
        """Raise :class:`ComposeError` when an anchor in ``node`` would be missed without it."""
        anchored = [one for one in walk(node) if not isinstance(one, AliasNode) and one.anchor]
        if not anchored:
            return
        used = used_outside(self.documents, node.span)
        for one in anchored:
            if id(one) in used and not (one is node and self.shared):
                raise self.error(f"&{one.anchor} is used elsewhere and cannot be replaced", one)

    def says(self, node: Node, value: EditValue) -> bool:
        """Whether ``node`` reads as ``value`` already."""
        return repr(data(convert(self.source, node))) == repr(_plain(value))


def settings(parsed: Parsed, slot: Slot, value: EditValue) -> Edits:
    """The edits that give the slot all that ``value`` has; :func:`removals` drops the rest."""
    node = slot.value
    if parsed.says(node, value):
        return ()
    if _can_update(node, value):
        parsed.guard_shared(node)
        if isinstance(node, MappingNode) and isinstance(value, Mapping):
            return _entry_settings(parsed, node, value)
        if isinstance(node, SequenceNode) and is_list(value):
            return _item_settings(parsed, node, value)
    parsed.guard_loss(node)
    return splice.replace(parsed.source, parsed.style, slot, value)


def removals(parsed: Parsed, slot: Slot, value: EditValue) -> Edits:
    """The edits that drop from the slot what ``value`` does not have, after :func:`settings`."""
    node = slot.value
    if not _can_update(node, value) or parsed.says(node, value):
        return ()
    edits: list[TextEdit] = []
    gone: list[Slot] = []
    if isinstance(node, MappingNode) and isinstance(value, Mapping):
        for one in slots(node):
            if one.name in value:
                edits += removals(parsed, one, value[one.name])
            else:
                gone.append(one)
    elif isinstance(node, SequenceNode) and is_list(value):
        head, tail = _common(parsed, node, value)
        wanted = value[head : len(value) - tail]
        found = slots(node)[head : len(node.items) - tail]
        for one, new in zip(found, wanted, strict=False):
            edits += removals(parsed, one, new)
        gone += found[len(wanted) :]
    for one in gone:
        parsed.guard_loss(one.value)
    return (*edits, *splice.remove_all(parsed.source, gone))


def _can_update(node: Node, value: EditValue) -> bool:
    """Whether ``node`` is a block collection that becomes a non-empty one of its kind."""
    match node:
        case MappingNode(flow=False):
            names = {key.text for key, _ in node.entries if isinstance(key, ScalarNode)}
            plain = len(names) == len(node.entries) and "<<" not in names
            return plain and isinstance(value, Mapping) and bool(value)
        case SequenceNode(flow=False):
            return is_list(value) and bool(value)
        case _:
            return False


def _entry_settings(parsed: Parsed, node: MappingNode, value: Mapping[str, EditValue]) -> Edits:
    edits: list[TextEdit] = []
    for key, one in value.items():
        slot = child_of(node, key)
        if slot is None:
            edits += splice.insert_entry(parsed.source, parsed.style, node, key, one)
        else:
            edits += settings(parsed, slot, one)
    return tuple(edits)


def _item_settings(parsed: Parsed, node: SequenceNode, value: Sequence[EditValue]) -> Edits:
    head, tail = _common(parsed, node, value)
    count, total = len(node.items), len(value)
    edits = [
        settings(parsed, Slot(node, index, node.items[index]), value[index])
        for index in range(head, min(count, total) - tail)
    ]
    added, at = value[count - tail : total - tail], count - tail
    if added:
        edits.append(splice.insert_items(parsed.source, parsed.style, node, at, added))
    return tuple(edit for some in edits for edit in some)


def _common(parsed: Parsed, node: SequenceNode, value: Sequence[EditValue]) -> tuple[int, int]:
    """How many items lead, and how many end, both lists."""
    least = min(len(node.items), len(value))
    head = 0
    while head < least and parsed.says(node.items[head], value[head]):
        head += 1
    tail = 0
    while tail < least - head and parsed.says(node.items[-1 - tail], value[-1 - tail]):
        tail += 1
    return head, tail


def _plain(value: EditValue) -> EditValue:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if is_list(value):
        return [_plain(one) for one in value]
    return value
