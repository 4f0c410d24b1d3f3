"""Build and run small things on the lab's engine, and clear them away again."""

import os
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.commands import run
from lab.engine import Engine
from lab.errors import CommandFailed, LabError

LABEL = "dev.jettison.lab-check"


class Trials:
    """Throw-away images, containers and networks of one process."""

    def __init__(self, engine: Engine, folder: Path, log: Path) -> None:
        self._client = engine.client
        self._folder = folder
        self._log = log
        self._mark = f"{LABEL}={os.getpid()}-{uuid.uuid4().hex[:8]}"

    def docker(self, *arguments: str) -> str:
        """Run one command of the engine's client and return what it printed."""
        return run([self._client, *arguments], log=self._log).strip()

    def build(self, dockerfile: str, files: Mapping[str, str] | None = None) -> str:
        """Build an image without the build cache and return its name."""
        context = self._folder / uuid.uuid4().hex[:8]
        for name, text in {"Dockerfile": dockerfile, **(files or {})}.items():
            path = context / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        tag = f"jettison-lab-check:{context.name}"
        self.docker("build", "-q", "--no-cache", "--label", self._mark, "-t", tag, str(context))
        return tag

    def output(self, image: str, *command: str, options: Sequence[str] = ()) -> str:
        """What a command prints in a new container."""
        return self.docker("run", "--rm", "--label", self._mark, *options, image, *command)

    @contextmanager
    def container(
        self, image: str, *command: str, options: Sequence[str] = ()
    ) -> Generator["Container"]:
        """A container in the background."""
        identifier = self.docker(
            "run", "--detach", "--label", self._mark, *options, image, *command
        )
        try:
            yield Container(self, identifier)
        finally:
            self.docker("rm", "--force", "--volumes", identifier)

    @contextmanager
    def network(self) -> Generator[str]:
        """A network of its own."""
        name = f"jettison-lab-check-{uuid.uuid4().hex[:8]}"
        self.docker("network", "create", "--label", self._mark, name)
        try:
            yield name
        finally:
            self.docker("network", "rm", name)

    def clear(self) -> None:
        """Remove the images that were built."""
        images = self.docker("image", "ls", "-q", "--filter", f"label={self._mark}").split()
        if images:
            self.docker("image", "rm", "--force", *sorted(set(images)))


class Container:
    """A running container."""

    def __init__(self, trials: Trials, identifier: str) -> None:
        self._trials = trials
        self._identifier = identifier

    def run(self, *command: str) -> str:
        """What a command prints in the container."""
        return self._trials.docker("exec", self._identifier, *command)

    def logs(self) -> str:
        """What the container printed."""
        return self._trials.docker("logs", self._identifier)

    def page(self, port: int, path: str = "/", *, seconds: float = 30) -> str:
        """The page at a published port, waited for."""
        address = self._trials.docker("port", self._identifier, str(port)).splitlines()[0]
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
                    text: str = answer.read().decode()
                    return text
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > deadline:
                    raise LabError(f"http://{address}{path}: {error}\n{self.logs()}") from error
                time.sleep(0.2)

    def wait_for(self, *command: str, seconds: float = 60) -> str:
        """What a command prints in the container, once it succeeds."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.run(*command)
            except CommandFailed as error:
                if time.monotonic() > deadline:
                    raise LabError(f"{error}\n{self.logs()}") from error
                time.sleep(0.3)
