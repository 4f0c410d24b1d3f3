"""Where the optimized tree goes, and what must hold before anything is written there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.changes.copying import differences, survey_tree
from jettison.errors import ProjectError, UsageError
from jettison.source.real import real
from jettison.trial.leftovers import OLD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.changes.copying import Survey

__all__ = ["MARKER", "check_destination", "other_place", "publish", "require_room"]

MARKER = ".jettison"
_MARGIN = 64 * 1024 * 1024
_SHOWN = 5


def check_destination(
    project: Path, out: Path | None, *, in_place: bool, allow_dirty: bool
) -> None:
    """Raises unless the result may be written, before any work is done.

    ``out`` may be an empty folder outside of the project, or one that jettison wrote and nobody
    changed since; a project that is changed ``in_place`` has a clean git tree. Temporary files go
    outside of the project.
    """
    temporary = tempfile.gettempdir()
    if real(Path(temporary)).is_relative_to(real(project)):
        raise ProjectError(
            f"{temporary}, the folder for temporary files, lies in the project",
            remedy="Set TMPDIR to a folder outside of it, or name a smaller project.",
        )
    if out is not None:
        try:
            _check_out(project, out)
            _require_writable(out)
        except OSError as error:
            raise UsageError(f"--out {out}: {error.strerror}", remedy="Name a folder.") from error
    if in_place:
        _require_writable(project / MARKER)
        if not allow_dirty:
            _require_clean(project)


def _check_out(project: Path, out: Path) -> None:
    if real(out) == real(project):
        raise UsageError(
            "--out is the project itself", remedy="Use --apply to change the project in place."
        )
    if real(project).is_relative_to(real(out)):
        raise UsageError(f"--out {out} contains the project", remedy="Name another folder.")
    if real(out).is_relative_to(real(project)):
        raise UsageError(
            f"--out {out} lies in the project, whose builds would take it in",
            remedy="Name a folder beside the project.",
        )
    if not _existing(out).is_dir():
        raise UsageError(f"--out {out} is a file, or below one", remedy="Name a folder.")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / MARKER).is_dir():
        raise UsageError(
            f"--out {out} is not empty and was not written by jettison",
            remedy="Name a new folder, or empty this one.",
        )
    changed = differences(out)
    if changed is None or changed:
        names = changed or ("which files jettison wrote is not known",)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise UsageError(
            f"--out {out} was changed since jettison wrote it: {', '.join(names[:_SHOWN])}{more}",
            remedy="Move what you want to keep, and remove the folder; or name another one.",
        )


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    path = real(path)
    while not path.exists():
        path = path.parent
    return path


def _require_writable(path: Path) -> None:
    place = _existing(path)
    folder = place if place.is_dir() else place.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ProjectError(f"{folder} cannot be written", remedy="Name another folder with --out.")


def other_place(full: Path, out: Path | None) -> str:
    """How to take a place that has room; a folder for temporary files may be full as ``--out``."""
    device = full.stat().st_dev
    ways = []
    if Path(tempfile.gettempdir()).stat().st_dev == device:
        ways.append("set TMPDIR to a folder that has more")
    if out is not None and _existing(out).stat().st_dev == device:
        ways.append("name one with --out")
    return " or ".join(ways)


def require_room(
    project: Path, survey: Survey, out: Path | None, *, trial: bool, left_out: Iterable[Path] = ()
) -> None:
    """Raises ``ProjectError`` unless the project can be read and copied where it is to be.

    A trial's copies go to the folder for temporary files, without what is ``left_out``.
    """
    left = tuple(left_out)
    unreadable = [
        name
        for name in survey.unreadable
        if out is not None or not any((project / name).is_relative_to(one) for one in left)
    ]
    if unreadable:
        more = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
        raise ProjectError(
            f"{unreadable[0]}{more} cannot be read",
            remedy="The project is copied: make its files readable, or run as their owner.",
        )
    wanted = []
    if trial:
        less = sum(survey_tree(one).bytes for one in left)
        wanted.append((Path(tempfile.gettempdir()), survey.bytes - less))
    if out is not None:
        wanted.append((_existing(out), survey.bytes))
    needed: dict[int, int] = {}
    for place, size in wanted:
        device = place.stat().st_dev
        needed[device] = needed.get(device, 0) + size
        free = shutil.disk_usage(place).free
        if free < needed[device] + _MARGIN:
            raise ProjectError(
                f"{place} has {free / 1e6:,.0f} MB left, and the copies of the project take "
                f"{needed[device] / 1e6:,.0f} MB and {_MARGIN / 1e6:.0f} MB to spare",
                remedy=f"Free some space, {other_place(place, out)}, or keep large data that no "
                "build needs out with .dockerignore.",
            )


def _require_clean(project: Path) -> None:
    """Raises ``ProjectError`` when the project is in a git tree with uncommitted changes."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "status", "--porcelain", "--", "."],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return
    changed = [line[3:] for line in done.stdout.splitlines() if not line[3:].startswith(MARKER)]
    if done.returncode == 0 and changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ProjectError(
            f"the git tree of {project} has uncommitted changes: {changed[0]}{more}",
            remedy="Commit or stash them, write elsewhere with --out, or use --allow-dirty.",
        )


def publish(staged: Path, out: Path) -> None:
    """Moves a finished tree to its place, in one step for whoever looks at ``out``.

    What was there goes beside ``staged``; see :func:`~jettison.trial.leftovers.holder_beside`.
    """
    if out.exists():
        out.replace(staged.parent / OLD)
    staged.replace(out)
