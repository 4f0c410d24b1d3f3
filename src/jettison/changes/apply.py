"""Write a changed tree to disk: whole or not at all, inside one folder, with a way back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ProjectError
from jettison.record import record
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.source import TextTree

__all__ = ["UNDO", "apply_tree", "inside", "undo", "write_atomically"]

UNDO = ".jettison/undo"
_INDEX = "index.json"


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Writes a file so that a reader sees the old bytes or the new ones, never a part.

    ``mode`` are its permissions; ``None`` keeps those it has. Raises ``ProjectError`` for a place
    that cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if mode is None:
            mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise ProjectError(f"cannot write {path}: {error.strerror}") from error
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def inside(root: Path, relative: str) -> Path:
    """The path of a file of the tree; raises ``ProjectError`` for one that would leave it.

    A link to a file in the tree is followed: the file itself is what gets written.
    """
    path = root / relative
    if Path(relative).is_absolute() or not real(path).is_relative_to(real(root)):
        raise ProjectError(
            f"{relative} would be written outside {root}",
            remedy="Run jettison on the folder that has it all.",
        )
    return real(path) if path.is_symlink() else path


def apply_tree(tree: TextTree, root: Path, *, keep_undo: bool = False) -> tuple[str, ...]:
    """Writes what differs from the disk in ``tree`` below ``root``; the paths written.

    ``root`` is the tree's own root or a copy of it. With ``keep_undo`` the files' former state is
    saved in ``.jettison/undo`` first. If a write fails, the files written so far are put back.
    """
    texts = {name: now.encode() for name, (_, now) in tree.changed().items()}
    paths = {name: inside(root, name) for name in texts}
    former = {name: _State.of(path) for name, path in paths.items()}
    if keep_undo:
        _save(root, former, texts)
    written: list[str] = []
    try:
        for name, data in texts.items():
            written.append(name)
            write_atomically(paths[name], data, mode=_mode(former[name], data))
    except BaseException:
        for name in written:
            former[name].restore(paths[name])
        raise
    return tuple(texts)


def undo(root: Path) -> tuple[str, ...]:
    """Puts back what the last run changed in ``root``; the paths put back or removed.

    Raises ``ProjectError`` when there is nothing to undo, and before anything is touched when a
    file was edited since: its new text would be lost.
    """
    folder = root / UNDO
    try:
        entries = [_Saved(**entry) for entry in json.loads((folder / _INDEX).read_text("utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise ProjectError(
            f"there is nothing to undo in {root}",
            remedy="Only the last `jettison optimize --apply` can be undone.",
        ) from error
    places = [(entry, inside(root, entry.path)) for entry in entries]
    edited = [
        entry.path
        for number, (entry, path) in enumerate(places)
        if not _is_as(path, entry.written) and not _is_former(path, entry, folder / str(number))
    ]
    if edited:
        raise ProjectError(
            f"changed since jettison wrote it: {', '.join(edited)}",
            remedy=f"The former files are in {folder}, numbered as in {_INDEX}; put back by hand "
            "what you want.",
        )
    for number, (entry, path) in enumerate(places):
        saved = folder / str(number)
        data = saved.read_bytes() if entry.mode is not None else None
        _State(data, entry.mode).restore(path)
    shutil.rmtree(folder)
    return tuple(entry.path for entry in entries)


@record
class _State:
    """A file's bytes and permissions; ``None`` for a file that is not there."""

    data: bytes | None
    mode: int | None

    @classmethod
    def of(cls, path: Path) -> _State:
        if not path.is_file():
            return cls(None, None)
        return cls(path.read_bytes(), stat.S_IMODE(path.stat().st_mode))

    def restore(self, path: Path) -> None:
        if self.data is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, self.data, mode=self.mode)


@record
class _Saved:
    """An entry of the index: the file's permissions before, ``None`` if it was not there.

    ``written`` is the SHA-256 of what was written in its place.
    """

    path: str
    mode: int | None
    written: str


def _mode(former: _State, data: bytes) -> int:
    if former.mode is not None:
        return former.mode
    return 0o755 if data.startswith(b"#!") else 0o644


def _is_as(path: Path, digest: str) -> bool:
    """Whether a file still is what was written; one that is gone was changed too."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _is_former(path: Path, entry: _Saved, saved: Path) -> bool:
    """Whether a file is as it was before: a run that was killed may not have come to it."""
    if entry.mode is None:
        return not os.path.lexists(path)
    return path.is_file() and path.read_bytes() == saved.read_bytes()


def _save(root: Path, former: Mapping[str, _State], texts: Mapping[str, bytes]) -> None:
    final = root / UNDO
    folder = final.with_name(f"{final.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    entries = []
    for number, (name, state) in enumerate(former.items()):
        if state.data is not None:
            write_atomically(folder / str(number), state.data)
        entries.append(_Saved(name, state.mode, hashlib.sha256(texts[name]).hexdigest()))
    write_atomically(folder / _INDEX, _json(entries))
    shutil.rmtree(final, ignore_errors=True)
    folder.replace(final)


def _json(entries: Iterable[_Saved]) -> bytes:
    return json.dumps([asdict(entry) for entry in entries], indent=1).encode()
