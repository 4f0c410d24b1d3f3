"""One build, through BuildKit's machine-readable progress."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from jettison.engine.buildlog import BuildLog
from jettison.engine.model import BuildResult
from jettison.errors import BuildFailed, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.engine.model import BuildRequest, BuildStep

__all__ = ["BuilderLost", "build_image"]

_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 10.0


class BuilderLost(BuildFailed):
    """The builder went away while it built; the build itself may be right."""


def build_image(
    client: str, request: BuildRequest, on_step: Callable[[BuildStep], None] | None
) -> BuildResult:
    """The built image, loaded into the store; raises ``BuildFailed`` with the log's end."""
    log = BuildLog()
    started = time.monotonic()
    late = False
    try:
        process = subprocess.Popen(
            list(_arguments(client, request)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(f"{client} cannot be run: {error.strerror}") from error
    with process:
        try:
            late = not _follow(process.stderr, log, on_step, request)
        finally:
            _end(process)
        code = process.wait()
    if code or late:
        raise _failure(request, log, late=late)
    return BuildResult(
        tag=request.tag,
        seconds=time.monotonic() - started,
        context_bytes=log.context_bytes,
        steps=log.steps,
        cached_steps=log.cached_steps,
    )


def _failure(request: BuildRequest, log: BuildLog, *, late: bool) -> BuildFailed:
    step = f" at step {log.failed_step}" if log.failed_step else ""
    what = f"building {request.dockerfile} in {request.context} failed{step}"
    if late:
        what = f"building {request.dockerfile} took longer than {request.timeout_seconds:.0f} s"
    kind = BuilderLost if log.lost and not late else BuildFailed
    return kind(what, details=log.tail(), step=log.failed_step, line=log.failed_line())


def _arguments(client: str, request: BuildRequest) -> Iterator[str]:
    yield from (client, "buildx", "build", "--progress=rawjson", "--load", "--provenance=false")
    yield from ("--file", str(request.context / request.dockerfile), "--tag", request.tag)
    if request.cold:
        yield "--no-cache"
    if request.target:
        yield from ("--target", request.target)
    if request.network:
        yield from ("--network", request.network)
    if request.platform:
        yield from ("--platform", request.platform)
    if request.shm_size:
        yield from ("--shm-size", request.shm_size)
    for name, value in request.args.items():
        yield from ("--build-arg", f"{name}={value}")
    for name, value in request.contexts.items():
        yield from ("--build-context", f"{name}={value}")
    for host in request.hosts:
        yield from ("--add-host", host)
    for secret in request.secrets:
        yield from ("--secret", secret)
    for agent in request.ssh:
        yield from ("--ssh", agent)
    yield str(request.context)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Waits for the client, or ends it and its plugin: the builder gives up the build then."""
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS if number is None else _PATIENCE_SECONDS)
            return


def _follow(
    stream: IO[bytes] | None,
    log: BuildLog,
    on_step: Callable[[BuildStep], None] | None,
    request: BuildRequest,
) -> bool:
    """Reads the progress to its end; false when the time was up before.

    Raises ``KeyboardInterrupt`` when the request is called off.
    """
    seconds = request.timeout_seconds
    deadline = time.monotonic() + seconds if seconds is not None else None
    while stream is not None:
        if request.called_off is not None and request.called_off.is_set():
            raise KeyboardInterrupt
        if deadline is not None and time.monotonic() > deadline:
            return False
        if not select.select([stream], [], [], _LOOK_SECONDS)[0]:
            continue
        data = os.read(stream.fileno(), 65536)
        if not data:
            break
        for step in log.feed(data.decode("utf-8", "replace")):
            if on_step is not None:
                on_step(step)
    return True
