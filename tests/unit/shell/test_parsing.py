"""A shell text to commands."""

from __future__ import annotations

import pytest

from jettison.shell import (
    Command,
    Connector,
    Nesting,
    Script,
    is_shell,
    parse_commands,
)

AND, OR, SEQ, PIPE, BACK, LINE = (
    Connector.AND,
    Connector.OR,
    Connector.SEQUENCE,
    Connector.PIPE,
    Connector.BACKGROUND,
    Connector.NEWLINE,
)


def text_of(script: Script, command: Command) -> str:
    return script.text[command.span.start : command.span.end]


def values(command: Command) -> list[str | None]:
    return [word.value for word in command.words]


@pytest.mark.parametrize(
    ("text", "commands", "connectors"),
    [
        ("", [], []),
        ("# nothing\n", [], []),
        ("a", ["a"], [None]),
        ("a && b || c; d", ["a", "b", "c", "d"], [AND, OR, SEQ, None]),
        ("a&&b;", ["a", "b"], [AND, SEQ]),
        ("a | b |& c", ["a", "b", "c"], [PIPE, PIPE, None]),
        ("a & b", ["a", "b"], [BACK, None]),
        ("a\nb\n\n c", ["a", "b", "c"], [LINE, LINE, None]),
        ("a \\\n  && b # c && d\n", ["a", "b"], [AND, None]),
        ("(a && b) || c", ["a", "b", "c"], [AND, None, None]),
        ("{ a; b; } && c", ["a", "b", "c"], [SEQ, SEQ, None]),
        ("a && (b)\nc", ["a", "b", "c"], [AND, None, None]),
        ("A=1 B='x y' a b > c 2>&1", ["A=1 B='x y' a b > c 2>&1"], [None]),
        ("a && b > c && d", ["a", "b > c", "d"], [AND, AND, None]),
        ("[ -f x ] && [[ -d y ]]", ["[ -f x ]", "[[ -d y ]]"], [AND, None]),
        ("export A=b; unset C", ["export A=b", "unset C"], [SEQ, None]),
        ("A=b; C=d E=f", ["A=b", "C=d E=f"], [SEQ, None]),
        ("a $(b | c) d", ["a $(b | c) d", "b", "c"], [None, PIPE, None]),
        ("for ((i=0;i<3;i++)); do a; done", ["a"], [SEQ]),
        (">/x 2>&1 a b <c", [">/x 2>&1 a b <c"], [None]),
        (">&2 a b", [">&2 a b"], [None]),
        ("a > f b; c", ["a > f b", "c"], [SEQ, None]),
        ("é ü && a", ["é ü", "a"], [AND, None]),
        ("a; ! b", ["a", "b"], [SEQ, None]),
    ],
)
def test_commands_and_what_stands_between(
    text: str, commands: list[str], connectors: list[Connector | None]
) -> None:
    script = parse_commands(text)

    assert [text_of(script, one) for one in script.commands] == commands
    assert [one.connector for one in script.commands] == connectors
    assert script.problems == ()


S, G, C, B, L, K, F, D, H = (
    Nesting.SUBSHELL,
    Nesting.GROUP,
    Nesting.CONDITION,
    Nesting.BRANCH,
    Nesting.LOOP,
    Nesting.CASE,
    Nesting.FUNCTION,
    Nesting.SUBSTITUTION,
    Nesting.SHELL,
)


