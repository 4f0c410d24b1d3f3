"""What the processes of a container have mapped or open just now, from ``/proc``.

Source: proc_pid_maps(5), proc_pid_fd(5), proc_pid_cgroup(5).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from jettison.trial.tracing.opened import Method, Opened

__all__ = ["read_processes"]

_PROC = Path("/proc")
_DELETED = " (deleted)"
_MAPPED_FIELDS = 6


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
        fields = line.split(maxsplit=_MAPPED_FIELDS - 1)
        if len(fields) == _MAPPED_FIELDS and fields[-1].startswith("/"):
            files.add(fields[-1].removesuffix(_DELETED))
    for entry in (folder / "fd").iterdir():
        with suppress(FileNotFoundError):
            place = str(entry.readlink())
            if place.startswith("/"):
                files.add(place.removesuffix(_DELETED))
