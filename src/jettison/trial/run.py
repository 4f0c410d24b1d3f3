"""Try one side of a change: build it, weigh it, launch it, probe it, stop it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from jettison.engine import StackRequest
from jettison.errors import TrialError
from jettison.trial.builds import TRIAL_REPOSITORY, BuiltImages, build_services
from jettison.trial.isolation import isolate
from jettison.trial.launch import (
    Health,
    addresses,
    launched,
    median_of,
    require_healthy,
    wait_until_healthy,
    write_stack_file,
)
from jettison.trial.model import ServiceMeasure, Trial
from jettison.trial.probes import ask, choose_probes, health_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.engine import Engine, ImageInfo, LayerBytes
    from jettison.trial.model import Answer, Probe, Progress, TrialRequest

RUN_LABEL = "dev.jettison.run"
STAND_IN_LABEL = "dev.jettison.stand-in"
_LIST_PACKAGES = (
    "import json,importlib.metadata as m;"
    "print(json.dumps(sorted({f\"{d.metadata['Name']}=={d.version}\" for d in m.distributions()})))"
)
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_MEMORY_READINGS = 3
_MEMORY_PAUSE_SECONDS = 0.3


def run_trial(engine: Engine, request: TrialRequest, progress: Progress) -> Trial:
    """The evidence for one side.

    Raises ``BuildFailed`` when an image cannot be built and ``TrialError`` when a service does
    not become healthy. Containers, networks and volumes are gone when it returns or raises; the
    images it built are kept for the caller, see :func:`remove_trial_images`.
    """
    model: dict[str, Any] = engine.resolve(request.folder, request.compose_files)
    if not model.get("services"):
        raise TrialError(f"no services in {request.compose_files[0]}")
    built = build_services(engine, request, model, progress)
    progress.status("weighing images")
    stack = StackRequest(
        name=f"jettison-{request.run_id}-{request.side}",
        file=write_stack_file(request.folder, f".jettison-{request.side}"),
        folder=request.folder,
    )
    label = f"{RUN_LABEL}={request.run_id}"
    isolated = isolate(model, stack.name, built.tags, label=label)
    try:
        with launched(engine, stack, isolated, progress):
            health = wait_until_healthy(
                engine,
                stack,
                frozenset(model["services"]),
                timeout_seconds=request.timeout_seconds,
                progress=progress,
            )
            require_healthy(engine, stack, health, request.side)
            progress.say(f"all {len(health)} services healthy {request.side} the change")
            memory = _memory(engine, stack)
            answers = _answers(engine, stack, model, request)
    finally:
        stack.file.unlink(missing_ok=True)
    return _evidence(
        engine,
        request,
        isolated=isolated,
        built=built,
        health=health,
        memory=memory,
        answers=answers,
        progress=progress,
    )


def remove_trial_images(engine: Engine, run_id: str) -> None:
    """Untags the images that a run built, those of a run that failed half-way too."""
    engine.remove_images(engine.images_of(f"{TRIAL_REPOSITORY}:{run_id}-*"))


def _memory(engine: Engine, stack: StackRequest) -> dict[str, int | None]:
    memory: dict[str, int | None] = {}
    for name, state in engine.states(stack).items():
        read = partial(engine.memory_bytes, state.container_id)
        memory[name] = median_of(_MEMORY_READINGS, read, _MEMORY_PAUSE_SECONDS)
    return memory


def _answers(
    engine: Engine, stack: StackRequest, model: Mapping[str, Any], request: TrialRequest
) -> dict[Probe, Answer]:
    published = addresses(engine.states(stack))
    if request.probes:
        return ask(published, request.probes)
    health = {
        name: health_paths((spec.get("healthcheck") or {}).get("test") or ())
        for name, spec in model["services"].items()
    }
    return choose_probes(published, health)


def _evidence(
    engine: Engine,
    request: TrialRequest,
    *,
    isolated: Mapping[str, Any],
    built: BuiltImages,
    health: Mapping[str, Health],
    memory: Mapping[str, int | None],
    answers: Mapping[Probe, Answer],
    progress: Progress,
) -> Trial:
    references = {name: spec["image"] for name, spec in isolated["services"].items()}
    progress.status("weighing images")
    images = {name: _image(engine, reference) for name, reference in references.items()}
    layers = engine.layer_bytes(sorted(set(references.values())))
    services = tuple(
        ServiceMeasure(
            service=name,
            image=references[name],
            built=name in built.tags,
            stand_in=image.labels.get(STAND_IN_LABEL) == "true",
            uncompressed_bytes=sum(layers[d].uncompressed_bytes for d in image.diff_ids),
            compressed_bytes=sum(layers[d].compressed_bytes for d in image.diff_ids),
            healthy=health[name].healthy,
            health_source=health[name].source,
            seconds_to_healthy=health[name].seconds,
            memory_bytes=memory.get(name),
        )
        for name, image in images.items()
    )
    once = _once(layers, [images[name] for name in built.tags])
    seconds = [verdict.seconds for verdict in health.values() if verdict.seconds is not None]
    return Trial(
        side=request.side,
        builds=built.measures,
        services=services,
        answers=answers,
        context_bytes=built.context_bytes,
        packages=_packages(engine, built.tags),
        uncompressed_once_bytes=once[0],
        compressed_once_bytes=once[1],
        seconds_to_all_healthy=max(seconds, default=0.0),
    )


def _once(layers: Mapping[str, LayerBytes], images: list[ImageInfo]) -> tuple[int, int]:
    distinct = {diff_id for image in images for diff_id in image.diff_ids}
    return (
        sum(layers[diff_id].uncompressed_bytes for diff_id in distinct),
        sum(layers[diff_id].compressed_bytes for diff_id in distinct),
    )


def _image(engine: Engine, reference: str) -> ImageInfo:
    image = engine.image(reference)
    if image is None:
        raise TrialError(f"the image {reference} is not in the engine's store")
    return image


def _packages(engine: Engine, tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The Python distributions of each built service's image, installers left out."""
    by_tag: dict[str, tuple[str, ...]] = {}
    for tag in dict.fromkeys(tags.values()):
        done = engine.run(tag, ["-c", _LIST_PACKAGES], entrypoint="python3")
        if done.exit_code:
            continue
        found = json.loads(done.stdout)
        by_tag[tag] = tuple(
            item for item in found if item.partition("==")[0].lower() not in _INSTALLERS
        )
    return {service: by_tag[tag] for service, tag in tags.items() if tag in by_tag}
