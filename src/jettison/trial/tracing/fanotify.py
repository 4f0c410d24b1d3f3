"""Linux' fanotify: which files of a file system are opened, told by the kernel.

Source: fanotify(7), fanotify_init(2), fanotify_mark(2), linux/fanotify.h. Needs CAP_SYS_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OPEN", "OPEN_EXEC", "OVERFLOW", "Event", "Group", "decode"]

_CLOEXEC, _NONBLOCK, _UNLIMITED_QUEUE, _UNLIMITED_MARKS = 0x1, 0x2, 0x10, 0x20
_ADD, _IGNORED, _SURVIVE_MODIFY, _FILESYSTEM = 0x1, 0x20, 0x40, 0x100
_AT_FDCWD = -100
_METADATA = struct.Struct("=IBBHQii")
_VERSION = 3
# Each event comes with a descriptor: no more at once than any limit of descriptors allows.
_AT_ONCE = 128


OPEN, OPEN_EXEC, OVERFLOW, _ON_FOLDER = 0x20, 0x1000, 0x4000, 0x40000000


_WATCHED = OPEN | OPEN_EXEC | _ON_FOLDER


@record
class Event:
    """A file was opened: ``descriptor`` is open on it (-1 for none) and must be closed.

    ``mask`` is of ``OPEN`` and ``OPEN_EXEC``, or ``OVERFLOW`` where events were lost. Whether it is
    a folder is not told.
    """

    mask: int
    descriptor: int
    process: int


def decode(buffer: bytes) -> Iterator[Event]:
    """The events in what was read from a group; raises ``ValueError`` for another version's."""
    at = 0
    while at + _METADATA.size <= len(buffer):
        length, version, _, _, mask, descriptor, process = _METADATA.unpack_from(buffer, at)
        if version != _VERSION or length < _METADATA.size:
            raise ValueError(f"fanotify metadata of version {version}, {length} bytes")
        yield Event(mask, descriptor, process)
        at += length


class Group:
    """A queue of events; marks vanish with it. Raises ``OSError`` where the kernel refuses."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.fanotify_mark.argtypes = [
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint64,
            ctypes.c_int,
            ctypes.c_char_p,
        ]
        flags = _CLOEXEC | _NONBLOCK | _UNLIMITED_QUEUE | _UNLIMITED_MARKS
        files = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOATIME
        self.descriptor: int = self._libc.fanotify_init(flags, files)
        if self.descriptor < 0:
            raise _error("fanotify_init")

    def watch(self, place: str) -> None:
        """Watches the whole file system that is mounted at ``place``."""
        self._mark(_ADD | _FILESYSTEM, _WATCHED, _AT_FDCWD, os.fsencode(place))

    def ignore(self, descriptor: int) -> None:
        """Tells no more of openings of one file; starting it as a program is still told."""
        self._mark(_ADD | _IGNORED | _SURVIVE_MODIFY, OPEN, descriptor, None)

    def watches(self) -> bool:
        """Whether a file system is watched: one that is unmounted takes its mark with it."""
        return "fanotify sdev:" in Path(f"/proc/self/fdinfo/{self.descriptor}").read_text("ascii")

    def read(self) -> Iterator[Event]:
        """The events that wait, some at a time; nothing when there are none."""
        try:
            buffer = os.read(self.descriptor, _METADATA.size * _AT_ONCE)
        except BlockingIOError:
            return
        yield from decode(buffer)

    def close(self) -> None:
        """Ends the watch."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _mark(self, flags: int, mask: int, folder: int, path: bytes | None) -> None:
        if self._libc.fanotify_mark(self.descriptor, flags, mask, folder, path):
            raise _error("fanotify_mark")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
