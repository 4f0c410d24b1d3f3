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
    ("changes", "code", "said"),
    [
        ({"compose.yaml": "services: [\n"}, 4, "compose.yaml:"),
        ({"compose.yaml": "services:\n  api:\n    image: x\n"}, 3, "builds an image"),
        ({"compose.yaml": "services:\n  api:\n    build: ./no\n"}, 3, "no Dockerfile"),
        ({"Dockerfile": "FROM x\nRUM y\n"}, 4, "Dockerfile:2:1: "),
        ({"requirements.txt": "-r gone.txt\n"}, 4, "requirements.txt:1:"),
        ({}, 3, "-e ./nothing"),
    ],
)
def test_errors_say_where_and_have_a_code(
    project: Callable[[dict[str, str]], Path],
    tmp_path: Path,
    changes: dict[str, str],
    code: int,
    said: str,
) -> None:
    folder = project({**_FILES, **changes})
    done = _run("optimize", str(folder), "--out", str(tmp_path / "out"), "--no-trial")
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_compose_file_is_3(tmp_path: Path) -> None:
    done = _run("optimize", str(tmp_path), "--no-trial")
    assert done.returncode == 3
    assert "no Compose file" in done.stderr


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
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert "\x1b" not in done.stderr
