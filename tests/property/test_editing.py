"""Whatever is edited: the file parses, and what no edit names stays byte for byte."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.property.test_dockerfile import documents, mutated

from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import Dockerfile, DockerfileEditor, Onbuild, Run, parse_text
from jettison.errors import DockerfileError, EditConflict, ProjectError
from jettison.shell import parse_commands
from jettison.source import (
    Patch,
    Pieces,
    SourceText,
    Span,
    TextEdit,
    TextTree,
    apply_edits,
    check_edits,
)

bounded = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

NEW = "# new\n", "USER u\n", "RUN new \\\n    more\n"
BREAKS = (" ", "  ", "\t", " \\\n    ", " \\\n    # c\n    ", " \\\r\n\t")
CONNECTORS = (" && ", " && \\\n    ", " \\\n    && ", " \\\n  # c\n  && ", "; ", "; \\\n\t")
ALIKE = (" || ", " | ", " & ")
NAMES = st.sampled_from(["a", "b1", "-x", "--yes", "'q r'", '"$A"', "c=d", "$(e f)", "é"])


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """A list of commands in some layout."""
    commands = draw(
        st.lists(
            st.lists(NAMES, max_size=4).map(lambda rest: ["cmd", *rest]), min_size=1, max_size=5
        )
    )
    gap = st.sampled_from(BREAKS)
    text = draw(st.sampled_from(["", "set -e; ", "set -ex && \\\n    "]))
    for number, words in enumerate(commands):
        if number:
            text += draw(st.sampled_from([*CONNECTORS, *CONNECTORS, *ALIKE]))
        text += words[0] + "".join(draw(gap) + word for word in words[1:])
    return text + draw(st.sampled_from(["", "", " ", ";", " # c"]))


@st.composite
def heredocs(draw: st.DrawFn) -> str:
    """The same, a command a line, in a here-document."""
    lines = draw(st.lists(st.sampled_from(["a b", "  c d", "# e", "", "f g \\\n  h"]), max_size=6))
    return "<<EOF\n" + "".join(f"{line}\n" for line in lines) + "EOF"


runs = st.builds(
    lambda keyword, script, rest, end: f"FROM x\n# above\n{keyword} {script}{end}{rest}",
    st.sampled_from(["RUN", "run", "RUN --mount=type=ssh", "ONBUILD RUN", "RUN \\\n   "]),
    st.one_of(scripts(), scripts(), heredocs()),
    st.sampled_from(["", "\nCMD z\n", "# end\nCMD z"]),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)


def parsed(text: str) -> Dockerfile | None:
    try:
        return parse_text(text)
    except DockerfileError:
        return None


def check(text: str, edits: tuple[TextEdit, ...]) -> str:
    """The text after the edits, which must do what they say and no more."""
    made = apply_edits(text, edits)
    table = Pieces.of(SourceText("f", text)).edited(edits)
    assert table.text() == made
    assert apply_edits(text, table.edits()) == made
    return made


def directives(file: Dockerfile) -> list[str]:
    return [directive.name for directive in file.lines.directives]


@bounded
@given(st.one_of(documents, mutated()), st.data())
def test_edits_of_blocks(text: str, data: st.DataObject) -> None:
    file = parsed(text)
    assume(file is not None)
    assert file is not None
    editor = DockerfileEditor(file, "JT")
    instructions = file.instructions[1:]
    assume(instructions)
    one = data.draw(st.sampled_from(instructions))
    new = data.draw(st.sampled_from(NEW))
    rendered = editor.render(*new.removesuffix("\n").split("\n\n"))
    kind = data.draw(st.sampled_from(["before", "after", "append", "delete", "move"]))
    match kind:
        case "before":
            edits = editor.insert_before(one, rendered)
        case "after":
            edits = editor.insert_after(one, rendered)
        case "append":
            edits = editor.append(rendered)
        case "delete":
            edits = editor.delete(one)
        case _:
            edits = editor.move_before([one], file.instructions[1])
    made = check(text, edits)
    now = parsed(made)
    stays = kind != "delete" or one.keyword not in ("FROM", "ARG")
    if not stays or kind == "move" or one.keyword in ("FROM", "ARG"):
        return
    assert now is not None
    if directives(now) != directives(file):
        return
    before = [i.logical.text.rstrip() for i in file.instructions]
    after = [i.logical.text.rstrip() for i in now.instructions]
    added = new.startswith(("USER", "RUN"))
    match kind:
        case "delete":
            before.pop(file.instructions.index(one))
            assert after == before
        case _:
            assert len(after) == len(before) + added
            assert [line for line in after if line in before] == before or not added


@bounded
@given(st.one_of(documents, mutated()))
def test_blocks_do_not_overlap(text: str) -> None:
    file = parsed(text)
    if file is None:
        return
    editor = DockerfileEditor(file)
    end = 0
    for instruction in file.instructions:
        span = editor.block(instruction).span
        assert end <= span.start <= instruction.span.start
        assert instruction.span.end <= span.end
        end = span.end


def run_editor(text: str) -> RunEditor | None:
    file = parsed(text)
    for one in file.instructions if file else ():
        inner = one.instruction if isinstance(one, Onbuild) else one
        if isinstance(inner, Run):
            assert file is not None
            return RunEditor(DockerfileEditor(file, "JT"), inner)
    return None


def words_of(editor: RunEditor) -> list[list[str]]:
    return [[word.text for word in command.words] for command in editor.script.commands]


@bounded
@given(runs, st.data())
def test_dropped_words_are_gone_and_no_others(text: str, data: st.DataObject) -> None:
    editor = run_editor(text)
    assume(editor is not None)
    assert editor is not None
    assume(not editor.script.problems)
    plain = [c for c in editor.script.commands if not c.nesting]
    words = [word for command in plain for word in command.words[1:]]
    assume(words)
    gone = data.draw(st.lists(st.sampled_from(words), min_size=1, unique=True))
    made = check(text, editor.drop_words(gone))
    now = run_editor(made)
    assert now is not None
    assert not now.script.problems
    left = [
        [word.text for word in command.words if word not in gone]
        for command in editor.script.commands
        if not command.nesting
    ]
    assert [
        [word.text for word in command.words]
        for command in now.script.commands
        if not command.nesting
    ] == left
    assert [c.connector for c in now.script.commands if not c.nesting] == [
        c.connector for c in plain
    ]
    assert instructions_beside(made) == instructions_beside(text)
    lost = {line.strip() for line in text.splitlines() if line.strip().startswith("#")}
    lost -= {line.strip() for line in made.splitlines()}
    assert lost <= editor.comments_in(editor.drop_words(gone))


def instructions_beside(text: str) -> list[str]:
    return [
        one.logical.text.rstrip()
        for one in parse_text(text).instructions
        if one.keyword not in ("RUN", "ONBUILD")
    ]


@bounded
@given(runs, st.data())
def test_dropped_commands_are_gone_and_no_others(text: str, data: st.DataObject) -> None:
    editor = run_editor(text)
    assume(editor is not None)
    assert editor is not None
    assume(not editor.script.problems)
    plain = [c for c in editor.script.commands if not c.nesting]
    assume(plain)
    gone = data.draw(st.lists(st.sampled_from(plain), min_size=1, unique=True))
    edits = editor.drop_commands(gone)
    if editor.chain is not None:
        assert edits
    if not edits:
        return
    made = check(text, edits)
    assert instructions_beside(made) == instructions_beside(text)
    now = run_editor(made)
    left = [command.words for command in plain if command not in gone]
    if not left or all(words[0].text == "set" for words in left):
        assert now is None
        return
    assert now is not None
    assert not now.script.problems
    assert [
        [word.text for word in command.words]
        for command in now.script.commands
        if not command.nesting
    ] == [[word.text for word in words] for words in left]


@bounded
@given(runs)
def test_what_is_appended_runs_last(text: str) -> None:
    editor = run_editor(text)
    assume(editor is not None)
    assert editor is not None
    edits = editor.append("new one")
    if editor.chain is not None:
        assert edits
    if not edits:
        return
    made = check(text, edits)
    now = run_editor(made)
    assert now is not None
    assert instructions_beside(made) == instructions_beside(text)
    assert words_of(now) == [*words_of(editor), ["new", "one"]]
    assert made.count("new one") == 1
    assert not any(len(edit.span) for edit in edits)


@bounded
@given(runs, st.data())
def test_text_of_some_commands_has_them(text: str, data: st.DataObject) -> None:
    editor = run_editor(text)
    assume(editor is not None)
    assert editor is not None
    chain = editor.chain
    assume(chain is not None)
    assert chain is not None
    kept = data.draw(st.lists(st.sampled_from(chain), min_size=1, unique=True))
    made = run_editor(f"FROM x\n{editor.text_of(kept)}\n")
    assert made is not None
    wanted = [[w.text for w in c.words] for c in chain if c in kept]
    found = [[w.text for w in c.words] for c in made.script.commands if not c.nesting]
    assert found in (wanted, [["set", "-e"], *wanted], [["set", "-ex"], *wanted])
    assert parse_commands(made.script.text) is not None


@st.composite
def rounds(draw: st.DrawFn) -> tuple[str, list[list[TextEdit]]]:
    """A text and rounds of edits, each of the text after the ones before."""
    text = draw(st.text("abcdef\n", max_size=30))
    found: list[list[TextEdit]] = []
    now = text
    for number in range(draw(st.integers(0, 4))):
        cuts = sorted(draw(st.lists(st.integers(0, len(now)), max_size=6)))
        edits = [
            TextEdit(Span(start, end), draw(st.text("XYZ\n", max_size=3)), f"{number}.{start}")
            for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        ]
        found.append(edits)
        now = apply_edits(now, edits)
    return text, found


@bounded
@given(rounds())
def test_pieces_round_trip(case: tuple[str, list[list[TextEdit]]]) -> None:
    text, all_rounds = case
    pieces, now = Pieces.of(SourceText("f", text)), text
    for edits in all_rounds:
        pieces, now = pieces.edited(edits), apply_edits(now, edits)
    assert pieces.text() == now
    again = pieces.edits("all")
    assert check_edits(again) == again
    assert apply_edits(text, again) == now
    origins = {edit.origin for edits in all_rounds for edit in edits}
    assert pieces.blame(Span(0, len(now))) <= origins
    kept = {
        text[one] for part in pieces.parts if isinstance(part, Span) for one in range(*_ends(part))
    }
    assert set("XYZ") & kept == set()


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


@bounded
@given(rounds())
def test_every_character_is_the_originals_or_has_someone_to_blame(
    case: tuple[str, list[list[TextEdit]]],
) -> None:
    text, all_rounds = case
    pieces = Pieces.of(SourceText("f", text))
    for edits in all_rounds:
        pieces = pieces.edited(edits)
    now = pieces.text()
    for at, char in enumerate(now):
        if char in "XYZ":
            assert pieces.blame(Span(at, at + 1))


paths = st.lists(
    st.sampled_from(["..", ".", "", "a", "b", "in", "out", "loop", "/", "f.txt", "a\0b", "é"]),
    min_size=1,
    max_size=5,
).map("/".join)


@bounded
@given(paths)
def test_trees_never_leave_their_root(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        (root / "a").mkdir(parents=True)
        (root / "a" / "f.txt").write_text("inside")
        (Path(folder) / "f.txt").write_text("outside")
        (root / "out").symlink_to(folder)
        (root / "in").symlink_to("a")
        (root / "loop").symlink_to("loop")
        tree = TextTree(root)
        try:
            found = tree.read(path)
        except ProjectError:
            return
        assert found is None or found.text == "inside"
        tree.has(path)
        assert tree.locate(path).is_relative_to(root)


@bounded
@given(rounds())
def test_trees_lay_rounds_over_each_other(case: tuple[str, list[list[TextEdit]]]) -> None:
    text, all_rounds = case
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f").write_bytes(text.encode())
        tree = TextTree(Path(folder))
        now = text

        for edits in all_rounds:
            try:
                tree = tree.edited(Patch.of("f", edits))
            except EditConflict:
                return
            now = apply_edits(now, edits)
        source = tree.read("f")
        assert source is not None
        assert source.text == now
        assert (Path(folder) / "f").read_bytes() == text.encode()
        assert ("f" in tree.changed()) == (now != text)
