"""A text under repeated editing that knows what of it is the original, and who changed it.

A piece table: stretches of the original, texts that came in between, and places where something
was cut. It is never changed: each round of edits gives a new table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.errors import EditConflict
from jettison.record import record
from jettison.source.edits import TextEdit, check_edits
from jettison.source.text import Span
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.source.text import SourceText

__all__ = ["Cut", "Inserted", "Pieces"]


@record
class Inserted:
    """Text that is not of the original; ``origins`` are those of the edits that made it."""

    text: str
    origins: frozenset[str]

    def __len__(self) -> int:
        return len(self.text)


@record
class Cut:
    """A place where ``span`` of the original is gone; it has no length in the text now."""

    span: Span
    origins: frozenset[str]

    def __len__(self) -> int:
        return 0


Part = Span | Inserted | Cut


@record
class Pieces:
    """The text as stretches of ``original``, texts that came in between and cuts, in order."""

    original: SourceText
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, original: SourceText) -> Pieces:
        """The text before any edit."""
        return cls(original, (Span(0, len(original.text)),))

    def text(self) -> str:
        """The text now."""
        whole = self.original.text
        return "".join(
            whole[part.start : part.end]
            if isinstance(part, Span)
            else part.text
            if isinstance(part, Inserted)
            else ""
            for part in self.parts
        )

    def edited(self, edits: Iterable[TextEdit]) -> Pieces:
        """The text after edits of the text now; raises :class:`EditConflict` where two overlap."""
        parts: list[Part] = []
        rest = list(reversed(self.parts))
        at = 0
        for edit in check_edits(edits):
            at = _move(rest, at, edit.span.start, parts)
            gone: list[Part] = []
            at = _move(rest, at, edit.span.end, gone)
            origins = frozenset([edit.origin]) if edit.origin else frozenset[str]()
            for part in gone:
                if not isinstance(part, Span):
                    origins |= part.origins
            for part in gone:
                if isinstance(part, Span):
                    parts.append(Cut(part, origins))
                elif isinstance(part, Cut):
                    parts.append(Cut(part.span, part.origins | origins))
            if edit.text:
                parts.append(Inserted(edit.text, origins))
        parts += reversed(rest)
        return Pieces(
            self.original, tuple(part for part in parts if isinstance(part, Cut) or len(part))
        )

    def edits(self, origin: str = "") -> tuple[TextEdit, ...]:
        """The edits of the original that make the text now, in the name of ``origin``."""
        found: list[TextEdit] = []
        at, text = 0, ""
        for part in (*self.parts, Span(len(self.original.text), len(self.original.text))):
            if isinstance(part, Inserted):
                text += part.text
            elif isinstance(part, Span):
                if self.original.text[at : part.start] != text:
                    found.append(TextEdit(Span(at, part.start), text, origin))
                at, text = part.end, ""
        return tuple(found)

    def blame(self, span: Span) -> frozenset[str]:
        """The origins of what was inserted or cut within ``span`` of the text now."""
        found: set[str] = set()
        at = 0
        for part in self.parts:
            end = at + len(part)
            if not isinstance(part, Span) and at <= span.end and end >= span.start:
                touches = end > span.start and at < span.end
                if isinstance(part, Cut) or touches or span.start == span.end:
                    found |= part.origins
            at = end
        return frozenset(found)


def _move(rest: list[Part], at: int, to: int, into: list[Part]) -> int:
    """Take what lies from ``at`` to ``to`` off ``rest`` and put it into ``into``."""
    while at < to:
        if not rest:
            raise EditConflict(f"an edit reaches to character {to} of a text of {at}")
        part = rest.pop()
        if len(part) > to - at:
            first, second = _split(part, to - at)
            rest.append(second)
            part = first
        at += len(part)
        into.append(part)
    return at


def _split(part: Part, size: int) -> tuple[Part, Part]:
    if isinstance(part, Inserted):
        return Inserted(part.text[:size], part.origins), Inserted(part.text[size:], part.origins)
    span = sure_of(Span, part)  # a cut has no length and is never split
    middle = span.start + size
    return Span(span.start, middle), Span(middle, span.end)
