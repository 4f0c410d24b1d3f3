"""``optimize``: find the causes, rewrite the files, prove the result on an engine."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from jettison import __version__
from jettison.analysis import Analysis, analyze, discover
from jettison.dockerfile import parse
from jettison.errors import BuildFailed, TrialError
from jettison.optimize.destination import MARKER, check_destination, publish, workspace
from jettison.optimize.uv import UvResolver
from jettison.plan import Plan, PlannedFile, apply_plan, copy_tree, make_plan, write_atomically
from jettison.plan.extras import results_path
from jettison.report import Report, build_report, to_json, to_markdown
from jettison.report.model import Base
from jettison.rules import Finding, all_rules, findings_of
from jettison.source import SourceText
from jettison.trial import (
    Progress,
    Side,
    Trial,
    TrialRequest,
    remove_trial_images,
    run_trial,
    termination_as_interrupt,
)
from jettison.trial.run import STAND_IN_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jettison.engine import Engine


@dataclass(frozen=True, slots=True)
class OptimizeRequest:
    """What to optimize and how.

    ``out`` is where the optimized tree goes; ``None`` changes the project in place, after the
    trial. ``find_engine`` is asked only for a trial.
    """

    project: Path
    out: Path | None
    trial: bool
    find_engine: Callable[[], Engine]
    keep_images: bool = False
    allow_dirty: bool = False
    timeout_seconds: float = 300.0
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its report, the optimized tree and the report's files in it."""

    report: Report
    tree: Path
    json_path: Path
    markdown_path: Path


def survey(project: Path, environment: Mapping[str, str]) -> tuple[Analysis, tuple[Finding, ...]]:
    """What a project builds and what is wrong with it, without an engine and without changes."""
    analysis = analyze(discover(project, environment))
    return analysis, findings_of(all_rules(), analysis)


def optimize(
    request: OptimizeRequest,
    progress: Progress,
    on_findings: Callable[[tuple[Finding, ...]], None] | None = None,
) -> Outcome:
    """Optimizes a project and proves it.

    Raises ``ProjectError``, ``ComposeError`` or ``DockerfileError`` before anything is built,
    ``EngineNotFound``, ``BuildFailed`` or ``TrialError`` from the trial. A tree that failed its
    trial is kept where the error's remedy says; the project itself is only changed when the trial
    was passed. Whatever was started is stopped when it returns or raises.
    """
    clock = time.monotonic()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    project = request.project.resolve()
    check_destination(project, request.out, allow_dirty=request.allow_dirty)
    progress.status("reading the project")
    analysis, findings = survey(project, request.environment)
    if on_findings is not None:
        on_findings(findings)
    engine = request.find_engine() if request.trial else None
    run = _Run(request, progress, engine, analysis, secrets.token_hex(4))
    with termination_as_interrupt(), ExitStack() as stack:
        stack.callback(run.remove_images)
        work = stack.enter_context(workspace())
        before = run.before(work)
        memory = _memory(before)
        progress.status("writing the new files")
        plan = make_plan(analysis, UvResolver(), memory)
        tree = run.stage(work, plan)
        after = run.after(tree, before)
        report = build_report(
            version=__version__,
            project=project.name,
            started=started,
            seconds=time.monotonic() - clock,
            findings=findings,
            plan=plan,
            engine=engine.info() if engine else None,
            before=before,
            after=after,
            bases=_bases(engine, analysis, plan, before),
        )
        return run.finish(tree, plan, report)


