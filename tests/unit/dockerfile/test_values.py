"""The small languages within: durations, ports, signals, here-document words, patterns."""

from __future__ import annotations

import pytest

from jettison.dockerfile.durations import duration
from jettison.dockerfile.heredocs import HeredocWord, heredoc_word, heredoc_words
from jettison.dockerfile.patterns import PatternError, ShellPattern
from jettison.dockerfile.persistent_map import PersistentMap
from jettison.dockerfile.ports import exposed_ports
from jettison.dockerfile.signals import is_signal


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("-0", 0),
        ("30s", 30_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1.5h", 5_400_000_000_000),
        (".5s", 500_000_000),
        ("2.s", 2_000_000_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("1µs", 1_000),
        ("-2s", -2_000_000_000),
        ("+2s", 2_000_000_000),
    ],
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "-", "3", "s", ".s", "1d", "1s ", "1 s", "--1s", "9" * 50])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)


@pytest.mark.parametrize(
    ("word", "ports"),
    [
        ("80", ("80/tcp",)),
        ("0080", ("80/tcp",)),
        ("0", ("0/tcp",)),
        ("53/UDP", ("53/udp",)),
        ("80/", ("80/tcp",)),
        ("1-3/sctp", ("1/sctp", "2/sctp", "3/sctp")),
        ("8080:80", ("80/tcp",)),
        ("127.0.0.1:8080:80/tcp", ("80/tcp",)),
    ],
)
def test_ports(word: str, ports: tuple[str, ...]) -> None:
    assert exposed_ports(word) == ports


@pytest.mark.parametrize("word", ["", "a", "80/quic", "3-1", "70000", "-1", "1-", "٣"])
def test_what_is_no_port(word: str) -> None:
    with pytest.raises(ValueError, match="is not a port"):
        exposed_ports(word)


@pytest.mark.parametrize("text", ["SIGTERM", "sigterm", "term", "9", "037", "RTMIN", "SIGRTMAX-14"])
def test_signals(text: str) -> None:
    assert is_signal(text)


@pytest.mark.parametrize("text", ["", "0", "00", "SIG", "SIGFOO", "RTMIN+16", "RTMAX-0", "9 "])
def test_what_is_no_signal(text: str) -> None:
    assert not is_signal(text)


@pytest.mark.parametrize(
    ("word", "announced"),
    [
        ("<<EOF", HeredocWord("EOF", 0, expand=True, chomp=False)),
        ("<<-EOF", HeredocWord("EOF", 0, expand=True, chomp=True)),
        ('<<"EOF"', HeredocWord("EOF", 0, expand=False, chomp=False)),
        ("<<-'E F'", HeredocWord("E F", 0, expand=False, chomp=True)),
        ("<<E'O'F", HeredocWord("EOF", 0, expand=False, chomp=False)),
        ("3<<EOF", HeredocWord("EOF", 3, expand=True, chomp=False)),
        ("<< EOF", HeredocWord("EOF", 0, expand=True, chomp=False)),
        ("<<$EOF", HeredocWord("$EOF", 0, expand=True, chomp=False)),
        ("<<\\EOF", HeredocWord("EOF", 0, expand=True, chomp=False)),
        ("<<<EOF", None),
        ("<<", None),
        ("<<-", None),
        ("<<''", None),
        ("<<a b", None),
        ("x<<EOF", None),
        ("<<a<<b", None),
    ],
)
def test_heredoc_word(word: str, announced: HeredocWord | None) -> None:
    assert heredoc_word(word) == announced


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("RUN a", []),
        ("RUN <<A cat <<-B", ["A", "B"]),
        ('RUN echo "<<A" <<B', ["B"]),
        ("RUN echo '<<A", []),
        ("RUN cat <<< a", []),
        ("RUN cat <<\tA", ["A"]),
        ("RUN a <<2", ["2"]),
        ("RUN $((1<<2))", []),
    ],
)
def test_heredoc_words(line: str, names: list[str]) -> None:
    assert [word.name for word in heredoc_words(line)] == names


@pytest.mark.parametrize(
    ("pattern", "value", "shortest", "longest"),
    [
        ("a", "aab", "ab", "ab"),
        ("*", "abc", "abc", ""),
        ("*/", "a/b/c", "b/c", "c"),
        ("?", "abc", "bc", "bc"),
        ("?", "\n", "\n", "\n"),
        ("*b", "a\nb", "a\nb", "a\nb"),
        ("x", "abc", "abc", "abc"),
        ("", "abc", "abc", "abc"),
        ("\\*", "*a", "a", "a"),
        ("\\/a", "/ab", "b", "b"),
        ("[a]", "[a]b", "b", "b"),
    ],
)
def test_prefixes(pattern: str, value: str, shortest: str, longest: str) -> None:
    parsed = ShellPattern.parse(pattern)
    assert parsed.trim_prefix(value, longest=False) == shortest
    assert parsed.trim_prefix(value, longest=True) == longest


@pytest.mark.parametrize(
    ("pattern", "value", "first", "every"),
    [
        (".", "a.b.c", "a-b.c", "a-b-c"),
        ("*", "abc", "-", "-"),
        ("", "ab", "-ab", "-a-b-"),
        ("b*", "abab", "a-", "a-"),
        ("?", "a\nb", "-\nb", "-\n-"),
        ("*", "a\n\nb", "-\n\nb", "-\n-\n-"),
        ("a\n*", "a\nx\na\ny", "-\na\ny", "-\n-"),
        ("aa", "aaa", "-a", "-a"),
        ("x", "abc", "abc", "abc"),
    ],
)
def test_replacements(pattern: str, value: str, first: str, every: str) -> None:
    parsed = ShellPattern.parse(pattern)
    assert parsed.replace_first(value, "-") == first
    assert parsed.replace_all(value, lambda _: "-") == every


@pytest.mark.parametrize("pattern", ["\\", "\\a", "a\\\\\\"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternError):
        ShellPattern.parse(pattern)


def test_views_of_a_persistent_map_do_not_change() -> None:
    grown = PersistentMap({"a": 1})
    first = grown.now
    second = grown.update({"b": 2, "a": 3})
    third = grown.update({"b": 4})
    assert [dict(view) for view in (first, second, third)] == [
        {"a": 1},
        {"a": 3, "b": 2},
        {"a": 3, "b": 4},
    ]
    assert "b" not in first
    assert (len(first), list(second)) == (1, ["a", "b"])
    assert grown.update({}) == third
