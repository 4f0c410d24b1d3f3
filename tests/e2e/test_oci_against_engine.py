"""The merged tree of ``docker save`` is what ``docker export`` of a container yields.

The images are made to be hard. Their base is a handful of this machine's own tools, so nothing is
pulled; every image made here is removed.
"""

from __future__ import annotations

import io
import json
import uuid
from typing import TYPE_CHECKING

import pytest
from tests.e2e.hard_images import (
    CASES,
    base,
    docker,
    dockerfile_of,
    exported,
    seen_in,
    write_context,
)

from jettison.oci import (
    BasicImage,
    Compression,
    Entry,
    EntryKind,
    LayerBuilder,
    build_image,
    compare,
    compare_trees,
    open_image,
    origins,
    overlay_layers,
    read_tree,
    recompress,
    squash,
    validate,
    waste,
    write_archive,
    write_layout_archive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.oci import Image

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context for the hard images."""
    folder = tmp_path_factory.mktemp("context")
    write_context(folder)
    return folder


@pytest.fixture(scope="module", params=sorted(CASES))
def built(
    request: pytest.FixtureRequest, context: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, Path]]:
    """The name of a built image, its ``docker save`` and a folder to work in."""
    case: str = request.param
    folder = tmp_path_factory.mktemp(case)
    name = f"jettison-test/{case}:{uuid.uuid4().hex[:8]}"
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(dockerfile_of(case))
    docker("build", "-q", "-t", name, "-f", str(dockerfile), str(context))
    try:
        archive = folder / "save.tar"
        docker("save", "-o", str(archive), name)
        yield name, archive, folder
    finally:
        docker("rmi", "-f", name)


def test_the_merged_tree_is_what_the_engine_exports(built: tuple[str, Path, Path]) -> None:
    name, archive, folder = built
    tree = read_tree(open_image(archive).layers, digests=True)
    found, expected = seen_in(tree), exported(name, folder)
    assert sorted(found) == sorted(expected)
    assert {path: (found[path], expected[path]) for path in found} == {
        path: (expected[path], expected[path]) for path in expected
    }


def test_the_image_is_what_it_says(built: tuple[str, Path, Path]) -> None:
    name, archive, _ = built
    image = open_image(archive)
    assert validate(image) == ()
    assert name in {known.removeprefix("docker.io/") for known in image.names}
    identity = json.loads(docker("image", "inspect", name))[0]["Id"]
    assert str(image.config.digest) == identity
    assert origins(image.config).complete


def test_the_engines_folders_give_the_same_tree(built: tuple[str, Path, Path]) -> None:
    name, archive, _ = built
    driver = json.loads(docker("image", "inspect", name))[0].get("GraphDriver") or {}
    if driver.get("Name") != "overlay2":
        pytest.skip("the engine's storage is not overlay2")
    try:
        layers = overlay_layers(driver["Data"])
        tree = read_tree(layers, digests=True)
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"the engine's folders cannot be read: {error}")
    saved = read_tree(open_image(archive).layers, digests=True)
    assert compare_trees(saved, tree) == ()
    assert [item.stored_bytes for item in tree.layers] == [
        item.stored_bytes for item in saved.layers
    ]
    left, right = waste(saved), waste(tree)
    assert (left.overwritten_bytes, left.deleted_bytes, left.duplicated_bytes) == (
        right.overwritten_bytes,
        right.deleted_bytes,
        right.duplicated_bytes,
    )


@pytest.mark.parametrize("how", ["squashed", "squashed onto the base", "packed"])
def test_the_engine_loads_what_is_written(built: tuple[str, Path, Path], how: str) -> None:
    name, archive, folder = built
    image: Image = open_image(archive)
    expected = exported(name, folder)
    match how:
        case "squashed":
            changed = squash(image)
        case "squashed onto the base":
            changed = squash(image, [1, max(1, len(image.layers) - 1)])
        case _:
            changed = recompress(image, Compression.GZIP, level=1)
    assert not compare(image, changed).paths
    new = f"jettison-test/written:{uuid.uuid4().hex[:8]}"
    renamed = build_named(changed, new)
    target = io.BytesIO()
    if how == "packed":
        write_layout_archive([renamed], target)
    else:
        write_archive([renamed], target)
    docker("load", stdin=target.getvalue())
    try:
        assert exported(new, folder) == expected
    finally:
        docker("rmi", "-f", new)


def build_named(image: Image, name: str) -> Image:
    return BasicImage(image.config, image.layers, (name,))


def test_an_image_made_in_memory_runs(tmp_path: Path) -> None:
    name = f"jettison-test/memory:{uuid.uuid4().hex[:8]}"
    top = (
        LayerBuilder()
        .directory("x")
        .file("x/y", b"hello\n")
        .entry(Entry("x/" + "l" * 120, EntryKind.FILE, xattrs=(("user.note", b"\x00\xff"),)), b"z")
    )
    image = build_image([base(), top], names=[name])
    target = io.BytesIO()
    write_archive([image], target)
    docker("load", stdin=target.getvalue())
    try:
        tree = read_tree(image.layers, digests=True)
        assert seen_in(tree) == exported(name, tmp_path)
        saved = tmp_path / "save.tar"
        docker("save", "-o", str(saved), name)
        assert not compare(image, open_image(saved)).paths
    finally:
        docker("rmi", "-f", name)
