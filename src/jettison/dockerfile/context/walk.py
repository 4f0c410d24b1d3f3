"""What goes to the builder: the files of a folder that the ignore file lets through.

Source: ``filter.go`` of tonistiigi/fsutil, which is how BuildKit's clients walk a context.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from typing import TYPE_CHECKING

from jettison.dockerfile.context.model import (
    Context,
    ContextFile,
    ContextProblem,
    Excluded,
    Kind,
)
from jettison.dockerfile.ignore.file import IgnoreFile, Inherited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["by_folder", "read_context", "weigh"]

_NO_PATTERNS = IgnoreFile("", ())


def read_context(
    root: Path, ignore: IgnoreFile | None, *, dockerfile: str | None = None
) -> Context:
    """The entries of ``root`` that a builder gets, and those that stay out.

    Excluded folders are not entered unless a ``!`` pattern can reach below them; links are not
    followed. What cannot be read becomes a problem, and the walk goes on; a ``root`` that is not
    there is one too.
    """
    walk = _Walk(root, ignore or _NO_PATTERNS)
    walk.run()
    return Context(tuple(walk.files), tuple(walk.excluded), tuple(walk.problems), dockerfile)


def by_folder(context: Context) -> dict[str, int]:
    """Bytes per folder at the top of the context, biggest first; ``"."`` is its own files."""
    sizes: Counter[str] = Counter()
    for file in context.files:
        head, slash, _ = file.path.partition("/")
        if slash or file.kind is Kind.DIR:
            sizes[head] += file.size
        else:
            sizes["."] += file.size
    return dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def weigh(path: Path) -> int:
    """The bytes of the file at ``path``, or of all files below it; links are not followed.

    What cannot be read counts 0.
    """
    total = 0
    todo = [os.fspath(path)]
    while todo:
        current = todo.pop()
        try:
            status = os.lstat(current)
            if stat.S_ISREG(status.st_mode):
                total += status.st_size
            elif stat.S_ISDIR(status.st_mode):
                total += _weigh_entries(current, todo)
        except OSError:
            continue
    return total


def _weigh_entries(folder: str, todo: list[str]) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                total += entry.stat(follow_symlinks=False).st_size
    return total


class _Walk:
    """One pass over the tree; ``waiting`` are folders to be sent only if something in them is."""

    def __init__(self, root: Path, ignore: IgnoreFile) -> None:
        self.root = os.fspath(root)
        self.ignore = ignore
        self.files: list[ContextFile] = []
        self.excluded: list[Excluded] = []
        self.problems: list[ContextProblem] = []
        self.waiting: list[tuple[ContextFile, Inherited]] = []

    def run(self) -> None:
        levels = [(self._read(self.root, ""), "", self.ignore.root)]
        while levels:
            entries, prefix, above = levels[-1]
            entry = next(entries, None)
            if entry is None:
                levels.pop()
                self._leave(prefix)
                continue
            path = prefix + entry.name
            here = self.ignore.descend(path, above)
            try:
                emptied = above.doubtful and self.ignore.match(path).excluded
                entered = self._take(entry, path, here, emptied=emptied)
            except OSError as error:
                self.problems.append(_problem(path, error))
                continue
            if entered:
                levels.append((self._read(entry.path, path), f"{path}/", here))

    def _read(self, folder: str, path: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                found = {entry.name: entry for entry in entries}
            order = (
                sorted(found) if all(map(str.isascii, found)) else sorted(found, key=os.fsencode)
            )
            return iter([found[name] for name in order])
        except OSError as error:
            self.problems.append(_problem(path or ".", error))
            return iter(())

    def _take(self, entry: os.DirEntry[str], path: str, here: Inherited, *, emptied: bool) -> bool:
        """Note the entry; whether it is a folder to enter."""
        decision = here.decision
        status = entry.stat(follow_symlinks=False)
        kind = _kind(status.st_mode)
        size = status.st_size if kind is Kind.FILE else 0
        if decision.excluded and decision.pattern is not None:
            if kind is not Kind.DIR:
                self.excluded.append(Excluded(path, kind, size, decision.pattern))
                return False
            if not self.ignore.reaches_below(path, here):
                self.excluded.append(Excluded(path, kind, None, decision.pattern))
                return False
            folder = ContextFile(path, 0, kind, stat.S_IMODE(status.st_mode))
            self.waiting.append((folder, here))
            return True
        if kind is Kind.FILE and not status.st_mode & stat.S_IROTH and not _readable(entry):
            self.problems.append(ContextProblem(path, "Permission denied"))
        # Path.readlink would tidy the target up.
        target = os.readlink(entry.path) if kind is Kind.SYMLINK else None  # noqa: PTH115
        self.files += (folder for folder, _ in self.waiting)
        self.waiting.clear()
        mode = stat.S_IMODE(status.st_mode)
        emptied = emptied and kind is Kind.FILE
        self.files.append(ContextFile(path, size, kind, mode, target, decision.pattern, emptied))
        return kind is Kind.DIR

    def _leave(self, prefix: str) -> None:
        """Give up on a folder in which nothing was re-included."""
        if not self.waiting or f"{self.waiting[-1][0].path}/" != prefix:
            return
        folder, here = self.waiting.pop()
        if here.decision.pattern is not None:
            self.excluded.append(Excluded(folder.path, Kind.DIR, 0, here.decision.pattern))


def _readable(entry: os.DirEntry[str]) -> bool:
    return os.access(entry.path, os.R_OK)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIR
    return Kind.SYMLINK if stat.S_ISLNK(mode) else Kind.SPECIAL


def _problem(path: str, error: OSError) -> ContextProblem:
    return ContextProblem(path, error.strerror or str(error))
