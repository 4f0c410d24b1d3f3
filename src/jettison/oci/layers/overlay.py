"""Layers read straight from an overlayfs engine's folders, without ``docker save``.

Sources: the kernel's Documentation/filesystems/overlayfs.rst; moby daemon/graphdriver/overlay2.
A deleted path is a character device 0/0, a replaced directory has the attribute
``trusted.overlay.opaque``. Reading another's folders needs root. Nothing here starts a process.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import deque
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jettison.errors import ImageError
from jettison.oci.entry import OPAQUE_WHITEOUT, WHITEOUT_PREFIX, Entry, EntryKind
from jettison.oci.errors import FolderIncomplete, LimitExceeded
from jettison.oci.layers.entries import MAX_CONTENT
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.oci.tree.filetree import Node

_KINDS = {
    stat.S_IFREG: EntryKind.FILE,
    stat.S_IFDIR: EntryKind.DIRECTORY,
    stat.S_IFLNK: EntryKind.SYMLINK,
    stat.S_IFCHR: EntryKind.CHARACTER_DEVICE,
    stat.S_IFBLK: EntryKind.BLOCK_DEVICE,
    stat.S_IFIFO: EntryKind.FIFO,
}
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque")
_UNREADABLE = ("overlay.redirect", "overlay.metacopy")
_WAITING = 2048
_READ = 1 << 20


class PendingDigest(Protocol):
    """A digest to come."""

    def result(self) -> tuple[int, bytes]:
        """The file's length and its SHA-256; a length that no file has for one unreadable."""


class Digester(Protocol):
    """Hashes files while the folders are walked."""

    def submit(self, path: str) -> PendingDigest | None:
        """The digest to come of a file, ``None`` when everyone is busy."""


