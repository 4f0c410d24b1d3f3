"""One instruction's words, for the functions that give them a meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from jettison.dockerfile.flags import check_flags, flags_of
from jettison.dockerfile.problems import problem
from jettison.dockerfile.syntax import (
    NotStrings,
    Piece,
    json_array,
    split_blanks,
)
from jettison.record import record

if TYPE_CHECKING:
    from jettison.dockerfile.instructions import Flag
    from jettison.dockerfile.lines import InstructionLines
    from jettison.dockerfile.logical import LogicalText
    from jettison.errors import DockerfileError
    from jettison.source import SourceText, Span

__all__ = ["Common", "Words", "flag_switch", "flag_value", "flag_values"]


class Common(TypedDict):
    """The fields that every instruction has."""

    keyword: str
    span: Span
    line: int
    flags: tuple[Flag, ...]
    comments: tuple[str, ...]
    comment_spans: tuple[Span, ...]
    stage: int | None
    logical: LogicalText
    keyword_span: Span
    operands_span: Span


@record
class Words:
    """One instruction with everything that is needed to read its operands.

    ``keyword`` is its name in upper case, ``first`` the word that says so.
    """

    source: SourceText
    escape: str
    lines: InstructionLines
    stage: int | None
    keyword: str
    first: Piece
    flag_pieces: tuple[Piece, ...]
    span: Span

    def common(self, *, checked: bool = True) -> Common:
        """The fields of every instruction; raises for a wrong flag unless not ``checked``."""
        logical = self.lines.logical
        flags = flags_of(self.flag_pieces, logical)
        if flags and checked:
            check_flags(self.source, self.keyword, flags)
        spans = self.lines.comments
        texts = tuple(self.source.text[s.start + 1 : s.end].strip() for s in spans) if spans else ()
        return {
            "keyword": self.keyword,
            "span": self.span,
            "line": self.source.position(self.span.start).line,
            "flags": flags,
            "comments": texts,
            "comment_spans": spans,
            "stage": self.stage,
            "logical": logical,
            "keyword_span": self.piece(self.first),
            "operands_span": logical.span(self.lines.rest, self.lines.end),
        }

    @property
    def rest(self) -> str:
        """The operands' text."""
        return self.lines.logical.text[self.lines.rest : self.lines.end]

    def piece(self, piece: Piece) -> Span:
        """Where a piece is in the file."""
        return self.lines.logical.span(piece.start, piece.end)

    def spans(self, pieces: tuple[Piece, ...]) -> tuple[Span, ...]:
        """Where the pieces are in the file."""
        return tuple(self.piece(piece) for piece in pieces)

    def blanks(self) -> tuple[Piece, ...]:
        """The operands between blanks."""
        return split_blanks(self.lines.logical.text, self.lines.rest, self.lines.end)

    def array(self, at: int | None = None) -> tuple[Piece, ...] | None:
        """The JSON array that the operands (from ``at`` on) are, or ``None``."""
        start = self.lines.rest if at is None else at
        try:
            return json_array(self.lines.logical.text, start, self.lines.end)
        except NotStrings as error:
            span = self.lines.logical.span(start, self.lines.end)
            raise self.error(str(error), span, "Put every operand in double quotes.") from error

    def error(
        self, message: str, span: Span | None = None, remedy: str | None = None
    ) -> DockerfileError:
        """An error to raise about ``span``, or about the whole instruction."""
        return problem(self.source, span or self.span, message, remedy=remedy)

    def missing(self, what: str) -> DockerfileError:
        """An error to raise where operands lack."""
        return self.error(f"{self.keyword} requires {what}")

    def one(self) -> str:
        """The operands as one; raises where there is none."""
        if not self.rest:
            raise self.missing("exactly one argument")
        return self.rest


def flag_value(flags: tuple[Flag, ...], name: str) -> str | None:
    """The value of the first flag of that name, or ``None``."""
    return next((flag.value for flag in flags if flag.name == name), None)


def flag_values(flags: tuple[Flag, ...], name: str) -> tuple[str, ...]:
    """The values of all flags of that name."""
    return tuple(flag.value or "" for flag in flags if flag.name == name)


def flag_switch(flags: tuple[Flag, ...], name: str) -> bool | None:
    """Whether the flag is on, or ``None`` where it is not given."""
    for flag in flags:
        if flag.name == name:
            return (flag.value or "true").lower() == "true"
    return None
