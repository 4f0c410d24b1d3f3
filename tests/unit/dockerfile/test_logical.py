"""Text joined over continuations."""

from __future__ import annotations

from jettison.dockerfile import LogicalText
from jettison.source import Span

SOURCE = "RUN a \\\n  b \\\n  c"
JOINED = LogicalText.join(SOURCE, [(0, 6), (8, 12), (14, 17)])


def test_join() -> None:
    assert JOINED.text == "RUN a   b   c"
    assert [SOURCE[JOINED.source_offset(n)] for n in range(len(JOINED.text))] == list(JOINED.text)
    assert JOINED.source_offset(len(JOINED.text)) == len(SOURCE)


def test_span_covers_what_lies_between() -> None:
    at = JOINED.text.index("a")
    assert JOINED.span(at, at + 1) == Span(4, 5)
    assert JOINED.span(at, JOINED.text.index("b") + 1) == Span(4, 11)
    assert JOINED.span(at, at) == Span(4, 4)


def test_a_word_ends_where_its_last_character_is() -> None:
    joined = LogicalText.join("ab\\\ncd", [(0, 2), (4, 6)])
    assert joined.span(0, 2) == Span(0, 2)
    assert joined.span(0, 3) == Span(0, 5)
    assert joined.source_offset(2) == 4


def test_slices_keep_their_places() -> None:
    for start in range(len(JOINED.text) + 1):
        for end in range(start, len(JOINED.text) + 1):
            part = JOINED.slice(start, end)
            assert part.text == JOINED.text[start:end]
            assert [part.source_offset(n) for n in range(end - start)] == [
                JOINED.source_offset(n) for n in range(start, end)
            ]


def test_empty_pieces_do_not_count() -> None:
    joined = LogicalText.join("\\\n\\\nx", [(0, 0), (2, 2), (4, 5)])
    assert (joined.text, joined.source_offset(0), joined.source_offset(1)) == ("x", 4, 5)
    assert LogicalText.join("\\", [(0, 0)]).span(0, 0) == Span(0, 0)
