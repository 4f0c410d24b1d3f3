"""The names by which what a trial makes is known, and the identity of a run."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = [
    "RUN_LABEL",
    "STAND_IN_LABEL",
    "TRIAL_REPOSITORY",
    "WORK_PREFIX",
    "is_alive",
    "new_run_id",
    "safe_name",
]

RUN_LABEL = "dev.jettison.run"
STAND_IN_LABEL = "dev.jettison.stand-in"
TRIAL_REPOSITORY = "jettison-trial"
WORK_PREFIX = "jettison-"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def new_run_id() -> str:
    """An identity for a run of this process, fit for tags and project names.

    It ends in the process's number, its start in the kernel's clock, and the boot, so that anyone
    can tell later whether the run is still alive.
    """
    pid = os.getpid()
    return f"{secrets.token_hex(4)}-{pid}-{_started(pid)}-{_boot()}"


def is_alive(run_id: str) -> bool:
    """Whether the process of a run still runs; an identity of another form counts as alive."""
    parts = run_id.split("-")
    if len(parts) != 4 or not parts[1].isdigit():
        return True
    _, pid, started, boot = parts
    if boot != _boot():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return started == _started(int(pid))


def safe_name(text: str) -> str:
    """The text as a part of a tag or of a service's name."""
    clean = "".join(c if c.isalnum() and c.isascii() else "-" for c in text.lower())
    return clean.strip("-") or "x"


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip().replace("-", "")[:8]
    except OSError:
        return "0"


def _started(pid: int) -> str:
    """The process's start in clock ticks since boot: field 22 of proc(5)'s ``stat``."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return "0"
    return text.rpartition(")")[2].split()[19]
