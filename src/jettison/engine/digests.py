"""File digests from other processes, so that more than one core reads an image's folders."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import weakref
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine import digest_worker
from jettison.engine.clients import opened
from jettison.engine.digest_worker import ANSWER, BATCH
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH_FILES = 64
_BATCH_BYTES = 8 << 10
_MOST_BATCHES = 3  # all of them fit into a pipe, so that nobody waits for each other
_MOST_WORKERS = 4


class DigestProcesses:
    """Hashes files in other processes; see :class:`jettison.oci.layers.overlay.Digester`."""

    def __init__(self, workers: int | None = None) -> None:
        """Starts the processes; by default as many as there are other cores, at most four."""
        if workers is None:
            workers = min(_MOST_WORKERS, len(os.sched_getaffinity(0)) - 1)
        argv = [sys.executable, "-I", "-S", str(Path(digest_worker.__file__))]
        pipe = subprocess.PIPE
        self.running = [
            subprocess.Popen(argv, stdin=pipe, stdout=pipe, bufsize=0, start_new_session=True)
            for _ in range(workers if sys.executable else 0)
        ]
        self._workers = [_Worker(process) for process in self.running]
        self._collecting = _Batch()
        weakref.finalize(self, _stop, self.running)

    def submit(self, path: str) -> _Pending | None:
        """The digest to come of a file, ``None`` when everyone is busy."""
        if not self._workers:
            return None
        batch = self._collecting
        if batch.is_full and not self._send():
            return None
        batch = self._collecting
        batch.add(path)
        return _Pending(self, batch, len(batch.paths) - 1)

    def _send(self) -> bool:
        """Hands the batch that is being collected to the worker with the least to do."""
        worker = min(self._workers, key=lambda one: len(one.waiting))
        if len(worker.waiting) >= _MOST_BATCHES:
            worker = next((one for one in self._workers if one.has_answered()), worker)
            if len(worker.waiting) >= _MOST_BATCHES:
                return False
        worker.send(self._collecting)
        self._collecting = _Batch()
        return True

    def finish(self, batch: _Batch) -> None:
        """Waits until a batch is answered."""
        if batch is self._collecting:
            while not self._send():
                min(self._workers, key=lambda one: len(one.waiting)).receive()
        worker = batch.worker
        while not batch.answers and worker is not None:
            worker.receive()


@dataclass(slots=True)
class _Batch:
    """Paths that are sent together, and what came back."""

    paths: list[bytes] = field(default_factory=list)
    path_bytes: int = 0
    answers: bytes = b""
    worker: _Worker | None = None

    @property
    def is_full(self) -> bool:
        return len(self.paths) >= _BATCH_FILES or self.path_bytes >= _BATCH_BYTES

    def add(self, path: str) -> None:
        raw = os.fsencode(path)
        self.paths.append(raw)
        self.path_bytes += len(raw) + 1


@dataclass(slots=True)
class _Worker:
    """A process, and the batches that it has not answered."""

    process: subprocess.Popen[bytes]
    waiting: deque[_Batch] = field(default_factory=deque)

    def send(self, batch: _Batch) -> None:
        stream = opened(self.process.stdin)
        with suppress(BrokenPipeError):  # what it does not answer is hashed by whoever asked
            stream.write(BATCH.pack(batch.path_bytes) + b"\0".join(batch.paths) + b"\0")
        batch.worker = self
        self.waiting.append(batch)

    def has_answered(self) -> bool:
        """Takes the answers that are there already; whether there were any."""
        answered = False
        while self.waiting and select.select([opened(self.process.stdout)], [], [], 0)[0]:
            self.receive()
            answered = True
        return answered

    def receive(self) -> None:
        """Reads the answers to the oldest batch."""
        batch = self.waiting.popleft()
        wanted = ANSWER.size * len(batch.paths)
        stream, found = opened(self.process.stdout), bytearray()
        while len(found) < wanted and (piece := stream.read(wanted - len(found))):
            found += piece
        batch.answers = bytes(found).ljust(wanted, b"\xff")


@record
class _Pending:
    """A file's place in a batch."""

    processes: DigestProcesses
    batch: _Batch
    number: int

    def result(self) -> tuple[int, bytes]:
        """The file's length and its SHA-256; a length that no file has for one unreadable."""
        if not self.batch.answers:
            self.processes.finish(self.batch)
        length, digest = ANSWER.unpack_from(self.batch.answers, self.number * ANSWER.size)
        return length, digest


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        for stream in (process.stdin, process.stdout):
            opened(stream).close()
        process.wait()
