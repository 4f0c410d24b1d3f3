"""Put together a small file tree from the files of Debian packages and what they link to."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from lab.elf import linkage
from lab.errors import LabError

_MERGED = {"bin", "sbin", "lib", "lib64", "lib32", "libx32"}


def canonical(path: str) -> str:
    """A path without leading slash, dots, and the old top folders that moved below `usr`."""
    parts = PurePosixPath(os.path.normpath(f"/{path}")).parts[1:]
    return "/".join(("usr", *parts) if parts and parts[0] in _MERGED else parts)


class Stage:
    """A file tree under construction.

    Files are taken from source trees, the first that has a path wins. What `below` says is already
    there, in the layers that this one goes on top of, is not taken again.
    """

    def __init__(
        self, tree: Path, sources: Sequence[Path], triplet: str, below: Iterable[str] = ()
    ) -> None:
        self.tree = tree
        self._sources = tuple(sources)
        self._below = frozenset(below)
        self._folders = (f"usr/lib/{triplet}", "usr/lib", "usr/lib64")

    def paths(self) -> frozenset[str]:
        """Everything in the tree and below it."""
        found = (path.relative_to(self.tree).as_posix() for path in self.tree.rglob("*"))
        return self._below.union(found)

    def has(self, path: str) -> bool:
        """Whether a source tree has that path."""
        return self._find(canonical(path)) is not None

    def take(self, *paths: str, to: str | None = None) -> None:
        """Take files and whole folders, with what their links point at, under the same names.

        With `to`, one file is taken under another name. Programs and libraries bring along the
        libraries that they link to.
        """
        for path in paths:
            name = canonical(path)
            source = self._find(name)
            if source is None:
                raise LabError(f"no package has /{name}")
            self._copy(source, name, canonical(to) if to else name)

    def take_libraries_of(self, program: Path) -> None:
        """Take the libraries that a program from elsewhere links to."""
        self._take_libraries(program, program.name)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file owned by root."""
        target = self._target(canonical(path))
        target.write_text(text)
        target.chmod(mode)

    def folder(self, path: str, mode: int = 0o755, owner: tuple[int, int] = (0, 0)) -> None:
        """Make a folder."""
        target = self._target(canonical(path))
        target.mkdir(exist_ok=True)
        os.chown(target, *owner)
        target.chmod(mode)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        name = canonical(path)
        link = self._target(name)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def drop(self, path: str) -> None:
        """Delete a folder that was taken."""
        shutil.rmtree(self.tree / canonical(path))

    def _find(self, name: str) -> Path | None:
        """The first source that has a path."""
        candidates = (source / name for source in self._sources)
        return next((path for path in candidates if os.path.lexists(path)), None)

    def _target(self, name: str) -> Path:
        """The place of a path in the tree, its parents made."""
        target = self.tree / name
        missing = [parent for parent in target.parents if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir()
            parent.chmod(0o755)
        return target

    def _copy(self, source: Path, name: str, to: str) -> None:
        """Copy one entry and what it needs, unless it is there."""
        if source.is_dir() and not source.is_symlink():
            target = self._target(to)
            target.mkdir(exist_ok=True)
            shutil.copystat(source, target)
            names = {n for tree in self._sources for n in _listing(tree / name)}
            for entry in sorted(names):
                self.take(f"{name}/{entry}", to=f"{to}/{entry}")
            return
        if to in self._below or os.path.lexists(self.tree / to):
            return
        target = self._target(to)
        status = source.lstat()
        shutil.copy2(source, target, follow_symlinks=False)
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
        if source.is_symlink():
            pointed = canonical(str(PurePosixPath("/", name).parent / source.readlink()))
            if self._find(pointed):
                self.take(pointed)
        elif source.is_file():
            target.chmod(status.st_mode & 0o7777)
            self._take_libraries(source, name)

    def _take_libraries(self, source: Path, name: str) -> None:
        """Take the libraries that a program or library links to."""
        needs = linkage(source)
        if needs is None:
            return
        if needs.interpreter:
            self.take(needs.interpreter)
        origin = str(PurePosixPath("/", name).parent)
        run_path = [canonical(part.replace("$ORIGIN", origin)) for part in needs.run_path if part]
        for library in needs.needed:
            places = [f"{folder}/{library}" for folder in (*run_path, *self._folders)]
            place = next((place for place in places if self._find(place)), None)
            if place is None:
                raise LabError(f"/{name} needs {library}, which no package has")
            self.take(place)


def _listing(folder: Path) -> list[str]:
    """The names in a folder, if it is one."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [entry.name for entry in folder.iterdir()]
