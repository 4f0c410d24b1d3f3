"""What stands between two words or two commands of a script: blanks, line ends, a connector."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.source import Span

__all__ = ["Gap", "Layout"]


@record
class Gap:
    """The text from ``start`` to ``end`` between two units.

    ``first`` and ``last`` are the offsets behind its first and last line end, ``line_end`` is the
    first one's length, ``mark`` where the character stands that continues the line. ``comment`` is
    where its first comment line begins. ``connector`` is ``&&``, ``;``, a newline or empty;
    ``other`` is all else that stands in it.
    """

    start: int
    end: int
    first: int | None
    last: int | None
    line_end: int
    mark: int
    comment: int | None
    connector: str
    connector_start: int | None
    other: str

    @property
    def plain(self) -> bool:
        """Whether there is a connector and nothing else but layout."""
        return bool(self.connector) and not self.other

    @property
    def binds(self) -> bool:
        """Whether it makes a pipe, an alternative, a background job or a negation."""
        return any(char in self.other for char in "|&!")

    @property
    def by_line(self) -> bool:
        """Whether a new line is what joins the commands."""
        return self.connector == "\n"

    @property
    def leading(self) -> bool:
        """Whether the connector begins its last line."""
        at = self.connector_start
        return at is not None and self.last is not None and at >= self.last

    @property
    def trailing(self) -> bool:
        """Whether the connector ends its first line."""
        at = self.connector_start
        return at is not None and self.first is not None and at < self.first


@record
class Layout:
    """How lines go on in a script: ``mark`` continues one.

    ``span`` is the script's place. ``within`` tells that the script is an instruction of a
    Dockerfile, where comment lines may stand among continued ones, rather than a text by itself.
    """

    span: Span
    mark: str
    within: bool

    def gaps(self, text: str, units: Sequence[Span]) -> list[Gap]:
        """The gaps between neighbours."""
        return [
            _Reader(text, one.end, other.start, self).read()
            for one, other in itertools.pairwise(units)
        ]

    def newline(self, text: str) -> str:
        """The line end that the script's text has."""
        at = text.find("\n", self.span.start)
        return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"

    def indent(self, text: str) -> str | None:
        """The indentation of the script's first continued line; ``None`` where it has none."""
        at = text.find("\n", self.span.start, self.span.end)
        while at >= 0:
            start = at + 1
            line = text[start : self.span.end].partition("\n")[0]
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                return line[: len(line) - len(line.lstrip())]
            at = text.find("\n", start, self.span.end)
        return None


class _Reader:
    def __init__(self, text: str, start: int, end: int, layout: Layout) -> None:
        self.text, self.start, self.end, self.layout = text, start, max(start, end), layout
        self.at = start
        self.breaks: list[tuple[int, int]] = []
        self.mark = start
        self.comment: int | None = None
        self.connector = ""
        self.connector_start: int | None = None
        self.other = ""
        self.fresh = False

    def read(self) -> Gap:
        """The gap."""
        while self.at < self.end:
            self._step()
        first = self.breaks[0] if self.breaks else None
        return Gap(
            self.start,
            self.end,
            first[1] if first else None,
            self.breaks[-1][1] if self.breaks else None,
            first[1] - first[0] if first else 0,
            self.mark,
            self.comment,
            self.connector,
            self.connector_start,
            self.other,
        )

    def _step(self) -> None:
        text, at = self.text, self.at
        if text[at] in " \t":
            self.at += 1
        elif (size := self._line_end(at)) > 0:
            self._newline(at, size)
        elif text[at] == self.layout.mark and self._continues(at):
            if not self.breaks:
                self.mark = at
            self.at = self._after_blanks(at + 1)
            self._break(self.at, self._line_end(self.at))
        elif text[at] == "#" and (self.fresh or not self.layout.within):
            self._comment()
        else:
            self._sign()

    def _newline(self, at: int, size: int) -> None:
        if not self.layout.within and not self.connector and not self.other:
            self.connector, self.connector_start = "\n", at
        if not self.breaks:
            self.mark = at
        self._break(at, size)

    def _break(self, at: int, size: int) -> None:
        self.breaks.append((at, at + size))
        self.at = at + size
        self.fresh = True

    def _comment(self) -> None:
        found = self.text.find("\n", self.at, self.end)
        if self.fresh and self.comment is None:
            self.comment = self.breaks[-1][1]
        end = self.end if found < 0 else found
        self.at = end - 1 if found > 0 and self.text[end - 1] == "\r" else end

    def _sign(self) -> None:
        self.fresh = False
        for sign in ("&&", ";"):
            if self.text.startswith(sign, self.at) and not self.connector and not self.other:
                self.connector, self.connector_start = sign, self.at
                self.at += len(sign)
                return
        self.other += self.text[self.at]
        self.at += 1

    def _line_end(self, at: int) -> int:
        if self.text.startswith("\r\n", at):
            return 2
        return 1 if self.text.startswith("\n", at) else 0

    def _after_blanks(self, at: int) -> int:
        while at < self.end and self.text[at] in " \t":
            at += 1
        return at

    def _continues(self, at: int) -> bool:
        return self._line_end(self._after_blanks(at + 1)) > 0
