"""The parts of one command, out of tree-sitter's nodes."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jettison.shell.syntax import Assignment, Command, Heredoc, Redirection, Word
from jettison.shell.texts import Traced, unquote
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

__all__ = ["Source", "read_command", "read_redirection"]

_EXPANSIONS: Final = frozenset(
    {
        "arithmetic_expansion",
        "command_substitution",
        "expansion",
        "process_substitution",
        "simple_expansion",
    }
)
_SUBSTITUTIONS: Final = frozenset({"command_substitution", "process_substitution"})
_REDIRECTS: Final = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_TEST_PARTS: Final = frozenset(
    {
        "binary_expression",
        "negated_expression",
        "parenthesized_expression",
        "ternary_expression",
        "unary_expression",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """The text that was parsed, as the bytes that tree-sitter counts in."""

    text: Traced
    data: bytes
    starts: tuple[int, ...] | None

    @classmethod
    def of(cls, text: Traced) -> Source:
        """``starts`` is the byte offset of each character, ``None`` where it is the same."""
        data = text.text.encode("utf-8", "surrogateescape")
        if len(data) == len(text.text):
            return cls(text, data, None)
        starts = [0]
        for char in text.text:
            starts.append(starts[-1] + len(char.encode("utf-8", "surrogateescape")))
        return cls(text, data, tuple(starts))

    def offset(self, byte: int) -> int:
        """The character that holds a byte."""
        if self.starts is None:
            return byte
        return min(bisect.bisect_right(self.starts, byte) - 1, len(self.text.text))

    def range(self, node: Node) -> tuple[int, int]:
        """The characters of a node, in the text that was parsed."""
        return self.offset(node.start_byte), self.offset(node.end_byte)

    def span(self, node: Node) -> Span:
        """The characters of a node, in the text that the caller has."""
        return self.text.span(*self.range(node))

    def slice(self, node: Node) -> Traced:
        """The text of a node."""
        return self.text.slice(*self.range(node))

    def string(self, node: Node) -> str:
        """The text of a node without its origins."""
        start, end = self.range(node)
        return self.text.text[start:end]


def read_command(
    source: Source, node: Node
) -> tuple[Command, tuple[Traced, ...], tuple[Node, ...]]:
    """The command, its words without quotes but with origins, and the substitutions in it."""
    words: list[tuple[Word, Traced]] = []
    assignments: list[Assignment] = []
    redirections: list[Redirection] = []
    if node.type == "variable_assignment":
        assignments.append(_assignment(source, node))
    else:
        for child in node.children:
            if child.type == "variable_assignment" and node.type != "declaration_command":
                assignments.append(_assignment(source, child))
            elif child.type in _REDIRECTS:
                redirections.append(read_redirection(source, child)[0])
            else:
                words += (_word(source, part) for part in _parts(child))
    command = Command(
        tuple(word for word, _ in words),
        tuple(assignments),
        tuple(redirections),
        source.span(node),
    )
    return command, tuple(value for _, value in words), tuple(_find(node, _SUBSTITUTIONS))


def read_redirection(
    source: Source, node: Node
) -> tuple[Redirection, tuple[Node, ...], tuple[Node, ...]]:
    """The redirection, the substitutions in it, and what the grammar put behind it.

    After ``<<EOF`` the rest of the line, commands and all, hangs below the redirection.
    """
    if node.type == "heredoc_redirect":
        return _read_heredoc(source, node)
    descriptor = None
    operator = ""
    target = None
    for child in node.children:
        if child.type == "file_descriptor":
            digits = source.string(child)
            descriptor = int(digits) if digits.isdecimal() else None
        elif not child.is_named:
            operator = operator or source.string(child)
        else:
            target = _word(source, child)[0]
    redirection = Redirection(operator, target, source.span(node), descriptor)
    return redirection, tuple(_find(node, _SUBSTITUTIONS)), ()


def _read_heredoc(
    source: Source, node: Node
) -> tuple[Redirection, tuple[Node, ...], tuple[Node, ...]]:
    start = body = None
    operator = "<<"
    following: list[Node] = []
    for child in node.children:
        if child.type == "heredoc_start":
            start = child
        elif child.type == "heredoc_body":
            body = child
        elif start is None:
            operator = source.string(child) if child.type in ("<<", "<<-") else operator
        elif child.type != "heredoc_end":
            following.append(child)
    written = source.slice(start) if start is not None else Traced("", (0,))
    whole = source.text.span(source.range(node)[0], source.range(start or node)[1])
    heredoc = Heredoc(
        unquote(written, ()).text,
        source.string(body) if body is not None else "",
        source.span(body) if body is not None else Span(whole.end, whole.end),
        literal=any(char in written.text for char in "'\"\\"),
        strips_tabs=operator == "<<-",
    )
    inner = tuple(_find(body, _SUBSTITUTIONS)) if body is not None else ()
    return Redirection(operator, None, whole, None, heredoc), inner, tuple(following)


def _assignment(source: Source, node: Node) -> Assignment:
    start, end = source.range(node)
    text = source.text.text[start:end]
    name, _, _ = text.partition("=")
    value, _ = _piece(source, node, start + len(name) + 1 if "=" in text else end, end)
    appends = name.endswith("+")
    return Assignment(name.removesuffix("+"), value, source.span(node), appends)


def _word(source: Source, node: Node) -> tuple[Word, Traced]:
    return _piece(source, node, *source.range(node))


def _piece(source: Source, node: Node, start: int, end: int) -> tuple[Word, Traced]:
    ranges = [
        (first - start, last - start)
        for first, last in map(source.range, _find(node, _EXPANSIONS))
        if first >= start
    ]
    text = source.text.slice(start, end)
    value = unquote(text, tuple(ranges))
    return Word(text.text, value.text, bool(ranges), source.text.span(start, end)), value


def _parts(node: Node) -> Iterable[Node]:
    """The words below a node: a test's expression is a tree of them, all else is one."""
    if node.type in _TEST_PARTS:
        return [part for child in node.children for part in _parts(child)]
    return [] if node.type == "comment" else [node]


def _find(node: Node, kinds: frozenset[str]) -> Iterator[Node]:
    """The outermost nodes of these kinds below a node, in text order."""
    todo = [*reversed(node.children)]
    if node.type in kinds:
        todo = [node]
    while todo:
        current = todo.pop()
        if current.type in kinds:
            yield current
        else:
            todo += reversed(current.children)
