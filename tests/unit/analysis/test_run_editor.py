"""What edits of a RUN make of it, as a reviewer would write it."""

from __future__ import annotations

import pytest

from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import DockerfileEditor, Onbuild, Run, parse_text
from jettison.source import TextEdit, apply_edits

HEAD = "FROM debian\n"


def editor_of(run: str, head: str = HEAD) -> RunEditor:
    file = parse_text(head + run)
    editor = DockerfileEditor(file, "JT000/x")
    for instruction in file.instructions:
        inner = instruction.instruction if isinstance(instruction, Onbuild) else instruction
        if isinstance(inner, Run):
            return RunEditor(editor, inner)
    raise AssertionError("no RUN")


def after(editor: RunEditor, edits: tuple[TextEdit, ...], head: str = HEAD) -> str:
    text = apply_edits(editor.editor.text, edits)
    parse_text(text)
    assert all(edit.origin == "JT000/x" for edit in edits)
    assert text.startswith(head)
    return text.removeprefix(head)


def without(run: str, *words: str, head: str = HEAD) -> str:
    editor = editor_of(run, head)
    found = [w for c in editor.script.commands for w in c.words if w.text in words]
    assert {word.text for word in found} == set(words)
    return after(editor, editor.drop_words(found), head)


def without_commands(run: str, *names: str, head: str = HEAD) -> str:
    editor = editor_of(run, head)
    found = [c for c in editor.script.commands if c.words and c.words[0].text in names]
    assert {c.words[0].text for c in found} == set(names)
    return after(editor, editor.drop_commands(found), head)


def appended(run: str, text: str = "x", behind: str = "", head: str = HEAD) -> str:
    editor = editor_of(run, head)
    command = next((c for c in editor.script.commands if behind and c.name == behind), None)
    return after(editor, editor.append(text, command), head)


