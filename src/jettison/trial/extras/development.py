"""Try the development variant: it comes up, answers, and takes up sources that are changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.changes.verdicts import Reached, State
from jettison.trial.comparing import health_rows
from jettison.trial.extras.launching import healthy_before, launch, uncompared
from jettison.trial.extras.model import Judged
from jettison.trial.extras.reload import Sources
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from jettison.engine import StackRequest
    from jettison.rules import Change
    from jettison.trial.extras.launching import Bench, Seen
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.launching.stack import Stack
    from jettison.trial.model import Answer, Probe

__all__ = ["try_development"]

NAME = "development"
_SECONDS = 30.0
_SECONDS_UNPROMISED = 8.0


def try_development(
    bench: Bench,
    change: Change,
    stack: Stack,
    files: tuple[str, ...],
    promised: frozenset[str],
) -> Judged:
    """How far the variant came; ``promised`` are the services that are told to reload."""
    key = str(change.key)
    before = bench.before
    sources = Sources.of(bench.tree, stack.model)
    wanted = sources.services.keys() & (promised | _developing(before.trial.answers))
    changed: tuple[str, ...] = ()
    taken: dict[str, float] = {}

    def edit(request: StackRequest, where: Addresses) -> None:
        nonlocal changed, taken
        if not sources.services:
            return
        bench.progress.status("changing a source of the development variant")
        changed = sources.change()
        seconds = _SECONDS if wanted else _SECONDS_UNPROMISED
        some = wanted or {name for name, _ in where} & sources.services.keys()
        taken = sources.taken_up(bench.engine, request, where, some, seconds)

    asked = {c: ran for c, ran in before.ran.items() if not c.found and not c.test}
    try:
        seen = launch(
            bench,
            stack,
            "dev",
            replace(before, ran=asked),
            as_mounted=True,
            first=sources.forget_reads,
            then=edit,
        )
    finally:
        sources.restore()
    if seen.refused or seen.unbuilt:
        said = f"Compose does not take it: {seen.refused}" if seen.refused else seen.unbuilt
        return Judged(failed={key: said})
    reloaded = {name: f"took up changed sources in {s:.1f} s" for name, s in taken.items()}
    reloaded |= dict.fromkeys(wanted - taken.keys(), "did not take up changed sources")
    rows = tuple(_rows(bench, seen))
    judged = Judged(notes=seen.notes, trial=seen.trial(NAME, files, rows, reloaded))
    different = [row for row in rows if not row.same]
    if seen.failures:
        names = ", ".join(seen.failures)
        judged.failed[key] = "\n".join([f"not healthy: {names}", *seen.failures.values()])
    elif different:
        judged.failed[key] = "\n".join(
            f"{row.service}: {row.what}: {row.difference}" for row in different[:6]
        )
    else:
        missing = uncompared(bench.before, seen, rows)
        judged.reached[key] = _reached(
            seen, rows, changed, taken, still=wanted - taken.keys(), missing=missing
        )
    return judged


def _developing(answers: Mapping[Probe, Answer]) -> frozenset[str]:
    """The services that are a development server's already: these reload by themselves."""
    return frozenset(
        probe.service for probe, one in answers.items() if one.parts.get("development") == "yes"
    )


def _rows(bench: Bench, seen: Seen) -> Iterator[Row]:
    """The same requests, by their status alone: a development server may word an answer otherwise.

    And the health checks.
    """
    if seen.failures:
        return
    before, there = bench.before, seen.model["services"]
    for probe, answer in before.trial.answers.items():
        other = seen.answers.get(probe)
        if answer.status is None or other is None or probe.service not in there:
            continue
        now = str(other.status or other.error or "no answer")
        same = other.status == answer.status
        said = "" if same else f"status: {answer.status} became {now}"
        yield Row(probe.service, probe.asked, str(answer.status), now, same, said)
    up = {name: how for name, how in healthy_before(before).items() if name in there}
    yield from health_rows(up, seen.health)
    for command, ran in seen.ran.items():
        now, same = f"exit code {ran.exit_code}", ran.exit_code == 0
        said = "" if same else f"{now}: {ran.said}"
        yield Row(command.service, f"command {command.name}", "exit code 0", now, same, said)


def _reached(
    seen: Seen,
    rows: Sequence[Row],
    changed: Sequence[str],
    taken: Mapping[str, float],
    *,
    still: Set[str],
    missing: Sequence[str],
) -> Reached:
    up = sum(health.healthy for health in seen.health.values())
    said = f"launched: {up} services came up, {len(rows)} comparisons agree"
    if still:
        names = ", ".join(sorted(still))
        return Reached(State.BUILT, f"{said}; {names} did not take up changed sources")
    if taken:
        said += f"; {', '.join(taken)} took up changed sources within {max(taken.values()):.1f} s"
    elif changed:
        said += "; changed sources count from a service's next start"
    if missing or not rows:
        said += f"; nothing to compare for {', '.join(missing)}" if missing else ""
        return Reached(State.BUILT, said)
    return Reached(State.VERIFIED, said)
