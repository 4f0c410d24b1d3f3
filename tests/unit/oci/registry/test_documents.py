"""What may stand where a manifest is expected, and what answers say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from jettison.oci import (
    Digest,
    Image,
    Index,
    LayerBuilder,
    MalformedImage,
    Platform,
    PlatformNotFound,
    Reference,
    RegistryDenied,
    RegistryError,
    build_image,
)
from jettison.oci.manifest import Descriptor
from jettison.oci.mediatype import MediaType
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.answer import part_of, seconds_to_wait
from jettison.oci.registry.credentials import Credentials
from jettison.oci.registry.memory import MemoryRegistry

NAME = Reference.parse("registry.test/org/app:1")
QUIET = RegistrySettings(sleep=lambda _: None)
NOTHING = Digest.of(b"{}")
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": str(NOTHING), "size": 2}


def example(platform: str = "amd64") -> Image:
    return build_image([LayerBuilder().file(platform)], platform=Platform("linux", platform))


def client(registry: MemoryRegistry, settings: RegistrySettings = QUIET) -> RegistryClient:
    return RegistryClient(settings, httpx.Client(transport=registry.transport()))


def manifest(**fields: object) -> bytes:
    return json.dumps({"schemaVersion": 2, **fields}).encode()


@pytest.mark.parametrize(
    ("media_type", "raw", "words"),
    [
        (MediaType.DOCKER_SCHEMA1_SIGNED, b'{"schemaVersion": 1}', "schema version 1"),
        ("application/json", b'{"schemaVersion": 1, "fsLayers": []}', "schema version 1"),
        (MediaType.OCI_ARTIFACT, b'{"blobs": []}', "an artifact, not an image"),
        (
            MediaType.OCI_MANIFEST,
            manifest(config=EMPTY, layers=[EMPTY], artifactType="application/vnd.sbom"),
            "an artifact of the type",
        ),
        (
            MediaType.OCI_MANIFEST,
            manifest(config={**EMPTY, "mediaType": "application/vnd.cncf.helm.config.v1+json"}),
            "an artifact of the type application/vnd.cncf.helm",
        ),
        (MediaType.OCI_MANIFEST, manifest(config=EMPTY, manifests=[]), "CVE-2021-41190"),
        (MediaType.OCI_MANIFEST, b"[]", "expected an object"),
        (MediaType.OCI_MANIFEST, b"{" + b" " * (17 << 20), "bytes of JSON"),
    ],
)
def test_what_is_no_image(media_type: str, raw: bytes, words: str) -> None:
    registry = MemoryRegistry()
    registry.put_document("org/app", "1", media_type, raw)
    registry.blobs[str(NOTHING)] = b"{}"
    with client(registry) as pulling, pytest.raises(MalformedImage, match=words):
        pulling.image(NAME)


def test_a_web_page_is_no_manifest() -> None:
    registry = MemoryRegistry()
    registry.put_document("org/app", "1", "text/html; charset=utf-8", b"<html>")
    with client(registry) as pulling, pytest.raises(RegistryError, match="is this a registry"):
        pulling.image(NAME)


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/octet-stream"])
def test_a_media_type_that_says_nothing(media_type: str) -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", "2", image)
    registry.put_document("org/app", "1", media_type, image.manifest.raw)
    index = Index.make([image.manifest.descriptor(Platform("linux", "amd64"))])
    registry.put_document("org/app", "index", media_type, index.raw)
    with client(registry) as pulling:
        for tag in ("1", "index"):
            assert pulling.image(NAME.tagged(tag)).manifest.raw == image.manifest.raw


@pytest.mark.parametrize("depth", [1, 3, 9])
def test_indexes_of_indexes(depth: int) -> None:
    registry, image = MemoryRegistry(), example()
    registry.put("org/app", str(image.manifest.digest), image)
    below = image.manifest.descriptor(Platform("linux", "amd64"))
    for _ in range(depth):
        index = Index.make([below])
        registry.put_index("org/app", "1", index)
        below = Descriptor(index.media_type, index.digest, len(index.raw))
    with client(registry) as pulling:
        if depth < 4:
            assert pulling.image(NAME).manifest.raw == image.manifest.raw
            assert len(pulling.platforms(NAME)) == 1
        else:
            with pytest.raises(MalformedImage, match="indexes of indexes"):
                pulling.image(NAME)


def test_a_docker_list_by_platform_and_digest() -> None:
    registry, images = MemoryRegistry(), [example("amd64"), example("arm64")]
    for image in images:
        registry.put("org/app", str(image.manifest.digest), image)
    items = [one.manifest.descriptor(one.config.platform).to_json() for one in images]
    raw = manifest(mediaType=MediaType.DOCKER_LIST, manifests=items)
    registry.put_document("org/app", "1", MediaType.DOCKER_LIST, raw)
    pinned = NAME.at(Digest.of(raw))
    with client(registry) as pulling:
        found = pulling.image(pinned, Platform("linux", "arm64"))
        assert found.manifest.raw == images[1].manifest.raw
        with pytest.raises(PlatformNotFound, match="linux/s390x"):
            pulling.image(pinned, Platform("linux", "s390x"))


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        ('Bearer realm="https://a:b:c/"', "not a URL"),
        ("Bearer", "not a URL"),
        ('Bearer realm="http://registry.test/token"', "not secure"),
        ('Digest realm="x"', "HTTP 401"),
    ],
)
def test_challenges_that_cannot_be_met(challenge: str, words: str) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    settings = replace(QUIET, credentials=lambda *_: Credentials("u", "p"))
    http = httpx.Client(transport=httpx.MockTransport(handle))
    with RegistryClient(settings, http) as pulling, pytest.raises(Exception, match=words) as caught:
        pulling.image(NAME)
    assert "Traceback" not in str(caught.value)
    assert type(caught.value).__module__ == "jettison.oci.errors"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(401), RegistryDenied, "no token for repository:org/app:pull: HTTP 401"),
        (httpx.Response(503), RegistryError, "HTTP 503"),
        (httpx.Response(200, json={"token": ""}), RegistryError, "no token in its answer"),
        (httpx.Response(200, content=b"s3cret"), RegistryError, "no token in its answer"),
        (httpx.Response(307, headers={"Location": "http://t.test/"}), RegistryError, "no TLS"),
    ],
)
def test_token_services_that_misbehave(
    answer: httpx.Response, error: type[Exception], words: str
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )
        realm = {"WWW-Authenticate": 'Bearer realm="https://auth.test/t",service="s"'}
        return httpx.Response(401, headers=realm)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    settings = replace(QUIET, credentials=lambda *_: Credentials("u", "pa55"))
    with RegistryClient(settings, http) as pulling, pytest.raises(error, match=words) as caught:
        pulling.image(NAME)
    assert not [word for word in ("pa55", "s3cret") if word in str(caught.value)]


def test_a_denial_says_why_nobody_was_logged_in() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    http = httpx.Client(transport=httpx.MockTransport(handle))
    settings = replace(QUIET, credentials=lambda *_: None, problem=lambda host: f"{host} is odd")
    with RegistryClient(settings, http) as pulling, pytest.raises(RegistryDenied) as caught:
        pulling.image(NAME)
    assert "as nobody: registry.test is odd" in str(caught.value)


def test_a_token_from_the_config_is_sent_as_it_is() -> None:
    registry, image = MemoryRegistry(password="secret"), example()
    registry.put("org/app", "1", image)
    settings = replace(QUIET, credentials=lambda *_: Credentials(registry_token="good"))
    with client(registry, settings) as pulling:
        assert pulling.image(NAME).manifest.raw == image.manifest.raw
    assert not [path for _, path, _ in registry.requests if path == "/token"]


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ("7", 7, 7),
        ("", 0.5, 0.5),
        ("-5", 0.5, 0.5),
        ("nan", 0.5, 0.5),
        ("99999", 30, 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ((datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 30, 30),
        ("soon", 0.5, 0.5),
    ],
)
def test_how_long_to_wait(asked: str, low: float, high: float) -> None:
    answer = httpx.Response(429, headers={"Retry-After": asked})
    assert low <= seconds_to_wait(1, answer) <= high


@pytest.mark.parametrize(
    ("status", "headers", "part"),
    [
        (200, {"Content-Length": "9"}, (0, 9)),
        (200, {}, (0, None)),
        (206, {"Content-Range": "bytes 4-8/9"}, (4, 9)),
        (206, {"Content-Range": "bytes 4-8/*", "Content-Length": "5"}, (4, 9)),
        (206, {"Content-Range": "nonsense", "Content-Length": "5"}, (4, 9)),
        (206, {}, (4, None)),
    ],
)
def test_what_part_an_answer_is(
    status: int, headers: dict[str, str], part: tuple[int, int | None]
) -> None:
    assert part_of(httpx.Response(status, headers=headers), 4) == part


@pytest.mark.parametrize(
    ("text", "registry", "identifier"),
    [
        ("localhost:5000/app:1", "localhost:5000", "1"),
        ("[::1]:5000/a/b", "[::1]:5000", "latest"),
        ("[2001:db8::1]/a:2", "[2001:db8::1]", "2"),
        ("index.docker.io/debian", "docker.io", "latest"),
        (f"a.test/b:1@sha256:{'0' * 64}", "a.test", f"sha256:{'0' * 64}"),
    ],
)
def test_references_of_all_kinds(text: str, registry: str, identifier: str) -> None:
    found = Reference.parse(text)
    assert (found.registry, found.identifier) == (registry, identifier)
    assert Reference.parse(str(found)) == found


@pytest.mark.parametrize("text", ["https://ghcr.io/a/b", "a.test:99999/b", "a.test:0/b"])
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(Exception, match="is not a registry's host"):
        Reference.parse(text)
