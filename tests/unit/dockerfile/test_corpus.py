"""Public Dockerfiles, listed in tests/corpus/dockerfiles/INDEX.md, where this machine has them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.unit.dockerfile import test_against_package as differential

from jettison.dockerfile import Dockerfile, all_states, parse, tokenize
from jettison.errors import DockerfileError
from jettison.source import SourceText

INDEX = ROOT / "tests" / "corpus" / "dockerfiles" / "INDEX.md"
LICENCES = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the index."""

    module: str
    path: str
    licence: str
    digest: str
    outcome: str

    @property
    def found(self) -> Path | None:
        """Where it is on this machine, if it is."""
        for folder in folders():
            file = folder / self.module / self.path
            if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == self.digest:
                return file
        return None


def folders() -> list[Path]:
    go = os.environ.get("GOPATH") or str(Path.home() / "go")
    named = [os.environ.get("JETTISON_CORPUS"), os.environ.get("GOMODCACHE"), f"{go}/pkg/mod"]
    return [Path(one) for one in named if one]


def rows() -> list[Row]:
    table = [line for line in INDEX.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in table[2:]]


ROWS = rows()
HERE = [(row, file) for row in ROWS if (file := row.found) is not None]
each_file = pytest.mark.parametrize(
    ("row", "file"), [pytest.param(*one, id=f"{one[0].module}/{one[0].path}") for one in HERE]
)


def test_the_index_says_what_is_needed() -> None:
    assert len(ROWS) >= 60
    assert len({row.digest for row in ROWS}) == len(ROWS)
    assert {row.licence for row in ROWS} <= LICENCES
    assert all(len(row.digest) == 64 for row in ROWS)


@each_file
def test_lossless(row: Row, file: Path) -> None:
    source = SourceText.read(file)
    assert "".join(token.text for token in tokenize(source.text)) == source.text
    assert source.encode() == file.read_bytes()


@each_file
def test_outcome(row: Row, file: Path) -> None:
    assert outcome(SourceText.read(file)) == row.outcome


def outcome(source: SourceText) -> str:
    try:
        dockerfile: Dockerfile = parse(source)
        all_states(dockerfile)
    except DockerfileError as error:
        return f"error {error.line}:{error.column}"
    return "parses"


@each_file
def test_same_instructions_as_the_package(row: Row, file: Path) -> None:
    differential.test_same_instructions(SourceText.read(file).text)
