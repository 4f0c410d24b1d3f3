"""What the containers of a stack were seen to open."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Method", "Opened", "Recorder", "Running"]

MOST_PATHS = 200_000
_MOST_PROCESSES = 50_000
_LOADER = "/ld-"
_SHELLS = frozenset({"busybox", "sh", "ash", "dash", "bash", "env"})


class Method(StrEnum):
    """How it was seen which files a container's processes open."""

    FANOTIFY = "fanotify"
    PROCESSES = "process maps"
    NONE = "not watched"

    @property
    def misses(self) -> str:
        """What it cannot see."""
        match self:
            case Method.FANOTIFY:
                return "files that are only looked up, not opened"
            case Method.PROCESSES:
                return "files that are closed again: only programs, libraries and open files"
            case Method.NONE:
                return "everything"


@record
class Opened:
    """What one service's container opened of its own file system, mounts left out.

    ``files`` maps the path of each opened file to the programs that opened it (paths; a script
    rather than its interpreter; ``""`` for a process whose program is not known). ``folders`` are
    those that were listed, ``executed`` the programs. ``gaps`` says for a person what was missed in
    this run beyond what the method misses, or why nothing was watched.
    """

    method: Method
    files: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    folders: frozenset[str] = frozenset()
    executed: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The program that opened the most files, ``""`` where none is known.

        A shell is it only where nothing else ran: what one starts may be counted as its own.
        """
        counts: dict[str, int] = {}
        for programs in self.files.values():
            for program in programs:
                counts[program] = counts.get(program, 0) + 1
        counts.pop("", None)
        own = [name for name in counts if not _starts_others(name)]
        return max(own or counts, key=lambda name: (counts[name], name), default="")


@record
class Running:
    """One side of a service while it ran: what it opened, and what it is.

    ``command`` and ``check`` (its health check) are the words that the engine runs, ``image`` is
    the image's ID, ``base`` the name of the image that it is built from, ``target`` the name of
    what is built; ``""`` where there is none.
    """

    opened: Opened
    command: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    image: str = ""
    base: str = ""
    target: str = ""


def _starts_others(program: str) -> bool:
    """Whether a program is a shell, or a script that one runs."""
    return program.endswith(".sh") or program.rpartition("/")[2] in _SHELLS


@dataclass(slots=True)
class Recorder:
    """Collects what one container opens, its paths bounded in number.

    ``parent`` gives the process number of a process's parent, 0 where that is not known.
    """

    files: dict[str, frozenset[str]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    executed: set[str] = field(default_factory=set)
    full: bool = False
    _programs: dict[int, str] = field(default_factory=dict)
    _starting: set[int] = field(default_factory=set)
    _sets: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def execute(self, path: str, process: int) -> None:
        """A process starts a program.

        A script, its interpreter and the loader are reported one after the other: the first is
        the program. A shell or a script of one that opens nothing before it becomes another program
        (``sh -c vite``, where it is statically linked, or linked to nothing but the C library) is
        not; that a shell reads its script may be one event with the start of the script.
        """
        if len(self._programs) > _MOST_PROCESSES:
            self._programs.clear()
            self._starting.clear()
        before = self._programs.get(process, "")
        interpreter = before.endswith(".sh") and path.rpartition("/")[2] in _SHELLS
        replaced = _starts_others(before) and _LOADER not in path and not interpreter
        if process not in self._starting or replaced:
            self._starting.add(process)
            self._programs[process] = path
        if _LOADER not in path:
            self._bounded(self.executed, path)
        self._add(path, process)

    def open(self, path: str, process: int, parent: int = 0) -> None:
        """A process, forked by ``parent`` where it has started no program, opens a file."""
        self._starting.discard(process)
        if process not in self._programs and parent:
            self._programs[process] = self._programs.get(parent, "")
        self._add(path, process)

    def list(self, path: str) -> None:
        """A process opens a folder."""
        self._bounded(self.folders, path)

    def knows(self, process: int) -> bool:
        """Whether the program of a process is known."""
        return process in self._programs

    def _add(self, path: str, process: int) -> None:
        program = self._programs.get(process, "")
        known = self.files.get(path)
        if known is None:
            if len(self.files) >= MOST_PATHS:
                self.full = True
                return
            known = frozenset()
        if program not in known:
            more = known | {program}
            self.files[path] = self._sets.setdefault(more, more)

    def _bounded(self, found: set[str], path: str) -> None:
        if len(found) < MOST_PATHS:
            found.add(path)
        elif path not in found:
            self.full = True

    def opened(self, *gaps: str) -> Opened:
        """What was recorded so far."""
        said = [*gaps, f"more than {MOST_PATHS:,} paths"] if self.full else gaps
        return Opened(
            method=Method.FANOTIFY,
            files=dict(self.files),
            folders=frozenset(self.folders),
            executed=frozenset(self.executed),
            gaps=tuple(said),
        )
