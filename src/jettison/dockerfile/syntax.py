"""How one instruction's text is split: keyword, flags, words, JSON arrays.

Every function takes logical text and gives pieces with their character numbers in it.

Source: BuildKit, ``frontend/dockerfile/parser/split_command.go`` and ``line_parsers.go``.
"""

from __future__ import annotations

import json
import re
from math import isinf

from jettison.dockerfile.whitespace import BLANKS, SPACES, skip_spaces
from jettison.record import record

__all__ = [
    "NotStrings",
    "Piece",
    "instruction_name",
    "json_array",
    "split_blanks",
    "split_flags",
    "split_keyword",
    "split_words",
]

_KEYWORD = re.compile(f"([^{BLANKS}]+)[{BLANKS}]*")
_BLANK_RUN = re.compile(f"[^{BLANKS}]+")
_FLAG_SPACES = BLANKS + "\n"
_PLAIN = re.compile(r"[^\s'\"\\`]++")
_GAP = r"[ \t\r\n]*+"
# Atomic groups, not possessive repeats of groups: Python 3.11.0 to 3.11.4 (Debian 12 has 3.11.2)
# let the last repeat of those match in part (python/cpython#106052).
_STRING = r'"[^"\\\x00-\x1f]*+(?>(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*)"'
_STRINGS = re.compile(rf"\[{_GAP}(?:{_STRING}{_GAP}(?>(?:,{_GAP}{_STRING}{_GAP})*))?\]")
_ONE_STRING = re.compile(_STRING)
_SURROGATE = re.compile("[\ud800-\udfff]")


@record
class Piece:
    """A part of an instruction: what it says, and the characters ``start`` to ``end`` it is from.

    ``text`` differs from those characters where quotes or escapes were removed.
    """

    text: str
    start: int
    end: int


class NotStrings(ValueError):
    """A JSON array with something in it that is not a string."""


def instruction_name(word: str) -> str:
    """The name of the instruction that ``word`` begins: upper case, whatever it is written in."""
    lower = word.lower()
    return lower.upper() if lower.isascii() else word


def split_keyword(text: str, at: int, end: int) -> tuple[Piece, int]:
    """The instruction's first word, and where the rest begins."""
    at = skip_spaces(text, at)
    match = _KEYWORD.match(text, at, end)
    if match is None:
        return Piece("", at, at), at
    return Piece(match[1], at, match.end(1)), match.end()


def split_flags(text: str, at: int, end: int, escape: str) -> tuple[tuple[Piece, ...], int]:
    """The words that begin with ``--``, without quotes and escapes, and where the rest begins.

    A lone ``--`` ends the flags.
    """
    flags: list[Piece] = []
    while True:
        while at < end and text[at] in _FLAG_SPACES:
            at += 1
        if not text.startswith("--", at, end):
            break
        flag = _flag(text, at, end, escape)
        at = flag.end
        if flag.text == "--":
            break
        flags.append(flag)
    return tuple(flags), min(skip_spaces(text, at), end)


def _flag(text: str, start: int, end: int, escape: str) -> Piece:
    out: list[str] = []
    quote = ""
    at = start
    while at < end:
        char = text[at]
        if plain := _PLAIN.match(text, at, end):
            out.append(plain[0])
            at = plain.end()
            continue
        if char == escape:
            out.append(text[at + 1 : min(at + 2, end)])
            at += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                out.append(char)
        elif char in _FLAG_SPACES:
            break
        elif char in "'\"":
            quote = char
        else:
            out.append(char)
        at += 1
    return Piece("".join(out), start, min(at, end))


def split_blanks(text: str, at: int, end: int) -> tuple[Piece, ...]:
    """The operands between blanks; quotes mean nothing here."""
    return tuple(
        Piece(match[0], match.start(), match.end())
        for match in _BLANK_RUN.finditer(text, skip_spaces(text, at), end)
    )


def split_words(text: str, at: int, end: int, escape: str) -> tuple[Piece, ...]:
    """The words of ``key=value`` operands; quotes hold blanks together and stay in the text."""
    words: list[Piece] = []
    while (at := skip_spaces(text, at)) < end:
        start = at
        out: list[str] = []
        quote = ""
        while at < end:
            char = text[at]
            if plain := _PLAIN.match(text, at, end):
                out.append(plain[0])
                at = plain.end()
                continue
            if char in SPACES and not quote:
                break
            if not quote and char in "'\"":
                quote = char
            elif char == quote:
                quote = ""
            elif char == escape and quote != "'":
                at += 1
                if at < end:
                    out.append(char)
                    out.append(text[at])
                    at += 1
                continue
            out.append(char)
            at += 1
        if out:
            words.append(Piece("".join(out), start, at))
    return tuple(words)


def json_array(text: str, at: int, end: int) -> tuple[Piece, ...] | None:
    """The strings of a JSON array that is the whole text, or ``None`` where it is no JSON array.

    Raises :class:`NotStrings` for an array that holds something else.
    """
    at = skip_spaces(text, at)
    if not text.startswith("[", at, end):
        return None
    if (match := _STRINGS.match(text, at, end)) and match.end() == end:
        return tuple(
            Piece(_decoded(found[0]), found.start(), found.end())
            for found in _ONE_STRING.finditer(text, at, end)
        )
    try:
        json.loads(
            text[at:end], parse_constant=_no_constant, parse_int=_number, parse_float=_number
        )
    except (ValueError, RecursionError):
        return None
    raise NotStrings("a JSON array of operands may hold strings only")


def _decoded(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    value: str = json.loads(literal)
    return _SURROGATE.sub("\ufffd", value) if "\\u" in literal else value


def _number(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)
