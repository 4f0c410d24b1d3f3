"""Find the engine to ask: the first Docker client on PATH that can do what a trial needs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from jettison.engine.docker import DockerEngine
from jettison.errors import EngineNotFound

_REMEDY = (
    "Install Docker Engine with the Compose v2 and buildx plugins and start it "
    "(https://docs.docker.com/engine/install/), or run with --no-trial to do the part that needs "
    "no engine. DOCKER_HOST names an engine elsewhere; JETTISON_DOCKER names another client."
)


def find_engine() -> DockerEngine:
    """An engine that answers; raises ``EngineNotFound``, saying what is missing and how to get it.

    Several Docker clients may stand on PATH, some of them without plugins: the first one that has
    Compose v2 and buildx is taken. ``JETTISON_DOCKER`` names one outright.
    """
    clients = _clients()
    if not clients:
        raise EngineNotFound("there is no docker client on PATH", remedy=_REMEDY)
    lacking: list[str] = []
    for client in clients:
        missing = [plugin for plugin in ("compose", "buildx") if not _has(client, plugin)]
        if missing:
            lacking.append(f"{client} has no {' and no '.join(missing)} plugin")
            continue
        engine = DockerEngine(str(client))
        engine.info()
        return engine
    raise EngineNotFound("; ".join(lacking), remedy=_REMEDY)


def _clients() -> list[Path]:
    named = os.environ.get("JETTISON_DOCKER")
    if named:
        return [Path(named)]
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin"]
    found = (Path(folder) / "docker" for folder in folders if folder)
    return list(dict.fromkeys(path for path in found if os.access(path, os.X_OK)))


def _has(client: Path, plugin: str) -> bool:
    try:
        done = subprocess.run(
            [str(client), plugin, "version"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
