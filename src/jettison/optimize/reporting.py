"""The report of a run: what was found, tried, measured and left alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jettison import __version__
from jettison.changes.standing import standings
from jettison.changes.verdicts import State, judge
from jettison.errors import ExitCode
from jettison.optimize.measures import bases, comparison, differences, untouched, written_files
from jettison.report.model import Report
from jettison.report.results import results_path, results_text
from jettison.source import Patch, Span, TextEdit
from jettison.trial.reached import exit_code, reached

if TYPE_CHECKING:
    from jettison.changes import Plan
    from jettison.changes.verdicts import Verdict
    from jettison.engine import Engine
    from jettison.optimize.measures import Difference
    from jettison.optimize.request import OptimizeRequest
    from jettison.report.model import Pulls, Rebuild
    from jettison.source import TextTree
    from jettison.trial import Progress
    from jettison.trial.extras.model import ExtraTrial
    from jettison.trial.outcomes import Observation
    from jettison.trial.prove import Proof

__all__ = ["Reporter", "with_results"]


@dataclass(slots=True)
class Reporter:
    """Makes the report of a run of ``request`` on ``tree``; the clock runs from now.

    ``notes`` are for a person, and may be added to while the run goes on.
    """

    request: OptimizeRequest
    tree: TextTree
    progress: Progress
    notes: list[str] = field(default_factory=list)
    _clock: float = field(default_factory=time.monotonic)
    _started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def untried(self, made: Plan) -> Report:
        """The report where nothing was built: what is changed all the same is not verified."""
        verdicts = self._shown(judge(made, made, {}, {}))
        code = ExitCode.TRIAL_FAILED if made.applied else ExitCode.OK
        return self._report(made, verdicts=verdicts, exit_code=code, tried=False)

    def measured(self, proof: Proof, observation: Observation) -> Report:
        """The figures of what passed so far, without verdicts."""
        compared = comparison(proof, observation)
        found = self._report(proof.plan, verdicts=(), exit_code=ExitCode.OK, tried=True)
        return replace(found, comparison=compared)

    def apart(self, engine: Engine, proof: Proof, observation: Observation) -> Difference:
        """What tells the images of both sides apart."""
        return differences(engine, proof.plan, comparison(proof, observation), self.progress)

    def tried(
        self,
        engine: Engine,
        proof: Proof,
        observation: Observation,
        extras: ExtraTrial,
        apart: Difference,
        *,
        rebuilds: tuple[Rebuild, ...],
        pulls: Pulls | None,
    ) -> Report:
        """The report of a trial that came to its end; ``apart`` is what :meth:`apart` found."""
        seen = reached(proof, observation)
        judged = judge(proof.first, proof.plan, seen, proof.reverted, extras.reached)
        verdicts = self._shown(judged)
        before = observation.trial
        compared = comparison(proof, observation)
        lacking = [f"the trial lacks {one.file}: {one.reason}" for one in observation.lacking]
        code = exit_code(proof, verdicts)
        found = self._report(proof.plan, verdicts=verdicts, exit_code=code, tried=True)
        notes = (*self.notes, *observation.notes, *lacking, *extras.notes, *apart.notes)
        return replace(
            found,
            engine=engine.info(),
            before=before,
            comparison=compared,
            bases=bases(engine, proof.plan, before),
            package_service=next(iter(before.packages), None),
            attributions=tuple(apart.shares),
            drifts=tuple(apart.drifts),
            extras=extras.trials,
            rebuilds=rebuilds,
            pulls=pulls,
            notes=(*dict.fromkeys(notes), *found.notes),
        )

    def _shown(self, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """The verdicts without those on findings that nobody asked about."""
        idle = (State.PROPOSED, State.REFUSED)
        return tuple(
            v for v in verdicts if v.state not in idle or self.request.names(v.finding.key)
        )

    def _report(
        self, made: Plan, *, verdicts: tuple[Verdict, ...], exit_code: ExitCode, tried: bool
    ) -> Report:
        """What is to be said of a plan, without what a trial has measured."""
        unused = [f"{file}:{line}: {text}" for file, line, text in made.unused_suppressions]
        return Report(
            version=__version__,
            project=self.tree.root.name,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            build_seconds=self.progress.times.builds,
            start_seconds=self.progress.times.starts,
            files=written_files(made),
            diff=made.tree.diff(),
            untouched=untouched(made.before.project),
            suppressed=made.suppressed,
            standings=standings(made),
            notes=tuple(unused),
            verdicts=verdicts,
            exit_code=exit_code,
            tried=tried,
        )


def with_results(made: Plan, report: Report) -> TextTree:
    """The plan's tree with what was measured in the results document, if that was asked for."""
    path = results_path(made)
    source = made.tree.read(path) if path is not None else None
    if path is None or source is None:
        return made.tree
    whole = TextEdit(Span(0, len(source.text)), results_text(report))
    return made.tree.edited(Patch.of(path, [whole]))
