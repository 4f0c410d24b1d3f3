"""What a person sees while something takes long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.text import Text

from jettison.cli.durations import Clock, LastRun, about, last_run, remember_run
from jettison.report.figures import counted
from jettison.report.terminal import render_findings
from jettison.source import printable
from jettison.trial import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console
    from rich.status import Status

    from jettison.rules import Finding


class LiveProgress:
    """A line that shows what is going on, and above it what has been done.

    Without a terminal only what has been done is printed, each line with the seconds since the
    start. ``key`` names the run: the last one of that name tells how long is left.
    """

    def __init__(self, console: Console, key: Sequence[str]) -> None:
        self._console = console
        self._key = key
        self._clock = Clock(last_run(key))
        self._started = time.monotonic()
        self._doing = "starting"
        self._status: Status | None = console.status(self) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        if self._clock.last is not None:
            self._say(f"the last run took {about(self._clock.last.seconds)}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()
        if kind is None:
            seconds = time.monotonic() - self._started
            remember_run(self._key, LastRun(seconds, tuple(self._clock.marks)))

    def progress(self) -> Progress:
        """Where a run sends its news."""
        return Progress(say=self._say, status=self._show)

    def findings(self, findings: tuple[Finding, ...]) -> None:
        """Shows what was found before anything is built."""
        self._say(counted(len(findings), "finding"))
        self._console.print(render_findings(findings))

    def _say(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        self._clock.done(text, seconds)
        self._console.print(f"[{seconds:6.1f} s] {printable(text)}", markup=False, soft_wrap=True)

    def _show(self, text: str) -> None:
        self._doing = printable(text)

    def __rich__(self) -> Text:
        """The line of now: rich asks for it several times a second."""
        seconds = time.monotonic() - self._started
        left = self._clock.left(seconds)
        rest = "" if left is None else f" · about {about(left)} left"
        said = f"{seconds:.0f} s{rest} · {self._doing}"
        return Text(said, no_wrap=True, overflow="ellipsis")
