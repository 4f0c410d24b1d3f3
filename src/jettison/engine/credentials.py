"""Who to be for a registry: Docker's own config, with its credential helpers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from jettison.oci.credentials import DockerConfig

_TIMEOUT = 30


def docker_config() -> DockerConfig:
    """The config in ``DOCKER_CONFIG`` or ``~/.docker``; an empty one where there is none."""
    folder = os.environ.get("DOCKER_CONFIG")
    path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    if not path.is_file():
        return DockerConfig()
    return DockerConfig.parse(path.read_bytes(), _from_helper)


def _from_helper(name: str, server: str) -> bytes | None:
    """What ``docker-credential-NAME get`` says of a server, ``None`` if it knows nothing."""
    try:
        done = subprocess.run(
            [f"docker-credential-{name}", "get"],
            input=server.encode(),
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
