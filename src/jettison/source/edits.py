"""Edits of a text that provably do not overlap, and how a change looks as a diff."""

from __future__ import annotations

import difflib
from itertools import pairwise
from typing import TYPE_CHECKING

from jettison.errors import EditConflict
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.source.text import SourceText, Span

__all__ = ["TextEdit", "apply_edits", "check_edits", "unified_diff"]


@record(order=True)
class TextEdit:
    """Replace the characters of ``span`` by ``text``; ``origin`` names who asked for it."""

    span: Span
    text: str
    origin: str = ""


def check_edits(edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """The edits in text order, once each.

    Two insertions at one place keep the order in which they were given. Raises
    :class:`EditConflict`, naming both origins, where two edits share a character.
    """
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.span.start, edit.span.end))
    for one, other in pairwise(ordered):
        if one.span.overlaps(other.span) or one.span.end > other.span.start:
            raise EditConflict(
                f"{one.origin or 'an edit'} and {other.origin or 'another edit'} both change "
                f"characters {max(one.span.start, other.span.start)} to "
                f"{min(one.span.end, other.span.end)}"
            )
    return tuple(ordered)


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """``text`` with every edit applied; raises :class:`EditConflict` where two overlap."""
    parts: list[str] = []
    at = 0
    for edit in check_edits(edits):
        if edit.span.end > len(text):
            raise EditConflict(
                f"{edit.origin or 'an edit'} reaches to character {edit.span.end} "
                f"of a text of {len(text)}"
            )
        parts += (text[at : edit.span.start], edit.text)
        at = edit.span.end
    parts.append(text[at:])
    return "".join(parts)


def unified_diff(before: SourceText | None, after: SourceText | None) -> str:
    """The change from one text to the other in unified format; ``""`` where they are equal.

    ``None`` stands for a file that is not there and is shown as ``/dev/null``.
    """
    old = _lines(before.text) if before else []
    new = _lines(after.text) if after else []
    rows = difflib.unified_diff(
        old,
        new,
        f"a/{before.name}" if before else "/dev/null",
        f"b/{after.name}" if after else "/dev/null",
    )
    return "".join(
        row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows
    )


def _lines(text: str) -> list[str]:
    """The lines of ``text`` with their line ends; only a newline ends one."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])