@pytest.mark.parametrize(
    ("words", "before", "expected"),
    [
        ("gcc", "RUN apk add gcc curl\n", "RUN apk add curl\n"),
        ("curl", "RUN apk add gcc curl\n", "RUN apk add gcc\n"),
        ("curl", "RUN apk add gcc curl", "RUN apk add gcc"),
        ("gcc", "RUN apk add  gcc\tcurl\n", "RUN apk add\tcurl\n"),
        ("gcc", "RUN apk add curl gcc && x\n", "RUN apk add curl && x\n"),
        ("gcc", "RUN apk add curl gcc; x\n", "RUN apk add curl; x\n"),
        ("gcc", "RUN apk add curl gcc; \\\n    x\n", "RUN apk add curl; \\\n    x\n"),
        ("gcc", "RUN apk add \\\n    gcc \\\n    curl\n", "RUN apk add \\\n    curl\n"),
        ("curl", "RUN apk add \\\n    gcc \\\n    curl\n", "RUN apk add \\\n    gcc\n"),
        ("curl", "RUN apk add \\\n\tgcc \\\n\tcurl\n\nCMD x\n", "RUN apk add \\\n\tgcc\n\nCMD x\n"),
        (
            "curl",
            "RUN apk add \\\n    gcc \\\n    curl \\\n && rm x\n",
            "RUN apk add \\\n    gcc \\\n && rm x\n",
        ),
        (
            "curl",
            "RUN apk add \\\n    gcc \\\n    curl && \\\n    rm x\n",
            "RUN apk add \\\n    gcc && \\\n    rm x\n",
        ),
        (
            "gcc make",
            "RUN apk add \\\n    a \\\n    gcc \\\n    make \\\n    b\n",
            "RUN apk add \\\n    a \\\n    b\n",
        ),
        ("gcc", "RUN apk add \\\n    gcc make \\\n    b\n", "RUN apk add \\\n    make \\\n    b\n"),
        ("make", "RUN apk add \\\n    gcc make \\\n    b\n", "RUN apk add \\\n    gcc \\\n    b\n"),
        ("gcc make", "RUN apk add \\\n    gcc make \\\n    b\n", "RUN apk add \\\n    b\n"),
        ("gcc", "RUN apk add gcc \\\n    make\n", "RUN apk add \\\n    make\n"),
        (
            "gcc",
            "RUN apk add \\\r\n    gcc \\\r\n    curl\r\n",
            "RUN apk add \\\r\n    curl\r\n",
        ),
        (
            "gcc",
            "RUN apk add \\\n    # compilers\n    gcc \\\n    # tools\n    curl\n",
            "RUN apk add \\\n    # tools\n    curl\n",
        ),
        (
            "gcc",
            "RUN apk add \\\n    # compilers\n    gcc \\\n    g++ \\\n    # tools\n    curl\n",
            "RUN apk add \\\n    # compilers\n    g++ \\\n    # tools\n    curl\n",
        ),
        (
            "curl",
            "RUN apk add \\\n    gcc \\\n    # tools\n    curl\n",
            "RUN apk add \\\n    gcc\n",
        ),
        (
            "gcc make",
            "RUN apk add \\\n    a \\\n    gcc \\\n    # b\n    make \\\n    c\n",
            "RUN apk add \\\n    a \\\n    # b\n    c\n",
        ),
        (
            "gcc",
            "RUN <<EOF\napk add \\\n  gcc \\\n  curl\nEOF\n",
            "RUN <<EOF\napk add \\\n  curl\nEOF\n",
        ),
        (
            "gcc curl",
            "RUN <<EOF\napk add a gcc curl\nrm x\nEOF\n",
            "RUN <<EOF\napk add a\nrm x\nEOF\n",
        ),
        ("gcc", "RUN sh -c 'apk add gcc curl'\n", "RUN sh -c 'apk add curl'\n"),
        ("gcc", "RUN (apk add a gcc)\n", "RUN (apk add a)\n"),
        ("gcc", "RUN apk add gcc >/dev/null 2>&1\n", "RUN apk add >/dev/null 2>&1\n"),
        ("gcc", "ONBUILD RUN apk add gcc a\n", "ONBUILD RUN apk add a\n"),
        (
            "gcc",
            "RUN --mount=type=cache,target=/c apk add gcc a\n",
            "RUN --mount=type=cache,target=/c apk add a\n",
        ),
    ],
)
def test_words_go_with_their_blank_or_line(words: str, before: str, expected: str) -> None:
    assert without(before, *words.split()) == expected


def test_words_go_where_a_backtick_continues_lines() -> None:
    head = "# escape=`\nFROM debian\n"
    before = "RUN apk add `\n    gcc `\n    curl\n"
    assert without(before, "gcc", head=head) == "RUN apk add `\n    curl\n"
    assert without(before, "curl", head=head) == "RUN apk add `\n    gcc\n"


def test_a_commands_name_stays() -> None:
    assert without("RUN a && b c\n", "a") == "RUN a && b c\n"


