"""What a side's images weigh, each distinct one once, and what is installed in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jettison.trial.labels import STAND_IN_LABEL
from jettison.trial.model import ServiceMeasure, Side, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jettison.engine import Engine, ImageInfo, LayerBytes
    from jettison.trial.builds import Built
    from jettison.trial.launch import Health
    from jettison.trial.sides import Side as Launched
    from jettison.trial.sides import Watched

__all__ = ["trial_of"]

_LIST_PACKAGES = (
    "import json,importlib.metadata as m;"
    "print(json.dumps(sorted({f\"{d.metadata['Name']}=={d.version}\" for d in m.distributions()})))"
)
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})


def trial_of(side: Side, launched: Launched, watched: Watched, *, measure: bool) -> Trial:
    """A side's evidence; without ``measure`` nothing is weighed and all bytes are 0."""
    built = launched.built
    references = {
        name: built.tags.get(name) or str(launched.stack.model["services"][name].get("image"))
        for name in launched.images
    }
    layers: Mapping[str, LayerBytes] = {}
    if measure:
        launched.progress.status("weighing images")
        layers = launched.engine.layer_bytes(sorted(set(references.values())))
    services = tuple(
        _service(
            name,
            references[name],
            image,
            watched.health.get(name),
            memory=watched.memory.get(name),
            layers=layers,
            built=name in built.tags,
        )
        for name, image in launched.images.items()
    )
    once = _once(layers, [launched.images[name] for name in built.tags if name in launched.images])
    seconds = [one.seconds for one in watched.health.values() if one.seconds is not None]
    return Trial(
        side=side,
        builds=tuple(built.measures),
        services=services,
        answers=watched.answers,
        context_bytes=built.context_bytes,
        packages=_packages(launched.engine, built) if measure else {},
        uncompressed_once_bytes=once[0],
        compressed_once_bytes=once[1],
        seconds_to_all_healthy=max(seconds, default=0.0),
        notes=tuple(launched.stack.notes),
    )


def _service(
    name: str,
    reference: str,
    image: ImageInfo,
    health: Health | None,
    *,
    memory: int | None,
    layers: Mapping[str, LayerBytes],
    built: bool,
) -> ServiceMeasure:
    known = [layers[diff_id] for diff_id in image.diff_ids if diff_id in layers]
    return ServiceMeasure(
        service=name,
        image=reference,
        built=built,
        stand_in=image.labels.get(STAND_IN_LABEL) == "true",
        uncompressed_bytes=sum(one.uncompressed_bytes for one in known),
        compressed_bytes=sum(one.compressed_bytes for one in known),
        healthy=health is not None and health.healthy,
        health_source=health.source if health is not None else "not started",
        seconds_to_healthy=health.seconds if health is not None else None,
        memory_bytes=memory,
    )


def _once(layers: Mapping[str, LayerBytes], images: Iterable[ImageInfo]) -> tuple[int, int]:
    distinct = {diff_id for image in images for diff_id in image.diff_ids if diff_id in layers}
    return (
        sum(layers[diff_id].uncompressed_bytes for diff_id in distinct),
        sum(layers[diff_id].compressed_bytes for diff_id in distinct),
    )


def _packages(engine: Engine, built: Built) -> dict[str, tuple[str, ...]]:
    """The Python distributions of each built service's image, installers left out."""
    by_tag: dict[str, tuple[str, ...]] = {}
    for tag in dict.fromkeys(built.tags.values()):
        done = engine.run(tag, ["-c", _LIST_PACKAGES], entrypoint="python3")
        if done.exit_code:
            continue
        try:
            found = json.loads(done.stdout)
        except ValueError:
            continue
        by_tag[tag] = tuple(
            item for item in found if item.partition("==")[0].lower() not in _INSTALLERS
        )
    return {service: by_tag[tag] for service, tag in built.tags.items() if tag in by_tag}
