"""Try a project as it is, before any change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.evidence import Evidence, ImageEvidence
from jettison.trial.asking.probes import unasked_notes
from jettison.trial.builds import build_stack
from jettison.trial.comparing_files import opened_notes
from jettison.trial.evidence import image_evidence, read_beside
from jettison.trial.labels import TRIAL_REPOSITORY
from jettison.trial.later import Later
from jettison.trial.launching.last_words import main_line
from jettison.trial.launching.launch import NEVER_STARTED
from jettison.trial.launching.stack import assemble, hides_code
from jettison.trial.model import Side
from jettison.trial.outcomes import Observation
from jettison.trial.sides import Side as Launched
from jettison.trial.sides import Watched
from jettison.trial.tracing.using import with_opened
from jettison.trial.watching import images_of, prepared, short_reason, watch
from jettison.trial.weighing import trial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jettison.analysis.project import Project
    from jettison.engine import Engine
    from jettison.trial.builds import Built
    from jettison.trial.launching.isolation import Isolated
    from jettison.trial.launching.stack import Stack
    from jettison.trial.model import Progress
    from jettison.trial.outcomes import TrialSettings

__all__ = ["observe"]

_MOST_LAUNCHES = 4
_BEFORE = "before"


def observe(
    engine: Engine,
    project: Project,
    tree: Path,
    *,
    run_id: str,
    settings: TrialSettings,
    progress: Progress,
    on_ready: Callable[[], None] = lambda: None,
) -> Observation:
    """What the copy ``tree`` of a project is like before any change: built, read and watched.

    ``on_ready`` is called once its services are up, when nothing is timed any more.

    A service or a target that cannot be tried keeps no other from being tried. Containers, networks
    and volumes are gone when it returns or raises; images are kept, see
    :func:`~jettison.trial.leftovers.remove_trial_images`. Raises ``EngineNotFound``.
    """
    tree = tree.resolve()
    stack = assemble(engine, project, tree, settings)
    built = build_stack(
        engine,
        stack,
        run_id=run_id,
        label=_BEFORE,
        cold=settings.cold,
        settings=settings,
        stop_early=False,
        progress=progress,
    )
    unbuilt = _unbuilt(stack, built)
    dropped = {name: one.reason for one in built.failures for name in one.services}
    stack.notes += built.notes
    images = images_of(engine, stack, built, dropped, settings.timeout_seconds)
    evidence = Later(lambda: _evidence(engine, stack, built), "evidence")

    def ready() -> None:
        on_ready()
        evidence.begin()

    launched = Launched(
        engine=engine,
        stack=stack,
        built=built,
        settings=settings,
        run_id=run_id,
        label=_BEFORE,
        progress=progress,
        images=images,
        hides=hides_code(stack),
        on_ready=ready,
    )
    isolated, watched = _launch(launched, dropped)
    failed = {name: short_reason(said) for name, said in watched.failures.items()}
    _say_result(progress, watched, {**dropped, **failed})
    stack.notes += [note for note in isolated.notes if note not in stack.notes]
    stack.notes += opened_notes(watched.running)
    progress.status("reading images")
    return Observation(
        trial=trial_of(Side.BEFORE, launched, watched),
        evidence=with_opened(evidence.result(), watched.running),
        notes=tuple(stack.notes),
        lacking=tuple(stack.lacking),
        built_only={n: r for n, r in {**dropped, **failed}.items() if n not in _names(built)},
        unbuilt=unbuilt,
        varying=watched.varying,
        dropped=frozenset(dropped),
        removed=isolated.removed,
        complaints=watched.complaints,
        running=watched.running,
        imports=watched.imports,
        ran=watched.ran,
        unasked=(
            *unasked_notes(watched.unasked, launched.settings.steps),
            *watched.unopened.items(),
        ),
        launch=watched.launch,
    )


def _launch(launched: Launched, dropped: dict[str, str]) -> tuple[Isolated, Watched]:
    """The first side, launched without what keeps the rest from being started.

    Compose gives up on a whole stack when one container cannot be started: then those that it
    names, and those that failed, are left out and the rest is launched again.
    """
    most = _MOST_LAUNCHES
    while True:
        isolated = prepared(launched, dropped)
        dropped.update(isolated.left_out)
        judged = list(isolated.model["services"])
        watched = watch(launched, isolated, judged, measure=True, first_failure=False)
        most -= 1
        culprits = _culprits(isolated, watched)
        if not culprits or not most:
            return isolated, watched
        for name in culprits:
            dropped[name] = short_reason(watched.failures[name])
        launched.progress.say(f"trying again without {', '.join(culprits)}, which cannot start")


def _culprits(isolated: Isolated, watched: Watched) -> list[str]:
    """The failed services without which others may start that were not; none if there is no use."""
    never = {n for n, one in watched.health.items() if one.source == NEVER_STARTED}
    failed = [name for name in watched.failures if name not in never]
    services = isolated.model["services"]
    blocked = set(failed)
    grown = True
    while grown:
        more = {n for n, s in services.items() if blocked & set(s.get("depends_on") or ())}
        grown = not more <= blocked
        blocked |= more
    if not never - blocked:
        return []
    named = [name for name in never if f"-{name}-1" in watched.complaint]
    return [*failed, *named]


def _names(built: Built) -> frozenset[str]:
    """The services whose image was not built at all."""
    return frozenset(name for failure in built.failures for name in failure.services)


def _unbuilt(stack: Stack, built: Built) -> dict[str, str]:
    return {
        stack.targets[name].name if name in stack.targets else name: short_reason(failure.log)
        for failure in built.failures
        for name in failure.services[:1]
    }


def _evidence(engine: Engine, stack: Stack, built: Built) -> Evidence:
    """What each target's image holds; an image that several targets share is read once."""
    known = {
        name: ids
        for name, ids in engine.known_images().items()
        if not name.startswith(f"{TRIAL_REPOSITORY}:")
    }
    images: dict[str, ImageEvidence] = {}
    read: dict[tuple[str, str], ImageEvidence | None] = {}
    for service, target in stack.targets.items():
        tag = built.tags.get(service)
        if tag is None or target.name in images:
            continue
        image = engine.image(tag)
        key = (image.image_id if image is not None else tag, target.dockerfile_name)
        if key not in read:
            read[key] = image_evidence(engine, tag, target.dockerfile, known, read_beside)
        found = read[key]
        if found is not None:
            images[target.name] = replace(found, reference=tag)
    return Evidence(images=images)


def _say_result(progress: Progress, watched: Watched, failed: Mapping[str, str]) -> None:
    up = sum(health.healthy for health in watched.health.values())
    progress.say(f"{up} services are up {_BEFORE} the change, {len(watched.answers)} answers")
    for name, reason in failed.items():
        progress.say(f"{name} is built only: {main_line(reason) or 'no reason'}")
