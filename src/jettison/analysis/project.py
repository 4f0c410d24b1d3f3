"""What a project builds: the targets of its Compose files, and Dockerfiles that stand alone."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.compose.contexts import service_of
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.compose import ComposeProject, Healthcheck, Mount, Port
    from jettison.dockerfile import Dockerfile, Stage, State, Step
    from jettison.dockerfile.context import Context
    from jettison.dockerfile.ignore import IgnoreFile
    from jettison.source import TextTree


_IMAGE = "docker-image://"


@record
class ServiceRun:
    """How one service runs a target's image: the words that start it and that check it.

    ``argv`` is entry point and command together, the image's own where Compose says nothing.
    ``file`` and ``line`` are where the service is defined. ``user`` is Compose's, if it sets one.
    """

    service: str
    argv: tuple[str, ...]
    overrides_command: bool
    check: tuple[str, ...]
    healthcheck: Healthcheck | None
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str | None]
    user: str | None = None
    file: str = ""
    line: int = 0


@record
class Target:
    """One image that the project builds, and everything that runs it.

    ``name`` is stable under edits: the first service that builds it, or the Dockerfile's path (with
    ``:stage`` behind it where a stage was asked for) when no service does. ``builders`` are the
    services with a build section for it, ``runs`` all that run it; for a Dockerfile that stands
    alone there is one run whose service is ``""``.

    ``context_name``, ``dockerfile_name`` and ``ignore_name`` are relative to the project's root,
    POSIX; ``""`` is the root itself as a context. ``ignore_name`` is ``None`` where there is no
    ignore file. ``steps`` are the instructions of the stage and, before them, of the stages that it
    is built from (``FROM base``): all that reaches the image but through ``COPY --from``.
    ``all_steps`` has the steps of every stage of the file, by the stage's number. ``files`` is what
    the context sends, ``contexts`` are the further ones by the names that FROM and COPY use.
    ``development`` tells that the image serves development only, with ``why``: such a target is
    left alone.
    """

    name: str
    builders: tuple[str, ...]
    runs: tuple[ServiceRun, ...]
    image: str | None
    context: Path
    context_name: str
    dockerfile_name: str
    dockerfile: Dockerfile
    stage: Stage
    steps: tuple[Step, ...]
    all_steps: tuple[tuple[Step, ...], ...]
    state: State
    build_args: Mapping[str, str]
    ignore: IgnoreFile | None
    ignore_name: str | None
    files: Context
    development: bool = False
    why: str = ""
    contexts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def services(self) -> tuple[str, ...]:
        """The services that run it; empty for a Dockerfile that stands alone."""
        return tuple(run.service for run in self.runs if run.service)

    @property
    def lineage(self) -> tuple[Stage, ...]:
        """The stage and those that it is built from, the one with the base image first."""
        stages = [self.stage]
        while (base := stages[-1].base_stage) is not None:
            stages.append(self.dockerfile.stages[base])
        return tuple(reversed(stages))

    @property
    def base(self) -> str:
        """The image that the lineage starts from, with its arguments expanded."""
        first = self.lineage[0]
        name = first.base_name or first.base
        return self.contexts.get(name, name).removeprefix(_IMAGE)


@record
class Unread:
    """Something of the project that could not be read, or that a trial will lack.

    It never keeps the rest from being read. ``file`` and ``line`` (from 1) are where it is named.
    """

    file: str
    line: int
    reason: str
    remedy: str = ""


@record(cached=True)
class Project:
    """A folder and the targets in it that can be analysed, read through ``tree``.

    ``compose`` is the Compose project of the files ``compose_names`` (relative to the root), or
    ``None``. ``compose_texts`` are all Compose files found, those that are not of that project
    (``docker-compose.dev.yml``) too.
    """

    root: Path
    tree: TextTree
    compose: ComposeProject | None
    compose_names: tuple[str, ...]
    targets: tuple[Target, ...]
    unread: tuple[Unread, ...] = ()
    compose_texts: tuple[str, ...] = ()

    def target_of(self, service: str) -> Target | None:
        """The target whose image a service runs, or ``None`` for an image from elsewhere."""
        for target in self.targets:
            if service in target.services:
                return target
        return None

    def below(self, names: frozenset[str]) -> frozenset[str]:
        """The names of targets, with those whose images their builds take as contexts."""
        found = names
        while True:
            contexts = [c for t in self.targets if t.name in found for c in t.contexts.values()]
            taken = (self.target_of(service_of(one)) for one in contexts if service_of(one))
            more = found | {target.name for target in taken if target is not None}
            if more == found:
                return found
            found = more

    @property
    def left_alone(self) -> tuple[Unread, ...]:
        """The targets that serve development only, and why each is taken to."""
        remedy = "Name it with --dockerfile to have it changed all the same."
        return tuple(
            Unread(one.dockerfile_name, 1, f"{who} serves development only: {one.why}", remedy)
            for one in self.targets
            if one.development
            for who in ("it" if one.name == one.dockerfile_name else one.name,)
        )

    def sharing(self, target: Target) -> tuple[Target, ...]:
        """The targets that are built from the same Dockerfile, ``target`` among them."""
        name = target.dockerfile_name
        return tuple(one for one in self.targets if one.dockerfile_name == name)
