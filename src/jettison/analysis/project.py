"""Find what a project builds: Compose services, and the image targets they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.compose import find_compose_files, read_compose
from jettison.dockerfile import Dockerfile, Stage, State, Step, final_state, parse, states
from jettison.dockerfile.context import Context, read_context
from jettison.dockerfile.ignore import IgnoreFile, find_ignore_file
from jettison.errors import ProjectError
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.compose import Build, ComposeProject, Healthcheck, Mount, Port, Service


@dataclass(frozen=True, slots=True)
class ServiceRun:
    """How one service runs a target's image: the words that start it and that check it.

    ``argv`` is entry point and command together, the image's own where Compose says nothing.
    """

    service: str
    argv: tuple[str, ...]
    overrides_command: bool
    check: tuple[str, ...]
    healthcheck: Healthcheck | None
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One image that the project builds, and everything that runs it.

    ``builders`` are the services with a build section for it, ``runs`` all that run it.
    ``context_name`` and ``dockerfile_name`` are relative to the project, POSIX, ``""`` for the
    project's folder itself. ``steps`` are the instructions of the final stage.
    """

    builders: tuple[str, ...]
    runs: tuple[ServiceRun, ...]
    image: str | None
    context: Path
    context_name: str
    dockerfile_name: str
    dockerfile: Dockerfile
    stage: Stage
    steps: tuple[Step, ...]
    state: State
    build_args: Mapping[str, str]
    ignore: IgnoreFile | None
    ignore_name: str | None
    files: Context

    @property
    def service(self) -> str:
        """The first service that builds it: its name in reports."""
        return self.builders[0]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a Compose project, and the targets that can be analysed."""

    root: Path
    compose: ComposeProject
    compose_names: tuple[str, ...]
    targets: tuple[Target, ...]

    def target_of(self, service: str) -> Target | None:
        """The target whose image a service runs, or ``None`` for an image from elsewhere."""
        for target in self.targets:
            if any(run.service == service for run in target.runs):
                return target
        return None


def discover(root: Path, environment: Mapping[str, str]) -> Project:
    """The project in ``root``.

    Raises ``ProjectError`` when there is no Compose file or nothing to build, ``ComposeError``
    and ``DockerfileError`` for files that do not parse.
    """
    if not root.is_dir():
        raise ProjectError(f"{root} is not a folder")
    files = find_compose_files(root)
    if not files:
        raise ProjectError(
            f"no Compose file in {root}",
            remedy="Jettison reads compose.yaml or docker-compose.yml to learn which services to "
            "build and launch: write one with a service for each image, or give its folder.",
        )
    compose = read_compose(files, environment=environment)
    groups: dict[tuple[str, ...], list[Service]] = {}
    for service in compose.services.values():
        if service.build is not None:
            groups.setdefault(_identity(root, service, service.build), []).append(service)
    if not groups:
        raise ProjectError(
            f"no service in {files[0].name} builds an image",
            remedy="There is nothing to optimize: Jettison rewrites images that are built here.",
        )
    contexts: dict[tuple[Path, Path | None], Context] = {}
    names = tuple(file.relative_to(root).as_posix() for file in files)
    targets = tuple(_target(root, compose, group, contexts) for group in groups.values())
    return Project(root, compose, names, targets)


def _identity(root: Path, service: Service, build: Build) -> tuple[str, ...]:
    """What two services share when they build the same image."""
    path = _dockerfile_path(root, service, build)
    args = [f"{key}={value}" for key, value in sorted(build.args.items())]
    return (str(build.context), path.read_text("utf-8", "replace"), build.target or "", *args)


def _dockerfile_path(root: Path, service: Service, build: Build) -> Path:
    path = build.dockerfile_path
    where = f"{service.name} ({build.file}:{build.line})"
    if path is None:
        raise ProjectError(
            f"{where} has no Dockerfile on disk",
            remedy="A remote context or an inline Dockerfile cannot be rewritten: give it a file.",
        )
    _name(root, path)
    if not path.is_file():
        raise ProjectError(
            f"no Dockerfile for {where}: {path} is not there",
            remedy="Create it, or correct build.dockerfile in the Compose file.",
        )
    return path


def _name(root: Path, path: Path) -> str:
    """A path relative to the project; raises ``ProjectError`` when it, or its link, leads out."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise ProjectError(
            f"{path} is outside the project {root}",
            remedy="Run jettison on the folder that has it all.",
        )
    return path.resolve().relative_to(root.resolve()).as_posix()


def _target(
    root: Path,
    compose: ComposeProject,
    services: list[Service],
    contexts: dict[tuple[Path, Path | None], Context],
) -> Target:
    build = services[0].build
    if build is None or build.context is None:
        raise ProjectError(f"{services[0].name} has no local build context")
    path = _dockerfile_path(root, services[0], build)
    name = _name(root, path)
    dockerfile = parse(SourceText.read(path, name))
    stage = dockerfile.stage(build.target) if build.target else dockerfile.target
    args = dict(build.args)
    steps = states(dockerfile, stage, build_args=args)
    state = final_state(dockerfile, stage, build_args=args)
    ignore_path = find_ignore_file(build.context, path)
    ignore = None
    if ignore_path is not None:
        ignore_name = _name(root, ignore_path)
        ignore = IgnoreFile.parse(SourceText.read(ignore_path, ignore_name))
    else:
        ignore_name = None
    key = (build.context, ignore_path)
    if key not in contexts:
        contexts[key] = read_context(build.context, ignore)
    images = {service.image for service in services}
    users = [
        service
        for service in compose.services.values()
        if service in services or (service.build is None and service.image in images)
    ]
    context_name = _name(root, build.context)
    return Target(
        builders=tuple(service.name for service in services),
        runs=tuple(_run(service, state) for service in users),
        image=services[0].image,
        context=build.context,
        context_name="" if context_name == "." else context_name,
        dockerfile_name=name,
        dockerfile=dockerfile,
        stage=stage,
        steps=steps,
        state=state,
        build_args=args,
        ignore=ignore,
        ignore_name=ignore_name,
        files=contexts[key],
    )


def _run(service: Service, state: State) -> ServiceRun:
    entrypoint = service.entrypoint_argv
    command = service.argv
    if entrypoint is None:
        words = (*(state.entrypoint or ()), *(command if command is not None else state.cmd or ()))
    else:
        words = (*entrypoint, *(command or ()))
    health = service.healthcheck
    if health is not None and health.test:
        check = () if health.disabled else health.test
    elif state.healthcheck is not None and not state.healthcheck.disabled:
        inner = state.healthcheck
        check = ("CMD", *inner.argv) if inner.argv is not None else ("CMD-SHELL", inner.command)
    else:
        check = ()
    return ServiceRun(
        service=service.name,
        argv=tuple(words),
        overrides_command=command is not None or entrypoint is not None,
        check=check,
        healthcheck=health,
        ports=service.ports,
        mounts=service.mounts,
        environment=service.environment,
    )
