"""YAML texts to nodes, from the parser's events alone.

Tags are kept as text and never acted upon, so no input can make an object of its choice. Nesting,
text and node count are bounded (``MAX_DEPTH``, ``MAX_TEXT``, ``MAX_NODES``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from jettison.compose.tree import (
    MAX_DEPTH,
    MAX_TEXT,
    AliasNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    skip_blank,
    source_error,
)
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.events import Event

    from jettison.compose.tree import Node
    from jettison.errors import ComposeError
    from jettison.source import SourceText

MAX_NODES = 100_000


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    event: CollectionStartEvent
    children: list[Node]


@lru_cache(maxsize=64)
def parse_yaml(source: SourceText) -> tuple[Node, ...]:
    """The documents of a YAML text, in order; empty documents are left out.

    Raises :class:`ComposeError` for what is not YAML, for aliases without an anchor and for texts
    beyond the bounds.
    """
    if len(source.text) > MAX_TEXT:
        raise source_error(source, f"the file has more than {MAX_TEXT} characters", Span(0, 0))
    documents: list[Node] = []
    builder = _Builder(source)
    for event in _events(source):
        if isinstance(event, DocumentStartEvent):
            builder = _Builder(source)
        elif (done := builder.feed(event)) is not None:
            documents.append(done)
    return tuple(document for document in documents if not _is_blank(document))


def _is_blank(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.plain and not node.text and not node.tag


def _events(source: SourceText) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(source.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(mark.index, len(source.text)) if mark is not None else 0
        problem = " ".join(filter(None, (error.context, error.problem)))
        raise source_error(source, f"not YAML: {problem}", Span(offset, offset)) from None
    except ReaderError as error:
        offset = min(int(error.position), len(source.text))
        raise source_error(
            source, f"not YAML: {error.reason}", Span(offset, min(offset + 1, len(source.text)))
        ) from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise source_error(source, f"not YAML: {error}", Span(0, 0)) from None


class _Builder:
    """Nodes out of events, with an explicit stack so that nesting cannot exhaust Python's."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def feed(self, event: Event) -> Node | None:
        """The document's root once ``event`` completes it."""
        match event:
            case ScalarEvent():
                return self._add(self._scalar(event))
            case AliasEvent():
                return self._add(self._alias(event))
            case MappingStartEvent() | SequenceStartEvent():
                if len(self._stack) >= MAX_DEPTH:
                    raise self._error(f"nested deeper than {MAX_DEPTH} levels", event)
                self._stack.append(_Open(event, []))
                return None
            case MappingEndEvent() | SequenceEndEvent():
                return self._add(self._close(event))
            case _:
                return None

    def _error(self, message: str, event: Event) -> ComposeError:
        return source_error(self._source, message, _span(event))

    def _scalar(self, event: ScalarEvent) -> ScalarNode:
        span, plain = _span(event), not event.style
        if plain and not event.value and event.tag is None and event.anchor is None:
            span = self._empty_span(span)
        elif event.style not in {'"', "'"}:
            written = self._source.text[span.start : span.end].rstrip()
            span = Span(span.start, span.start + len(written))
        return ScalarNode(span, event.value, plain, _tag(event), event.anchor)

    def _empty_span(self, span: Span) -> Span:
        """Right after the ``:`` or ``-`` whose value is missing; the parser reports it later."""
        if not self._stack:
            return span
        opened = self._stack[-1]
        before = opened.children[-1].span.end if opened.children else _span(opened.event).start
        at = skip_blank(self._source.text, before)
        found = at < span.start and self._source.text[at] in ":-"
        return Span(at + 1, at + 1) if found else Span(min(before, span.start), before)

    def _alias(self, event: AliasEvent) -> AliasNode:
        name = str(event.anchor)
        if any(one.event.anchor == name for one in self._stack) and name not in self._anchors:
            raise self._error(f"anchor {name!r} contains itself", event)
        if name not in self._anchors:
            raise self._error(f"unknown anchor {name!r}", event)
        return AliasNode(_span(event), name, self._anchors[name])

    def _close(self, event: Event) -> Node:
        opened = self._stack.pop()
        start, flow = opened.event, bool(opened.event.flow_style)
        first, last = _span(start), _span(event)
        if flow:
            span = Span(first.start, last.end)
        else:
            ends = opened.children[-1].span.end if opened.children else first.start
            span = Span(first.start, max(first.start, ends))
        if isinstance(start, SequenceStartEvent):
            return SequenceNode(span, tuple(opened.children), flow, _tag(start), start.anchor)
        pairs = tuple(zip(opened.children[::2], opened.children[1::2], strict=True))
        return MappingNode(span, pairs, flow, _tag(start), start.anchor)

    def _add(self, node: Node) -> Node | None:
        self._count += 1
        if self._count > MAX_NODES:
            raise source_error(self._source, f"more than {MAX_NODES} nodes", node.span)
        if not isinstance(node, AliasNode) and node.anchor:
            self._anchors[node.anchor] = node
        if not self._stack:
            return node
        self._stack[-1].children.append(node)
        return None


def _span(event: Event) -> Span:
    start = int(event.start_mark.index)
    return Span(start, max(start, int(event.end_mark.index)))


def _tag(event: ScalarEvent | CollectionStartEvent) -> str | None:
    return None if event.tag is None else str(event.tag)
