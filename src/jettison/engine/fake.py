"""An engine in memory, for tests of whatever asks an engine.

It builds by remembering, and answers for its containers what it was told to. Everything that was
asked of it is in ``calls``, in order.
"""

from __future__ import annotations

import copy
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from io import BytesIO
from typing import IO, TYPE_CHECKING

from jettison.engine.layers import LayerBytes
from jettison.engine.model import (
    BuildResult,
    ContainerState,
    EngineInfo,
    ImageInfo,
    RunResult,
)
from jettison.errors import BuildFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jettison.engine.model import (
        BuildRequest,
        BuildStep,
        Leftover,
        Sandbox,
        StackRequest,
        Starting,
    )
    from jettison.engine.store import StoredImage
    from jettison.oci import Digest

_NOT_FOUND = RunResult(127, "", "not found")


@dataclass(slots=True)
class FakeEngine:
    """An engine whose answers are given.

    ``services`` is the Compose model's services; a build's context is the folder asked about.
    ``layers`` gives the bytes of each Dockerfile's image, ``broken_builds`` the Dockerfiles that
    do not build, ``unhealthy`` the services that fail once their stack's name ends in the given
    side. ``ports`` are the addresses of ports, ``logs_of`` what services say. ``kept`` are
    images that can be read, ``left`` what carries a label, ``absent`` images that cannot be had.
    ``restarts`` says how often a side's service was started again by now.
    ``programs`` says how a program ends that is run in a folder, ``overlaid`` what several Compose
    files make together. ``executed`` answers a command in a
    service's container, ``processes`` are its command lines. ``on_call`` is told of each call
    before it is answered, and may raise.
    """

    services: dict[str, dict[str, object]]
    layers: Callable[[BuildRequest], int] = field(default=lambda _: 1_000_000)
    broken_builds: frozenset[str] = frozenset()
    unhealthy: frozenset[tuple[str, str]] = frozenset()
    packages: str = "[]"
    programs: dict[str, RunResult] = field(default_factory=dict)
    overlaid: Callable[[Sequence[Path]], dict[str, dict[str, object]]] | None = None
    absent: frozenset[str] = frozenset()
    ports: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)
    logs_of: Callable[[str, str], str] = field(default=lambda _, name: f"last words of {name}")
    restarts: Callable[[str, str], int] = field(default=lambda _, __: 0)
    kept: dict[str, StoredImage] = field(default_factory=dict)
    left: list[Leftover] = field(default_factory=list)
    executed: Callable[[str, str], RunResult] = field(
        default=lambda _, __: RunResult(127, "", "not found")
    )
    processes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    heard: dict[str, frozenset[int]] = field(default_factory=dict)
    launched: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
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
            raise BuildFailed(
                f"building {request.dockerfile} failed",
                details="the log's end",
                step="[2/3] RUN false",
                line=2,
            )
        if not (request.context / request.dockerfile).is_file():
            raise BuildFailed(f"there is no {request.dockerfile}")
        self.images[request.tag] = self.layers(request)
        sent = sum(p.stat().st_size for p in request.context.rglob("*") if p.is_file())
        return BuildResult(request.tag, 1.0, sent, 3, 0 if request.cold else 3)

    def image(self, reference: str) -> ImageInfo | None:
        """An image of one layer, or ``None`` for a reference with a colon that was not built."""
        unbuilt = reference.startswith("jettison-trial:") and reference not in self.images
        if unbuilt or reference in self.absent:
            return None
        return ImageInfo(reference, (f"sha256:{reference}",), {}, (), "", has_healthcheck=False)

    def pull(self, reference: str, seconds: float) -> str:
        """Says that there is none."""
        del seconds
        return f"there is no {reference}"

    def weigh_beside(self, references: Sequence[str]) -> None:
        """Only remembers that it was asked."""
        self._called(f"weigh_beside {' '.join(references)}")

    def await_weighing(self) -> None:
        """Only remembers that it was asked."""
        self._called("await_weighing")

    def stop_weighing(self) -> None:
        """Only remembers that it was asked."""
        self._called("stop_weighing")

    def layer_bytes(self, references: Sequence[str]) -> Mapping[str, LayerBytes]:
        """The bytes given for each image's only layer, half of it compressed."""
        self._called("layer_bytes")
        return {
            f"sha256:{name}": LayerBytes(self.images.get(name, 10), self.images.get(name, 10) // 2)
            for name in references
        }

    def run(
        self,
        image: str,
        argv: Sequence[str],
        *,
        entrypoint: str | None = None,
        root_in: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> RunResult:
        """What ``programs`` has for what is run in a folder, else the packages."""
        del root_in
        self._called(f"run {image}")
        reads = sandbox is not None and sandbox.reads is not None
        if reads or list(argv) == ["--version"]:
            return self.programs.get(entrypoint or "", _NOT_FOUND)
        return RunResult(0, self.packages, "")

    def execute(
        self, container_id: str, argv: Sequence[str], seconds: float, folder: str = ""
    ) -> RunResult:
        """What was given for the service and its command, behind ``cd FOLDER &&`` in a folder."""
        del seconds
        words = ("cd", folder, "&&", *argv) if folder else argv
        return self.executed(container_id.removeprefix("id-of-"), " ".join(words))

    def commands(self, container_id: str) -> tuple[str, ...]:
        """What was given for the service."""
        return self.processes.get(container_id.removeprefix("id-of-"), ())

    def resolve(
        self,
        folder: Path,
        files: Sequence[Path],
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        """The services given, their build contexts in ``folder``."""
        del environment
        services = copy.deepcopy(self.services)
        if len(files) > 1 and self.overlaid is not None:
            services = self.overlaid(files)
        for spec in services.values():
            build = spec.get("build")
            if isinstance(build, dict):
                build["context"] = str(folder)
        return {"name": "fake", "services": services}

    def up(self, stack: StackRequest) -> Starting:
        """Remembers that the stack runs."""
        self._called(f"up {stack.name}")
        self.running.add(stack.name)
        self.launched[stack.name] = json.loads(stack.file.read_text("utf-8"))["services"]
        return _Started()

    def states(self, stack: StackRequest) -> Mapping[str, ContainerState]:
        """Every service healthy after a second, but for those that were said to fail."""
        if stack.name not in self.running:
            return {}
        side = stack.name.rpartition("-")[2]
        return {
            name: replace(
                _state(name, self.ports.get(name, {}), healthy=(name, side) not in self.unhealthy),
                restarts=self.restarts(side, name),
            )
            for name in self.launched[stack.name]
        }

    def logs(self, stack: StackRequest, service: str, lines: int) -> str:
        """A line that names the service, unless others were given."""
        del lines
        return self.logs_of(stack.name.rpartition("-")[2], service)

    def listening(self, container_id: str, *, inside: bool = False) -> frozenset[int]:
        """Nothing, unless ports were given."""
        return frozenset() if inside else self.heard.get(container_id, frozenset())

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

    def stored(self, reference: str) -> StoredImage | None:
        """The image kept under that name."""
        return self.kept.get(reference)

    def saved(self, references: Sequence[str]) -> AbstractContextManager[IO[bytes]]:
        """An archive with nothing in it."""
        self._called(f"saved {' '.join(references)}")
        return nullcontext(BytesIO(bytes(10240)))

    def known_images(self) -> Mapping[str, tuple[Digest, ...]]:
        """Those kept."""
        return {name: image.config.diff_ids for name, image in self.kept.items()}

    def labelled(self, label: str) -> tuple[Leftover, ...]:
        """What was given."""
        del label
        return tuple(self.left)

    def remove(self, leftovers: Iterable[Leftover]) -> None:
        """Forgets them."""
        gone = set(leftovers)
        self.left = [one for one in self.left if one not in gone]

    def _called(self, what: str) -> None:
        self.calls.append(what)
        self.on_call(what)


class _Started:
    """A stack whose containers were all started at once."""

    def running(self) -> bool:
        return False

    def stop(self) -> None:
        pass

    def complaint(self) -> str:
        return ""


def _state(service: str, ports: Mapping[int, tuple[str, int]], *, healthy: bool) -> ContainerState:
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
        ports=ports,
    )
