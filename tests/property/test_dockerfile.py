"""What holds for every text: nothing is lost, nothing crashes, spans say where things are."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.dockerfile.plain import args_of, comparable, flags_of

from jettison.dockerfile import (
    CommandInstruction,
    Env,
    ExpansionError,
    FileInstruction,
    Instruction,
    Onbuild,
    all_states,
    expand,
    expand_words,
    parse,
    parse_text,
    tokenize,
)
from jettison.errors import DockerfileError
from jettison.source import SourceText, Span, TextEdit, apply_edits, check_edits

INSTALLED = find_spec("dockerfile") is not None

REAL = [
    SourceText.read(path).text
    for path in sorted(Path(__file__).parents[1].glob("golden/dockerfile/*/Dockerfile"))
]

bounded = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

KEYWORDS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL "
    "STOPSIGNAL USER VOLUME WORKDIR run Copy FOO"
).split()
WORDS = (
    "a b /x $A ${A} ${A:-b} ${ ' \" = k=v k= --a --from=a --link --mount=type=cache,target=/c -- [ "
    '] ["a"] ["a", [1] <<E <<-E <<"E" <<E <<< AS CMD NONE 80 80-90/udp \\ ` #'
).split()
LAYOUT = [" ", "  ", "\t", "\n", "\r\n", "\\\n", "`\n", "\\ \n", "\n\n", "# c\n", "# escape=`\n"]
ODD = ["\ufeff", "\x00", "\x0b", "\x85", "\xa0", "\ud800", "<< E", "E\n", "\n\tE\n", "\r"]
FRAGMENTS = [*KEYWORDS, *WORDS, *LAYOUT, *LAYOUT, *ODD]

loose_texts = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)
any_texts = st.one_of(st.text(max_size=200), loose_texts)

words = st.text("ab/.-_$={}\"'\\ :é", min_size=1, max_size=12)
names = st.sampled_from(["A", "B_1", "PATH", "x"])
flags = st.sampled_from(
    ["", "--link ", "--chown=1:1 ", '--chown="a b" ', "--from=x ", "--chmod=7 "]
)
breaks = st.sampled_from([" ", " \\\n ", " \\\n# c\n\n  ", "\t", " \\ \r\n"])


@st.composite
def instructions(draw: st.DrawFn) -> str:
    """An instruction that most of the time is right."""
    gap = draw(breaks)
    match draw(st.integers(0, 9)):
        case 0:
            return f"RUN{gap}{draw(words)}{gap}{draw(words)}"
        case 1:
            return f"COPY{gap}{draw(flags)}a{gap}b{gap}/c"
        case 2:
            return f"ENV{gap}{draw(names)}=1{gap}{draw(names)}={draw(words)}"
        case 3:
            return f"ARG{gap}{draw(names)}"
        case 4:
            return f'CMD{gap}["a",{gap}"b"]'
        case 5:
            return "RUN <<E cat <<-F\nx\nE\n\ty\n\tF"
        case 6:
            return f"LABEL{gap}{draw(names)} {draw(words)}"
        case 7:
            return f"EXPOSE{gap}80{gap}90-92/udp"
        case 8:
            return f"ONBUILD{gap}RUN{gap}x"
        case _:
            return draw(st.sampled_from(["USER a", "WORKDIR b", "VOLUME /v", "# c", "", "FROM y"]))


documents = st.builds(
    lambda head, body, end, final: head + end.join(["FROM x AS s", *body]) + final,
    st.sampled_from(["", "# c\n", "ARG A=1\n", "# syntax=a\n", "\ufeff"]),
    st.lists(instructions(), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\r\n", "\n\n"]),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real Dockerfile with some of its text taken out, put in or moved."""
    text = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 20)))
        text = text[:start] + draw(st.sampled_from([*FRAGMENTS, text[start:end] * 2])) + text[end:]
    return text


@bounded
@given(st.one_of(any_texts, documents, mutated()))
def test_tokens_are_lossless(text: str) -> None:
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == text
    assert all(token.text for token in tokens)
    at = 0
    for token in tokens:
        assert token.start == at
        at += len(token.text)


@bounded
@given(st.binary(max_size=200))
def test_bytes_are_lossless(data: bytes) -> None:
    source = SourceText.from_bytes("Dockerfile", data)
    assert source.encode() == data
    assert "".join(token.text for token in tokenize(source.text)) == source.text
    error = error_of(source)
    assert error is None or str(error).isprintable()


@bounded
@given(st.one_of(any_texts, documents, mutated()))
def test_nothing_but_its_own_error_comes_out(text: str) -> None:
    error = error_of(SourceText("Dockerfile", text))
    if error is not None:
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.column >= 1
        assert error.details


def error_of(source: SourceText) -> DockerfileError | None:
    """What is wrong with a Dockerfile, after everything was asked of it."""
    try:
        dockerfile = parse(source)
        for stage in dockerfile.stages:
            assert stage in dockerfile.closure(stage)
            dockerfile.dependencies(stage)
        all_states(dockerfile)
    except DockerfileError as error:
        return error
    return None


@bounded
@given(st.one_of(documents, mutated()))
def test_spans_say_where_things_are(text: str) -> None:
    try:
        dockerfile = parse_text(text)
    except DockerfileError:
        return
    end = 0
    for instruction in dockerfile.instructions:
        assert end <= instruction.span.start <= instruction.span.end
        end = instruction.span.end
        check_spans(text, instruction)
        if isinstance(instruction, Onbuild):
            check_spans(text, instruction.instruction)
    for stage in dockerfile.stages:
        assert stage.span.start == stage.from_.span.start


