"""Every folder below tests/golden/dockerfile is a case: a Dockerfile and what we make of it.

``UPDATE_GOLDEN=1 pytest tests/unit/dockerfile/test_golden.py`` writes the expected texts anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.dockerfile.dump import dump

from jettison.dockerfile import tokenize
from jettison.source import SourceText

CASES = sorted(
    path.parent for path in Path(__file__).parents[2].glob("golden/dockerfile/*/Dockerfile")
)


def test_there_are_cases() -> None:
    assert len(CASES) > 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    source = SourceText.read(case / "Dockerfile", "Dockerfile")
    expected = case / "expected.txt"
    found = dump(source)
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(found, "utf-8", newline="\n")
    assert found == expected.read_text("utf-8")
    assert found.startswith("Dockerfile:") == case.name.startswith("error-")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tokens_are_lossless(case: Path) -> None:
    source = SourceText.read(case / "Dockerfile")
    assert "".join(token.text for token in tokenize(source.text)) == source.text
    assert source.encode() == (case / "Dockerfile").read_bytes()
