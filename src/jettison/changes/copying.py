"""Copy a working tree, and tell later whether the copy is still as it was made."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ProjectError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "MANIFEST",
    "Survey",
    "Written",
    "copy_file",
    "copy_tree",
    "differences",
    "survey_tree",
    "write_manifest",
]

MANIFEST = ".jettison/manifest.gz"
"""A line for each file: SHA-256, modification time in nanoseconds, path; NUL ends it."""

_OWN = ".jettison"
_CHUNK = 1024 * 1024


@record
class Survey:
    """What a copy of a tree takes: bytes on disk, and files or folders that cannot be read.

    ``whole`` is false where the count was broken off.
    """

    bytes: int
    files: int
    unreadable: tuple[str, ...]
    whole: bool = True


@record
class Written:
    """A file as it was written: which one, its time, its length and its SHA-256."""

    inode: int
    time_ns: int
    size: int
    digest: str

    @classmethod
    def of(cls, status: os.stat_result, digest: str) -> Written:
        """What a file with that status is if ``digest`` is that of its bytes."""
        return cls(status.st_ino, status.st_mtime_ns, status.st_size, digest)


def survey_tree(root: Path, most: tuple[int, int] | None = None) -> Survey:
    """What a copy of ``root`` would take; the count ends beyond ``most`` bytes or entries."""
    total = files = entries = 0
    unreadable: list[str] = []

    def beyond() -> bool:
        return most is not None and (total > most[0] or entries > most[1])

    for path, entry in _walk(root, unreadable):
        entries += 1
        if beyond():
            break
        if entry.is_symlink() or not entry.is_file():
            continue
        files += 1
        total += entry.stat().st_blocks * 512
        if not os.access(path, os.R_OK):
            unreadable.append(path)
    return Survey(
        total, files, tuple(os.path.relpath(path, root) for path in unreadable), not beyond()
    )


def _walk(root: Path, unreadable: list[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    folders = [os.fspath(root)]
    while folders:
        folder = folders.pop()
        try:
            with _listed(folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}"
                    yield path, entry
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
        except FileNotFoundError:
            continue  # it went while the tree was walked
        except OSError:
            unreadable.append(folder)


@contextmanager
def _listed(folder: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """A folder's entries; that it was read leaves no trace in its times where that can be had."""
    handle = _opened(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with os.scandir(handle) as entries:
            yield entries
    finally:
        os.close(handle)


def _opened(path: str, flags: int) -> int:
    """Opens to read without a new access time, which only owners may ask for (and Linux)."""
    quiet = getattr(os, "O_NOATIME", 0)
    try:
        return os.open(path, flags | os.O_CLOEXEC | quiet)
    except PermissionError:
        return os.open(path, flags | os.O_CLOEXEC)


def copy_tree(
    source: Path,
    destination: Path,
    *,
    skip: Iterable[Path] = (),
    on_file: Callable[[int], None] = lambda _: None,
    written: dict[str, Written] | None = None,
) -> int:
    """Copies a working tree with new modification times, links as links; the number of files.

    New times matter: BuildKit transfers only files whose path or time it has not seen, so a copy
    with the old ones would measure a difference instead of the context. Permissions stay, and for
    root the owners: what runs as another user in a container finds its files as they were. Sockets,
    pipes and devices are left out, as builders leave them out, and so are the folders ``skip``.
    ``on_file`` is told how many files were copied so far; ``written`` is given what each file
    became, by its relative name, for :func:`write_manifest`. Raises ``ProjectError`` for what
    cannot be read or written.
    """
    skipped = {os.path.realpath(path) for path in skip}
    copied = 0
    top = len(os.fspath(destination)) + 1
    folders = [(os.fspath(source), os.fspath(destination))]
    made: list[tuple[str, os.stat_result]] = []
    try:
        while folders:
            old, new = folders.pop()
            Path(new).mkdir()
            made.append((new, Path(old).stat()))
            with _listed(old) as entries:
                for entry in entries:
                    here, target = f"{old}/{entry.name}", f"{new}/{entry.name}"
                    if entry.is_symlink():
                        Path(target).symlink_to(Path(here).readlink())
                        _give(target, entry.stat(follow_symlinks=False))
                    elif entry.is_dir():
                        if os.path.realpath(here) not in skipped:
                            folders.append((here, target))
                    elif entry.is_file():
                        hasher = hashlib.sha256() if written is not None else None
                        status = copy_file(here, target, hasher)
                        if status is None:
                            continue
                        copied += 1
                        if written is not None and hasher is not None:
                            written[target[top:]] = Written.of(status, hasher.hexdigest())
                        if copied % 1000 == 0:
                            on_file(copied)
        for new, old_status in reversed(made):
            _give(new, old_status)
            Path(new).chmod(stat.S_IMODE(old_status.st_mode) | stat.S_IRWXU)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ProjectError(
            f"cannot copy {error.filename or source} to {destination.parent}: {error.strerror}",
            remedy="Free some space there, or name another place with --out or TMPDIR."
            if full
            else "Make it readable and the place writable, or run as their owner.",
        ) from error
    return copied


def _give(target: str, status: os.stat_result) -> None:
    """Gives a copy the owner of its original, which only root can."""
    if os.geteuid() == 0 and (status.st_uid or status.st_gid):
        with suppress(PermissionError):
            os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)


