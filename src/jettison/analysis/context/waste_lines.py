"""The lines of an ignore file that keep waste out, as few as can be."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.context.ignore_lines import IgnoreLine
from jettison.analysis.context.tally import pattern_of
from jettison.analysis.context.waste import Sort
from jettison.dockerfile.context import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jettison.analysis.context.waste import Waste
    from jettison.analysis.project import Target

__all__ = ["WasteLines"]

_EVERYWHERE = frozenset({Sort.NODE_MODULES, Sort.CACHE, Sort.EDITOR})
_OF_DOTNET = ("bin", "obj")


@dataclass
class WasteLines:
    """Makes lines for some of the waste of a target's context.

    ``kept`` tells whether something of a name must be sent: no pattern names it everywhere.
    """

    target: Target
    waste: tuple[Waste, ...]
    kept: Callable[[str], bool]

    def of(self, waste: Iterable[Waste]) -> tuple[IgnoreLine, ...]:
        """One line for what one pattern names, the biggest first."""
        chosen = {one.path: one for one in waste}
        globs = self._globs(chosen)
        groups: dict[str, list[str]] = {}
        for path, one in chosen.items():
            groups.setdefault(globs.get(path) or _pattern(one), []).append(path)
        lines = []
        for pattern, roots in groups.items():
            files = [file for root in roots for file in self._files.get(root, ())]
            if pattern.startswith("**/"):
                files += self._more(pattern, set(roots))
            if files:
                lines.append(
                    IgnoreLine(
                        pattern,
                        frozenset(path for path, _ in files),
                        sum(size for _, size in files),
                        chosen[roots[0]].sort,
                        tuple(f"{one}/" if chosen[one].folder else one for one in roots),
                    )
                )
        return tuple(sorted(lines, key=lambda line: (-line.size, line.pattern)))

    @cached_property
    def _files(self) -> dict[str, list[tuple[str, int]]]:
        """The files below each root of waste, or at it."""
        roots = {one.path for one in self.waste}
        of_folder: dict[str, str | None] = {"": None}

        def root(folder: str) -> str | None:
            if folder not in of_folder:
                above = root(folder.rpartition("/")[0])
                of_folder[folder] = above or (folder if folder in roots else None)
            return of_folder[folder]

        found: dict[str, list[tuple[str, int]]] = {}
        for file in self.target.files.files:
            if file.kind is not Kind.DIR:
                at = root(file.path.rpartition("/")[0])
                at = file.path if at is None and file.path in roots else at
                if at is not None:
                    found.setdefault(at, []).append((file.path, file.size))
        return found

    def _more(self, pattern: str, roots: set[str]) -> Iterator[tuple[str, int]]:
        """What a pattern names within other waste."""
        name = f"/{pattern.removeprefix('**/')}"
        for root, files in self._files.items():
            if root not in roots:
                for path, size in files:
                    if f"{name}/" in f"/{path}/":
                        yield path, size

    def _globs(self, chosen: dict[str, Waste]) -> dict[str, str]:
        """A shorter pattern for what can be named together without naming anything else."""
        found: dict[str, str] = {}
        everywhere = {
            posixpath.basename(path)
            for path, one in chosen.items()
            if one.sort in _EVERYWHERE and "/" in path
        }
        everywhere |= self._all_of_dotnet(chosen)
        everywhere = {name for name in everywhere if not self.kept(name)}
        logs: dict[str, list[str]] = {}
        for path, one in chosen.items():
            if posixpath.basename(path) in everywhere and one.sort in {*_EVERYWHERE, Sort.OUTPUT}:
                found[path] = f"**/{pattern_of(posixpath.basename(path))}"
            elif one.sort is Sort.LOG:
                logs.setdefault(posixpath.dirname(path), []).append(path)
        for folder, paths in logs.items():
            beside = [
                entry.path
                for entry in self.target.files.entries(folder)
                if ".log" in posixpath.basename(entry.path)
            ]
            if len(paths) > 1 and set(beside) == set(paths):
                pattern = posixpath.join(pattern_of(folder), "*.log*") if folder else "*.log*"
                found.update(dict.fromkeys(paths, pattern))
        return found

    def _all_of_dotnet(self, chosen: dict[str, Waste]) -> set[str]:
        """``bin`` and ``obj`` where several folders of that name are chosen, and none is left."""
        found = set()
        for name in _OF_DOTNET:
            all_of_name = {
                file.path
                for file in self.target.files.files
                if file.path.endswith(name)
                and file.kind is Kind.DIR
                and posixpath.basename(file.path) == name
            }
            outer = {path for path in all_of_name if not any(f"{one}/" in path for one in chosen)}
            mine = {path for path in chosen if posixpath.basename(path) == name}
            if len(mine) > 1 and outer <= mine:
                found.add(name)
        return found


def _pattern(one: Waste) -> str:
    return f"{pattern_of(one.path)}/*" if one.hollow else pattern_of(one.path)
