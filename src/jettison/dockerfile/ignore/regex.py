"""One ignore pattern, compiled: from its text to Go's regular expression, from that to a matcher.

The detour through Go's syntax is what makes the corner cases exact: ``^`` is an anchor there,
``\\d`` a digit, ``a|b*`` a choice and ``[*]`` a repeated set. Source: ``compile`` and ``match`` of
moby/patternmatcher 0.6.
"""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum
from typing import Final, assert_never

from jettison.dockerfile.ignore.automaton import Automaton
from jettison.dockerfile.ignore.goregex import (
    Assert,
    Chars,
    Choice,
    Node,
    Repeat,
    parse_go_regex,
)
from jettison.record import record

__all__ = ["Matcher", "as_runes", "compile_pattern"]

_ESCAPED: Final = frozenset(".+()$")
_STEPS: Final = 10_000_000
_FOLDERS: Final = parse_go_regex("(.*/)?").ways[0][0]
_NAME, _SLASH = parse_go_regex("[^/]*/").ways[0]
_ANYTHING: Final = Repeat(Chars(r"[\s\S]"), 0, None)


class Kind(Enum):
    """How a pattern is compared; the engines take the cheapest that its text allows."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    REGEX = "regex"


@record
class Matcher:
    """Decides whether a cleaned path is named by one pattern, its folders not considered.

    ``literal`` is text with which every matching path begins. For a regular expression,
    ``source`` is the same for Python's :func:`re.match`; searching a path of ``n`` characters with
    it takes up to ``n ** loops`` steps; ``tail`` is what follows a ``**/`` at its start.
    """

    kind: Kind
    text: str
    literal: str
    source: str = ""
    loops: int = 0
    tail: str | None = None
    regex: re.Pattern[str] | None = field(default=None, compare=False, repr=False)
    automaton: Automaton | None = field(default=None, compare=False, repr=False)

    def matches(self, path: str) -> bool:
        """Whether ``path`` (``/`` between names, none in front) matches; time is bounded."""
        if self.kind is Kind.EXACT:
            return path == self.text
        if self.kind is Kind.PREFIX:
            return path.startswith(self.text)
        if self.kind is Kind.SUFFIX:
            slashed = self.text.startswith("/") and path == self.text[1:]
            return slashed or path.endswith(self.text)
        path = as_runes(path)
        if self.regex is not None and len(path) ** self.loops <= _STEPS:
            return self.regex.match(path) is not None
        return self.automaton is not None and self.automaton.matches(path)

    def reaches(self, below: str) -> bool:
        """Whether a path that starts with ``below`` may match."""
        begins = self.literal.startswith(below)
        return begins or (self.kind is not Kind.EXACT and below.startswith(self.literal))


def as_runes(path: str) -> str:
    """``path`` as Go's regular expressions see it: every byte that is not UTF-8 is U+FFFD."""
    if path.isascii():
        return path
    return "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in path)


def compile_pattern(pattern: str) -> Matcher:
    """The matcher of a cleaned pattern without its ``!``; raises :class:`BadPattern`."""
    kind, expression = _go_regex(pattern)
    start = re.split(r"[*?\[\]\\^|{]", pattern, maxsplit=1)[0]
    match kind:
        case Kind.EXACT:
            return Matcher(kind, pattern, pattern)
        case Kind.PREFIX:
            return Matcher(kind, pattern[:-2], start)
        case Kind.SUFFIX:
            tail = pattern.encode("utf-8", "surrogateescape")[2:]
            return Matcher(kind, tail.decode("utf-8", "surrogateescape"), "")
        case Kind.REGEX:
            return _compile_regex(pattern, start, expression)
        case _:
            assert_never(kind)


def _compile_regex(pattern: str, start: str, expression: str) -> Matcher:
    tree = parse_go_regex(expression)
    anchored = Choice(
        tuple(
            _without_doubles(way if way[:1] == (Assert(r"\A"),) else (_ANYTHING, *way))
            for way in tree.ways
        )
    )
    source = python_source(anchored)
    way = anchored.ways[0]
    alone = len(tree.ways) == 1
    shared = alone and way[:2] == (Assert(r"\A"), _FOLDERS)
    return Matcher(
        Kind.REGEX,
        pattern,
        start if alone and "{" not in pattern else "",
        source,
        loops(anchored),
        sequence_source(way[2:]) if shared else None,
        re.compile(source),
        Automaton(anchored),
    )


def _without_doubles(way: tuple[Node, ...]) -> tuple[Node, ...]:
    """The way with ``**/**/`` as ``**/``."""
    return tuple(
        node
        for node, follower in zip(way, (*way[1:], None), strict=True)
        if node != _FOLDERS or follower != _FOLDERS
    )


def _go_regex(pattern: str) -> tuple[Kind, str]:
    """How the engines compare the pattern, and the regular expression that they make of it."""
    text = as_runes(pattern).removeprefix("\ufeff")
    out = ["^"]
    kind = Kind.EXACT
    at = 0
    first = True
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*" and text.startswith("*", at):
            at += 2 if text.startswith("/", at + 1) else 1
            if at < len(text):
                out.append("(.*/)?")
                kind = Kind.REGEX
            elif kind is Kind.EXACT:
                kind = Kind.PREFIX
            else:
                out.append(".*")
                kind = Kind.REGEX
            kind = Kind.SUFFIX if first else kind
        elif char == "\\" and at < len(text):
            out.append(char + text[at])
            at += 1
            kind = Kind.REGEX
        else:
            out.append(_one_char(char))
            kind = Kind.REGEX if char in "*?[]" else kind
        first = False
    return kind, "".join([*out, "$"])


def _one_char(char: str) -> str:
    if char in "*?":
        return "[^/]*" if char == "*" else "[^/]"
    return f"\\{char}" if char in _ESCAPED else char


def python_source(node: Node) -> str:
    """The node as a Python regular expression."""
    match node:
        case Chars(python) | Assert(python):
            return python
        case Repeat(Chars(python), 0, None):
            return f"{python}*"
        case Repeat(inner, low, high):
            return f"(?:{python_source(inner)}){{{low},{'' if high is None else high}}}"
        case Choice(ways):
            return f"(?:{'|'.join(map(sequence_source, ways))})"
        case _:
            assert_never(node)


def sequence_source(way: tuple[Node, ...]) -> str:
    """The nodes in a row; a name is matched whole where only a slash or the end can follow it."""
    return "".join(
        f"{python_source(node)}+" if _is_whole_name(node, follower) else python_source(node)
        for node, follower in zip(way, (*way[1:], None), strict=True)
    )


def _is_whole_name(node: Node, follower: Node | None) -> bool:
    return node == _NAME and follower in (_SLASH, Assert(r"\Z"))


def loops(node: Node) -> int:
    """How many loops a backtracking search may have to combine."""
    match node:
        case Chars() | Assert():
            return 0
        case Repeat(inner, _, high):
            within = loops(inner)
            if high is None:
                return 1 + within
            return min(high, 99) * within if within else int(high > 1)
        case Choice(ways):
            return sum(
                loops(inner)
                for way in ways
                for inner, follower in zip(way, (*way[1:], None), strict=True)
                if not _is_whole_name(inner, follower)
            )
        case _:
            assert_never(node)
