"""Try a project with changes, and hold it against what was seen before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.trial.asking.commands import command_notes, command_rows
from jettison.trial.asking.modules import asked_before, import_notes, import_rows
from jettison.trial.asking.steps import step_notes
from jettison.trial.builds import build_stack
from jettison.trial.comparing import answer_rows, error_notes, health_rows, log_rows
from jettison.trial.comparing_files import opened_rows, unlike_notes
from jettison.trial.labels import safe_name
from jettison.trial.launching.isolation import without
from jettison.trial.launching.launch import ACCEPTS
from jettison.trial.launching.stack import assemble, hides_code
from jettison.trial.let_go import NOTHING
from jettison.trial.model import Side
from jettison.trial.outcomes import Attempt, Differs, Passed, Unbuildable, Unhealthy
from jettison.trial.sides import Side as Launched
from jettison.trial.tracing.missing import runs_another
from jettison.trial.watching import images_of, prepared, watch
from jettison.trial.weighing import trial_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence
    from jettison.analysis.project import Project
    from jettison.engine import Engine
    from jettison.trial.builds import Failure
    from jettison.trial.learned import Imports
    from jettison.trial.let_go import LetGo
    from jettison.trial.model import Progress
    from jettison.trial.outcomes import Observation, Row, TrialSettings
    from jettison.trial.sides import Watched

__all__ = ["attempt"]


def attempt(
    engine: Engine,
    project: Project,
    tree: Path,
    *,
    run_id: str,
    settings: TrialSettings,
    progress: Progress,
    before: Observation,
    label: str,
    measure: bool,
    unmissed: frozenset[str] = frozenset(),
    let_go: LetGo = NOTHING,
    varying: frozenset[tuple[str, str]] = frozenset(),
) -> Attempt:
    """How the copy ``tree`` of the changed project does, held against what was seen before.

    ``label`` tells this attempt from others of the run. Only with ``measure`` are images built
    from nothing and weighed. ``unmissed`` is what services need not find again, see
    :class:`~jettison.rules.Claim`, ``let_go`` what changes took out of packages that stay.
    ``varying`` are the rows (service and what is compared) in which the project differs from itself
    when it is built again: they are left out. Raises ``EngineNotFound``.
    """
    tree = tree.resolve()
    stack = assemble(engine, project, tree, settings)
    with_image = {service.service for service in before.trial.services}
    known = with_image | before.built_only.keys() | before.dropped
    without_image = dict.fromkeys(before.dropped - with_image, "left out before")
    stack.model = without(stack.model, without_image)
    label = safe_name(label)
    built = build_stack(
        engine,
        stack,
        run_id=run_id,
        label=label,
        cold=settings.cold and measure,
        settings=settings,
        stop_early=True,
        progress=progress,
    )
    if built.failures:
        return _unbuildable(built.failures[0], tree)
    dropped = dict.fromkeys(before.dropped, "left out before")
    images = images_of(engine, stack, built, dropped, settings.timeout_seconds)
    hides = hides_code(stack)
    launched = Launched(
        engine=engine,
        stack=stack,
        built=built,
        settings=settings,
        run_id=run_id,
        label=label,
        progress=progress,
        images=images,
        removed=before.removed,
        hides=lambda name, source, place: None if name in known else hides(name, source, place),
    )
    up = {one.service: one.health_source for one in before.trial.services if one.healthy}
    missing = tuple(name for name in up if name not in images)
    if missing:
        reasons = (
            f"--- {n}\n{dropped.get(n, 'it is in no Compose file any more')}" for n in missing
        )
        return Unhealthy(missing, "\n".join(reasons))
    isolated = prepared(launched, dropped)
    new = [name for name in isolated.model["services"] if name not in known]
    watched = watch(
        launched,
        isolated,
        [*up, *new],
        measure=measure,
        first_failure=True,
        before=before,
    )
    if watched.failures:
        return Unhealthy(tuple(watched.failures), "\n".join(watched.failures.values()))
    trial = trial_of(Side.AFTER, launched, watched)
    replaced = _replaced(before, watched)
    imports = asked_before(engine, before.imports, watched.imports)
    rows = _but(_rows(before, up, watched, replaced, let_go, imports=imports), varying)
    if all(row.same for row in rows):
        progress.status("comparing what was opened")
        rows += _but(_opened(before, launched, watched, unmissed, let_go), varying)
    if not all(row.same for row in rows):
        return Differs(rows, trial)
    unexercised = (
        *before.unasked,
        *watched.unopened.items(),
        *error_notes(before.trial.answers),
        *step_notes(before.trial.answers),
        *command_notes(before.ran),
        *import_notes(imports, watched.imports),
        *sorted(unlike_notes(before.running, watched.running)),
        *let_go.notes(_images(before, up)),
        *((service, f"not compared, as each build differs: {what}") for service, what in varying),
    )
    uncompared = _uncompared(before, up, rows)
    return Passed(trial, rows, uncompared, unexercised, watched.launch, replaced)


def _replaced(before: Observation, watched: Watched) -> frozenset[str]:
    """The services that run another program than before."""
    both = before.running.keys() & watched.running.keys()
    return frozenset(n for n in both if runs_another(before.running[n], watched.running[n]))


def _but(rows: Iterable[Row], varying: frozenset[tuple[str, str]]) -> tuple[Row, ...]:
    return tuple(row for row in rows if (row.service, row.what) not in varying)


def _unbuildable(failure: Failure, tree: Path) -> Unbuildable:
    path = Path(os.path.realpath(failure.dockerfile))
    shown = path.relative_to(tree).as_posix() if path.is_relative_to(tree) else str(path)
    return Unbuildable(shown, failure.line, failure.step, failure.log, failure.services[0])


def _images(before: Observation, up: Mapping[str, str]) -> dict[str, ImageEvidence]:
    """What is known of the images before of services that were up."""
    found = {n: before.evidence.image(one.target) for n, one in before.running.items() if n in up}
    return {service: image for service, image in found.items() if image is not None}


def _rows(
    before: Observation,
    up: Mapping[str, str],
    watched: Watched,
    replaced: frozenset[str],
    let_go: LetGo,
    *,
    imports: Mapping[str, tuple[Imports, ...]],
) -> tuple[Row, ...]:
    return (
        *answer_rows(before.trial.answers, watched.answers, before.varying, replaced),
        *health_rows(up, watched.health, before.complaints),
        *log_rows(before.complaints, watched.complaints),
        *command_rows(before.ran, watched.ran),
        *import_rows(imports, watched.imports, let_go),
    )


def _opened(
    before: Observation,
    launched: Launched,
    watched: Watched,
    unmissed: frozenset[str],
    let_go: LetGo,
) -> Iterator[Row]:
    """Whether the files that services opened before are there after."""
    return opened_rows(
        launched.engine,
        before.running,
        before.evidence.images,
        watched.running,
        launched.built.tags,
        unmissed=unmissed,
        let_go=let_go,
    )


def _uncompared(before: Observation, up: Mapping[str, str], rows: Iterable[Row]) -> dict[str, str]:
    """Services that the project builds of which nothing was compared, with the reason."""
    compared = {row.service for row in rows if row.exercises}
    answered = {probe.service for probe in before.trial.answers}
    found = dict(before.built_only)
    for service in before.trial.services:
        name = service.service
        if service.built and name in up and name not in compared:
            why = (
                "it fails at each request, before as after"
                if name in answered or up[name] == ACCEPTS
                else "no port of it answers, it has no health check and it does not end"
            )
            found[name] = (
                f"{why}: add a health check, or a request or a command under [trial] in "
                "jettison.toml"
            )
    return found
