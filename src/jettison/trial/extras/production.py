"""Try the production variant: its images, its proxy, its monitoring."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.changes.verdicts import Reached, State
from jettison.record import record
from jettison.trial.asking.commands import command_rows
from jettison.trial.comparing import answer_rows, health_rows, log_rows
from jettison.trial.extras.launching import healthy_before, launch, uncompared
from jettison.trial.extras.model import Judged
from jettison.trial.launching.launch import ACCEPTS, ANSWERS, HEALTH_CHECK
from jettison.trial.outcomes import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.compose import Service
    from jettison.rules import Change
    from jettison.trial.extras.launching import Bench, Seen
    from jettison.trial.launching.stack import Stack
    from jettison.trial.model import Answer, Probe

__all__ = ["Parts", "try_production"]

NAME = "production"
_OPEN = (HEALTH_CHECK, ANSWERS, ACCEPTS)


@record
class Parts:
    """The changes that make the production variant, each with what it is answerable for.

    ``variant`` answers for the stack's own services, ``proxy`` for what comes through it;
    ``others`` add services that none of the stack needs. ``None`` is one that was not made in this
    run.
    """

    variant: Change | None
    proxy: Change | None
    others: tuple[Change, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, those that the others may stand on first."""
        every = (self.variant, self.proxy, *self.others)
        return tuple(str(change.key) for change in every if change is not None)

    def added(self, service: str) -> Change | None:
        """The change that adds a service which the stack does not have."""
        for change in (*self.others, self.proxy):
            if change is not None and _mentions(change, service):
                return change
        return None


@record
class _Door:
    """The proxy's service, and the service and port (as probes name it) that it passes on to."""

    proxy: str = ""
    front: str = ""
    port: int = 0

    @classmethod
    def of(cls, parts: Parts, stack: Stack, known: Mapping[str, Service]) -> _Door:
        for name, spec in stack.model["services"].items():
            if name in known or parts.proxy is None or parts.added(name) is not parts.proxy:
                continue
            front = next((one for one in spec.get("depends_on") or () if one in known), "")
            ports = known[front].ports if front else ()
            for port in ports:
                if port.protocol == "tcp":
                    return cls(name, front, port.published or port.target)
            return cls(name, front)
        return cls()

    def through(self, answers: Mapping[Probe, Answer], stack: Stack) -> dict[Probe, Probe]:
        """Each probe of the service behind, by the one that asks the same of the proxy."""
        proxy = stack.model["services"].get(self.proxy) or {}
        for port in (proxy.get("ports") or ())[:1]:
            published = str(port.get("published") or "")
            number = int(published) if published.isdigit() else int(port["target"])
            return {
                replace(probe, service=self.proxy, port=number): probe
                for probe in answers
                if (probe.service, probe.port, probe.step) == (self.front, self.port, 0)
            }
        return {}


def _mentions(change: Change, service: str) -> bool:
    texts = [*change.patch.files.values()]
    texts += [edit.text for edits in change.patch.edits.values() for edit in edits]
    return any(f"\n  {service}:\n" in f"\n{text}" for text in texts)


def try_production(bench: Bench, parts: Parts, stack: Stack, files: tuple[str, ...]) -> Judged:
    """How far each of ``parts`` came, launched together from ``stack`` once."""
    answers = bench.before.trial.answers
    compose = bench.project.compose
    door = _Door.of(parts, stack, compose.services if compose is not None else {})
    asking = door.through(answers, stack)
    through = {probe: answers[one] for probe, one in asking.items()}
    varying = {probe: bench.before.varying.get(one, frozenset()) for probe, one in asking.items()}
    before = replace(
        bench.before,
        trial=replace(bench.before.trial, answers={**answers, **through}),
        varying={**bench.before.varying, **varying},
    )
    seen = launch(bench, stack, "prod", before, as_mounted=False)
    if seen.refused:
        return _blamed(parts, parts.keys[-1], f"Compose does not take it: {seen.refused}")
    if seen.unbuilt:
        return _blamed(parts, _key(parts.variant), seen.unbuilt)
    if seen.failures:
        judged = _failed(parts, seen)
        judged.trial = seen.trial(NAME, files)
        return judged
    replaced = bench.passed.replaced
    passed_on = tuple(answer_rows(through, seen.answers, varying, replaced, policies=False))
    rows = tuple(_own_rows(bench, seen))
    if not all(row.same for row in rows):
        judged = _blamed(parts, _key(parts.variant), _said(rows))  # whatever else differs
    else:
        judged = Judged(notes=seen.notes)
        if parts.variant is not None:
            judged.reached[_key(parts.variant)] = _variant(bench, seen, rows)
        beside = (*passed_on, *_doors(seen, door.proxy))
        if parts.proxy is not None and not all(row.same for row in beside):
            judged.failed[_key(parts.proxy)] = _said(beside)
        elif parts.proxy is not None:
            judged.reached[_key(parts.proxy)] = _proxy(door.front, passed_on)
        for change in parts.others:
            judged.reached[_key(change)] = _monitoring(parts, change, seen)
    judged.trial = seen.trial(NAME, files, (*rows, *passed_on))
    return judged


