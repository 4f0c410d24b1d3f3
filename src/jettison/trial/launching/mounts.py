"""Which mounts a trial keeps: none that reaches the user's files or hides the image's code."""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.analysis.landing import brought_from, landings
from jettison.changes.copying import copy_file, copy_tree, survey_tree
from jettison.errors import JettisonError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.project import Target

__all__ = ["Binds", "Refused", "hidden_code", "map_outside", "settings_only_mounted"]

_MOST_BYTES = 64 << 20
_MOST_FILES = 20_000
_TOO_LARGE = f"is larger than {_MOST_BYTES >> 20} MB or has more than {_MOST_FILES} files"
_SOCKETS = frozenset(
    ("docker.sock", "podman.sock", "containerd.sock", "crio.sock", "dockershim.sock")
)
_SYSTEM = (
    "/proc", "/sys", "/dev", "/run", "/var/run", "/boot", "/root", "/home", "/usr", "/bin", "/sbin",
    "/lib", "/lib64", "/etc", "/var/lib/docker", "/var/lib/containers", "/var/log", "/var/lib",
)  # fmt: skip
_CODE = frozenset(
    """
    .py .pyx .js .mjs .cjs .ts .tsx .jsx .vue .svelte .go .rb .php .java .kt .rs .cs .ex .exs .pl
    .scala .clj .dart .lua .sh
    """.split()
)
_SETTINGS = frozenset((".ini", ".cfg", ".conf", ".toml", ".yml", ".yaml", ".json", ".properties"))
_MOST_SETTINGS = 1 << 20
_SKIPPED = frozenset((".git", "node_modules", "__pycache__", ".venv", "venv"))


class Refused(Exception):
    """A service that a trial does not start, and why."""


def hidden_code(target: Target, source: str, place: str) -> bool:
    """Whether a bind of the context's ``source`` at ``place`` lays code over itself in the image.

    True where a COPY of the image puts the same files in the same place and there is code among
    them; so a folder of data that is copied too stays mounted. ``source`` is relative to the
    context, ``""`` for all of it.
    """
    place = posixpath.normpath(place)
    for stage in target.all_steps:
        for landing in landings(target, stage):
            same = landing.image_path(source) == place
            inner = _below(landing.source, source)
            if not same and inner is not None:
                same = posixpath.normpath(posixpath.join(place, inner)) == landing.place
            shared = source if inner is None else landing.source
            if same and _has_code(target.context / shared):
                return True
    return False


def settings_only_mounted(target: Target, folder: Path, place: str) -> frozenset[str]:
    """The settings files right in a folder that is mounted at ``place`` and that no COPY brings.

    A program that reads them there (``.env``, ``alembic.ini``) would not start from its image.
    """
    copied = landings(target, target.steps)
    found = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        settings = path.name.startswith(".env") or path.suffix in _SETTINGS
        if not settings or path.is_symlink() or not path.is_file():
            continue
        there = brought_from(target, copied, posixpath.join(place, path.name))
        if there is None and path.stat().st_size <= _MOST_SETTINGS:
            found.add(path.name)
    return frozenset(found)


def _below(path: str, folder: str) -> str | None:
    """``path`` relative to ``folder``, by components; ``None`` where it is not in it."""
    if not folder:
        return path
    return path.removeprefix(folder).lstrip("/") if f"{path}/".startswith(f"{folder}/") else None


def _has_code(path: Path) -> bool:
    if path.is_file():
        return path.suffix in _CODE
    seen = 0
    for _, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        if any(posixpath.splitext(name)[1] in _CODE for name in names):
            return True
        seen += len(names)
        if seen > _MOST_FILES:
            return False
    return False


def map_outside(path: Path, tree: Path, root: Path) -> Path:
    """Where a path that Compose took relative to the copy lies beside the project itself."""
    if not _is_there(path) or path.is_relative_to(tree.parent):
        return Path(os.path.normpath(root / os.path.relpath(path, tree)))
    return path


def _is_there(path: Path) -> bool:
    """Whether there is something, also where that may not be looked at."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


@dataclass(slots=True)
class Binds:
    """Decides on bind mounts; what it copies goes below ``folder``, which is the trial's own."""

    tree: Path
    root: Path
    folder: Path
    sockets: bool = False
    notes: list[str] = field(default_factory=list)
    _copied: dict[Path, Path] = field(default_factory=dict)

    def decide(self, service: str, volume: Mapping[str, Any]) -> dict[str, Any]:
        """The mount to make instead; raises ``Refused`` where the service is not to be started."""
        source = Path(str(volume.get("source") or "/"))
        place = str(volume.get("target"))
        real = Path(os.path.realpath(source))
        original = map_outside(source, self.tree, self.root)
        if real.is_relative_to(os.path.realpath(self.tree)):
            if real.exists() or not _is_there(original):
                if not real.exists():
                    real.mkdir(parents=True)
                return {**_plain(volume), "source": str(real)}
        elif _is_socket(original):
            if not self.sockets:
                raise Refused(f"it wants the socket {original}, which a trial does not give")
            self.notes.append(f"{service} has the socket {original}, as allowed")
            return {**volume, "source": str(original)}
        copy, why = self._copy(original)
        if copy is None:
            self.notes.append(f"{service}: {original} {why}: {place} is an empty volume")
            return {"type": "volume", "target": place}
        self.notes.append(f"{service}: {place} has a copy of {original}")
        return {**_plain(volume), "source": str(copy)}

    def file(self, path: Path) -> Path | None:
        """A copy of a file outside of the project, or ``None`` where it cannot be copied."""
        return self._copy(map_outside(path, self.tree, self.root))[0]

    def _copy(self, original: Path) -> tuple[Path | None, str]:
        """A copy of a file or a small folder; else ``None``, and what is wrong with it."""
        if original in self._copied:
            return self._copied[original], ""
        why = _hindrance(original)
        if why:
            return None, why
        copy = self.folder / str(len(self._copied)) / (original.name or "root")
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            if original.is_dir():
                copy_tree(original, copy)
            else:
                copy_file(os.path.realpath(original), str(copy))
        except (OSError, JettisonError) as error:
            return None, f"cannot be copied ({error})"
        self._copied[original] = copy
        return copy, ""


def _plain(volume: Mapping[str, Any]) -> dict[str, Any]:
    """A bind mount without what reaches beyond its folder: propagation, what lies mounted below."""
    label = (volume.get("bind") or {}).get("selinux")
    kept = {key: volume[key] for key in ("type", "target", "read_only") if volume.get(key)}
    return {**kept, "bind": {"selinux": label}} if label else kept


def _is_socket(path: Path) -> bool:
    if path.name in _SOCKETS:
        return True
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _hindrance(path: Path) -> str:
    """Why a file or folder is not copied for a trial; ``""`` where it is."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if stat.S_ISREG(mode):
        return _TOO_LARGE if path.stat().st_size > _MOST_BYTES else ""
    real = os.path.realpath(path)
    if not stat.S_ISDIR(mode) or real == "/" or real in _SYSTEM or real.count("/") < 2:
        return "is the host's own"
    if real.startswith(("/proc/", "/sys/", "/dev/", "/run/", "/var/run/")):
        return "is the host's own"
    survey = survey_tree(Path(real), (_MOST_BYTES, _MOST_FILES))
    if not survey.whole:
        return _TOO_LARGE
    return "cannot be read whole" if survey.unreadable else ""
