"""Interpolation, environment files, durations, byte counts, command lines, scalars."""

from __future__ import annotations

import pytest

from jettison.compose import split_command
from jettison.compose.dotenv import parse_dotenv
from jettison.compose.scalars import go_text, resolve_scalar
from jettison.compose.template import TemplateError, interpolate
from jettison.compose.units import parse_bytes, parse_duration
from jettison.errors import ComposeError
from jettison.source import SourceText

KNOWN = {"P": "pp", "E": ""}


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("$P ${P} $$P $${P}", "pp pp $P ${P}"),
        ("${A:-b}${E:-b}${P:-b}", "bbpp"),
        ("${A-b}${E-b}${P-b}", "bpp"),
        ("${A:+b}${E:+b}${P:+b}", "b"),
        ("${A+b}${E+b}${P+b}", "bb"),
        ("${A:-${B:-${C:-d}}}", "d"),
        ("${A:-{x}}", "{x}"),
        ("x$ $1 $- $(a)", "x$ $1 $- $(a)"),
        ("${A:-$$B}", "$B"),
        ("${P?x}${P:?x}${E?x}", "pppp"),
        ("$A.b", ".b"),
        ("{{ .X }} ${P}}", "{{ .X }} pp}"),
    ],
)
def test_interpolation(template: str, result: str) -> None:
    assert interpolate(template, KNOWN.get) == result


@pytest.mark.parametrize(
    "template",
    ["${", "${P", "${}", "${1}", "${P:}", "${P:=x}", "${A:?}", "${A?x}", "${E:?x}", "${P.b}",
     "${P:-${A:?x}}", "${A:-" * 40 + "}" * 40],
)  # fmt: skip
def test_templates_that_are_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        interpolate(template, KNOWN.get)


def test_environment_files() -> None:
    text = (
        "\ufeff# c\nA=1\nexport B = two # c\nC='$A #x'\nD=\"$A\\n\\$A\"\nE\nP\nF: f\nG=$P-$A\n"
        'H="x\n y"\nI=#x\n\nJ='
    )
    assert parse_dotenv(SourceText(".env", text), KNOWN.get) == {
        "A": "1", "B": "two", "C": "$A #x", "D": "1\n$A", "E": "", "P": "pp", "F": "f",
        "G": "pp-1", "H": "x\n y", "I": "#x", "J": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("A=1\nB C\n", 2, 1), ("A='x\n", 1, 1), ("\n A!=1\n", 2, 2), ("A=${B:?x}\n", 1, 1)],
)
def test_environment_files_that_are_refused(text: str, line: int, column: int) -> None:
    with pytest.raises(ComposeError) as caught:
        parse_dotenv(SourceText(".env", text), KNOWN.get)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m30s", 90), ("1.5h", 5400), ("250ms", 0.25), ("0", 0), ("10us", 1e-5), ("1h2m3.5s", 3723.5),
     (".5s", 0.5), ("3µs", 3e-6)],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "soon", "1 m", "1d", "-", "s", "1m30", "1..5s"])
def test_durations_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("1", 1), ("10b", 10), ("1k", 1024), ("2kb", 2048), ("50M", 50 * 2**20), ("1.5GiB", 3 * 2**29),
     ("1 gb", 2**30), ("1T", 2**40)],
)  # fmt: skip
def test_byte_counts(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "lots", "-1", "1x", "1.", "k", "1e3"])
def test_byte_counts_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number of bytes"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("npm start", ["npm", "start"]),
        ("sh -c 'a && b' && c", ["sh", "-c", "a && b"]),
        ("a 'b c'\"d e\" f\\ g", ["a", "b cd e", "f g"]),
        ("a '' \"\" b", ["a", "", "", "b"]),
        ("a $(b c) `d e`", ["a", "$(b c)", "`d e`"]),
        ("a 2>b", ["a"]),
        ("a x2>b", ["a", "x2"]),
        (" \n ", []),
        ("", []),
        ("a # b", ["a", "#", "b"]),
    ],
)
def test_command_lines(line: str, words: list[str]) -> None:
    assert split_command(line) == tuple(words)


@pytest.mark.parametrize("line", ["a 'b", 'a "b', "a\\", "a (b)", "a b)", "$(a", "`a"])
def test_command_lines_that_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match="invalid command line"):
        split_command(line)


@pytest.mark.parametrize(
    ("text", "value", "printed"),
    [
        ("", None, ""), ("~", None, ""), ("Null", None, ""), ("nULL", "nULL", "nULL"),
        ("true", True, "true"), ("False", False, "false"), ("yes", "yes", "yes"),
        ("12", 12, "12"), ("+12", 12, "12"), ("0777", 511, "511"), ("0o17", 15, "15"),
        ("0x1F", 31, "31"), ("0b11", 3, "3"), ("1_000", 1000, "1000"), ("089", 89.0, "89"),
        ("1.0", 1.0, "1"), ("1.50", 1.5, "1.5"), ("1e3", 1000.0, "1000"),
        ("1000000.0", 1e6, "1e+06"), ("1e-7", 1e-7, "1e-07"), ("0.0001", 0.0001, "0.0001"),
        ("1e400", "1e400", "1e400"), ("1:30", "1:30", "1:30"), ("3.10.1", "3.10.1", "3.10.1"),
        ("2020-01-01", "2020-01-01 00:00:00 +0000 UTC", "2020-01-01 00:00:00 +0000 UTC"),
        ("2020-13-01", "2020-13-01", "2020-13-01"), ("-.inf", float("-inf"), "-Inf"),
        ("١٢", "١٢", "١٢"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object, printed: str) -> None:
    found = resolve_scalar(text)
    assert (type(found), found) == (type(value), value)
    assert go_text(found) == printed