def _key(change: Change | None) -> str:
    return str(change.key) if change is not None else ""


def _own_rows(bench: Bench, seen: Seen) -> Iterator[Row]:
    """The comparisons that the stack itself was put to, with the variant."""
    before = bench.before
    there = seen.model["services"]
    up = {name: how for name, how in healthy_before(before).items() if name in there}
    answers = {probe: one for probe, one in before.trial.answers.items() if probe.service in there}
    complaints = {n: said for n, said in seen.complaints.items() if n in before.complaints}
    replaced = bench.passed.replaced
    yield from answer_rows(answers, seen.answers, before.varying, replaced, policies=False)
    yield from health_rows(up, seen.health)
    yield from log_rows(before.complaints, complaints)
    yield from command_rows(before.ran, seen.ran)


def _doors(seen: Seen, proxy: str) -> Iterator[Row]:
    """A row for each service that others can reach beside the proxy."""
    for name, spec in seen.model["services"].items():
        ports = [p for p in spec.get("ports") or () if p.get("host_ip") != "127.0.0.1"]
        if ports and name != proxy:
            said = ", ".join(str(port.get("published") or port["target"]) for port in ports)
            what = "published ports"
            yield Row(name, what, "none", said, same=False, difference=said)


def _variant(bench: Bench, seen: Seen, rows: Sequence[Row]) -> Reached:
    missing = uncompared(bench.before, seen, rows)
    up = sum(health.healthy for health in seen.health.values())
    launched = f"launched: {up} services came up"
    if missing or not rows:
        said = f"; nothing to compare for {', '.join(missing)}" if missing else ""
        return Reached(State.BUILT, f"{launched}{said}")
    return Reached(State.VERIFIED, f"{launched}, {len(rows)} comparisons agree")


def _proxy(front: str, rows: Sequence[Row]) -> Reached:
    if not rows:
        return Reached(State.BUILT, f"launched: it came up; {front} has no answer to pass on")
    said = f"launched: {len(rows)} answers of {front} came through it as before"
    return Reached(State.VERIFIED, f"{said}; nothing else is published")


def _monitoring(parts: Parts, change: Change, seen: Seen) -> Reached:
    """As far as the least of the services that a change adds."""
    names = [name for name in seen.new if parts.added(name) is change]
    for name in names:
        if name in seen.not_tried:
            return Reached(State.APPLIED, f"{name} was not tried: {seen.not_tried[name]}")
    shown = [n for n in names if n in seen.health and seen.health[n].source in _OPEN]
    if not names or len(shown) < len(names):
        return Reached(State.BUILT, "launched: it came up, but no port of it answers")
    return Reached(State.VERIFIED, f"launched: {', '.join(names)} came up and answers")


def _said(rows: Iterable[Row]) -> str:
    different = [row for row in rows if not row.same]
    return "\n".join(f"{r.service}: {r.what}: {r.difference}" for r in different[:6])


def _failed(parts: Parts, seen: Seen) -> Judged:
    """The changes whose services did not come up; those of the stack itself are the variant's."""
    judged = Judged(notes=seen.notes)
    for service, said in seen.failures.items():
        change = parts.added(service) if service in seen.new else parts.variant
        if change is None:
            continue
        judged.failed.setdefault(str(change.key), f"not healthy: {service}\n{said}")
    if not judged.failed:
        return _blamed(parts, "", "\n".join(seen.failures.values()))
    return judged


def _blamed(parts: Parts, key: str, evidence: str) -> Judged:
    """What speaks against one change; without one it is nobody's fault, and shows nothing."""
    if key:
        return Judged(failed={key: evidence})
    said = f"the production variant that was there does not run as the stack does: {evidence}"
    return Judged(reached={key: Reached(State.APPLIED, said) for key in parts.keys})
