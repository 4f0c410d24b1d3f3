"""What a Python service needs at run time: files, distributions, system packages.

Everything is read from the project: the commands of the services, the imports of the code they
start, the requirement files that the Dockerfile installs.
"""

from __future__ import annotations

import configparser
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.clutter import clutter_of
from jettison.analysis.commands import CommandReach, command_reach
from jettison.analysis.copies import context_path, image_path, placements
from jettison.analysis.installs import Installs, read_installs
from jettison.analysis.needs import Need, decide
from jettison.dockerfile.context import Kind
from jettison.ecosystem.python.code import CodeBase, CodeFacts, is_test_file
from jettison.ecosystem.python.requirements import RequirementFile, read_requirements

if TYPE_CHECKING:
    from jettison.analysis.project import Target

_IMPLICIT_FILES = {"alembic": ("alembic.ini",), "gunicorn": ("gunicorn.conf.py",)}
_MAX_DATA_FILES = 5000


@dataclass(frozen=True, slots=True)
class PythonImage:
    """A target that installs requirements with pip and runs Python code.

    ``needs`` has a verdict for every listed distribution. ``kept_paths`` are the context files
    and folders that the services use, folders with a trailing slash; ``loose`` tells that they
    could not be told for certain, so that everything but clutter is kept.
    """

    target: Target
    reach: CommandReach
    installs: Installs
    requirement_path: str
    requirements: RequirementFile
    code: CodeFacts
    needs: tuple[Need, ...]
    kept_paths: tuple[str, ...]
    loose: bool

    @property
    def kept(self) -> tuple[Need, ...]:
        """The distributions that the services need directly."""
        return tuple(need for need in self.needs if need.kept)

    @property
    def dropped(self) -> tuple[Need, ...]:
        """The listed distributions that they do not name themselves."""
        return tuple(need for need in self.needs if not need.kept)


def read_python_image(target: Target) -> PythonImage | None:
    """The Python side of a target, or ``None`` when it installs no requirement file with pip."""
    installs = read_installs(target)
    places = placements(target)
    found = None
    for name in installs.requirement_files:
        path = context_path(places, posixpath.normpath(posixpath.join(name.workdir, name.path)))
        if path is not None and (target.context / path).is_file():
            found = path
            break
    if found is None:
        return None
    requirements = read_requirements(target.context, found)
    reach = command_reach(target)
    layout = _Layout(target)
    roots = layout.roots(reach)
    reachable = layout.code.reachable(roots)
    loose = not reachable or any(layout.code.facts(file) is None for file in reachable)
    if loose:
        reachable = frozenset(file for file in layout.code.files if not is_test_file(file))
    kept = layout.kept_paths(reach, reachable)
    running = frozenset(f for f in layout.code.files if layout.covered(f, kept))
    code = layout.code.summary(f for f in running | reachable if not is_test_file(f))
    needs = decide(requirements, code, reach, layout.code, target, certain=not loose)
    return PythonImage(
        target=target,
        reach=reach,
        installs=installs,
        requirement_path=found,
        requirements=requirements,
        code=code,
        needs=needs,
        kept_paths=tuple(sorted(kept)),
        loose=loose,
    )


