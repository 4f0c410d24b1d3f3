"""``jettison explain dockerfile`` as it is typed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.running import Run, in_process, run_in

from jettison.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# syntax=docker/dockerfile:1
ARG PY=3.12
FROM python:${PY} AS base
FROM base AS app
COPY src [x] gone ./
CMD ["python"]
FROM nginx AS web
"""


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in the folder, in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIVEN", "9")
    return in_process(["explain", "dockerfile"], monkeypatch, capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x" * 2000)
    (tmp_path / "[x]").write_text("x")
    (tmp_path / "x").write_text("x")
    (tmp_path / "Dockerfile").write_text(TEXT)
    return tmp_path


def test_for_people(folder: Path, run: Run) -> None:
    done = run(".", "--target", "app", "--build-arg", "PY=3.13")
    out = done.out
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in out
    for expected in (
        "the target is app (stage 1); 2 of 3 stages built",
        "image python:3.13",
        "not built\n└── web (stage 2)",
        "5 COPY src [x] gone ./",
        "takes 2 files, 2.0 kB of the context",
        "gone is not in the context: the build stops here",
        '["python"]',
        "line 5: gone is not in the context",
    ):
        assert expected in out, expected


def test_json(folder: Path, run: Run) -> None:
    done = run("Dockerfile", "--json", "--build-arg", "GIVEN")
    found: dict[str, Any] = json.loads(done.out)
    assert list(found) == [
        "schema",
        "dockerfile",
        "syntax",
        "escape",
        "target",
        "build_args",
        "context",
        "global_args",
        "stages",
        "warnings",
    ]
    assert found["context"] == {
        "path": ".",
        "ignore_file": None,
        "files": 4,
        "bytes": 2002 + len(TEXT),
    }
    assert found["build_args"] == {"GIVEN": "9"}
    app = found["stages"][1]
    assert app["base"] == {"image": None, "stage": 0}
    assert app["needs"] == [{"line": 4, "keyword": "FROM", "name": "base", "stage": 0}]
    assert app["settings"]["cmd"] == ["python"]
    assert app["settings"]["user"] is None
    assert "user" in app["settings"]["inherited"]
    copy = app["instructions"][1]
    assert (copy["line"], copy["keyword"], copy["text"]) == (5, "COPY", "COPY src [x] gone ./")
    (take,) = copy["takes"]
    assert (take["kind"], take["files"], take["bytes"]) == ("context", 2, 2001)
    assert take["biggest"][0] == {"path": "src/a.py", "bytes": 2000}
    assert take["unmatched"] == [
        {"source": "gone", "stops_build": True, "pattern": None, "pattern_line": None}
    ]
    assert {"line": None, "message": "no ARG takes the build argument GIVEN"} in found["warnings"]


def test_the_context_may_be_elsewhere(folder: Path, run: Run) -> None:
    (folder / "docker").mkdir()
    (folder / "docker" / "Dockerfile").write_text("FROM a\nCOPY src /src\n")
    (folder / "docker" / "Dockerfile.dockerignore").write_text("src\n")
    done = run("docker/Dockerfile", "--context", ".")
    assert "src matches nothing: line 1 of the ignore file, src, keeps it out" in done.out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["gone"], ExitCode.PROJECT, "error: gone is not there"),
        (["src"], ExitCode.PROJECT, "error: src/Dockerfile is not there"),
        ([".", "--target", "ap"], ExitCode.USAGE, "Did you mean app?"),
        ([".", "--build-arg", "=1"], ExitCode.USAGE, "--build-arg =1 has no name"),
        ([".", "--context", "gone"], ExitCode.PROJECT, "gone is not a folder"),
    ],
)
def test_errors(folder: Path, run: Run, args: list[str], code: int, said: str) -> None:
    done = run(*args)
    assert done.code == code
    assert said in done.err
    assert done.out == ""


def test_an_error_shows_its_place(folder: Path, run: Run) -> None:
    (folder / "Dockerfile").write_text("FROM a\nRUNN x\n")
    done = run(".")
    assert done.code == ExitCode.SOURCE
    assert "2 | RUNN x\n  | ^^^^\nerror: Dockerfile:2:1:" in done.err
    assert "Did you mean RUN?" in done.err


def test_names_that_are_no_text(folder: Path, run: Run) -> None:
    odd = os.fsencode(folder) + b"/src/\xff\x1b[31m"
    with open(odd, "wb") as file:  # noqa: PTH123  (the name is bytes)
        file.write(b"x" * 9000)
    done = run_in(folder, "explain", "dockerfile", ".")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert "src/??[31m 9.0 kB" in done.stdout.decode()
    found = json.loads(run(".", "--json").out)
    path = found["stages"][1]["instructions"][1]["takes"][0]["biggest"][0]["path"]
    assert os.fsencode(path) == b"src/\xff\x1b[31m"
    gone = run_in(folder, "explain", "dockerfile", b"\xff")
    assert gone.returncode == ExitCode.PROJECT
    assert gone.stderr.startswith(b"error: ? is not there")


def test_a_long_chain_of_stages(folder: Path, run: Run) -> None:
    chain = "".join(f"FROM s{n} AS s{n + 1}\nENV A{n}=1\n" for n in range(60))
    (folder / "Dockerfile").write_text(f"FROM a AS s0\n{chain}")
    done = run(".")
    assert done.code == 0
    assert "61 of 61 stages built" in done.out
    assert "and 20 more" in done.out
    assert max(map(len, done.out.splitlines())) <= 200
