"""A builder's client that hangs, with a plugin below it that has the log."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from jettison.engine import BuildRequest
from jettison.engine.building import build_image
from jettison.errors import BuildFailed

_CLIENT = """\
#!/bin/sh
sleep 60 &
echo $! >{pid}
wait
"""


@pytest.fixture
def client(tmp_path: Path) -> Path:
    path = tmp_path / "client"
    path.write_text(_CLIENT.format(pid=tmp_path / "pid"))
    path.chmod(0o755)
    return path


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def _ends(pid: int) -> bool:
    """Whether a process that was killed is gone within two seconds."""
    until = time.monotonic() + 2
    while _runs(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not _runs(pid)


def _plugin(folder: Path) -> int:
    return int((folder / "pid").read_text())


def test_a_build_that_hangs_is_ended_in_time(client: Path, tmp_path: Path) -> None:
    request = BuildRequest(tmp_path, "Dockerfile", "tag", timeout_seconds=1.0)
    started = time.monotonic()
    with pytest.raises(BuildFailed, match="took longer than 1 s"):
        build_image(str(client), request, None)
    assert time.monotonic() - started < 5
    assert _ends(_plugin(tmp_path))


def test_a_build_is_called_off_from_another_thread(client: Path, tmp_path: Path) -> None:
    called_off = threading.Event()
    request = BuildRequest(tmp_path, "Dockerfile", "tag", called_off=called_off)
    threading.Timer(0.5, called_off.set).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build_image(str(client), request, None)
    assert time.monotonic() - started < 5
    assert _ends(_plugin(tmp_path))
