"""Docker Engine, through its command line (BuildKit, Compose v2) and its socket (statistics).

python-on-whales speaks to the client wherever an answer comes whole. What it does not offer is read
from processes of our own: BuildKit's machine-readable progress, a saved image as a stream, and a
container's output with its errors apart.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import cached_property
from typing import IO, TYPE_CHECKING

from jettison.engine import running, stacks
from jettison.engine.building import BuilderLost, build_image
from jettison.engine.clients import StoreClient
from jettison.engine.model import EngineInfo, ImageInfo, Sandbox
from jettison.engine.readings import Reading
from jettison.engine.store import known_images, layer_bytes, stored_image
from jettison.engine.weighing import WeighingProcess
from jettison.engine.weights import Weights, cache_folder
from jettison.errors import BuildFailed, EngineError, EngineNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from python_on_whales import DockerClient

    from jettison.engine.layers import LayerBytes
    from jettison.engine.model import (
        BuildRequest,
        BuildResult,
        BuildStep,
        ContainerState,
        Leftover,
        RunResult,
        StackRequest,
        Starting,
    )
    from jettison.engine.store import StoredImage
    from jettison.oci import Digest

_PAUSE_SECONDS = 2.0
_NO_ENGINE = (
    "Start it (systemctl start docker, or Docker Desktop), or run with --no-trial to do the part "
    "that needs no engine."
)


class DockerEngine:
    """The engine behind one Docker client binary."""

    def __init__(self, client: str = "docker") -> None:
        self.client = client
        self._weighed: dict[str, LayerBytes] = {}
        self._weights = Weights(cache_folder())
        self._weighing: WeighingProcess | None = None

    @cached_property
    def _whale(self) -> DockerClient:
        from python_on_whales import DockerClient

        return DockerClient(client_call=[self.client])

    def info(self) -> EngineInfo:
        """Versions and limits; raises ``EngineNotFound`` when nothing answers."""
        from python_on_whales.exceptions import DockerException

        stacks.require_answer(self.client)
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
        """The built image, loaded into the store; raises ``BuildFailed`` with the log's end.

        A builder that went away is asked once more. Raises ``EngineNotFound`` when the engine is
        gone.
        """
        try:
            return build_image(self.client, request, on_step)
        except BuilderLost:
            self.info()
            time.sleep(_PAUSE_SECONDS)
        except BuildFailed:
            self.info()
            raise
        return build_image(self.client, request, on_step)

    def image(self, reference: str) -> ImageInfo | None:
        """The image of that reference in the store, or ``None``."""
        from python_on_whales.exceptions import NoSuchImage

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
            exposed=tuple(_tcp(config.exposed_ports or {})),
            healthcheck=tuple((check.test if check else None) or ()),
            command=(*_words(config.entrypoint), *_words(config.cmd)),
        )

    def pull(self, reference: str, seconds: float) -> str:
        """Fetches an image into the store; why that failed, ``""`` when it did not."""
        return stacks.pull(self.client, reference, seconds)

    def weigh_beside(self, references: Sequence[str]) -> None:
        """Begins to weigh images beside what is done next; :meth:`layer_bytes` waits for it."""
        self.await_weighing()
        if sys.executable:
            with suppress(OSError):  # then they are weighed when it is asked
                self._weighing = WeighingProcess(self.client, references)

    def await_weighing(self) -> None:
        """Waits until nothing is weighed beside."""
        if self._weighing is not None:
            self._weighed.update(self._weighing.result())
            self._weighing = None

    def stop_weighing(self) -> None:
        """Gives up what is weighed beside."""
        if self._weighing is not None:
            self._weighing.stop()
            self._weighing = None

    def layer_bytes(self, references: Sequence[str]) -> Mapping[str, LayerBytes]:
        """The bytes of every layer of the images, by diff ID, each layer read once.

        What was measured in earlier runs is remembered, so that bases cost nothing.
        """
        self.await_weighing()
        images: dict[str, tuple[str, ...]] = {}
        for reference in references:
            image = self.image(reference)
            if image is None:
                raise EngineError(f"there is no image {reference} in the engine's store")
            images[reference] = image.diff_ids
        wanted = {diff_id for ids in images.values() for diff_id in ids}
        self._weighed.update(self._weights.known(wanted - self._weighed.keys()))
        left = frozenset(wanted - self._weighed.keys())
        if left:
            named = [name for name, ids in images.items() if left.intersection(ids)]
            known = frozenset(self._weighed)
            measured = layer_bytes(StoreClient(self.client), named, left, known)
            self._weighed.update(measured)
            self._weights.remember(measured)
        return {diff_id: self._weighed[diff_id] for diff_id in wanted}

    def run(
        self,
        image: str,
        argv: Sequence[str],
        *,
        entrypoint: str | None = None,
        root_in: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> RunResult:
        """The outcome of a command in a fresh container, removed afterwards; without network.

        With ``root_in`` it runs as root and has that folder at ``/jettison``. Raises
        ``EngineError`` for a command that does not end within five minutes, and has no sandbox that
        says how long.
        """
        return running.run(
            self.client, image, argv, entrypoint=entrypoint, root_in=root_in, sandbox=sandbox
        )

    def execute(
        self, container_id: str, argv: Sequence[str], seconds: float, folder: str = ""
    ) -> RunResult:
        """The outcome of a command in a running container, in a folder or in its own."""
        return running.execute(self.client, container_id, argv, seconds, folder)

    def commands(self, container_id: str) -> tuple[str, ...]:
        """The command lines of a running container's processes; none where they are not seen."""
        return running.commands(self.client, container_id)

    def resolve(
        self,
        folder: Path,
        files: Sequence[Path],
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        """The Compose model as the engine's own Compose resolves it, with all profiles."""
        return stacks.resolve(self.client, folder, files, environment or {})

    def up(self, stack: StackRequest) -> Starting:
        """Start a stack in the background, without building; returns at once."""
        return stacks.StartingStack(self.client, stack)

    def states(self, stack: StackRequest) -> Mapping[str, ContainerState]:
        """The state of each service's container, by service."""
        return stacks.states(self.client, stack)

    def logs(self, stack: StackRequest, service: str, lines: int) -> str:
        """The end of a service's log, its output and its errors."""
        return stacks.logs(self.client, stack, service, lines)

    def listening(self, container_id: str, *, inside: bool = False) -> frozenset[int]:
        """The TCP ports that a container's processes listen on, beyond its loopback or on it."""
        return stacks.listening(self.client, container_id, inside=inside)

    def memory_bytes(self, container_id: str) -> int | None:
        """Anonymous memory (RSS) of a container's processes, without page cache.

        From the engine's statistics: ``total_rss`` under cgroup v1, ``anon`` under v2. ``None``
        where the engine's socket cannot be reached.
        """
        import httpx

        host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        if not host.startswith("unix://"):
            return None
        # No certificates are loaded for a socket of this machine.
        transport = httpx.HTTPTransport(uds=host.removeprefix("unix://"), verify=False)
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
        stacks.down(self.client, stack)

    def images_of(self, pattern: str) -> tuple[str, ...]:
        """The tags in the store that match a pattern such as ``name:prefix-*``."""
        with _asking("image ls"):
            found = self._whale.image.list(filters=[("reference", pattern)])
        tags = (tag for image in found for tag in image.repo_tags)
        return tuple(tag for tag in tags if fnmatchcase(tag, pattern))

    def remove_images(self, references: Iterable[str]) -> None:
        """Untag images; one that is not there is no error."""
        from python_on_whales.exceptions import DockerException

        for reference in references:
            with suppress(DockerException):
                self._whale.image.remove(reference, force=True)

    def stored(self, reference: str) -> StoredImage | None:
        """The image of that reference, to be read layer by layer; ``None`` if not there."""
        return stored_image(StoreClient(self.client), reference)

    def saved(self, references: Sequence[str]) -> AbstractContextManager[IO[bytes]]:
        """The archive of images as a stream, each layer once; raises ``EngineError``."""
        return StoreClient(self.client).saved(*references)

    def known_images(self) -> Mapping[str, tuple[Digest, ...]]:
        """The diff IDs of every tagged image in the store, base first, by tag."""
        return known_images(StoreClient(self.client))

    def labelled(self, label: str) -> tuple[Leftover, ...]:
        """The containers, networks and volumes that have a label, whose value is the run's id."""
        return stacks.labelled(self.client, label)

    def remove(self, leftovers: Iterable[Leftover]) -> None:
        """Remove them, containers first and by force; one that is not there is no error."""
        stacks.remove(self.client, leftovers)


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turns the client's failure into an ``EngineError``; a missing object stays what it is."""
    from python_on_whales.exceptions import DockerException, NoSuchImage

    try:
        yield
    except NoSuchImage:
        raise
    except DockerException as error:
        raise EngineError(f"docker {what} failed", details=_tail(error.stderr or "")) from error


def _tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def _words(value: Sequence[str] | str | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _tcp(exposed: Mapping[str, object]) -> Iterator[int]:
    """The TCP ports of an image's ``ExposedPorts``."""
    for key in exposed:
        number, _, protocol = key.partition("/")
        if number.isdigit() and protocol in ("", "tcp"):
            yield int(number)
