"""One build, through BuildKit's machine-readable progress."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING

from jettison.engine.buildlog import BuildLog
from jettison.engine.model import BuildResult
from jettison.errors import BuildFailed, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.engine.model import BuildRequest, BuildStep

__all__ = ["BuilderLost", "build_image"]


class BuilderLost(BuildFailed):
    """The builder went away while it built; the build itself may be right."""


def build_image(
    client: str, request: BuildRequest, on_step: Callable[[BuildStep], None] | None
) -> BuildResult:
    """The built image, loaded into the store; raises ``BuildFailed`` with the log's end."""
    log = BuildLog()
    started = time.monotonic()
    late = threading.Event()
    try:
        process = subprocess.Popen(
            list(_arguments(client, request)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise EngineError(f"{client} cannot be run: {error.strerror}") from error
    with process:
        timer = _timer(process, request.timeout_seconds, late)
        try:
            _follow(process.stderr, log, on_step)
        except BaseException:
            process.terminate()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        code = process.wait()
    if code:
        raise _failure(request, log, late=late.is_set())
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


def _timer(
    process: subprocess.Popen[bytes], seconds: float | None, late: threading.Event
) -> threading.Timer | None:
    if seconds is None:
        return None

    def give_up() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    return timer


def _follow(
    stream: IO[bytes] | None, log: BuildLog, on_step: Callable[[BuildStep], None] | None
) -> None:
    while stream is not None and (data := os.read(stream.fileno(), 65536)):
        for step in log.feed(data.decode("utf-8", "replace")):
            if on_step is not None:
                on_step(step)