@pytest.mark.parametrize(
    ("text", "nestings"),
    [
        ("a; (b; { c; })", {"a": (), "b": (S,), "c": (S, G)}),
        (
            "if a; then b; elif c; then d; else e; fi; f",
            {"a": (C,), "b": (B,), "c": (C,), "d": (B,), "e": (B,), "f": ()},
        ),
        ("while a; do b; done", {"a": (C,), "b": (L,)}),
        ("until a; do b; done", {"a": (C,), "b": (L,)}),
        ("for x in $(a); do b; done", {"a": (D,), "b": (L,)}),
        ("case $(a) in x) b;; y) c; d;; esac", {"a": (D,), "b": (K,), "c": (K,), "d": (K,)}),
        ("f() { a; }; function g { b; }; f", {"a": (F, G), "b": (F, G), "f": ()}),
        ("x=$(a) b=`c`", {"": (), "a": (D,), "c": (D,)}),
        ("a <(b) >$(c)", {"a": (), "b": (D,), "c": (D,)}),
        ("sh -c 'a && (b)'", {"sh": (), "a": (H,), "b": (H, S)}),
        ('sudo bash -lc "a $(b)" x', {"sudo": (), "a": (H,), "b": (D,)}),
        ("bash -euo pipefail -c 'a'", {"bash": (), "a": (H,)}),
        ("su user -c 'a'", {"su": (), "a": (H,)}),
        ("bash -s <<E\na\nE\nb", {"bash": (), "a": (H,), "b": ()}),
        ("bash script <<E\na\nE\n", {"bash": ()}),
        ("sh -c \"sh -c 'sh -c a'\"", {"sh": (H, H), "a": (H, H, H)}),
    ],
)
def test_what_commands_are_nested_in(text: str, nestings: dict[str, tuple[Nesting, ...]]) -> None:
    script = parse_commands(text)

    assert {one.name: one.nesting for one in script.commands} == nestings
    assert script.problems == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b", "b"),
        ("'b c'", "b c"),
        ('"b c"', "b c"),
        ("b\\ c", "b c"),
        ("b'c'\"d\"\\e", "bcde"),
        ("''", ""),
        ("'it'\"'\"'s'", "it's"),
        ('"a\\"b\\$c\\`d\\\\e\\f"', 'a"b$c`d\\e\\f'),
        ("'a\\b'", "a\\b"),
        ("b\\\nc", "bc"),
        ('"b\\\nc"', "bc"),
        ("$'a\\tb\\x41\\101\\u00e9\\''", "a\tbAAé'"),
        ("*.py", "*.py"),
        ("a{b,c}", "a{b,c}"),
        ("~/x", "~/x"),
        ("a[extra]==1.0", "a[extra]==1.0"),
        ("a=b", "a=b"),
        ("1.5", "1.5"),
        ("$b", None),
        ("x${b}y", None),
        ('"$(b)"', None),
        ("`b`", None),
        ("$((1 + 2))", None),
        ("<(b)", None),
        ("'$b'", "$b"),
        ("\\$b", "$b"),
    ],
)
def test_quotes(text: str, value: str | None) -> None:
    word = parse_commands(f"a {text}").commands[0].words[1]

    assert word.value == value
    assert word.text == text
    assert (word.span.start, word.span.end) == (2, 2 + len(text))


def test_what_expands_is_kept_as_written() -> None:
    command = parse_commands("a x\"$b\"'c d'${e:-\"f g\"} $(h 'i')").commands[0]

    assert [word.unquoted for word in command.words] == [
        "a",
        'x$bc d${e:-"f g"}',
        "$(h 'i')",
    ]


def test_assignments() -> None:
    command = parse_commands("A=1 B+='x y' C=$D E= a F=g").commands[0]

    assert [(one.name, one.value.value, one.appends) for one in command.assignments] == [
        ("A", "1", False),
        ("B", "x y", True),
        ("C", None, False),
        ("E", "", False),
    ]
    assert values(command) == ["a", "F=g"]


def test_redirections() -> None:
    text = "a <b >c 2>>'d e' 2>&1 &>f >|g <<<h"
    command = parse_commands(text).commands[0]

    assert [
        (one.descriptor, one.operator, one.target.value if one.target else None)
        for one in command.redirections
    ] == [
        (None, "<", "b"),
        (None, ">", "c"),
        (2, ">>", "d e"),
        (2, ">&", "1"),
        (None, "&>", "f"),
        (None, ">|", "g"),
        (None, "<<<", "h"),
    ]
    for one in command.redirections:
        assert one.target is not None
        assert text[one.span.start : one.span.end].endswith(one.target.text)


@pytest.mark.parametrize(
    ("text", "body", "literal", "strips"),
    [
        ("cat <<EOF > f && b\nx $y\nEOF\nb", "x $y\n", False, False),
        ("cat <<'EOF'\nx\n\ny\nEOF\nb", "x\n\ny\n", True, False),
        ('cat <<-"EOF" | b\n\tx\n\tEOF\n', "\tx\n", True, True),
        ("<<EOF cat > f\nx\nEOF\nb", "x\n", False, False),
        ("cat <<EOF > f\nEOF\nb", "", False, False),
        ("cat <<A >f && b <<B\n1\nA\n2\nB\n", "1\n", False, False),
        ("cat <<EOF x | b\n'\nEOF\n", "'\n", False, False),
        ("cat << \\EOF\n$x\nEOF\nb", "$x\n", True, False),
    ],
)
def test_here_documents(text: str, body: str, literal: bool, strips: bool) -> None:
    script = parse_commands(text)
    heredoc = script.commands[0].heredoc

    assert heredoc is not None
    assert heredoc.body == body
    assert text[heredoc.span.start : heredoc.span.end] == body
    assert heredoc.literal is literal
    assert heredoc.strips_tabs is strips
    assert script.commands[0].name == "cat"
    assert script.commands[-1].name == ("b" if "b" in text else "cat")
    assert script.problems == ()


