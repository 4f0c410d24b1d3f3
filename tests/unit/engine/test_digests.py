"""Digests from other processes are those of the files, whatever becomes of the processes."""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jettison.engine import digest_worker
from jettison.engine.digests import DigestProcesses
from jettison.errors import ImageError
from jettison.oci import OverlayLayer

if TYPE_CHECKING:
    from pathlib import Path

FILES = 3000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with many small files, a large one, and a name that is not UTF-8."""
    for number in range(FILES):
        (tmp_path / f"file{number}").write_bytes(b"%d" % number * (number % 50))
    (tmp_path / "large").write_bytes(os.urandom(3_000_001))
    (tmp_path / os.fsdecode(b"caf\xe9 \n")).write_bytes(b"name")
    return tmp_path


def digests(folder: Path, processes: DigestProcesses | None) -> dict[str, bytes | None]:
    """The digest of every file, by path."""
    entries = OverlayLayer("layer", folder, processes).entries(digests=True)
    return {entry.path: entry.digest for entry in entries if entry.path}


def expected(folder: Path) -> dict[str, bytes | None]:
    """The same by Python alone."""
    return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in folder.iterdir()}


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_digests_are_those_of_the_files(folder: Path, workers: int) -> None:
    processes = DigestProcesses(workers)
    assert digests(folder, processes) == expected(folder)
    assert digests(folder, processes) == digests(folder, None)


def test_processes_that_die_lose_nothing(folder: Path) -> None:
    processes = DigestProcesses(2)
    for process in processes.running:
        process.send_signal(signal.SIGKILL)
    assert digests(folder, processes) == expected(folder)


def test_a_file_that_changes_is_an_error(folder: Path) -> None:
    layer = OverlayLayer("layer", folder, DigestProcesses(1))
    walked = list(layer.entries())
    os.truncate(folder / "large", 3)
    with pytest.raises(ImageError, match="large changed while it was read"):
        list(layer.with_digests(walked))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link").symlink_to("secret")
    pending = DigestProcesses(1).submit(str(tmp_path / "link"))
    assert pending is not None
    assert pending.result()[0] != 6


def test_no_process_is_left_behind(folder: Path) -> None:
    processes = DigestProcesses(2)
    running = list(processes.running)
    digests(folder, processes)
    assert all(process.poll() is None for process in running)
    del processes
    gc.collect()
    assert all(process.returncode == 0 for process in running)


def test_a_worker_whose_reader_is_gone_ends_in_silence(folder: Path) -> None:
    argv = [sys.executable, digest_worker.__file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        path = os.fsencode(folder / "large") + b"\0"
        process.stdin.write(digest_worker.BATCH.pack(len(path)) + path)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
