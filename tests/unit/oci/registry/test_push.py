"""Pushing to a registry in memory: what is sent, what is not, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from jettison.oci import (
    BytesBlob,
    Compression,
    Descriptor,
    DigestMismatch,
    Image,
    LayerBuilder,
    Manifest,
    Reference,
    RegistryDenied,
    RegistryError,
    append_layer,
    build_image,
    compare,
    read_tree,
    recompress,
)
from jettison.oci.config import History
from jettison.oci.digest import copy_stream
from jettison.oci.image import BasicImage, BlobLayer
from jettison.oci.registry import RegistryClient, RegistrySettings
from jettison.oci.registry.credentials import Credentials
from jettison.oci.registry.hosts import Mirror
from jettison.oci.registry.memory import MemoryRegistry
from jettison.oci.registry.push import push

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = Reference.parse("registry.test/org/app:1")
QUIET = RegistrySettings(sleep=lambda _: None)


def example(*names: str) -> Image:
    layers = [LayerBuilder().file(name, name.encode() * 9000) for name in names or ("a", "b")]
    return recompress(build_image(layers), Compression.GZIP)


def client(
    handle: Callable[[httpx.Request], httpx.Response], settings: RegistrySettings = QUIET
) -> RegistryClient:
    transport = httpx.MockTransport(handle)
    return RegistryClient(settings, httpx.Client(transport=transport, follow_redirects=True))


def methods(registry: MemoryRegistry) -> list[str]:
    return [method for method, _, _ in registry.requests]


def test_what_was_pushed_is_what_is_pulled() -> None:
    registry, image = MemoryRegistry(), example()
    with client(registry.handle) as pushing:
        done = push(pushing, image, NAME)
        assert not compare(image, pushing.image(NAME))
        assert pushing.image(done.reference).manifest.raw == image.manifest.raw
    assert done.reference == NAME.at(image.manifest.digest)
    assert done.uploaded == (*image.manifest.layers, image.manifest.config)
    assert done.skipped == ()
    assert done.uploaded_bytes == sum(map(len, registry.blobs.values()))
    manifest = registry.manifests["org/app", "1"]
    assert manifest == (image.manifest.media_type, image.manifest.raw)


def test_blobs_that_are_there_are_not_sent_again() -> None:
    registry, image = MemoryRegistry(), example()
    more = append_layer(image, LayerBuilder().file("c", b"c").layer(), History(created_by="c"))
    with client(registry.handle) as pushing:
        push(pushing, image, NAME)
        again = push(pushing, image, NAME)
        third = push(pushing, more, NAME.tagged("2"))
    assert again.uploaded == ()
    assert again.uploaded_bytes == 0
    assert third.skipped == image.manifest.layers
    assert len(third.uploaded) == 2


def test_a_layer_that_stands_twice_is_sent_once() -> None:
    registry = MemoryRegistry()
    with client(registry.handle) as pushing:
        done = push(pushing, example("a", "a"), NAME)
    assert len(done.uploaded) == 2
    assert methods(registry).count("POST") == 2


def test_without_a_tag_it_is_stored_under_its_digest() -> None:
    registry, image = MemoryRegistry(), example()
    digest = image.manifest.digest
    with client(registry.handle) as pushing:
        push(pushing, image, Reference("registry.test", "org/app", digest=digest))
        with pytest.raises(DigestMismatch, match="the image to push is"):
            push(pushing, example("other"), NAME.at(digest))
    assert list(registry.manifests) == [("org/app", str(digest))]


@pytest.mark.parametrize(
    "who", [Credentials("user", "secret"), Credentials(identity_token="secret")]
)
def test_one_token_serves_the_whole_push(who: Credentials) -> None:
    registry = MemoryRegistry(password="secret")
    settings = replace(QUIET, credentials=lambda *_: who)
    with client(registry.handle, settings) as pushing:
        push(pushing, example(), NAME)
    paths = [path for _, path, _ in registry.requests]
    assert paths.count("/token") == 1, "it is asked for what the push needs, not the first look"
    assert ("org/app", "1") in registry.manifests


def test_a_token_that_ends_before_a_layer_is_sent_is_renewed() -> None:
    registry, image = MemoryRegistry(password="secret"), example()
    bodies: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and "uploads" in request.url.path:
            bodies.append(len(request.read()))
            if len(bodies) == 1:
                request.headers["Authorization"] = "Bearer ended"
        return registry.handle(request)

    settings = replace(QUIET, credentials=lambda *_: Credentials("user", "secret"))
    with client(handle, settings) as pushing:
        push(pushing, image, NAME)
        assert not compare(image, pushing.image(NAME))
    assert bodies[0] == bodies[1] == image.manifest.layers[0].blob_bytes
    assert sum(path == "/token" for _, path, _ in registry.requests) == 3, "and one to read"


def test_layers_that_are_elsewhere_stay_there() -> None:
    registry, image = MemoryRegistry(), example("a")
    (layer,) = image.layers
    kind = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    url = "https://windows.test/layer"
    foreign = replace(layer.descriptor, media_type=kind, urls=("http://windows.test/no", url))
    manifest = Manifest.make(
        image.manifest.config, [foreign], media_type="application/vnd.oci.image.manifest.v1+json"
    )
    asked: list[tuple[str, str | None]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "windows.test":
            asked.append((str(request.url), request.headers.get("Authorization")))
            data = bytearray()
            copy_stream(layer.open_blob(), data.extend)
            return httpx.Response(200, content=bytes(data))
        return registry.handle(request)

    registry.put_document("org/app", "1", manifest.media_type, manifest.raw)
    registry.blobs[str(image.manifest.config.digest)] = image.config.raw
    with client(handle) as pulling:
        found = pulling.image(NAME)
        assert [entry.name for entry in read_tree(found.layers)] == ["a"]
        done = push(pulling, found, NAME.tagged("2"))
    assert asked == [(url, None)]
    assert foreign.digest in {one.digest for one in done.skipped}


def test_who_may_not_push_is_told() -> None:
    registry = MemoryRegistry(password="secret")
    with client(registry.handle) as pushing, pytest.raises(RegistryDenied) as caught:
        push(pushing, example(), NAME)
    assert "docker login" in str(caught.value.remedy)
    assert not registry.manifests


@pytest.mark.parametrize("problem", ["break", "busy", "lost"])
def test_a_broken_upload_is_sent_again_from_the_start(problem: str) -> None:
    registry, image = MemoryRegistry(), example()
    waits: list[float] = []
    puts: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and "uploads" in request.url.path:
            puts.append(str(request.url))
            if len(puts) == 1 and problem == "break":
                raise httpx.WriteError("the connection broke")
            if len(puts) == 1:
                return httpx.Response(503 if problem == "busy" else 404)
        return registry.handle(request)

    with client(handle, replace(QUIET, sleep=waits.append)) as pushing:
        push(pushing, image, NAME)
        assert not compare(image, pushing.image(NAME))
    assert len(puts) == 4
    assert len(set(puts)) == 4, "every try is an upload of its own"
    assert waits == [0.25]


def test_an_upload_that_gets_lost_every_time_is_an_error() -> None:
    registry = MemoryRegistry()

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.method == "PUT" else registry.handle(request)

    with client(handle) as pushing, pytest.raises(RegistryError, match="the upload got lost"):
        push(pushing, example(), NAME)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://elsewhere.test/v2/u/1", "shall go elsewhere"),
        ("http://registry.test/v2/u/1", "shall go elsewhere"),
        ("", "no place for an upload"),
    ],
)
def test_bytes_go_to_the_registry_alone(location: str, words: str) -> None:
    registry = MemoryRegistry()
    hosts: set[str] = set()

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        if request.method == "POST":
            return httpx.Response(202, headers={"Location": location})
        return registry.handle(request)

    with client(handle) as pushing, pytest.raises(RegistryError, match=words):
        push(pushing, example(), NAME)
    assert hosts == {"registry.test"}


def test_a_layer_that_is_not_what_its_manifest_says_is_never_stored() -> None:
    registry, image = MemoryRegistry(), example()
    lies = tuple(_Lying(layer.descriptor) for layer in image.layers)
    with client(registry.handle) as pushing, pytest.raises(DigestMismatch):
        push(pushing, BasicImage(image.config, lies, given_manifest=image.manifest), NAME)
    assert not registry.manifests
    assert not registry.blobs


class _Lying(BlobLayer):
    """A layer with as many bytes as promised, but others."""

    def __init__(self, descriptor: Descriptor) -> None:
        super().__init__(BytesBlob(b"x" * descriptor.blob_bytes), descriptor=descriptor)


@pytest.mark.parametrize("part", ["uploads", "manifests"])
def test_a_registry_that_stores_something_else_is_found_out(part: str) -> None:
    registry, other = MemoryRegistry(), "sha256:" + "0" * 64

    def handle(request: httpx.Request) -> httpx.Response:
        answer = registry.handle(request)
        if request.method == "PUT" and part in request.url.path:
            answer.headers["Docker-Content-Digest"] = other
        return answer

    with client(handle) as pushing, pytest.raises(DigestMismatch, match="stored it as sha256:000"):
        push(pushing, example(), NAME)


@pytest.mark.parametrize(("method", "status"), [("POST", 404), ("POST", 405), ("PUT", 413)])
def test_a_refusal_has_the_registrys_own_words(method: str, status: int) -> None:
    registry = MemoryRegistry()
    body = b'{"errors": [{"code": "DENIED", "message": "the repository is full"}]}'

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == method:
            return httpx.Response(status, content=body)
        return registry.handle(request)

    with client(handle) as pushing, pytest.raises(RegistryError, match="is full") as caught:
        push(pushing, example(), NAME)
    assert caught.value.status == status
    assert not registry.manifests


def test_a_mirror_gets_nothing() -> None:
    registry = MemoryRegistry()
    hosts: set[str] = set()

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return registry.handle(request)

    mirrored = replace(QUIET, mirrors={"registry.test": [Mirror("https://mirror.test")]})
    with client(handle, mirrored) as pushing:
        push(pushing, example(), NAME)
    assert hosts == {"registry.test"}
