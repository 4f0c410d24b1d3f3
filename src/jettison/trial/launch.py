"""Launch a stack, wait for its health, probe it, read its memory, and stop it whatever happens."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.errors import TrialError
from jettison.trial.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from jettison.engine import ContainerState, Engine, StackRequest
    from jettison.trial.model import Progress

_POLL_SECONDS = 0.5
_STEADY_SECONDS = 3.0
_LOG_LINES = 25
TIMEOUT = "timeout"
STARTING = "still starting when another service failed"


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a service is up, and how that was judged."""

    healthy: bool
    source: str
    seconds: float | None


@contextmanager
def launched(
    engine: Engine, stack: StackRequest, model: Mapping[str, Any], progress: Progress
) -> Iterator[None]:
    """A stack that runs inside the ``with`` block and is gone after it, even after Ctrl-C."""
    stack.file.write_text(json.dumps(model, indent=1), encoding="utf-8")
    try:
        progress.status("starting containers")
        engine.up(stack)
        yield
    finally:
        with uninterrupted():
            progress.status("stopping containers")
            engine.down(stack)
            # A client that was killed while it started containers may have left a late one.
            if engine.states(stack):
                engine.down(stack)


def wait_until_healthy(
    engine: Engine,
    stack: StackRequest,
    services: frozenset[str],
    *,
    timeout_seconds: float,
    progress: Progress,
) -> Mapping[str, Health]:
    """The health of every service, once all are healthy, one has failed or time is up."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        states = engine.states(stack)
        verdicts = {
            name: judge(states[name], time.time()) if name in states else None for name in services
        }
        waiting = sorted(name for name, health in verdicts.items() if health is None)
        failed = [n for n, h in verdicts.items() if h is not None and not h.healthy]
        progress.status(f"waiting for {', '.join(waiting) or 'nothing'}")
        late = time.monotonic() > deadline
        if not waiting or failed or late:
            unsettled = Health(healthy=False, source=TIMEOUT if late else STARTING, seconds=None)
            return {name: health or unsettled for name, health in verdicts.items()}
        time.sleep(_POLL_SECONDS)


def judge(state: ContainerState, now: float) -> Health | None:
    """The verdict on a container, or ``None`` while it may still come up.

    With a health check the engine's word counts. Without one, a service is up when it ran for
    three seconds without a restart, or finished with exit code 0 (a one-off job).
    """
    if state.status in ("exited", "dead"):
        done = state.exit_code == 0 and state.health is None
        return Health(healthy=done, source="exit code", seconds=None)
    if state.health == "healthy":
        first = state.first_success
        seconds = max(0.0, first - state.started) if first is not None else None
        return Health(healthy=True, source="health check", seconds=seconds)
    if state.health == "unhealthy":
        return Health(healthy=False, source="health check", seconds=None)
    if state.health is None and state.status == "running" and now - state.started > _STEADY_SECONDS:
        return Health(healthy=state.restarts == 0, source="running", seconds=None)
    return None


def require_healthy(
    engine: Engine, stack: StackRequest, health: Mapping[str, Health], side: str
) -> None:
    """Raises ``TrialError`` with the failed services' last words unless all are healthy."""
    failed = sorted(n for n, h in health.items() if not h.healthy and h.source != STARTING)
    if not failed:
        return
    states = engine.states(stack)
    details = []
    for name in failed:
        state = states.get(name)
        what = f"{state.status}, exit code {state.exit_code}" if state else "never started"
        details.append(f"--- {name} ({what}; judged by {health[name].source})")
        if state and state.health_output:
            details.append(f"health check said: {state.health_output}")
        details.append(engine.logs(stack, name, _LOG_LINES).strip())
    raise TrialError(
        f"in the stack {side} the change, not healthy: {', '.join(failed)}",
        details="\n".join(details),
    )


def addresses(states: Mapping[str, ContainerState]) -> dict[tuple[str, int], tuple[str, int]]:
    """Where each service's container ports are published."""
    return {
        (name, port): address
        for name, state in sorted(states.items())
        for port, address in sorted(state.ports.items())
    }


def median_of(readings: int, read: Callable[[], int | None], pause: float) -> int | None:
    """The median of several readings; ``None`` if any cannot be made."""
    values = []
    for number in range(readings):
        if number:
            time.sleep(pause)
        value = read()
        if value is None:
            return None
        values.append(value)
    return sorted(values)[len(values) // 2]


def write_stack_file(folder: Path, name: str) -> Path:
    """Where a stack's own Compose file goes."""
    return folder / f"{name}.compose.json"
