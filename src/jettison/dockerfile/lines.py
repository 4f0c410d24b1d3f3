"""A Dockerfile's lines: directives, comments, blank lines and instructions with their extents.

This is the level on which the language is read without knowing what an instruction means.
Nothing here raises, whatever the text.

Source: BuildKit, ``frontend/dockerfile/parser/parser.go`` and ``directives.go``.
"""

from __future__ import annotations

import re
from enum import Enum

from jettison.dockerfile.heredocs import Heredoc, HeredocWord, heredoc_words
from jettison.dockerfile.logical import LogicalText
from jettison.dockerfile.syntax import (
    NotStrings,
    Piece,
    instruction_name,
    json_array,
    split_flags,
    split_keyword,
)
from jettison.dockerfile.whitespace import SPACES
from jettison.record import record
from jettison.source import Span

__all__ = ["Directive", "InstructionLines", "Layout", "LayoutKind", "Lines", "read_lines"]

BOM = "\ufeff"
_DIRECTIVE_SPACES = "\t\n\f\r "
_DIRECTIVE = re.compile(
    f"#[{''.join(sorted(SPACES))}]*+([a-zA-Z][a-zA-Z0-9]*+)[{_DIRECTIVE_SPACES}]*+="
)
_DIRECTIVES = frozenset({"escape", "syntax", "check"})
_WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})
_ESCAPES = ("\\", "`")


@record
class Directive:
    """A parser directive, ``# name=value``; ``name`` is lower case, ``span`` the whole comment."""

    name: str
    value: str
    span: Span
    value_span: Span


class LayoutKind(Enum):
    """What a stretch of text is that belongs to no instruction's meaning."""

    BOM = "bom"
    BLANK = "blank"
    COMMENT = "comment"
    DIRECTIVE = "directive"
    CONTINUATION = "continuation"
    NEWLINE = "newline"
    HEREDOC = "heredoc"
    HEREDOC_END = "heredoc-end"


@record
class Layout:
    """One such stretch, ``start`` to ``end``."""

    kind: LayoutKind
    start: int
    end: int


@record
class InstructionLines:
    """One instruction before its meaning: its logical text, first words, and here-documents.

    ``inner_keyword`` is the instruction that ONBUILD holds. ``flags`` are those of the innermost
    instruction; ``outer_flags`` those between ONBUILD and it. ``rest`` is where the operands begin
    and ``end`` where they end in the logical text. ``comments`` are the comment lines right above.
    """

    logical: LogicalText
    span: Span
    keyword: Piece
    outer_flags: tuple[Piece, ...]
    inner_keyword: Piece | None
    flags: tuple[Piece, ...]
    rest: int
    end: int
    heredocs: tuple[Heredoc, ...]
    comments: tuple[Span, ...]


@record
class Lines:
    """The lines of a whole text; ``layout`` and the instructions' pieces cover it without gaps."""

    text: str
    escape: str
    directives: tuple[Directive, ...]
    repeated: Directive | None
    layout: tuple[Layout, ...]
    instructions: tuple[InstructionLines, ...]


