"""What runs that were killed left behind, found by label and removed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.trial.labels import RUN_LABEL, TRIAL_REPOSITORY, WORK_PREFIX, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.engine import Engine

__all__ = ["clean_leftovers", "remove_trial_images", "run_folder"]


@contextmanager
def run_folder(run_id: str) -> Iterator[Path]:
    """A folder of a run's own for its copies, gone afterwards, whatever happens."""
    folder = Path(tempfile.gettempdir()) / f"{WORK_PREFIX}{run_id}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_trial_images(engine: Engine, run_id: str) -> None:
    """Untags the images that a run built, those of a run that failed half-way too."""
    engine.remove_images(engine.images_of(f"{TRIAL_REPOSITORY}:{run_id}-*"))


def clean_leftovers(engine: Engine, *, images: bool = True) -> tuple[str, ...]:
    """Removes what belongs to runs whose process is gone; the names of what was removed.

    Without ``images`` those stay: a run may have been asked to keep its own.
    """
    left = [one for one in engine.labelled(RUN_LABEL) if not is_alive(one.run_id)]
    engine.remove(left)
    removed = [f"{one.kind} {one.name}" for one in left]
    tags = engine.images_of(f"{TRIAL_REPOSITORY}:*") if images else ()
    dead = [tag for tag in tags if not is_alive(_run(tag))]
    engine.remove_images(dead)
    removed += [f"image {tag}" for tag in dead]
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{WORK_PREFIX}*")):
        run_id = folder.name.removeprefix(WORK_PREFIX)
        if folder.is_dir() and not folder.is_symlink() and not is_alive(run_id):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(f"folder {folder}")
    return tuple(removed)


def _run(tag: str) -> str:
    """The run in ``jettison-trial:RUN-LABEL-SERVICE``."""
    return "-".join(tag.partition(":")[2].split("-")[:4])
