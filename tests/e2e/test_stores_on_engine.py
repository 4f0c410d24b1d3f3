"""The stores of Docker, of Docker on containerd, and of Podman give what their engines export.

Each engine builds an image that is hard to merge. Docker on containerd is a second daemon with
folders of its own, stopped at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.hard_images import (
    CASES,
    Client,
    Seen,
    dockerfile_of,
    exported,
    seen_in,
    steps_of,
    write_context,
)

from jettison.engine.clients import StoreClient
from jettison.engine.folders import split_in_overlay
from jettison.engine.layers import measure_layers
from jettison.engine.store import (
    StoreAccess,
    known_images,
    layer_bytes,
    load_images,
    stored_bytes,
    stored_image,
    stored_layer_bytes,
)
from jettison.imaging import Subject, inspect_image
from jettison.oci import (
    LayerBuilder,
    Platform,
    build_image,
    compare_trees,
    open_image,
    read_tree,
    validate,
)
from jettison.report.inspection.json import inspection_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.engine import DockerEngine
    from jettison.engine.store import StoredImage

STORES = ("docker", "containerd", "podman")
DIRECT = {
    "docker": StoreAccess.FOLDERS,
    "containerd": StoreAccess.CONTENT,
    "podman": StoreAccess.FOLDERS,
}
READY_SECONDS = 30


TOC_DIGEST = "containerd.io/snapshot/stargz/toc.digest"


@dataclass(frozen=True)
class Store:
    """An engine under test, the image that it built, and the folder that it was built in."""

    kind: str
    client: Client
    image: str
    folder: Path
    exported: dict[str, Seen]

    @property
    def asked(self) -> StoreClient:
        """The client as the product uses it."""
        return StoreClient(self.client.program)


@pytest.fixture(scope="module")
def containerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A Docker daemon that keeps its images in containerd."""
    dockerd = shutil.which("dockerd")
    assert dockerd is not None, "dockerd is missing: install docker.io"
    folder = tmp_path_factory.mktemp("containerd")
    settings = folder / "daemon.json"
    settings.write_text(json.dumps({"features": {"containerd-snapshotter": True}}))
    with tempfile.TemporaryDirectory(prefix="jettison-") as short:  # a socket's path is short
        host = f"unix://{short}/docker.sock"
        # Without a network of its own, it would take the other daemon's bridge away.
        argv = ["unshare", "--net", dockerd, "--config-file", str(settings), "--host", host]
        argv += ["--data-root", f"{folder}/data", "--exec-root", f"{short}/exec"]
        argv += ["--pidfile", f"{short}/pid", "--bridge", "none", "--iptables=false"]
        log = folder / "log"
        with (
            log.open("wb") as file,
            subprocess.Popen(argv, stdout=file, stderr=subprocess.STDOUT) as daemon,
        ):
            try:
                client = Client("docker", {"DOCKER_HOST": host})
                _wait_for(client, daemon, log)
                yield client
            finally:
                daemon.terminate()
                daemon.wait(40)
                shutil.rmtree(folder / "data", ignore_errors=True)


