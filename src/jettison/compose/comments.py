"""The comments of a YAML text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jettison.compose.tree import MappingNode, ScalarNode, SequenceNode
from jettison.errors import ComposeError
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.compose.tree import Node

__all__ = ["comments", "lost_comments"]


def comments(source: SourceText) -> Counter[str]:
    """The comments, stripped, with their ``#``: whole lines, and those behind an entry.

    A line of a block scalar that starts with ``#`` counts as one. Where the text cannot be read
    only whole lines do.
    """
    try:
        taken = _taken(source)
    except ComposeError:
        taken = None
    found: Counter[str] = Counter()
    at = 0
    for line in source.text.splitlines(keepends=True):
        text = line.strip()
        if text.startswith("#"):
            found[text] += 1
        elif taken is not None and (start := _behind(line, at, taken)) is not None:
            found[line[start:].strip()] += 1
        at += len(line)
    return found


def lost_comments(before: SourceText, after: str) -> frozenset[str]:
    """The comments of ``before`` that ``after`` has no longer, or fewer times."""
    return frozenset(comments(before) - comments(SourceText(before.name, after)))


def _behind(line: str, at: int, taken: set[int]) -> int | None:
    """Where the comment behind an entry starts."""
    start = line.find("#")
    while start >= 0:
        if line[start - 1 : start].isspace() and at + start not in taken:
            return start
        start = line.find("#", start + 1)
    return None


def _taken(source: SourceText) -> set[int]:
    """Where a ``#`` is part of a scalar."""
    from jettison.compose.parsing import parse_yaml

    text = source.text
    found: set[int] = set()
    for document in parse_yaml(source):
        for scalar in _scalars(document):
            span = scalar.span
            at = text.find("#", span.start, span.end)
            header = text.find("\n", span.start) if text[span.start] in "|>" else -1
            while at >= 0:
                if scalar.tag is not None or at > header:
                    found.add(at)
                at = text.find("#", at + 1, span.end)
    return found


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode() if node.span.end > node.span.start:
            yield node
        case MappingNode():
            for key, value in node.entries:
                yield from _scalars(key)
                yield from _scalars(value)
        case SequenceNode():
            for item in node.items:
                yield from _scalars(item)
        case _:
            return
