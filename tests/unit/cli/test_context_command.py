"""``jettison context`` as it is typed."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.running import Run, in_process, run_in

from jettison.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in the folder, in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIVEN", "9")
    return in_process(["context"], monkeypatch, capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "app/a.py": 3000,
        "node_modules/m/x.js": 50_000,
        "media/[b]v.bin": 20_000,
        "tests/t.py": 100,
        "secret/key": 10,
        "x.tmp": 7,
    }
    for name, size in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * size)
    (tmp_path / ".dockerignore").write_text("*.tmp\nsecret\n")
    (tmp_path / "Dockerfile").write_text("FROM a\nCOPY app media ./\n")
    return tmp_path


def test_for_people(folder: Path, run: Run) -> None:
    done = run(".")
    out = done.out
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in out
    lines = [line.split() for line in out.splitlines()]
    assert lines[6][:8] == ["node_modules/", "1", "50.0", "kB", "68.4", "%", "100.0", "%"]
    for expected in (
        ".: 6 files, 73.1 kB sent to the builder",
        "**/node_modules  installed Node packages",
        "Could stay out: 4 files, 50.1 kB, 68.6 % of what is sent",
        "Used by no instruction: 4 files",
        "tests/",
        "folders that stay out are not entered, --all weighs them",
        "not weighed",
        "COPY app media ./",
    ):
        assert expected in out, expected
    assert "not weighed" not in run(".", "--all").out


def test_json(folder: Path, run: Run) -> None:
    found: dict[str, Any] = json.loads(run(".", "--json", "--all").out)
    assert list(found) == ["schema", "context", "views"]
    (view,) = found["views"]
    assert list(view) == [
        "ignore_file",
        "builds",
        "files",
        "bytes",
        "unused_files",
        "unused_bytes",
        "whole",
        "folders",
        "suggestions",
        "unused",
        "kept_out",
        "uses",
        "problems",
    ]
    assert view["ignore_file"] == ".dockerignore"
    assert view["builds"] == [{"dockerfile": "Dockerfile", "target": None, "services": []}]
    assert [one["path"] for one in view["folders"]] == [
        "node_modules",
        "node_modules/m",
        "media",
        "app",
        "tests",
        "",
    ]
    assert view["kept_out"][0] == {
        "pattern": "secret",
        "line": 2,
        "entries": 1,
        "folders": 1,
        "bytes": 10,
        "examples": ["secret"],
    }
    assert view["uses"][0]["bytes"] == 23_000
    assert view["suggestions"][0]["pattern"] == "**/node_modules"
    assert view["unused"][0]["path"] == "node_modules"
    short = json.loads(run(".", "--json").out)["views"][0]
    assert [one["path"] for one in short["folders"]] == [
        "node_modules",
        "media",
        "app",
        "tests",
        "",
    ]
    assert short["kept_out"][1]["bytes"] is None


def test_compose_and_two_ignore_files(folder: Path, run: Run) -> None:
    (folder / "other").write_text("FROM a\nCOPY . /\n")
    (folder / "other.dockerignore").write_text("node_modules\n")
    (folder / "compose.yaml").write_text(
        "services:\n  one: {build: .}\n  two: {build: {context: ., dockerfile: other}}\n"
    )
    done = run(f"../{folder.name}")
    out = done.out
    assert "built with Dockerfile, for one" in out
    assert "built with other, for two" in out
    assert "nothing, as other:2 takes the whole context (COPY . /)" in out
    only = run(".", "--dockerfile", "Dockerfile").out
    assert "other" not in only.partition("Could")[0]


def test_without_a_dockerfile(folder: Path, run: Run) -> None:
    (folder / "Dockerfile").unlink()
    done = run(".")
    assert done.code == 0
    assert "no Dockerfile: what is used is not known" in done.out
    assert "Used by no instruction" not in done.out
    view = json.loads(run(".", "--json").out)["views"][0]
    assert (view["builds"], view["unused_bytes"]) == ([], None)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["gone"], ExitCode.PROJECT, "there is no folder gone"),
        (["Dockerfile"], ExitCode.PROJECT, "Dockerfile is not a folder"),
        ([".", "--dockerfile", "gone"], ExitCode.PROJECT, "gone is not there"),
        (["app", "--dockerfile", "a.py"], ExitCode.PROJECT, "Did you mean --dockerfile"),
        ([".", "--dockerfile", "Bad"], ExitCode.SOURCE, "error: Bad:2:1: unknown instruction"),
    ],
)
def test_errors(folder: Path, run: Run, args: list[str], code: int, said: str) -> None:
    (folder / "Bad").write_text("FROM a\nRUNN x\n")
    done = run(*args)
    assert done.code == code
    assert said in done.err
    assert done.out == ""


def test_odd_entries_do_not_stop_it(folder: Path, run: Run) -> None:
    odd = os.fsencode(folder) + b"/app/\xff\x1b[31m"
    with open(odd, "wb") as file:  # noqa: PTH123  (the name is bytes)
        file.write(b"x" * 9000)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("app/s.sock")
    (folder / "loop").symlink_to("loop")
    done = run_in(folder, "context", ".")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    found = json.loads(run(".", "--json", "--all").out)
    assert found["views"][0]["uses"][0]["files"] == 4
    (folder / "Dockerfile").write_text("FROM a\nCOPY tests /\n")
    unused = json.loads(run(".", "--json").out)["views"][0]["unused"]
    assert {one["path"] for one in unused} >= {"app", "loop"}


def test_an_unreadable_file_is_a_problem(folder: Path, run: Run) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (folder / "app" / "a.py").chmod(0)
    done = run(".")
    assert "app/a.py: Permission denied" in done.out


def test_a_bad_pattern_is_a_problem(folder: Path, run: Run) -> None:
    (folder / ".dockerignore").write_text("a[\n")
    assert ".dockerignore:1: syntax error in pattern" in run(".").out
