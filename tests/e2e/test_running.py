"""Commands in containers of a real engine: fresh ones, and one that runs."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from jettison.engine import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.engine import DockerEngine

_IMAGE = "python:3.11-slim"
_RUN = "test-running"


@pytest.fixture
def container(engine: DockerEngine) -> Iterator[str]:
    argv = [engine.client, "run", "--detach", "--rm", _IMAGE, "sh", "-c", "sleep 60; true"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    yield done.stdout.strip()
    subprocess.run([engine.client, "rm", "--force", done.stdout.strip()], check=True)


def test_a_running_container_is_asked(engine: DockerEngine, container: str) -> None:
    assert "sleep 60" in engine.commands(container)
    done = engine.execute(container, ["sh", "-c", "echo out; echo err >&2; exit 3"], 30)
    assert (done.exit_code, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert engine.execute(container, ["sleep", "30"], 0.5).exit_code == 124
    assert engine.execute(container, ["no-such-program"], 30).exit_code in (126, 127)
    assert engine.commands("no-such-container") == ()


def test_a_fresh_container_is_as_it_was_told(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JETTISON_RUN", _RUN)
    box = Sandbox(
        environment={"SAID": "a b\nc", "PATH": "/usr/local/bin:/usr/bin:/bin:/mine"},
        user="1234",
        workdir="/opt",
        memory_bytes=100_000_000,
        seconds=30,
    )
    code = 'echo "$SAID $PATH"; pwd; id -u; ls /sys/class/net'
    done = engine.run(_IMAGE, ["-c", code], entrypoint="sh", sandbox=box)
    path = "/usr/local/bin:/usr/bin:/bin:/mine"
    assert done.stdout.splitlines() == ["a b", f"c {path}", "/opt", "1234", "lo"]
    box = Sandbox(seconds=2)
    late = engine.run(_IMAGE, ["30"], entrypoint="sleep", sandbox=box)
    assert late.exit_code == 124
    argv = [engine.client, "ps", "--all", "--quiet", "--filter", f"label=dev.jettison.run={_RUN}"]
    left = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert left.stdout.split() == []
