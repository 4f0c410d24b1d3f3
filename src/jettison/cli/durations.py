"""How long a run may still take, by how long the last one of the same project took."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from jettison.engine.weights import cache_folder
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Clock", "LastRun", "about", "last_run", "remember_run"]

_MOST_RUNS = 200
_MOST_BYTES = 64 * 1024
_FIGURES = re.compile(r"\d[\d.,]*")


@record
class LastRun:
    """A run that came to its end: its seconds, and the seconds at which each thing was done."""

    seconds: float
    marks: tuple[tuple[str, float], ...]


class Clock:
    """Tells what is left of a run: it goes on from what was done last as the last run did."""

    def __init__(self, last: LastRun | None) -> None:
        self.last = last
        self.marks: list[tuple[str, float]] = []
        self._next = 0
        self._then = self._now = 0.0

    def done(self, text: str, seconds: float) -> None:
        """Something was done, ``seconds`` after the start; its figures differ from run to run."""
        mark = _FIGURES.sub("#", text)
        self.marks.append((mark, seconds))
        for at, (known, then) in enumerate(self.last.marks if self.last else ()):
            if at >= self._next and known == mark:
                self._next, self._then, self._now = at + 1, then, seconds
                return

    def left(self, seconds: float) -> float | None:
        """The seconds left, ``seconds`` after the start; ``None`` where nothing tells.

        That is so without a last run, and where this one has taken longer than it.
        """
        if self.last is None:
            return None
        left = self.last.seconds - self._then - (seconds - self._now)
        return left if left > 0 else None


def last_run(key: Sequence[str]) -> LastRun | None:
    """The last run with the same key, ``None`` where none is known."""
    with suppress(OSError, RuntimeError, ValueError, KeyError, TypeError):
        file = _file(key)
        if file.stat().st_size <= _MOST_BYTES:
            kept = json.loads(file.read_text("utf-8"))
            marks = tuple((str(text), float(seconds)) for text, seconds in kept["marks"])
            return LastRun(float(kept["seconds"]), marks)
    return None


def remember_run(key: Sequence[str], run: LastRun) -> None:
    """Keeps a run for the next one with the same key; the oldest of too many are forgotten.

    It is a convenience: where it cannot be written, nothing is said.
    """
    with suppress(OSError, RuntimeError):
        file = _file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"seconds": run.seconds, "marks": run.marks})
        if len(text) <= _MOST_BYTES:
            file.write_text(text, "utf-8")
        kept = sorted(file.parent.iterdir(), key=lambda one: one.stat().st_mtime)
        for old in kept[:-_MOST_RUNS]:
            old.unlink(missing_ok=True)


def about(seconds: float) -> str:
    """A length of time, as exact as an estimate is."""
    if seconds < 60:
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{seconds / 60:.0f} min"


def _file(key: Sequence[str]) -> Path:
    name = hashlib.sha256("\0".join(key).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache_folder() / "runs" / f"{name}.json"