@record
class OverlayLayer:
    """One layer's folder, its ``diff``."""

    name: str
    folder: Path
    digester: Digester | None = field(default=None, compare=False, repr=False)

    def entries(self, *, digests: bool = False, verify: bool = True) -> Iterator[Entry]:
        """The folder's entries as a layer's tar would have them, by name, parents first.

        There is no digest to verify a folder against, so ``verify`` changes nothing. Sockets are
        left out, as engines do.
        """
        del verify
        walked = self._walk()
        return self.with_digests(walked) if digests else walked

    def contents(
        self, nodes: Iterable[Node], *, max_bytes: int = MAX_CONTENT
    ) -> Iterator[tuple[Node, bytes]]:
        """The contents of some of the layer's files."""
        for node in nodes:
            holder = node.holder_path
            if node.content_bytes > max_bytes:
                problem = f"{holder!r} is longer than the {max_bytes} bytes asked for"
                raise LimitExceeded(problem, layer=self.name, offset=0)
            with open(self._open(holder), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
                yield node, file.read()

    def _walk(self) -> Iterator[Entry]:
        seen: dict[tuple[int, int], str] = {}
        root = self.folder.lstat()
        yield _entry("", root, str(self.folder), EntryKind.DIRECTORY)
        pending = [""]
        while pending:
            folder = pending.pop()
            below: list[str] = []
            with os.scandir(self.folder / folder if folder else self.folder) as scan:
                items = sorted(scan, key=lambda item: item.name)
            for item in items:
                path = f"{folder}/{item.name}" if folder else item.name
                yield from self._item(path, item, seen)
                if item.is_dir(follow_symlinks=False):
                    below.append(path)
            pending += reversed(below)

    def _item(
        self, path: str, item: os.DirEntry[str], seen: dict[tuple[int, int], str]
    ) -> Iterator[Entry]:
        status = item.stat(follow_symlinks=False)
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            return
        if kind is EntryKind.CHARACTER_DEVICE and status.st_rdev == 0:
            folder, slash, name = path.rpartition("/")
            yield Entry(f"{folder}{slash}{WHITEOUT_PREFIX}{name}", EntryKind.FILE)
            return
        if status.st_nlink > 1 and kind is not EntryKind.DIRECTORY:
            first = seen.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
                yield Entry(
                    path, EntryKind.HARD_LINK, mode, *owner, mtime_ns=status.st_mtime_ns, link=first
                )
                return
        yield _entry(path, status, item.path, kind)
        if kind is EntryKind.DIRECTORY and _is_opaque(item.path):
            yield Entry(f"{path}/{OPAQUE_WHITEOUT}", EntryKind.FILE)

    def with_digests(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Has files hashed by others, a bounded number of entries ahead of the reader.

        A file is hashed here when nobody else has time for it.
        """
        waiting: deque[tuple[Entry, PendingDigest | None]] = deque()
        for entry in entries:
            done, pending = entry, None
            if entry.kind is EntryKind.FILE and not entry.is_whiteout:
                if self.digester is not None:
                    pending = self.digester.submit(f"{self.folder}/{entry.path}")
                if pending is None:
                    done = entry._replace(digest=self._digest(entry.path, entry.content_bytes))
            waiting.append((done, pending))
            if len(waiting) > _WAITING:
                yield self._settled(*waiting.popleft())
        while waiting:
            yield self._settled(*waiting.popleft())

    def _settled(self, entry: Entry, pending: PendingDigest | None) -> Entry:
        if pending is None:
            return entry
        read, digest = pending.result()
        if read != entry.content_bytes:  # what went wrong there is found out here
            digest = self._digest(entry.path, entry.content_bytes)
        return Entry(*entry[:-1], digest)  # as _replace does, in a third of the time

    def _digest(self, path: str, content_bytes: int) -> bytes:
        descriptor = self._open(path)
        try:
            piece = os.read(descriptor, min(content_bytes + 1, _READ))
            hasher = hashlib.sha256(piece)
            read = len(piece)
            while piece and read != content_bytes:
                piece = os.read(descriptor, _READ)
                hasher.update(piece)
                read += len(piece)
        finally:
            os.close(descriptor)
        if read != content_bytes:
            raise ImageError(f"{self.folder}/{path} changed while it was read")
        return hasher.digest()

    def _open(self, path: str) -> int:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(f"{self.folder}/{path}", flags)


def overlay_layers(
    graph_driver: Mapping[str, str], digester: Digester | None = None
) -> tuple[OverlayLayer, ...]:
    """The layers that ``docker inspect`` names in ``GraphDriver.Data``, base first."""
    lower = graph_driver.get("LowerDir", "")
    upper = graph_driver.get("UpperDir", "")
    folders = [Path(text) for text in reversed(lower.split(":")) if text]
    if upper:
        folders.append(Path(upper))
    if not folders:
        raise ImageError("the engine names no layer folders; its storage is not overlay2")
    return tuple(OverlayLayer(folder.parent.name[:12], folder, digester) for folder in folders)


def _entry(path: str, status: os.stat_result, full: str, kind: EntryKind) -> Entry:
    content = status.st_size if kind is EntryKind.FILE else 0
    device = None
    if kind in (EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE):
        device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    return Entry(
        path,
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        content,
        content,
        status.st_mtime_ns,
        os.readlink(full) if kind is EntryKind.SYMLINK else "",  # noqa: PTH115 - exact text
        -1,
        device,
        _xattrs(full),
    )


def _xattrs(full: str) -> tuple[tuple[str, bytes], ...]:
    """The attributes that engines put into a layer's tar; attributes of overlayfs are refused.

    A redirected directory or a file with its content elsewhere needs the kernel to be read.
    """
    names = os.listxattr(full, follow_symlinks=False)
    if not names:
        return ()
    for name in names:
        if name.endswith(_UNREADABLE):
            raise FolderIncomplete(
                f"{full}: overlayfs keeps a part of it elsewhere ({name})",
                remedy="read the image through the engine instead of its folders",
            )
    return tuple(
        (name, os.getxattr(full, name, follow_symlinks=False))
        for name in sorted(names)
        if name == "security.capability" or (name.startswith("user.") and name not in _OPAQUE)
    )


def _is_opaque(full: str) -> bool:
    names = os.listxattr(full, follow_symlinks=False)
    return any(name in names and os.getxattr(full, name) == b"y" for name in _OPAQUE)
