"""Text joined over line continuations that still knows where each character came from."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LogicalText"]


@record
class LogicalText:
    """An instruction's text as the engine sees it: continuations, comments and newlines removed.

    ``starts[k]`` is where piece ``k`` begins in ``text`` (ascending, the first is 0) and
    ``offsets[k]`` is where that piece begins in the file.
    """

    text: str
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    @classmethod
    def join(cls, source: str, pieces: Sequence[tuple[int, int]]) -> LogicalText:
        """The text of ``pieces``, ranges of ``source`` in ascending order; empty ones count not."""
        starts: list[int] = []
        offsets: list[int] = []
        at = 0
        for start, end in pieces:
            if end > start or not starts:
                if end > start and starts and starts[-1] == at:
                    starts.pop()
                    offsets.pop()
                starts.append(at)
                offsets.append(start)
                at += end - start
        text = "".join([source[start:end] for start, end in pieces])
        return cls(text, tuple(starts), tuple(offsets))

    def source_offset(self, index: int) -> int:
        """The file offset of character ``index``; ``len(text)`` gives the end of the last piece."""
        if index == len(self.text) and index:
            return self.source_offset(index - 1) + 1
        piece = bisect_right(self.starts, index) - 1
        return self.offsets[piece] + index - self.starts[piece]

    def span(self, start: int, end: int) -> Span:
        """The file's span that holds the characters ``start`` to ``end`` and what lies between."""
        if start >= end:
            at = self.source_offset(start)
            return Span(at, at)
        if len(self.starts) == 1:
            shift = self.offsets[0]
            return Span(shift + start, shift + end)
        return Span(self.source_offset(start), self.source_offset(end - 1) + 1)

    def slice(self, start: int, end: int) -> LogicalText:
        """The part ``start`` to ``end``, with its own character numbers."""
        if len(self.starts) == 1:
            return LogicalText(self.text[start:end], (0,), (self.offsets[0] + start,))
        first = bisect_right(self.starts, start) - 1
        last = max(first, bisect_right(self.starts, end - 1) - 1) if end > start else first
        starts = [0, *(at - start for at in self.starts[first + 1 : last + 1])]
        offsets = [
            self.offsets[first] + start - self.starts[first],
            *self.offsets[first + 1 : last + 1],
        ]
        return LogicalText(self.text[start:end], tuple(starts), tuple(offsets))
