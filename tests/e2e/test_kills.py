"""Runs that are killed at any moment: what they leave is found and removed, and nothing is lost.

``JETTISON_KILLS`` says how many are killed, three if it does not.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.conftest import leftovers

if TYPE_CHECKING:
    from jettison.engine import DockerEngine

_JETTISON = str(Path(sys.executable).with_name("jettison"))
_KILLS = int(os.environ.get("JETTISON_KILLS", "3"))
_EARLIEST, _LATEST = 0.3, 14.0
_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_FILES = {
    "docker-compose.yml": (
        "services:\n"
        "  web: {build: ., volumes: ['./data:/data', 'kept:/kept']}\n"
        "  store: {image: 'redis:7-alpine', volumes: ['/var/lib/redis']}\n"
        "volumes: {kept: {}}\n"
    ),
    "Dockerfile": (
        "FROM python:3.11-slim\nWORKDIR /srv\nCOPY . .\nRUN sleep 1\n"
        'CMD ["python", "-m", "http.server", "7000"]\n'
    ),
    "index.html": "<title>hello</title>",
    "data/rows": "precious",
    ".git/objects/pack": "x" * 100_000,
}


def _start(root: Path, out: Path, tmp: Path) -> subprocess.Popen[bytes]:
    argv = [_JETTISON, "optimize", str(root), "--out", str(out)]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "TMPDIR": str(tmp)}
    return subprocess.Popen(argv, env=environment, stdout=quiet, stderr=quiet)


def _clients(pid: int) -> list[str]:
    """The command lines of what a run started and that still runs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"-{pid}-".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_nothing_is_left_after_a_kill(tmp_path: Path, engine: DockerEngine) -> None:
    root, out, tmp = tmp_path / "shop", tmp_path / "slim", tmp_path / "tmp"
    tmp.mkdir()
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    for number in range(_KILLS):
        sent = _SIGNALS[number % len(_SIGNALS)]
        seconds = moments.uniform(_EARLIEST, _LATEST)
        said = f"{sent.name} after {seconds:.2f} s (seed {seed})"
        with _start(root, out, tmp) as process:
            time.sleep(seconds)
            process.send_signal(sent)
            process.wait(60)
        clean = [_JETTISON, "clean"]
        done = subprocess.run(
            clean, env={**os.environ, "TMPDIR": str(tmp)}, capture_output=True, check=False
        )
        assert done.returncode == 0, (said, done.stderr)

        run = f"-{process.pid}-"
        assert not _clients(process.pid), said
        assert not [one for one in leftovers(engine) if run in one], said
        assert not [path.name for path in tmp.iterdir() if path.name.startswith("jettison-")], said
        assert {path.name for path in tmp_path.iterdir()} <= {"shop", "slim", "tmp"}, said
        assert {name: (root / name).read_text() for name in _FILES} == _FILES, said
