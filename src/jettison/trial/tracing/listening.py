"""Listens which files are opened in every container that is started from now on.

A container's root is mounted some hundred milliseconds before its first instruction, and the kernel
tells at once that something was mounted: so the watch is there first.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.trial.tracing.fanotify import OPEN_EXEC, OVERFLOW, Group
from jettison.trial.tracing.mounts import Mount, overlays
from jettison.trial.tracing.opened import Recorder

if TYPE_CHECKING:
    from io import TextIOWrapper
    from typing import Self

    from jettison.trial.tracing.fanotify import Event
    from jettison.trial.tracing.opened import Opened

__all__ = ["Listener"]

# After so many openings of one file by any program nothing new is learnt from more.
_ENOUGH = 200
_DELETED = " (deleted)"
_MOST_READS = 2000
_STOP_SECONDS = 20.0
_LATE = "its start, which came before the watch"
_LOST = "files whose opening was lost"


@dataclass(slots=True)
class _Watch:
    """The root of one container: what is recorded outlasts the mount, which a restart renews."""

    place: str
    mount: Mount
    group: Group | None = None
    recorder: Recorder = field(default_factory=Recorder)
    times: dict[str, int] = field(default_factory=dict)
    mounting_seen: bool = False
    gaps: dict[str, None] = field(default_factory=dict)

    def drain(self) -> None:
        """Takes what waits, though no more than a limit: a program may open faster than we read."""
        for _ in range(_MOST_READS):
            if not self._read():
                return

    def _read(self) -> bool:
        """Takes some of what waits; whether there was anything."""
        found = False
        try:
            for event in self.group.read() if self.group is not None else ():
                found = True
                try:
                    self._take(event)
                finally:
                    if event.descriptor >= 0:
                        os.close(event.descriptor)
        except (OSError, ValueError):  # no descriptor was left for a file, or it is unknown to us
            self.gaps[_LOST] = None
        return found

    def _take(self, event: Event) -> None:
        if event.mask & OVERFLOW:
            self.gaps[_LOST] = None
        if event.descriptor < 0:
            return
        try:
            path = os.readlink(f"/proc/self/fd/{event.descriptor}")  # noqa: PTH115  (for each event)
        except OSError:
            return
        if path == self.place or path.startswith(f"{self.place}/") or self._outside(event, path):
            # The engine's own, from outside, while it prepares the container.
            self.mounting_seen = True
            return
        if not self.mounting_seen:
            self.gaps[_LATE] = None
            self.mounting_seen = True
        self._record(event, path.removesuffix(_DELETED))

    def _outside(self, event: Event, path: str) -> bool:
        """Whether it was opened through the engine's mount, whose place is not told once it went.

        So it is where the engine copies what the image has into a new volume.
        """
        return path not in self.recorder.files and _mount(event.descriptor) == self.mount.number

    def _record(self, event: Event, path: str) -> None:
        recorder, process = self.recorder, event.process
        if path not in recorder.files and _is_folder(event.descriptor):
            recorder.list(path)
        elif event.mask & OPEN_EXEC:
            recorder.execute(path, process)
        else:
            recorder.open(path, process, 0 if recorder.knows(process) else _parent(process))
            if path not in recorder.files:
                return
            times = self.times[path] = self.times.get(path, 0) + 1
            if times == _ENOUGH and self.group is not None:
                with suppress(OSError):
                    self.group.ignore(event.descriptor)

    def close(self) -> None:
        self.drain()
        if self.group is not None:
            self.group.close()
        self.group = None


def _mount(descriptor: int) -> int | None:
    """The number of the mount through which a file was opened; see proc_pid_fdinfo(5)."""
    with suppress(OSError, ValueError):
        text = Path(f"/proc/self/fdinfo/{descriptor}").read_text("ascii")
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name == "mnt_id":
                return int(value)
    return None


def _is_folder(descriptor: int) -> bool:
    """Whether it is a folder: events that come with a descriptor do not say."""
    try:
        return stat.S_ISDIR(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def _parent(process: int) -> int:
    """The number of a process's parent, 0 where that cannot be read."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
        return int(text.rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


class Listener:
    """A thread that records what containers open, from when it is started until it is stopped.

    Raises ``OSError`` where the kernel refuses.
    """

    def __init__(self) -> None:
        Group().close()
        self._watches: dict[str, _Watch] = {}
        self._lock = threading.Lock()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._refusal = ""
        try:
            self._mounts = Path("/proc/self/mountinfo").open(encoding="utf-8", errors="replace")  # noqa: SIM115 - closed by its thread
        except OSError:
            os.close(self._stop)
            raise
        self._before = overlays(self._mounts.read())
        self._thread = threading.Thread(target=self._run, name="fanotify", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.eventfd_write(self._stop, 1)
        self._thread.join(_STOP_SECONDS)

    @property
    def refusal(self) -> str:
        """Why a root could not be watched, ``""`` when all could."""
        return self._refusal

    def opened(self, root: str, container_id: str) -> Opened | None:
        """What a container has opened so far, ``None`` if its root was not watched.

        ``root`` is where the engine says that it mounts it, ``""`` where it does not say.
        """
        root = os.path.realpath(root) if root else ""
        with self._lock:
            for place, watch in self._watches.items():
                if place == root or (not root and container_id in place):
                    watch.drain()
                    return watch.recorder.opened(*watch.gaps)
        return None

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._mounts, select.POLLPRI | select.POLLERR)
        poll.register(self._stop, select.POLLIN)
        try:
            with self._mounts as mounts:
                self._follow(mounts, poll)
                while not self._wait(mounts, poll):
                    pass
        except OSError as error:
            self._refusal = str(error)
        finally:
            with self._lock:
                for watch in self._watches.values():
                    watch.close()
            os.close(self._stop)

    def _wait(self, mounts: TextIOWrapper, poll: select.poll) -> bool:
        """Waits for something and deals with it; whether it is time to stop."""
        ready = {descriptor for descriptor, _ in poll.poll()}
        if self._stop in ready:
            return True
        if mounts.fileno() in ready:
            self._follow(mounts, poll)
        with self._lock:
            for watch in self._watches.values():
                if watch.group is not None and watch.group.descriptor in ready:
                    watch.drain()
        return False

    def _follow(self, mounts: TextIOWrapper, poll: select.poll) -> None:
        """Watches the roots that are new, and lets go those that went."""
        mounts.seek(0)
        now = overlays(mounts.read())
        for place, mount in now.items():
            if self._before.get(place) == mount:
                continue
            known = self._watches.get(place)
            if known is None or known.mount != mount or not _alive(known):
                self._watch(place, mount, poll)
        self._before = {p: m for p, m in self._before.items() if now.get(p) == m}
        for place, watch in self._watches.items():
            if place not in now and watch.group is not None:
                self._leave(watch, poll)

    def _watch(self, place: str, mount: Mount, poll: select.poll) -> None:
        try:
            group = Group()
        except OSError as error:
            self._refusal = str(error)
            return
        try:
            group.watch(place)
        except OSError as error:
            group.close()
            self._refusal = str(error)
            return
        with self._lock:
            watch = self._watches.setdefault(place, _Watch(place, mount))
            self._leave_locked(watch, poll)
            watch.mount, watch.group, watch.mounting_seen = mount, group, False
        poll.register(group.descriptor, select.POLLIN)

    def _leave(self, watch: _Watch, poll: select.poll) -> None:
        with self._lock:
            self._leave_locked(watch, poll)

    @staticmethod
    def _leave_locked(watch: _Watch, poll: select.poll) -> None:
        if watch.group is not None:
            poll.unregister(watch.group.descriptor)
            watch.close()


def _alive(watch: _Watch) -> bool:
    try:
        return watch.group is not None and watch.group.watches()
    except OSError:
        return False
