"""The command line as a script sees it: exit codes, streams, no colour in a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jettison import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /a\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nCMD python main.py\n",
    "requirements.txt": "-e ./nothing\n",
    "main.py": "print()\n",
}


def _run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from jettison.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **environment},
    )


def test_help_names_commands_and_exit_codes() -> None:
    done = _run("--help")
    assert done.returncode == 0
    assert "optimize" in done.stdout
    assert "Exit codes" in done.stdout


def test_version() -> None:
    assert _run("--version").stdout == f"jettison {__version__}\n"


def test_wrong_usage_is_2() -> None:
    assert _run("optimise").returncode == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--test", "api: pytest 'x"), "No closing quotation"),
        (("--test", " "), "no command"),
        (("--no-trial", "--test", "pytest"), "--test needs a trial"),
    ],
)
def test_tests_that_cannot_be_run_are_wrong_usage(
    tmp_path: Path, argv: tuple[str, ...], said: str
) -> None:
    done = _run("optimize", str(tmp_path), *argv)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"compose.yaml": "services: [\n"}, 4, "compose.yaml:"),
        ({"compose.yaml": "services:\n  api:\n    image: x\n"}, 3, "there is no Dockerfile"),
        ({"compose.yaml": "services:\n  api:\n    build: ./no\n"}, 3, "no no/Dockerfile"),
        ({"Dockerfile": "FROM x\nRUM y\n"}, 4, "Dockerfile:2:1: "),
        ({"README.md": "x"}, 3, "there is no Dockerfile"),
    ],
)
def test_errors_say_where_and_have_a_code(
    project: Callable[[dict[str, str]], Path],
    tmp_path: Path,
    files: dict[str, str],
    code: int,
    said: str,
) -> None:
    folder = project(files)
    done = _run("optimize", str(folder), "--out", str(tmp_path / "out"), "--no-trial")
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"compose.yaml": "services: [\n"},
        {"requirements.txt": "-r gone.txt\n"},
        {"requirements.txt": "-e ./nothing\n"},
    ],
)
def test_what_cannot_be_read_keeps_nothing_else_from_being_done(
    project: Callable[[dict[str, str]], Path], changes: dict[str, str]
) -> None:
    folder = project({**_FILES, "b/Dockerfile": "FROM alpine\nRUN apk add libpq\n", **changes})
    done = _run("optimize", str(folder), "--diff")
    assert done.returncode == 0, done.stderr
    assert "+RUN apk add --no-cache libpq" in done.stdout
    named = "compose.yaml" in changes
    assert ("not read, or lacking: compose.yaml:" in done.stderr) == named


def test_no_engine_is_5_and_says_how_to_get_one(
    project: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    folder = project({**_FILES, "requirements.txt": "flask==3.0\n"})
    done = _run(
        "optimize", str(folder), "--out", str(tmp_path / "out"), JETTISON_DOCKER="/no/docker"
    )
    assert done.returncode == 5
    assert "--no-trial" in done.stderr
    assert not (tmp_path / "out").exists()


def test_json_is_alone_on_standard_output(
    project: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    folder = project({**_FILES, "requirements.txt": "jinja2==3.1.6\n"})
    done = _run("optimize", str(folder), "--out", str(tmp_path / "out"), "--no-trial", "--json")
    assert done.returncode == 7, "nothing was verified"
    document = json.loads(done.stdout)
    assert document["schema"] == 2
    assert "\x1b" not in done.stderr
