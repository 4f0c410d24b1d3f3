"""Tokens and the text between the lines."""

from __future__ import annotations

import pytest

from jettison.dockerfile import TokenKind, parse_text, tokenize


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokenize(text)]


def test_every_kind() -> None:
    text = (
        "\ufeff# escape=\\\n# c\n\nRUN --a=b \\\n x \n# d\nADD <<E /\ny\nE\nONBUILD --q RUN --z w"
    )
    assert kinds(text) == [
        ("bom", "\ufeff"),
        ("directive", "# escape=\\"),
        ("newline", "\n"),
        ("comment", "# c"),
        ("newline", "\n"),
        ("blank", "\n"),
        ("keyword", "RUN"),
        ("space", " "),
        ("flag", "--a=b"),
        ("space", " "),
        ("continuation", "\\\n"),
        ("space", " "),
        ("operands", "x"),
        ("space", " "),
        ("newline", "\n"),
        ("comment", "# d"),
        ("newline", "\n"),
        ("keyword", "ADD"),
        ("space", " "),
        ("operands", "<<E /"),
        ("newline", "\n"),
        ("heredoc", "y\n"),
        ("heredoc-end", "E"),
        ("newline", "\n"),
        ("keyword", "ONBUILD"),
        ("space", " "),
        ("flag", "--q"),
        ("space", " "),
        ("keyword", "RUN"),
        ("space", " "),
        ("flag", "--z"),
        ("space", " "),
        ("operands", "w"),
    ]
    assert {kind for kind, _ in kinds(text)} == {kind.value for kind in TokenKind}


def test_a_split_keyword_is_two_tokens() -> None:
    assert kinds("RU\\\nN x")[:3] == [("keyword", "RU"), ("continuation", "\\\n"), ("keyword", "N")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\\",
        "\\\n",
        "\r",
        "\r\r\n",
        "#",
        "#\\\nRUN a",
        "RUN <<E",
        "RUN <<E <<F\nE",
        "RUN a \\\n# c",
        "  \t\n",
        "\ufeff",
        "\ufeff\ufeffFROM a",
        "a\x00b\udcff",
        "FROM a\x85RUN b\u2028",
        "# escape=`\nRUN a`\n#c\n\n`\nb",
        "ONBUILD",
        "ONBUILD --",
        "COPY --a\\",
        'COPY --a="b c',
    ],
)
def test_tokens_cover_any_text(text: str) -> None:
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == text
    assert [token.start for token in tokens] == [
        sum(len(token.text) for token in tokens[:n]) for n in range(len(tokens))
    ]
    assert all(token.text and text[token.span.start : token.span.end] for token in tokens)


def test_a_dockerfile_has_its_tokens_and_its_text() -> None:
    text = "FROM a\r\n"
    dockerfile = parse_text(text)
    assert dockerfile.tokens == tokenize(text)
    assert dockerfile.text == text


def test_directives_after_a_shebang() -> None:
    text = "#!/usr/bin/env x\n# escape=`\n# syntax=s\n# syntax=t\nFROM a\nRUN b \\\n c\n"
    directives = parse_text(text).directives
    assert (directives.escape, directives.syntax, directives.check) == ("\\", "s", None)


@pytest.mark.parametrize(
    ("line", "escape"),
    [
        ("# escape=`", "`"),
        ("#escape=`", "`"),
        ("#  ESCAPE  =  `  ", "`"),
        ("#\xa0escape=`", "`"),
        ("  # escape=`", "`"),
        ("# escape\xa0=`", "\\"),
        ("# escape:`", "\\"),
        ("// escape=`", None),
        ("# c\n# escape=`", "\\"),
        ("\n# escape=`", "\\"),
        ("# syntax=a\n# check=b\n# escape=`", "`"),
    ],
)
def test_escape_directive(line: str, escape: str | None) -> None:
    text = f"{line}\nFROM a\n"
    if escape is not None:
        assert parse_text(text).directives.escape == escape
    assert "".join(token.text for token in tokenize(text)) == text
