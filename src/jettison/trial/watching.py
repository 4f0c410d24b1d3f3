"""Launch one side, ask its services, read its memory, and say what became of each."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jettison.engine import StackRequest
from jettison.errors import EngineError
from jettison.trial.asking.modules import read_imports
from jettison.trial.asking.own_tests import run_tests
from jettison.trial.asking.services import ask_services, run_in_services, where_of
from jettison.trial.comparing import complaints
from jettison.trial.labels import RUN_LABEL
from jettison.trial.launches import Launch
from jettison.trial.launching.isolation import Isolated, Wishes, isolate, start_budget, without
from jettison.trial.launching.last_words import telling_lines
from jettison.trial.launching.launch import (
    ACCEPTS,
    ANSWERS,
    ENDED,
    EXIT_CODE,
    NEVER_STARTED,
    RESTARTED,
    RUNNING,
    SCHEDULES,
    WORKS,
    Expectation,
    Health,
    launched,
    log_end,
    wait_until_ready,
)
from jettison.trial.sides import Watched
from jettison.trial.tracing import watching
from jettison.trial.weighing import packages_of, references_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jettison.engine import ContainerState, Engine, ImageInfo, Starting
    from jettison.trial.builds import Built
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.launching.stack import Stack
    from jettison.trial.outcomes import Observation
    from jettison.trial.sides import Side
    from jettison.trial.tracing import Running, Watch

__all__ = ["images_of", "prepared", "short_reason", "watch"]

T = TypeVar("T")
_MEMORY_READINGS = 3
_MEMORY_PAUSE_SECONDS = 0.3
SETTLE_SECONDS = 1.5
_LOG_LINES = 3000
_LISTING_SECONDS = 30.0
_MOST_FAILED_LINES = 12


def images_of(
    engine: Engine, stack: Stack, built: Built, dropped: dict[str, str], seconds: float
) -> dict[str, ImageInfo]:
    """The image of each service; those that cannot be had are added to ``dropped``."""
    found: dict[str, ImageInfo] = {}
    known: dict[str, ImageInfo | None] = {}
    for service, spec in stack.model["services"].items():
        reference = built.tags.get(service) or spec.get("image")
        if not reference or (service in dropped and service not in built.tags):
            continue
        if reference not in known:
            known[reference] = engine.image(reference)
            if known[reference] is None:
                said = engine.pull(reference, seconds)
                known[reference] = None if said else engine.image(reference)
        image = known[reference]
        if image is None:
            dropped[service] = f"its image {reference} cannot be had"
        else:
            found[service] = image
    return found


def prepared(side: Side, dropped: Mapping[str, str]) -> Isolated:
    """The model to launch, without the services that are dropped."""
    wishes = Wishes(
        images=side.built.tags,
        label=f"{RUN_LABEL}={side.run_id}",
        checked=frozenset(name for name, image in side.images.items() if image.has_healthcheck),
        ports={name: image.exposed for name, image in side.images.items()},
        hides=side.hides,
        removed=side.removed,
        allow=side.settings.allow,
        timeout_seconds=side.settings.timeout_seconds,
    )
    model = without(side.stack.model, dropped)
    return isolate(model, f"jettison-{side.run_id}-{side.label}", wishes, side.stack.binds)


def watch(
    side: Side,
    isolated: Isolated,
    judged: Iterable[str],
    *,
    measure: bool,
    first_failure: bool,
    before: Observation | None = None,
    imports: bool = True,
    then: Callable[[StackRequest, Addresses], None] | None = None,
) -> Watched:
    """What the side did until it was ready and had been asked.

    ``judged`` are the services to wait for. Without ``before`` probes are chosen and asked twice;
    with it the same are asked, and once more where the answer differs from the one given. With
    ``imports`` it is read what the images can import. ``then`` is called with where the services
    are reached, before they are looked at for the last time.
    """
    tree = side.stack.binds.tree
    request = StackRequest(
        name=str(isolated.model["name"]),
        file=tree.parent / f"{tree.name}.{side.label}.compose.json",
        folder=Path(side.stack.folder),
        environment=side.stack.environment,
    )
    watched = Watched(isolated)
    expected = {name: _expectation(side, isolated, name, before) for name in judged}
    if not isolated.model["services"]:
        return watched
    if measure:  # else what is weighed would take time from what starts
        side.progress.status("weighing images")
        side.engine.await_weighing()
    clock = time.monotonic()
    with (
        watching(partial(side.engine.execute, seconds=_LISTING_SECONDS)) as files,
        launched(side.engine, request, isolated.model, side.progress) as starting,
    ):
        watched.health = wait_until_ready(
            side.engine,
            request,
            starting,
            expected,
            timeout_seconds=side.settings.timeout_seconds,
            first_failure=first_failure,
            progress=side.progress,
        )
        budgets = {name: one.budget for name, one in expected.items()}
        waited = time.monotonic() - clock
        watched.launch = Launch(request, isolated.model, tree, budgets, waited)
        _note_failures(side, request, watched, starting)
        if first_failure and watched.failures:
            return watched
        if measure:
            side.engine.weigh_beside(sorted(set(references_of(side).values())))
            side.on_ready()
        states = side.engine.states(request)
        watched.words = _at_once(
            list(states), lambda name: _words(side, isolated, name, states[name])
        )
        # Commands of the settings may change what is answered: these wait for the answers.
        commands_wait = bool(side.settings.commands)

        def tell() -> None:
            if imports:  # in containers of its own, from the words that are known by now
                watched.imports = read_imports(side, watched, before)
            if measure:
                watched.packages = packages_of(side.engine, side.built)
            if not commands_wait:
                watched.ran = run_in_services(side, watched, states, before)

        with ThreadPoolExecutor(1, "telling") as beside:
            told = beside.submit(tell)
            side.progress.status("asking the services")
            ask_services(side, watched, states, before)
            asked = time.monotonic()
            told.result()
        if commands_wait:
            watched.ran = run_in_services(side, watched, states, before)
        if measure:
            watched.memory = _memory(side.engine, states)
        watched.ran |= run_tests(side, watched, states, before)
        if then is not None:
            then(request, where_of(side, watched, states))
        if watched.answers:  # a request may fell a service a moment after it was answered
            time.sleep(max(0.0, asked + SETTLE_SECONDS - time.monotonic()))
        _look_again(side, request, watched, states)
        watched.running = _running(side, files, side.engine.states(request))
    return watched


def _running(side: Side, files: Watch, states: Mapping[str, ContainerState]) -> dict[str, Running]:
    """What services opened while they ran, of those whose image is known."""
    return {
        name: replace(
            running,
            image=side.images[name].image_id,
            base=side.stack.targets[name].base if name in side.stack.targets else "",
            target=side.stack.targets[name].name if name in side.stack.targets else "",
        )
        for name, running in files.running(states).items()
        if name in side.images
    }


def _expectation(
    side: Side, isolated: Isolated, name: str, before: Observation | None
) -> Expectation:
    spec: Mapping[str, Any] = side.stack.model["services"].get(name) or {}
    services = before.trial.services if before is not None else ()
    source = next((one.health_source for one in services if one.service == name), None)
    seconds = start_budget(spec.get("healthcheck"), side.settings.timeout_seconds)
    return Expectation(
        budget=seconds,
        published=bool(spec.get("ports")),
        restarts="restart" in isolated.model["services"].get(name, {}),
        ends=source == EXIT_CODE,
        works=source in (WORKS, SCHEDULES),
        answers=source in (ANSWERS, ACCEPTS),
        asks=None if name in side.built.tags else (),
    )


def _note_failures(side: Side, request: StackRequest, watched: Watched, starting: Starting) -> None:
    if not starting.running():
        watched.complaint = starting.complaint()
    for name, health in watched.health.items():
        if health.healthy:
            continue
        if health.source == NEVER_STARTED:
            said = watched.complaint.strip().splitlines()[-1:] or ["it was never started"]
            watched.failures[name] = f"--- {name} ({NEVER_STARTED})\n{said[0]}"
        else:
            watched.failures[name] = log_end(side.engine, request, name, health)


def _memory(engine: Engine, states: Mapping[str, ContainerState]) -> dict[str, int | None]:
    """The median of three readings of every running service, all services at once."""
    running = {name: state for name, state in states.items() if state.status == "running"}
    readings: dict[str, list[int | None]] = {name: [] for name in running}
    with ThreadPoolExecutor(max(1, len(running)), "memory") as pool:
        for number in range(_MEMORY_READINGS):
            if number:
                time.sleep(_MEMORY_PAUSE_SECONDS)
            ids = [state.container_id for state in running.values()]
            for name, value in zip(running, pool.map(engine.memory_bytes, ids), strict=True):
                readings[name].append(value)
    return {name: _median(values) for name, values in readings.items()}


def _median(values: list[int | None]) -> int | None:
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2] if len(known) == len(values) and known else None


def _words(side: Side, isolated: Isolated, name: str, state: ContainerState) -> tuple[str, ...]:
    """The command lines that a service's settings give it, and those of its processes."""
    spec = isolated.model["services"].get(name) or {}
    found = []
    for key in ("entrypoint", "command"):
        value = spec.get(key) or ()
        found += [value] if isinstance(value, str) else [str(word) for word in value]
    running = state.status == "running" and name in side.built.tags
    return (*found, *(side.engine.commands(state.container_id) if running else ()))


