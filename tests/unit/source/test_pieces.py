"""Piece tables: edits laid over edits, and who is to blame for what."""

from __future__ import annotations

import pytest

from jettison.errors import EditConflict
from jettison.source import Pieces, SourceText, Span, TextEdit, apply_edits


def edit(start: int, end: int, text: str, origin: str = "") -> TextEdit:
    return TextEdit(Span(start, end), text, origin)


def pieces(text: str, *rounds: list[TextEdit]) -> Pieces:
    made = Pieces.of(SourceText("f", text))
    for edits in rounds:
        made = made.edited(edits)
    return made


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        ([], "abcdef"),
        ([[edit(0, 0, "x")]], "xabcdef"),
        ([[edit(6, 6, "x")]], "abcdefx"),
        ([[edit(0, 6, "")]], ""),
        ([[edit(1, 2, ""), edit(3, 4, "X")]], "acXef"),
        ([[edit(2, 4, "XYZ")], [edit(3, 4, "")]], "abXZef"),
        ([[edit(2, 4, "XYZ")], [edit(1, 6, "-")]], "a-f"),
        ([[edit(2, 4, "")], [edit(2, 2, "cd")]], "abcdef"),
        ([[edit(3, 3, "1"), edit(3, 3, "2")]], "abc12def"),
        ([[edit(0, 6, "")], [edit(0, 0, "new")]], "new"),
    ],
)
def test_rounds_of_edits(rounds: list[list[TextEdit]], expected: str) -> None:
    made = pieces("abcdef", *rounds)
    assert made.text() == expected
    assert apply_edits("abcdef", made.edits()) == expected


def test_what_was_put_back_is_no_edit() -> None:
    assert pieces("abcdef", [edit(2, 4, "")], [edit(2, 2, "cd")]).edits() == ()


def test_edits_carry_the_name_asked_for() -> None:
    (found,) = pieces("abc", [edit(1, 2, "x", "one")]).edits("all")
    assert found == edit(1, 2, "x", "all")


def test_blame_of_inserted_and_cut_text() -> None:
    made = pieces("abcdef", [edit(1, 1, "X", "in"), edit(3, 5, "", "out")])
    assert made.text() == "aXbcf"
    assert made.blame(Span(1, 2)) == {"in"}
    assert made.blame(Span(0, 1)) == frozenset()
    assert made.blame(Span(2, 3)) == frozenset()
    assert made.blame(Span(3, 5)) == {"out"}
    assert made.blame(Span(0, 5)) == {"in", "out"}


def test_blame_goes_to_both_where_one_changed_what_another_had_made() -> None:
    made = pieces("abcdef", [edit(2, 4, "XYZ", "first")], [edit(3, 4, "-", "second")])
    assert made.text() == "abX-Zef"
    assert made.blame(Span(2, 3)) == {"first"}
    assert made.blame(Span(3, 4)) == {"first", "second"}


@pytest.mark.parametrize(
    "edits", [[edit(0, 3, ""), edit(2, 4, "")], [edit(0, 9, "")], [edit(9, 9, "x")]]
)
def test_conflicts(edits: list[TextEdit]) -> None:
    with pytest.raises(EditConflict):
        pieces("abcdef", edits)
