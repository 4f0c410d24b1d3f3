"""Our instructions against those of the ``dockerfile`` package, BuildKit's parser as it was.

The package (3.4.0) wraps a parser of 2022. Where the language has moved on, or the package says
less than the parser, a difference has a name below; everything else must be the same.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.dockerfile.plain import args_of, comparable, flags_of

from jettison.dockerfile import Instruction, Onbuild, parse_text
from jettison.errors import DockerfileError
from jettison.source import SourceText

package: Any = importlib.import_module("dockerfile")

GOLDEN = Path(__file__).parents[2] / "golden"

DIFFERENCES = {
    "the package passes texts as C strings": r"\x00",
    "text after a JSON array was ignored": r"(?s)\s\[.*?\][ \t\\]*[^\s\\]",
    "a blank between << and a name was not allowed": r"<<-?[ \t]",
    "the escape directive did not count within flags": r"(?i)\A\ufeff?(#.*\n)*# *escape *= *`",
    "the package leaves out the flags and here-documents of ONBUILD": r"(?i)onbuild.*(--|<<)",
}


def texts() -> list[Any]:
    recorded = (GOLDEN / "buildkit" / "instructions.jsonl").read_text("utf-8").split("\n")
    cases = [(str(n), json.loads(line)["text"]) for n, line in enumerate(recorded) if line]
    paths = sorted(GOLDEN.glob("dockerfile/*/Dockerfile"))
    cases += [(path.parent.name, SourceText.read(path).text) for path in paths]
    return [
        pytest.param(text, id=name)
        for name, text in cases
        if not any(re.search(pattern, text) for pattern in DIFFERENCES.values())
    ]


CASES = texts()


def test_enough_is_compared() -> None:
    assert len(CASES) > 200


@pytest.mark.parametrize("text", CASES)
def test_same_instructions(text: str) -> None:
    try:
        theirs = package.parse_string(text)
    except package.GoParseError:
        with pytest.raises(DockerfileError):
            parse_text(text)
        return
    try:
        dockerfile = parse_text(text)
    except DockerfileError:
        return  # the package knows no instruction's meaning
    assert len(theirs) == len(dockerfile.instructions)
    for ours, command in zip(dockerfile.instructions, theirs, strict=True):
        assert dockerfile.source.position(ours.span.start).line == command.start_line
        assert ours.keyword == command.cmd.upper()
        inner: Instruction = ours
        if isinstance(ours, Onbuild):
            inner = ours.instruction
            assert inner.keyword == command.sub_cmd.upper()
        assert flags_of(inner) == list(command.flags)
        assert args_of(inner) == comparable(inner, command.value)
        heredocs = [(heredoc.name, heredoc.content) for heredoc in command.heredocs]
        assert [(one.name, one.content) for one in getattr(inner, "heredocs", ())] == heredocs
