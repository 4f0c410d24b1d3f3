"""Write plans to disk: whole or not at all, inside one folder, with a way back."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.plan.model import Plan

UNDO = ".jettison/undo"
_CHUNK = 1024 * 1024


def write_atomically(path: Path, data: bytes, *, executable: bool = False) -> None:
    """Writes a file so that a reader sees the old bytes or the new ones, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        Path(name).chmod(mode | 0o111 if executable else mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def inside(root: Path, relative: str) -> Path:
    """The path of a file of the tree; raises ``ProjectError`` for one that would leave it."""
    path = root / relative
    if Path(relative).is_absolute() or not path.parent.resolve().is_relative_to(root.resolve()):
        raise ProjectError(f"{relative} would be written outside {root}")
    if path.is_symlink():
        raise ProjectError(
            f"{relative} is a link", remedy="Jettison does not write through links: make it a file."
        )
    return path


def apply_plan(plan: Plan, root: Path, *, keep_undo: bool) -> None:
    """Writes the plan's files below ``root``.

    With ``keep_undo`` the files' former state is saved in ``.jettison/undo`` first. If a write
    fails, the files written so far are put back.
    """
    paths = {file.path: inside(root, file.path) for file in plan.files}
    former = {name: path.read_bytes() if path.is_file() else None for name, path in paths.items()}
    if keep_undo:
        _save(root, former)
    written: list[str] = []
    try:
        for file in plan.files:
            data = file.text.encode("utf-8", "surrogateescape")
            written.append(file.path)
            write_atomically(paths[file.path], data, executable=file.executable)
    except BaseException:
        for name in written:
            _restore(paths[name], former[name])
        raise


def undo(root: Path) -> tuple[str, ...]:
    """Puts back what the last run changed in ``root``; the paths put back or removed.

    Raises ``ProjectError`` when there is nothing to undo.
    """
    folder = root / UNDO
    index = folder / "index.json"
    try:
        names = json.loads(index.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"there is nothing to undo in {root}",
            remedy="Only the last `jettison optimize` without --out can be undone.",
        ) from error
    for number, name in enumerate(names):
        saved = folder / str(number)
        _restore(inside(root, name), saved.read_bytes() if saved.is_file() else None)
    shutil.rmtree(folder)
    return tuple(names)


def _save(root: Path, former: dict[str, bytes | None]) -> None:
    folder = root / UNDO
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, data in enumerate(former.values()):
        if data is not None:
            write_atomically(folder / str(number), data)
    write_atomically(folder / "index.json", json.dumps(list(former)).encode())


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        write_atomically(path, data)


def copy_tree(
    source: Path, destination: Path, *, skip: Path | None, on_file: Callable[[int], None]
) -> int:
    """Copies a working tree with new modification times, links as links.

    New times matter: BuildKit transfers only files whose path or time it has not seen, so a copy
    with the old ones would measure a difference instead of the context. Sockets, pipes and devices
    are left out, as builders leave them out, and so is the folder ``skip``. ``on_file`` is told how
    many files were copied so far; the result is how many there are.
    """
    skipped = os.path.realpath(skip) if skip is not None else None
    copied = 0
    folders = [(os.fspath(source), os.fspath(destination))]
    while folders:
        old, new = folders.pop()
        Path(new).mkdir()
        with os.scandir(old) as entries:
            for entry in entries:
                target = f"{new}/{entry.name}"
                if entry.is_symlink():
                    Path(target).symlink_to(Path(entry.path).readlink())
                elif entry.is_dir():
                    if os.path.realpath(entry.path) != skipped:
                        folders.append((entry.path, target))
                elif entry.is_file():
                    _copy_file(entry, target)
                    copied += 1
                    if copied % 1000 == 0:
                        on_file(copied)
    return copied


def _copy_file(entry: os.DirEntry[str], target: str) -> None:
    """Copies bytes and permissions, with as few calls to the system as that takes."""
    status = entry.stat()
    mode = stat.S_IMODE(status.st_mode)
    reading = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode | 0o200)
        try:
            while data := os.read(reading, _CHUNK):
                os.write(writing, data)
            os.fchmod(writing, mode)
        finally:
            os.close(writing)
    finally:
        os.close(reading)