def _look_again(
    side: Side,
    request: StackRequest,
    watched: Watched,
    earlier: Mapping[str, ContainerState],
) -> None:
    """Whether what was up still is, after it has been asked; and what the logs tell."""
    states = side.engine.states(request)
    told = _complaints(side, request, [n for n, one in watched.health.items() if one.healthy])
    for name, health in list(watched.health.items()):
        now, then = states.get(name), earlier.get(name)
        if not health.healthy:
            continue
        if name in told:
            watched.complaints[name] = told[name]
        ended = now is None or (now.status != "running" and now.exit_code != 0)
        done = now is not None and now.status == "exited" and now.exit_code == 0
        if done and health.source == RUNNING:  # a job that took longer than it was watched
            watched.health[name] = Health(healthy=True, source=EXIT_CODE, seconds=None)
        restarted = now is not None and then is not None and now.restarts > then.restarts
        if ended or restarted:
            source = ENDED if ended and not restarted else RESTARTED
            gone = Health(healthy=False, source=source, seconds=None)
            watched.health[name] = gone
            watched.failures[name] = log_end(side.engine, request, name, gone)


def _complaints(
    side: Side, request: StackRequest, names: Sequence[str]
) -> dict[str, frozenset[str]]:
    """What the logs of services complain of, of all that have one."""

    def told(name: str) -> frozenset[str] | None:
        try:
            return complaints(side.engine.logs(request, name, _LOG_LINES))
        except EngineError:
            return None

    return {name: said for name, said in _at_once(names, told).items() if said is not None}


def _at_once(names: Sequence[str], make: Callable[[str], T]) -> dict[str, T]:
    """What ``make`` gives for each name, made side by side."""
    with ThreadPoolExecutor(max(1, len(names)), "services") as pool:
        return dict(zip(names, pool.map(make, names), strict=True))


def short_reason(details: str) -> str:
    """A failed service's last words, shortened."""
    lines = telling_lines(details.splitlines())
    return "\n".join(lines[:1] + lines[1:][-_MOST_FAILED_LINES:])
