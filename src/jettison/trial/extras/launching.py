"""Launch a variant of the stack, as the stack itself was launched."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.trial.builds import build_stack, give_images, taken_images
from jettison.trial.extras.model import VariantTrial
from jettison.trial.launching.launch import NEVER_STARTED
from jettison.trial.launching.stack import assemble
from jettison.trial.sides import Side
from jettison.trial.watching import images_of, prepared, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from jettison.analysis.project import Project
    from jettison.engine import Engine, StackRequest
    from jettison.trial.builds import Built
    from jettison.trial.launching.launch import Health
    from jettison.trial.launching.reach import Addresses
    from jettison.trial.launching.stack import Stack
    from jettison.trial.learned import Command, Ran
    from jettison.trial.model import Answer, Probe, Progress
    from jettison.trial.outcomes import Observation, Passed, Row, TrialSettings
    from jettison.trial.sides import Watched

__all__ = ["Bench", "Seen", "healthy_before", "launch", "uncompared", "variant_stack"]


@record
class Bench:
    """What all trials of EXTRAs share.

    ``tree`` is a copy of ``project`` as it is after all changes; ``before`` is what the project was
    like, ``passed`` the attempt that the changed stack passed. ``number`` is that of the round.
    """

    engine: Engine
    project: Project
    tree: Path
    run_id: str
    settings: TrialSettings
    progress: Progress
    before: Observation
    passed: Passed
    number: int = 1

    def label(self, name: str) -> str:
        """A name for what is built and launched: no two images of a run have one name."""
        return name if self.number == 1 else f"{name}{self.number}"


@dataclass(slots=True)
class Seen:
    """What a variant did.

    ``refused`` is why there is no stack at all, ``unbuilt`` the end of the log of the image that
    cannot be built, ``failures`` services' last words: with one of them there are no answers.
    ``published`` are the services whose ports the project itself would publish to others.
    """

    refused: str = ""
    unbuilt: str = ""
    failures: dict[str, str] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    answers: Mapping[Probe, Answer] = field(default_factory=dict)
    complaints: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ran: Mapping[Command, Ran] = field(default_factory=dict)
    not_tried: dict[str, str] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    new: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def trial(
        self,
        name: str,
        files: tuple[str, ...],
        rows: Iterable[Row] = (),
        reloaded: Mapping[str, str] | None = None,
    ) -> VariantTrial:
        """The variant for a report."""
        services = {service: one.healthy for service, one in self.health.items()}
        return VariantTrial(
            name, files, services, tuple(rows), self.not_tried, reloaded or {}, self.seconds
        )


def healthy_before(before: Observation) -> dict[str, str]:
    """How each service that came up before was judged, by name."""
    return {one.service: one.health_source for one in before.trial.services if one.healthy}


def uncompared(before: Observation, seen: Seen, rows: Iterable[Row]) -> tuple[str, ...]:
    """The services built before with which nothing was compared that they did themselves."""
    compared = {row.service for row in rows if row.exercises}
    built = (one.service for one in before.trial.services if one.built)
    return tuple(n for n in built if n in seen.model["services"] and n not in compared)


def variant_stack(bench: Bench, overlay: str, environment: Mapping[str, str]) -> Stack:
    """The project's Compose files with one more; no services where Compose does not take it."""
    names = (*bench.project.compose_names, overlay)
    project = replace(bench.project, compose_names=names, targets=())
    known = {**environment, **bench.settings.environment}
    return assemble(bench.engine, project, bench.tree, replace(bench.settings, environment=known))


