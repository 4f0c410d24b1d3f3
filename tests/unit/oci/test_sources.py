"""Docker archives of every age, OCI layouts, overlay folders."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from jettison.errors import ImageError
from jettison.oci import (
    Compression,
    ConfigChange,
    DigestMismatch,
    Image,
    LayerBuilder,
    Layout,
    MalformedImage,
    MissingBlob,
    Platform,
    build_image,
    compare,
    open_image,
    open_images,
    overlay_layers,
    read_contents,
    read_tree,
    recompress,
    validate,
    write_archive,
    write_layout,
    write_layout_archive,
)
from jettison.oci.sources.memory import packed

if TYPE_CHECKING:
    from pathlib import Path


def example(name: str = "org/app:1", text: bytes = b"hello") -> Image:
    base = LayerBuilder().directory("etc").file("etc/motd", text * 100).symlink("m", "etc/motd")
    top = LayerBuilder().whiteout("m").file("app", b"run", mode=0o755)
    return build_image([base, top], names=[name], change=ConfigChange(cmd=("/app",)))


def old_archive(image: Image, path: Path, *, link_layers: bool = False) -> Path:
    """What ``docker save`` wrote before version 25, one folder for each layer."""
    with tarfile.open(path, "w") as tar:

        def add(name: str, data: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        names: list[str] = []
        for number, layer in enumerate(image.layers):
            names.append(f"{number:064x}/layer.tar")
            add(f"{number:064x}/VERSION", b"1.0")
            add(names[-1], layer.open_tar().read() or b"")
        if link_layers:
            member = tarfile.TarInfo(f"{9:064x}/layer.tar")
            member.type, member.linkname = tarfile.SYMTYPE, f"../{0:064x}/layer.tar"
            tar.addfile(member)
            names[0] = member.name
        config = f"{image.config.digest.hex}.json"
        add(config, image.config.raw)
        listing = [{"Config": config, "RepoTags": list(image.names), "Layers": names}]
        add("manifest.json", json.dumps(listing).encode())
    return path


@pytest.mark.parametrize("link_layers", [False, True])
def test_an_old_docker_archive(tmp_path: Path, link_layers: bool) -> None:
    image = example()
    found = open_image(old_archive(image, tmp_path / "a.tar", link_layers=link_layers))
    assert found.names == image.names
    assert not compare(image, found)
    assert validate(found) == ()
    assert found.config.digest == image.config.digest


@pytest.mark.parametrize("compression", list(Compression))
def test_whole_archives_may_be_packed(tmp_path: Path, compression: Compression) -> None:
    image = example()
    plain = old_archive(image, tmp_path / "a.tar").read_bytes()
    path = tmp_path / "a.tar.packed"
    path.write_bytes(packed(plain, compression))
    assert not compare(image, open_image(path))


def written(image: Image, kind: str, folder: Path) -> Path:
    path = folder / kind.replace(" ", "-")
    if kind == "layout":
        write_layout([image], path)
        return path
    with path.open("wb") as target:
        if kind == "archive":
            write_archive([image], target)
        else:
            write_layout_archive([image], target)
    return path


KINDS = ["archive", "layout", "layout archive"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compression", list(Compression))
def test_what_is_written_is_read(tmp_path: Path, kind: str, compression: Compression) -> None:
    image = recompress(example(), compression)
    named = build_image(image.layers, names=["org/app:1"], change=ConfigChange(cmd=("/app",)))
    path = written(named, kind, tmp_path)
    found = open_image(path)
    assert validate(found) == ()
    assert not compare(named, found)
    assert found.config.raw == named.config.raw
    assert [name.removeprefix("docker.io/") for name in found.names] == ["org/app:1"]
    if kind != "archive":
        assert found.manifest.raw == named.manifest.raw
    assert len(open_images(path)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_writing_twice_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    contents = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = written(example(), kind, folder)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        contents.append([(p.name, p.read_bytes()) for p in files if p.is_file()])
    assert contents[0] == contents[1]


def test_one_of_several_images(tmp_path: Path) -> None:
    first, second = example(), example("org/other:2", b"bye")
    for writer in (write_archive, write_layout_archive):
        path = tmp_path / "two.tar"
        with path.open("wb") as target:
            writer([first, second], target)
        assert len(open_images(path)) == 2
        assert not compare(open_image(path, "org/other:2"), second)
        with pytest.raises(MalformedImage, match="several images") as caught:
            open_image(path)
        assert "org/other:2" in str(caught.value.remedy)
        with pytest.raises(MissingBlob, match="no "):
            open_image(path, "org/none:1")


def test_a_layout_of_several_platforms(tmp_path: Path) -> None:
    images = [
        build_image([LayerBuilder().file(name)], platform=Platform("linux", name), names=["a/b:1"])
        for name in ("amd64", "arm64", "riscv64")
    ]
    write_layout(images, tmp_path)
    for image in images:
        found = open_image(tmp_path, platform=image.config.platform)
        assert found.config.raw == image.config.raw
        assert open_image(tmp_path, "a/b:1", image.config.platform).config.raw == image.config.raw
    assert len(Layout.in_folder(tmp_path).images()) == 3
    with pytest.raises(ImageError, match="s390x"):
        open_image(tmp_path, platform=Platform("linux", "s390x"))


def test_a_wrong_blob_is_found(tmp_path: Path) -> None:
    image = example()
    write_layout([image], tmp_path)
    digest = image.manifest.layers[0].digest
    blob = tmp_path / "blobs" / "sha256" / digest.hex
    data = bytearray(blob.read_bytes())
    data[600] ^= 1
    blob.write_bytes(bytes(data))
    found = open_image(tmp_path)
    with pytest.raises(DigestMismatch, match=digest.hex):
        read_tree(found.layers)
    assert [item.what for item in validate(found, trees=False)] == ["layer 0"]
    assert "merged tree" in [item.what for item in validate(found)]
    blob.write_bytes(bytes(data) + b"more")
    with pytest.raises(DigestMismatch, match="more than the promised"):
        read_tree(open_image(tmp_path).layers)
    blob.unlink()
    with pytest.raises(MissingBlob, match=digest.hex):
        open_image(tmp_path)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "neither a docker archive nor an OCI layout"),
        ({"manifest.json": b"{}"}, "expected a list"),
        ({"manifest.json": b'[{"Config":"x","Layers":[]}]'}, "no member 'x'"),
        ({"manifest.json": b'[{"Config":"c","Layers":["l"]}]', "c": b"{}"}, "1 layers, but"),
        ({"oci-layout": b'{"imageLayoutVersion":"2.0.0"}', "index.json": b"{}"}, "version 2.0.0"),
        ({"oci-layout": b"{}", "index.json": b"{}"}, "imageLayoutVersion: missing"),
    ],
)
def test_archives_that_are_none(tmp_path: Path, files: dict[str, bytes], words: str) -> None:
    layer = LayerBuilder()
    for name, data in files.items():
        layer.file(name, data)
    path = tmp_path / "x.tar"
    path.write_bytes(layer.tar())
    with pytest.raises(ImageError, match=words):
        open_image(path)
    with pytest.raises(MalformedImage, match="not an OCI layout"):
        open_image(tmp_path)


def test_reading_is_streamed(tmp_path: Path) -> None:
    """Reading 120 MB with digests takes some MB, in a process of its own."""
    path = tmp_path / "big.tar"
    layer = LayerBuilder()
    for number in range(30):
        layer.file(f"f{number}", bytes(4_000_000))
    image = build_image([layer.layer(Compression.ZSTD)], names=["big/one:1"])
    write_layout([image], path)
    script = (
        "import resource, sys, pathlib; from jettison.oci import *\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "tree = read_tree(open_image(pathlib.Path(sys.argv[1])).layers, digests=True)\n"
        "assert tree.stored_bytes == 120_000_000\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert int(done.stdout) < 40_000


def overlay(folder: Path) -> dict[str, str]:
    """Two layers as overlayfs keeps them; skips where that is not allowed."""
    lower, upper = folder / "l" / "diff", folder / "u" / "diff"
    for layer in (lower, upper):
        layer.mkdir(parents=True)
    (lower / "d").mkdir()
    (lower / "d" / "old").write_text("old")
    (lower / "gone").write_text("gone")
    (lower / "one").write_text("x" * 10)
    os.link(lower / "one", lower / "two")
    (upper / "d").mkdir(mode=0o700)
    (upper / "d" / "new").symlink_to("../one")
    try:
        os.mknod(upper / "gone", 0o020000, os.makedev(0, 0))
        os.setxattr(upper / "d", "trusted.overlay.opaque", b"y")
    except OSError as error:
        pytest.skip(f"needs root and attributes: {error}")
    return {"LowerDir": str(lower), "UpperDir": str(upper)}


@pytest.mark.parametrize("digests", [False, True])
def test_overlay_folders(tmp_path: Path, digests: bool) -> None:
    layers = overlay_layers(overlay(tmp_path))
    assert [layer.folder.parent.name for layer in layers] == ["l", "u"]
    tree = read_tree(layers, digests=digests)
    assert [node.path for node in tree] == ["d", "d/new", "one", "two"]
    assert tree.stored_bytes == 10
    contents = {node.path: data for node, data in read_contents(layers, tree)}
    assert contents == {"one": b"x" * 10, "two": b"x" * 10}
    link = tree.get("d/new")
    assert link is not None
    assert link.link == "../one"


def test_overlay_folders_that_need_the_kernel_are_refused(tmp_path: Path) -> None:
    data = overlay(tmp_path)
    os.setxattr(f"{data['UpperDir']}/d", "trusted.overlay.redirect", b"/x")
    with pytest.raises(ImageError, match="keeps a part of it elsewhere"):
        read_tree(overlay_layers(data))
    with pytest.raises(ImageError, match="not overlay2"):
        overlay_layers({})
