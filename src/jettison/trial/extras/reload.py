"""Change sources in a trial's copy and watch whether what runs takes them up.

A line that says a word is added to files that were read since the stack was started. A service has
taken up the change once its log, or a page or script that it serves, has the word.
"""

from __future__ import annotations

import os
import posixpath
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import EngineError
from jettison.trial.asking.probes import served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from jettison.engine import Engine, StackRequest
    from jettison.trial.launching.reach import Addresses

__all__ = ["Sources"]

_PYTHON = 'print("{word}", file=__import__("sys").stderr, flush=True)'
_SCRIPT = ';console.error("{word}");'
_LINES = {
    ".py": _PYTHON,
    ".js": _SCRIPT,
    ".mjs": _SCRIPT,
    ".cjs": _SCRIPT,
    ".jsx": _SCRIPT,
    ".ts": _SCRIPT,
    ".tsx": _SCRIPT,
    ".rb": 'warn "{word}"',
}
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "site-packages", "vendor"})
_MOST_LOOKED_AT = 5000
_MOST_CHANGED = 40
_LOG_LINES = 400
_POLL_SECONDS = 0.5


@dataclass(slots=True)
class Sources:
    """The sources of a copy that are mounted into services.

    ``services`` are those that have any, with the folders or files; only what lies in ``tree`` is
    ever changed, and :meth:`restore` puts it back.
    """

    tree: Path
    services: dict[str, tuple[Path, ...]]
    word: str = field(default_factory=lambda: f"jettison-{secrets.token_hex(6)}")
    _files: list[Path] = field(default_factory=list)
    _former: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Path, model: Mapping[str, Any]) -> Sources:
        """What a resolved Compose model mounts of a copy."""
        root = tree.resolve()
        found = {}
        for name, spec in model["services"].items():
            places = [
                Path(os.path.realpath(str(one["source"])))
                for one in spec.get("volumes") or ()
                if one.get("type") == "bind"
            ]
            inside = tuple(p for p in places if p.is_relative_to(root) and any(_code(p)))
            if inside:
                found[name] = inside
        return cls(tree, found)

    def forget_reads(self) -> None:
        """Makes every source look as if nobody had read it yet; to be called before the start."""
        places = dict.fromkeys(place for places in self.services.values() for place in places)
        files = dict.fromkeys(file for place in places for file in _code(place))
        for file in list(files)[:_MOST_LOOKED_AT]:
            with suppress(OSError):
                os.utime(file, ns=(0, file.stat().st_mtime_ns))
                self._files.append(file)

    def change(self) -> tuple[str, ...]:
        """Adds the line to what has been read, of each mount the outermost files; their names.

        Where the file system does not tell what was read, any source may have been.
        """
        read = [file for file in self._files if _was_read(file)] or self._files
        ordered = sorted(read, key=lambda one: (len(one.parts), one.as_posix()))
        for place in dict.fromkeys(one for places in self.services.values() for one in places):
            for file in [one for one in ordered if one.is_relative_to(place)][:_MOST_CHANGED]:
                if file not in self._former:
                    self._former[file] = file.read_bytes()
                    line = _LINES[file.suffix].format(word=self.word)
                    with file.open("ab") as stream:
                        stream.write(f"\n\n{line}\n".encode())
        return tuple(file.relative_to(self.tree.resolve()).as_posix() for file in self._former)

    def restore(self) -> None:
        """Puts back what was changed."""
        for file, text in self._former.items():
            with suppress(OSError):
                file.write_bytes(text)
        self._former.clear()

    def taken_up(
        self,
        engine: Engine,
        request: StackRequest,
        where: Addresses,
        wanted: Iterable[str],
        seconds: float,
    ) -> dict[str, float]:
        """The services in which the change was seen, with the seconds that it took.

        It is waited for no longer than until all of ``wanted`` show it, or ``seconds`` are over.
        """
        clock = time.monotonic()
        found: dict[str, float] = {}
        left = set(wanted)
        while True:
            for name in self.services:
                if name not in found and self._shows(engine, request, where, name):
                    found[name] = time.monotonic() - clock
            left -= found.keys()
            if not left or time.monotonic() - clock > seconds:
                return found
            time.sleep(_POLL_SECONDS)

    def _shows(self, engine: Engine, request: StackRequest, where: Addresses, name: str) -> bool:
        with suppress(EngineError):
            if self.word in engine.logs(request, name, _LOG_LINES):
                return True
        addresses = [address for (service, _), address in where.items() if service == name]
        word = self.word.encode()
        return any(word in body for address in addresses for body in served(address))


def _was_read(file: Path) -> bool:
    try:
        return file.stat().st_atime_ns > 0
    except OSError:
        return False


def _code(place: Path) -> Iterator[Path]:
    """The sources of a mount to which a line can be added; no packages, no links."""
    if place.is_file():
        if place.suffix in _LINES:
            yield place
        return
    for folder, folders, names in os.walk(place):
        folders[:] = [n for n in folders if n not in _SKIPPED and not n.startswith(".")]
        folders[:] = [n for n in folders if not (Path(folder) / n / "pyvenv.cfg").exists()]
        for name in sorted(names):
            file = Path(folder) / name
            if posixpath.splitext(name)[1] not in _LINES or name.endswith(".d.ts"):
                continue
            if not file.is_symlink() and file.is_file():
                yield file
