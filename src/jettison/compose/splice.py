"""One change of one node as text edits."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from jettison.compose.locate import (
    body_start,
    column,
    index_of,
    is_block,
    line_end,
    next_line,
    variable_index,
)
from jettison.compose.render import block, entry, inline, is_command, is_inline, item
from jettison.compose.tree import (
    AliasNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    skip_blank,
)
from jettison.record import record
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.compose.render import EditValue, Style
    from jettison.compose.tree import Node
    from jettison.source import SourceText

Edits = tuple[TextEdit, ...]


@record
class Slot:
    """A value and where it hangs: entry or item ``index`` of ``parent``."""

    parent: MappingNode | SequenceNode
    index: int
    value: Node

    @property
    def key(self) -> Node | None:
        """The entry's key; ``None`` for an item."""
        if isinstance(self.parent, MappingNode):
            return self.parent.entries[self.index][0]
        return None

    @property
    def name(self) -> str:
        """The key's text; empty for an item."""
        return self.key.text if isinstance(self.key, ScalarNode) else ""

    @property
    def end(self) -> int:
        """Where the value ends."""
        return max(self.value.span.end, self.key.span.end if self.key is not None else 0)

    def beside(self, offset: int) -> Slot | None:
        """The entry or item ``offset`` places further on."""
        index = self.index + offset
        if isinstance(self.parent, MappingNode):
            entries = self.parent.entries
            found = entries[index][1] if 0 <= index < len(entries) else None
        else:
            items = self.parent.items
            found = items[index] if 0 <= index < len(items) else None
        return None if found is None else Slot(self.parent, index, found)


def slots(parent: Node) -> tuple[Slot, ...]:
    """The entries or items of a collection; none of other nodes."""
    match parent:
        case MappingNode(entries=entries):
            return tuple(Slot(parent, i, value) for i, (_key, value) in enumerate(entries))
        case SequenceNode(items=items):
            return tuple(Slot(parent, i, value) for i, value in enumerate(items))
        case _:
            return ()


def child_of(node: Node, step: str | int) -> Slot | None:
    """The entry of a key, the item of an index, or the item ``step=...`` of a list."""
    index: int | None = None
    match node:
        case MappingNode() if isinstance(step, str):
            index = index_of(node, step)
        case SequenceNode() if isinstance(step, str):
            index = variable_index(node, step)
        case SequenceNode() if isinstance(step, int):
            index = step if 0 <= step < len(node.items) else None
        case _:
            return None
    return None if index is None else slots(node)[index]


def origin(source: SourceText, slot: Slot) -> int:
    """Where the entry's key or the item's dash stands; the value's start in a flow sequence."""
    if slot.key is not None:
        return slot.key.span.start
    if slot.parent.flow:
        return slot.value.span.start
    if (before := slot.beside(-1)) is None:
        return body_start(source, slot.parent)
    return skip_blank(source.text, before.end)


def replace(source: SourceText, style: Style, slot: Slot, value: EditValue) -> Edits:
    """The edits that put ``value`` in the place of the slot's."""
    old = slot.value
    written_flow = isinstance(old, MappingNode | SequenceNode) and old.flow and slots(old)
    one_line = is_inline(value) or (is_command(slot.name, value) and not is_block(source, old))
    if slot.parent.flow or written_flow or one_line:
        return _one_line(source, slot, value)
    start = origin(source, slot)
    hang = column(source, start)
    if slot.key is None:
        lines = item(value, hang, style)
        lines[0] = lines[0].lstrip(" ")
        return (TextEdit(Span(start, old.span.end), style.newline.join(lines)),)
    lines = block(value, hang, _own_style(source, style, old, hang))
    at = _after_colon(source, slot)
    if is_block(source, old) and not isinstance(old, ScalarNode):
        first = skip_blank(source.text, line_end(source.text, at))
        first = source.text.rfind("\n", 0, first) + 1
        return (TextEdit(Span(first, old.span.end), style.newline.join(lines)),)
    rest = line_end(source.text, old.span.end)
    return (
        TextEdit(
            Span(at, max(at, old.span.end)), " " + _anchor(old).rstrip() if _anchor(old) else ""
        ),
        TextEdit(Span(rest, rest), "".join(style.newline + line for line in lines)),
    )


def _own_style(source: SourceText, style: Style, old: Node, hang: int) -> Style:
    """``style`` with the indentation that the block in the same place has."""
    indent = column(source, body_start(source, old)) - hang
    match old:
        case SequenceNode(flow=False):
            return dataclasses.replace(style, dash=indent)
        case MappingNode(flow=False) if indent > 0:
            return dataclasses.replace(style, step=indent)
        case _:
            return style


def _one_line(source: SourceText, slot: Slot, value: EditValue) -> Edits:
    old = slot.value
    quote = '"' if is_command(slot.name, value) else _quote(source, old)
    text = _anchor(old) + inline(value, quote=quote)
    if not is_block(source, old):
        pad = " " if old.span.start == old.span.end else ""
        return (TextEdit(old.span, pad + text),)
    if slot.key is None:
        return (TextEdit(old.span, text),)
    at = _after_colon(source, slot)
    head = source.text[at : line_end(source.text, at)]
    comment = head.find(" #")
    note = f" {head[comment:].strip()}" if comment != -1 else ""
    return (TextEdit(Span(at, old.span.end), f" {text}{note}"),)


