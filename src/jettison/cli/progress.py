"""What a person sees while something takes long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.text import Text

from jettison.report.terminal import render_findings
from jettison.source import printable
from jettison.trial import Progress

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.status import Status

    from jettison.rules import Finding


class LiveProgress:
    """A line that shows what is going on, and above it what has been done.

    Without a terminal only what has been done is printed, each line with the seconds since the
    start.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._status: Status | None = console.status("starting") if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def progress(self) -> Progress:
        """Where a run sends its news."""
        return Progress(say=self._say, status=self._show)

    def findings(self, findings: tuple[Finding, ...]) -> None:
        """Shows what was found before anything is built."""
        self._say(f"{len(findings)} findings")
        self._console.print(render_findings(findings))

    def _say(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        self._console.print(f"[{seconds:6.1f} s] {printable(text)}", markup=False, soft_wrap=True)

    def _show(self, text: str) -> None:
        if self._status is not None:
            seconds = time.monotonic() - self._started
            self._status.update(Text(f"{seconds:.0f} s · {printable(text)}"))
