"""What edits of a Dockerfile make of it, as a reviewer would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile import DockerfileEditor, Onbuild, parse_text
from jettison.source import TextEdit, apply_edits

if TYPE_CHECKING:
    from jettison.dockerfile import Instruction


def editor_of(text: str) -> DockerfileEditor:
    return DockerfileEditor(parse_text(text), "JT000/x")


def find(editor: DockerfileEditor, *words: str) -> list[Instruction]:
    """The instructions whose operands are these."""
    return [
        next(i for i in editor.file.instructions if i.logical.text.split()[1:] == word.split())
        for word in words
    ]


def after(editor: DockerfileEditor, edits: tuple[TextEdit, ...]) -> str:
    text = apply_edits(editor.text, edits)
    parse_text(text)
    assert all(edit.origin == "JT000/x" for edit in edits)
    return text


def deleted(text: str, *words: str) -> str:
    editor = editor_of(text)
    return after(editor, editor.delete(*find(editor, *words)))


@pytest.mark.parametrize(
    ("words", "before", "expected"),
    [
        ("a", "FROM x\nRUN a\nRUN b\n", "FROM x\nRUN b\n"),
        ("a", "FROM x\n# why\n# and how\nRUN a\nRUN b\n", "FROM x\nRUN b\n"),
        ("a", "FROM x\n# apart\n\n# why\nRUN a\nRUN b\n", "FROM x\n# apart\n\nRUN b\n"),
        ("a", "FROM x\n\nRUN a\n\nRUN b\n", "FROM x\n\nRUN b\n"),
        ("a", "FROM x\n\nRUN a\nRUN b\n", "FROM x\n\nRUN b\n"),
        ("a", "FROM x\nRUN a\n\nRUN b\n", "FROM x\n\nRUN b\n"),
        ("a,b", "FROM x\n\nRUN a\nRUN b\n\nCMD c\n", "FROM x\n\nCMD c\n"),
        ("b", "FROM x\n\n# why\nRUN b\n", "FROM x\n"),
        ("b", "FROM x\n\nRUN b", "FROM x\n"),
        ("b", "FROM x\nRUN b", "FROM x\n"),
        ("a", "FROM x\r\n\r\nRUN a\r\n\r\nRUN b\r\n", "FROM x\r\n\r\nRUN b\r\n"),
        ("a", "FROM x\n  run a\n  run b\n", "FROM x\n  run b\n"),
        ("A", "# syntax=s\n\nARG A\n\nFROM x\n", "# syntax=s\n\nFROM x\n"),
        ("A", "# syntax=s\nARG A\nFROM x\n", "# syntax=s\nFROM x\n"),
        ("A", "\ufeffARG A\nFROM x\n", "\ufeffFROM x\n"),
        ("a  c", "FROM x\nRUN a \\\n  # why\n\n  c\nRUN b\n", "FROM x\nRUN b\n"),
        ("<<E", "FROM x\nRUN <<E\na\n\nE\nRUN b\n", "FROM x\nRUN b\n"),
        ("RUN a", "FROM x\nONBUILD RUN a\nRUN b\n", "FROM x\nRUN b\n"),
    ],
)
def test_blocks_go_with_their_comments(words: str, before: str, expected: str) -> None:
    assert deleted(before, *words.split(",")) == expected


def test_what_onbuild_holds_goes_with_it() -> None:
    editor = editor_of("FROM x\n# why\nONBUILD \\\n  RUN a\nRUN b\n")
    onbuild = editor.file.instructions[1]
    assert isinstance(onbuild, Onbuild)
    assert after(editor, editor.delete(onbuild.instruction)) == "FROM x\nRUN b\n"
    inserted = after(editor, editor.insert_before(onbuild.instruction, "USER u\n"))
    assert inserted == "FROM x\nUSER u\n# why\nONBUILD \\\n  RUN a\nRUN b\n"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("FROM x\n# why\nRUN a\nCMD c\n", "FROM x\nUSER u\n# why\nRUN a\nCMD c\n"),
        ("FROM x\n# apart\n\nRUN a\n", "FROM x\n# apart\n\nUSER u\nRUN a\n"),
        ("FROM x\r\n# why\r\nRUN a\r\n", "FROM x\r\nUSER u\r\n# why\r\nRUN a\r\n"),
        ("from x\nrun a\n", "from x\nuser u\nrun a\n"),
    ],
)
def test_insert_before(before: str, expected: str) -> None:
    editor = editor_of(before)
    (run,) = find(editor, "a")
    assert after(editor, editor.insert_before(run, editor.render("USER u"))) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("FROM x\nRUN a\nCMD c\n", "FROM x\nRUN a\nUSER u\nCMD c\n"),
        ("FROM x\nRUN a", "FROM x\nRUN a\nUSER u\n"),
        ("FROM x\r\nRUN a", "FROM x\r\nRUN a\r\nUSER u\r\n"),
        ("FROM x\nRUN a \\\n", "FROM x\nRUN a\nUSER u\n"),
        ("FROM x\nRUN a \\", "FROM x\nRUN a\nUSER u\n"),
        ("FROM x\nRUN a \\\n# end\n", "FROM x\nRUN a\nUSER u\n# end\n"),
        ("# escape=`\nFROM x\nRUN a `\n", "# escape=`\nFROM x\nRUN a\nUSER u\n"),
        ("FROM x\nRUN <<E\na\nE", "FROM x\nRUN <<E\na\nE\nUSER u\n"),
    ],
)
def test_insert_after(before: str, expected: str) -> None:
    editor = editor_of(before)
    run = editor.file.instructions[1]
    assert after(editor, editor.insert_after(run, editor.render("USER u"))) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("FROM x\n", "FROM x\nUSER u\n"),
        ("FROM x", "FROM x\nUSER u\n"),
        ("FROM x\n\n", "FROM x\n\nUSER u\n"),
        ("FROM x\nRUN a \\\n# end", "FROM x\nRUN a\n# end\nUSER u\n"),
        ("FROM x\nRUN a \\\n\n", "FROM x\nRUN a\n\nUSER u\n"),
    ],
)
def test_append(before: str, expected: str) -> None:
    editor = editor_of(before)
    assert after(editor, editor.append(editor.render("USER u"))) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("FROM x\nRUN a\n# why\nRUN b\nCMD c\n", "FROM x\n# why\nRUN b\nRUN a\nCMD c\n"),
        ("FROM x\nRUN a\nRUN b", "FROM x\nRUN b\nRUN a\n"),
        ("FROM x\nRUN a\nRUN b \\\n", "FROM x\nRUN b\nRUN a\n"),
        ("FROM x\n\nRUN a\n\nRUN b\n", "FROM x\n\nRUN b\nRUN a\n"),
    ],
)
def test_move_before(before: str, expected: str) -> None:
    editor = editor_of(before)
    first = editor.file.instructions[1]
    second = editor.file.instructions[2]
    assert after(editor, editor.move_before([second], first)) == expected


@pytest.mark.parametrize("end", ["\\", "\\\n", "\\\n \\", "\\\n \\\n\t\\\n", "\\\n# why\n \\\n"])
def test_a_file_that_wants_to_go_on_is_ended_first(end: str) -> None:
    editor = editor_of(f"FROM x\nRUN \\\n a {end}")
    made = after(editor, editor.append(editor.render("USER u")))
    assert made == "FROM x\nRUN \\\n a\nUSER u\n"


def test_move_of_several_blocks() -> None:
    text = "FROM x\n# a\nRUN a\n\n# b\nRUN b\nRUN c\n\nFROM y\n"
    editor = editor_of(text)
    runs, last = editor.file.instructions[1:4], editor.file.instructions[4]
    moved = after(editor, editor.move_before([runs[0], runs[2]], last))
    assert moved == "FROM x\n\n# b\nRUN b\n\n# a\nRUN a\nRUN c\nFROM y\n"


def test_stages_and_flags() -> None:
    editor = editor_of("FROM x\nCOPY a b\nfrom y as z\n")
    first, second = editor.file.stages
    named = after(editor, editor.name_stage(first, "build"))
    assert named == "FROM x AS build\nCOPY a b\nfrom y as z\n"
    assert after(editor, editor.name_stage(second, "q")) == "FROM x\nCOPY a b\nfrom y as q\n"
    assert after(editor, editor.set_base(second, "w")) == "FROM x\nCOPY a b\nfrom w as z\n"
    copy = editor.file.instructions[1]
    flagged = after(editor, editor.set_flag(copy, "from", "x"))
    assert flagged == "FROM x\nCOPY --from=x a b\nfrom y as z\n"
    again = editor_of(flagged)
    copy = again.file.instructions[1]
    assert "COPY --from=q a b" in after(again, again.set_flag(copy, "from", "q"))


def test_rendering_follows_the_file() -> None:
    plain = ("FROM x AS y", "RUN a \\\n    && b", "", "# Why")
    assert editor_of("FROM x\n").render(*plain) == "FROM x AS y\nRUN a \\\n    && b\n\n# Why\n"
    lower = editor_of("from x\nrun a\n").render(*plain)
    assert lower == "from x as y\nrun a \\\n    && b\n\n# Why\n"
    windows = editor_of("# escape=`\r\nFROM x\r\n").render("RUN a \\\n  b", "RUN c `\r\n  d")
    assert windows == "RUN a `\r\n  b\r\nRUN c `\r\n  d\r\n"


def test_comments_of_blocks_are_those_above_and_within() -> None:
    editor = editor_of("FROM x\n# above\nRUN a \\\n  # within\n  b\n# other\nRUN c\n")
    assert editor.comments([editor.file.instructions[1]]) == {"# above", "# within"}


def test_directives_are_no_part_of_a_block() -> None:
    editor = editor_of("# syntax=s\n# escape=`\n# about\nFROM x\n")
    inserted = after(editor, editor.insert_before(editor.file.instructions[0], "ARG A\n"))
    assert inserted == "# syntax=s\n# escape=`\nARG A\n# about\nFROM x\n"


def test_a_file_is_renamed_in_the_comments_above() -> None:
    editor = editor_of("FROM x\n# a.txt, b/a.txt, a.txt.in and a.txt.\nCOPY a.txt .\n# a.txt\n")
    edits = editor.renamed_in_comments(editor.file.instructions[1], "a.txt", "c.txt")
    renamed = "# c.txt, b/a.txt, a.txt.in and c.txt.\n"
    assert after(editor, edits) == f"FROM x\n{renamed}COPY a.txt .\n# a.txt\n"