def copy_file(
    source: str, target: str, hasher: hashlib._Hash | None = None
) -> os.stat_result | None:
    """Copies bytes, permissions and owner, with as few calls to the system as that takes.

    What the copy is then; ``None`` for a file that is gone: a database beside may write while its
    folder is copied. ``hasher`` is given the bytes.
    """
    try:
        reading = _opened(source, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(reading)
        mode = stat.S_IMODE(status.st_mode)
        sparse = status.st_blocks * 512 < status.st_size
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode | 0o200)
        try:
            while data := os.read(reading, _CHUNK):
                if hasher is not None:
                    hasher.update(data)
                if sparse and not any(data):
                    os.lseek(writing, len(data), os.SEEK_CUR)
                else:
                    _write_all(writing, data)
            if sparse:
                os.ftruncate(writing, os.lseek(writing, 0, os.SEEK_CUR))
            _give(target, status)
            made = os.fstat(writing)
            if stat.S_IMODE(made.st_mode) != mode:
                os.fchmod(writing, mode)
            return made
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _write_all(handle: int, data: bytes) -> None:
    """Writes all of ``data``: the system may take less at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_manifest(root: Path, written: Mapping[str, Written] | None = None) -> None:
    """Remembers in ``root`` what all its files are now.

    ``written`` is what was just written; files that are still that are not read again.
    """
    known = written or {}
    path = root / MANIFEST
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for name, status in _files(root):
            one = known.get(name)
            same = one is not None and one == Written.of(status, one.digest)
            digest = one.digest if one is not None and same else _digest(root / name)
            line = f"{digest} {status.st_mtime_ns} {name}\0"
            stream.write(line.encode("utf-8", "surrogateescape"))


def differences(root: Path) -> tuple[str, ...] | None:
    """The files that were added, changed or removed since the manifest was written, by name.

    ``None`` where there is no manifest. A file whose time is the same is taken to be the same.
    """
    try:
        lines = gzip.decompress((root / MANIFEST).read_bytes()).split(b"\0")[:-1]
    except (OSError, EOFError, ValueError):
        return None
    known: dict[str, tuple[str, int]] = {}
    for line in lines:
        digest, written, name = line.decode("utf-8", "surrogateescape").split(" ", 2)
        known[name] = digest, int(written)
    found = []
    for name, status in _files(root):
        digest, time = known.pop(name, ("", 0))
        if time != status.st_mtime_ns and digest != _digest(root / name):
            found.append(name)
    return tuple(sorted([*found, *known]))


def _files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The files and links below ``root`` but for those of our own folder, by relative name."""
    top = len(os.fspath(root)) + 1
    for path, entry in _walk(root, []):
        name = path[top:]
        if name == _OWN or name.startswith(f"{_OWN}/"):
            continue
        if entry.is_symlink() or entry.is_file():
            yield name, entry.stat(follow_symlinks=False)


def _digest(path: Path) -> str:
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
