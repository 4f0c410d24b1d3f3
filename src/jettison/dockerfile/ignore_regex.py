"""One ignore pattern, compiled: from its text to Go's regular expression, from that to a matcher.

The detour through Go's syntax is what makes the corner cases exact: ``^`` is an anchor there,
``\\d`` a digit, ``a|b*`` a choice and ``[*]`` a repeated set. Source: ``compile`` and ``match`` of
moby/patternmatcher 0.6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, assert_never

from jettison.dockerfile.ignore_automaton import Automaton
from jettison.dockerfile.ignore_goregex import (
    Assert,
    Chars,
    Choice,
    Node,
    Repeat,
    parse_go_regex,
)

__all__ = ["Matcher", "as_runes", "compile_pattern"]

_ESCAPED: Final = frozenset(".+()$")
_STEPS: Final = 10_000_000
_ANYTHING: Final = Repeat(Chars(r"[\s\S]"), 0, None)


class Kind(Enum):
    """How a pattern is compared; the engines take the cheapest that its text allows."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Matcher:
    """Decides whether a cleaned path is named by one pattern, its folders not considered.

    ``literal`` is text with which every matching path begins. ``source`` is a Python regular
    expression for :func:`re.match` that says the same; searching a path of ``n`` characters with
    it takes up to ``n ** loops`` steps.
    """

    kind: Kind
    text: str
    literal: str
    source: str
    loops: int = 1
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
            return Matcher(kind, pattern, pattern, re.escape(pattern) + r"\Z")
        case Kind.PREFIX:
            return Matcher(kind, pattern[:-2], start, re.escape(pattern[:-2]))
        case Kind.SUFFIX:
            tail = pattern.encode("utf-8", "surrogateescape")[2:].decode("utf-8", "surrogateescape")
            bare = f"|{re.escape(tail[1:])}" if tail.startswith("/") else ""
            return Matcher(kind, tail, "", rf"(?:(?s:.*){re.escape(tail)}{bare})\Z")
        case Kind.REGEX:
            return _compile_regex(pattern, start, expression)
        case _:
            assert_never(kind)


def _compile_regex(pattern: str, start: str, expression: str) -> Matcher:
    tree = parse_go_regex(expression)
    anchored = Choice(
        tuple(way if way[:1] == (Assert(r"\A"),) else (_ANYTHING, *way) for way in tree.ways)
    )
    source = python_source(anchored)
    literal = "" if len(tree.ways) > 1 or "{" in pattern else start
    return Matcher(
        Kind.REGEX,
        pattern,
        literal,
        source,
        loops(anchored),
        re.compile(source),
        Automaton(anchored),
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
        case Repeat(inner, low, high):
            if (low, high) == (0, None):
                return f"(?:{python_source(inner)})*"
            return f"(?:{python_source(inner)}){{{low},{'' if high is None else high}}}"
        case Choice(ways):
            return f"(?:{'|'.join(''.join(map(python_source, way)) for way in ways)})"
        case _:
            assert_never(node)


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
            return sum(loops(inner) for way in ways for inner in way)
        case _:
            assert_never(node)