@pytest.mark.parametrize(
    ("names", "before", "expected"),
    [
        ("a", "RUN a && b && c\n", "RUN b && c\n"),
        ("b", "RUN a && b && c\n", "RUN a && c\n"),
        ("c", "RUN a && b && c\n", "RUN a && b\n"),
        ("a c", "RUN a && b && c\n", "RUN b\n"),
        ("a", "RUN a \\\n    && b \\\n    && c\n", "RUN b \\\n    && c\n"),
        ("b", "RUN a \\\n    && b \\\n    && c\n", "RUN a \\\n    && c\n"),
        ("c", "RUN a \\\n    && b \\\n    && c\n", "RUN a \\\n    && b\n"),
        ("b c", "RUN a \\\n    && b \\\n    && c\n", "RUN a\n"),
        ("a", "RUN a && \\\n    b && \\\n    c\n", "RUN b && \\\n    c\n"),
        ("b", "RUN a && \\\n    b && \\\n    c\n", "RUN a && \\\n    c\n"),
        ("c", "RUN a && \\\n    b && \\\n    c\n", "RUN a && \\\n    b\n"),
        ("b", "RUN a && b \\\n && c\n", "RUN a \\\n && c\n"),
        ("b", "RUN a \\\n && b && c\n", "RUN a \\\n && c\n"),
        ("b", "RUN a && \\\n b && c\n", "RUN a && \\\n c\n"),
        ("b", "RUN a && \\\n    b \\\n    && c\n", "RUN a \\\n    && c\n"),
        ("a", "RUN \\\n    a && \\\n    b\n", "RUN \\\n    b\n"),
        ("b", "RUN a && \\\r\n    b && \\\r\n    c\r\n", "RUN a && \\\r\n    c\r\n"),
        ("b", "RUN set -e; \\\n\ta; \\\n\tb; \\\n\tc\n", "RUN set -e; \\\n\ta; \\\n\tc\n"),
        ("c", "RUN set -e; \\\n\ta; \\\n\tb; \\\n\tc\n", "RUN set -e; \\\n\ta; \\\n\tb\n"),
        ("c", "RUN set -e; a; c;\n", "RUN set -e; a;\n"),
        (
            "b",
            "RUN a && \\\n    # of b\n    b && \\\n    # of c\n    c\n",
            "RUN a && \\\n    # of c\n    c\n",
        ),
        (
            "b",
            "RUN a \\\n    # of b\n    && b \\\n    # of c\n    && c\n",
            "RUN a \\\n    # of c\n    && c\n",
        ),
        (
            "b",
            "RUN a && \\\n    # of b and c\n    b && \\\n    c\n",
            "RUN a && \\\n    # of b and c\n    c\n",
        ),
        (
            "c",
            "RUN a && \\\n    b && \\\n    # of c\n    c\n",
            "RUN a && \\\n    b\n",
        ),
        (
            "a",
            "RUN a && \\\n    # of b\n    b && \\\n    c\n",
            "RUN \\\n    # of b\n    b && \\\n    c\n",
        ),
        (
            "a",
            "RUN a \\\n    # of b\n    && b \\\n    && c\n",
            "RUN \\\n    # of b\n    b \\\n    && c\n",
        ),
        ("b", "RUN <<EOF\nset -e\na\nb\nc\nEOF\n", "RUN <<EOF\nset -e\na\nc\nEOF\n"),
        ("c", "RUN <<EOF\nset -e\na\nb\nc\nEOF\n", "RUN <<EOF\nset -e\na\nb\nEOF\n"),
        ("a", "RUN <<EOF\na\n# of b\nb\nEOF\n", "RUN <<EOF\n# of b\nb\nEOF\n"),
        (
            "b",
            "RUN <<EOF\nset -e\n  a  # first\n  # of b\n  b  # second\n  # of c\n  c\nEOF\n",
            "RUN <<EOF\nset -e\n  a  # first\n  # of c\n  c\nEOF\n",
        ),
        (
            "b",
            "RUN <<EOF\nset -e\na  # first\nb\nEOF\n",
            "RUN <<EOF\nset -e\na  # first\nEOF\n",
        ),
        ("b", "RUN a && (b && c)\n", "RUN a && (c)\n"),
        ("c", "RUN a && (b && c)\n", "RUN a && (b)\n"),
        ("c", "RUN x | a && c\n", "RUN x | a\n"),
        ("a", "RUN a && echo $(date) && c\n", "RUN echo $(date) && c\n"),
        ("b", "RUN --network=none a && b\n", "RUN --network=none a\n"),
    ],
)
def test_commands_go_with_one_connector(names: str, before: str, expected: str) -> None:
    assert without_commands(before, *names.split()) == expected


