"""A text under repeated editing that remembers what of it is still the original."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.source import Span, TextEdit, check_edits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.source import SourceText


@dataclass(frozen=True, slots=True)
class Pieces:
    """The text as stretches of ``original`` and texts that came in between, in order."""

    original: SourceText
    parts: tuple[Span | str, ...]

    @classmethod
    def of(cls, original: SourceText) -> Pieces:
        """The text before any edit."""
        return cls(original, (Span(0, len(original.text)),))

    def text(self) -> str:
        """The text now."""
        whole = self.original.text
        return "".join(
            part if isinstance(part, str) else whole[part.start : part.end] for part in self.parts
        )

    def edited(self, edits: Iterable[TextEdit]) -> Pieces:
        """The text after edits of the text now; raises :class:`EditConflict` where two overlap."""
        parts: list[Span | str] = []
        rest = list(reversed(self.parts))
        at = 0
        for edit in check_edits(edits):
            at = _move(rest, at, edit.span.start, parts)
            at = _move(rest, at, edit.span.end, None)
            parts.append(edit.text)
        parts += reversed(rest)
        return Pieces(self.original, tuple(part for part in parts if len(part)))

    def edits(self, origin: str) -> tuple[TextEdit, ...]:
        """The edits of the original that make the text now."""
        found: list[TextEdit] = []
        at, text = 0, ""
        for part in (*self.parts, Span(len(self.original.text), len(self.original.text))):
            if isinstance(part, str):
                text += part
                continue
            if self.original.text[at : part.start] != text:
                found.append(TextEdit(Span(at, part.start), text, origin))
            at, text = part.end, ""
        return tuple(found)


def _move(rest: list[Span | str], at: int, to: int, into: list[Span | str] | None) -> int:
    """Take what lies from ``at`` to ``to`` off ``rest``, into ``into`` if that is given."""
    while at < to:
        part = rest.pop()
        if len(part) > to - at:
            first, second = _split(part, to - at)
            rest.append(second)
            part = first
        at += len(part)
        if into is not None:
            into.append(part)
    return at


def _split(part: Span | str, size: int) -> tuple[Span | str, Span | str]:
    if isinstance(part, str):
        return part[:size], part[size:]
    middle = part.start + size
    return Span(part.start, middle), Span(middle, part.end)
