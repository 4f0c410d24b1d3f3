"""An engine in memory, for tests of whatever asks an engine.

It builds by remembering, and answers for its containers what it was told to. Everything that was
asked of it is in ``calls``, in order.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jettison.engine.model import (
    BuildResult,
    ContainerState,
    EngineInfo,
    ImageInfo,
    LayerBytes,
    RunResult,
)
from jettison.errors import BuildFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from jettison.engine.model import BuildRequest, BuildStep, StackRequest


@dataclass(slots=True)
class FakeEngine:
    """An engine whose answers are given.

    ``services`` is the Compose model's services; a build's context is the folder asked about.
    ``layers`` gives the bytes of each Dockerfile's image, ``broken_builds`` the Dockerfiles that
    do not build, ``unhealthy`` the services that fail once their stack's name ends in the given
    side. ``on_call`` is told of each call before it is answered, and may raise.
    """

    services: dict[str, dict[str, object]]
    layers: Callable[[BuildRequest], int] = field(default=lambda _: 1_000_000)
    broken_builds: frozenset[str] = frozenset()
    unhealthy: frozenset[tuple[str, str]] = frozenset()
    packages: str = "[]"
    on_call: Callable[[str], None] = field(default=lambda _: None)
    calls: list[str] = field(default_factory=list)
    images: dict[str, int] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)

    def info(self) -> EngineInfo:
        """Fixed versions."""
        return EngineInfo("fake", "1", "2", "0", "memory", 1, 1)

    def build(
        self, request: BuildRequest, on_step: Callable[[BuildStep], None] | None = None
    ) -> BuildResult:
        """Remembers the image, or fails as it was told to."""
        del on_step
        self._called(f"build {request.tag}")
        if request.dockerfile in self.broken_builds:
            raise BuildFailed(f"building {request.dockerfile} failed", details="the log's end")
        if not (request.context / request.dockerfile).is_file():
            raise BuildFailed(f"there is no {request.dockerfile}")
        self.images[request.tag] = self.layers(request)
        sent = sum(p.stat().st_size for p in request.context.rglob("*") if p.is_file())
        return BuildResult(request.tag, 1.0, sent, 3, 0 if request.cold else 3)

    def image(self, reference: str) -> ImageInfo | None:
        """An image of one layer, or ``None`` for a reference with a colon that was not built."""
        if reference.startswith("jettison-trial:") and reference not in self.images:
            return None
        return ImageInfo(reference, (f"sha256:{reference}",), {}, (), "", has_healthcheck=False)

    def layer_bytes(self, references: Sequence[str]) -> Mapping[str, LayerBytes]:
        """The bytes given for each image's only layer, half of it compressed."""
        self._called("layer_bytes")
        return {
            f"sha256:{name}": LayerBytes(self.images.get(name, 10), self.images.get(name, 10) // 2)
            for name in references
        }

    def run(self, image: str, argv: Sequence[str], *, entrypoint: str | None = None) -> RunResult:
        """The packages, whatever is run."""
        del argv, entrypoint
        self._called(f"run {image}")
        return RunResult(0, self.packages, "")

    def resolve(self, folder: Path, files: Sequence[Path]) -> dict[str, object]:
        """The services given, their build contexts in ``folder``."""
        del files
        services = copy.deepcopy(self.services)
        for spec in services.values():
            build = spec.get("build")
            if isinstance(build, dict):
                build["context"] = str(folder)
        return {"name": "fake", "services": services}

    def up(self, stack: StackRequest) -> None:
        """Remembers that the stack runs."""
        self._called(f"up {stack.name}")
        self.running.add(stack.name)

    def states(self, stack: StackRequest) -> Mapping[str, ContainerState]:
        """Every service healthy after a second, but for those that were said to fail."""
        if stack.name not in self.running:
            return {}
        side = stack.name.rpartition("-")[2]
        return {
            name: _state(name, healthy=(name, side) not in self.unhealthy) for name in self.services
        }

    def logs(self, stack: StackRequest, service: str, lines: int) -> str:
        """A line that names the service."""
        del stack, lines
        return f"last words of {service}"

    def memory_bytes(self, container_id: str) -> int | None:
        """Fifty megabytes."""
        del container_id
        return 50_000_000

    def down(self, stack: StackRequest) -> None:
        """Forgets the stack."""
        self.calls.append(f"down {stack.name}")
        self.running.discard(stack.name)

    def images_of(self, pattern: str) -> tuple[str, ...]:
        """The built tags that match."""
        return tuple(tag for tag in self.images if fnmatchcase(tag, pattern))

    def remove_images(self, references: Iterable[str]) -> None:
        """Forgets images."""
        for reference in references:
            self.images.pop(reference, None)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        self.on_call(what)


def _state(service: str, *, healthy: bool) -> ContainerState:
    started = time.time() - 10
    return ContainerState(
        service=service,
        container_id=f"id-of-{service}",
        status="running",
        exit_code=0,
        restarts=0,
        started=started,
        health="healthy" if healthy else "unhealthy",
        first_success=started + 1 if healthy else None,
        health_output="" if healthy else "connection refused",
        ports={},
    )
