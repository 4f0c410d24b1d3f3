"""Build what a Compose model builds: each distinct image once from nothing, the rest from cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine import BuildRequest
from jettison.errors import TrialError
from jettison.trial.model import BuildMeasure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jettison.engine import BuildStep, Engine
    from jettison.trial.model import Progress, TrialRequest

TRIAL_REPOSITORY = "jettison-trial"
_Key = tuple[str, str, str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class BuiltImages:
    """The builds made, the tag of each service that runs a built image, and all tags made."""

    measures: tuple[BuildMeasure, ...]
    tags: Mapping[str, str]
    context_bytes: int


def build_services(
    engine: Engine, request: TrialRequest, model: Mapping[str, Any], progress: Progress
) -> BuiltImages:
    """Builds every service that has a build section, in the model's order.

    The folder is new to the builder, so the first build transfers all that it needs of the context
    and a later one what is still missing: ``context_bytes`` is their sum.
    """
    tags: dict[str, str] = {}
    named: dict[str, str] = {}
    measures: list[BuildMeasure] = []
    seen: set[_Key] = set()
    for service, spec in model["services"].items():
        build = spec.get("build")
        if not build:
            continue
        key = _key(build)
        tag = f"{TRIAL_REPOSITORY}:{request.run_id}-{request.side}-{_safe(service)}"
        cold = request.cold and key not in seen
        seen.add(key)
        progress.status(f"building {service}")
        measure = _build(engine, build, service, tag, cold=cold, progress=progress)
        measures.append(measure)
        tags[service] = tag
        if spec.get("image"):
            named[spec["image"]] = tag
        how = "from nothing" if cold else f"{measure.cached_steps} steps cached"
        progress.say(f"built {service} {request.side} in {measure.seconds:.1f} s ({how})")
    _share(model, tags, named)
    return BuiltImages(tuple(measures), tags, sum(m.context_bytes for m in measures))


def _build(
    engine: Engine,
    build: Mapping[str, Any],
    service: str,
    tag: str,
    *,
    cold: bool,
    progress: Progress,
) -> BuildMeasure:
    def on_step(step: BuildStep) -> None:
        if not step.finished and step.name.startswith("["):
            progress.status(f"building {service}: {step.name[:90]}")

    if "dockerfile_inline" in build:
        raise TrialError(f"{service} has its Dockerfile inside the Compose file: not supported yet")
    dockerfile = str(build.get("dockerfile") or "Dockerfile")
    result = engine.build(
        BuildRequest(
            context=Path(build["context"]),
            dockerfile=dockerfile,
            tag=tag,
            target=build.get("target"),
            args={key: value or "" for key, value in (build.get("args") or {}).items()},
            cold=cold,
        ),
        on_step,
    )
    return BuildMeasure(
        services=(service,),
        dockerfile=dockerfile,
        seconds=result.seconds,
        cold=cold,
        context_bytes=result.context_bytes,
        steps=result.steps,
        cached_steps=result.cached_steps,
    )


def _share(model: Mapping[str, Any], tags: dict[str, str], named: Mapping[str, str]) -> None:
    """Services without a build section that run an image which another service builds."""
    for service, spec in model["services"].items():
        if service not in tags and spec.get("image") in named:
            tags[service] = named[spec["image"]]


def _key(build: Mapping[str, Any]) -> _Key:
    args = tuple(sorted((k, v or "") for k, v in (build.get("args") or {}).items()))
    return (
        str(build["context"]),
        str(build.get("dockerfile") or "Dockerfile"),
        build.get("target"),
        args,
    )


def _safe(service: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in service)