@pytest.mark.parametrize(
    ("names", "before"),
    [
        ("b", "RUN a | b && c\n"),
        ("a", "RUN a | b && c\n"),
        ("b", "RUN a || b && c\n"),
        ("b", "RUN a && b || c\n"),
        ("b", "RUN if a; then b; fi\n"),
        ("a", "RUN if a; then b; fi; c\n"),
        ("c", "RUN if a; then b; fi; c\n"),
        ("b", "RUN a && ! b && c\n"),
        ("b", "RUN a & b; c\n"),
        ("b", "RUN sh -c 'a && b'\n"),
    ],
)
def test_commands_stay_where_another_depends_on_them(names: str, before: str) -> None:
    assert without_commands(before, *names.split()) == before


@pytest.mark.parametrize(
    ("names", "before", "expected"),
    [
        ("a", "RUN a\nCMD x\n", "CMD x\n"),
        ("a b", "# why\nRUN a && \\\n  b\n\nCMD x\n", "\nCMD x\n"),
        ("a", "RUN set -ex && a\nCMD x\n", "CMD x\n"),
        ("a", "USER x\n\n# why\nRUN a\n\nCMD x\n", "USER x\n\nCMD x\n"),
        ("a", "ONBUILD RUN a\nCMD x\n", "CMD x\n"),
        ("a", "RUN <<EOF\nset -e\na\nEOF\nCMD x\n", "CMD x\n"),
    ],
)
def test_the_last_command_takes_the_instruction_along(
    names: str, before: str, expected: str
) -> None:
    assert without_commands(before, *names.split()) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("RUN a\n", "RUN a && x\n"),
        ("RUN a", "RUN a && x"),
        ("RUN a  \n", "RUN a && x  \n"),
        ("RUN a && b\n", "RUN a && b && x\n"),
        ("RUN a; b\n", "RUN a; b && x\n"),
        ("RUN set -e; a; b\n", "RUN set -e; a; b; x\n"),
        ("RUN a \\\n    && b\n", "RUN a \\\n    && b \\\n    && x\n"),
        ("RUN a \\\n &&  b\n", "RUN a \\\n &&  b \\\n &&  x\n"),
        ("RUN a && \\\n    b\n", "RUN a && \\\n    b && \\\n    x\n"),
        ("RUN a && \\\r\n\tb\r\n", "RUN a && \\\r\n\tb && \\\r\n\tx\r\n"),
        ("RUN set -eux; \\\n\ta; \\\n\tb\n", "RUN set -eux; \\\n\ta; \\\n\tb; \\\n\tx\n"),
        ("RUN apk add \\\n    a \\\n    b\n", "RUN apk add \\\n    a \\\n    b \\\n    && x\n"),
        (
            "RUN a && apk add \\\n    a \\\n    b\n",
            "RUN a && apk add \\\n    a \\\n    b \\\n    && x\n",
        ),
        ("RUN a && (b && c)\n", "RUN a && (b && c) && x\n"),
        ("RUN if a; then b; fi\n", "RUN if a; then b; fi && x\n"),
        ("RUN a || true\n", "RUN a || true && x\n"),
        ("RUN a | b\n", "RUN a | b && x\n"),
        ("RUN a # why\n", "RUN a && x # why\n"),
        ("RUN <<EOF\na\nb\nEOF\n", "RUN <<EOF\na\nb\nx\nEOF\n"),
        ("RUN <<-EOF\n\ta\n\tb\n\tEOF\n", "RUN <<-EOF\n\ta\n\tb\n\tx\n\tEOF\n"),
        ("RUN <<EOF\nif a; then\n  b\nfi\nEOF\n", "RUN <<EOF\nif a; then\n  b\nfi\nx\nEOF\n"),
        ("RUN cat <<EOF > /f\na\nEOF\n", "RUN cat <<EOF > /f\na\nEOF\n"),
        ("ONBUILD RUN a\n", "ONBUILD RUN a && x\n"),
        ('RUN ["a", "b"]\n', 'RUN ["a", "b"]\n'),
        ("RUN a &\n", "RUN a &\n"),
    ],
)
def test_what_is_appended_follows_the_layout(before: str, expected: str) -> None:
    assert appended(before) == expected


