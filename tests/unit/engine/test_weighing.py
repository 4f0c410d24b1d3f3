"""Images are weighed beside what is done next, and nothing outlives whoever asked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.engine import DockerEngine, LayerBytes
from jettison.engine.weighing import WeighingProcess

if TYPE_CHECKING:
    from collections.abc import Callable

_LAYER = b"x" * 3_000_000
_DIFF_ID = f"sha256:{hashlib.sha256(_LAYER).hexdigest()}"
_CLIENT = """#!/bin/sh
echo "$$ $*" >> {folder}/asked
case "$*" in
*inspect*) cat {folder}/inspected ;;
*save*) sleep {seconds}; cat {folder}/saved ;;
*) exit 1 ;;
esac
"""


def _client(folder: Path, seconds: float = 0) -> str:
    """A client whose engine has one image of one layer, and takes its time to save it."""
    item = {"Id": "sha256:" + "1" * 64, "RootFS": {"Type": "layers", "Layers": [_DIFF_ID]}}
    (folder / "inspected").write_text(json.dumps([{**item, "Config": {}}]))
    with tarfile.open(folder / "saved", "w") as archive:
        member = tarfile.TarInfo("layer.tar")
        member.size = len(_LAYER)
        archive.addfile(member, io.BytesIO(_LAYER))
    program = folder / "docker"
    program.write_text(_CLIENT.format(folder=folder, seconds=seconds))
    program.chmod(0o755)
    return str(program)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _saving(folder: Path) -> list[int]:
    """The processes of clients that save."""
    try:
        lines = (folder / "asked").read_text().splitlines()
    except OSError:
        return []
    pids = [int(line.split()[0]) for line in lines if " image save " in line]
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(holds: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_what_was_weighed_beside_is_not_weighed_again(tmp_path: Path) -> None:
    engine = DockerEngine(_client(tmp_path))
    engine.weigh_beside(["x"])
    found = engine.layer_bytes(["x"])
    assert found.keys() == {_DIFF_ID}
    assert found[_DIFF_ID].uncompressed_bytes == len(_LAYER)
    assert (tmp_path / "asked").read_text().count(" image save ") == 1


def test_it_is_as_if_it_had_been_asked_at_once(tmp_path: Path) -> None:
    client = _client(tmp_path)
    found = WeighingProcess(client, ["x"]).result()
    (tmp_path / "cache" / "jettison" / "layers.sqlite").unlink()
    assert found == DockerEngine(client).layer_bytes(["x"])
    assert isinstance(found[_DIFF_ID], LayerBytes)


def test_what_fails_beside_is_asked_again_in_the_open(tmp_path: Path) -> None:
    client = _client(tmp_path)
    saved = (tmp_path / "saved").rename(tmp_path / "kept")
    engine = DockerEngine(client)
    engine.weigh_beside(["x"])
    engine.await_weighing()
    saved.rename(tmp_path / "saved")
    assert engine.layer_bytes(["x"]).keys() == {_DIFF_ID}


def test_giving_up_ends_the_clients_too(tmp_path: Path) -> None:
    engine = DockerEngine(_client(tmp_path, seconds=60))
    engine.weigh_beside(["x"])
    assert _until(lambda: _saving(tmp_path))
    engine.stop_weighing()
    assert _until(lambda: not _saving(tmp_path), 5)
    engine.stop_weighing()  # nothing is left to give up


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from jettison.engine import DockerEngine; "
        "engine = DockerEngine(sys.argv[1]); engine.weigh_beside(['x']); time.sleep(60)"
    )
    client = _client(tmp_path, seconds=60)
    with subprocess.Popen([sys.executable, "-c", code, client]) as process:
        assert _until(lambda: _saving(tmp_path))
        os.kill(process.pid, signal.SIGKILL)
    assert _until(lambda: not _saving(tmp_path), 10)
