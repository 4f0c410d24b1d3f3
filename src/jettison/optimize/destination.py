"""Where the optimized tree goes, and what must hold before anything is written there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from tempfile import mkdtemp

from jettison.changes.copying import differences, survey_tree
from jettison.errors import ProjectError, UsageError

MARKER = ".jettison"
_MARGIN = 64 * 1024 * 1024
_SHOWN = 5


def check_destination(
    project: Path, out: Path | None, *, in_place: bool, allow_dirty: bool, trial: bool
) -> None:
    """Raises unless the result may be written, before any work is done.

    ``out`` may be an empty folder, or one that jettison wrote and nobody changed since; a project
    that is changed ``in_place`` has a clean git tree. All that is copied can be read, and there is
    room for the copies.
    """
    if out is not None:
        _check_out(project, out)
        _require_writable(out)
    if in_place:
        _require_writable(project / MARKER)
        if not allow_dirty:
            _require_clean(project)
    places = [Path(tempfile.gettempdir())] if trial else []
    if out is not None:
        places.append(_existing(out))
    if places:
        _require_room(project, places)


def _check_out(project: Path, out: Path) -> None:
    if out.resolve() == project.resolve():
        raise UsageError(
            "--out is the project itself", remedy="Use --apply to change the project in place."
        )
    if project.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"--out {out} contains the project", remedy="Name another folder.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file", remedy="Name a folder.")
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
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path


def _require_writable(path: Path) -> None:
    place = _existing(path)
    folder = place if place.is_dir() else place.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ProjectError(f"{folder} cannot be written", remedy="Name another folder with --out.")


def _require_room(project: Path, places: list[Path]) -> None:
    """Raises ``ProjectError`` unless the project can be read and copied to each of the places."""
    survey = survey_tree(project)
    if survey.unreadable:
        more = f" and {len(survey.unreadable) - 1} more" if len(survey.unreadable) > 1 else ""
        raise ProjectError(
            f"{survey.unreadable[0]}{more} cannot be read",
            remedy="The project is copied whole: make its files readable, or run as their owner.",
        )
    needed: dict[int, int] = {}
    for place in places:
        device = place.stat().st_dev
        needed[device] = needed.get(device, 0) + survey.bytes
        free = shutil.disk_usage(place).free
        if free < needed[device] + _MARGIN:
            raise ProjectError(
                f"{place} has {free / 1e6:,.0f} MB left, and the copies of the project take "
                f"{needed[device] / 1e6:,.0f} MB",
                remedy="Free some space, or set TMPDIR to a folder that has more.",
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
    """Moves a finished tree to its place, in one step for whoever looks at ``out``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    old = None
    if out.exists():
        old = Path(mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
        out.replace(old / "tree")
    staged.replace(out)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
