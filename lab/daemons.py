"""Processes that outlive the lab's commands: started, recognized again, stopped."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.folders import Folders, read_json, write_atomically


@dataclass(frozen=True, slots=True)
class Daemon:
    """A background process with a record of who it is: id, start time, boot and program."""

    name: str
    record: Path
    log: Path

    @classmethod
    def of(cls, folders: Folders, name: str) -> "Daemon":
        """The daemon of that name in a lab's folder."""
        return cls(name, folders.run / f"{name}.json", folders.log / f"{name}.log")

    def start(self, command: Sequence[str | Path]) -> int:
        """Start the process in the background, write its record, and return its id."""
        argv = [str(part) for part in command]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )
        self._write(process.pid, Path(argv[0]).name)
        return process.pid

    def _write(self, process: int, program: str) -> None:
        """Write the record of a running process."""
        record = {
            "pid": process,
            "start_time": _start_time(process),
            "boot": _boot(),
            "program": program,
        }
        write_atomically(self.record, json.dumps(record) + "\n")

    def process(self) -> int | None:
        """The id of the process, if it is still the one that was started."""
        record = read_json(self.record)
        process = record.get("pid")
        if not isinstance(process, int) or record.get("boot") != _boot():
            return None
        started = _start_time(process)
        if started is None or started != record.get("start_time"):
            return None
        return process if _program(process) == record.get("program") else None

    def wait_for(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()` holds; fail when the process ends or time runs out."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process() is None:
                raise LabError(f"{self.name} ended at once:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} not ready after {seconds:.0f} s:\n{self.tail()}")
            time.sleep(0.1)

    def stop(self, seconds: float = 40) -> bool:
        """Stop the process, first kindly; false when it was not running."""
        process = self.process()
        if process is None:
            self.record.unlink(missing_ok=True)
            return False
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self.process() is not None:
            if time.monotonic() > deadline:
                os.kill(process, signal.SIGKILL)
                deadline = float("inf")
            time.sleep(0.1)
        self.record.unlink(missing_ok=True)
        return True

    def tail(self) -> str:
        """The last lines of its log."""
        if not self.log.exists():
            return "    (no log)"
        lines = self.log.read_text(errors="replace").splitlines()[-12:]
        return "\n".join(f"    {line}" for line in lines)


def _start_time(process: int) -> str | None:
    """When a process started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # proc(5): fields from the third on
    return None if fields[0] in {"Z", "X"} else fields[19]


def _boot() -> str:
    """An id of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _program(process: int) -> str:
    """The first word of a process's command line, without its folder."""
    for _ in range(50):  # it is empty for a moment while the program starts
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return ""
        if words[0]:
            return Path(words[0].decode(errors="replace")).name
        time.sleep(0.01)
    return ""
