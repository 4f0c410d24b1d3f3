"""Shell texts hold together whatever is in them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.shell import Script, package_calls, parse_commands
from jettison.shell.texts import Traced, join_lines, unquote

PIECES = ["a", "pip install x", "&&", "||", ";", "|", "&", "\n", "(", ")", "{", "}", "$(", "`"]
PIECES += ["if", "then", "fi", "for x in", "do", "done", "'", '"', "\\", "\\\n", "<<E", "E", ">"]
PIECES += ["sh -c", "$x", "é", "#", " ", "case", "esac", ";;", "apt-get", "-y", "=", "2>&1", "!"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(PIECES), max_size=14
).map("".join)
ANY = st.text(max_size=60)
BYTES = st.binary(max_size=60).map(lambda data: data.decode("utf-8", "surrogateescape"))
PLAIN = st.text(alphabet=string.ascii_letters + string.digits + "._-/", min_size=1, max_size=8)


def check(script: Script) -> None:
    end = len(script.text)
    for command in script.commands:
        assert 0 <= command.span.start <= command.span.end <= end
        for word in command.words:
            assert command.span.start <= word.span.start <= word.span.end <= command.span.end
        for one in command.redirections:
            assert 0 <= one.span.start <= one.span.end <= end
    for problem in script.problems:
        assert 0 <= problem.span.start <= problem.span.end <= end
    for call in package_calls(script):
        for package in call.packages:
            assert call.command.span.start <= package.span.start
            assert package.span.end <= call.command.span.end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_pieces_of_shell(text: str) -> None:
    check(parse_commands(text))


@settings(max_examples=200, deadline=None)
@given(ANY | BYTES, st.sampled_from([None, "\\", "`"]))
def test_any_text(text: str, escape: str | None) -> None:
    check(parse_commands(text, escape=escape))


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=6), st.sampled_from(["'", '"', ""]))
def test_words_come_back(words: list[str], quote: str) -> None:
    text = "run " + " ".join(f"{quote}{word}{quote}" for word in words)

    (command,) = parse_commands(text).commands

    assert [word.value for word in command.arguments] == words
    for word in command.words:
        assert text[word.span.start : word.span.end] == word.text


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=5), st.sampled_from(["&&", "||", ";", "|", "\n"]))
def test_a_list_has_its_commands_in_order(names: list[str], operator: str) -> None:
    text = f" {operator} ".join(f"run {name}" for name in names)

    commands = parse_commands(text).commands

    assert [one.arguments[0].value for one in commands] == names
    assert [one.connector.value if one.connector else None for one in commands] == [
        *[operator] * (len(names) - 1),
        None,
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a ", "\\", "\n", "\r\n", "# b", " ", "`", "\t"]), max_size=12))
def test_joined_lines_know_where_they_come_from(pieces: list[str]) -> None:
    text = "".join(pieces)
    for escape in "\\`":
        traced = join_lines(text, escape)

        assert len(traced.origins) == len(traced.text) + 1
        for at, char in enumerate(traced.text):
            assert text[traced.origins[at]] == char
        assert list(traced.origins) == sorted(traced.origins)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab'\"\\$ \n", max_size=12))
def test_unquoting_never_adds_and_keeps_order(text: str) -> None:
    value = unquote(Traced.of(text), ())

    assert len(value.text) <= len(text)
    assert list(value.origins) == sorted(value.origins)


@pytest.mark.parametrize(
    "text",
    ["{\U0009d25d\U0009bd37", "\xb4-\U000b9870{\U000dda15m", "{\u5b89\u88c5", "x{\x82\U000fec04"],
)
def test_characters_beyond_the_grammars_tables(text: str) -> None:
    """tree-sitter-bash asks C's ``isalpha`` of them, which crashed the process."""
    for _ in range(50):
        check(parse_commands.__wrapped__(text))
