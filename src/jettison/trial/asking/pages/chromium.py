"""A headless Chromium that sees a stack and nothing else, and is gone afterwards.

It is told what to do through two pipes (``--remote-debugging-pipe``, the Chrome DevTools Protocol,
messages ended by NUL), so no port is open and it quits by itself when this process is gone. Its
own sandbox stays on: where this process is root, it runs as ``nobody``.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from jettison.record import record
from jettison.trial.interrupts import uninterrupted
from jettison.trial.leftovers import sibling_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["NAMES", "BrowserGone", "Chromium", "Order", "TooLate", "find_chromium", "started"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NOBODY = 65534
_START_SECONDS = 20.0
_CALL_SECONDS = 10.0
_END_SECONDS = 3.0
_MOST_EVENTS = 10_000
_MOST_BYTES = 32 * 1024 * 1024
_REDIRECTED = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-startup-window",
    "--no-proxy-server",
)


class BrowserGone(Exception):
    """Chromium could not be started, or ended: nothing is known of the page."""


class TooLate(Exception):
    """The page kept Chromium from answering in time."""


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, ``None`` where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started(program: str, run_id: str, rules: Sequence[str]) -> Iterator[Chromium]:
    """A Chromium with a profile of its own that reaches what ``rules`` map, and no other host.

    See ``--host-resolver-rules``: ``MAP localhost:3000 127.0.0.1:40001``. Raises ``BrowserGone``.
    """
    with sibling_folder(run_id) as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        argv = [
            *(program, *_OPTIONS),
            f"--user-data-dir={home / 'profile'}",
            f"--host-resolver-rules={','.join((*rules, 'MAP * ~NOTFOUND'))}",
        ]
        with (folder / "said").open("w+b") as said:
            process = _process(argv, home, said)
            if process.stdin is None or process.stdout is None:
                raise BrowserGone("it has no pipes")
            browser = Chromium(process, process.stdin, process.stdout, said)
            try:
                browser.call("Browser.getVersion", seconds=_START_SECONDS)
                yield browser
            except TooLate as error:
                raise BrowserGone(str(error)) from error
            finally:
                with uninterrupted():
                    browser.end()


def _process(argv: Sequence[str], home: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
    other: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chown(home, _NOBODY, _NOBODY)
        other = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    environment = {"HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
    environment["PATH"] = os.environ.get("PATH", os.defpath)
    try:
        return subprocess.Popen(
            ["sh", "-c", _REDIRECTED, "sh", *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=home,
            env=environment,
            start_new_session=True,
            **other,
        )
    except OSError as error:
        raise BrowserGone(f"sh: {error.strerror}") from error


@record
class Order:
    """A method of the protocol to call: of a page's session, else of the browser's own."""

    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    session: str = ""


@dataclass(slots=True)
class Chromium:
    """A running Chromium; ``events`` are those that nobody took yet."""

    process: subprocess.Popen[bytes]
    orders: IO[bytes]
    news: IO[bytes]
    said: IO[bytes]
    events: list[Mapping[str, Any]] = field(default_factory=list)
    _number: int = 0
    _waiting: bytearray = field(default_factory=bytearray)

    def call(
        self,
        method: str,
        session: str = "",
        *,
        seconds: float = _CALL_SECONDS,
        **parameters: object,
    ) -> Mapping[str, Any]:
        """What a method of the protocol gives; empty where Chromium says no."""
        number = self.send(method, session, **parameters)
        until = time.monotonic() + seconds
        while (message := self._next(until)) is not None:
            if message.get("id") == number:
                result: Mapping[str, Any] = message.get("result") or {}
                return result
            self._note(message)
        raise TooLate(f"no answer to {method} within {seconds:.0f} s")

    def calls(
        self, orders: Sequence[Order], seconds: float = _CALL_SECONDS
    ) -> list[Mapping[str, Any] | None]:
        """What methods give that are called at once; ``None`` where that is not known in time."""
        numbers = [self.send(one.method, one.session, **one.parameters) for one in orders]
        found: dict[int, Mapping[str, Any] | None] = dict.fromkeys(numbers)
        until, left = time.monotonic() + seconds, set(numbers)
        while left and (message := self._next(until)) is not None:
            number = message.get("id")
            if number in left:
                left.remove(number)
                found[number] = message.get("result") or {}
            else:
                self._note(message)
        return list(found.values())

    def send(self, method: str, session: str = "", **parameters: object) -> int:
        """Calls a method without waiting for what it gives; the call's number."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        try:
            self.orders.write(json.dumps(message).encode() + b"\0")
            self.orders.flush()
        except OSError as error:
            raise BrowserGone(self._reason()) from error
        return self._number

    def wait(self, until: float) -> None:
        """Takes one more message as an event, until a time of the monotonic clock."""
        message = self._next(until)
        if message is not None:
            self._note(message)

    def end(self) -> None:
        """Ends Chromium with all its processes."""
        with suppress(BrowserGone):
            self.send("Browser.close")
        with suppress(OSError):
            self.orders.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.news.close()

    def _note(self, message: Mapping[str, Any]) -> None:
        if message.get("method") == "Page.javascriptDialogOpening":
            self.send("Page.handleJavaScriptDialog", message.get("sessionId", ""), accept=False)
        elif "method" in message and len(self.events) < _MOST_EVENTS:
            self.events.append(message)

    def _next(self, until: float) -> Mapping[str, Any] | None:
        """The next message; ``None`` where none comes in time."""
        handle = self.news.fileno()
        while (end := self._waiting.find(b"\0")) < 0:
            left = until - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                return None
            data = os.read(handle, 1 << 18)
            if not data:
                raise BrowserGone(self._reason())
            self._waiting += data
            if len(self._waiting) > _MOST_BYTES:
                raise TooLate("the page has too much to say")
        text = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        message: Mapping[str, Any] = json.loads(text)
        return message

    def _reason(self) -> str:
        """The last line that tells of an error, for a person."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_END_SECONDS)
        self.said.seek(0)
        lines = self.said.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
        said = [line for line in lines if line.strip() and "dbus" not in line]
        fatal = [line for line in said if "FATAL" in line or "sandbox" in line]
        return (fatal or said or [f"it ended with {self.process.returncode}"])[-1].strip()[:200]
