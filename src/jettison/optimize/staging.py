"""Copies of a project to try: as it is, and with a plan's changes."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from jettison.changes.apply import apply_tree, inside, write_atomically
from jettison.changes.copying import copy_tree, survey_tree
from jettison.dockerfile.context import Kind
from jettison.trial.elsewhere import Elsewhere, LostError
from jettison.trial.leftovers import remove_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.analysis.project import Project
    from jettison.changes.copying import Survey
    from jettison.source import TextTree
    from jettison.trial import Progress


__all__ = ["Staging", "copy_ahead", "left_out"]

_HEAVY = (1 << 30, 200_000)
_FIRST = "tree1"
_ROOM = 3


def left_out(project: Project, survey: Survey) -> dict[Path, str]:
    """Folders that no build of the project is sent and that a trial does without, with the reason.

    Those that are heavy (1 GiB or 200,000 entries: databases, media) or that cannot be read.
    """
    contexts = [(target.context, target.files) for target in project.targets]
    needed = {project.root / name for name in project.compose_names}
    needed |= {context for context, _ in contexts}
    needed |= {project.root / target.dockerfile_name for target in project.targets}

    def spared(folder: Path) -> bool:
        if any(path.is_relative_to(folder) for path in needed):
            return False
        return not any(
            folder.is_relative_to(context) and files.get(folder.relative_to(context).as_posix())
            for context, files in contexts
        )

    found: dict[Path, str] = {}
    for name in survey.unreadable:
        path = project.root / name
        for folder in (path, *path.parents):
            if folder == project.root:
                break
            if spared(folder):
                found[folder] = "cannot be read"
                break
    unsent = {
        context / one.path
        for context, files in contexts
        for one in files.excluded
        if one.kind is Kind.DIR
    }
    with suppress(OSError):
        unsent |= {path for path in project.root.iterdir() if path.is_dir()}
    for folder in sorted(unsent - found.keys()):
        if folder.is_symlink() or not spared(folder):
            continue
        if any(folder.is_relative_to(one) for one in found):
            continue
        if not survey_tree(folder, _HEAVY).whole:
            found[folder] = f"has more than {_HEAVY[0] >> 30} GiB or {_HEAVY[1]:,} entries"
    return found


def copy_ahead(project: Path, work: Path, survey: Survey) -> Elsewhere[tuple[int, float]] | None:
    """The first copy of a project, begun before it is known what of it a trial does without.

    ``None`` where that may be something, see :func:`left_out`, or where the copy may lack room.
    """
    light = survey.bytes <= _HEAVY[0] and survey.files <= _HEAVY[1] // 2 and not survey.unreadable
    if not light or shutil.disk_usage(work).free < _ROOM * survey.bytes:
        return None
    with suppress(LostError):
        return Elsewhere(_copied, project, work / _FIRST, os.getpid())
    return None


def _copied(project: Path, there: Path, caller: int) -> tuple[int, float]:
    """How many files were copied, and in how many seconds."""

    def on_file(_: int) -> None:
        if os.getppid() != caller:  # it was killed: nobody wants the copy
            raise SystemExit

    clock = time.monotonic()
    copied = copy_tree(project, there, on_file=on_file)
    return copied, time.monotonic() - clock


@dataclass(slots=True)
class Staging:
    """Folders below ``work`` with copies of ``project``, for the trials without ``left_out``.

    ``ahead`` is the first copy, which may be on its way. One copy at a time is kept: it is made new
    only where an attempt is measured after others, or where what ran in it wrote something.
    """

    project: Path
    work: Path
    progress: Progress
    left_out: Mapping[Path, str] = field(default_factory=dict)
    ahead: Elsewhere[tuple[int, float]] | None = None
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
        self.discard()
        return self._new()

    def discard(self) -> None:
        """Begins to remove the copy; what is not gone by the end goes with ``work``."""
        here, self._here = self._here, None
        if here is None:
            return
        gone = self.work / f"gone{self._made}"
        here.rename(gone)
        # A thread that nothing waits for: a build or the report needs the time more.
        Thread(target=remove_folder, args=(gone, None), name="removing", daemon=True).start()

    def _new(self) -> Path:
        ahead, self.ahead = self.ahead, None
        self._made += 1
        there = self.work / f"tree{self._made}"
        copied, seconds = self._copy_to(there) if ahead is None else self._awaited(ahead, there)
        self.progress.say(f"copied {copied} files in {seconds:.1f} s")
        self._here, self._laid, self._clean = there, (), True
        self._since = time.time_ns()
        return there

    def _awaited(self, ahead: Elsewhere[tuple[int, float]], there: Path) -> tuple[int, float]:
        self.progress.status("copying the project")
        try:
            return ahead.result()
        except LostError:
            remove_folder(there, None)
            return self._copy_to(there)

    def _copy_to(self, there: Path) -> tuple[int, float]:
        """How many files were copied, and in how many seconds."""

        def on_file(count: int) -> None:
            self.progress.status(f"copying the project: {count} files")

        clock = time.monotonic()
        copied = copy_tree(self.project, there, skip=self.left_out, on_file=on_file)
        return copied, time.monotonic() - clock

    def _untouched(self, here: Path) -> bool:
        """Whether nothing below the copy was made, written or removed since it was made."""
        own, theirs = ({path.name for path in root.iterdir()} for root in (here, self.project))
        theirs -= {path.name for path in self.left_out if path.parent == self.project}
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