@dataclass(slots=True)
class _Run:
    request: OptimizeRequest
    progress: Progress
    engine: Engine | None
    analysis: Analysis
    run_id: str
    trials: list[Trial] = field(default_factory=list)

    def before(self, work: Path) -> Trial | None:
        """The trial of the project as it is, in a copy."""
        if self.engine is None:
            return None
        tree = work / "before"
        self._copy(self.analysis.project.root, tree)
        trial = run_trial(self.engine, self._trial_request(Side.BEFORE, tree), self.progress)
        self.trials.append(trial)
        shutil.rmtree(tree, ignore_errors=True)
        return trial

    def stage(self, work: Path, plan: Plan) -> Path:
        """The optimized tree, complete: in its final place with ``--out``, else in a copy."""
        staged = work / "after"
        out = self.request.out
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            holder = Path(mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
            try:
                self._copy(self.analysis.project.root, holder / "tree")
                apply_plan(plan, holder / "tree", keep_undo=False)
                (holder / "tree" / MARKER).mkdir(exist_ok=True)
                publish(holder / "tree", out)
            finally:
                shutil.rmtree(holder, ignore_errors=True)
            return out
        if self.engine is None:
            return self.analysis.project.root
        self._copy(self.analysis.project.root, staged)
        apply_plan(plan, staged, keep_undo=False)
        return staged

    def after(self, tree: Path, before: Trial | None) -> Trial | None:
        """The trial of the optimized tree; a tree that fails it is kept for a look."""
        if self.engine is None or before is None:
            return None
        request = self._trial_request(Side.AFTER, tree, before)
        try:
            trial = run_trial(self.engine, request, self.progress)
        except (BuildFailed, TrialError) as error:
            kept = tree if self.request.out is not None else self._keep(tree)
            error.remedy = f"The optimized tree is kept in {kept}; nothing else was changed."
            raise
        self.trials.append(trial)
        return trial

    def finish(self, tree: Path, plan: Plan, report: Report) -> Outcome:
        """Writes the report, and the project itself when it is changed in place."""
        root = tree
        if self.request.out is None:
            root = self.analysis.project.root
            if report.comparison is not None and not report.comparison.verified:
                kept = self._keep(tree)
                raise TrialError(
                    "the optimized stack does not answer as before",
                    details=to_markdown(report),
                    remedy=f"Nothing was changed in {root}; the optimized tree is in {kept}.",
                )
            apply_plan(plan, root, keep_undo=True)
        markdown = to_markdown(report)
        results = PlannedFile(results_path(root), markdown, "results")
        apply_plan(Plan((results,), frozenset(), ()), root, keep_undo=False)
        json_path = root / MARKER / "report.json"
        markdown_path = root / MARKER / "report.md"
        write_atomically(json_path, to_json(report).encode())
        write_atomically(markdown_path, markdown.encode())
        return Outcome(report, root, json_path, markdown_path)

    def remove_images(self) -> None:
        """Untags what the trials built, unless the images are to be kept."""
        if self.engine is not None and not self.request.keep_images:
            remove_trial_images(self.engine, self.run_id)

    def _trial_request(self, side: Side, tree: Path, before: Trial | None = None) -> TrialRequest:
        files = tuple(tree / name for name in self.analysis.project.compose_names)
        probes = tuple(before.answers) if before is not None else ()
        return TrialRequest(
            side=side,
            run_id=self.run_id,
            folder=tree.resolve(),
            compose_files=files,
            probes=probes,
            timeout_seconds=self.request.timeout_seconds,
        )

    def _copy(self, source: Path, destination: Path) -> None:
        def on_file(count: int) -> None:
            self.progress.status(f"copying the project: {count} files")

        clock = time.monotonic()
        copied = copy_tree(source, destination, skip=self.request.out, on_file=on_file)
        took = time.monotonic() - clock
        self.progress.say(f"copied {copied} files to try {destination.name} in {took:.1f} s")

    def _keep(self, tree: Path) -> Path:
        kept = Path(mkdtemp(prefix="jettison-kept-")) / "tree"
        shutil.move(tree, kept)
        return kept


def _memory(before: Trial | None) -> dict[str, int]:
    services = before.services if before is not None else ()
    return {s.service: s.memory_bytes for s in services if s.memory_bytes is not None}


def _bases(
    engine: Engine | None, analysis: Analysis, plan: Plan, before: Trial | None
) -> tuple[Base, ...]:
    """Every image that a stack starts from: bases of builds and images run as they are."""
    users: dict[str, set[str]] = {}
    for target in analysis.project.targets:
        texts = [target.dockerfile.source.text, plan.text_of(target.dockerfile_name)]
        for text in texts:
            if text is None:
                continue
            for stage in parse(SourceText(target.dockerfile_name, text)).stages:
                if stage.base_stage is None:
                    reference = stage.base_name or stage.base
                    users.setdefault(reference, set()).update(target.builders)
    for service in analysis.project.compose.services.values():
        if (
            service.build is None
            and service.image
            and analysis.project.target_of(service.name) is None
        ):
            users.setdefault(service.image, set()).add(service.name)
    stand_ins = {s.image: s.stand_in for s in before.services} if before is not None else {}
    bases = []
    for reference, names in users.items():
        image = engine.image(reference) if engine is not None else None
        labelled = image is not None and image.labels.get(STAND_IN_LABEL) == "true"
        stand_in = labelled or stand_ins.get(reference, False)
        bases.append(Base(reference, stand_in, tuple(sorted(names))))
    return tuple(bases)
