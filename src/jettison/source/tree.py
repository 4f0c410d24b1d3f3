"""A project's text files with changes laid over them; the disk is only read."""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.errors import EditConflict, ProjectError
from jettison.record import record
from jettison.source.edits import TextEdit, unified_diff
from jettison.source.pieces import Pieces
from jettison.source.real import real
from jettison.source.text import SourceText, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Patch", "TextTree"]

MAX_TEXT_BYTES = 16 * 1024 * 1024


def _nothing() -> Mapping[str, tuple[TextEdit, ...]]:
    return MappingProxyType({})


def _no_files() -> Mapping[str, str]:
    return MappingProxyType({})


@record
class Patch:
    """Edits of files as they are now, and files that are not there yet.

    Paths are relative to the tree's root, POSIX. Edits of one file do not overlap.
    """

    edits: Mapping[str, tuple[TextEdit, ...]] = field(default_factory=_nothing)
    files: Mapping[str, str] = field(default_factory=_no_files)

    @classmethod
    def of(cls, path: str, edits: Iterable[TextEdit]) -> Patch:
        """A patch of one file."""
        return cls({path: tuple(edits)}, {})

    def __or__(self, other: Patch) -> Patch:
        """Both patches together; raises :class:`EditConflict` where both make the same file."""
        both = dict(self.files)
        for path, text in other.files.items():
            if both.setdefault(path, text) != text:
                raise EditConflict(f"two changes make the file {path}")
        edits = {path: tuple(found) for path, found in self.edits.items()}
        for path, found in other.edits.items():
            edits[path] = tuple(dict.fromkeys((*edits.get(path, ()), *found)))
        return Patch(edits, both)

    @property
    def paths(self) -> frozenset[str]:
        """The files that it touches or makes."""
        return frozenset(self.edits) | frozenset(self.files)

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.files and not any(self.edits.values())


@record(cached=True)
class TextTree:
    """Text files below ``root``, some of them changed; nothing is written.

    A file is read from the disk once, so that a tree and those made from it see the same. Reading
    never leaves ``root``: a path with ``..`` raises ``ProjectError``, and what lies behind a link
    that leads out is not there.
    """

    root: Path
    pieces: Mapping[str, Pieces] = field(default_factory=dict)
    created: frozenset[str] = frozenset()
    _disk: dict[str, SourceText | None] = field(default_factory=dict, repr=False, compare=False)

    def read(self, path: str) -> SourceText | None:
        """The text of a file now; ``None`` where there is no regular file that can be read."""
        name = self._name(path)
        changed = self.pieces.get(name)
        if changed is not None:
            return SourceText(name, changed.text(), changed.original.encoding)
        return self.original(name)

    def original(self, path: str) -> SourceText | None:
        """The text of a file on the disk, whatever was laid over it."""
        name = self._name(path)
        if name not in self._disk:
            self._disk[name] = self._load(name)
        return self._disk[name]

    def has(self, path: str) -> bool:
        """Whether there is such a file now."""
        name = self._name(path)
        try:
            there = (self.root / name).is_file()
        except (OSError, ValueError):
            there = False
        return name in self.pieces or (there and not self.leads_out(name))

    def leads_out(self, path: str) -> bool:
        """Whether a path is a link, or below one, to a place outside the root: it is not read."""
        return not real(self.root / self._name(path)).is_relative_to(real(self.root))

    def locate(self, path: str) -> Path:
        """Where a file is, or would be, on the disk; raises ``ProjectError`` outside the root."""
        return self.root / self._name(path)

    def _name(self, path: str) -> str:
        """The path in the one spelling under which its file is known."""
        clean = posixpath.normpath(path)
        if clean.startswith("../") or clean == ".." or posixpath.isabs(clean):
            raise ProjectError(f"{path} is outside the project {self.root}")
        return clean

    def _load(self, name: str) -> SourceText | None:
        place = self.root / name
        try:
            status = place.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_TEXT_BYTES:
                return None
            if self.leads_out(name):
                return None
            return SourceText.from_bytes(name, place.read_bytes())
        except (OSError, RuntimeError, ValueError):
            return None

    def hindrance(self, path: str) -> str:
        """What the system says where a file is there and may not be read; ``""`` where it may."""
        try:
            with (self.root / self._name(path)).open("rb"):
                return ""
        except PermissionError as error:
            return error.strerror or "Permission denied"
        except OSError:
            return ""

    def stay_inside(self, name: str) -> None:
        """Raises ``ProjectError`` where a path leads out of the root."""
        if self.leads_out(name):
            raise ProjectError(
                f"{name} is a link to a place outside the project {self.root}",
                remedy="Run jettison on the folder that has it all.",
            )

    def _is_free(self, name: str) -> bool:
        """Whether a file may be made there."""
        try:
            return not os.path.lexists(self.root / name)
        except ValueError:
            return False

    def edited(self, patch: Patch, origin: str = "") -> TextTree:
        """The tree after ``patch``; edits without an origin get ``origin``.

        Raises :class:`EditConflict` for overlapping edits, for edits of a file that is not there,
        and for a new file where there is one already.
        """
        pieces = dict(self.pieces)
        created = set(self.created)
        for spelling, edits in patch.edits.items():
            path = self._name(spelling)
            if not edits:
                continue
            source = self.original(path) if path not in pieces else None
            if path not in pieces and source is None:
                raise EditConflict(f"there is no {path} to edit")
            table = pieces[path] if source is None else Pieces.of(source)
            named = (e if e.origin else TextEdit(e.span, e.text, origin) for e in edits)
            pieces[path] = table.edited(named)
        for spelling, text in patch.files.items():
            path = self._name(spelling)
            if path in pieces or not self._is_free(path):
                raise EditConflict(f"{path} is there already")
            self.stay_inside(path)
            table = Pieces.of(SourceText(path, ""))
            pieces[path] = table.edited([TextEdit(Span(0, 0), text, origin)])
            created.add(path)
        return TextTree(self.root, pieces, frozenset(created), self._disk)

    def changed(self) -> dict[str, tuple[SourceText | None, SourceText]]:
        """Every file whose text differs from the disk's, by path: before (or ``None``) and now."""
        found = {}
        for path in sorted(self.pieces):
            before = None if path in self.created else self.original(path)
            now = SourceText(path, self.pieces[path].text(), self.pieces[path].original.encoding)
            if before is None or before.text != now.text:
                found[path] = (before, now)
        return found

    def diff(self) -> str:
        """All changes as one unified diff that ``patch -p1`` and ``git apply`` take."""
        return "".join(unified_diff(before, now) for before, now in self.changed().values())

    def blame(self, path: str, line: int) -> frozenset[str]:
        """The origins of what was changed on a line (from 1) of a file as it is now."""
        table = self.pieces.get(self._name(path))
        if table is None:
            return frozenset()
        source = SourceText(path, table.text())
        if not 1 <= line <= source.line_count:
            return frozenset()
        start = _line_start(source.text, line)
        end = source.text.find("\n", start)
        return table.blame(Span(start, len(source.text) if end < 0 else end + 1))

    def relative(self, place: Path) -> str:
        """A place on the disk as a path of this tree; raises ``ProjectError`` outside it."""
        try:
            name = os.path.relpath(real(place), real(self.root))
        except ValueError:
            name = ".."
        return self.locate(name.replace(os.sep, "/")).relative_to(self.root).as_posix()


def _line_start(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at
