"""Whose the bytes are by which an image shrank: a change's, a Dockerfile line's, a package's.

Pure over two images that were taken apart. The parts add up to the measured difference exactly:
what is no file's is the bytes that layers hide, and what tar archives need beside the contents.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.imaging import Inspection
    from jettison.rules import Change, Claim

__all__ = ["Attribution", "Part", "PartKind", "attribute"]


class PartKind(StrEnum):
    """What a part of the difference is."""

    CHANGE = "change"
    """Files that a change let go."""
    LINE = "line"
    """Files of a Dockerfile's line, a package or the base that no change claims."""
    ADDED = "added"
    """Files that only the image after has, or that grew."""
    SHADOWED = "shadowed"
    """Contents that later layers overwrite or delete."""
    OVERHEAD = "overhead"
    """Headers and padding of the layers' tar archives."""


@record
class Part:
    """A part of the difference: ``saved_bytes`` is before minus after, negative where it grew.

    ``key`` is the change's. ``line`` is the one of the Dockerfile that brought the files in, if
    that is known; ``package`` the package that they are of, ``""`` for none.
    """

    kind: PartKind
    saved_bytes: int
    files: int = 0
    key: str = ""
    line: int | None = None
    package: str = ""


@record
class Attribution:
    """The difference of a target's images in uncompressed layer bytes, and whose it is.

    ``sum(part.saved_bytes for part in parts) == before_bytes - after_bytes`` always holds. The
    largest parts come first.
    """

    target: str
    before_bytes: int
    after_bytes: int
    parts: tuple[Part, ...]

    @property
    def saved_bytes(self) -> int:
        """The bytes before minus those after."""
        return self.before_bytes - self.after_bytes

    def by_change(self) -> Mapping[str, int]:
        """The bytes that each change saved, by key."""
        found: Counter[str] = Counter()
        for part in self.parts:
            if part.kind is PartKind.CHANGE:
                found[part.key] += part.saved_bytes
        return found


def attribute(
    target: str,
    before: Inspection,
    after: Inspection,
    changes: Sequence[Change],
    *,
    dockerfile: str,
    measured: tuple[int, int] | None = None,
) -> Attribution:
    """The difference of two images of one target.

    ``dockerfile`` is the path by which claims name its lines. ``measured`` are the bytes of the
    layers' archives before and after; without them the contents alone are compared.
    """
    totals = measured or (before.layer_bytes, after.layer_bytes)
    claims = _Claims(changes, dockerfile)
    sums: dict[tuple[PartKind, str, int | None, str], list[int]] = {}
    for kind, key, line, package, saved in _files(before, after, claims):
        entry = sums.setdefault((kind, key, line, package), [0, 0])
        entry[0] += saved
        entry[1] += 1
    parts = [
        Part(kind, saved, count, key, line, package)
        for (kind, key, line, package), (saved, count) in sums.items()
        if saved
    ]
    hidden = before.waste.hidden_bytes - after.waste.hidden_bytes
    contents = before.layer_bytes - after.layer_bytes
    overhead = totals[0] - totals[1] - contents
    for kind, saved in ((PartKind.SHADOWED, hidden), (PartKind.OVERHEAD, overhead)):
        if saved:
            parts.append(Part(kind, saved))
    ordered = sorted(parts, key=lambda p: (-abs(p.saved_bytes), p.kind, p.key, p.package))
    return Attribution(target, *totals, tuple(ordered))


@record
class _File:
    path: str
    held: int
    package: str
    line: int | None
    is_base: bool


_Row = tuple[PartKind, str, int | None, str, int]


def _files(before: Inspection, after: Inspection, claims: _Claims) -> Iterator[_Row]:
    """Each file whose bytes differ, with whose they are; a package that only moved cancels out."""
    there = {file.path: file for file in _listed(after)}
    kept = {file.package for file in there.values() if file.package}
    for file in _listed(before):
        now = there.pop(file.path, None)
        saved = file.held - (now.held if now is not None else 0)
        if not saved:
            continue
        if file.package in kept:
            key = claims.within(file) if now is None else ""
            kind = PartKind.CHANGE if key else PartKind.LINE
            yield kind, key, None, file.package, saved
            continue
        key = claims.of(file) if saved > 0 else ""
        kind = PartKind.CHANGE if key else PartKind.LINE if saved > 0 else PartKind.ADDED
        yield kind, key, file.line, file.package, saved
    had = {file.package for file in _listed(before) if file.package}
    for file in there.values():
        if not file.held:
            continue
        kind = PartKind.LINE if file.package in had else PartKind.ADDED
        line = None if file.package in had else file.line
        yield kind, "", line, file.package, -file.held


def _listed(inspection: Inspection) -> Iterator[_File]:
    listing, owners, layers = inspection.listing, inspection.owners, inspection.layers
    for number, path in enumerate(listing.paths()):
        package, layer = owners.package(number), layers[listing.layer[number]]
        name = f"{package.kind}:{package.name}" if package is not None else ""
        yield _File(f"/{path}", listing.held[number], name, layer.line, layer.is_base)


class _Claims:
    """Which change a file that went is given to: the one that names it most closely."""

    def __init__(self, changes: Iterable[Change], dockerfile: str) -> None:
        self._files: dict[str, str] = {}
        self._packages: dict[str, str] = {}
        self._lines: dict[int, str] = {}
        self._folders: list[tuple[str, str]] = []
        self._within: list[tuple[str, str]] = []
        self._base: set[str] = set()
        for change in changes:
            self._add(str(change.key), change.claim, dockerfile)
        self._folders.sort(key=lambda one: -len(one[0]))

    def _add(self, key: str, claim: Claim, dockerfile: str) -> None:
        if claim.base:
            self._base.add(key)
        for package in claim.packages:
            self._packages.setdefault(package, key)
        for path in claim.paths:
            if path.endswith("/"):
                self._folders.append((path, key))
            else:
                self._files.setdefault(path, key)
        self._within += ((folder, key) for folder in claim.within)
        for file, line in claim.lines:
            if file == dockerfile:
                self._lines.setdefault(line, key)

    def within(self, file: _File) -> str:
        """The key of the change that let go a file of a package that stays, ``""`` for none."""
        found = (key for folder, key in self._within if file.path.startswith(folder))
        return next(found, "") if not file.is_base else ""

    def of(self, file: _File) -> str:
        """The key of the change that let the file go, ``""`` for none."""
        for key in self._closest(file):
            if not file.is_base or key in self._base:
                return key
        return ""

    def _closest(self, file: _File) -> Iterator[str]:
        if file.path in self._files:
            yield self._files[file.path]
        if file.package in self._packages:
            yield self._packages[file.package]
        for folder, key in self._folders:
            if file.path.startswith(folder):
                yield key
        if file.line is not None and file.line in self._lines:
            yield self._lines[file.line]
