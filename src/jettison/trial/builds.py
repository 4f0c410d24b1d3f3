"""Build what a stack builds, each distinct image once, and say what cannot be built."""

from __future__ import annotations

import json
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from jettison.compose.contexts import service_of
from jettison.engine import BuildRequest
from jettison.errors import BuildFailed
from jettison.record import record
from jettison.trial.labels import TRIAL_REPOSITORY, safe_name
from jettison.trial.launching.stack import context_of
from jettison.trial.model import BuildMeasure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.engine import BuildStep, Engine
    from jettison.trial.launching.stack import Stack
    from jettison.trial.model import Progress
    from jettison.trial.outcomes import TrialSettings

__all__ = ["Built", "Failure", "build_stack", "give_images", "taken_images"]

_SIDE_BY_SIDE = 2
_LONGEST_TAG = 128
_IMAGE = "docker-image://"


@record
class Failure:
    """An image that could not be built: for which services, where and why."""

    services: tuple[str, ...]
    dockerfile: Path
    line: int
    step: str
    reason: str
    log: str


@dataclass(slots=True)
class Built:
    """The builds made, the tag of each service that runs a built image, and the failures."""

    measures: list[BuildMeasure] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def context_bytes(self) -> int:
        """What crossed to the builder, each distinct image's context once."""
        return sum(measure.context_bytes for measure in self.measures)


@record
class _Wanted:
    """A build to make, behind those of the images ``after`` that it takes as contexts."""

    services: tuple[str, ...]
    request: BuildRequest
    shown: str
    after: tuple[str, ...] = ()


def build_stack(
    engine: Engine,
    stack: Stack,
    *,
    run_id: str,
    label: str,
    cold: bool,
    settings: TrialSettings,
    stop_early: bool,
    progress: Progress,
) -> Built:
    """Builds every image that the stack's services build, each distinct one once.

    ``cold`` builds are measured: one after the other, from nothing. Others go two side by side and
    take what is cached. With ``stop_early`` the first failure ends it.
    """
    built = Built()
    called_off = Event()
    wanted = [
        replace(
            want,
            request=replace(
                want.request,
                cold=cold,
                timeout_seconds=settings.build_timeout_seconds,
                called_off=called_off,
            ),
        )
        for want in _wanted(stack, built, run_id=run_id, label=label, allow=settings.allow)
    ]

    done = {want.request.tag: Future[bool]() for want in wanted}

    def one(want: _Wanted) -> BuildMeasure | Failure:
        result: BuildMeasure | Failure | None = None
        try:
            missing = [tag for tag in want.after if not done[tag].result()]
            result = _unmade(want) if missing else _build(engine, want, progress)
        finally:
            done[want.request.tag].set_result(isinstance(result, BuildMeasure))
        return result

    with progress.times.building():
        if cold or stop_early or len(wanted) < 2:
            for want in wanted:
                _take(built, want, one(want), label, progress)
                if stop_early and built.failures:
                    return built
        else:
            with ThreadPoolExecutor(_SIDE_BY_SIDE, "build") as pool:
                try:
                    for want, result in zip(wanted, pool.map(one, wanted), strict=True):
                        _take(built, want, result, label, progress)
                except BaseException:
                    called_off.set()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    _share(stack.model, built.tags)
    return built


def _take(
    built: Built, want: _Wanted, result: BuildMeasure | Failure, label: str, progress: Progress
) -> None:
    if isinstance(result, Failure):
        built.failures.append(result)
        progress.say(f"{want.shown} cannot be built ({label}): {result.reason}")
        return
    built.measures.append(result)
    built.tags.update(dict.fromkeys(want.services, want.request.tag))
    how = "from nothing" if result.cold else f"{result.cached_steps} steps cached"
    progress.say(f"built {want.shown} ({label}) in {result.seconds:.1f} s ({how})")


