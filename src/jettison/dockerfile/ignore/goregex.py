"""The part of Go's regular expressions that ignore patterns reach, as a tree.

Source: the syntax page of Go's ``regexp/syntax``, with the flags that ``regexp.Compile`` sets.
Unicode classes (``\\pL``) are the one thing refused here that Go takes.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Final, TypeAlias

from jettison.dockerfile.ignore.paths import BadPattern
from jettison.record import record

__all__ = ["Assert", "Chars", "Choice", "Node", "Repeat", "parse_go_regex"]

_MOST_REPEATS: Final = 1000
_LITERAL_ESCAPES: Final = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PERL: Final = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}
_ASSERTS: Final = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


@record
class Chars:
    """One character of a set, the set written as Python's regular expressions write it."""

    python: str


@record
class Assert:
    """A place between characters, written as Python's regular expressions write it."""

    python: str


@record
class Repeat:
    """``node`` from ``low`` to ``high`` times, ``None`` being without end."""

    node: Node
    low: int
    high: int | None


@record
class Choice:
    """One of several sequences."""

    ways: tuple[tuple[Node, ...], ...]


Node: TypeAlias = "Chars | Assert | Repeat | Choice"


def parse_go_regex(text: str) -> Choice:
    """The tree of ``text``; raises :class:`BadPattern` where Go would not compile it."""
    parser = _Parser(text)
    tree = parser.choice()
    if parser.at < len(text):
        raise BadPattern(text)
    return tree


class _Parser:
    """``choice := sequence { "|" sequence }``; ``sequence := { atom [repeat] }``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def bad(self) -> BadPattern:
        return BadPattern(self.text)

    def next(self) -> str:
        if self.at >= len(self.text):
            raise self.bad()
        self.at += 1
        return self.text[self.at - 1]

    def takes(self, text: str) -> bool:
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def choice(self) -> Choice:
        ways = [self.sequence()]
        while self.takes("|"):
            ways.append(self.sequence())
        return Choice(tuple(ways))

    def sequence(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        repeated = False
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            bounds = self.bounds()
            if bounds is None:
                nodes += self.atoms()
                repeated = False
                continue
            if not nodes or repeated:
                raise self.bad()
            nodes[-1] = Repeat(nodes[-1], *bounds)
            repeated = True
        return tuple(nodes)

    def bounds(self) -> tuple[int, int | None] | None:
        """``repeat := "*" | "?" | "{" low ["," [high]] "}"``; braces of another form are text."""
        if self.takes("*"):
            return 0, None
        if self.takes("?"):
            return 0, 1
        found = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}").match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        if any(len(number or "") > 4 for number in found.group(1, 3)):
            raise self.bad()
        low = int(found[1])
        high = low if found[2] is None else int(found[3]) if found[3] else None
        if low > _MOST_REPEATS or (high is not None and not low <= high <= _MOST_REPEATS):
            raise self.bad()
        return low, high

    def atoms(self) -> tuple[Node, ...]:
        char = self.next()
        match char:
            case "(":
                inner = self.choice()
                if not self.takes(")"):
                    raise self.bad()
                return (inner,)
            case "[":
                return (Chars(self.set()),)
            case "^":
                return (Assert(r"\A"),)
            case "$":
                return (Assert(r"\Z"),)
            case ".":
                return (Chars(r"[^\n]"),)
            case "\\":
                return self.escaped()
            case _:
                return (Chars(_char(ord(char))),)

    def escaped(self) -> tuple[Node, ...]:
        if self.takes("Q"):
            end = self.text.find("\\E", self.at)
            literal = self.text[self.at : end if end >= 0 else None]
            self.at = len(self.text) if end < 0 else end + 2
            return tuple(Chars(_char(ord(char))) for char in literal)
        if self.text[self.at : self.at + 1] in _ASSERTS:
            return (Assert(_ASSERTS[self.next()]),)
        group = self.group_escape()
        if group is not None:
            return (Chars(f"[{group}]"),)
        return (Chars(_char(self.char_escape())),)

    def group_escape(self) -> str | None:
        """The inside of a set for ``\\d``, ``\\S`` and the like, after the backslash."""
        letter = self.text[self.at : self.at + 1]
        if letter.lower() in _PERL:
            self.at += 1
            inside = _PERL[letter.lower()]
            return inside if letter.islower() else _complement(inside)
        return None

    def char_escape(self) -> int:
        char = self.next()
        if char.isascii() and not char.isalnum():
            return ord(char)
        if char in _LITERAL_ESCAPES:
            return _LITERAL_ESCAPES[char]
        if char in "01234567":
            digits = re.compile("[0-7]{0,2}").match(self.text, self.at)
            more = digits.group() if digits else ""
            if char == "0" or more:
                self.at += len(more)
                return int(char + more, 8)
        if char == "x":
            found = re.compile(r"\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2})").match(self.text, self.at)
            if found and int(found[1] or found[2], 16) <= sys.maxunicode:
                self.at = found.end()
                return int(found[1] or found[2], 16)
        raise self.bad()

    def set(self) -> str:
        """``set := "[" ["^"] item { item } "]"``, written for Python."""
        out = ["[^" if self.takes("^") else "["]
        while not (len(out) > 1 and self.takes("]")):
            out.append(self.set_item())
        return "".join([*out, "]"])

    def set_item(self) -> str:
        named = re.compile(r"\[:(.*?):\]", re.DOTALL).match(self.text, self.at)
        if named:
            self.at = named.end()
            name = named[1].removeprefix("^")
            if name not in _POSIX:
                raise self.bad()
            return _POSIX[name] if name == named[1] else _complement(_POSIX[name])
        if self.text.startswith("\\", self.at):
            self.at += 1
            group = self.group_escape()
            if group is not None:
                return group
            self.at -= 1
        low = high = self.set_char()
        if re.compile(r"-[^\]]", re.DOTALL).match(self.text, self.at):
            self.at += 1
            high = self.set_char()
        if high < low:
            raise self.bad()
        return f"{_char(low)}-{_char(high)}"

    def set_char(self) -> int:
        char = self.next()
        return self.char_escape() if char == "\\" else ord(char)


def _char(code: int) -> str:
    """A character as Python's regular expressions take it, inside a set and outside."""
    return chr(code) if chr(code).isalnum() else f"\\U{code:08x}"


@lru_cache(maxsize=64)
def _complement(inside: str) -> str:
    holds = re.compile(f"[{inside}]").match
    return _ranges(tuple(code for code in range(128) if not holds(chr(code)))) + (
        f"\\U00000080-\\U{sys.maxunicode:08x}"
    )


def _ranges(codes: tuple[int, ...]) -> str:
    out: list[str] = []
    start = previous = -2
    for code in (*codes, -2):
        if code != previous + 1:
            if start >= 0:
                out.append(f"{_char(start)}-{_char(previous)}")
            start = code
        previous = code
    return "".join(out)