def check_spans(text: str, instruction: Instruction) -> None:
    for index, char in enumerate(instruction.logical.text):
        assert text[instruction.logical.source_offset(index)] == char
    for flag in instruction.flags:
        assert text[flag.span.start : flag.span.start + 2] == "--"
    match instruction:
        case CommandInstruction():
            for index, char in enumerate(instruction.command):
                assert text[instruction.source_offset(index)] == char
            for span in instruction.argv_spans:
                assert text[span.start] == text[span.end - 1] == '"'
        case FileInstruction() if not instruction.json:
            for source, span in zip(instruction.sources, instruction.source_spans, strict=True):
                assert text[span.start] == source[0]
                assert text[span.end - 1] == source[-1]
        case Env() if not instruction.old_form:
            for pair in instruction.pairs:
                assert text[pair.span.start] == pair.key[0]
        case _:
            pass


@bounded
@given(documents)
def test_continuations_and_line_ends_change_no_meaning(text: str) -> None:
    try:
        plain = parse_text(text)
    except DockerfileError:
        return
    other = parse_text(text.replace("\r\n", "\n").replace("\n", "\r\n"))
    shown = [(one.keyword, flags_of(one)) for one in plain.instructions]
    assert shown == [(one.keyword, flags_of(one)) for one in other.instructions]
    assert [one.logical.text for one in plain.instructions] == [
        one.logical.text for one in other.instructions
    ]


@pytest.mark.skipif(not INSTALLED, reason="the package dockerfile is not installed")
@bounded
@given(documents)
def test_same_instructions_as_the_package(text: str) -> None:
    if "onbuild" in text.lower() or "[" in text:
        return  # see DIFFERENCES in test_against_package
    try:
        ours = parse_text(text).instructions
    except DockerfileError:
        return
    theirs = import_module("dockerfile").parse_string(text)
    assert [one.keyword for one in ours] == [command.cmd.upper() for command in theirs]
    for one, command in zip(ours, theirs, strict=True):
        assert flags_of(one) == list(command.flags)
        assert args_of(one) == comparable(one, command.value)
        assert one.line == command.start_line


EXPANSIONS = (
    "$A ${A} ${A:-b} ${B:+c} ${A#*} ${A%%b*} ${A/a/b} ${A//?/-} $ ${ } ' \" \\ ` << a b / * ? é"
).split()
expansions = st.lists(st.sampled_from([*EXPANSIONS, " ", "\t", "\n"]), max_size=14).map("".join)


@bounded
@given(expansions, st.text("ab\\/*?$ \n", max_size=8), st.sampled_from("\\`"))
def test_expansion_ends(word: str, value: str, escape: str) -> None:
    env = {"A": value}
    try:
        whole = expand(word, env, escape=escape)
        split = expand_words(word, env, escape=escape)
    except ExpansionError:
        return
    if not set(word) & set("$'\"\\`"):
        assert whole == word
        assert split == tuple(word.split()) or "<<" in word


@bounded
@given(st.text("ab*?\n", max_size=8), st.text("ab*?\n", max_size=5))
def test_trimmed_values(value: str, pattern: str) -> None:
    env = {"V": value, "P": pattern}
    shortest, longest = expand("${V#$P}", env), expand("${V##$P}", env)
    assert value.endswith(shortest)
    assert shortest.endswith(longest)
    shortest, longest = expand("${V%$P}", env), expand("${V%%$P}", env)
    assert value.startswith(shortest)
    assert shortest.startswith(longest)
    literal = "".join("\\" + char if char in "*?" else char for char in pattern)
    assert expand("${V#$P}", env | {"P": literal}) == value.removeprefix(pattern)
    assert expand("${V%$P}", env | {"P": literal}) == value.removesuffix(pattern)
    if pattern:
        assert expand("${V//$P/-}", env | {"P": literal}) == value.replace(pattern, "-")


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[TextEdit]]:
    """A text and edits of it that do not overlap."""
    text = draw(st.text(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits = [
        TextEdit(Span(start, end), draw(st.text(max_size=5)), str(number))
        for number, (start, end) in enumerate(zip(cuts[::2], cuts[1::2], strict=False))
    ]
    return text, edits


@bounded
@given(edited(), st.randoms(use_true_random=False))
def test_edits_apply_in_any_order(case: tuple[str, list[TextEdit]], random: Any) -> None:
    text, edits = case
    expected = text
    for edit in reversed(edits):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert apply_edits(text, edits) == expected
    apart = len({edit.span.start for edit in edits}) == len(edits)
    if apart:
        shuffled = list(edits)
        random.shuffle(shuffled)
        assert apply_edits(text, shuffled) == expected
        assert check_edits(shuffled) == check_edits(edits)


@bounded
@given(st.text(max_size=80), st.data())
def test_positions_and_frames(text: str, data: st.DataObject) -> None:
    source = SourceText("f", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    position = source.position(start)
    assert position.line == text.count("\n", 0, start) + 1
    assert position.column == start - (text.rfind("\n", 0, start) + 1) + 1
    frame = source.frame(Span(start, end))
    assert "^" in frame
    assert frame.replace("\n", "").isprintable()
