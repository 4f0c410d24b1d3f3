"""Ignore files hold together whatever is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.dockerfile.context import Context, Kind, copy_sources, read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.dockerfile.ignore.paths import clean, glob_matches
from jettison.dockerfile.ignore.regex import compile_pattern
from jettison.source import SourceText

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PIECES = ["a", "b", "*", "**", "/", "?", "!", "[ab]", "[^a]", ".", "\\", "x", "{2}", "|", "^", " "]
LINES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
TEXTS = st.lists(LINES, max_size=5).map("\n".join)
NAMES = st.sampled_from(["a", "b", "x", "ab", "aa", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), PATHS)
def test_any_bytes_are_a_file(data: bytes, path: str) -> None:
    source = SourceText.from_bytes("x", data)
    ignore = IgnoreFile.parse(source)

    ignore.match(path)
    for pattern in ignore.patterns:
        assert source.text[pattern.span.start : pattern.span.end] == pattern.text


@settings(max_examples=500, deadline=None)
@given(TEXTS, PATHS)
def test_the_union_says_what_the_patterns_say(text: str, path: str) -> None:
    ignore = IgnoreFile.parse(SourceText("x", text))

    single = any(pattern.matcher.matches(path) for pattern in ignore.patterns)

    assert ignore._union.matches(path) is single


@settings(max_examples=500, deadline=None)
@given(LINES, PATHS)
def test_the_automaton_says_what_the_regular_expression_says(line: str, path: str) -> None:
    for pattern in IgnoreFile.parse(SourceText("x", line)).patterns:
        matcher = compile_pattern(pattern.glob)
        if matcher.regex is not None and matcher.automaton is not None:
            assert matcher.automaton.matches(path) is (matcher.regex.match(path) is not None)


@settings(max_examples=500, deadline=None)
@given(TEXTS, PATHS)
def test_the_walk_and_the_question_differ_only_where_it_says_so(text: str, path: str) -> None:
    ignore = IgnoreFile.parse(SourceText("x", text))
    inherited = above = ignore.root
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        above, inherited = inherited, ignore.descend("/".join(parts[:count]), inherited)

    if not above.doubtful:
        assert inherited.decision == ignore.match(path)


@settings(max_examples=500, deadline=None)
@given(TEXTS, PATHS)
def test_nothing_below_a_folder_that_is_not_entered_is_sent(text: str, path: str) -> None:
    ignore = IgnoreFile.parse(SourceText("x", text))
    inherited = ignore.root
    pruned = False
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        here = "/".join(parts[:count])
        inherited = ignore.descend(here, inherited)
        if pruned:
            assert inherited.decision.excluded
        if inherited.decision.excluded and not ignore.reaches_below(here, inherited):
            pruned = True


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab/.!", max_size=12))
def test_cleaning_is_idempotent(path: str) -> None:
    assert clean(clean(path)) == clean(path)
    assert clean(f"/{path}").startswith("/")


@settings(max_examples=300, deadline=None)
@given(PATHS)
def test_a_plain_path_matches_itself_alone(path: str) -> None:
    assert glob_matches(path, path)
    assert not glob_matches(path, f"{path}x")
    assert IgnoreFile.parse(SourceText("x", path)).match(f"{path}/below").excluded


def test_a_context_is_the_tree_without_what_is_excluded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.sets(PATHS, max_size=8), TEXTS)
    def check(files: set[str], text: str) -> None:
        root = tmp_path_factory.mktemp("tree")
        made = {path for path in files if _make(root, path)}
        ignore = IgnoreFile.parse(SourceText("x", text))
        context = read_context(root, ignore)
        sent = {file.path for file in context.files if file.kind is Kind.FILE}
        kept = {one.path for one in context.excluded}

        assert sent <= made
        for path in made - sent:
            assert any(f"{path}/".startswith(f"{one}/") for one in kept)
        assert copy_sources(context, ["."]) == context.files
        _folders_are_there(context)

    check()


def _make(root: Path, path: str) -> bool:
    try:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    except OSError:
        return False
    return True


def _folders_are_there(context: Context) -> None:
    seen: set[str] = {""}
    for file in context.files:
        assert file.path.rpartition("/")[0] in seen
        seen.add(file.path)
