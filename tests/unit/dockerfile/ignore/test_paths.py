"""Go's path functions. Every row was compared with Go's own."""

from __future__ import annotations

import pytest

from jettison.dockerfile.ignore.paths import BadPattern, clean, glob_matches, has_wildcard


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("", "."),
        (".", "."),
        ("/", "/"),
        ("//", "/"),
        ("/..", "/"),
        ("..", ".."),
        ("../..", "../.."),
        ("a/..", "."),
        ("a/../..", ".."),
        ("a//b/", "a/b"),
        ("./a/./b", "a/b"),
        ("/a/../../b", "/b"),
        ("!a/", "!a"),
        ("!/", "!"),
    ],
)
def test_clean(path: str, cleaned: str) -> None:
    assert clean(path) == cleaned


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("", "", True),
        ("a", "a", True),
        ("*", "", True),
        ("*", "a/b", False),
        ("*/b", "a/b", True),
        ("a*b", "axxb", True),
        ("a*b", "axxbc", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b?c*x", "abxbbxdbxebxczzx", True),
        ("a*b?c*x", "abxbbxdbxebxczzy", False),
        ("?", "/", False),
        ("[/]", "/", True),
        ("[^a]", "/", True),
        ("[a-c]", "b", True),
        ("[c-a]", "b", False),
        ("[^a-c]", "b", False),
        ("[\\]a]", "]", True),
        ("[\\-x]", "-", True),
        ("[x\\-]", "-", True),
        ("\\*", "*", True),
        ("a*[", "x", False),
        ("*[*]*x", "a*bx", True),
        ("*]*", "a]b", True),
        ("é?", "éa", True),
    ],
)
def test_glob(pattern: str, name: str, matches: bool) -> None:
    assert glob_matches(pattern, name) is matches


@pytest.mark.parametrize(
    "pattern", ["[", "[]", "[]a]", "[-]", "[x-]", "[^]", "[a", "[a-b-c]", "\\", "b["]
)
def test_bad_globs(pattern: str) -> None:
    with pytest.raises(BadPattern):
        glob_matches(pattern, "a")


@pytest.mark.parametrize(
    ("path", "found"), [("a", False), ("a*", True), ("\\*", False), ("\\\\*", True), ("[", True)]
)
def test_has_wildcard(path: str, found: bool) -> None:
    assert has_wildcard(path) is found
