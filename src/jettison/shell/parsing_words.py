"""The parts of one command, out of tree-sitter's nodes."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from jettison.record import record
from jettison.shell.syntax import Assignment, Command, Heredoc, Redirection, Word
from jettison.shell.texts import Traced, unquote
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

    from jettison.shell.heredocs import HeredocPlace

__all__ = ["FoundCommand", "FoundRedirection", "Source", "read_command", "read_redirection"]

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


# The grammar's scanner asks C's isalpha of any character, which reads beyond its table and may
# crash on what is not ASCII: it is shown a plain character of a word instead.
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@record
class Source:
    """The text that was parsed, as tree-sitter is shown it.

    ``data`` has one byte for each character. ``heredocs`` are those that were blanked out of
    ``text`` and stand in ``whole``, here-strings without place.
    """

    text: Traced
    data: bytes
    whole: str
    heredocs: Mapping[int, HeredocPlace | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls, text: Traced, whole: str, heredocs: Mapping[int, HeredocPlace | None] | None = None
    ) -> Source:
        """The source of a text, ``whole`` being the same before here-documents were blanked."""
        data = _NOT_ASCII.sub("%", text.text).encode("ascii")
        return cls(text, data, whole, heredocs or {})

    def range(self, node: Node) -> tuple[int, int]:
        """The characters of a node, in the text that was parsed."""
        return node.start_byte, node.end_byte

    def span(self, node: Node) -> Span:
        """The characters of a node, in the text that the caller has."""
        return self.text.span(*self.range(node))

    def string(self, node: Node) -> str:
        """The text of a node without its origins."""
        start, end = self.range(node)
        return self.text.text[start:end]


@record
class FoundCommand:
    """A command with what only the walk needs.

    ``values`` are its words without quotes but with origins, ``inner`` the substitutions in it,
    ``body`` its here-document.
    """

    command: Command
    values: tuple[Traced, ...]
    inner: tuple[Node, ...] = ()
    body: Traced | None = None

    def with_redirection(self, found: FoundRedirection) -> FoundCommand:
        """The command with one more redirection behind it, and the words behind that."""
        span = _cover(self.command.span, found.redirection.span)
        for word, _ in found.words:
            span = _cover(span, word.span)
        command = replace(
            self.command,
            words=(*self.command.words, *(word for word, _ in found.words)),
            redirections=(*self.command.redirections, found.redirection),
            span=span,
        )
        values = (*self.values, *(value for _, value in found.words))
        return replace(self, command=command, values=values, body=found.body or self.body)


@record
class FoundRedirection:
    """A redirection, and what the grammar hangs below it.

    ``words`` are the command's own that follow it; after ``<<EOF`` the rest of the line,
    commands and all, is ``following``.
    """

    redirection: Redirection
    inner: tuple[Node, ...] = ()
    words: tuple[tuple[Word, Traced], ...] = ()
    following: tuple[Node, ...] = ()
    body: Traced | None = None


def read_command(source: Source, node: Node) -> FoundCommand:
    """The command of a node."""
    words: list[tuple[Word, Traced]] = []
    assignments: list[Assignment] = []
    redirections: list[FoundRedirection] = []
    group: list[Node] = []
    children = [node] if node.type == "variable_assignment" else node.children
    for child in children:
        part = _is_word(node, child)
        if group and not (part and node.type == "command" and _touch(source, group[-1], child)):
            words.append(_word(source, *group))
            group = []
        if part:
            *ready, last = _parts(child) or [child]
            words += (_word(source, one) for one in ready)
            group.append(last)
        elif child.type == "variable_assignment":
            assignments.append(_assignment(source, child))
        elif child.type in _REDIRECTS:
            found = read_redirection(source, child)
            redirections.append(found)
            words += found.words
    if group:
        words.append(_word(source, *group))
    span = source.span(node)
    for found in redirections:
        span = _cover(span, found.redirection.span)
    command = Command(
        tuple(word for word, _ in words),
        tuple(assignments),
        tuple(found.redirection for found in redirections),
        span,
    )
    bodies = [found.body for found in redirections if found.body is not None]
    values = tuple(value for _, value in words)
    inner = tuple(_find(node, _SUBSTITUTIONS))
    return FoundCommand(command, values, inner, bodies[-1] if bodies else None)


def read_redirection(source: Source, node: Node) -> FoundRedirection:
    """The redirection of a node."""
    if node.type == "heredoc_redirect":
        return _read_heredoc(source, node)
    descriptor = None
    operator = ""
    place = None
    targets: list[tuple[Word, Traced]] = []
    for child in node.children:
        if child.type == "file_descriptor":
            digits = source.string(child)
            descriptor = int(digits) if digits.isdecimal() else None
        elif child.is_named:
            targets.append(_word(source, child))
        elif not operator:
            operator = source.string(child)
            at = source.range(child)[0]
            place = source.heredocs.get(at)
            operator = "<<<" if at in source.heredocs else operator
    words = tuple(targets[1:])
    inner = tuple(_find(node, _SUBSTITUTIONS))
    if place is not None:
        redirection, body = _heredoc(source, place)
        return FoundRedirection(redirection, inner, words, body=body)
    start = source.range(node)[0]
    target = targets[0][0] if targets else None
    span = source.span(node)
    if target is not None and words:
        span = Span(source.text.span(start, start + 1).start, target.span.end)
    return FoundRedirection(Redirection(operator, target, span, descriptor), inner, words)


def _read_heredoc(source: Source, node: Node) -> FoundRedirection:
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
    first, last = source.range(start or node)
    begins, ends = source.range(body) if body is not None else (last, last)
    if body is not None:
        # The grammar's body leaves out the tabs before it and has those before the delimiter.
        begins = source.text.text.rfind("\n", 0, begins) + 1
        ends = max(begins, source.text.text.rfind("\n", begins, ends) + 1)
    written = source.text.slice(first, last)
    text = source.text.slice(begins, ends)
    heredoc = Heredoc(
        unquote(written, ()).text,
        text.text,
        source.text.span(begins, ends),
        literal=any(char in written.text for char in "'\"\\"),
        strips_tabs=operator == "<<-",
    )
    span = source.text.span(source.range(node)[0], last)
    redirection = Redirection(operator, None, span, None, heredoc)
    inner = tuple(_find(body, _SUBSTITUTIONS)) if body is not None else ()
    return FoundRedirection(redirection, inner, (), tuple(following), text)


def _heredoc(source: Source, place: HeredocPlace) -> tuple[Redirection, Traced]:
    whole = Traced(source.whole, source.text.origins)
    written = whole.slice(place.delimiter_start, place.delimiter_end)
    body = whole.slice(place.body_start, place.body_end)
    heredoc = Heredoc(
        unquote(written, ()).text,
        body.text,
        whole.span(place.body_start, place.body_end),
        literal=any(char in written.text for char in "'\"\\"),
        strips_tabs=place.strips_tabs,
    )
    operator = "<<-" if place.strips_tabs else "<<"
    span = whole.span(place.operator, place.delimiter_end)
    return Redirection(operator, None, span, None, heredoc), body


def _assignment(source: Source, node: Node) -> Assignment:
    start, end = source.range(node)
    text = source.text.text[start:end]
    name, equals, _ = text.partition("=")
    value, _ = _piece(source, (node,), start + len(name) + 1 if equals else end, end)
    appends = name.endswith("+")
    return Assignment(name.removesuffix("+"), value, source.span(node), appends)


def _is_word(command: Node, child: Node) -> bool:
    if child.type == "variable_assignment":
        return command.type == "declaration_command"
    return child.type not in _REDIRECTS and child.type != "comment"


def _touch(source: Source, one: Node, other: Node) -> bool:
    """Whether two nodes are one word to a shell: nothing is between, or a continued line's end."""
    between = source.text.text[source.range(one)[1] : source.range(other)[0]]
    return not between.replace("\\\n", "")


