"""Measure how soon the services are ready by more than one start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.trial.launching.starts import Start, moved, start_in_turn, start_once, with_starts
from jettison.trial.model import Side

if TYPE_CHECKING:
    from jettison.engine import Engine
    from jettison.trial import Progress
    from jettison.trial.outcomes import Observation, TrialSettings
    from jettison.trial.prove import Proof

__all__ = ["measured_again"]


def measured_again(
    engine: Engine,
    proof: Proof,
    observation: Observation,
    settings: TrialSettings,
    progress: Progress,
) -> tuple[Proof, Observation, str]:
    """The same with medians of further starts, and a note on those that were not made, or ``""``.

    Only what passed is started again, and only services are waited for that have seconds to ready
    on both sides.
    """
    passed = proof.passed
    if passed is None or settings.starts < 2:
        return proof, observation, ""
    first, last = observation.launch, passed.launch
    names = [
        {one.service for one in trial.services if one.seconds_to_healthy is not None}
        for trial in (observation.trial, passed.trial)
    ]
    judged = sorted(names[0] & names[1])
    if first is None or last is None or not judged:
        return proof, observation, ""
    # The copy of the project is as it is after the changes: fit for the side before, too, unless
    # it mounts what they changed.
    before, mounted = moved(first, last.tree)
    if any(_reaches(path, name) for path in mounted for name in proof.plan.tree.changed()):
        why = "seconds to ready are of one start: a file that is mounted is changed"
        return proof, observation, why
    launches = {Side.BEFORE: before, Side.AFTER: last}

    def start(side: Side) -> Start:
        progress.status(f"starting the stack {side.value} once more")
        return start_once(engine, launches[side], judged, settings.timeout_seconds, progress)

    longest = max(first.seconds, last.seconds)
    made = start_in_turn(settings.starts - 1, longest, start)
    if made.before:
        progress.say(f"started both stacks {len(made.before)} times more")
    return (
        replace(proof, attempt=replace(passed, trial=with_starts(passed.trial, made.after))),
        replace(observation, trial=with_starts(observation.trial, made.before)),
        made.note,
    )


def _reaches(mounted: str, name: str) -> bool:
    """Whether a mounted path is a file or holds it."""
    return not mounted or f"{name}/".startswith(f"{mounted}/")
