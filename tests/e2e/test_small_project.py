"""A project with other names on the real engine: success, failures, interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import leftovers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jettison.engine import DockerEngine

_SERVER = """\
import http.server
import pathlib

import itsdangerous

TEXT = pathlib.Path("words/greeting.txt").read_text()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(TEXT.encode())


http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
"""
_CHECK = "import urllib.request as u; u.urlopen('http://127.0.0.1:7000/')"
_FILES = {
    "compose.yaml": f"""\
services:
  greeter:
    build: .
    ports: ["7000:7000"]
    healthcheck:
      test: ["CMD", "python", "-c", "{_CHECK}"]
  sleeper:
    build: .
    command: python -m nap.forever
    healthcheck:
      test: ["CMD", "python", "-c", "import nap"]
""",
    "Dockerfile": """\
FROM python:3.11-slim
WORKDIR /opt/greeter
COPY needs.txt .
RUN pip install -r needs.txt
COPY . .
EXPOSE 7000
CMD ["python", "serve.py"]
""",
    "needs.txt": "itsdangerous==2.2.0\niniconfig==2.0.0\npytest==8.3.4\n",
    "serve.py": _SERVER,
    "words/greeting.txt": "good morning",
    "nap/__init__.py": "",
    "nap/forever.py": "import time\nwhile True:\n    time.sleep(1)\n",
    "junk/big.bin": "x" * 3_000_000,
}


@pytest.fixture
def greeter(project: Callable[[dict[str, str]], Path]) -> Path:
    return project(dict(_FILES))


def _command(*argv: str) -> list[str]:
    return [sys.executable, "-c", "from jettison.cli import main; main()", *argv]


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*argv), capture_output=True, text=True, check=False)


def test_apply_is_verified_and_can_be_undone(greeter: Path, engine: DockerEngine) -> None:
    before = (greeter / "Dockerfile").read_text()
    done = _run("optimize", str(greeter), "--apply", "--rebuilds", "--pulls", "1", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["verified"] is True
    rebuilds = {one["change"]: one for one in report["rebuilds"]}
    assert rebuilds.keys() == {"one line of code", "one line of a package list"}
    lists = rebuilds["one line of a package list"]
    assert lists["before_seconds"] > rebuilds["one line of code"]["before_seconds"] > 0
    pulls, once = report["pulls"], report["totals"]["once"]
    for side in ("before", "after"):
        assert len(pulls[side]["seconds"]) == 1
        # A chunk counts before it is sent, and the last waits for nothing.
        assert pulls[side]["seconds"][0] > 0.9 * pulls[side]["bytes"] * 8 / 100e6
        assert pulls[side]["bytes"] == pytest.approx(once[side]["compressed_bytes"], rel=0.02)
    starts = {
        row["name"]: [len(row[side]["starts"]) for side in ("before", "after")]
        for row in report["services"]
    }
    assert starts == {"greeter": [3, 3], "sleeper": [3, 3]}
    removed = {item.partition("==")[0] for item in report["packages"]["removed"]}
    assert {"pytest", "pluggy"} <= removed
    assert (greeter / "Dockerfile").read_text() != before
    assert leftovers(engine) == []
    assert _run("undo", str(greeter)).returncode == 0
    assert (greeter / "Dockerfile").read_text() == before


def test_a_build_that_fails_shows_the_end_of_its_log(greeter: Path, engine: DockerEngine) -> None:
    dockerfile = greeter / "Dockerfile"
    dockerfile.write_text(
        dockerfile.read_text().replace("EXPOSE", "RUN echo so-sad && false\nEXPOSE")
    )
    done = _run("optimize", str(greeter))
    assert done.returncode == 6, done.stderr
    assert "so-sad" in done.stderr
    assert "Traceback" not in done.stderr
    assert leftovers(engine) == []


@pytest.mark.parametrize("moment", ["copied", "built greeter", "are up before"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(
    greeter: Path, engine: DockerEngine, tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    # A shell's background jobs ignore SIGINT, and so would whatever they start.
    process = subprocess.Popen(
        ["env", "--default-signal=INT", *_command("optimize", str(greeter), "--out", str(out))],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)},
    )
    assert process.stderr is not None
    with process.stderr as stream:
        for line in stream:
            if moment in line:
                break
        time.sleep(0.7)
        process.send_signal(number)
        rest = stream.read()
    assert process.wait(timeout=120) == 130, rest
    assert "Traceback" not in rest
    assert leftovers(engine) == []
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