def _build(engine: Engine, want: _Wanted, progress: Progress) -> BuildMeasure | Failure:
    def on_step(step: BuildStep) -> None:
        if not step.finished and step.name.startswith("["):
            progress.status(f"building {want.shown}: {step.name[:90]}")

    request = want.request
    progress.status(f"building {want.shown}")
    try:
        result = engine.build(request, on_step)
    except BuildFailed as error:
        return Failure(
            services=want.services,
            dockerfile=request.context / request.dockerfile,
            line=error.line,
            step=error.step,
            reason=_last_line(error),
            log=error.details or str(error),
        )
    return BuildMeasure(
        services=want.services,
        dockerfile=request.dockerfile,
        seconds=result.seconds,
        cold=request.cold,
        context_bytes=result.context_bytes,
        steps=result.steps,
        cached_steps=result.cached_steps,
    )


def _unmade(want: _Wanted) -> Failure:
    reason = "the image of another service that it is built from cannot be built"
    place = want.request.context / want.request.dockerfile
    return Failure(want.services, place, 0, "", reason, reason)


def _last_line(error: BuildFailed) -> str:
    lines = [line.strip() for line in (error.details or "").splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else str(error)


def _wanted(
    stack: Stack, built: Built, *, run_id: str, label: str, allow: frozenset[str]
) -> Iterator[_Wanted]:
    """The distinct builds; what cannot even be asked for becomes a failure."""
    taken: list[str] = []
    groups: dict[str, tuple[list[str], dict[str, Any]]] = {}
    for service, spec in stack.model["services"].items():
        build = spec.get("build")
        if build:
            key = json.dumps(build, sort_keys=True, default=str)
            groups.setdefault(key, ([], build))[0].append(service)
    tags: dict[str, str] = {}
    for services, build in _in_order(groups.values()):
        context = context_of(build, stack)
        reason = ""
        if context is None:
            reason = "it is built from a remote context"
        elif not context.is_dir():
            reason = f"there is no folder {context}"
        elif (build.get("privileged") or build.get("entitlements")) and "privileged" not in allow:
            reason = "its build wants to be privileged"
        for other in () if reason else _taken(build):
            reason = reason or _why_not_there(stack, other, tags)
        if reason or context is None:
            nowhere = Path(str(build.get("dockerfile") or "Dockerfile"))
            built.failures.append(Failure(tuple(services), nowhere, 0, "", reason, reason))
            continue
        # Names that differ may become the same, as may long ones that are cut.
        tag = f"{run_id}-{label}-{len(taken)}-{safe_name(services[0])}"[:_LONGEST_TAG].rstrip("-")
        taken.append(tag)
        tag = f"{TRIAL_REPOSITORY}:{tag}"
        request = _request(stack, built, build, context, tag=tag, tags=tags)
        after = tuple(tags[other] for other in _taken(build) if other in tags)
        tags.update(dict.fromkeys(services, tag))
        yield _Wanted(tuple(services), request, ", ".join(services), after)


def _in_order(
    groups: Iterable[tuple[list[str], dict[str, Any]]],
) -> list[tuple[list[str], dict[str, Any]]]:
    """The builds, each behind those whose images it takes; those in a circle come last."""
    left, found = list(groups), list[tuple[list[str], dict[str, Any]]]()
    while left:
        waiting = {name for services, _ in left for name in services}
        ready = [one for one in left if waiting.isdisjoint(_taken(one[1]))]
        found += ready or left
        left = [one for one in left if one not in ready] if ready else []
    return found


def taken_images(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The services whose images the build of a service takes as contexts."""
    return _taken(spec.get("build") or {})


def give_images(spec: dict[str, Any], tags: Mapping[str, str]) -> None:
    """Makes the build of a service take images that are there instead of those of services."""
    build = spec.get("build") or {}
    if any(name in tags for name in _taken(build)):
        given = {
            key: f"{_IMAGE}{tags[name]}" if (name := service_of(value)) in tags else value
            for key, value in _additional(build).items()
        }
        spec["build"] = {**build, "additional_contexts": given}


def _taken(build: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for value in _additional(build).values() if (name := service_of(value)))


def _why_not_there(stack: Stack, service: str, tags: Mapping[str, str]) -> str:
    """Why a service has no image that another build can take; ``""`` where it has one."""
    spec = stack.model["services"].get(service)
    if spec is None:
        return f"it is built from the image of {service}, which is not there"
    if service in tags or (spec.get("image") and not spec.get("build")):
        return ""
    return f"it is built from the image of {service}, which cannot be built before it"


def _request(
    stack: Stack,
    built: Built,
    build: Mapping[str, Any],
    context: Path,
    *,
    tag: str,
    tags: Mapping[str, str],
) -> BuildRequest:
    dockerfile = str(build.get("dockerfile") or "Dockerfile")
    if build.get("dockerfile_inline"):
        inline = stack.binds.folder / f"{safe_name(tag)}.dockerfile"
        inline.parent.mkdir(parents=True, exist_ok=True)
        inline.write_text(str(build["dockerfile_inline"]).replace("$$", "$"), encoding="utf-8")
        dockerfile = str(inline)
    known = {**os.environ, **stack.environment}
    args = {
        key: str(known[key] if value is None else value).replace("$$", "$")
        for key, value in (build.get("args") or {}).items()
        if value is not None or key in known
    }
    hosts = build.get("extra_hosts") or ()
    if isinstance(hosts, dict):
        hosts = [f"{name}={value}" for name, value in hosts.items()]
    return BuildRequest(
        context=context,
        dockerfile=dockerfile,
        tag=tag,
        target=build.get("target"),
        args=args,
        secrets=tuple(_secrets(stack, build)),
        ssh=tuple(_agents(built, build)),
        contexts=dict(_contexts(stack, build, tags)),
        network=build.get("network"),
        hosts=tuple(str(one).replace("=", ":", 1) for one in hosts),
        platform=next(iter(build.get("platforms") or ()), None),
        shm_size=str(build["shm_size"]) if build.get("shm_size") else None,
    )


def _secrets(stack: Stack, build: Mapping[str, Any]) -> Iterator[str]:
    for one in build.get("secrets") or ():
        source = one if isinstance(one, str) else str(one.get("source"))
        name = source if isinstance(one, str) else str(one.get("target") or source)
        file = ((stack.model.get("secrets") or {}).get(source) or {}).get("file")
        if file:
            yield f"id={name},src={file}"


def _agents(built: Built, build: Mapping[str, Any]) -> Iterator[str]:
    """SSH agents and keys; the user's agent only where there is one."""
    agents = build.get("ssh") or ()
    if isinstance(agents, dict):
        agents = [f"{key}={value}" if value else key for key, value in agents.items()]
    for one in agents:
        text = one if isinstance(one, str) else f"{one.get('id')}={one.get('path')}"
        if "=" not in text.rstrip("=") and not os.environ.get("SSH_AUTH_SOCK"):
            built.notes.append(f"a build wants the SSH agent {text.rstrip('=')}, and there is none")
            continue
        yield text.rstrip("=")


def _additional(build: Mapping[str, Any]) -> dict[str, str]:
    contexts = build.get("additional_contexts") or {}
    if isinstance(contexts, list):
        contexts = dict(str(one).partition("=")[::2] for one in contexts)
    return {str(name): str(value) for name, value in contexts.items()}


def _contexts(
    stack: Stack, build: Mapping[str, Any], tags: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name, text in _additional(build).items():
        if service := service_of(text):
            image = tags.get(service) or stack.model["services"][service]["image"]
            yield name, f"{_IMAGE}{image}"
            continue
        layout, sign, place = text.rpartition("oci-layout://")
        path = context_of({"context": place}, stack) if sign else None
        if not sign and "://" not in text:
            path = context_of({"context": text}, stack)
        yield name, text if path is None else f"{layout}{sign}{path}"


def _share(model: Mapping[str, Any], tags: dict[str, str]) -> None:
    """Services without a build section that run an image which another service builds."""
    named = {
        spec["image"]: tags[service]
        for service, spec in model["services"].items()
        if spec.get("image") and service in tags
    }
    for service, spec in model["services"].items():
        if service not in tags and not spec.get("build") and spec.get("image") in named:
            tags[service] = named[spec["image"]]
