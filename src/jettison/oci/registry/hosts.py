"""Where registries are: their own addresses, mirrors, and who of them goes without TLS.

Sources: dockerd's daemon.json ("registry-mirrors", "insecure-registries");
containers-registries.conf(5); containerd's docs/hosts.md (the ``ns`` parameter); RFC 6761,
section 6.3 (``localhost``).
"""

from __future__ import annotations

import ipaddress
import tomllib
from dataclasses import field
from typing import TYPE_CHECKING, cast

import httpx

from jettison.oci.errors import InvalidReference, MalformedImage
from jettison.oci.fields import Fields
from jettison.oci.reference import DEFAULT_REGISTRY
from jettison.oci.registry.credentials import Credentials
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_HUB_HOST = "registry-1.docker.io"


@record
class Mirror:
    """A base URL to try before a registry; ``prefix`` stands there before a repository's name.

    A name and password in the URL are used for the mirror alone. ``digests_only`` keeps it from
    being asked for tags.
    """

    url: str = field(repr=False)
    prefix: str = ""
    digests_only: bool = False


@record
class Hosts:
    """What config files say of registries: mirrors by a registry's host, hosts without TLS."""

    mirrors: Mapping[str, tuple[Mirror, ...]] = field(default_factory=dict)
    plain_http: frozenset[str] = frozenset()

    def joined(self, other: Hosts) -> Hosts:
        """Both; the mirrors of ``other`` come after, those that are known already left out."""
        merged = dict(self.mirrors)
        for host, mirrors in other.mirrors.items():
            merged[host] = tuple(dict.fromkeys((*merged.get(host, ()), *mirrors)))
        return Hosts(merged, self.plain_http | other.plain_http)


@record
class Place:
    """One place to ask: a base URL, and the host whose credentials are for it."""

    base: str
    account: str
    prefix: str = ""
    namespace: str = ""

    @property
    def is_mirror(self) -> bool:
        """Whether it stands in for another registry, which containerd-like mirrors are told."""
        return bool(self.namespace)

    def repository(self, name: str) -> str:
        """What the place calls a repository."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def url(self, name: str, path: str) -> str:
        """The URL of a path below a repository."""
        query = f"{'&' if '?' in path else '?'}ns={self.namespace}" if self.namespace else ""
        return f"{self.base}/v2/{self.repository(name)}/{path}{query}"


def mirror_place(mirror: Mirror, registry: str) -> Place:
    """Where a registry's mirror is."""
    url = parsed_url(mirror.url, "mirror")
    base = str(url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")
    return Place(base, url.netloc.decode(), mirror.prefix, registry)


def with_mirrors(
    ask: Callable[[str, str], Credentials | None] | None,
    mirrors: Mapping[str, Sequence[Mirror]] | None,
) -> Callable[[str, str], Credentials | None]:
    """Who to be, also for mirrors whose URL says it."""
    urls = [parsed_url(one.url, "mirror") for each in (mirrors or {}).values() for one in each]
    people = {url.netloc.decode(): _in_url(url) for url in urls if url.userinfo}

    def found(host: str, repository: str) -> Credentials | None:
        known = people.get(host)
        return known if known is not None or ask is None else ask(host, repository)

    return found


def _in_url(url: httpx.URL) -> Credentials:
    return Credentials(url.username, url.password)


def own_host(registry: str) -> str:
    """The host that serves a registry's API."""
    return _HUB_HOST if registry == DEFAULT_REGISTRY else registry


def is_local(registry: str) -> bool:
    """Whether a host is this machine's own, whose registries need no TLS."""
    name = parsed_url(f"http://{registry}", "registry").host
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def parsed_url(text: str, what: str) -> httpx.URL:
    """The URL with a host that ``text`` spells; not quoted in errors, it may have a password."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidReference(f"{what}: not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidReference(f"{what}: not a URL of a host: {bare(url)!r}")
    return url


def bare(url: httpx.URL | str) -> str:
    """A URL for people: without name, password, and query, which may be a signature."""
    try:
        return str(httpx.URL(url).copy_with(userinfo=b"", query=None, fragment=None))
    except httpx.InvalidURL:
        return "an invalid URL"


def daemon_hosts(raw: bytes, where: str = "daemon.json") -> Hosts:
    """What the Docker engine's config says; mirrors are for Docker Hub alone.

    Networks among the insecure registries are left out.
    """
    top = Fields.parse(raw, where)
    mirrors = tuple(Mirror(url) for url in top.texts("registry-mirrors") or ())
    insecure = top.texts("insecure-registries") or ()
    plain = frozenset(_host(item) for item in insecure if not _is_network(item))
    return Hosts({DEFAULT_REGISTRY: mirrors} if mirrors else {}, plain)


def engine_hosts(raw: bytes) -> Hosts:
    """What an engine says itself, ``docker info --format '{{json .RegistryConfig}}'``."""
    top = Fields.parse(raw, "engine's registries")
    mirrors = tuple(Mirror(url) for url in top.texts("Mirrors") or ())
    known = top.child("IndexConfigs")
    items = () if known is None else ((name, known.child(name)) for name in known.mapping)
    plain = frozenset(name for name, item in items if item is not None and not item.flag("Secure"))
    return Hosts({DEFAULT_REGISTRY: mirrors} if mirrors else {}, plain)


def podman_hosts(raw: bytes, where: str = "registries.conf") -> Hosts:
    """What Podman's config says of whole registries: namespaces and wildcards are left out."""
    try:
        top = Fields(cast("dict[str, object]", tomllib.loads(raw.decode())), where)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MalformedImage(f"{where}: not TOML: {error}") from None
    found = Hosts()
    if isinstance(top.mapping.get("registry"), list):  # a table is the format of 2018
        for item in top.children("registry"):
            found = found.joined(_podman_registry(item))
    return found


def _podman_registry(item: Fields) -> Hosts:
    location = item.text("location", "")
    registry = item.text("prefix", "") or location
    if not registry or "/" in registry or "*" in registry:
        return Hosts()
    mirrors, plain = [], set()
    for one in item.children("mirror"):
        pulls = one.text("pull-from-mirror", "all")
        host, _, prefix = one.text("location").partition("/")
        if pulls != "tag-only":
            scheme = "http" if one.flag("insecure") else "https"
            by_digest = pulls == "digest-only" or item.flag("mirror-by-digest-only")
            mirrors.append(Mirror(f"{scheme}://{host}", prefix.strip("/"), by_digest))
    if item.flag("insecure") and location in ("", registry):
        plain.add(registry)
    return Hosts({registry: tuple(mirrors)} if mirrors else {}, frozenset(plain))


def joined(hosts: Iterable[Hosts]) -> Hosts:
    """All of them, first ones first."""
    found = Hosts()
    for one in hosts:
        found = found.joined(one)
    return found


def _host(item: str) -> str:
    return item.removeprefix("http://").removeprefix("https://").rstrip("/")


def _is_network(item: str) -> bool:
    address, slash, _ = item.partition("/")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return bool(slash)
