"""Images written by Jettison, into the engine's store and into the lab's registry.

They are made in memory and removed afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.conftest import ROOT
from tests.e2e.registries import registries

from jettison.engine.clients import StoreClient, find_clients
from jettison.engine.store import (
    StoreAccess,
    archive_layer_bytes,
    load_images,
    stored_image,
    stored_layer_bytes,
)
from jettison.errors import EngineError
from jettison.oci import (
    BasicImage,
    BytesBlob,
    Compression,
    Digest,
    DigestMismatch,
    Index,
    LayerBuilder,
    Platform,
    Reference,
    build_image,
    compare,
    open_image,
    read_tree,
    recompress,
    spooled,
    write_archive,
)
from jettison.oci.image import BlobLayer
from jettison.oci.registry import RegistryClient
from jettison.oci.registry.push import push, push_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.engine import DockerEngine


def made(*names: str) -> BasicImage:
    """A small image whose layers no other test has."""
    unique = uuid.uuid4().hex.encode()
    layers = [
        LayerBuilder()
        .directory("etc")
        .file("etc/id", os.urandom(90_000).hex().encode())
        .symlink("id", "etc/id"),
        LayerBuilder()
        .file("app", os.urandom(400_000).hex().encode(), mode=0o755, uid=7)
        .hard_link("b", "app"),
        LayerBuilder().whiteout("id").file("etc/more", unique),
    ]
    return build_image(layers, platform=Platform.host(), names=names)


@pytest.fixture
def client(engine: DockerEngine) -> StoreClient:
    """The Docker client whose engine answers."""
    assert engine.info().version
    return find_clients()[0]


@pytest.fixture
def name(client: StoreClient) -> Iterator[str]:
    """A name in the store, free again afterwards."""
    found = f"jettison-test/load:{uuid.uuid4().hex[:10]}"
    yield found
    subprocess.run(
        [client.program, "image", "rm", "--force", found], capture_output=True, check=False
    )


@pytest.fixture
def registry() -> str:
    """Host and port of the lab's registry."""
    asked = [str(ROOT / "lab" / "lab"), "env"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    named = {key: value.strip("'\"") for key, _, value in pairs}
    return os.environ.get("JETTISON_LAB_REGISTRY") or named["JETTISON_LAB_REGISTRY"]


def diff_ids(client: StoreClient, name: str) -> tuple[Digest, ...]:
    """The diff IDs that the engine gives for an image."""
    argv = [client.program, "image", "inspect", "--format", "{{json .RootFS.Layers}}", name]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return tuple(Digest.parse(text) for text in json.loads(done.stdout))


def test_the_engine_pulls_what_was_pushed(client: StoreClient, registry: str) -> None:
    image = recompress(made(), Compression.GZIP)
    reference = Reference.parse(f"{registry}/jettison-test/x:{uuid.uuid4().hex[:10]}")
    with RegistryClient() as pushing:
        done = push(pushing, image, reference)
        again = push(pushing, image, reference)
        assert not compare(image, pushing.image(reference))
    assert len(done.uploaded) == len(image.layers) + 1
    assert again.uploaded == ()
    try:
        subprocess.run([client.program, "pull", "--quiet", str(reference)], check=True)
        assert diff_ids(client, str(reference)) == image.config.diff_ids
        asked = [
            client.program,
            "image",
            "inspect",
            "--format",
            "{{json .RepoDigests}}",
            str(reference),
        ]
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        assert f"{reference.name}@{image.manifest.digest}" in json.loads(told)
    finally:
        for one in (str(reference), str(reference.at(image.manifest.digest))):
            argv = [client.program, "image", "rm", "--force", one]
            subprocess.run(argv, capture_output=True, check=False)


def test_the_engine_finds_its_platform_in_a_pushed_index(
    client: StoreClient, registry: str
) -> None:
    layer = LayerBuilder().file("id", uuid.uuid4().hex.encode())
    images = [
        recompress(build_image([layer], platform=Platform("linux", name)), Compression.GZIP)
        for name in ("riscv64", Platform.host().architecture)
    ]
    index = Index.make(one.manifest.descriptor(one.config.platform) for one in images)
    reference = Reference.parse(f"{registry}/jettison-test/x:{uuid.uuid4().hex[:10]}")
    with RegistryClient() as pushing:
        done = push_index(pushing, index, images, reference)
    assert done.reference == reference.at(index.digest)
    try:
        subprocess.run([client.program, "pull", "--quiet", str(reference)], check=True)
        asked = [
            client.program,
            "image",
            "inspect",
            "--format",
            "{{.Architecture}}",
            str(reference),
        ]
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        assert told == images[1].config.platform.architecture
    finally:
        argv = [client.program, "image", "rm", "--force", str(reference), str(done.reference)]
        subprocess.run(argv, capture_output=True, check=False)


def test_the_engine_loads_what_was_written(client: StoreClient, name: str) -> None:
    image = made(name)
    assert load_images(client, [image]) == (name,)
    assert diff_ids(client, name) == image.config.diff_ids
    stored = stored_image(client, name, folders=False)
    assert stored is not None
    assert stored.access is StoreAccess.SAVED
    wanted, found = (read_tree(one.layers, digests=True) for one in (image, stored))
    assert [node.path for node in found] == [node.path for node in wanted]


def test_two_images_and_packed_layers_are_loaded_at_once(client: StoreClient, name: str) -> None:
    one, other = made(name), recompress(made(f"{name}-2"), Compression.GZIP)
    other = BasicImage(other.config, other.layers, (f"{name}-2",))
    try:
        assert set(load_images(client, [one, other])) == {name, f"{name}-2"}
        assert diff_ids(client, f"{name}-2") == other.config.diff_ids
    finally:
        argv = [client.program, "image", "rm", "--force", f"{name}-2"]
        subprocess.run(argv, capture_output=True, check=False)


def test_a_layer_that_is_not_what_it_should_be_is_not_loaded(
    client: StoreClient, name: str
) -> None:
    image = made(name)
    wrong = BlobLayer(BytesBlob(LayerBuilder().file("evil").tar()), diff_id=image.layers[1].diff_id)
    lying = BasicImage(image.config, (image.layers[0], wrong, image.layers[2]), (name,))
    with pytest.raises(DigestMismatch):
        load_images(client, [lying])
    assert stored_image(client, name) is None


def test_an_engine_that_refuses_says_why(tmp_path: Path) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\necho 'no space left on device' >&2\nexit 1\n")
    client.chmod(0o755)
    big = build_image([LayerBuilder().file("big", b"x" * 3_000_000)], names=["x:1"])
    for image in (made("x:1"), big):
        with pytest.raises(EngineError) as caught:
            load_images(StoreClient(str(client)), [image])
        assert "no space left" in str(caught.value.details)
    with pytest.raises(EngineError) as caught:
        stored_layer_bytes(StoreClient(str(client)), "x:1", big.config.diff_ids)
    assert "no space left" in str(caught.value.details)


def test_gzip_bytes_are_the_same_from_the_store_and_from_an_archive(
    client: StoreClient, name: str, tmp_path: Path
) -> None:
    image = made(name)
    load_images(client, [image])
    archive = tmp_path / "image.tar"
    with archive.open("wb") as target:
        write_archive([image], target)
    saved = stored_layer_bytes(client, name, image.config.diff_ids)
    assert saved == archive_layer_bytes(open_image(archive))
    packed = recompress(image, Compression.GZIP)
    for count, layer in zip(saved, packed.layers, strict=True):
        assert count == pytest.approx(layer.descriptor.blob_bytes, rel=0.25, abs=100)


def test_layers_weigh_what_a_push_sends(client: StoreClient) -> None:
    image = "python:3.11-slim"
    with registries() as start:
        address = start()
        there = f"{address}/jettison-test/weight:1"
        subprocess.run([client.program, "image", "tag", image, there], check=True)
        try:
            subprocess.run([client.program, "image", "push", "--quiet", there], check=True)
        finally:
            subprocess.run([client.program, "image", "rm", there], check=True)
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        url = f"http://{address}/v2/jettison-test/weight/manifests/1"
        pushed = httpx.get(url, headers={"Accept": kind}).json()["layers"]
    weighed = stored_layer_bytes(client, image, diff_ids(client, image))
    assert list(weighed) == [pytest.approx(one["size"], rel=0.02, abs=200) for one in pushed]


def test_a_broken_archive_is_not_measured() -> None:
    image = made()
    wrong = BlobLayer(spooled(image.layers[0].open_tar()), diff_id=image.layers[1].diff_id)
    lying = BasicImage(image.config, (image.layers[0], wrong, image.layers[2]))
    with pytest.raises(DigestMismatch):
        archive_layer_bytes(lying)
