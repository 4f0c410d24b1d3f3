"""The shell patterns of ``${name#pattern}`` and its kin: ``*``, ``?`` and escaped characters.

Positions are kept as the bits of one integer, so a match costs at most the product of the two
lengths in bit operations, whatever the pattern: nothing backtracks.

Source: POSIX Shell, 2.13 Pattern Matching Notation, as far as BuildKit reads it: no brackets,
neither wildcard matches a newline, and where there is a choice the longest match counts.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PatternError", "ShellPattern"]


class PatternError(ValueError):
    """A pattern that escapes a character which needs no escape."""


class _Wild(Enum):
    STAR = "*"
    ANY = "?"


_ESCAPED_OR_ONE = re.compile(r"\\.|.", re.DOTALL)

_Part = _Wild | str
_Parts = tuple[_Part, ...]


@record
class ShellPattern:
    """A pattern's parts: a wildcard or one literal character each."""

    parts: _Parts

    @classmethod
    def parse(cls, pattern: str) -> ShellPattern:
        """The pattern written as ``pattern``; raises :class:`PatternError` for a wrong escape."""
        parts: list[_Part] = []
        at = 0
        while at < len(pattern):
            char = pattern[at]
            at += 1
            if char == "*":
                if not parts or parts[-1] is not _Wild.STAR:
                    parts.append(_Wild.STAR)
            elif char == "?":
                parts.append(_Wild.ANY)
            elif char != "\\":
                parts.append(char)
            elif pattern[at : at + 1] not in ("}", "/"):
                escaped = pattern[at : at + 1]
                if escaped not in ("*", "?", "\\"):
                    raise PatternError(f"invalid escape '\\{escaped}'")
                parts.append(escaped)
                at += 1
        return cls(tuple(parts))

    def trim_prefix(self, value: str, *, longest: bool) -> str:
        """``value`` without its shortest (or longest) beginning that matches."""
        ends = _forward(self.parts, _Bits(value), 1)
        if not ends:
            return value
        return value[_last(ends) if longest else _first(ends) :]

    @classmethod
    def parse_backwards(cls, pattern: str) -> ShellPattern:
        """The pattern for texts that are turned round; an escape stays before its character."""
        pairs = _ESCAPED_OR_ONE.findall(pattern)
        return cls.parse("".join(reversed(pairs)))

    def replace_first(self, value: str, replacement: str) -> str:
        """``value`` with the leftmost longest match replaced."""
        for start, end in self._matches(value):
            return value[:start] + replacement + value[end:]
        return value

    def replace_all(self, value: str, replacement: Callable[[str], str]) -> str:
        """``value`` with every match replaced; an empty match right after another one is none."""
        out: list[str] = []
        done = 0
        for start, end in self._matches(value):
            out.append(value[done:start])
            if end > done or start == 0:
                out.append(replacement(value[start:end]))
            done = end
        out.append(value[done:])
        return "".join(out)

    def _matches(self, value: str) -> Iterator[tuple[int, int]]:
        """Every leftmost longest match, none overlapping another; empty ones included."""
        begins = f"{_backward(self.parts, _Bits(value)):b}"[::-1]
        start = begins.find("1")
        while start >= 0:
            end = self._longest_end(value, start)
            yield start, end
            start = begins.find("1", max(end, start + 1))

    def _longest_end(self, value: str, start: int) -> int:
        """Where the longest match ends that begins at ``start``, where one does."""
        if _Wild.STAR not in self.parts:
            return start + len(self.parts)
        stop = start - 1
        for _ in range(self.parts.count("\n") + 1):
            stop = value.find("\n", stop + 1)
            if stop < 0:
                stop = len(value)
                break
        return start + _last(_forward(self.parts, _Bits(value[start:stop]), 1))


class _Bits:
    """For each character, the positions of a value that hold it, as an integer's bits."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._known: dict[str, int] = {}
        self.length = len(value)
        self.not_newline = ((1 << len(value)) - 1) & ~self.of("\n")

    def of(self, part: _Part) -> int:
        """Where a single character of that kind is."""
        if part is _Wild.ANY:
            return self.not_newline
        char = str(part)
        if char not in self._value:
            return 0
        if char not in self._known:
            digits = "".join(["1" if each == char else "0" for each in reversed(self._value)])
            self._known[char] = int(f"0b{digits}", 0)
        return self._known[char]


def _first(positions: int) -> int:
    return (positions & -positions).bit_length() - 1


def _last(positions: int) -> int:
    return positions.bit_length() - 1


def _forward(parts: _Parts, bits: _Bits, reached: int) -> int:
    """Where a match that began at one of ``reached`` can end."""
    for part in parts:
        if part is _Wild.STAR:
            free = bits.not_newline
            reached |= ((reached & free) + free) ^ free
        else:
            reached = (reached & bits.of(part)) << 1
        if not reached:
            break
    return reached


def _backward(parts: _Parts, bits: _Bits) -> int:
    """Where a match can begin."""
    reached = (1 << (bits.length + 1)) - 1
    for part in reversed(parts):
        if part is _Wild.STAR:
            reached = _spread_left(reached, bits.not_newline)
        else:
            reached = (reached >> 1) & bits.of(part)
        if not reached:
            break
    return reached


def _spread_left(reached: int, free: int) -> int:
    """``reached`` and every position from which free characters alone lead to one of it."""
    step = 1
    while free:
        wider = reached | ((reached >> step) & free)
        if wider == reached:
            break
        reached = wider
        free &= free >> step
        step *= 2
    return reached
