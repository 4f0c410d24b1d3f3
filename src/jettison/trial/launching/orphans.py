"""Clients of an engine, and tests, that outlived the run that started them.

A run that is killed outright leaves its ``docker compose up`` or ``docker buildx build`` behind,
which goes on making containers and images, or the project's own tests. Each inherits the run's
identity in its environment; where the system shows that (``/proc``), they are found and ended.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.trial.labels import RUN_VARIABLE, SIDE_VARIABLE, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["end_orphans"]

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.1
_CLIENTS = ("docker", "podman")


def end_orphans() -> tuple[str, ...]:
    """Ends what runs whose process is gone left running; names and process numbers."""
    found = dict(_orphans())
    for pid in found:
        _send(pid, signal.SIGTERM)
    patient = time.monotonic() + _PATIENCE_SECONDS
    while (left := dict(_orphans())) and time.monotonic() < patient:
        time.sleep(_PAUSE_SECONDS)
    for pid in left:
        _send(pid, signal.SIGKILL)
    return tuple(f"{name} {pid}" for pid, name in sorted(found.items()))


def _orphans() -> Iterator[tuple[int, str]]:
    """The process number and name of each such client or test of this user."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text("utf-8", "replace").strip()
            if folder.stat().st_uid != os.geteuid():
                continue
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        prefix, test = f"{RUN_VARIABLE}=".encode(), f"{SIDE_VARIABLE}=".encode()
        if not name.startswith(_CLIENTS) and not any(one.startswith(test) for one in environment):
            continue
        for one in environment:
            if one.startswith(prefix) and not is_alive(
                one[len(prefix) :].decode("ascii", "replace")
            ):
                yield int(folder.name), name
                break


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return
