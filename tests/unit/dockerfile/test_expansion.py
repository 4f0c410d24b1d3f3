"""Expansion as the Dockerfile reference has it; more cases are in test_against_buildkit."""

from __future__ import annotations

import pytest

from jettison.dockerfile import ExpansionError, expand, expand_words

ENV = {"foo": "value", "empty": "", "path": "/a/b.tar.gz", "word": "foobarbaz", "ä": "umlaut"}


@pytest.mark.parametrize(
    ("word", "expanded"),
    [
        ("plain", "plain"),
        ("$foo", "value"),
        ("${foo}", "value"),
        ("x${foo}y$foo.z", "xvalueyvalue.z"),
        ("$fooo", ""),
        ("\\$foo", "$foo"),
        ("\\${foo}", "${foo}"),
        ("'$foo'", "$foo"),
        ('"$foo"', "value"),
        ('"\\$foo \\" \\x"', '$foo " \\x'),
        ("a\\ b", "a b"),
        ("a\\", "a"),
        ("$", "$"),
        ("$ä", "umlaut"),
        ("$1a", "a"),
        ("$?", ""),
        ("a$,b", "a$,b"),
        ("${foo:-d}|${empty:-d}|${none:-d}", "value|d|d"),
        ("${foo-d}|${empty-d}|${none-d}", "value||d"),
        ("${foo:+d}|${empty:+d}|${none:+d}", "d||"),
        ("${foo+d}|${empty+d}|${none+d}", "d|d|"),
        ("${foo:?m}|${empty?m}", "value|"),
        ("${none:-$foo-${path}}", "value-/a/b.tar.gz"),
        ("${none:-'}'}", "}"),
        ("${path#*.}|${path##*.}", "tar.gz|gz"),
        ("${path%.*}|${path%%.*}", "/a/b.tar|/a/b"),
        ("${path#/}", "a/b.tar.gz"),
        ("${path%/*}", "/a"),
        ("${word/ba/BA}|${word//ba/BA}", "fooBArbaz|fooBArBAz"),
        ("${word/b?r/}|${word//[a]/}", "foobaz|foobarbaz"),
        ("${path//\\//-}", "-a-b.tar.gz"),
        ("${word%'*'}|${word%*}", "foobarbaz|foobarbaz"),
    ],
)
def test_expand(word: str, expanded: str) -> None:
    assert expand(word, ENV) == expanded


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("'a", "looking for matching '"),
        ('"a', 'looking for matching "'),
        ("${foo", "missing '}'"),
        ("${", "missing '}'"),
        ("${foo:-", "missing '}'"),
        ("${foo/a", "missing '/'"),
        ("${foo/a/b", "missing '}'"),
        ("${}", "bad substitution"),
        ("${{foo}", "bad substitution"),
        ("${:-x}", "bad substitution"),
        ("${foo!x}", "unsupported modifier (!)"),
        ("${foo:#x}", "unsupported modifier (:#)"),
        ("${foo:=x}", "unsupported modifier (:=)"),
        ("${none?}", "none: is not allowed to be unset"),
        ("${empty:?}", "empty: is not allowed to be empty"),
        ("${none:?say $foo}", "none: say value"),
        ("${foo#\\a}", "invalid escape '\\a'"),
        ("${none:-" * 100 + "}" * 100, "nested too deeply"),
        ("$word" * 100_000, "too long together"),
        ("${word//?/" + "x" * 1000 + "}" * 20, ""),
    ],
)
def test_errors(word: str, message: str) -> None:
    env = ENV | {"word": "foobarbaz" * (200 if "//" in word else 1)}
    with pytest.raises(ExpansionError) as caught:
        expand(word, env)
    assert message in str(caught.value)


def test_backtick_escape() -> None:
    assert expand("C:\\$foo\\`$foo`a", ENV, escape="`") == "C:\\value\\$fooa"
    assert expand('"`$foo\\"', ENV, escape="`") == "$foo\\"


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("", ()),
        ("  ", ()),
        ("a  b", ("a", "b")),
        ("$two", ("x", "y")),
        ("a$two-b", ("ax", "y-b")),
        ("\"$two\" 'a b'", ("x y", "a b")),
        ("a\\ b", ("a b",)),
        ("''", ()),
        ("$none", ()),
    ],
)
def test_words(word: str, words: tuple[str, ...]) -> None:
    assert expand_words(word, {"two": "x y"}) == words
