"""Launch a stack, wait until its services are ready, and stop it whatever happens."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING

from jettison.errors import EngineError
from jettison.patterns import regex
from jettison.record import record
from jettison.trial.interrupts import uninterrupted
from jettison.trial.launching.processes import (
    builds_first,
    folder_of,
    schedule_of,
    worker_asks,
    written_since,
)
from jettison.trial.launching.reach import Answering, answering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from jettison.engine import ContainerState, Engine, StackRequest, Starting
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.model import Progress

__all__ = ["Expectation", "Health", "addresses", "judge", "launched", "log_end", "wait_until_ready"]

_POLL_SECONDS = 0.5
_LOG_LINES = 30
_STEADY_SECONDS = 12.0
_QUIET_SECONDS = 4.0
_LONGEST_TALK = 30.0
_SILENT_SECONDS = 12.0
_SILENT_PUBLISHED = 45.0
_QUIET_BUILDING = 15.0
_LONGEST_BUILDING = 180.0
_WARM_SECONDS = 20.0
_LISTEN_SECONDS = 2.0
_PING_SECONDS = 90.0
_BETWEEN_PINGS = 3.0
_LEAST_PINGS = 3
_PATIENCE = 60.0
_AFTER_RESTART = 6.0
_BEAT = "beat: Starting..."  # what Celery's scheduler says when it begins, behind a time
_CONTAINER = regex(r"[0-9a-f]{12}")
TIMEOUT = "time-out"
_NOT_ENDED = ("created", "running", "paused")
HEALTH_CHECK = "health check"
EXIT_CODE = "exit code"
ANSWERS = "answers"
ACCEPTS = "accepts connections"
WORKS = "answers a ping"
SCHEDULES = "schedules tasks"
RUNNING = "running"
NEVER_STARTED = "never started"
ENDED = "ended"
RESTARTED = "fell and was started again"
"""How a service that was ready is judged once it has been asked."""


@record
class Health:
    """Whether a service is up, and how that was judged."""

    healthy: bool
    source: str
    seconds: float | None


@dataclass(slots=True)
class Expectation:
    """What is known of a service while it starts.

    ``budget`` is how long its health check may take to pass, ``published`` tells that the project
    publishes a port of it, ``restarts`` that it is started again when it ends, ``ends`` that it
    ended by itself on the other side, ``works`` that it answered a ping there, ``answers`` that a
    port of it answered. ``asks`` is the
    start of the command that asks a Celery worker, ``None`` while it is not known; ``pinged`` tells
    whether it answered, ``pinging`` is the asking. ``builds`` tells that it was seen to build or to
    install when it starts, ``began`` that Celery's scheduler has written when it runs what.
    """

    budget: float = 90.0
    published: bool = False
    restarts: bool = False
    ends: bool = False
    works: bool = False
    answers: bool = False
    asks: tuple[str, ...] | None = None
    pinged: bool = False
    pinging: Thread | None = None
    next_ping: float = 0.0
    pings: int = 0
    log: str = ""
    log_since: float = 0.0
    answered_since: float | None = None
    builds: bool = False
    began: bool = False


@contextmanager
def launched(
    engine: Engine, stack: StackRequest, model: Mapping[str, Any], progress: Progress
) -> Iterator[Starting]:
    """A stack that is starting inside the ``with`` block and gone after it, even after Ctrl-C."""
    stack.file.write_text(json.dumps(model, indent=1), encoding="utf-8")
    starting: Starting | None = None
    try:
        progress.status("starting containers")
        # Uninterrupted, or a signal may come between the start and what knows of it.
        with uninterrupted(), progress.times.starting():
            starting = engine.up(stack)
        yield starting
    finally:
        with uninterrupted(), progress.times.starting():
            progress.status("stopping containers")
            early = starting is not None and starting.running()
            if starting is not None:
                starting.stop()
            _stop(engine, stack, early=early)
            stack.file.unlink(missing_ok=True)


def _stop(engine: Engine, stack: StackRequest, *, early: bool) -> None:
    """Removes a stack; ``early`` tells that its client was ended while it started containers.

    The engine may then still be at what the client had asked for: a late container or network.
    """
    engine.down(stack)
    with suppress(EngineError):
        if early or engine.states(stack):
            engine.down(stack)


def wait_until_ready(
    engine: Engine,
    stack: StackRequest,
    starting: Starting,
    expected: Mapping[str, Expectation],
    *,
    timeout_seconds: float,
    first_failure: bool,
    progress: Progress,
) -> dict[str, Health]:
    """The health of every expected service, once each is judged or time is up.

    With ``first_failure`` it ends as soon as one has failed for good; services that are still
    starting then are left out.
    """
    with progress.times.starting():
        deadline = time.monotonic() + timeout_seconds
        found: dict[str, Health] = {}
        while True:
            states = engine.states(stack)
            going = starting.running()
            for name, expectation in expected.items():
                if name not in found:
                    health = _look(engine, stack, states.get(name), expectation, name, going=going)
                    if health is not None:
                        found[name] = health
            waiting = sorted(expected.keys() - found.keys())
            failed = [name for name, health in found.items() if not health.healthy]
            if not waiting or (first_failure and failed):
                return found
            if time.monotonic() > deadline:
                late = Health(healthy=False, source=TIMEOUT, seconds=None)
                return {**found, **dict.fromkeys(waiting, late)}
            progress.status(f"waiting for {', '.join(waiting)}")
            time.sleep(_POLL_SECONDS)


def _look(
    engine: Engine,
    stack: StackRequest,
    state: ContainerState | None,
    expectation: Expectation,
    name: str,
    *,
    going: bool,
) -> Health | None:
    if state is None or state.status == "created":
        # Compose has given up and will not start it any more.
        return None if going else Health(healthy=False, source=NEVER_STARTED, seconds=None)
    now = time.time()
    if state.status == "running" and state.health is None:
        log = engine.logs(stack, name, 400)
        if log != expectation.log:
            expectation.log, expectation.log_since = log, now
    answers, elsewhere = Answering.SILENT, False
    if state.status == "running" and state.health is None:
        answers = answering(addresses({name: state}, {}))
        elsewhere = answers is Answering.SILENT and bool(state.ports)
        # Another port than the one that is told may be a debugger's, while the server still loads.
        patience = _SILENT_SECONDS if state.ports else _LISTEN_SECONDS
        if answers is Answering.SILENT and now - state.started > patience:
            heard = {name: engine.listening(state.container_id)}
            answers = answering(addresses({name: state}, {}, heard))
        if answers is Answering.SILENT:
            expectation.answered_since = None
        elif expectation.answered_since is None:
            expectation.answered_since = now
        if answers is Answering.SILENT and now - state.started > _LISTEN_SECONDS:
            lines = engine.commands(state.container_id)
            expectation.builds |= builds_first(lines)
            schedule = "" if expectation.began else schedule_of(lines)
            if schedule:  # at its usual level its log says nothing
                since = state.started
                expectation.began = written_since(engine, state.container_id, schedule, since)
            _ping(engine, state, expectation, now)
    health = judge(state, now, expectation, answers)
    return replace(health, seconds=None) if health is not None and elsewhere else health


def _ping(engine: Engine, state: ContainerState, expected: Expectation, now: float) -> None:
    """Asks a Celery worker whether it is there, again and again, beside the waiting."""
    if expected.asks is None:  # its program may not have started yet: this is tried again
        expected.asks = worker_asks(engine.commands(state.container_id)) or None
    busy = expected.pinging is not None and expected.pinging.is_alive()
    if expected.asks and not busy and not expected.pinged and now > expected.next_ping:
        asking = Thread(target=_asked, args=(engine, state, expected, expected.asks), daemon=True)
        expected.pinging = asking
        asking.start()


def _asked(
    engine: Engine, state: ContainerState, expected: Expectation, asks: tuple[str, ...]
) -> None:
    words = (*asks, "inspect", "ping")
    folder = folder_of(engine, state.container_id)
    done = engine.execute(state.container_id, words, _PING_SECONDS, folder)
    # Other workers of the same broker answer, too: it is known by its container's name.
    hosts = re.findall(r"@([^\s:]+): OK", done.stdout)
    own = any(state.container_id.startswith(host) for host in hosts)
    named = not any(_CONTAINER.fullmatch(host) for host in hosts)
    expected.pinged = done.exit_code == 0 and bool(hosts) and (own or named)
    expected.pings += 1
    expected.next_ping = time.time() + _BETWEEN_PINGS


def judge(
    state: ContainerState, now: float, expected: Expectation, answers: Answering
) -> Health | None:
    """The verdict on a container, or ``None`` while it may still come up.

    With a health check the engine's word counts. Otherwise a service is up when a port of it
    answers, when it is a worker that answers a ping, when it finished with exit code 0 (a one-off
    job), or, without any of that, when it has run for a while without ending and has stopped
    talking: Celery's scheduler, if it said that it begins or wrote its schedule. One that was
    started again must hold out for a while first.
    """
    if state.status in ("exited", "dead"):
        done = state.exit_code == 0 and state.health in (None, "starting")
        return Health(healthy=done, source=EXIT_CODE, seconds=None)
    if state.status != "running":
        return None
    age = now - state.started
    if state.health is not None:
        return _checked(state, age, expected)
    if state.restarts and age < _AFTER_RESTART:
        return None  # it may end again at once
    if expected.pinged:
        return Health(healthy=True, source=WORKS, seconds=None)
    if answers is Answering.HTTP:
        return Health(healthy=True, source=ANSWERS, seconds=max(0.0, age))
    since = expected.answered_since
    if answers is Answering.HTTP_ERROR and since is not None and now - since > _WARM_SECONDS:
        return Health(healthy=True, source=ANSWERS, seconds=None)
    if answers is Answering.TCP and since is not None and now - since > 1.0:
        return Health(healthy=True, source=ACCEPTS, seconds=None)
    began = expected.began or _BEAT in expected.log
    schedules = not expected.asks and began and "Traceback" not in expected.log
    waits = expected.ends or expected.answers or (expected.works and not schedules)
    if answers is not Answering.SILENT or waits:
        return None
    if expected.asks and (expected.pings < _LEAST_PINGS or age < _PATIENCE):
        return None
    least = _SILENT_PUBLISHED if expected.published or expected.builds else _STEADY_SECONDS
    quiet = now - expected.log_since > (_QUIET_BUILDING if expected.builds else _QUIET_SECONDS)
    talk = _LONGEST_BUILDING if expected.builds else _LONGEST_TALK
    if age > least and (quiet or age > least + talk):
        return Health(healthy=True, source=SCHEDULES if schedules else RUNNING, seconds=None)
    return None


def _checked(state: ContainerState, age: float, expected: Expectation) -> Health | None:
    """The verdict of a health check; one that never passes in the time granted has failed."""
    if state.health == "healthy":
        first = state.first_success
        seconds = max(0.0, first - state.started) if first is not None else None
        return Health(healthy=True, source=HEALTH_CHECK, seconds=seconds)
    if state.health == "unhealthy" or age > expected.budget + _POLL_SECONDS:
        return Health(healthy=False, source=HEALTH_CHECK, seconds=None)
    return None


def log_end(engine: Engine, stack: StackRequest, name: str, health: Health | None) -> str:
    """A failed service's last words, below a line that says how it failed."""
    state = engine.states(stack).get(name)
    lines = [f"--- {name} ({_failed(state, health)})"]
    if state and state.health_output:
        lines.append(f"health check said: {state.health_output}")
    lines.append(engine.logs(stack, name, _LOG_LINES).strip() if state else "")
    return "\n".join(line for line in lines if line)


def _failed(state: ContainerState | None, health: Health | None) -> str:
    """How a service failed: in what state it is, and by what it was judged or that time was up."""
    what = state.status if state else NEVER_STARTED
    if state and state.status not in _NOT_ENDED:
        what = f"{what}, exit code {state.exit_code}"
    if health is None:
        return what
    if health.source in (ENDED, RESTARTED):
        return f"{what}; it {health.source} while it was asked"
    late = health.source == TIMEOUT
    return f"{what}; {'not ready in time, see --timeout' if late else f'judged by {health.source}'}"


def addresses(
    states: Mapping[str, ContainerState],
    names: Mapping[tuple[str, int], int],
    listening: Mapping[str, frozenset[int]] | None = None,
) -> Addresses:
    """Where each service's ports can be reached, by service and port as a probe names it.

    ``names`` gives the published port of a container's; ``listening`` are further ports, reached
    at the container's own address.
    """
    found: Addresses = {}
    for name, state in sorted(states.items()):
        for port, address in sorted(state.ports.items()):
            found[name, names.get((name, port), port)] = address
        for port in sorted((listening or {}).get(name, ())):
            if port not in state.ports and state.address:
                found[name, port] = (state.address, port)
    return found