def _after_colon(source: SourceText, slot: Slot) -> int:
    if slot.key is None:
        return slot.value.span.start
    at = skip_blank(source.text, slot.key.span.end)
    return at + 1 if source.text[at : at + 1] == ":" else slot.key.span.end


def _anchor(node: Node) -> str:
    return "" if isinstance(node, AliasNode) or not node.anchor else f"&{node.anchor} "


def _quote(source: SourceText, node: Node) -> str:
    """The quotes that the scalar, or the first of a flow sequence, is written in."""
    if isinstance(node, SequenceNode) and node.items:
        node = node.items[0]
    last = source.text[node.span.end - 1 : node.span.end]
    quoted = isinstance(node, ScalarNode) and not node.plain and not is_block(source, node)
    return last if quoted else ""


def insert_entry(
    source: SourceText, style: Style, mapping: MappingNode, key: str, value: EditValue
) -> Edits:
    """The edits that add an entry at the end of a mapping that has entries."""
    last = slots(mapping)[-1]
    if mapping.flow:
        return (TextEdit(Span(last.end, last.end), f", {inline({key: value})[1:-1]}"),)
    hang = column(source, origin(source, slots(mapping)[0]))
    at = line_end(source.text, max(last.end, _after_colon(source, last)))
    lines = entry(key, value, hang, style)
    gap = style.newline if _is_spaced(source, mapping) else ""
    return (TextEdit(Span(at, at), gap + "".join(style.newline + line for line in lines)),)


def _is_spaced(source: SourceText, mapping: MappingNode) -> bool:
    """Whether the last two entries, each of several lines, are set apart by an empty line."""
    if len(mapping.entries) < 2:
        return False
    before, last = slots(mapping)[-2:]
    between = source.text[before.end : origin(source, last)]
    return any(not line.strip() for line in between.split("\n")[1:-1])


def insert_items(
    source: SourceText,
    style: Style,
    sequence: SequenceNode,
    index: int,
    values: Sequence[EditValue],
) -> Edits:
    """The edits that add items after ``index`` others, to a sequence that has items."""
    before = slots(sequence)[max(index, 1) - 1]
    if sequence.flow:
        quote = _quote(source, sequence)
        text = "".join(f", {inline(value, quote=quote)}" for value in values)
        return (TextEdit(Span(before.end, before.end), text),)
    hang = column(source, body_start(source, sequence))
    lines = [line for value in values for line in item(value, hang, style)]
    if index > 0:
        at = line_end(source.text, before.end)
        return (TextEdit(Span(at, at), "".join(style.newline + line for line in lines)),)
    start = origin(source, before)
    text = (style.newline + " " * hang).join([line[hang:] for line in [*lines, " " * hang]])
    return (TextEdit(Span(start, start), text),)


def append_section(source: SourceText, style: Style, key: str, value: EditValue) -> Edits:
    """The edits that add a top-level entry to a file without a document."""
    end = len(source.text)
    gap = style.newline if source.text and not source.text.endswith("\n") else ""
    text = "".join(line + style.newline for line in entry(key, value, 0, style))
    return (TextEdit(Span(end, end), gap + text),)


def remove(source: SourceText, slot: Slot) -> Edits:
    """The edits that remove an entry or item, with the lines that only it occupies."""
    return remove_all(source, [slot])


def remove_all(source: SourceText, gone: Sequence[Slot]) -> Edits:
    """The edits that remove some, not all, entries or items of one collection, given in order."""
    head: list[Slot] = []
    if gone and not gone[0].parent.flow and not _starts_line(source, gone[0]):
        head = [
            one
            for one, index in zip(gone, itertools.count(gone[0].index), strict=False)
            if one.index == index
        ]
    edits = [_removal(source, one) for one in gone[len(head) :]]
    if head:
        following = head[-1].beside(1)
        end = origin(source, following) if following is not None else head[-1].end
        edits.insert(0, TextEdit(Span(origin(source, head[0]), end), ""))
    return tuple(edits)


def _starts_line(source: SourceText, slot: Slot) -> bool:
    """Whether nothing but white space stands before it on its line."""
    start = origin(source, slot)
    line_start = source.text.rfind("\n", 0, start) + 1
    return not source.text[line_start:start].strip(" \ufeff")


def _removal(source: SourceText, slot: Slot) -> TextEdit:
    text, before, following = source.text, slot.beside(-1), slot.beside(1)
    start = origin(source, slot)
    if slot.parent.flow:
        if before is not None:
            return TextEdit(Span(before.end, slot.end), "")
        end = origin(source, following) if following is not None else slot.end
        return TextEdit(Span(start, end), "")
    line_start = text.rfind("\n", 0, start) + 1
    line_start += text[line_start:start].count("\ufeff")
    end = next_line(text, max(slot.end, _after_colon(source, slot)))
    if not text[start:end].endswith("\n") and line_start > 0:
        line_start -= 2 if text[:line_start].endswith("\r\n") else 1
    return TextEdit(Span(line_start, end), "")
