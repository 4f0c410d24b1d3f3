"""Whom to trust over TLS: the system's authorities, and those that Docker is told of by host.

Sources: Docker, "Verify repository client with certificates" (``certs.d``);
containers-certs.d(5); OpenSSL's ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``.
"""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from jettison.oci.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOCAL = ("localhost", "*.localhost", "127.0.0.1", "[::1]")


def home() -> Path:
    """The user's folder; a user without one, as in many containers, has one with nothing in it."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def config_home() -> Path:
    """Where the user's config files are (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CONFIG_HOME")
    return Path(named) if named else home() / ".config"


def certificate_folders() -> tuple[Path, ...]:
    """Where Docker, Docker Desktop, rootless Docker and Podman keep folders named for hosts."""
    return (
        config_home() / "docker/certs.d",
        home() / ".docker/certs.d",
        Path("/etc/docker/certs.d"),
        config_home() / "containers/certs.d",
        Path("/etc/containers/certs.d"),
    )


def http_client(seconds: float, folders: Sequence[Path]) -> httpx.Client:
    """A client that trusts whom the engine would, and goes to this machine without a proxy."""
    system = _system()
    mounts: dict[str, httpx.BaseTransport | None] = {
        f"all://{name}": httpx.HTTPTransport(verify=system) for name in _LOCAL
    }
    for folder in folders:
        for host in _hosts_in(folder):
            pattern = f"https://{host.name.removesuffix(':443')}"
            if pattern in mounts:
                continue
            with suppress(OSError, ssl.SSLError, httpx.InvalidURL):
                httpx.URL(pattern)
                mounts[pattern] = httpx.HTTPTransport(verify=_of_host(host))
    timeout = httpx.Timeout(seconds, connect=min(seconds, 15))
    agent = {"User-Agent": "jettison"}
    try:
        return httpx.Client(verify=system, mounts=mounts, timeout=timeout, headers=agent)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise RegistryError(
            f"the environment's proxy cannot be used: {type(error).__name__}",
            remedy="give HTTP proxies in HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or unset them",
        ) from error


def is_distrust(error: BaseException | None) -> bool:
    """Whether a connection failed because of the other side's certificate."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def trust_remedy(host: str) -> str:
    """What to do about a certificate that nobody vouches for."""
    return (
        f"put the certificate of its authority into /etc/docker/certs.d/{host}/ca.crt, "
        "or name it in SSL_CERT_FILE"
    )


def _system() -> ssl.SSLContext:
    """The system's authorities; where there are none, those that come with the HTTP client."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    known = context.cert_store_stats()["x509_ca"] or (
        paths.capath and any(Path(paths.capath).glob("*.0"))
    )
    return context if known else httpx.create_ssl_context(trust_env=False)


def _of_host(folder: Path) -> ssl.SSLContext:
    """The system's authorities and the host's: ``*.crt``, and for clients ``*.cert``, ``*.key``."""
    context = _system()
    for file in sorted(folder.glob("*.crt")):
        context.load_verify_locations(cafile=file)
    for file in sorted(folder.glob("*.cert")):
        context.load_cert_chain(file, file.with_suffix(".key"))
    return context


def _hosts_in(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir())
    except OSError:
        return []
