"""``optimize``: find the causes, change the files, prove the result on an engine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.analysis.targets import Contexts
from jettison.changes import Policy
from jettison.changes.apply import apply_tree, write_atomically
from jettison.changes.copying import survey_tree
from jettison.changes.verdicts import State, concerned
from jettison.errors import BuildFailed, ExitCode, UsageError
from jettison.optimize.attempts import Attempts
from jettison.optimize.delivery import Delivery
from jettison.optimize.destination import MARKER, check_destination, require_room
from jettison.optimize.pulls import measured_pulls
from jettison.optimize.rebuilds import Rebuilding
from jettison.optimize.reporting import Reporter, with_results
from jettison.optimize.request import given_evidence, planned
from jettison.optimize.staging import Staging, copy_ahead, left_out
from jettison.optimize.starts import measured_again
from jettison.record import record
from jettison.report.document import to_json, to_markdown
from jettison.rules import Kind, all_rules
from jettison.source import TextTree
from jettison.source.real import real
from jettison.sure import sure
from jettison.trial import (
    clean_leftovers,
    new_run_id,
    remove_trial_images,
    run_folder,
    termination_as_interrupt,
)
from jettison.trial.later import Later
from jettison.trial.leftovers import recover
from jettison.trial.outcomes import TrialSettings
from jettison.trial.prove import Proof, prove
from jettison.trial.reached import reached, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.analysis import Evidence
    from jettison.changes import Plan
    from jettison.changes.copying import Survey
    from jettison.changes.verdicts import Reached
    from jettison.engine import Engine
    from jettison.optimize.request import OptimizeRequest
    from jettison.report.model import Report
    from jettison.rules import Finding
    from jettison.trial import Progress, Trial
    from jettison.trial.elsewhere import Elsewhere
    from jettison.trial.extras.model import ExtraTrial
    from jettison.trial.outcomes import Observation

__all__ = ["Outcome", "optimize"]


@record
class Outcome:
    """A finished run: its report, and where the tree and the report's files were written, if so."""

    report: Report
    tree: Path | None = None
    json_path: Path | None = None
    markdown_path: Path | None = None


def optimize(
    request: OptimizeRequest,
    progress: Progress,
    on_findings: Callable[[tuple[Finding, ...]], None] | None = None,
) -> Outcome:
    """Optimizes a project and proves it.

    Raises ``ProjectError``, ``ComposeError`` or ``DockerfileError`` before anything is built,
    ``EngineNotFound``, ``BuildFailed`` or ``EngineError`` where the project as it is cannot be
    tried. The report's ``exit_code`` tells whether all that was kept is verified. The project
    itself is only changed if it is. Whatever was started is stopped when it returns or raises.
    """
    if request.apply and request.out is not None:
        raise UsageError("--apply and --out exclude each other", remedy="Give one of them.")
    if request.trial and request.images_before:
        raise UsageError(
            "a trial builds the images before itself and asks them",
            remedy="Give --image-before together with --diff or --no-trial.",
        )
    project = real(request.project)
    out = real(request.out) if request.out is not None else None
    if out is not None:
        for name in recover(out):
            progress.say(f"a run that was killed left its work: {name}")
    check_destination(
        project,
        out,
        in_place=request.apply,
        allow_dirty=request.allow_dirty,
    )
    tree = TextTree(project)
    run = _Run(request, progress, tree, Reporter(request, tree, progress), out, on_findings)
    with termination_as_interrupt(), ExitStack() as stack:
        stack.callback(run.remove_images)
        work = Path(stack.enter_context(run_folder(run.run_id, lambda: run.engine)))
        stack.callback(run.end_copying)
        if out is not None:
            run.delivery = Delivery(project, out, run.run_id, work)
            stack.callback(run.delivery.close)
        return run.run(work)


