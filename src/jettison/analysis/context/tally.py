"""The files of a build context, counted by folder, by kind of clutter, and by use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.context.clutter import ALWAYS, clutter_of, kind_of_unused
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.dockerfile.context import ContextFile

__all__ = ["FolderUse", "Tally", "Unused", "biggest_first", "kind_of", "pattern_of"]


@record
class FolderUse:
    """A folder of the context with everything below it: files, and their bytes on disk.

    ``path`` is ``""`` for what lies in the context itself. ``unused_size`` are the bytes that no
    instruction takes. ``pattern`` would exclude the folder, which is of that ``kind``; both are
    ``None`` where nothing is known against it. ``doubtful`` marks a guess from the name alone, of
    something that an instruction takes along with the rest.
    """

    path: str
    files: int
    size: int
    unused_size: int
    kind: str | None
    pattern: str | None
    doubtful: bool = False

    @property
    def depth(self) -> int:
        """How many folders it is in."""
        return self.path.count("/")


@record
class Unused:
    """A file, or a folder with all that is in it, that no instruction takes."""

    path: str
    folder: bool
    files: int
    size: int
    kind: str
    pattern: str


def pattern_of(path: str) -> str:
    """A line of an ignore file that excludes a path of the context.

    Characters that such a line cannot hold stand as ``?``, which any character matches.
    """
    text = "".join(f"\\{c}" if c in "*?[\\^" else c if c.isprintable() else "?" for c in path)
    if text.startswith((" ", "\u3000")):
        text = f"?{text[1:]}"
    if text.endswith((" ", "\u3000")):
        text = f"{text[:-1]}?"
    return f"\\{text}" if text.startswith(("#", "!")) else text


def kind_of(path: str) -> str:
    """What an unused path seems to be, from its name."""
    return kind_of_unused(path.rpartition("/")[2]) or "used by no instruction"


class Tally:
    """One pass over what is sent: bytes by folder, by clutter pattern, and of what is unused.

    Counters hold pairs of files and bytes. ``used`` is ``None`` where everything is.
    """

    def __init__(self, sent: Iterable[ContextFile], used: frozenset[str] | None) -> None:
        self._direct: dict[str, list[int]] = {}
        self.clutter: dict[str, tuple[int, int]] = {}
        self.unused: dict[str, tuple[int, int]] = {}
        self.plain_unused: dict[str, tuple[int, int]] = {}
        self._used_folders = _folders_of(used or ())
        self._tops: dict[str, str] = {}
        self._rows: dict[str, int | None] = {}
        self.tops: dict[str, tuple[int, int]] = {}
        for file in sent:
            folder = file.path.rpartition("/")[0]
            counts = self._direct.setdefault(folder, [0, 0, 0])
            counts[0] += 1
            counts[1] += file.size
            row = self.row_of(file.path)
            if row is not None:
                _add(self.clutter, ALWAYS[row].pattern, file.size)
            else:
                _add(self.tops, file.path.partition("/")[0], file.size)
            if used is not None and file.path not in used:
                counts[2] += file.size
                top = self._top(file.path, folder)
                _add(self.unused, top, file.size)
                if row is None:
                    _add(self.plain_unused, top, file.size)

    def row_of(self, path: str) -> int | None:
        """Which row of the clutter's table a file's path is of."""
        folder = path.rpartition("/")[0]
        if folder not in self._rows:
            self._rows[folder] = _row_of(folder) if folder else None
        row = self._rows[folder]
        if row is not None:
            return row
        return _row_of(path) if clutter_of(path) is not None else None

    def _top(self, path: str, folder: str) -> str:
        """The outermost folder of an unused file in which nothing is used, or the file."""
        if not folder or folder in self._used_folders:
            return path
        if folder not in self._tops:
            at = folder.find("/")
            while at != -1 and folder[:at] in self._used_folders:
                at = folder.find("/", at + 1)
            self._tops[folder] = folder if at == -1 else folder[:at]
        return self._tops[folder]

    def guesses(self, named: frozenset[str]) -> dict[str, str]:
        """What the entries on top seem to be by their names, without clutter, unused and named."""
        found: dict[str, str] = {}
        for top in self.tops:
            kind = kind_of_unused(top)
            if kind is not None and top not in named and top not in self.unused:
                found[top] = kind
        return found

    def folders(self, guesses: Mapping[str, str]) -> Iterator[FolderUse]:
        """Every folder with what is below it, in the order of ``ContextUse``."""
        totals: dict[str, list[int]] = {}
        for folder, counts in self._direct.items():
            for above in (folder, *_above(folder)) if folder else ("",):
                sums = totals.setdefault(above, [0, 0, 0])
                for index, count in enumerate(counts):
                    sums[index] += count
        inside: dict[str, list[str]] = {}
        for folder in totals:
            inside.setdefault(folder.rpartition("/")[0] if folder else "/", []).append(folder)
        for names in inside.values():
            names.sort(key=lambda name: (totals[name][1], totals[name][0]))
        tops = sorted((*inside.get("", ()), *inside.get("/", ())), key=lambda n: totals[n][1])
        todo = list(tops)
        while todo:
            folder = todo.pop()
            yield self._folder(folder, totals[folder], guesses.get(folder))
            if folder:
                todo += inside.get(folder, ())

    def _folder(self, path: str, counts: Sequence[int], guess: str | None) -> FolderUse:
        files, size, unused = counts
        row = _row_of(path) if path and clutter_of(path) is not None else None
        if row is not None:
            return FolderUse(path, files, size, unused, ALWAYS[row].kind, ALWAYS[row].pattern)
        if path and path in self.unused:
            return FolderUse(path, files, size, unused, kind_of(path), pattern_of(path))
        pattern = None if guess is None else pattern_of(path)
        return FolderUse(path, files, size, unused, guess, pattern, doubtful=guess is not None)

    def unused_tops(self) -> Iterator[Unused]:
        """What is unused, by the outermost folder in which nothing is used."""
        tops = set(self._tops.values())
        for path, (files, size) in biggest_first(self.unused):
            row = _row_of(path) if clutter_of(path) is not None else None
            kind = ALWAYS[row].kind if row is not None else kind_of(path)
            pattern = ALWAYS[row].pattern if row is not None else pattern_of(path)
            yield Unused(path, path in tops, files, size, kind, pattern)


def _row_of(path: str) -> int | None:
    return next((n for n, row in enumerate(ALWAYS) if row.expression.match(path)), None)


def _above(folder: str) -> Iterator[str]:
    """The folders that a folder is in, from the inside out, without the context itself."""
    while (at := folder.rfind("/")) != -1:
        folder = folder[:at]
        yield folder


def _folders_of(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _add(counter: dict[str, tuple[int, int]], key: str, size: int) -> None:
    count, total = counter.get(key, (0, 0))
    counter[key] = (count + 1, total + size)


def biggest_first(counter: Mapping[str, tuple[int, int]]) -> list[tuple[str, tuple[int, int]]]:
    return sorted(counter.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
