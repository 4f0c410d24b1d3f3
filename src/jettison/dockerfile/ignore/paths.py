"""Path arithmetic of the engines, which is Go's: cleaning, and matching with wildcards.

Source: the documentation of Go's ``path/filepath``, functions ``Clean`` and ``Match``, on Unix.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["BadPattern", "clean", "glob_matches", "has_wildcard"]


_FEW: Final = 2


class BadPattern(ValueError):
    """A pattern that Go would not compile."""


def clean(path: str) -> str:
    """The shortest path that names the same place by its text alone; ``"."`` for ``""``.

    Double slashes, ``.`` and inner ``..`` go; a final slash goes; ``..`` at the root goes.
    """
    rooted = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts and parts[-1] != "..":
            parts.pop()
        elif not rooted:
            parts.append(part)
    body = "/".join(parts)
    return f"/{body}" if rooted else body or "."


def has_wildcard(path: str) -> bool:
    """Whether a COPY source is a pattern: an unescaped ``*``, ``?`` or ``[`` is in it."""
    at = 0
    while at < len(path):
        if path[at] == "\\":
            at += 1
        elif path[at] in "*?[":
            return True
        at += 1
    return False


def glob_matches(pattern: str, name: str) -> bool:
    """Whether the whole of ``name`` matches ``*``, ``?``, ``[...]`` and ``\\`` escapes.

    ``*`` and ``?`` do not stand for ``/``; a set may. Raises :class:`BadPattern` where the part of
    the pattern that had to be read is malformed: Go reads no further than the first mismatch.
    """
    simple = _simple(pattern)
    if simple is not None:
        return simple.match(name) is not None
    at = 0
    rest = pattern
    while rest:
        star, chunk, rest = _next_chunk(rest)
        if star and not chunk:
            return "/" not in name[at:]
        end = _match_chunk(chunk, name, at)
        while star and (end is None or (end < len(name) and not rest)):
            if at == len(name) or name[at] == "/":
                return False
            at += 1
            end = _match_chunk(chunk, name, at)
        if end is None:
            return False
        at = end
    return at == len(name)


@lru_cache(maxsize=1024)
def _simple(pattern: str) -> re.Pattern[str] | None:
    """A pattern as a regular expression, where it has no sets, no escapes and few stars."""
    if any(mark in pattern for mark in "[\\") or any(
        part.count("*") > _FEW for part in pattern.split("/")
    ):
        return None
    parts = (
        f"[^/]{'*' if char == '*' else ''}" if char in "*?" else re.escape(char) for char in pattern
    )
    return re.compile("".join(parts) + r"\Z")


def _next_chunk(pattern: str) -> tuple[bool, str, str]:
    """Whether stars come first, then the text up to the next star, then the rest."""
    body = pattern.lstrip("*")
    in_set = False
    at = 0
    while at < len(body) and (in_set or body[at] != "*"):
        if body[at] == "\\":
            at += 1
        elif body[at] in "[]":
            in_set = body[at] == "["
        at += 1
    return body != pattern, body[:at], body[at:]


def _match_chunk(chunk: str, name: str, start: int) -> int | None:
    """Where the match of a text without stars ends in ``name``, or ``None``."""
    at: int | None = start
    read = 0
    while read < len(chunk):
        char = chunk[read]
        actual = name[at] if at is not None and at < len(name) else None
        read += 1
        if char == "[":
            holds, read = _match_set(chunk, read, actual)
        elif char == "?":
            holds = actual != "/"
        else:
            if char == "\\":
                if read == len(chunk):
                    raise BadPattern(chunk)
                char = chunk[read]
                read += 1
            holds = actual == char
        at = at + 1 if at is not None and actual is not None and holds else None
    return at


def _match_set(chunk: str, read: int, actual: str | None) -> tuple[bool, int]:
    """Whether the set that opens before ``read`` holds the character, and where it ends."""
    negated = chunk.startswith("^", read)
    read += negated
    found = False
    first = True
    while first or not chunk.startswith("]", read):
        low, read = _set_char(chunk, read)
        high = low
        if chunk[read] == "-":
            high, read = _set_char(chunk, read + 1)
        found = found or (actual is not None and low <= actual <= high)
        first = False
    return found is not negated, read + 1


def _set_char(chunk: str, read: int) -> tuple[str, int]:
    """One character of a set and the place after it, which is inside the chunk too."""
    if read >= len(chunk) or chunk[read] in "-]":
        raise BadPattern(chunk)
    if chunk[read] == "\\":
        read += 1
    if read + 1 >= len(chunk) or "\udc80" <= chunk[read] <= "\udcff":
        raise BadPattern(chunk)
    return chunk[read], read + 1
