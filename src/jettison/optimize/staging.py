"""Copies of a project to try: as it is, and with a plan's changes."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.changes.apply import apply_tree, inside, write_atomically
from jettison.changes.copying import copy_tree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.source import TextTree
    from jettison.trial import Progress


@dataclass(slots=True)
class Staging:
    """Folders below ``work`` with copies of ``project``; ``skip`` is never copied.

    One copy at a time is kept: it is made new only where an attempt is measured after others, or
    where what ran in it wrote something.
    """

    project: Path
    work: Path
    skip: Path | None
    progress: Progress
    _here: Path | None = None
    _made: int = 0
    _since: int = 0
    _clean: bool = False
    _laid: tuple[str, ...] = field(default=())

    def original(self) -> Path:
        """A copy of the project as it is."""
        return self._new()

    def changed(self, tree: TextTree, *, fresh: bool) -> Path:
        """A copy with what ``tree`` changes; ``fresh`` if a builder must not have seen it yet."""
        here = self._here
        if here is None:
            here = self._new()
        elif fresh or not self._laid:
            here = self._renewed(here)
        self._restore(here)
        self._laid = apply_tree(tree, here)
        self._clean = False
        return here

    def copy_to(self, destination: Path) -> None:
        """Makes a copy of the project elsewhere."""
        self._copy(destination)

    def _restore(self, here: Path) -> None:
        """Takes back what the last plan laid over the copy."""
        for name in self._laid:
            path, source = inside(here, name), self.project / name
            if source.is_file():
                write_atomically(path, source.read_bytes(), mode=source.stat().st_mode & 0o7777)
            else:
                path.unlink(missing_ok=True)
        self._laid = ()

    def _renewed(self, here: Path) -> Path:
        """The copy under a new name and with new times, or a new one where it was written to."""
        if self._clean and self._untouched(here):
            self._made += 1
            there = self.work / f"tree{self._made}"
            here.rename(there)
            _touch(there)
            self._here = there
            return there
        shutil.rmtree(here, ignore_errors=True)
        return self._new()

    def _new(self) -> Path:
        self._made += 1
        there = self.work / f"tree{self._made}"
        self._copy(there)
        self._here, self._laid, self._clean = there, (), True
        self._since = time.time_ns()
        return there

    def _copy(self, destination: Path) -> None:
        def on_file(count: int) -> None:
            self.progress.status(f"copying the project: {count} files")

        clock = time.monotonic()
        copied = copy_tree(self.project, destination, skip=self.skip, on_file=on_file)
        self.progress.say(f"copied {copied} files in {time.monotonic() - clock:.1f} s")

    def _untouched(self, here: Path) -> bool:
        """Whether nothing below the copy was made, written or removed since it was made."""
        own, theirs = ({path.name for path in root.iterdir()} for root in (here, self.project))
        if self.skip is not None and self.skip.parent == self.project:
            theirs.discard(self.skip.name)
        if own != theirs:
            return False
        for folder, _, files in os.walk(here):
            if folder != str(here) and os.lstat(folder).st_ctime_ns > self._since:
                return False
            if any(os.lstat(f"{folder}/{name}").st_ctime_ns > self._since for name in files):
                return False
        return True


def _touch(root: Path) -> None:
    """Gives every file the time of now, so that a builder takes none for one it has."""
    for folder, _, files in os.walk(root):
        for name in files:
            os.utime(f"{folder}/{name}", follow_symlinks=False)
