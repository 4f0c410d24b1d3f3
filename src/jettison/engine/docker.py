"""Docker Engine, through its command line (BuildKit, Compose v2) and its socket (statistics).

python-on-whales speaks to the client wherever an answer comes whole. What it does not offer is read
from processes of our own: BuildKit's machine-readable progress, a saved image as a stream, and a
container's output with its errors apart.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING

from jettison.engine.buildlog import BuildLog
from jettison.engine.clients import StoreClient
from jettison.engine.layers import measure_layers
from jettison.engine.model import (
    BuildResult,
    ContainerState,
    EngineInfo,
    ImageInfo,
    RunResult,
)
from jettison.engine.readings import Reading
from jettison.errors import BuildFailed, EngineError, EngineNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from python_on_whales import Container, DockerClient

    from jettison.engine.model import BuildRequest, BuildStep, LayerBytes, StackRequest

_RUN_SECONDS = 300
_PROJECT_LABEL = "com.docker.compose.project"
_SERVICE_LABEL = "com.docker.compose.service"
_NO_ENGINE = (
    "Start it (systemctl start docker, or Docker Desktop), or run with --no-trial to do the part "
    "that needs no engine."
)


class DockerEngine:
    """The engine behind one Docker client binary."""

    def __init__(self, client: str = "docker") -> None:
        self.client = client

    @cached_property
    def _whale(self) -> DockerClient:
        from python_on_whales import DockerClient  # noqa: PLC0415  (slow import, rarely wanted)

        return DockerClient(client_call=[self.client])

    def info(self) -> EngineInfo:
        """Versions and limits; raises ``EngineNotFound`` when nothing answers."""
        from python_on_whales.exceptions import DockerException  # noqa: PLC0415

        try:
            info = self._whale.system.info()
        except DockerException as error:
            said = _tail(error.stderr or "no answer", 1)
            raise EngineNotFound(
                f"the Docker engine does not answer: {said}", remedy=_NO_ENGINE
            ) from error
        if not info.server_version:
            raise EngineNotFound("the Docker engine does not answer", remedy=_NO_ENGINE)
        with _asking("version"):
            compose, buildx = self._whale.compose.version(), self._whale.buildx.version()
        return EngineInfo(
            name="docker",
            version=info.server_version,
            compose_version=compose.split()[-1],
            buildx_version=buildx.split()[1],
            storage_driver=info.driver or "",
            cpus=info.n_cpu or 0,
            memory_bytes=info.mem_total or 0,
        )

    def build(
        self, request: BuildRequest, on_step: Callable[[BuildStep], None] | None = None
    ) -> BuildResult:
        """The built image, loaded into the store; raises ``BuildFailed`` with the log's end."""
        dockerfile = request.context / request.dockerfile
        argv = [self.client, "buildx", "build", "--progress=rawjson", "--load"]
        argv += ["--file", str(dockerfile), "--tag", request.tag]
        argv += ["--provenance=false", "--no-cache"] if request.cold else ["--provenance=false"]
        if request.target:
            argv += ["--target", request.target]
        for name, value in request.args.items():
            argv += ["--build-arg", f"{name}={value}"]
        argv.append(str(request.context))
        log = BuildLog()
        started = time.monotonic()
        with subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            try:
                _follow(process.stderr, log, on_step)
            except BaseException:
                process.terminate()
                raise
            code = process.wait()
        if code:
            step = f" at step {log.failed_step}" if log.failed_step else ""
            raise BuildFailed(
                f"building {request.dockerfile} in {request.context} failed{step}",
                details=log.tail(),
            )
        return BuildResult(
            tag=request.tag,
            seconds=time.monotonic() - started,
            context_bytes=log.context_bytes,
            steps=log.steps,
            cached_steps=log.cached_steps,
        )

    def image(self, reference: str) -> ImageInfo | None:
        """The image of that reference in the store, or ``None``."""
        from python_on_whales.exceptions import NoSuchImage  # noqa: PLC0415

        try:
            with _asking("image inspect"):
                image = self._whale.image.inspect(reference)
        except NoSuchImage:
            return None
        config = image.config
        check = config.healthcheck
        return ImageInfo(
            image_id=image.id,
            diff_ids=tuple(image.root_fs.layers or ()),
            labels=config.labels or {},
            environment=tuple(config.env or ()),
            user=config.user or "",
            has_healthcheck=bool(check and check.test and check.test != ["NONE"]),
        )

    def layer_bytes(self, references: Sequence[str]) -> Mapping[str, LayerBytes]:
        """The bytes of every layer of the images, by diff ID, each layer read once."""
        wanted: set[str] = set()
        for reference in references:
            image = self.image(reference)
            if image is None:
                raise EngineError(f"there is no image {reference} in the engine's store")
            wanted.update(image.diff_ids)
        with StoreClient(self.client).saved(*references) as stream:
            return measure_layers(stream, frozenset(wanted))

    def run(self, image: str, argv: Sequence[str], *, entrypoint: str | None = None) -> RunResult:
        """The outcome of a command in a fresh container without network, removed afterwards."""
        command = [self.client, "run", "--rm", "--network=none"]
        if entrypoint is not None:
            command += ["--entrypoint", entrypoint]
        done = subprocess.run(
            [*command, image, *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_RUN_SECONDS,
            check=False,
        )
        return RunResult(done.returncode, done.stdout, done.stderr)

    def resolve(self, folder: Path, files: Sequence[Path]) -> dict[str, object]:
        """The Compose model as the engine's own Compose resolves it."""
        with _asking("compose config"):
            return self._stack_client(folder, files).compose.config(return_json=True)

    def up(self, stack: StackRequest) -> None:
        """Start a stack in the background, without building; returns before it is healthy.

        What Compose itself waits for (``depends_on`` conditions) is waited for. A container that
        is unhealthy makes Compose give up: that is left for the caller to see in ``states``.
        """
        from python_on_whales.exceptions import DockerException  # noqa: PLC0415

        try:
            self._of(stack).compose.up(detach=True, no_build=True, quiet=True)
        except DockerException as error:
            if not self._containers(stack):
                raise EngineError(
                    f"the stack {stack.name} could not be started",
                    details=_tail(error.stderr or ""),
                ) from error

    def states(self, stack: StackRequest) -> Mapping[str, ContainerState]:
        """The state of each service's container, by service."""
        states = (_state(container) for container in self._containers(stack))
        return {state.service: state for state in states}

    def logs(self, stack: StackRequest, service: str, lines: int) -> str:
        """The end of a service's log."""
        with _asking("compose logs"):
            compose = self._of(stack).compose
            return str(compose.logs(service, tail=str(lines), no_log_prefix=True))

    def memory_bytes(self, container_id: str) -> int | None:
        """Anonymous memory (RSS) of a container's processes, without page cache.

        From the engine's statistics: ``total_rss`` under cgroup v1, ``anon`` under v2. ``None``
        where the engine's socket cannot be reached.
        """
        import httpx  # noqa: PLC0415  (slow import, rarely wanted)

        host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        if not host.startswith("unix://"):
            return None
        transport = httpx.HTTPTransport(uds=host.removeprefix("unix://"))
        path = f"http://docker/containers/{container_id}/stats"
        try:
            with httpx.Client(transport=transport, timeout=20) as client:
                answer = client.get(path, params={"stream": "false", "one-shot": "true"})
        except httpx.HTTPError:
            return None
        if answer.status_code != httpx.codes.OK:
            return None
        statistics = Reading.parse(answer.text).at("memory_stats", "stats")
        return statistics.number("total_rss") or statistics.number("anon") or None

    def down(self, stack: StackRequest) -> None:
        """Stop and remove all that belongs to a stack; a stack that is not there is no error."""
        with _asking("compose down"):
            self._of(stack).compose.down(volumes=True, remove_orphans=True, timeout=3, quiet=True)

    def images_of(self, pattern: str) -> tuple[str, ...]:
        """The tags in the store that match a pattern such as ``name:prefix-*``."""
        with _asking("image ls"):
            found = self._whale.image.list(filters=[("reference", pattern)])
        wanted = pattern.partition("*")[0]
        return tuple(tag for image in found for tag in image.repo_tags if tag.startswith(wanted))

    def remove_images(self, references: Iterable[str]) -> None:
        """Untag images; one that is not there is no error."""
        from python_on_whales.exceptions import DockerException  # noqa: PLC0415

        for reference in references:
            with suppress(DockerException):
                self._whale.image.remove(reference, force=True)

    def _stack_client(
        self, folder: Path, files: Sequence[Path], name: str | None = None
    ) -> DockerClient:
        from python_on_whales import DockerClient  # noqa: PLC0415

        return DockerClient(
            client_call=[self.client],
            compose_files=list(files),
            compose_project_directory=folder,
            compose_project_name=name,
        )

    def _of(self, stack: StackRequest) -> DockerClient:
        return self._stack_client(stack.folder, [stack.file], stack.name)

    def _containers(self, stack: StackRequest) -> list[Container]:
        with _asking("container ls"):
            return self._whale.container.list(
                all=True, filters=[("label", f"{_PROJECT_LABEL}={stack.name}")]
            )


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turns the client's failure into an ``EngineError``; a missing object stays what it is."""
    from python_on_whales.exceptions import DockerException, NoSuchImage  # noqa: PLC0415

    try:
        yield
    except NoSuchImage:
        raise
    except DockerException as error:
        raise EngineError(f"docker {what} failed", details=_tail(error.stderr or "")) from error


def _follow(
    stream: IO[bytes] | None, log: BuildLog, on_step: Callable[[BuildStep], None] | None
) -> None:
    while stream is not None and (data := os.read(stream.fileno(), 65536)):
        for step in log.feed(data.decode("utf-8", "replace")):
            if on_step is not None:
                on_step(step)


def _tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def _state(container: Container) -> ContainerState:
    state = container.state
    health = state.health
    checks = (health.log or []) if health else []
    good = [check.end.timestamp() for check in checks if check.exit_code == 0 and check.end]
    return ContainerState(
        service=(container.config.labels or {}).get(_SERVICE_LABEL, ""),
        container_id=container.id,
        status=state.status or "",
        exit_code=state.exit_code or 0,
        restarts=container.restart_count or 0,
        started=state.started_at.timestamp() if state.started_at else 0.0,
        health=health.status if health else None,
        first_success=min(good) if good else None,
        health_output=(checks[-1].output or "").strip() if checks else "",
        ports=_ports(container.network_settings.ports),
    )


def _ports(published: object) -> dict[int, tuple[str, int]]:
    """Container port to host address, from an inspection's ``NetworkSettings.Ports``."""
    ports: dict[int, tuple[str, int]] = {}
    for key, bindings in Reading(published).members():
        number, _, protocol = key.partition("/")
        for binding in bindings.items():
            if protocol == "tcp" and binding.text("HostPort"):
                address = (binding.text("HostIp") or "127.0.0.1", int(binding.text("HostPort")))
                ports.setdefault(int(number), address)
    return ports
