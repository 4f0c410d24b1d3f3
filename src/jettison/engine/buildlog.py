"""BuildKit's machine-readable progress (``--progress=rawjson``) to steps, bytes and errors.

Each record is a ``SolveStatus`` (moby/buildkit ``client/graph.go``). buildx 0.13 prints the
records indented and concatenated, later ones print one per line: both are read.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.engine.model import BuildStep

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG_LINES = 60
_MAX_BUFFER = 16 * 1024 * 1024
_PLACE = re.compile(r"^\S.*:(\d+)$")
_LOST = (
    "rpc error",
    "walkprovenance",
    "transport is closing",
    "error reading from server",
    "connection reset",
    "unexpected eof",
    "cannot connect to the docker daemon",
    "no active session",
    "error during connect",
)


@dataclass(slots=True)
class BuildLog:
    """What a build has said so far."""

    context_bytes: int = 0
    error: str = ""
    failed_step: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LOG_LINES))
    _started: set[str] = field(default_factory=set)
    _cached: dict[str, bool] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)
    _buffer: str = ""

    @property
    def steps(self) -> int:
        """How many steps of the Dockerfile were finished."""
        return len(self._cached)

    @property
    def cached_steps(self) -> int:
        """How many of them came from the cache."""
        return sum(self._cached.values())

    def tail(self) -> str:
        """The end of the failed step's output, and the builder's error."""
        return "\n".join([*self.lines, *([self.error] if self.error else [])])

    def failed_line(self) -> int:
        """The line (from 1) of the Dockerfile that the builder says failed, or 0.

        BuildKit ends its output with ``FILE:LINE`` above an excerpt of the file between rules.
        """
        lines = list(self.lines)
        for number in range(len(lines) - 1, 0, -1):
            found = _PLACE.match(lines[number - 1])
            if found and lines[number].startswith("-----"):
                return int(found[1])
        return 0

    @property
    def lost(self) -> bool:
        """Whether the builder itself went away, rather than a step of the build."""
        said = self.tail().lower()
        return any(words in said for words in _LOST) and "did not complete" not in said

    def feed(self, text: str) -> Iterator[BuildStep]:
        """The steps that started or finished in the next piece of output."""
        self._buffer += text
        decoder = json.JSONDecoder()
        at = 0
        while True:
            start = self._buffer.find("{", at)
            if start < 0:
                self.lines.extend(_plain(self._buffer[at:]))
                self._buffer = ""
                return
            self.lines.extend(_plain(self._buffer[at:start]))
            try:
                record, at = decoder.raw_decode(self._buffer, start)
            except json.JSONDecodeError:
                self._buffer = self._buffer[start:]
                if len(self._buffer) > _MAX_BUFFER:
                    self._buffer = ""
                return
            if isinstance(record, dict):
                yield from self._take(record)

    def _take(self, record: dict[str, object]) -> Iterator[BuildStep]:
        for vertex in _dicts(record.get("vertexes")):
            yield from self._vertex(vertex)
        for status in _dicts(record.get("statuses")):
            if str(status.get("id", "")).startswith("transferring context"):
                current = status.get("current")
                if isinstance(current, int):
                    self.context_bytes = max(self.context_bytes, current)
        for log in _dicts(record.get("logs")):
            try:
                data = base64.b64decode(str(log.get("data", "")))
            except binascii.Error:
                continue
            self.lines.extend(data.decode("utf-8", "replace").splitlines())

    def _vertex(self, vertex: dict[str, object]) -> Iterator[BuildStep]:
        digest, name = str(vertex.get("digest", "")), str(vertex.get("name", ""))
        error = str(vertex.get("error", ""))
        if error:
            self.error, self.failed_step = error, name
        cached = bool(vertex.get("cached"))
        if vertex.get("completed") and not error:
            if digest not in self._finished:
                self._finished.add(digest)
                if not name.startswith("[internal]") and name.startswith("["):
                    self._cached[digest] = cached
                yield BuildStep(name, finished=True, cached=cached)
        elif vertex.get("started") and digest not in self._started | self._finished:
            # BuildKit tells of every step beforehand, and once more when it begins.
            self._started.add(digest)
            yield BuildStep(name, finished=False, cached=cached)


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _plain(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
