"""The names by which what a trial makes is known, and the identity of a run."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.analysis.project import Target

__all__ = [
    "RUN_LABEL",
    "RUN_VARIABLE",
    "SIDE_VARIABLE",
    "STAND_IN_LABEL",
    "TRIAL_REPOSITORY",
    "WORK_PREFIX",
    "is_alive",
    "is_elsewhere",
    "new_run_id",
    "safe_name",
    "services_of",
]

RUN_LABEL = "dev.jettison.run"
RUN_VARIABLE = "JETTISON_RUN"
SIDE_VARIABLE = "JETTISON_SIDE"
STAND_IN_LABEL = "dev.jettison.stand-in"
TRIAL_REPOSITORY = "jettison-trial"
WORK_PREFIX = "jettison-"
_SPACE = Path("/proc/self/ns/pid")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def new_run_id() -> str:
    """An identity for a run of this process, fit for tags and project names.

    It ends in the place, the process's number, its start in the kernel's clock, and the boot, so
    that anyone can tell later whether the run is still alive. The processes that this one starts
    from now on have it in their environment.
    """
    pid = os.getpid()
    run_id = f"{secrets.token_hex(4)}{_place()}-{pid}-{_started(pid)}-{_boot()}"
    os.environ[RUN_VARIABLE] = run_id
    return run_id


def is_alive(run_id: str) -> bool:
    """Whether the process of a run still runs; what cannot be known counts as alive."""
    parts = run_id.split("-")
    if len(parts) != 4 or not parts[1].isdigit() or is_elsewhere(run_id):
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


def is_elsewhere(run_id: str) -> bool:
    """Whether a run is of another machine or container, whose processes are not seen from here.

    An engine may serve several.
    """
    parts = run_id.split("-")
    return len(parts) == 4 and not parts[0].endswith(_place())


def safe_name(text: str) -> str:
    """The text as a part of a tag or of a service's name."""
    clean = "".join(c if c.isalnum() and c.isascii() else "-" for c in text.lower())
    return clean.strip("-") or "x"


@cache
def _place() -> str:
    """The machine and its name space of processes, in short."""
    try:
        space = str(_SPACE.readlink())
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:4]


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


def services_of(target: Target) -> tuple[str, ...]:
    """The services of a trial that run a target's image; one of its own if no service does."""
    return target.services or (safe_name(target.name),)
