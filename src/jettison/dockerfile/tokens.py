"""The lossless tokens of a Dockerfile."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from jettison.dockerfile.lines import InstructionLines, Lines, read_lines
from jettison.record import record
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Token", "TokenKind", "tokenize"]


class TokenKind(Enum):
    """What a token is."""

    BOM = "bom"
    BLANK = "blank"
    COMMENT = "comment"
    DIRECTIVE = "directive"
    KEYWORD = "keyword"
    FLAG = "flag"
    SPACE = "space"
    OPERANDS = "operands"
    CONTINUATION = "continuation"
    NEWLINE = "newline"
    HEREDOC = "heredoc"
    HEREDOC_END = "heredoc-end"


@record
class Token:
    """A stretch of text and what it is; ``start`` counts characters from the text's beginning."""

    kind: TokenKind
    text: str
    start: int

    @property
    def span(self) -> Span:
        """Where the token is."""
        return Span(self.start, self.start + len(self.text))


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of ``text``, without gaps: their texts joined are ``text`` again.

    Never raises, whatever the text. A word that a continuation splits is more than one token.
    """
    return tokens_of(read_lines(text))


def tokens_of(lines: Lines) -> tuple[Token, ...]:
    """The tokens of lines that have been read already."""
    text = lines.text
    found = [
        Token(TokenKind(layout.kind.value), text[layout.start : layout.end], layout.start)
        for layout in lines.layout
    ]
    for instruction in lines.instructions:
        found.extend(_instruction_tokens(instruction))
    found.sort(key=lambda token: token.start)
    return tuple(found)


def _instruction_tokens(lines: InstructionLines) -> Iterator[Token]:
    logical = lines.logical
    cuts = [*logical.starts, len(logical.text)]
    regions = list(_regions(lines))
    number = 0
    for piece, offset in enumerate(logical.offsets):
        at, end = cuts[piece], cuts[piece + 1]
        shift = offset - at
        while at < end:
            while regions[number][1] <= at:
                number += 1
            kind, until = regions[number]
            stop = min(until, end)
            yield Token(kind, logical.text[at:stop], at + shift)
            at = stop


def _regions(lines: InstructionLines) -> Iterator[tuple[TokenKind, int]]:
    """Kinds and where each ends, in order; together they cover the logical text."""
    at = 0
    words = [(TokenKind.KEYWORD, lines.keyword)]
    words += [(TokenKind.FLAG, flag) for flag in lines.outer_flags]
    if lines.inner_keyword is not None:
        words.append((TokenKind.KEYWORD, lines.inner_keyword))
    words += [(TokenKind.FLAG, flag) for flag in lines.flags]
    for kind, word in words:
        if word.start > at:
            yield TokenKind.SPACE, word.start
        if word.end > word.start:
            yield kind, word.end
        at = max(at, word.end)
    if lines.rest > at:
        yield TokenKind.SPACE, lines.rest
    if lines.end > max(at, lines.rest):
        yield TokenKind.OPERANDS, lines.end
    yield TokenKind.SPACE, len(lines.logical.text)
