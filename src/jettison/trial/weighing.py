"""What a side's images weigh, each distinct one once, and what is installed in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.trial.labels import STAND_IN_LABEL
from jettison.trial.model import ServiceMeasure, Side, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.engine import Engine, ImageInfo
    from jettison.trial.builds import Built
    from jettison.trial.launching.launch import Health
    from jettison.trial.sides import Side as Launched
    from jettison.trial.sides import Watched

__all__ = ["packages_of", "references_of", "trial_of", "weighed"]

_LIST_PACKAGES = (
    "import json,importlib.metadata as m;"
    "print(json.dumps(sorted({f\"{d.metadata['Name']}=={d.version}\" for d in m.distributions()})))"
)
_PYTHONS = ("./.venv/bin/python3", "python3")
"""That of an environment in the working folder, which an installer may find by itself, is first."""
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})


def references_of(side: Launched) -> dict[str, str]:
    """What the engine calls the image of each service that has one."""
    services = side.stack.model["services"]
    return {
        name: side.built.tags.get(name) or str(services[name].get("image")) for name in side.images
    }


def trial_of(side: Side, launched: Launched, watched: Watched) -> Trial:
    """A side's evidence but for its images' bytes, which are 0 until it is :func:`weighed`."""
    built = launched.built
    references = references_of(launched)
    services = tuple(
        _service(
            name,
            references[name],
            image,
            watched.health.get(name),
            memory=watched.memory.get(name),
            built=name in built.tags,
        )
        for name, image in launched.images.items()
    )
    seconds = [one.seconds for one in watched.health.values() if one.seconds is not None]
    return Trial(
        side=side,
        builds=tuple(built.measures),
        services=services,
        answers=watched.answers,
        context_bytes=built.context_bytes,
        packages=watched.packages,
        uncompressed_once_bytes=0,
        compressed_once_bytes=0,
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
    built: bool,
) -> ServiceMeasure:
    return ServiceMeasure(
        service=name,
        image=reference,
        built=built,
        stand_in=image.labels.get(STAND_IN_LABEL) == "true",
        uncompressed_bytes=0,
        compressed_bytes=0,
        healthy=health is not None and health.healthy,
        health_source=health.source if health is not None else "not started",
        seconds_to_healthy=health.seconds if health is not None else None,
        memory_bytes=memory,
    )


def weighed(engine: Engine, trial: Trial) -> Trial:
    """The trial with the bytes of its images, which are still in the engine's store.

    Raises ``EngineError`` for one that is not.
    """
    references = sorted({one.image for one in trial.services})
    layers = engine.layer_bytes(references)
    images = {name: image for name in references if (image := engine.image(name)) is not None}

    def total(diff_ids: Iterable[str]) -> tuple[int, int]:
        known = [layers[one] for one in diff_ids if one in layers]
        return (
            sum(one.uncompressed_bytes for one in known),
            sum(one.compressed_bytes for one in known),
        )

    services = []
    for one in trial.services:
        uncompressed, compressed = total(images[one.image].diff_ids)
        services.append(replace(one, uncompressed_bytes=uncompressed, compressed_bytes=compressed))
    built = (images[one.image] for one in trial.services if one.built)
    once = total({diff_id for image in built for diff_id in image.diff_ids})
    return replace(
        trial,
        services=tuple(services),
        uncompressed_once_bytes=once[0],
        compressed_once_bytes=once[1],
    )


def packages_of(engine: Engine, built: Built) -> dict[str, tuple[str, ...]]:
    """The Python distributions of each built service's image, installers left out."""
    by_tag: dict[str, tuple[str, ...]] = {}
    for tag in dict.fromkeys(built.tags.values()):
        done = engine.run(tag, ["-c", _LIST_PACKAGES], entrypoint=_PYTHONS[0])
        if done.exit_code:
            done = engine.run(tag, ["-c", _LIST_PACKAGES], entrypoint=_PYTHONS[1])
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
