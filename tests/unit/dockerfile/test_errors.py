"""What no engine would build: where it is and what is said."""

from __future__ import annotations

import pytest

from jettison.dockerfile import parse_text
from jettison.errors import DockerfileError, ExitCode


@pytest.mark.parametrize(
    ("text", "place", "reason", "remedy"),
    [
        ("FORM a", (1, 1), "unknown instruction FORM", "Did you mean FROM?"),
        ("FROM a\n\n  COPPY a b", (3, 3), "unknown instruction COPPY", "Did you mean COPY?"),
        ("FROM a\nXYZZY", (2, 1), "unknown instruction XYZZY", None),
        ("FROM a\n\\\n", (2, 1), "unknown instruction (nothing)", None),
        ("FROM a\nUSER --x y", (2, 6), "unknown flag --x of USER", "USER takes no flags."),
        ("FROM a\nCMD --x y", (2, 5), "unknown flag --x of CMD", "CMD takes no flags."),
        (
            "FROM a\nRUN \\\n --mout=x y",
            (3, 2),
            "unknown flag --mout of RUN",
            "Did you mean --mount?",
        ),
        ("FROM a\nRUN --mount=sharing=x,target=/ y", (2, 5), "unknown sharing x of --mount", None),
        ("FROM a\nRUN --mount=target y", (2, 5), "target of --mount lacks a value", None),
        ('FROM a\nRUN --mount=\\"a y', (2, 5), None, None),
        ("FROM a\nRUN --security=x y", (2, 5), "unknown security mode x", None),
        ("FROM a\nCOPY --link= a b", (2, 6), "--link is true or false, not nothing", None),
        ("FROM a\nCOPY a <<E\nE", (2, 8), "a here-document cannot be a destination", None),
        ("FROM a\nWORKDIR", (2, 1), "WORKDIR requires exactly one argument", None),
        ("FROM a\nARG", (2, 1), "ARG requires at least one argument", None),
        ("FROM a\nARG =x", (2, 5), "=x lacks a name", None),
        ("FROM a\nENV =x", (2, 5), "=x lacks a name", None),
        ("FROM a\nLABEL", (2, 1), "LABEL requires at least one argument", None),
        ('FROM a\nVOLUME ["/a", " "]', (2, 15), "VOLUME cannot be empty", None),
        ("FROM a\nSHELL []", (2, 1), "SHELL requires at least one argument", None),
        ("FROM a\nONBUILD", (2, 1), "ONBUILD requires an instruction", None),
        ("FROM a\nONBUILD ONBUILD RUN x", (2, 9), "ONBUILD is not allowed in ONBUILD", None),
        ("FROM a\nONBUILD RUNN x", (2, 9), "unknown instruction RUNN", "Did you mean RUN?"),
        ("FROM a\nHEALTHCHECK CMD", (2, 1), "HEALTHCHECK CMD lacks a command", None),
        ("FROM a\nHEALTHCHECK NONE x", (2, 1), "HEALTHCHECK NONE takes no arguments", None),
        ("FROM a\nHEALTHCHECK --retries=x CMD y", (2, 13), "--retries is a number, not x", None),
        (
            "FROM a\nHEALTHCHECK --timeout=1us CMD y",
            (2, 13),
            "--timeout is 0 or at least 1ms",
            None,
        ),
        ("FROM a\nCOPY --from=a/b --from=c d e", (2, 17), "--from is given twice", None),
        ("FROM a\nCOPY --from=1 d e", (2, 6), "there is no stage 1", None),
        ("FROM a\nCOPY --from=-1 d e", (2, 6), "there is no stage -1", None),
        ("FROM a AS b\nCOPY --from=b d e", (2, 1), "b needs a stage that needs it", None),
        ("FROM a AS b c", (1, 1), "FROM takes an image, or an image, AS and a name", None),
        ("FROM", (1, 1), "FROM lacks an image", None),
        (
            "FROM a\nRUN " + "x" * 70_000,
            (2, 1),
            "a line of 70,004 bytes; 65,535 are the most",
            None,
        ),
        (
            "FROM a\nRUN <<É\nx",
            (2, 1),
            "the here-document É has no end",
            "End it by a line that is É.",
        ),
    ],
)
def test_error(text: str, place: tuple[int, int], reason: str | None, remedy: str | None) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse_text(text, "app/Dockerfile")
    error = caught.value
    assert (error.line, error.column) == place
    assert str(error).startswith(f"app/Dockerfile:{place[0]}:{place[1]}: ")
    assert error.details is not None
    assert "^" in error.details
    assert error.exit_code is ExitCode.SOURCE
    if reason is not None:
        assert error.reason == reason
    if remedy is not None:
        assert error.remedy == remedy


@pytest.mark.parametrize(
    "text",
    [
        "FROM $NOTHING",
        "FROM a\nRUN --mount=from=$X,target=/x y",
        "FROM a AS b\nFROM b AS b\nCOPY --from=a x y",
        "FROM a AS x\nCOPY --from=y b c\nFROM x AS y",
        "FROM a\nARG --anything x",
        "FROM a\nRUN\nCMD\nENTRYPOINT []",
        "FROM a\nCOPY --from=later x y\nFROM b AS later",
        "FROM a\nRUN <<'EOF' cat\nEOF",
    ],
)
def test_what_some_engine_builds_is_no_error(text: str) -> None:
    assert parse_text(text).text == text


def test_line_lengths_are_those_of_the_bytes() -> None:
    assert parse_text("FROM a\nRUN " + "\ud800\udcff" * 32_765).stages
    with pytest.raises(DockerfileError, match="a line of 65,536 bytes"):
        parse_text("FROM a\nRUN " + "é" * 32_766)
