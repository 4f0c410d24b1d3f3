"""What a ``.dockerignore`` keeps out. Every row was compared with moby/patternmatcher 0.6.1."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile.ignore import IgnoreFile, find_ignore_file
from jettison.source import SourceText

if TYPE_CHECKING:
    from pathlib import Path

# One row per file: its patterns, what it keeps out, what it lets through; "|" parts paths.
ROWS = [
    ("", "", "a|a/b"),
    ("# a\n\n  \n\t\n", "", "a"),
    (" # a\n", "# a", "a"),
    ("a", "a|a/b|a/b/c", "aa|b/a|A"),
    ("a/", "a|a/b", "aa"),
    ("/a", "a|a/b", "b/a"),
    ("./a/./b/", "a/b|a/b/c", "a|a/c"),
    ("a/../b", "b", "a"),
    ("../a", "", "a|b"),
    ("/", "", "a|a/b"),
    (".", "", "a|.a"),
    ("*", "a|a/b|.a", ""),
    ("*\n!a", "b|b/a", "a|a/b"),
    ("*\n!a/b", "a|a/c|b", "a/b|a/b/c"),
    ("*\n!a/b\na/b/c", "a/b/c|a/b/c/d|x", "a/b|a/b/d"),
    ("!a\na", "a", ""),
    ("a\n!a", "", "a|a/b"),
    ("a\n! a", "", "a"),
    ("a\n!/a", "", "a"),
    ("*\n!!a", "a|b", "!a"),
    ("*.txt", "a.txt|.txt|a.txt/b", "a.txtx|b/a.txt|atxt"),
    ("*/*.txt", "b/a.txt", "a.txt|c/b/a.txt"),
    ("**", "a|a/b|.a/.b", ""),
    ("**/", "a|a/b", ""),
    ("**/a", "a|b/a|c/b/a|b/a/c", "aa|b/aa"),
    ("**/*.txt", "a.txt|b/a.txt|c/b/a.txt", "a.txtx"),
    ("**.txt", "a.txt|b/a.txt", "a.txtx"),
    ("a/**", "a/b|a/b/c", "a|aa"),
    ("a**", "a|ab|ab/c", "ba"),
    ("a/**/b", "a/b|a/x/b|a/x/y/b|a/b/c", "a/xb|b"),
    ("a/**b", "a/b|a/x/b", "a/xb|ab"),
    ("**/a/**", "a/b|x/a/b|x/a/b/c", "a|x/a|xa/b"),
    ("**/**/a", "a|b/a|c/b/a", "ba"),
    ("***/a", "b/a|bb/a", "a/b"),
    ("a?c", "abc|a.c|aéc", "ac|a/c|abbc"),
    ("[ab]c", "ac|bc", "cc|abc"),
    ("[^ab]c", "cc|éc", "ac|bc|c"),
    ("[a-c]x", "ax|bx|cx", "dx|-x"),
    ("[[]a]", "[a]", "a"),
    ("\\*a", "*a", "a|ba|xa"),
    ("a\\b", "", "ab"),
    ("a\\ b", "a b", "a\\ b"),
    ("a b", "a b", "a|b"),
    ("  a  ", "a|a/b", "  a  "),
    ("\u3000a\xa0", "a", "\u3000a\xa0"),
    ("\x1fa", "\x1fa", "a"),
    ("\ufeffa", "a", "\ufeffa"),
    ("\ufeff# a\nb", "b", "a|# a"),
    ("a\r\nb\r\n", "a|b", "a\r"),
    ("a\rb", "a\rb", "a|b"),
    ("é", "é|é/a", "e"),
    ("a.b", "a.b", "axb"),
    ("(a)+$", "(a)+$", "a|aa"),
    # What passes unescaped into Go's regular expressions.
    ("a{2}*", "aa|aab", "a{2}|a"),
    ("a{2}", "a{2}", "aa"),
    ("a{,2}*", "a{,2}|a{,2}x", "aa"),
    ("x|b*", "x|xx|b|bc|cb|x/y|bx/c", "a|a/x"),
    ("^a*", "a|ab", "^a|ba"),
    ("a^*", "", "a^|a"),
    ("\\d", "1|9", "d|\\d"),
    ("[\\d]x", "1x", "dx"),
    ("\\x41", "A", "x41"),
    ("\\101", "A", "101"),
    ("[[:alpha:]]x", "ax|Zx", "1x|:]x"),
    ("[*]a", "]a|[]a|^/]a|//]a", "*a|a"),
    ("\\Qa*b", "", "ab|axb"),
    ("a*\\z", "a|ab|az", "b"),
    ("\\ba*", "a|ab", "ba|b"),
]


@pytest.mark.parametrize(("text", "kept_out", "let_through"), ROWS)
def test_patterns(text: str, kept_out: str, let_through: str) -> None:
    ignore = IgnoreFile.parse(SourceText(".dockerignore", text))

    assert ignore.problems == ()
    for path in filter(None, kept_out.split("|")):
        assert ignore.match(path).excluded, path
    for path in filter(None, let_through.split("|")):
        assert not ignore.match(path).excluded, path


@pytest.mark.parametrize(
    "text",
    [
        *("!", "!/", "!  ", "[", "[]", "[a", "[a-", "[^]", "a\\", "a/[-]", "\\y", "[z-a]"),
        *("a{2}{3}*", "a{1001}*", "a{3,2}*", "[[:nope:]]", "\\1", "\\xzz", "\\é", "\\pL"),
        *("x|{2}*", "a" * 65536),
    ],
)
def test_lines_that_stop_the_build(text: str) -> None:
    ignore = IgnoreFile.parse(SourceText(".dockerignore", f"# first\n{text}\nb\n"))

    assert [problem.line for problem in ignore.problems] == [2]
    assert [pattern.text for pattern in ignore.patterns] == ["b"]
    assert ignore.match("b").excluded


def test_a_pattern_knows_its_line_and_place() -> None:
    source = SourceText("x", "\ufeffa\r\n\n # no comment\n\t! ./b/ \n")

    patterns = IgnoreFile.parse(source).patterns

    assert [(one.text, one.glob, one.negated, one.line) for one in patterns] == [
        ("a", "a", False, 1),
        ("# no comment", "# no comment", False, 3),
        ("! ./b/", "b", True, 4),
    ]
    for one in patterns:
        assert source.text[one.span.start : one.span.end] == one.text
        assert source.position(one.span.start).line == one.line


def test_the_pattern_with_the_last_word_decides() -> None:
    ignore = IgnoreFile.parse(SourceText("x", "*\n!a\na/b\n!c\na/b/d\n"))

    def decides(path: str) -> tuple[bool, str | None]:
        decision = ignore.match(path)
        return decision.excluded, decision.pattern.text if decision.pattern else None

    assert decides("x") == (True, "*")
    assert decides("a/x") == (False, "!a")
    assert decides("a/b/c") == (True, "a/b")
    assert decides("a/b/d") == (True, "a/b")
    assert decides(".") == (False, None)
    assert decides("./a//x/") == (False, "!a")


def test_a_flag_gives_patterns_of_their_own() -> None:
    ignore = IgnoreFile.of_patterns(["#a", "/b", "c/", ""])

    assert [one.glob for one in ignore.patterns] == ["#a", "/b", "c"]
    assert ignore.match("#a").excluded
    assert not ignore.match("b").excluded


def test_the_walk_is_decided_folder_by_folder() -> None:
    ignore = IgnoreFile.parse(SourceText("x", "foo\n!foo/x\nfoo\n"))

    folder = ignore.descend("foo", ignore.root)
    file = ignore.descend("foo/x", folder)

    assert folder.decision.excluded
    assert folder.doubtful
    assert not file.decision.excluded
    assert ignore.match("foo/x").excluded


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("foo", False),
        ("foo\n!foo/x", True),
        ("foo\n!bar", False),
        ("foo\n!fo", False),
        ("foo\n!f*", True),
        ("foo\n!**/x", True),
        ("foo\n!bar/**/x", False),
        ("!foo/x\nfoo", False),
        ("*\n!foo/x\nfoo", True),
    ],
)
def test_only_what_a_later_exception_can_reach_is_entered(text: str, reaches: bool) -> None:
    ignore = IgnoreFile.parse(SourceText("x", text))

    assert ignore.reaches_below("foo", ignore.descend("foo", ignore.root)) is reaches


def test_the_dockerfiles_own_ignore_file_comes_first(tmp_path: Path) -> None:
    dockerfile = tmp_path / "docker/api.Dockerfile"
    dockerfile.parent.mkdir()
    assert find_ignore_file(tmp_path, dockerfile) is None

    (tmp_path / ".dockerignore").touch()
    assert find_ignore_file(tmp_path, dockerfile) == tmp_path / ".dockerignore"

    own = tmp_path / "docker/api.Dockerfile.dockerignore"
    own.mkdir()
    assert find_ignore_file(tmp_path, dockerfile) == tmp_path / ".dockerignore"
    own.rmdir()
    own.touch()
    assert find_ignore_file(tmp_path, dockerfile) == own


@pytest.mark.parametrize(
    "pattern",
    [
        *("*a" * 30 + "b", "**/a" * 30 + "/b", "a*" * 25, "(a*)*" * 10 + "b", "?" * 3000 + "*"),
        *("a{1000}*" * 9 + "b", "[a-z]*" * 40 + "[0-9]", "**/" * 500 + "x*", "*|" * 300 + "b*"),
    ],
)
def test_no_pattern_hangs(pattern: str) -> None:
    started = time.process_time()
    ignore = IgnoreFile.parse(SourceText("x", pattern))
    for path in ("a" * 250, "a/" * 120 + "a", "a" * 60 + "/" + "a" * 60):
        ignore.match(path)
        ignore.descend(path, ignore.root)

    assert time.process_time() - started < 5


def test_bytes_that_are_not_utf_8_are_replacement_characters_to_a_wildcard() -> None:
    source = SourceText.from_bytes("x", b"bad\xff\n?x\n")
    ignore = IgnoreFile.parse(source)

    assert ignore.match("bad\udcff").excluded
    assert ignore.match("\udcffx").excluded
    assert not ignore.match("bad\udcfe").excluded