def read_lines(text: str) -> Lines:
    """The lines of ``text``, whatever it is."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._escape = "\\"
        self._directives: list[Directive] = []
        self._repeated: Directive | None = None
        self._layout: list[Layout] = []
        self._instructions: list[InstructionLines] = []
        self._heading = True
        self._comments: list[Span] = []
        self._shebang = False

    def read(self) -> Lines:
        """Everything, from the first line to the last."""
        if self._text.startswith(BOM):
            self._add(LayoutKind.BOM, 0, 1)
            self._at = 1
        self._after_shebang()
        while self._at < len(self._text):
            self._line()
        return Lines(
            self._text,
            self._escape,
            tuple(self._directives),
            self._repeated,
            tuple(self._layout),
            tuple(self._instructions),
        )

    def _add(self, kind: LayoutKind, start: int, end: int) -> None:
        if end > start:
            self._layout.append(Layout(kind, start, end))

    def _bounds(self) -> tuple[int, int, int]:
        """Of the line at hand: its start, where its line end begins, and the next line's start."""
        start = self._at
        found = self._text.find("\n", start)
        following = len(self._text) if found < 0 else found + 1
        end = following if found < 0 else found
        while end > start and self._text[end - 1] == "\r":
            end -= 1
        return start, end, following

    def _first_mark(self, start: int, end: int) -> int:
        text = self._text
        while start < end and text[start] in SPACES:
            start += 1
        return start

    def _line(self) -> None:
        """Read a line outside of any instruction, and the instruction that it begins, if any."""
        start, end, following = self._bounds()
        mark = self._first_mark(start, end)
        if mark == end:
            self._heading = False
            self._comments = []
            self._add(LayoutKind.BLANK, start, following)
            self._at = following
            return
        if self._text[mark] != "#":
            self._heading = False
            self._instruction(mark)
            return
        directive = self._directive(mark, end) if self._heading else None
        self._add(LayoutKind.BLANK, start, mark)
        if directive is None:
            self._heading = False
            self._comments.append(Span(mark, end))
        kind = LayoutKind.COMMENT if directive is None else LayoutKind.DIRECTIVE
        self._add(kind, mark, end)
        self._add(LayoutKind.NEWLINE, end, following)
        self._at = following

    def _after_shebang(self) -> None:
        """A first line ``#!...`` is a comment; after it every directive but ``escape`` counts."""
        if not self._text.startswith("#!", self._at):
            return
        start, end, following = self._bounds()
        self._add(LayoutKind.COMMENT, start, end)
        self._add(LayoutKind.NEWLINE, end, following)
        self._at = following
        self._comments.append(Span(start, end))
        self._shebang = True

    def _directive(self, mark: int, end: int) -> Directive | None:
        match = _DIRECTIVE.match(self._text, mark, end)
        if match is None or (name := match[1].lower()) not in _DIRECTIVES:
            return None
        value = self._directive_value(match.end(), end)
        if value is None:
            return None
        found = Directive(name, self._text[value.start : value.end], Span(mark, end), value)
        if self._shebang and name == "escape":
            return found
        if any(earlier.name == name for earlier in self._directives):
            self._repeated = self._repeated or (None if self._shebang else found)
        else:
            self._directives.append(found)
            if name == "escape" and found.value in _ESCAPES:
                self._escape = found.value
        return found

    def _directive_value(self, start: int, end: int) -> Span | None:
        """A directive's value without blanks round it; a value of nothing but blanks is one."""
        text = self._text[start:end]
        stripped = text.strip(_DIRECTIVE_SPACES)
        if not stripped:
            return Span(end - 1, end) if text else None
        start += text.index(stripped[0])
        return Span(start, start + len(stripped))

    def _instruction(self, mark: int) -> None:
        """Read an instruction that begins at ``mark``, through its last continuation."""
        pieces: list[tuple[int, int]] = []
        start, end, following = self._bounds()
        self._add(LayoutKind.BLANK, start, mark)
        piece = mark
        last = end
        while True:
            junction = self._joins(piece, end)
            if junction is None:
                pieces.append((piece, end))
                last = end
                self._end_line(end, following)
                break
            pieces.append((piece, junction))
            last = end
            self._add(LayoutKind.CONTINUATION, junction, following)
            self._at = following
            if not self._skip_between():
                break
            piece, end, following = self._bounds()
        self._finish(mark, last, LogicalText.join(self._text, pieces))

    def _joins(self, start: int, end: int) -> int | None:
        """Where the escape is that joins this line to the next one, or ``None``."""
        at = end
        while at > start and self._text[at - 1] in " \t":
            at -= 1
        if at == start or self._text[at - 1] != self._escape:
            return None
        at -= 1
        if at > start and self._text[at - 1] == self._escape:
            return None
        return at

    def _end_line(self, end: int, following: int) -> None:
        self._add(LayoutKind.NEWLINE, end, following)
        self._at = following

    def _skip_between(self) -> bool:
        """Pass comments and blank lines between continuations; whether a line is left."""
        while self._at < len(self._text):
            start, end, following = self._bounds()
            mark = self._first_mark(start, end)
            if mark == end:
                self._add(LayoutKind.BLANK, start, following)
            elif self._text[mark] == "#":
                self._add(LayoutKind.BLANK, start, mark)
                self._add(LayoutKind.COMMENT, mark, end)
                self._add(LayoutKind.NEWLINE, end, following)
            else:
                return True
            self._at = following
        return False

    def _finish(self, start: int, last: int, logical: LogicalText) -> None:
        text = logical.text
        end = len(text)
        while end and text[end - 1] in SPACES:
            end -= 1
        keyword, at = split_keyword(text, 0, end)
        flags, rest = split_flags(text, at, end, self._escape)
        outer: tuple[Piece, ...] = ()
        inner = None
        if instruction_name(keyword.text) == "ONBUILD":
            outer = flags
            inner, at = split_keyword(text, rest, end)
            flags, rest = split_flags(text, at, end, self._escape)
        heredocs: list[Heredoc] = []
        for word in self._announced((inner or keyword).text, text, rest, end):
            body = self._body(word)
            heredocs.append(body)
            last = body.terminator_span.end
        comments = tuple(self._comments)
        self._comments = []
        span = Span(start, last)
        self._instructions.append(
            InstructionLines(
                logical, span, keyword, outer, inner, flags, rest, end, tuple(heredocs), comments
            )
        )

    def _announced(self, keyword: str, text: str, rest: int, end: int) -> tuple[HeredocWord, ...]:
        if "<<" not in text or instruction_name(keyword) not in _WITH_HEREDOC:
            return ()
        try:
            if json_array(text, rest, end) is not None:
                return ()
        except NotStrings:
            return ()
        return heredoc_words(text)

    def _body(self, word: HeredocWord) -> Heredoc:
        """Read lines up to the one that is the here-document's name."""
        begin = self._at
        while self._at < len(self._text):
            start, end, following = self._bounds()
            line = self._text[start:end]
            if (line.lstrip("\t") if word.chomp else line) == word.name:
                self._add(LayoutKind.HEREDOC, begin, start)
                self._add(LayoutKind.HEREDOC_END, start, end)
                self._end_line(end, following)
                content = self._text[begin:start]
                return Heredoc(word, content, Span(begin, start), Span(start, end))
            self._at = following
        end = self._at
        self._add(LayoutKind.HEREDOC, begin, end)
        here = Span(end, end)
        return Heredoc(word, self._text[begin:end], Span(begin, end), here, terminated=False)