def test_append_behind_a_command() -> None:
    assert appended("RUN a && b\n", behind="a") == "RUN a && x && b\n"
    before = "RUN a \\\n    && b \\\n    && c\n"
    assert appended(before, behind="b") == "RUN a \\\n    && b \\\n    && x \\\n    && c\n"
    assert appended("RUN a | b\n", behind="a") == "RUN a | b\n"
    assert appended("RUN <<EOF\na\nb\nEOF\n", behind="a") == "RUN <<EOF\na\nx\nb\nEOF\n"


def test_append_where_a_backtick_continues_lines() -> None:
    head = "# escape=`\nFROM debian\n"
    before = "RUN a `\n    && b\n"
    assert appended(before, head=head) == "RUN a `\n    && b `\n    && x\n"


@pytest.mark.parametrize(
    ("names", "before", "expected"),
    [
        ("b", "RUN a && b && c\n", "RUN b"),
        ("a b", "RUN a && b && c\n", "RUN a && b"),
        ("b c", "RUN a \\\n    && b \\\n    && c\n", "RUN b \\\n    && c"),
        ("b", "RUN a \\\n    && b \\\n    && c\n", "RUN b"),
        ("b", "RUN \\\n    a && \\\n    b\n", "RUN b"),
        ("c", "RUN --mount=type=ssh a && c\n", "RUN --mount=type=ssh c"),
        ("b c", "RUN set -e; a; b; c\n", "RUN set -e; b; c"),
        ("c", "RUN set -e; a; b; c\n", "RUN c"),
        ("b c", "RUN set -ex && a && b && c\n", "RUN b && c"),
        ("a", "RUN <<EOF\nset -e\na\nb\nEOF\n", "RUN <<EOF\na\nEOF"),
        ("a b", "run a && b\n", "run a && b"),
    ],
)
def test_text_of_some_commands(names: str, before: str, expected: str) -> None:
    editor = editor_of(before)
    assert editor.chain is not None
    wanted = [c for c in editor.chain if c.name in names.split()]
    assert editor.text_of(wanted) == expected


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("RUN a && b\n", "a b"),
        ("RUN set -e; a; b\n", "set a b"),
        ("RUN set -eux && a; b\n", "set a b"),
        ("RUN a && x $(b)\n", "a x"),
        ("RUN a\n", "a"),
        ("RUN a;\n", "a"),
        ("RUN a; b\n", None),
        ("RUN a | b\n", None),
        ("RUN a || b\n", None),
        ("RUN (a && b)\n", None),
        ("RUN if a; then b; fi\n", None),
        ("RUN ! a\n", None),
        ('RUN ["a"]\n', None),
        ("RUN <<EOF\na\nb\nEOF\n", None),
        ("RUN <<EOF\nset -e\na\nEOF\n", "set a"),
    ],
)
def test_chains(run: str, names: str | None) -> None:
    chain = editor_of(run).chain
    assert (chain and " ".join(command.name for command in chain)) == names


def test_flags_and_new_commands() -> None:
    editor = editor_of("RUN pip install \\\n    flask && b\n")
    (call,) = editor.calls
    flagged = after(editor, editor.add_flag(call, "--no-cache-dir"))
    assert flagged == "RUN pip install --no-cache-dir \\\n    flask && b\n"
    replaced = after(editor, editor.replace_command(editor.script.commands[-1], "c d"))
    assert replaced == "RUN pip install \\\n    flask && c d\n"


def test_comments_that_go_are_named() -> None:
    editor = editor_of("RUN apk add \\\n    # compilers\n    gcc \\\n    # tools\n    curl\n")
    word = next(w for w in editor.script.commands[0].words if w.text == "gcc")
    assert editor.comments_in(editor.drop_words([word])) == {"# compilers"}


def test_neighbours_that_go_with_a_comment_between_are_cut_once() -> None:
    before = "RUN a; b \\\n    && c \\\n  # on d\n  && d && \\\n    e\n"
    assert without_commands(before, "c", "d") == "RUN a; b \\\n && \\\n    e\n"
