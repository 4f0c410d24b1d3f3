"""The container engine: the user's own where one runs, else one that the lab starts."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab.commands import answers, run
from lab.daemons import Daemon
from lab.errors import CommandFailed, Missing
from lab.folders import Folders

SOCKET = Path("/var/run/docker.sock")
OLDEST = 23
# Trials build from nothing again and again: without a bound the cache fills the disk.
_SETTINGS = {"builder": {"gc": {"enabled": True, "defaultKeepStorage": "15GB"}}}


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine with everything Jettison needs of it."""

    client: str
    version: str
    compose: str
    buildx: str
    storage_driver: str
    ours: bool
    """Whether the lab started it."""


@dataclass(frozen=True, slots=True)
class NoEngine:
    """No engine answers."""


@dataclass(frozen=True, slots=True)
class UnfitEngine:
    """An engine answers, but cannot serve; `reason` says what it lacks."""

    reason: str


@dataclass(frozen=True, slots=True)
class EngineImage:
    """An image as the engine has it."""

    identifier: str
    uncompressed_size: int
    stand_in: bool


def find_engine(folders: Folders) -> Engine | NoEngine | UnfitEngine:
    """Look for a running engine; changes nothing."""
    clients = [c for c in ("/usr/bin/docker", shutil.which("docker")) if c and Path(c).exists()]
    reason = ""
    for client in dict.fromkeys(clients):
        found = _ask(client, ours=daemon(folders).process() is not None)
        match found:
            case Engine():
                return found
            case UnfitEngine():
                reason = reason or found.reason
            case NoEngine():
                pass
    return UnfitEngine(reason) if reason else NoEngine()


def _ask(client: str, *, ours: bool) -> Engine | NoEngine | UnfitEngine:
    """What one client says about the engine it reaches."""
    questions = [
        [client, "info", "--format", "{{.ServerVersion}} {{.Driver}}"],
        [client, "compose", "version", "--short"],
        [client, "buildx", "version"],
    ]
    with ThreadPoolExecutor(len(questions)) as pool:
        info, compose, buildx = pool.map(answers, questions)
    version, _, driver = (info or "").partition(" ")
    number = re.match(r"\d+", version)
    if number is None:
        return NoEngine()
    if int(number[0]) < OLDEST:
        return UnfitEngine(f"the engine is version {version}; {OLDEST} or newer is needed")
    if compose is None or compose.lstrip("v").startswith("1."):
        return UnfitEngine(f"{client} has no Compose v2 plugin")
    if buildx is None:
        return UnfitEngine(f"{client} has no Buildx plugin")
    release = re.search(r"\d+\.\d+\.\d+\S*", buildx)
    return Engine(client, version, compose, release[0] if release else buildx, driver, ours)


def daemon(folders: Folders) -> Daemon:
    """The engine process that the lab starts."""
    return Daemon.of(folders, "dockerd")


def start_engine(folders: Folders, registry_port: int) -> Engine:
    """Start the distribution's engine in the background and wait until it answers.

    The local registry is its mirror of Docker Hub, so references without a host name are looked
    for there first.
    """
    process = daemon(folders)
    dockerd = shutil.which("dockerd")
    if dockerd is None:
        raise Missing("dockerd is missing, although its package is installed")
    if process.process() is None:
        (folders.run / "dockerd.pid").unlink(missing_ok=True)
        settings = folders.run / "daemon.json"
        settings.write_text(json.dumps(_SETTINGS), encoding="utf-8")
        process.start(
            [
                dockerd,
                f"--config-file={settings}",
                f"--host=unix://{SOCKET}",
                f"--data-root={folders.engine}",
                f"--pidfile={folders.run / 'dockerd.pid'}",
                f"--registry-mirror=http://127.0.0.1:{registry_port}",
            ]
        )
    process.wait_for(lambda: isinstance(find_engine(folders), Engine), 60)
    found = find_engine(folders)
    if not isinstance(found, Engine):
        raise Missing(found.reason if isinstance(found, UnfitEngine) else "the engine went away")
    return found


def inspect_images(engine: Engine, references: Sequence[str]) -> dict[str, EngineImage]:
    """The images that the engine has of these references."""
    with ThreadPoolExecutor(len(references) or 1) as pool:
        outputs = pool.map(lambda r: answers([engine.client, "image", "inspect", r]), references)
        pairs = zip(references, outputs, strict=True)
        return {r: image for r, output in pairs for image in _images(output)}


def _images(output: str | None) -> Iterator[EngineImage]:
    """The images in the output of `docker image inspect`."""
    for entry in json.loads(output) if output else []:
        labels = (entry.get("Config") or {}).get("Labels") or {}
        stand_in = labels.get("dev.jettison.stand-in") == "true"
        yield EngineImage(entry["Id"], entry["Size"], stand_in)


def pull(engine: Engine, reference: str, log: Path) -> None:
    """Pull an image; the engine asks its mirror first."""
    run([engine.client, "pull", "--quiet", reference], log=log)


def load(engine: Engine, archive: Iterator[bytes], log: Path) -> None:
    """Load an image from the pieces of a docker-archive."""
    with (
        log.open("ab") as file,
        subprocess.Popen(
            [engine.client, "load", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        try:
            for piece in archive:
                process.stdin.write(piece)
            process.stdin.close()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    if process.returncode != 0:
        raise CommandFailed(f"docker load failed (log: {log})")


def remove_image(engine: Engine, identifier: str) -> None:
    """Remove an image that nothing uses; one in use stays."""
    answers([engine.client, "image", "rm", identifier])
