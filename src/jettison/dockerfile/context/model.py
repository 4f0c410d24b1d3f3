"""What a build context is made of."""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from jettison.dockerfile.ignore.file import Pattern

__all__ = ["Context", "ContextFile", "ContextProblem", "Excluded", "Kind"]


_FOREIGN = re.compile(r"(^|/)(node_modules|site-packages|bower_components|\.(?!env)[^/]+)/")


class Kind(Enum):
    """What an entry of a folder is; links are never followed."""

    FILE = "file"
    DIR = "dir"
    SYMLINK = "symlink"
    SPECIAL = "special"


@record
class ContextFile:
    """An entry that goes to the builder.

    ``path`` is relative to the context with ``/`` between names; bytes of a name that are not
    UTF-8 stand as lone surrogates (PEP 383). ``size`` is in bytes and 0 for all but files.
    ``mode`` holds the permission bits, ``target`` what a link points to, ``pattern`` the ``!``
    pattern that re-included the entry. ``emptied`` marks a file that arrives without its content
    unless the builder has it from before: BuildKit's walk lets it pass and its reader does not,
    which happens where a folder is excluded, something in it re-included, and the folder excluded
    again.
    """

    path: str
    size: int
    kind: Kind
    mode: int
    target: str | None = None
    pattern: Pattern | None = None
    emptied: bool = False


@record
class Excluded:
    """An entry that stays out, and the pattern that decided it.

    ``size`` is in bytes. It is ``None`` for a folder that was not entered: ask
    :func:`~jettison.dockerfile.context.weigh`. A folder that was entered for the sake of a ``!``
    pattern counts 0; what is in it is listed by itself.
    """

    path: str
    kind: Kind
    size: int | None
    pattern: Pattern


@record
class ContextProblem:
    """An entry that could not be read, which makes an engine refuse the build."""

    path: str
    message: str


@record(cached=True)
class Context:
    """What a builder can get from a folder, and what the ignore file keeps from it.

    ``files`` are in the order of the engines' walk: folders before their entries, names in byte
    order. ``dockerfile`` is the name the caller gave; the engines read that file on a way of its
    own, so that excluding it only keeps it from COPY.
    """

    files: tuple[ContextFile, ...]
    excluded: tuple[Excluded, ...] = ()
    problems: tuple[ContextProblem, ...] = ()
    dockerfile: str | None = None
    _index: dict[str, ContextFile] = field(init=False, repr=False, compare=False)
    _children: dict[str, list[ContextFile]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        children: dict[str, list[ContextFile]] = {"": []}
        for file in self.files:
            children.setdefault(file.path.rpartition("/")[0], []).append(file)
        object.__setattr__(self, "_index", {file.path: file for file in self.files})
        object.__setattr__(self, "_children", children)

    @property
    def size(self) -> int:
        """The bytes of all files, uncompressed."""
        return sum(file.size for file in self.files)

    @cached_property
    def sent(self) -> dict[tuple[str, ...], frozenset[str]]:
        """What ignore files let through, by their lines, of those that it was found of so far."""
        return {}

    @cached_property
    def own(self) -> tuple[ContextFile, ...]:
        """The regular files that are not of others: installed packages, repositories' own data."""
        environments = tuple(
            f"{posixpath.dirname(file.path)}/"
            for file in self.files
            if file.path.endswith("/pyvenv.cfg")
        )
        foreign: dict[str, bool] = {}
        found: list[ContextFile] = []
        for file in self.files:
            if file.kind is not Kind.FILE:
                continue
            folder = file.path[: file.path.rfind("/") + 1]
            if folder not in foreign:
                ours = not folder.startswith(environments) and _FOREIGN.search(folder) is None
                foreign[folder] = not ours
            if not foreign[folder]:
                found.append(file)
        return tuple(found)

    @cached_property
    def _out(self) -> dict[str, Excluded]:
        return {one.path: one for one in self.excluded}

    def keeping_out(self, path: str) -> Excluded | None:
        """The excluded entry that a path is or lies in."""
        while path:
            if path in self._out:
                return self._out[path]
            path = path.rpartition("/")[0]
        return None

    def get(self, path: str) -> ContextFile | None:
        """The entry with exactly this path."""
        return self._index.get(path)

    def entries(self, folder: str) -> tuple[ContextFile, ...]:
        """What is directly in a folder; ``""`` is the context itself."""
        return tuple(self._children.get(folder, ()))

    def bytes_below(self, path: str) -> int:
        """The bytes of a file, or of all files below a folder."""
        total, waiting = 0, [file for file in (self.get(path),) if file is not None]
        while waiting:
            one = waiting.pop()
            if one.kind is Kind.FILE:
                total += one.size
            waiting += self._children.get(one.path, ())
        return total