@dataclass(slots=True)
class _Run:
    request: OptimizeRequest
    progress: Progress
    tree: TextTree
    reporter: Reporter
    out: Path | None
    on_findings: Callable[[tuple[Finding, ...]], None] | None
    engine: Engine | None = None
    delivery: Delivery | None = None
    run_id: str = field(default_factory=new_run_id)
    contexts: Contexts = field(default_factory=Contexts)
    ahead: Elsewhere[tuple[int, float]] | None = None

    def run(self, work: Path) -> Outcome:
        self.progress.status("reading the project")
        survey = self._survey()
        if self.request.trial and survey is not None:
            self.ahead = copy_ahead(self.tree.root, work, survey)
        given = given_evidence(self.request, self.tree)
        first = self._plan(given, frozenset())
        left = self._left_out(first, survey)
        if self.on_findings is not None:
            self.on_findings(tuple(f for f in first.found if self._is_problem(f)))
        if not self.request.trial:
            return self._finish(self.reporter.untried(first), first)
        self.engine = self.request.find_engine()
        for name in clean_leftovers(self.engine, images=False):
            self.progress.say(f"removed what a run that was killed left: {name}")
        staging = Staging(self.tree.root, work, self.progress, left, self.ahead)
        observation = self._observe(first, staging)
        proof = self._proof(observation, staging)
        self.reporter.notes += proof.notes
        observation, proof = self._weighed(observation, proof)
        settings = self.request.settings or TrialSettings()
        proof, observation, why = measured_again(
            self.engine, proof, observation, settings, self.progress
        )
        self.reporter.notes += [why] if why else []
        rebuilding = Rebuilding(
            self.engine, proof, observation, staging, self.run_id, settings, self.progress
        )
        rebuilds = rebuilding.measure()
        pulls, why = measured_pulls(
            self.engine,
            proof,
            observation,
            run_id=self.run_id,
            work=work,
            settings=settings,
            progress=self.progress,
        )
        self.reporter.notes += [why] if why else []
        engine, tried = self.engine, proof  # EXTRAs alter nothing of the images
        apart = Later(lambda: self.reporter.apart(engine, tried, observation), "differences")
        apart.begin()
        self._deliver()
        proof, extras = self._extras(proof, observation, staging)
        staging.discard()
        report = self.reporter.tried(
            engine, proof, observation, extras, apart.result(), rebuilds=rebuilds, pulls=pulls
        )
        return self._finish(report, proof.plan)

    def _survey(self) -> Survey | None:
        """What copies of the project take, where there are any."""
        wanted = self.request.trial or self.out is not None
        return survey_tree(self.tree.root) if wanted else None

    def _left_out(self, first: Plan, survey: Survey | None) -> dict[Path, str]:
        """What a trial's copies go without; raises ``ProjectError`` where they have no room."""
        if survey is None:
            return {}
        project = first.before.project
        left = left_out(project, survey) if self.request.trial else {}
        require_room(self.tree.root, survey, self.out, trial=self.request.trial, left_out=left)
        for folder, why in left.items():
            name = folder.relative_to(self.tree.root).as_posix()
            note = f"{name} {why}: the trial goes without, as no build is sent it"
            self.reporter.notes.append(note)
            self.progress.say(note)
        return left

    def _is_problem(self, finding: Finding) -> bool:
        """Whether a finding is one to tell a person of: not what only enables other changes."""
        kinds = {rule.code: rule.kind for rule in all_rules()}
        helps = kinds.get(finding.key.rule) in (Kind.ENABLER, Kind.EXTRA)
        return not helps and self.request.names(finding.key)

    def _plan(self, evidence: Evidence, excluded: frozenset[str]) -> Plan:
        policy = replace(self.request.policy, excluded=excluded)
        return planned(self.request, self.tree, evidence, policy, self.contexts)

    def _observe(self, first: Plan, staging: Staging) -> Observation:
        from jettison.trial.observe import observe

        seen = observe(
            sure(self.engine),
            first.before.project,
            staging.original(),
            run_id=self.run_id,
            settings=self.request.settings or TrialSettings(),
            progress=self.progress,
            on_ready=self._deliver if not self.request.extras else lambda: None,
        )
        if not any(service.built for service in seen.trial.services):
            why = "\n".join(f"{name}: {text}" for name, text in seen.unbuilt.items())
            raise BuildFailed("nothing of the project can be built as it is", details=why or None)
        return seen

    def _deliver(self) -> None:
        """Begins to copy what is delivered: where EXTRAs are tried beside that, else at once."""
        if self.delivery is not None:
            self.delivery.begin()

    def _proof(self, observation: Observation, staging: Staging) -> Proof:
        """What of the plan is kept after all trials."""
        settings = self.request.settings or TrialSettings()
        engine = sure(self.engine)
        tries = Attempts(engine, self.run_id, settings, self.progress, staging, observation)

        def replan(excluded: frozenset[str]) -> Plan:
            return self._plan(observation.evidence, excluded | unproven)

        def control() -> bool:
            return tries.control(first.before.project, self.tree)

        unproven = frozenset[str]()
        first = replan(frozenset())
        # What no comparison can justify is not tried to begin with; more may show when it is.
        short = self._unproven(first, unreachable(first, observation))
        unproven = frozenset(short)
        begun = replan(frozenset()) if short else first
        proof = prove(begun, replan, tries.attempt, self.progress, control=control)
        reverted, attempts, notes = {**short, **proof.reverted}, proof.attempts, proof.notes
        short = self._unproven(proof.plan, reached(proof, observation)) if proof.passed else {}
        if short:
            unproven = frozenset(reverted) | frozenset(short)
            proof = prove(replan(frozenset()), replan, tries.attempt, self.progress)
            reverted |= {**short, **proof.reverted}
            attempts += proof.attempts
            notes += proof.notes
        return Proof(first, proof.plan, proof.attempt, reverted, attempts, notes)

    def _unproven(self, made: Plan, seen: Mapping[str, Reached]) -> dict[str, str]:
        """The changes that only a comparison could justify, where none is made, with why."""
        strict = Policy.without_trial()
        found = {}
        for change in () if self.request.unsafe else made.applied:
            if change.grade in strict.grades and change.basis >= strict.least:
                continue
            short = [seen[n] for n in concerned(change, made.after.project) if n in seen]
            short = [one for one in short if one.state is not State.VERIFIED]
            if short:
                found[str(change.key)] = f"only a comparison could justify it; {short[0].evidence}"
        return found

    def _weighed(self, observation: Observation, proof: Proof) -> tuple[Observation, Proof]:
        """Both sides with the bytes of their images, of which the engine may know most by now."""
        from jettison.trial.weighing import weighed  # noqa: PLC0415  (only for a trial)

        engine = sure(self.engine)
        self.progress.status("weighing images")
        before = replace(observation, trial=weighed(engine, observation.trial))
        passed = proof.passed
        if passed is None:
            return before, proof
        return before, replace(proof, attempt=replace(passed, trial=weighed(engine, passed.trial)))

    def _extras(
        self, proof: Proof, observation: Observation, staging: Staging
    ) -> tuple[Proof, ExtraTrial]:
        """What of the EXTRAs is kept after each was tried, and how far it came."""
        from jettison.optimize.extras import prove_extras
        from jettison.trial.extras.launching import Bench  # noqa: PLC0415  (only for a trial)

        def bench(made: Plan, number: int) -> Bench:
            return Bench(
                engine=sure(self.engine),
                project=made.after.project,
                tree=staging.changed(made.tree, fresh=False).resolve(),
                run_id=self.run_id,
                settings=self.request.settings or TrialSettings(),
                progress=self.progress,
                before=observation,
                passed=sure(proof.passed),
                number=number,
            )

        evidence = observation.evidence
        if proof.passed is not None and self.request.extras:
            evidence = replace(evidence, memory=_memory(proof.passed.trial))
            proof = replace(proof, plan=self._plan(evidence, frozenset(proof.reverted)))

        def replan(excluded: frozenset[str]) -> Plan:
            return self._plan(evidence, excluded)

        def measured() -> str:
            return to_json(self.reporter.measured(proof, observation))

        return prove_extras(proof, replan, bench, measured, self.progress)

    def _finish(self, report: Report, made: Plan) -> Outcome:
        """Writes the result where it is wanted, and the report beside it."""
        changed = with_results(made, report)
        if self.delivery is not None and self.out is not None:
            self.progress.status("copying the project")
            tree = self.delivery.tree()
            apply_tree(changed, tree)
            _write_report(tree, report)
            self.progress.status("remembering what was written")
            self.delivery.publish()
            return _outcome(report, self.out)
        passed = report.exit_code is ExitCode.OK or not self.request.trial
        if self.request.apply and passed and report.diff:
            apply_tree(changed, self.tree.root, keep_undo=True)
            _write_report(self.tree.root, report)
            return _outcome(report, self.tree.root)
        return Outcome(report)

    def end_copying(self) -> None:
        """Ends the first copy where it is still on its way."""
        if self.ahead is not None:
            self.ahead.end()

    def remove_images(self) -> None:
        """Untags what the trials built, unless the images are to be kept."""
        if self.engine is not None:
            self.engine.stop_weighing()
        if self.engine is not None and not self.request.keep_images:
            remove_trial_images(self.engine, self.run_id)


def _memory(trial: Trial) -> dict[str, int]:
    known = ((one.service, one.memory_bytes) for one in trial.services)
    return {name: value for name, value in known if value is not None}


def _write_report(tree: Path, report: Report) -> None:
    """Writes the report; Git takes no notice of what lies beside it."""
    write_atomically(tree / MARKER / ".gitignore", b"/manifest.gz\n/undo/\n")
    write_atomically(tree / MARKER / "report.json", to_json(report).encode())
    write_atomically(tree / MARKER / "report.md", to_markdown(report).encode())


def _outcome(report: Report, tree: Path) -> Outcome:
    folder = tree / MARKER
    return Outcome(report, tree, folder / "report.json", folder / "report.md")
