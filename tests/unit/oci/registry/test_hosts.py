"""Where registries are, by the config files of engines, and what is never shown of it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from jettison.oci import (
    DigestMismatch,
    InvalidReference,
    MalformedImage,
    MissingBlob,
    Reference,
    RegistryError,
)
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.credentials import Credentials
from jettison.oci.registry.hosts import (
    Mirror,
    bare,
    daemon_hosts,
    engine_hosts,
    is_local,
    joined,
    mirror_place,
    podman_hosts,
)
from jettison.oci.registry.memory import MemoryRegistry
from jettison.oci.sources.memory import LayerBuilder, build_image

NAME = Reference.parse("registry.test/org/app:1")
QUIET = RegistrySettings(sleep=lambda _: None)

PODMAN = b"""
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "cache.test:5000/hub"
insecure = true
[[registry.mirror]]
location = "second.test"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "third.test"
pull-from-mirror = "tag-only"
[[registry]]
location = "plain.test"
insecure = true
[[registry]]
prefix = "*.wild.test"
insecure = true
[[registry]]
prefix = "docker.io/library"
[[registry.mirror]]
location = "library.test"
"""


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("app.localhost:5000", True),
        ("127.8.9.1:80", True),
        ("[::1]:5000", True),
        ("127.evil.test", False),
        ("localhost.test", False),
        ("10.0.0.1", False),
        ("[::2]", False),
    ],
)
def test_what_needs_no_tls(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_the_engines_file() -> None:
    insecure = b'"insecure-registries": ["10.0.0.0/8", "p:5000"]'
    raw = b'{"registry-mirrors": ["https://m.test/"], ' + insecure + b"}"
    found = daemon_hosts(raw)
    assert found.mirrors == {"docker.io": (Mirror("https://m.test/"),)}
    assert found.plain_http == {"p:5000"}
    assert daemon_hosts(b"{}").mirrors == {}
    with pytest.raises(MalformedImage, match=r"daemon\.json: not JSON"):
        daemon_hosts(b"{")


def test_what_an_engine_says() -> None:
    raw = b'{"Mirrors": ["https://m.test/"], "IndexConfigs": {"docker.io": {"Secure": true}}}'
    assert engine_hosts(raw).mirrors == {"docker.io": (Mirror("https://m.test/"),)}
    assert engine_hosts(raw).plain_http == frozenset()
    assert engine_hosts(b"{}").mirrors == {}


def test_podmans_file() -> None:
    found = podman_hosts(PODMAN)
    assert found.plain_http == {"plain.test"}
    assert found.mirrors == {
        "docker.io": (
            Mirror("http://cache.test:5000", "hub"),
            Mirror("https://second.test", digests_only=True),
        )
    }
    assert podman_hosts(b'[registry]\nregistries = ["a"]\n').mirrors == {}
    with pytest.raises(MalformedImage, match="not TOML"):
        podman_hosts(b"[")


def test_files_add_to_each_other() -> None:
    found = joined(
        [daemon_hosts(b'{"registry-mirrors": ["https://m.test"]}'), podman_hosts(PODMAN)]
    )
    assert [one.url for one in found.mirrors["docker.io"]] == [
        "https://m.test",
        "http://cache.test:5000",
        "https://second.test",
    ]


def test_a_mirrors_password_is_used_there_and_not_shown() -> None:
    registry, image = MemoryRegistry(), build_image([LayerBuilder().file("a", b"a")])
    registry.put("hub/org/app", "1", image)
    sent: dict[str, set[str | None]] = {}

    def handle(request: httpx.Request) -> httpx.Response:
        sent.setdefault(request.url.host, set()).add(request.headers.get("Authorization"))
        assert request.url.params["ns"] == "registry.test"
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="m"'})
        return registry.handle(request)

    mirror = Mirror("https://me:pa55@mirror.test", "hub")
    settings = replace(QUIET, mirrors={"registry.test": [mirror]})
    with client(handle, settings) as pulling:
        assert pulling.image(NAME).manifest.raw == image.manifest.raw
    assert sent == {"mirror.test": {None, "Basic bWU6cGE1NQ=="}}
    assert "pa55" not in repr((settings, mirror_place(mirror, "registry.test")))
    assert bare("https://me:pa55@a.test/x?X-Amz-Signature=1") == "https://a.test/x"
    with pytest.raises(InvalidReference) as caught:
        client(handle, replace(QUIET, mirrors={"registry.test": [Mirror("ftp://me:pa55@m")]}))
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize("fault", ["absent", "failing", "denying", "lying", "page", "breaking"])
def test_a_mirror_that_fails_is_asked_no_more(fault: str) -> None:
    registry, image = MemoryRegistry(), build_image([LayerBuilder().file("a", b"a" * 9000)])
    registry.put("org/app", "1", image)
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host != "mirror.test":
            return registry.handle(request)
        asked.append(request.url.path)
        if fault == "absent":
            raise httpx.ConnectError("refused")
        if fault == "lying":
            return httpx.Response(200, content=b"{}")
        if fault == "page":
            return httpx.Response(200, html="<html>")
        if fault == "breaking":
            short = MemoryRegistry(break_after=1)
            short.manifests, short.blobs = registry.manifests, registry.blobs
            return short.handle(request)
        return httpx.Response(500 if fault == "failing" else 403)

    settings = replace(QUIET, mirrors={"registry.test": [Mirror("https://mirror.test")]})
    with client(handle, settings) as pulling:
        found = pulling.image(NAME.at(image.manifest.digest))
        assert found.manifest.raw == image.manifest.raw
    assert len(asked) == (2 if fault == "breaking" else 1)


def test_a_mirror_for_digests_is_not_asked_for_tags() -> None:
    registry = MemoryRegistry()
    registry.put("org/app", "1", build_image([LayerBuilder().file("a", b"a")]))
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.host}{request.url.path}")
        return registry.handle(request)

    mirror = Mirror("https://mirror.test", digests_only=True)
    with client(handle, replace(QUIET, mirrors={"registry.test": [mirror]})) as pulling:
        pulling.image(NAME)
    assert asked[0] == "registry.test/v2/org/app/manifests/1"
    assert asked[1].startswith("mirror.test/v2/org/app/blobs/")


def test_the_registrys_own_error_counts() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if request.url.host == "registry.test" else 500)

    settings = replace(QUIET, mirrors={"registry.test": [Mirror("https://mirror.test")]})
    with client(handle, settings) as pulling, pytest.raises(MissingBlob, match=r"registry\.test"):
        pulling.image(NAME)


def test_this_machines_registry_may_want_tls() -> None:
    registry = MemoryRegistry()
    registry.put("app", "1", build_image([LayerBuilder().file("a", b"a")]))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "http":
            return httpx.Response(400, content=b"Client sent an HTTP request to an HTTPS server.")
        return registry.handle(request)

    with client(handle) as pulling:
        assert pulling.tags(Reference.parse("localhost:5000/app")) == ("1",)


@pytest.mark.parametrize("kind", ["loop", "plain"])
def test_redirects_that_are_not_followed(kind: str) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        there = str(request.url) if kind == "loop" else "http://other.test/manifest?secret=1"
        return httpx.Response(307, headers={"Location": there})

    with client(handle) as pulling, pytest.raises(RegistryError, match="redirect") as caught:
        pulling.image(NAME)
    assert "secret" not in str(caught.value)


def test_a_stranger_cannot_ask_for_credentials() -> None:
    hosts: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        if request.url.host == "registry.test":
            return httpx.Response(307, headers={"Location": "https://storage.test/x"})
        realm = {"WWW-Authenticate": 'Bearer realm="https://evil.test/token"'}
        return httpx.Response(401, headers=realm)

    def never(host: str, repository: str) -> None:
        raise AssertionError

    with (
        client(handle, replace(QUIET, credentials=never)) as pulling,
        pytest.raises(RegistryError, match="401"),
    ):
        pulling.image(NAME)
    assert hosts == ["registry.test", "storage.test"]


def test_a_wrong_digest_is_the_registrys_fault_at_last() -> None:
    registry = MemoryRegistry()
    image = build_image([LayerBuilder().file("a", b"a")])
    registry.manifests["org/app", str(image.manifest.digest)] = ("", image.manifest.raw + b" ")
    with client(registry.handle) as pulling, pytest.raises(DigestMismatch):
        pulling.image(NAME.at(image.manifest.digest))


def client(handle: object, settings: RegistrySettings = QUIET) -> RegistryClient:
    assert callable(handle)
    return RegistryClient(settings, httpx.Client(transport=httpx.MockTransport(handle)))


def test_a_password_is_for_its_repository_alone() -> None:
    registry, image = MemoryRegistry(), build_image([LayerBuilder().file("a", b"a")])
    sent: dict[str, set[str | None]] = {}

    def handle(request: httpx.Request) -> httpx.Response:
        repository = request.url.path.split("/")[2]
        sent.setdefault(repository, set()).add(request.headers.get("Authorization"))
        if "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="m"'})
        return registry.handle(request)

    def who(host: str, repository: str) -> Credentials:
        return Credentials(repository, "p")

    with client(handle, replace(QUIET, credentials=who)) as pulling:
        for name in ("one/app", "two/app"):
            registry.put(name, "1", image)
            pulling.image(Reference("registry.test", name, "1"))
    assert sent == {"one": {None, "Basic b25lL2FwcDpw"}, "two": {None, "Basic dHdvL2FwcDpw"}}


def test_what_was_given_over_tls_is_not_sent_without() -> None:
    registry, image = MemoryRegistry(), build_image([LayerBuilder().file("a", b"a")])
    registry.put("org/app", "1", image)
    sent: set[tuple[str, str | None]] = set()

    def handle(request: httpx.Request) -> httpx.Response:
        sent.add((request.url.scheme, request.headers.get("Authorization")))
        if request.url.scheme == "http" and "blobs" not in request.url.path:
            return httpx.Response(404)
        if request.url.scheme == "https" and "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="m"'})
        return registry.handle(request)

    def who(host: str, repository: str) -> Credentials:
        return Credentials("u", "p")

    plain = {"registry.test": [Mirror("http://registry.test")]}
    with client(handle, replace(QUIET, credentials=who, mirrors=plain)) as pulling:
        pulling.image(NAME)
    assert sent == {("http", None), ("https", None), ("https", "Basic dTpw")}
