"""Where the optimized tree goes, and what must hold before anything is written there."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from jettison.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = ".jettison"


def check_destination(project: Path, out: Path | None, *, allow_dirty: bool) -> None:
    """Raises unless the result may be written: into an empty or own folder, or a clean git tree."""
    if out is None:
        if not allow_dirty:
            _require_clean(project)
        return
    if out.resolve() == project.resolve():
        raise UsageError("--out is the project itself", remedy="Leave --out away to work in place.")
    if project.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"--out {out} contains the project", remedy="Name another folder.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file", remedy="Name a folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_dir():
        raise UsageError(
            f"--out {out} is not empty and was not written by jettison",
            remedy="Name a new folder, or empty this one.",
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


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder for copies that is gone afterwards, whatever happens."""
    folder = Path(mkdtemp(prefix="jettison-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
