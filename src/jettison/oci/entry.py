"""One entry of a layer, as its tar or its folder has it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

WHITEOUT_PREFIX = ".wh."
OPAQUE_WHITEOUT = ".wh..wh..opq"


class EntryKind(IntEnum):
    """What an entry is; the order has no meaning."""

    FILE = 0
    DIRECTORY = 1
    SYMLINK = 2
    HARD_LINK = 3
    CHARACTER_DEVICE = 4
    BLOCK_DEVICE = 5
    FIFO = 6


class Entry(NamedTuple):
    """One entry of a layer; a named tuple because a million of them are made in a row.

    ``path`` is relative to the image's root without leading or trailing slash, ``""`` for the
    root itself; bytes that are not UTF-8 are lone surrogates (PEP 383). It is never ``..`` nor
    starts with it. Whiteouts are entries too, with their ``.wh.`` names.

    ``content_bytes`` is the file's length, ``stored_bytes`` what the tar holds of it: less for
    sparse files, 0 for everything that is no file. ``offset`` is where the entry's first header
    starts in the uncompressed tar, -1 outside a tar. ``link`` is a symbolic link's text as it
    is, or a hard link's target as a path of the same form as ``path``.
    """

    path: str
    kind: EntryKind
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    content_bytes: int = 0
    stored_bytes: int = 0
    mtime_ns: int = 0
    link: str = ""
    offset: int = -1
    device: tuple[int, int] | None = None
    xattrs: tuple[tuple[str, bytes], ...] = ()
    digest: bytes | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def is_whiteout(self) -> bool:
        """Whether the entry hides lower entries instead of being one."""
        return self.path.rpartition("/")[2].startswith(WHITEOUT_PREFIX)
