"""How to reach registries: the logins, mirrors and helpers of Docker and Podman."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from jettison.errors import ImageError
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.credentials import DockerConfig, HelperFailed, Logins
from jettison.oci.registry.hosts import Hosts, daemon_hosts, engine_hosts, joined, podman_hosts
from jettison.oci.registry.trust import config_home, home

_HELPER_SECONDS = 30.0
_ENGINE_SECONDS = 5.0
_NOT_FOUND = b"credentials not found"


def registry_settings(client: str | None = None) -> RegistrySettings:
    """The settings that the engine's user would expect.

    With ``client``, a Docker client's program, the engine is asked for its mirrors too; one that
    does not answer has none.
    """
    logins = docker_config()
    hosts = registry_hosts(client)
    return RegistrySettings(
        credentials=logins.credentials,
        problem=logins.problem,
        mirrors=hosts.mirrors,
        plain_http=hosts.plain_http,
    )


def registry_client(client: str | None = None) -> RegistryClient:
    """What asks registries with these settings."""
    return RegistryClient(registry_settings(client))


def docker_config() -> Logins:
    """Who to be, by the files of Docker and Podman.

    ``DOCKER_AUTH_CONFIG`` and ``REGISTRY_AUTH_FILE`` are asked first, then ``config.json`` in
    ``DOCKER_CONFIG`` or ``~/.docker``, then Podman's ``auth.json`` (podman-login(1)).
    """
    configs = []
    if inline := os.environ.get("DOCKER_AUTH_CONFIG"):
        configs.append(DockerConfig.parse(inline.encode(), _from_helper, "DOCKER_AUTH_CONFIG"))
    for path in dict.fromkeys(_login_files()):
        raw = _read(path)
        if raw is not None:
            configs.append(DockerConfig.parse(raw, _from_helper, str(path)))
    return Logins(tuple(configs))


def registry_hosts(client: str | None = None) -> Hosts:
    """Mirrors and registries without TLS, by the engine's and Podman's files."""
    own = config_home()
    engine = (own / "docker", home() / ".docker", Path("/etc/docker"))
    found = [] if client is None else [_engine_hosts(client)]
    found += [
        read(raw, str(path))
        for read, paths in (
            (daemon_hosts, [folder / "daemon.json" for folder in engine]),
            (podman_hosts, _podman_files(own / "containers")),
        )
        for path in paths
        if (raw := _read_if_allowed(path))
    ]
    return joined(found)


def _login_files() -> list[Path]:
    folder = os.environ.get("DOCKER_CONFIG")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    podman = Path(runtime) / "containers" if runtime else Path(f"/run/containers/{os.getuid()}")
    named = os.environ.get("REGISTRY_AUTH_FILE")
    return [
        *([Path(named)] if named else []),
        (Path(folder) if folder else home() / ".docker") / "config.json",
        podman / "auth.json",
        config_home() / "containers/auth.json",
    ]


def _podman_files(own: Path) -> list[Path]:
    """The user's file or else the system's, then the folder's files, which add to it."""
    named = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    if named:
        return [Path(named)]
    places = (own, Path("/etc/containers"))
    main = next((place for place in places if (place / "registries.conf").is_file()), places[1])
    added = [file for place in places for file in sorted(place.glob("registries.conf.d/*.conf"))]
    return [main / "registries.conf", *added]


def _read(path: Path) -> bytes | None:
    """A file's bytes, ``None`` when there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror}") from error


def _read_if_allowed(path: Path) -> bytes | None:
    """The bytes of a file of the system's, which may be the administrator's alone."""
    return _read(path) if os.access(path, os.R_OK) else None


def _engine_hosts(client: str) -> Hosts:
    argv = [client, "info", "--format", "{{json .RegistryConfig}}"]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_ENGINE_SECONDS, check=False)
        return engine_hosts(done.stdout) if done.returncode == 0 else Hosts()
    except (OSError, subprocess.TimeoutExpired, ImageError):
        return Hosts()


def _from_helper(name: str, server: str) -> bytes | None:
    """What ``docker-credential-NAME get`` says of a server, ``None`` if it knows nothing.

    What it prints when it fails is not shown: it may be a secret. Source:
    docker-credential-helpers, "Development".
    """
    program = f"docker-credential-{name}"
    try:
        done = subprocess.run(
            [program, "get"],
            input=server.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_HELPER_SECONDS,
            check=False,
        )
    except OSError as error:
        raise HelperFailed(f"{program}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        problem = f"{program} did not answer within {_HELPER_SECONDS:g} seconds"
        raise HelperFailed(problem) from None
    if done.returncode == 0:
        return done.stdout
    if _NOT_FOUND in done.stdout:
        return None
    raise HelperFailed(f"{program} failed with status {done.returncode}")
