"""Pulling from a registry in memory: tokens, mirrors, ranges, breaks and lies."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import httpx
import pytest

from jettison.oci import (
    Compression,
    DigestMismatch,
    Image,
    Index,
    LayerBuilder,
    MalformedImage,
    MissingBlob,
    Platform,
    Reference,
    RegistryDenied,
    RegistryError,
    build_image,
    compare,
    read_tree,
    recompress,
    validate,
)
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.credentials import Credentials, DockerConfig
from jettison.oci.registry.hosts import Mirror
from jettison.oci.registry.memory import MemoryRegistry

NAME = Reference.parse("registry.test/org/app:1")
QUIET = RegistrySettings(sleep=lambda _: None)


def example(platform: str = "amd64") -> Image:
    layer = LayerBuilder().file("a", bytes(range(256)) * 100).file(platform)
    image = build_image([layer], platform=Platform("linux", platform))
    return recompress(image, Compression.GZIP)


def client(registry: MemoryRegistry, settings: RegistrySettings = QUIET) -> RegistryClient:
    http = httpx.Client(transport=registry.transport(), follow_redirects=True)
    return RegistryClient(settings, http)


def test_an_image_is_pulled_and_verified() -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", "1", image)
    with client(registry) as pulling:
        found = pulling.image(NAME)
        assert not compare(image, found)
        assert validate(found) == ()
        assert found.names == (str(NAME),)
        assert found.manifest.raw == image.manifest.raw
        pinned = NAME.at(image.manifest.digest)
        assert not compare(image, pulling.image(pinned))


def test_the_platform_is_chosen() -> None:
    registry = MemoryRegistry()
    images = {name: example(name) for name in ("amd64", "arm64")}
    for image in images.values():
        registry.put("org/app", str(image.manifest.digest), image)
    index = Index.make(i.manifest.descriptor(i.config.platform) for i in images.values())
    registry.put_index("org/app", "1", index)
    with client(registry) as pulling:
        for name, image in images.items():
            found = pulling.image(NAME, Platform("linux", name))
            assert found.config.raw == image.config.raw
        assert len(pulling.platforms(NAME)) == 2


def test_tags_come_in_pages() -> None:
    registry = MemoryRegistry()
    for tag in ("1", "2", "3", "4", "5"):
        registry.put("org/app", tag, example())
    with client(registry) as pulling:
        assert pulling.tags(NAME) == ("1", "2", "3", "4", "5")


@pytest.mark.parametrize("honour_ranges", [True, False])
def test_a_broken_download_goes_on_where_it_was(honour_ranges: bool) -> None:
    registry, image = MemoryRegistry(break_after=150, honour_ranges=honour_ranges), example()
    registry.put("org/app", "1", image)
    with client(registry) as pulling:
        if honour_ranges:
            assert not compare(image, pulling.image(NAME))
            ranges = [wanted for _, _, wanted in registry.requests if wanted]
            assert ranges[0] == "bytes=150-"
        else:
            with pytest.raises(RegistryError, match="keeps breaking at byte 150"):
                pulling.image(NAME)


@pytest.mark.parametrize(
    "who", [Credentials("user", "secret"), Credentials(identity_token="secret")]
)
def test_tokens(who: Credentials) -> None:
    registry, image = MemoryRegistry(password="secret"), example()
    registry.put("org/app", "1", image)
    settings = replace(QUIET, credentials=lambda host, _: who if host == "registry.test" else None)
    with client(registry, settings) as pulling:
        assert not compare(image, pulling.image(NAME))
    assert sum(path == "/token" for _, path, _ in registry.requests) == 1
    assert "secret" not in repr(who)


def test_without_credentials_the_error_says_what_to_do() -> None:
    registry = MemoryRegistry(password="secret")
    with client(registry) as pulling, pytest.raises(RegistryDenied) as caught:
        pulling.image(NAME)
    assert caught.value.status == 401
    assert "docker login" in str(caught.value.remedy)


def test_credentials_never_go_to_an_insecure_service() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "registry.test"
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="http://evil/t"'})

    settings = replace(QUIET, credentials=lambda *_: Credentials("user", "secret"))
    http = httpx.Client(transport=httpx.MockTransport(handle))
    with pytest.raises(RegistryError, match="not secure"):
        RegistryClient(settings, http).image(NAME)


def test_mirrors_come_first_and_get_no_foreign_credentials() -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", "1", image)
    asked: list[str] = []
    hosts: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        if request.url.host == "mirror.test" and "blobs" in request.url.path:
            return httpx.Response(404)
        if request.url.host == "mirror.test" and "Authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        return registry.handle(request)

    def who(host: str, repository: str) -> Credentials | None:
        asked.append(host)
        return Credentials("m", "m") if host == "mirror.test" else Credentials("r", "r")

    mirrors = {"registry.test": [Mirror("https://mirror.test/")]}
    settings = replace(QUIET, credentials=who, mirrors=mirrors)
    http = httpx.Client(transport=httpx.MockTransport(handle))
    assert not compare(image, RegistryClient(settings, http).image(NAME))
    assert hosts[0] == "mirror.test"
    assert "registry.test" in hosts
    assert set(asked) == {"mirror.test"}


def test_lies_are_found() -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", "1", image)
    digest = str(image.manifest.layers[0].digest)
    good = registry.blobs[digest]
    for bad in (good[:-1], good + b"x", b"\0" + good[1:]):
        registry.blobs[digest] = bad
        with client(registry) as pulling, pytest.raises(MalformedImage):
            read_tree(pulling.image(NAME).layers)
    media_type, raw = registry.manifests["org/app", "1"]
    registry.manifests["org/app", str(image.manifest.digest)] = (media_type, raw + b" ")
    with client(registry) as pulling, pytest.raises(DigestMismatch):
        pulling.image(NAME.at(image.manifest.digest))


def test_what_is_not_there() -> None:
    registry = MemoryRegistry()
    with client(registry) as pulling, pytest.raises(MissingBlob, match="MANIFEST_UNKNOWN"):
        pulling.image(NAME)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_registry_is_asked_again(status: int) -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", "1", image)
    waits: list[float] = []
    busy = [httpx.Response(status, headers={"Retry-After": "7"}), httpx.Response(status)]

    def handle(request: httpx.Request) -> httpx.Response:
        return busy.pop(0) if busy else registry.handle(request)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    pulling = RegistryClient(replace(QUIET, sleep=waits.append), http)
    assert not compare(image, pulling.image(NAME))
    assert waits == [7.0, 0.5]


def test_no_answer_is_an_error() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    http = httpx.Client(transport=httpx.MockTransport(handle))
    with pytest.raises(RegistryError, match="refused"):
        RegistryClient(QUIET, http).image(NAME)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("debian", "https://registry-1.docker.io"),
        ("localhost:5000/a", "http://localhost:5000"),
        ("127.0.0.1:5000/a", "http://127.0.0.1:5000"),
        ("plain.test/a", "http://plain.test"),
        ("ghcr.io/a/b", "https://ghcr.io"),
        ("localhost.evil.test/a", "https://localhost.evil.test"),
    ],
)
def test_where_a_registry_is(name: str, base: str) -> None:
    urls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(404)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    settings = replace(QUIET, plain_http=frozenset({"plain.test"}))
    with pytest.raises(MissingBlob):
        RegistryClient(settings, http).image(Reference.parse(name))
    assert urls[0].startswith(f"{base}/v2/")


CONFIG = {
    "auths": {
        "https://index.docker.io/v1/": {"auth": base64.b64encode(b"me:pa:ss").decode()},
        "ghcr.io": {"username": "u", "password": "p"},
        "https://quay.io/v2/": {"identitytoken": "t"},
        "empty.test": {},
    },
    "credHelpers": {"ecr.test": "ecr-login"},
    "credsStore": "desktop",
}


def test_the_docker_config() -> None:
    calls: list[tuple[str, str]] = []

    def helper(name: str, server: str) -> bytes | None:
        calls.append((name, server))
        if name == "ecr-login":
            return b'{"Username":"<token>","Secret":"s"}'
        return b'{"Username":"x","Secret":"y"}' if server == "stored.test" else None

    config = DockerConfig.parse(json.dumps(CONFIG).encode(), helper)
    assert config.credentials("docker.io") == Credentials("me", "pa:ss")
    assert config.credentials("ghcr.io") == Credentials("u", "p")
    assert config.credentials("quay.io") == Credentials(identity_token="t")
    assert config.credentials("ecr.test") == Credentials(identity_token="s")
    assert config.credentials("stored.test") == Credentials("x", "y")
    assert config.credentials("empty.test") is None
    assert config.credentials("other.test") is None
    assert calls[0] == ("desktop", "https://index.docker.io/v1/")
    broken = DockerConfig.parse(b'{"auths":{"a":{"auth":"?"}}}')
    with pytest.raises(MalformedImage, match="not base64"):
        broken.credentials("a")
