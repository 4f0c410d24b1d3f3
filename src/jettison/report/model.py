"""What a run found, did and measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine import EngineInfo
    from jettison.plan import Plan
    from jettison.rules import Finding
    from jettison.trial import Answer, Probe, ServiceMeasure, Trial


class State(StrEnum):
    """How far a change has come."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    BUILT = "built"
    VERIFIED = "verified"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Base:
    """A base image or a service's image from elsewhere, and whether it was a stand-in."""

    reference: str
    stand_in: bool
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe's answers before and after."""

    probe: Probe
    before: Answer
    after: Answer

    @property
    def same(self) -> bool:
        """Whether the service answered as before."""
        return self.before.is_like(self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two trials side by side."""

    before: Trial
    after: Trial
    probes: tuple[ProbeResult, ...]

    def rows(self) -> tuple[tuple[str, ServiceMeasure, ServiceMeasure | None], ...]:
        """Each service before and after, in the order of the Compose file, built ones first."""
        after = {service.service: service for service in self.after.services}
        ordered = sorted(self.before.services, key=lambda s: not s.built)
        return tuple((s.service, s, after.get(s.service)) for s in ordered)

    def totals(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Uncompressed and compressed bytes of the built services, each counted whole."""
        before = [s for s in self.before.services if s.built]
        after = [s for s in self.after.services if s.built]
        return (
            (sum(s.uncompressed_bytes for s in before), sum(s.compressed_bytes for s in before)),
            (sum(s.uncompressed_bytes for s in after), sum(s.compressed_bytes for s in after)),
        )

    @property
    def verified(self) -> bool:
        """Whether every service is healthy and every probe was answered as before."""
        return (
            self.before.all_healthy
            and self.after.all_healthy
            and len(self.after.services) == len(self.before.services)
            and all(result.same for result in self.probes)
        )


@dataclass(frozen=True, slots=True)
class Report:
    """One run of ``jettison optimize``; ``comparison`` is ``None`` without a trial."""

    version: str
    project: str
    started: str
    seconds: float
    findings: tuple[tuple[Finding, State], ...]
    plan: Plan
    engine: EngineInfo | None
    comparison: Comparison | None
    bases: tuple[Base, ...]
    package_service: str | None


def build_report(
    *,
    version: str,
    project: str,
    started: str,
    seconds: float,
    findings: tuple[Finding, ...],
    plan: Plan,
    engine: EngineInfo | None,
    before: Trial | None,
    after: Trial | None,
    bases: tuple[Base, ...],
) -> Report:
    """The report of a run; a finding's state follows from what was reached."""
    comparison = None
    if before is not None and after is not None:
        missing = set(before.answers) - set(after.answers)
        probes = tuple(
            ProbeResult(probe, answer, after.answers[probe])
            for probe, answer in before.answers.items()
            if probe not in missing
        )
        comparison = Comparison(before, after, probes)
    reached = State.APPLIED
    if comparison is not None:
        reached = State.VERIFIED if comparison.verified else State.BUILT
    states = tuple((f, reached if f.code in plan.addressed else State.PROPOSED) for f in findings)
    counted = next(iter(before.packages), None) if before is not None else None
    return Report(
        version=version,
        project=project,
        started=started,
        seconds=seconds,
        findings=states,
        plan=plan,
        engine=engine,
        comparison=comparison,
        bases=bases,
        package_service=counted,
    )
