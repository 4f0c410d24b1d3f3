"""Here-documents: how an instruction announces them and what they hold.

Source: BuildKit, ``frontend/dockerfile/parser/parser.go``; Dockerfile reference, "Here-Documents".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.dockerfile.expansion import ExpansionError, Lexer
from jettison.record import record

if TYPE_CHECKING:
    from jettison.source import Span

__all__ = ["Heredoc", "HeredocWord", "heredoc_word", "heredoc_words"]

_WORD = re.compile(r"([0-9]*+)<<(-?)[\t\n\f\r ]*+([^<]*)")
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_LINE = Lexer(keep_quotes=True, keep_escapes=True, keep_unset=True)
_NAME = Lexer(keep_unset=True)
_RAW_NAME = Lexer(keep_quotes=True, keep_unset=True)


@record
class HeredocWord:
    """What ``<<NAME`` announces.

    ``expand``: the name is not quoted, so variables in the body are replaced.
    ``chomp``: written ``<<-``, so the tabs that lines begin with are removed.
    """

    name: str
    descriptor: int
    expand: bool
    chomp: bool


@record
class Heredoc:
    """A here-document of an instruction; ``span`` covers the body without the line that ends it.

    ``terminator_span`` is the line that ends it without its line end, empty where there is none.
    """

    word: HeredocWord
    content: str
    span: Span
    terminator_span: Span
    terminated: bool = True

    @property
    def name(self) -> str:
        """The name that ends the body."""
        return self.word.name

    @property
    def expand(self) -> bool:
        """Whether variables in the body are replaced."""
        return self.word.expand

    @property
    def chomp(self) -> bool:
        """Whether leading tabs are removed."""
        return self.word.chomp

    @property
    def text(self) -> str:
        """The content as a file or a program receives it: chomped if asked for."""
        return _LEADING_TABS.sub("", self.content) if self.word.chomp else self.content


def heredoc_words(line: str) -> tuple[HeredocWord, ...]:
    """What the logical line announces, in order; nothing where its quotes do not match."""
    if "<<" not in line:
        return ()
    try:
        words = _LINE.words(line, {})
    except ExpansionError:
        return ()
    return tuple(found for word in words if (found := heredoc_word(word)) is not None)


def heredoc_word(word: str) -> HeredocWord | None:
    """What one word announces, or ``None`` for any other word."""
    match = _WORD.fullmatch(word)
    if match is None or not match[3]:
        return None
    try:
        names = _NAME.words(match[3], {})
        raw = _RAW_NAME.words(match[3], {})
    except ExpansionError:
        return None
    if len(names) != 1 or len(raw) != 1:
        return None
    expand = _quotes(names[0]) == _quotes(raw[0])
    descriptor = int(match[1]) if 0 < len(match[1]) < 10 else 0
    return HeredocWord(names[0], descriptor, expand, match[2] == "-")


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
