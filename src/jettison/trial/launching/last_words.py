"""What a log that ends with a failure says of its cause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["main_line", "telling_lines"]

_FRAME = regex(
    r"\s+at\s\S.*|\s+\.{3} \d+ (?:more|common frames omitted)|\s*\^+\s*|Node\.js v\d[\d.]*"
)
"""A line of a stack trace in JavaScript or Java, or what Node.js says last."""
_CAUSE = regex(r"(?:error|exception)\b|cannot|can't|not found|denied|fatal|panic", re.IGNORECASE)


def telling_lines(lines: Iterable[str]) -> list[str]:
    """Lines without empty ones and without those that say where a program was when it failed."""
    full = [line for line in lines if line.strip()]
    return [line for line in full if not _FRAME.fullmatch(line)] or full


def main_line(text: str) -> str:
    """The last line that names a cause, else the last one; ``""`` of an empty text."""
    lines = telling_lines(text.splitlines())
    named = [line for line in lines if _CAUSE.search(line)]
    return (named or lines or [""])[-1].strip()