def test_spans_inside_a_nested_shell_are_of_the_whole_text() -> None:
    text = 'sudo sh -c "apt-get install \'a b\' \\"c\\" é"'
    script = parse_commands(text)
    inner = script.commands[1]

    assert values(inner) == ["apt-get", "install", "a b", "c", "é"]
    assert [text[word.span.start : word.span.end] for word in inner.words] == [
        "apt-get",
        "install",
        "'a b'",
        '"c\\"',
        "é",
    ]
    assert text_of(script, inner) == "apt-get install 'a b' \\\"c\\\" é"


def test_a_run_body_is_joined_as_the_engines_do() -> None:
    text = "apt-get update && \\\n  # why\n\n  apt-get install \\  \r\n    a \\\n# not b\n    c"
    script = parse_commands(text, escape="\\")

    assert [values(one) for one in script.commands] == [
        ["apt-get", "update"],
        ["apt-get", "install", "a", "c"],
    ]
    assert script.problems == ()
    for command in script.commands:
        for word in command.words:
            assert text[word.span.start : word.span.end] == word.value


def test_a_doubled_escape_does_not_continue_a_line() -> None:
    script = parse_commands("a b\\\\\nc d", escape="\\")

    assert [values(one) for one in script.commands] == [["a", "b\\"], ["c", "d"]]


def test_only_newlines_end_lines() -> None:
    script = parse_commands("a \\\n b\u2028# c", escape="\\")

    assert [values(one) for one in script.commands] == [["a", "b\u2028#", "c"]]


def test_a_backtick_continues_where_it_is_the_escape() -> None:
    text = "a `\n  b \\c `\n"
    command = parse_commands(text, escape="`").commands[0]

    assert values(command) == ["a", "b", "c"]
    assert text[command.span.start : command.span.end] == "a `\n  b \\c"


@pytest.mark.parametrize(
    "text",
    ["a && && b", "if x; then y", "echo 'x", "a )", "(((", "case", "$(", "a <<EOF", "a | | b"],
)
def test_what_is_no_shell_is_a_problem(text: str) -> None:
    script = parse_commands(text)

    assert script.problems
    for problem in script.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


def test_commands_round_a_mistake_are_still_found() -> None:
    names = [one.name for one in parse_commands("a && && b; c").commands]

    assert names == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("set -e; a", True),
        ("set -eux\na", True),
        ("set -o errexit && a", True),
        ("set -u; set -e; a", True),
        ("a; set -e", False),
        ("(set -e); a", False),
        ("set -x", False),
        ("set +e; a", False),
        ("", False),
    ],
)
def test_set_e(text: str, stops: bool) -> None:
    assert parse_commands(text).stops_on_error is stops


def test_a_name_is_without_folders_and_known() -> None:
    names = [one.name for one in parse_commands('/usr/bin/a; "b"; $c d; ./e; A=1').commands]

    assert names == ["a", "b", "", "e", ""]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "a",
        "{ " * 3000 + "a; " + "} " * 3000,
        "$(a " * 1500 + ")" * 1500,
        " && ".join(["a"] * 5000),
        "[[ " + " && ".join(["a"] * 3000) + " ]]",
        "if a; then " * 1000 + "b; " + "fi; " * 1000,
        "`" * 3001,
        "cat " + "<<E " * 1000 + "\n" + "E\n" * 1000,
        'sh -c "' * 500,
        "\\\n" * 3000,
        "\x00\x01\udcff" * 100,
    ],
)
def test_long_and_deep_texts_come_to_an_end(text: str) -> None:
    parse_commands(text)
    parse_commands(text, escape="\\")


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (["/bin/sh", "-c"], True),
        (["/bin/bash", "-eo", "pipefail", "-c"], True),
        (["powershell", "-Command"], False),
        (["cmd", "/S", "/C"], False),
        ([], False),
    ],
)
def test_shells(words: list[str], is_one: bool) -> None:
    assert is_shell(words) is is_one
