"""What the processes of a container have mapped or open just now, from ``/proc``.

It is read where it is, or, where this machine may not (another user's processes, a virtual machine
with the engine in it), by a shell that the engine starts in the container for a moment.
Source: proc_pid_maps(5), proc_pid_fd(5), proc_pid_cgroup(5).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.trial.tracing.opened import Method, Opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.engine import RunResult

__all__ = ["LISTING", "listed_processes", "read_processes"]

_PROC = Path("/proc")
_DELETED = " (deleted)"
_MAPPED_FIELDS = 6
LISTING = (
    "sh",
    "-c",
    r"""for one in /proc/[0-9]*; do
[ "$one" = "/proc/$$" ] && continue
exe=$(readlink "$one/exe" 2>/dev/null)
[ -z "$exe" ] && { [ -d "$one" ] && echo "unread ${one#/proc/}"; continue; }
printf 'exe %s\n' "$exe"
cat "$one/maps" 2>/dev/null
for open in "$one"/fd/*; do printf 'fd %s\n' "$(readlink "$open" 2>/dev/null)"; done
done""",
)
"""A command for a container's shell: what each process runs, has mapped and has open."""


def read_processes(process: int, container_id: str, proc: Path = _PROC) -> Opened:
    """What a container's processes use now; ``process`` is its first one, 0 for none.

    Nothing, with the reason, where they are not of this machine or may not be looked into.
    """
    if not process or not container_id:
        return Opened(Method.NONE, gaps=("it does not run any more",))
    try:
        ours = container_id in (proc / str(process) / "cgroup").read_text("utf-8", "replace")
    except OSError:
        ours = False
    if not ours:
        return Opened(Method.NONE, gaps=("its processes are not of this machine",))
    try:
        namespace = str((proc / str(process) / "ns" / "mnt").readlink())
        files, executed = set[str](), set[str]()
        for folder in proc.iterdir():
            if folder.name.isdigit() and _namespace(folder) == namespace:
                with suppress(FileNotFoundError, ProcessLookupError):
                    _look(folder, files, executed)
    except PermissionError:
        return Opened(Method.NONE, gaps=("its processes may not be looked into",))
    except OSError as error:
        return Opened(Method.NONE, gaps=(f"its processes cannot be read: {error.strerror}",))
    found = {path: frozenset({""}) for path in sorted(files)}
    return Opened(Method.PROCESSES, found, executed=frozenset(executed))


def listed_processes(ask: Callable[[], RunResult]) -> Opened:
    """What a container's processes use now, by what :data:`LISTING` prints in it.

    Its user may not look into processes of others; that there were some is told.
    """
    done = ask()
    files, executed, unread = set[str](), set[str](), 0
    for line in done.stdout.splitlines():
        kind, _, place = line.partition(" ")
        if kind == "exe":
            executed.add(place.removesuffix(_DELETED))
        unread += kind == "unread"
        if kind not in ("exe", "fd"):
            place = _mapped(line)
        if place.startswith("/"):
            files.add(place.removesuffix(_DELETED))
    if not executed:
        return Opened(Method.NONE, gaps=("no shell in it could tell of its processes",))
    gaps = (f"{unread} of its processes are another user's",) if unread else ()
    found = {path: frozenset({""}) for path in sorted(files)}
    return Opened(Method.PROCESSES, found, executed=frozenset(executed), gaps=gaps)


def _mapped(line: str) -> str:
    """The path that a line of ``maps`` names, ``""`` where none."""
    fields = line.split(maxsplit=_MAPPED_FIELDS - 1)
    return fields[-1] if len(fields) == _MAPPED_FIELDS else ""


def _namespace(folder: Path) -> str:
    try:
        return str((folder / "ns" / "mnt").readlink())
    except OSError:
        return ""


def _look(folder: Path, files: set[str], executed: set[str]) -> None:
    program = str((folder / "exe").readlink()).removesuffix(_DELETED)
    executed.add(program)
    files.add(program)
    for line in (folder / "maps").read_text("utf-8", "replace").splitlines():
        place = _mapped(line)
        if place.startswith("/"):
            files.add(place.removesuffix(_DELETED))
    for entry in (folder / "fd").iterdir():
        with suppress(FileNotFoundError):
            place = str(entry.readlink())
            if place.startswith("/"):
                files.add(place.removesuffix(_DELETED))