def launch(
    bench: Bench,
    stack: Stack,
    label: str,
    before: Observation,
    *,
    as_mounted: bool,
    first: Callable[[], None] | None = None,
    then: Callable[[StackRequest, Addresses], None] | None = None,
) -> Seen:
    """What a variant does: built where it is not yet, launched, waited for and asked.

    ``before`` has the answers to compare with. With ``as_mounted`` the sources stay mounted,
    otherwise what the stack went without is left out here too. ``first`` is called right before the
    start, ``then`` once all has been asked. Pages are not opened in a browser: a variant has other
    ports, and by that other origins.
    """
    clock = time.monotonic()
    label = bench.label(label)
    seen = Seen(model=stack.model)
    if not stack.model["services"]:
        seen.refused = stack.notes[-1] if stack.notes else "Compose gives no services"
        return seen
    base = assemble(bench.engine, bench.project, bench.tree, bench.settings)
    seen.new = tuple(n for n in stack.model["services"] if n not in base.model["services"])
    names = _ports_as_before(stack, base)
    reused = _reused(stack, base, bench.passed)
    built = _build(bench, stack, label)
    built.tags.update({name: tag for name, tag in reused.items() if name not in built.tags})
    if built.failures:
        failure = built.failures[0]
        place = (
            f"{failure.dockerfile.name}:{failure.line}" if failure.line else failure.dockerfile.name
        )
        seen.unbuilt = f"{place} cannot be built: {failure.step}\n{failure.log}"
        return seen
    dropped = dict.fromkeys(bench.before.dropped, "left out before")
    images = images_of(bench.engine, stack, built, dropped, bench.settings.timeout_seconds)
    side = Side(
        engine=bench.engine,
        stack=stack,
        built=built,
        settings=bench.settings,
        run_id=bench.run_id,
        label=label,
        progress=bench.progress,
        images=images,
        removed={} if as_mounted else bench.before.removed,
    )
    isolated = prepared(side, dropped)
    isolated.names = {**names, **isolated.names}
    for name in seen.new:
        reason = dropped.get(name) or isolated.left_out.get(name)
        if reason:
            seen.not_tried[name] = reason
    up = [name for name in healthy_before(bench.before) if name in stack.model["services"]]
    lost = [name for name in up if name not in isolated.model["services"]]
    for name in lost:
        seen.failures[name] = dropped.get(name) or isolated.left_out.get(name, "it is not started")
    if lost:
        return seen
    new = [name for name in isolated.model["services"] if name in seen.new]
    if first is not None:
        first()
    watched = watch(
        side,
        isolated,
        [*up, *new],
        measure=False,
        first_failure=True,
        before=_without_pages(before),
        imports=False,
        then=then,
    )
    _take(seen, watched, stack)
    seen.seconds = time.monotonic() - clock
    return seen


def _without_pages(before: Observation) -> Observation:
    answers = {p: one for p, one in before.trial.answers.items() if not p.in_browser}
    return replace(before, trial=replace(before.trial, answers=answers))


def _take(seen: Seen, watched: Watched, stack: Stack) -> None:
    """What was watched; what only others kept from starting has not failed by itself."""
    failed = watched.failures
    own = {n: said for n, said in failed.items() if watched.health[n].source != NEVER_STARTED}
    seen.failures = dict(own or failed)
    seen.health = watched.health
    seen.answers = watched.answers
    seen.complaints = watched.complaints
    seen.ran = watched.ran
    seen.notes = tuple(stack.notes)


def _build(bench: Bench, stack: Stack, label: str) -> Built:
    return build_stack(
        bench.engine,
        stack,
        run_id=bench.run_id,
        label=label,
        cold=False,
        settings=bench.settings,
        stop_early=False,
        progress=bench.progress,
    )


def _ports_as_before(stack: Stack, base: Stack) -> dict[tuple[str, int], int]:
    """Makes the stack's own ports reachable in the trial, by the names that they have there.

    A variant may publish none of them.
    """
    names = {}
    for name, spec in stack.model["services"].items():
        for port in (base.model["services"].get(name) or {}).get("ports") or ():
            target = int(port["target"])
            exposed = list(spec.get("expose") or ())
            spec["expose"] = [*exposed, f"{target}/{port.get('protocol') or 'tcp'}"]
            if str(port.get("published") or "").isdigit():
                names[name, target] = int(port["published"])
    return names


def _reused(stack: Stack, base: Stack, passed: Passed) -> dict[str, str]:
    """The images that services of the variant share with the stack, no longer to be built."""
    services, earlier = stack.model["services"], base.model["services"]
    known = {one.service: one.image for one in passed.trial.services if one.built}

    def same(name: str, key: str) -> bool:
        return bool(services[name].get(key) == (earlier.get(name) or {}).get(key))

    anew = {spec.get("image") for name, spec in services.items() if not same(name, "build")}
    found = {
        name: known[name]
        for name, spec in services.items()
        if name in known
        and same(name, "build")
        and same(name, "image")
        and (spec.get("image") is None or spec["image"] not in anew)
    }
    # An image that another one is built from anew is another one, too.
    while left := [n for n in found if not found.keys() >= set(taken_images(services[n]))]:
        for name in left:
            del found[name]
    for spec in services.values():
        give_images(spec, found)
    for name in found:
        services[name].pop("build", None)
    return found