def _wait_for(client: Client, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            client("version")
        except AssertionError:
            assert daemon.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Podman with a store of its own."""
    assert shutil.which("podman"), "podman is missing: apt-get install podman crun"
    folder = tmp_path_factory.mktemp("storage")
    settings = folder / "storage.conf"
    roots = f'graphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    settings.write_text(f'[storage]\ndriver = "overlay"\n{roots}')
    yield Client("podman", {"CONTAINERS_STORAGE_CONF": str(settings)})
    shutil.rmtree(folder / "graph")


@pytest.fixture(scope="module", params=STORES)
def built(
    request: pytest.FixtureRequest, engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store with a hard image."""
    kind: str = request.param
    assert engine.info().version
    folder = tmp_path_factory.mktemp(kind)
    write_context(folder)
    first, *others = sorted(CASES)
    more = [line for case in others for line in steps_of(case)]
    (folder / "Dockerfile").write_text(dockerfile_of(first) + "\n".join(more) + "\n")
    name = f"localhost/jettison-test/{kind}:{uuid.uuid4().hex[:8]}"
    options = ["--tag", name, str(folder)]
    client = Client() if kind == "docker" else request.getfixturevalue(kind)
    if kind == "podman":
        # Limits that need no raising, which a container without privileges may not do.
        limits = ["--ulimit=nproc=4096:4096", "--ulimit=nofile=4096:4096"]
        settings = ["--isolation=chroot", "--network=host", *limits]
        client("build", "--quiet", "--layers", *settings, *options)
    else:
        client("buildx", "build", "--quiet", "--load", "--network=none", *options)
    try:
        yield Store(kind, client, name, folder, exported(name, folder, client))
    finally:
        client("image", "rm", "--force", name)


@pytest.fixture
def store(built: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store, its engine being the one that is asked."""
    for key, value in built.client.environment.items():
        monkeypatch.setenv(key, value)
    return built


def _opened(store: Store, *, folders: bool) -> StoredImage:
    image = stored_image(store.asked, store.image, folders=folders)
    assert image is not None
    return image


@pytest.mark.parametrize("folders", [True, False])
def test_the_merged_tree_is_what_the_engine_exports(store: Store, folders: bool) -> None:
    image = _opened(store, folders=folders)
    if os.geteuid() == 0:
        assert image.access is (DIRECT[store.kind] if folders else StoreAccess.SAVED)
    found = seen_in(read_tree(image.layers, digests=True))
    assert {p: s for p, s in found.items() if store.exported.get(p) != s} == {}
    assert found.keys() == store.exported.keys()


def test_folders_and_archive_give_the_same_inspection(store: Store) -> None:
    def whole(image: StoredImage) -> dict[str, Any]:
        subject = Subject(image.name, "", image.config, image.layers, image.compressed_bytes)
        found: dict[str, Any] = json.loads(inspection_to_json(inspect_image(subject)))
        return found

    direct, saved = _opened(store, folders=True), _opened(store, folders=False)
    assert direct.config == saved.config
    assert whole(direct) == whole(saved)


def test_compressed_bytes_are_known_where_the_store_keeps_them(store: Store) -> None:
    image = _opened(store, folders=True)
    if store.kind == "containerd":
        measured = stored_layer_bytes(store.asked, store.image, image.config.diff_ids)
        assert image.compressed_bytes == measured
    else:
        assert set(image.compressed_bytes) == {None}


def test_layers_weigh_out_of_folders_what_they_weigh_saved(store: Store) -> None:
    item = store.asked.inspect([store.image])[0]
    wanted = frozenset(item.at("RootFS").texts("Layers"))
    split = {layer.diff_id for layer in split_in_overlay(item)}
    assert split == (wanted if store.kind == "docker" else frozenset())
    with store.asked.saved(store.image) as stream:
        saved = measure_layers(stream, wanted)
    assert layer_bytes(store.asked, [store.image], wanted) == saved


@pytest.mark.parametrize("built", ["containerd"], indirect=True)  # others have no such exporter
@pytest.mark.parametrize("packing", ["uncompressed", "gzip", "estargz", "zstd"])
def test_layers_are_read_however_a_builder_packs_them(store: Store, packing: str) -> None:
    archive = store.folder / f"{packing}.tar"
    how = f"type=oci,dest={archive},compression={packing},force-compression=true"
    store.client("buildx", "build", "--quiet", "--network=none", "--output", how, str(store.folder))
    image = open_image(archive)
    compressions = {layer.compression.value for layer in image.layers}  # type: ignore[attr-defined]
    expected = {"uncompressed": "none", "estargz": "gzip"}.get(packing, packing)
    assert compressions == {expected}
    assert validate(image) == ()
    marked = [TOC_DIGEST in descriptor.annotations for descriptor in image.manifest.layers]
    assert set(marked) == {packing == "estargz"}
    assert seen_in(read_tree(image.layers, digests=True)) == store.exported


def test_the_store_knows_its_images_and_their_bytes(store: Store) -> None:
    image = _opened(store, folders=True)
    assert known_images(store.asked)[store.image] == image.config.diff_ids
    layers = read_tree(image.layers).layers
    found = stored_bytes(store.asked, [store.image, "localhost/jettison-test:not-there"])
    # Podman counts the layers' tars, headers included.
    near = 0.06 if store.kind == "podman" else 0.001
    assert found == {store.image: pytest.approx(sum(one.stored_bytes for one in layers), rel=near)}
    assert stored_image(store.asked, "localhost/jettison-test:not-there") is None


def test_what_is_written_is_loaded(store: Store) -> None:
    name = f"localhost/jettison-test/load:{uuid.uuid4().hex[:8]}"
    layers = [
        LayerBuilder().directory("etc").file("etc/id", uuid.uuid4().bytes).file("gone", b"1"),
        LayerBuilder().whiteout("gone").file("etc/new", b"2", uid=7).hard_link("link", "etc/new"),
    ]
    image = build_image(layers, platform=Platform.host(), names=[name])
    assert load_images(store.asked, [image]) == (name,)
    try:
        loaded = stored_image(store.asked, name)
        assert loaded is not None
        wanted, found = (read_tree(one.layers, digests=True) for one in (image, loaded))
        assert compare_trees(wanted, found) == ()
    finally:
        store.client("image", "rm", "--force", name)


def test_the_command_names_the_store(store: Store) -> None:
    prefix = "containers-storage:" if store.kind == "podman" else "docker-daemon:"
    code = "from jettison.cli import main; main()"
    for text in (store.image, prefix + store.image):
        argv = [sys.executable, "-c", code, "inspect", text, "--json", "--fast"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["source"].startswith(f"{store.asked.name}'s store")
        assert found["layer_bytes"] == sum(layer["bytes"] for layer in found["layers"])
