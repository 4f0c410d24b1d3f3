"""Where things stand in a Compose file's node tree."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jettison.compose.render import Style
from jettison.compose.tree import AliasNode, MappingNode, ScalarNode, SequenceNode, skip_blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.compose.tree import Node
    from jettison.source import SourceText, Span


def index_of(mapping: MappingNode, key: str) -> int | None:
    """The index of the entry ``key`` written in ``mapping`` itself, merge keys aside."""
    for index, (name, _value) in enumerate(mapping.entries):
        if isinstance(name, ScalarNode) and name.text == key:
            return index
    return None


def merges(mapping: MappingNode, key: str) -> bool:
    """Whether a merge key of ``mapping`` supplies ``key``."""
    for name, value in mapping.entries:
        if isinstance(name, ScalarNode) and name.plain and name.text == "<<":
            sources = value.items if isinstance(value, SequenceNode) else (value,)
            for source in sources:
                target = source.target if isinstance(source, AliasNode) else source
                if isinstance(target, MappingNode) and (
                    index_of(target, key) is not None or merges(target, key)
                ):
                    return True
    return False


def variable_index(sequence: SequenceNode, name: str) -> int | None:
    """The index of the item ``name`` or ``name=...``."""
    for index, one in enumerate(sequence.items):
        if isinstance(one, ScalarNode) and one.text.partition("=")[0] == name:
            return index
    return None


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all nodes written in it; aliases are not followed."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, SequenceNode):
            stack += reversed(current.items)
        elif isinstance(current, MappingNode):
            stack += [one for pair in reversed(current.entries) for one in reversed(pair)]


def used_outside(documents: tuple[Node, ...], inside: Span) -> frozenset[int]:
    """The identities (``id``) of the nodes that aliases outside ``inside`` point to."""
    return frozenset(
        id(node.target)
        for document in documents
        for node in walk(document)
        if isinstance(node, AliasNode) and not inside.overlaps(node.span)
    )


def column(source: SourceText, offset: int) -> int:
    """The column of an offset, from 0."""
    return source.position(offset).column - 1


def line_end(text: str, offset: int) -> int:
    """Where the line of ``offset`` ends, before its line end."""
    end = text.find("\n", offset)
    if end == -1:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def next_line(text: str, offset: int) -> int:
    """Where the line after the one of ``offset`` starts."""
    end = text.find("\n", offset)
    return len(text) if end == -1 else end + 1


def body_start(source: SourceText, node: Node) -> int:
    """Where a node's content starts, after its anchor and tag."""
    at = node.span.start
    while source.text[at : at + 1] in {"&", "!"}:
        while at < len(source.text) and source.text[at] not in " \t\r\n":
            at += 1
        at = skip_blank(source.text, at)
    return at


def is_block(source: SourceText, node: Node) -> bool:
    """Whether ``node`` is a block collection or a scalar written with ``|`` or ``>``."""
    match node:
        case SequenceNode() | MappingNode():
            return not node.flow
        case ScalarNode(plain=False):
            return source.text[body_start(source, node)] in "|>"
        case _:
            return False


def style_of(source: SourceText, documents: tuple[Node, ...]) -> Style:
    """The indentation and line ends that prevail in the file."""
    at = source.text.find("\n")
    newline = "\r\n" if at > 0 and source.text[at - 1] == "\r" else "\n"
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    for node in (one for document in documents for one in walk(document)):
        if not isinstance(node, MappingNode) or node.flow:
            continue
        for key, value in node.entries:
            if isinstance(value, AliasNode | ScalarNode) or value.flow:
                continue
            indent = column(source, body_start(source, value)) - column(source, key.span.start)
            if isinstance(value, SequenceNode):
                dashes[indent] += 1
            elif indent > 0:
                steps[indent] += 1
    step = steps.most_common(1)[0][0] if steps else 2
    dash = dashes.most_common(1)[0][0] if dashes else step
    return Style(step, max(dash, 0), newline)