class _Layout:
    """The context's files as the image's working directory shows them."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.places = placements(target)
        self.files = {
            file.path: file
            for file in target.files.files
            if clutter_of(file.path) is None and file.kind is not Kind.DIR
        }
        self.folders = {
            "/".join(parts[:depth])
            for path in self.files
            for parts in [path.split("/")]
            for depth in range(1, len(parts))
        }
        self.context_of = {
            relative: path
            for path in self.files
            if path.endswith(".py") and (relative := self._relative(path)) is not None
        }
        disk = {relative: target.context / path for relative, path in self.context_of.items()}
        self.code = CodeBase(disk)

    def _relative(self, path: str) -> str | None:
        place = image_path(self.places, path)
        workdir = self.target.state.workdir.rstrip("/") + "/"
        return place.removeprefix(workdir) if place and place.startswith(workdir) else None

    def roots(self, reach: CommandReach) -> frozenset[str]:
        """The Python files that the services start."""
        words = [word for use in reach.uses for word in use.words[1:]]
        words += [word for use in reach.uses for word in use.words[:1] if word.endswith(".py")]
        words += [v for run in self.target.runs for v in run.environment.values() if v]
        words += list(self.target.state.env.values())
        found = set()
        for word in words:
            bare = word.partition("=")[2] if word.startswith("-") and "=" in word else word
            if bare.startswith("-") or "/" in bare or " " in bare:
                continue
            file = self.code.file_of(bare) if self.code.is_local(bare) else None
            if file is not None:
                found.add(file)
        by_context = {path: relative for relative, path in self.context_of.items()}
        found.update(by_context[path] for path in reach.files if path in by_context)
        for folder in self._migrations(reach):
            found.update(
                relative
                for relative, path in self.context_of.items()
                if path.startswith(folder + "/")
            )
        return frozenset(found)

    def kept_paths(self, reach: CommandReach, reachable: frozenset[str]) -> frozenset[str]:
        """The context paths to copy: packages whole, scripts and data by name."""
        kept: set[str] = set()
        for relative in reachable:
            path = self.context_of[relative]
            top = self._package(path)
            kept.add(f"{top}/" if top else path)
        kept.update(path for path in reach.files if path in self.files)
        for program, names in _IMPLICIT_FILES.items():
            if program in reach.programs:
                kept.update(name for name in map(self._in_workdir, names) if name in self.files)
        kept.update(f"{folder}/" for folder in self._migrations(reach))
        facts = self.code.summary(reachable)
        for text in facts.paths | {s for s in facts.strings if "/" in s.strip("/")}:
            kept.update(self._data(text))
        return frozenset(
            p for p in kept if not any(p != q and p.startswith(q) for q in folders(kept))
        )

    def covered(self, relative: str, kept: frozenset[str]) -> bool:
        """Whether a Python file lies in what is kept."""
        path = self.context_of[relative]
        return path in kept or any(path.startswith(folder) for folder in folders(kept))

    def _package(self, path: str) -> str | None:
        """The outermost package folder that holds a Python file, or ``None``."""
        found = None
        folder = posixpath.dirname(path)
        while folder and f"{folder}/__init__.py" in self.files:
            found = folder
            folder = posixpath.dirname(folder)
        return found

    def _in_workdir(self, name: str) -> str:
        workdir = self.target.state.workdir
        return context_path(self.places, posixpath.join(workdir, name)) or ""

    def _migrations(self, reach: CommandReach) -> list[str]:
        """The folder of Alembic's migrations, when a service runs Alembic."""
        if "alembic" not in reach.programs:
            return []
        path = self._in_workdir("alembic.ini")
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string((self.target.context / path).read_text("utf-8", "replace"))
        except (OSError, configparser.Error):
            return []
        location = parser.get("alembic", "script_location", fallback="")
        location = location.removeprefix("%(here)s/")
        folder = self._in_workdir(posixpath.normpath(location)) if location else ""
        return [folder] if folder in self.folders else []

    def _data(self, text: str) -> list[str]:
        """The context file or folder that a string in the code names, if it names one."""
        clean = posixpath.normpath(text.strip())
        if not text.strip() or clean.startswith((".", "/")) or len(text) > 300:
            return []
        path = self._in_workdir(clean)
        if not path or is_test_file(f"{path}/"):
            return []
        if path in self.files:
            return [path]
        if path in self.folders:
            inside = sum(1 for name in self.files if name.startswith(path + "/"))
            return [f"{path}/"] if inside <= _MAX_DATA_FILES else []
        return []


def folders(paths: set[str] | frozenset[str]) -> list[str]:
    """Those of the paths that are folders."""
    return [path for path in paths if path.endswith("/")]