def _word(source: Source, *nodes: Node) -> tuple[Word, Traced]:
    return _piece(source, nodes, source.range(nodes[0])[0], source.range(nodes[-1])[1])


def _piece(source: Source, nodes: tuple[Node, ...], start: int, end: int) -> tuple[Word, Traced]:
    ranges = [
        (first - start, last - start)
        for node in nodes
        for first, last in map(source.range, _find(node, _EXPANSIONS))
        if first >= start
    ]
    text = source.text.slice(start, end)
    value = unquote(text, tuple(ranges))
    return Word(text.text, value.text, bool(ranges), source.text.span(start, end)), value


def _parts(node: Node) -> list[Node]:
    """The words below a node: a test's expression is a tree of them, all else is one."""
    found: list[Node] = []
    todo = [node]
    while todo:
        current = todo.pop()
        if current.type in _TEST_PARTS:
            todo += reversed(current.children)
        else:
            found.append(current)
    return found


def _find(node: Node, kinds: frozenset[str]) -> Iterator[Node]:
    """The outermost nodes of these kinds below a node, in text order."""
    todo: list[Node] = [node]
    while todo:
        current = todo.pop()
        if current.type in kinds:
            yield current
        else:
            todo += reversed(current.children)


def _cover(one: Span, other: Span) -> Span:
    return Span(min(one.start, other.start), max(one.end, other.end))
