"""Edits and diffs."""

from __future__ import annotations

import pytest

from jettison.errors import EditConflict
from jettison.source import SourceText, Span, TextEdit, apply_edits, check_edits, unified_diff


def edit(start: int, end: int, text: str = "", origin: str = "") -> TextEdit:
    return TextEdit(Span(start, end), text, origin)


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ([], "abcdef"),
        ([edit(0, 1, "X")], "Xbcdef"),
        ([edit(6, 6, "X")], "abcdefX"),
        ([edit(4, 6), edit(0, 2)], "cd"),
        ([edit(2, 2, "X"), edit(2, 2, "Y")], "abXYcdef"),
        ([edit(2, 2, "Y"), edit(2, 2, "X")], "abYXcdef"),
        ([edit(2, 4, "X"), edit(2, 2, "<"), edit(4, 4, ">")], "ab<X>ef"),
        ([edit(2, 4, "X"), edit(2, 4, "X")], "abXef"),
        ([edit(0, 3, "1"), edit(3, 6, "2")], "12"),
    ],
)
def test_apply(edits: list[TextEdit], result: str) -> None:
    assert apply_edits("abcdef", edits) == result


@pytest.mark.parametrize(
    "edits",
    [
        [edit(0, 2, "X"), edit(1, 3, "Y")],
        [edit(0, 6, "X"), edit(2, 3, "Y")],
        [edit(0, 6, "X"), edit(2, 2, "Y")],
        [edit(1, 2, "X"), edit(1, 2, "Y")],
        [edit(0, 6), edit(1, 1, "a"), edit(5, 6)],
    ],
)
def test_conflict(edits: list[TextEdit]) -> None:
    for order in (edits, edits[::-1]):
        with pytest.raises(EditConflict):
            apply_edits("abcdef", order)


def test_a_conflict_names_both_origins() -> None:
    with pytest.raises(EditConflict, match=r"^one and two both change characters 1 to 2$"):
        check_edits([edit(0, 2, origin="one"), edit(1, 3, origin="two")])


def test_an_edit_beyond_the_text() -> None:
    with pytest.raises(EditConflict, match="reaches to character 7 of a text of 6"):
        apply_edits("abcdef", [edit(5, 7)])


def test_diff() -> None:
    before = SourceText("d/Dockerfile", "a\nb\nc\n")
    after = SourceText("d/Dockerfile", "a\nB\nc\n")
    assert unified_diff(before, after) == (
        "--- a/d/Dockerfile\n+++ b/d/Dockerfile\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
    )
    assert unified_diff(before, before) == ""
    assert unified_diff(None, None) == ""


def test_diff_of_a_new_and_of_a_deleted_file() -> None:
    file = SourceText("f", "a\nb")
    new = "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
    assert unified_diff(None, file) == new
    assert unified_diff(file, None).startswith("--- a/f\n+++ /dev/null\n")


def test_only_a_newline_ends_a_line_of_a_diff() -> None:
    before = SourceText("f", "a\x0bb\u2028c\rd\r\nx\n")
    after = SourceText("f", "a\x0bb\u2028c\rd\r\ny\n")
    rows = unified_diff(before, after).split("\n")
    assert rows[3:] == [" a\x0bb\u2028c\rd\r", "-x", "+y", ""]
