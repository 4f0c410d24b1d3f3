"""What runs that were killed left behind, found by label and name and removed."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import EngineError
from jettison.trial.interrupts import uninterrupted
from jettison.trial.labels import (
    RUN_LABEL,
    TRIAL_REPOSITORY,
    WORK_PREFIX,
    is_alive,
    is_elsewhere,
)
from jettison.trial.launching.orphans import end_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.engine import Engine

__all__ = [
    "OLD",
    "clean_leftovers",
    "dissolve",
    "holder_beside",
    "recover",
    "remove_folder",
    "remove_trial_images",
    "run_folder",
    "sibling_folder",
]

OLD = "old"
_HOLDERS = "beside"
_MOST_ROUNDS = 5
_MOST_IMAGES = 5
_REPOSITORIES = (TRIAL_REPOSITORY, f"127.0.0.1:*/{TRIAL_REPOSITORY}")


@contextmanager
def run_folder(run_id: str, engine: Callable[[], Engine | None] = lambda: None) -> Iterator[Path]:
    """A folder of a run's own for its copies, gone afterwards, whatever happens.

    ``engine`` helps with what containers wrote there as another user.
    """
    folder = Path(tempfile.gettempdir()) / f"{WORK_PREFIX}{run_id}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        with uninterrupted():
            remove_folder(folder, engine())


@contextmanager
def sibling_folder(run_id: str) -> Iterator[Path]:
    """A folder of a run's own that other users may pass through, gone afterwards.

    Its name is that of a run of the same process: a later run finds it if this one is killed.
    """
    folder = Path(tempfile.gettempdir()) / f"{WORK_PREFIX}{secrets.token_hex(4)}{run_id[8:]}"
    folder.mkdir(mode=0o700)
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        with uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)


def remove_folder(folder: Path, engine: Engine | None) -> bool:
    """Whether a folder is gone: what its owner may not remove, a container removes as root."""
    if program := shutil.which("rm"):  # twice as fast on a copy of many files
        subprocess.run([program, "-rf", "--", str(folder)], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists() and engine is not None:
        with suppress(EngineError):
            tags = engine.images_of(f"{TRIAL_REPOSITORY}:*") or tuple(engine.known_images())
            for tag in tags[:_MOST_IMAGES]:
                if (
                    engine.run(
                        tag,
                        ["-rf", f"/jettison/{folder.name}"],
                        entrypoint="rm",
                        root_in=folder.parent,
                    ).exit_code
                    == 0
                ):
                    break
    return not folder.exists()


def holder_beside(out: Path, run_id: str, work: Path) -> Path:
    """A new folder beside ``out`` in which it is made; a later run finds it if this one is killed.

    What ``out`` was before goes to :data:`OLD` in it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    holder = out.parent / f".{out.name}{_suffix(run_id)}"
    with (work / _HOLDERS).open("a", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(f"{holder}\0")
    holder.mkdir(mode=0o700)
    return holder


def recover(out: Path) -> tuple[str, ...]:
    """Removes what killed runs left beside ``out``, which gets back what it was before them."""
    found = []
    for holder in sorted(out.parent.glob(f".{_escaped(out.name)}.{WORK_PREFIX}*")):
        run_id = holder.name.rpartition(f".{WORK_PREFIX}")[2]
        if not is_alive(run_id) and _is_own(holder):
            found += dissolve(holder, out)
    return tuple(found)


def dissolve(holder: Path, out: Path) -> list[str]:
    """Removes a holder; ``out`` gets back what it was where nothing new has taken its place."""
    old = holder / OLD
    done = [f"folder {holder}"]
    if old.is_dir() and not out.exists():
        old.replace(out)
        done.append(f"{out} is back as it was")
    shutil.rmtree(holder, ignore_errors=True)
    return done


def _suffix(run_id: str) -> str:
    return f".{WORK_PREFIX}{run_id}"


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _is_own(folder: Path) -> bool:
    """A real folder of this user's: others may have made one of that name."""
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def remove_trial_images(engine: Engine, run_id: str) -> None:
    """Untags the images that a run built, those of a run that failed half-way too."""
    for name in _REPOSITORIES:
        engine.remove_images(engine.images_of(f"{name}:{run_id}-*"))


def clean_leftovers(
    engine: Engine, *, images: bool = True, elsewhere: bool = False
) -> tuple[str, ...]:
    """Removes what belongs to runs whose process is gone; the names of what was removed.

    Without ``images`` those stay: a run may have been asked to keep its own. With ``elsewhere``
    what runs of other machines and containers made with this engine goes, too, as if none ran.
    """
    removed = list(end_orphans())

    def gone(run_id: str) -> bool:
        return not is_alive(run_id) or (elsewhere and is_elsewhere(run_id))

    for _ in range(_MOST_ROUNDS):  # an engine may still be at what an ended client asked for
        left = [one for one in engine.labelled(RUN_LABEL) if gone(one.run_id)]
        if not left:
            break
        engine.remove(left)
        removed += [f"{one.kind} {one.name}" for one in left]
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{WORK_PREFIX}*")):
        run_id = folder.name.removeprefix(WORK_PREFIX)
        if _is_own(folder) and not is_alive(run_id):
            removed += _holders(folder, run_id)
            if remove_folder(folder, engine):
                removed.append(f"folder {folder}")
    if images:
        tags = [tag for name in _REPOSITORIES for tag in engine.images_of(f"{name}:*")]
        dead = [tag for tag in tags if gone(_run(tag))]
        engine.remove_images(dead)
        removed += [f"image {tag}" for tag in dead]
    return tuple(dict.fromkeys(removed))


def _holders(folder: Path, run_id: str) -> Iterator[str]:
    """Dissolves what a run noted in its folder that it made elsewhere."""
    with suppress(OSError):
        for name in (folder / _HOLDERS).read_text("utf-8", "surrogateescape").split("\0"):
            holder = Path(name)
            if holder.name.endswith(_suffix(run_id)) and _is_own(holder):
                out = holder.name.removesuffix(_suffix(run_id)).removeprefix(".")
                yield from dissolve(holder, holder.parent / out)


def _run(tag: str) -> str:
    """The run in ``jettison-trial:RUN-LABEL-SERVICE``, also of a registry."""
    return "-".join(tag.rpartition(":")[2].split("-")[:4])
