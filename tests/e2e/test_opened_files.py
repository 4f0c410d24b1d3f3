"""What services open is seen from their first instruction on, and never taken from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import leftovers

from jettison.engine import StackRequest
from jettison.trial.tracing import Method, watching
from jettison.trial.tracing.processes import read_processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.engine import DockerEngine
    from jettison.trial.tracing.opened import Opened

_IMAGE = "python:3.11-slim"
_SERVICES = {
    "once": {"image": _IMAGE, "command": ["cat", "/etc/debian_version"]},
    "again": {
        "image": _IMAGE,
        "command": [
            "sh",
            "-c",
            "sleep 1; python -c 'import sqlite3; open(\"/etc/issue\")'; exit 3",
        ],
        "restart": "on-failure",
    },
    "late": {
        "image": _IMAGE,
        "command": ["python", "-c", "import os, time; time.sleep(2); os.fork(); import wave"],
        "volumes": ["/srv/data"],
    },
}


@pytest.mark.skipif(os.geteuid() != 0, reason="fanotify is for root")
def test_every_service_of_a_stack_is_watched_from_its_first_instruction(
    engine: DockerEngine, tmp_path: Path
) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    seen = _watched(engine, tmp_path)
    if any(opened.gaps for opened in seen.values()):
        seen = _watched(engine, tmp_path)  # a machine that is too busy: it is said, and rare
    for opened in seen.values():
        assert opened.method is Method.FANOTIFY
        assert opened.gaps == (), "from the first instruction, and nothing lost"
    assert seen["once"].executed == {"/usr/bin/cat"}
    assert seen["once"].files["/etc/debian_version"] == {"/usr/bin/cat"}
    assert "/usr/lib/x86_64-linux-gnu/libc.so.6" in seen["once"].files
    python = "/usr/local/bin/python3.11"
    assert seen["again"].files["/etc/issue"] == {python}
    assert {"/usr/bin/dash", "/usr/bin/sleep", python} <= seen["again"].executed
    assert seen["late"].files["/usr/local/lib/python3.11/wave.py"] == {python}
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_where_processes_cannot_be_seen_a_shell_of_the_container_tells_of_them(
    engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(1, "fanotify_init: Operation not permitted")

    monkeypatch.setattr("jettison.trial.tracing.fanotify.Group.__init__", refuse)
    nowhere = partial(read_processes, proc=tmp_path)
    monkeypatch.setattr("jettison.trial.tracing.watch.read_processes", nowhere)
    command = ["python", "-c", "import time; print('here', flush=True); time.sleep(60)"]
    stays = _watched(engine, tmp_path, {"stays": {"image": _IMAGE, "command": command}})["stays"]
    assert stays.method is Method.PROCESSES
    assert stays.gaps == ("no fanotify: [Errno 1] fanotify_init: Operation not permitted",)
    assert stays.executed == {"/usr/local/bin/python3.11"}
    assert "/usr/lib/x86_64-linux-gnu/libc.so.6" in stays.files


def _watched(
    engine: DockerEngine, folder: Path, services: dict[str, Any] = _SERVICES
) -> dict[str, Opened]:
    """What the services open until one was started three times, or has said something."""
    name = f"jettison-watched-{os.getpid()}"
    stack = StackRequest(name, folder / "stack.json", folder)
    labels = {"dev.jettison.run": name}
    services = {one: {**spec, "labels": labels} for one, spec in services.items()}
    stack.file.write_text(json.dumps({"name": name, "services": services}))
    with watching(partial(engine.execute, seconds=20)) as watch:
        starting = engine.up(stack)
        try:
            deadline = time.monotonic() + 30
            states = engine.states(stack)
            while time.monotonic() < deadline:
                if "again" in states and states["again"].restarts > 1:
                    break
                if "stays" in states and engine.logs(stack, "stays", 1):
                    break
                time.sleep(0.5)
                states = engine.states(stack)
            return {service: one.opened for service, one in watch.running(states).items()}
        finally:
            starting.stop()
            engine.down(stack)


_FILES = {
    "compose.yaml": 'services:\n  page:\n    build: .\n    ports: ["7000:7000"]\n',
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /srv\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 7000\n"
    'CMD ["python", "serve.py"]\n',
    "requirements.txt": "itsdangerous==2.2.0\npytest==8.3.4\niniconfig==2.0.0\nblack==24.10.0\n",
    "serve.py": """\
import http.server
import importlib
from contextlib import suppress
from pathlib import Path

import itsdangerous


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with suppress(ImportError):
            importlib.import_module("py" + "test")
        with suppress(OSError):
            Path("te" + "sts", "greeting" + ".txt").read_text()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(itsdangerous.__name__.encode())


http.server.ThreadingHTTPServer(("", 7000), Page).serve_forever()
""",
    "tests/greeting.txt": "good morning",
    "tests/test_page.py": "assert True\n" * 20_000,
    "docs/manual.md": "A manual.\n" * 20_000,
}


def test_what_a_route_opens_only_when_asked_is_never_proposed_to_go(
    project: Callable[[dict[str, str]], Path], tmp_path: Path, engine: DockerEngine
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from jettison.cli import main; main()", "optimize"]
    done = subprocess.run(
        [*command, str(project(_FILES)), "--out", str(out), "--starts", "1", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    assert not [one for one in report["findings"] if one["state"] == "reverted"]
    installed = [
        line for file in out.glob("requirements*.txt") for line in file.read_text().splitlines()
    ]
    assert "pytest==8.3.4" in installed
    assert "black==24.10.0" in installed, "kept for development"
    removed = {line.partition("==")[0] for line in report["packages"]["removed"]}
    assert "black" in removed
    assert not {"pytest", "iniconfig", "itsdangerous"} & removed
    ignored = (out / ".dockerignore").read_text()
    assert "docs" in ignored
    assert "tests" not in ignored
    rows = [row for row in report["comparisons"] if row["what"] == "opened files"]
    assert [(row["service"], row["same"]) for row in rows] == [("page", True)]
    assert any("fanotify" in note for note in report["notes"])
    assert leftovers(engine) == []
