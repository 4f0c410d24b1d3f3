"""Start programs, keep what they say, and end them all when the lab is interrupted."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import CommandFailed

_lock = threading.Lock()
_running: dict[subprocess.Popen[bytes], bool] = {}
_stopping = threading.Event()


def run(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    standard_input: bytes | None = None,
    finish: bool = False,
) -> str:
    """Run a program to its end and return what it printed.

    The program is in a session of its own, so a Ctrl-C reaches it only through `stop_all`. With
    `finish`, it is waited for even then: a package installation is better not cut in half.
    """
    argv = [str(part) for part in command]
    if _stopping.is_set():
        raise CommandFailed(f"interrupted before: {argv[0]}")
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL if standard_input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=None if environment is None else {**os.environ, **environment},
        start_new_session=True,
    )
    with _lock:
        _running[process] = finish
    try:
        output, _ = process.communicate(standard_input)
    finally:
        with _lock:
            _running.pop(process, None)
    text = output.decode(errors="replace")
    if log is not None:
        with log.open("a") as file:
            file.write(f"$ {' '.join(argv)}\n{text}\n")
    if process.returncode != 0:
        tail = "\n".join(f"    {line}" for line in text.splitlines()[-15:])
        where = f" (log: {log})" if log else ""
        raise CommandFailed(f"{argv[0]} ended with code {process.returncode}{where}\n{tail}")
    return text


def answers(command: Sequence[str | Path], *, seconds: float = 20) -> str | None:
    """What a quick, harmless program prints on standard output, or None when it fails."""
    try:
        result = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.decode(errors="replace").strip() if result.returncode == 0 else None


def stop_all() -> None:
    """End every program that `run` started and still waits for, and start no more."""
    _stopping.set()
    with _lock:
        running = list(_running.items())
    for process, finish in running:
        if not finish and process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
