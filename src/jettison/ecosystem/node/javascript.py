"""Object literals in JavaScript and TypeScript, read without running anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.errors import JettisonError
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "Unreadable",
    "closing",
    "entries_of",
    "number_of",
    "object_after",
    "string_of",
    "without_comments",
]

_KEY = regex(r"""\s*(?:'([^']+)'|"([^"]+)"|([A-Za-z_$][\w$]*))\s*:\s*""")
_STRING = regex(r"""(?:'([^'\n]*)'|"([^"\n]*)"|`([^`$\n]*)`)$""")
_VARIABLE = regex(r"(?:process\.env|env|import\.meta\.env)(?:\.(\w+)|\[['\"](\w+)['\"]\])")
_NAME = regex(r"[A-Za-z_$][\w$]*$")


class Unreadable(JettisonError):
    """A configuration that only running it could tell; ``line`` counts from 1."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def without_comments(text: str) -> str:
    """The text with blanks in place of comments, so that every offset stays."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] in "'\"`":
            end = _string_end(text, at) + 1
            parts.append(text[at:end])
        elif text.startswith(("//", "/*"), at):
            stop = "\n" if text[at + 1] == "/" else "*/"
            found = text.find(stop, at + 2)
            end = len(text) if found < 0 else found + (2 if stop == "*/" else 0)
            parts.append(re.sub(r"[^\n]", " ", text[at:end]))
        elif text[at] == "/" and text[:at].rstrip().endswith(("(", ",", "=", ":")):
            end = _expression_end(text, at) + 1
            parts.append(text[at:end])
        else:
            parts.append(text[at])
        at = end
    return "".join(parts)


def object_after(text: str, key: str) -> int | None:
    """Where the brace of the first ``key: {`` stands; raises where the value is no literal."""
    found = re.search(rf"(?<![\w.]){key}\s*:\s*", text)
    if found is None:
        return None
    if text[found.end() : found.end() + 1] != "{":
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(f"the setting {key} is computed", line)
    return found.end()


def entries_of(text: str, brace: int) -> Iterator[tuple[str, str, int]]:
    """The entries of the object at ``brace``: key, value as written, where it begins.

    The key is ``""`` for what is no ``key: value``.
    """
    at = brace + 1
    close = closing(text, brace)
    while at < close:
        end = _value_end(text, at, close)
        part = text[at:end]
        key = _KEY.match(part)
        if key is not None:
            name = next(group for group in key.groups() if group is not None)
            yield name, part[key.end() :].strip(), at + len(part) - len(part.lstrip())
        elif part.strip():
            yield "", part.strip(), at + len(part) - len(part.lstrip())
        at = end + 1


def string_of(value: str, text: str, environment: Mapping[str, str], depth: int = 0) -> str | None:
    """The string that an expression is, with variables from ``environment``; else ``None``."""
    value = value.strip().removesuffix(" as string").strip()
    literal = _STRING.match(value)
    if literal is not None:
        return next(group for group in literal.groups() if group is not None)
    sides = re.split(r"\s*(?:\|\||\?\?)\s*", value, maxsplit=1)
    variable = _VARIABLE.fullmatch(sides[0])
    if variable is not None:
        known = environment.get(variable[1] or variable[2])
        if known:
            return known
        return string_of(sides[1], text, environment, depth) if len(sides) == 2 else None
    if _NAME.match(value) and depth < 4:
        places = re.findall(rf"\b(?:const|let|var)\s+{re.escape(value)}\s*=\s*([^;\n]+)", text)
        if len(places) == 1:
            return string_of(places[0], text, environment, depth + 1)
    return None


def number_of(value: str) -> int | None:
    """The whole number that an expression is, or ``None``."""
    return int(value) if value.strip().isdigit() else None


def closing(text: str, brace: int) -> int:
    """Where what is opened at ``brace`` is closed; the end of the text where it is not."""
    return _value_end(text, brace + 1, len(text), stop="")


def _value_end(text: str, start: int, limit: int, stop: str = ",") -> int:
    """Where the value from ``start`` on ends: at ``stop`` or a closing brace on its level."""
    depth = 0
    at = start
    while at < limit:
        char = text[at]
        if char in "'\"`":
            at = _string_end(text, at)
        elif char == "/" and text[:at].rstrip().endswith(("(", ",", "=", ":")):
            at = _expression_end(text, at)
        elif char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
            if depth < 0:
                return at
        elif char == stop and depth == 0:
            return at
        at += 1
    return limit


def _string_end(text: str, start: int) -> int:
    quote = text[start]
    at = start + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text) - 1)


def _expression_end(text: str, start: int) -> int:
    """Where a regular expression literal ends."""
    at = start + 1
    within = False
    while at < len(text) and text[at] != "\n":
        if text[at] == "\\":
            at += 1
        elif text[at] == "[":
            within = True
        elif text[at] == "]":
            within = False
        elif text[at] == "/" and not within:
            return at
        at += 1
    return start
