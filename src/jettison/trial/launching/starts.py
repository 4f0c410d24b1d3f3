"""Start both stacks again in turn, so that the seconds to ready are no single measurement.

Nothing is asked and nothing is watched: a stack is launched, waited for, and stopped.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jettison.errors import EngineError
from jettison.record import record
from jettison.trial.launching.launch import Expectation, launched, wait_until_ready
from jettison.trial.model import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jettison.engine import Engine
    from jettison.trial.launches import Launch
    from jettison.trial.model import Progress, Trial

__all__ = [
    "LONGEST_START",
    "Start",
    "Starts",
    "moved",
    "start_in_turn",
    "start_once",
    "with_starts",
]

LONGEST_START = 60.0
"""Seconds after which a stack is not started once more."""


@record
class Start:
    """One start: ``seconds`` to ready by service, ``whole`` until all were, ``failed`` if not."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    whole: float = 0.0
    failed: str = ""


@dataclass(slots=True)
class Starts:
    """The further starts of each side that were made; ``note`` is why there were not more."""

    before: list[Start] = field(default_factory=list)
    after: list[Start] = field(default_factory=list)
    note: str = ""


def start_in_turn(further: int, longest: float, start: Callable[[Side], Start]) -> Starts:
    """``further`` starts of each side, before and after in turn.

    ``longest`` is the longest that the first ones took. It ends early when a start takes longer
    than :data:`LONGEST_START` or fails.
    """
    made = Starts()
    for number in range(further):
        if longest > LONGEST_START:
            made.note = (
                f"seconds to ready are of {number + 1} of {further + 1} starts: one start of the "
                f"stack took {longest:.0f} s"
            )
            break
        round_ = []
        for side in Side:
            one = start(side)
            if one.failed:
                made.note = f"start {number + 2} of the stack {side.value} failed: {one.failed}"
                return made
            round_.append(one)
            longest = max(longest, one.whole)
        made.before.append(round_[0])
        made.after.append(round_[1])
    return made


def start_once(
    engine: Engine,
    launch: Launch,
    names: Sequence[str],
    timeout_seconds: float,
    progress: Progress,
) -> Start:
    """One more start of a stack; only the services ``names`` are waited for."""
    expected = {name: Expectation(budget=launch.budgets[name], asks=()) for name in names}
    clock = time.monotonic()
    try:
        with launched(engine, launch.request, launch.model, progress) as starting:
            found = wait_until_ready(
                engine,
                launch.request,
                starting,
                expected,
                timeout_seconds=timeout_seconds,
                first_failure=True,
                progress=progress,
            )
            whole = time.monotonic() - clock
    except EngineError as error:
        return Start(failed=str(error))
    down = [f"{name} ({one.source})" for name, one in found.items() if not one.healthy]
    seconds = {name: one.seconds for name, one in found.items() if one.seconds is not None}
    return Start(seconds, whole, ", ".join(down))


def with_starts(trial: Trial, further: Sequence[Start]) -> Trial:
    """The trial with the median of its first start and the further ones for each service."""
    services = []
    for service in trial.services:
        first = service.seconds_to_healthy
        if first is None:
            services.append(service)
            continue
        name = service.service
        every = (first, *(one.seconds[name] for one in further if name in one.seconds))
        middle = statistics.median(every)
        services.append(replace(service, seconds_to_healthy=middle, starts=every))
    slowest = (one.seconds_to_healthy for one in services if one.seconds_to_healthy is not None)
    return replace(
        trial, services=tuple(services), seconds_to_all_healthy=max(slowest, default=0.0)
    )


def moved(launch: Launch, here: Path) -> tuple[Launch, tuple[str, ...]]:
    """The launch with the copy of the project ``here``, and the paths below it that it mounts."""
    old = str(launch.tree)
    mounted = dict.fromkeys(
        text[len(old) + 1 :] for text in _texts(launch.model) if f"{text}/".startswith(f"{old}/")
    )

    def there(value: Any) -> Any:
        match value:
            case str() if f"{value}/".startswith(f"{old}/"):
                return f"{here}{value[len(old) :]}"
            case dict():
                return {key: there(inner) for key, inner in value.items()}
            case list():
                return [there(inner) for inner in value]
            case _:
                return value

    request = replace(
        launch.request, folder=here, file=here.parent / f"{here.name}.{launch.request.name}.json"
    )
    return replace(launch, model=there(launch.model), tree=here, request=request), tuple(mounted)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case _:
            pass
