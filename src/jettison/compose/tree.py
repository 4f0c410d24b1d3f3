"""A YAML text as a tree of nodes with spans; nothing is constructed.

Tags are kept as text, aliases stay references. ``jettison.compose.parsing`` makes the nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.errors import ComposeError
from jettison.record import record

if TYPE_CHECKING:
    from jettison.source import SourceText, Span

MAX_DEPTH = 64
MAX_TEXT = 1024 * 1024


@record
class ScalarNode:
    """A scalar; ``text`` is its content, ``plain`` whether it stands without quotes."""

    span: Span
    text: str
    plain: bool
    tag: str | None
    anchor: str | None


@record
class AliasNode:
    """``*name``; ``target`` is the node that the anchor named when the alias was met."""

    span: Span
    name: str
    target: Node


@record
class SequenceNode:
    """A sequence; ``flow`` when it is written in brackets."""

    span: Span
    items: tuple[Node, ...]
    flow: bool
    tag: str | None
    anchor: str | None


@record
class MappingNode:
    """A mapping in the order of the text, keys that occur twice included."""

    span: Span
    entries: tuple[tuple[Node, Node], ...]
    flow: bool
    tag: str | None
    anchor: str | None


Node = ScalarNode | AliasNode | SequenceNode | MappingNode


def source_error(
    source: SourceText, message: str, span: Span, *, remedy: str | None = None
) -> ComposeError:
    """The error that shows ``span`` of a Compose file."""
    at = source.position(span.start)
    return ComposeError(
        message,
        file=source.name,
        line=at.line,
        column=at.column,
        remedy=remedy,
        details=source.frame(span) if source.text else None,
    )


def skip_blank(text: str, at: int) -> int:
    """The first offset from ``at`` on that is neither white space nor in a comment."""
    while at < len(text):
        if text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end == -1 else end
        elif text[at] in " \t\r\n":
            at += 1
        else:
            break
    return at
