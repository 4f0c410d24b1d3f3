"""Images to archives and layouts, with bytes that depend on the images only."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.oci.blobs import BytesBlob
from jettison.oci.digest import Digest, copy_stream
from jettison.oci.entry import Entry, EntryKind
from jettison.oci.fields import dump
from jettison.oci.manifest import REF_NAME, Descriptor, Index
from jettison.oci.reference import Reference
from jettison.oci.sources.layout import CONTAINERD_NAME, LAYOUT_VERSION
from jettison.oci.tar.writer import Sink, TarWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jettison.oci.digest import ByteStream
    from jettison.oci.image import Image, Layer

_MARKER = dump({"imageLayoutVersion": LAYOUT_VERSION})


def write_archive(images: Sequence[Image], target: Sink) -> None:
    """Writes a docker archive that ``docker load`` and ``podman load`` read, of any age.

    Layers are written uncompressed, as every version reads them, and once however many images
    share them. ``target`` may be a pipe; nothing is buffered.
    """
    writer = TarWriter(target)
    written: set[str] = set()
    listing: list[dict[str, object]] = []
    for image in images:
        paths: list[str] = []
        for layer in image.layers:
            path = f"{layer.diff_id.hex}/layer.tar"
            paths.append(path)
            if path not in written:
                written.add(path)
                _add_tar(writer, path, layer)
        config = f"{image.config.digest.hex}.json"
        if config not in written:
            written.add(config)
            _add(writer, config, image.config.raw)
        names = [Reference.parse(name).familiar for name in image.names]
        listing.append({"Config": config, "RepoTags": names, "Layers": paths})
    _add(writer, "manifest.json", dump(listing))
    writer.close()


def write_layout(images: Sequence[Image], folder: Path) -> Index:
    """Writes an OCI layout into a folder, which is made; returns its index.

    Blobs that are there already are kept: they are named by their content. ``index.json`` is
    replaced last, in one step, so a reader never sees a layout with blobs missing.
    """
    for digest, _, opened in _blobs(images):
        path = folder / "blobs" / digest.algorithm / digest.hex
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_file(path, opened)
    index = _index(images)
    _write_file(folder / "oci-layout", BytesBlob(_MARKER).open)
    _write_file(folder / "index.json", BytesBlob(index.raw).open)
    return index


def write_layout_archive(images: Sequence[Image], target: Sink) -> Index:
    """Writes an OCI layout as one tar; returns its index.

    Like ``docker save`` since version 25 it has a ``manifest.json`` too: without one an engine
    with the classic image store cannot load it.
    """
    writer = TarWriter(target)
    index = _index(images)
    for folder in ("blobs", "blobs/sha256"):
        writer.add(Entry(folder, EntryKind.DIRECTORY, mode=0o755))
    for digest, length, opened in sorted(_blobs(images), key=lambda blob: blob[0]):
        path = _blob_path(digest)
        stream = opened()
        try:
            writer.add_stream(Entry(path, EntryKind.FILE, content_bytes=length), stream)
            stream.read(1)  # the end, where verifying streams verify
        finally:
            stream.close()
    _add(writer, "index.json", index.raw)
    _add(writer, "manifest.json", dump([_listed(image) for image in images]))
    _add(writer, "oci-layout", _MARKER)
    writer.close()
    return index


def _blobs(images: Sequence[Image]) -> Iterator[tuple[Digest, int, Callable[[], ByteStream]]]:
    """Every blob of some images once: its digest, its bytes as stored, and how to open it."""
    seen: set[Digest] = set()
    for image in images:
        manifest = image.manifest
        small = [(manifest.config.digest, image.config.raw), (manifest.digest, manifest.raw)]
        for layer, descriptor in zip(image.layers, manifest.layers, strict=True):
            if descriptor.digest not in seen:
                seen.add(descriptor.digest)
                yield descriptor.digest, descriptor.blob_bytes, layer.open_blob
        for digest, raw in small:
            if digest not in seen:
                seen.add(digest)
                yield digest, len(raw), BytesBlob(raw).open


def _listed(image: Image) -> dict[str, object]:
    """The image's entry in a layout's ``manifest.json``."""
    manifest = image.manifest
    return {
        "Config": _blob_path(manifest.config.digest),
        "RepoTags": [Reference.parse(name).familiar for name in image.names],
        "Layers": [_blob_path(layer.digest) for layer in manifest.layers],
    }


def _blob_path(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def _index(images: Sequence[Image]) -> Index:
    return Index.make([item for image in images for item in _pointers(image)])


def _pointers(image: Image) -> Iterator[Descriptor]:
    """The index's entries for an image: one for each name, or one without."""
    platform = image.config.platform
    if not image.names:
        yield image.manifest.descriptor(platform)
    for name in image.names:
        reference = Reference.parse(name)
        annotations = {CONTAINERD_NAME: str(reference), REF_NAME: reference.tag or "latest"}
        yield image.manifest.descriptor(platform, annotations)


def _add(writer: TarWriter, path: str, data: bytes) -> None:
    writer.add(Entry(path, EntryKind.FILE), data)


def _add_tar(writer: TarWriter, path: str, layer: Layer) -> None:
    """Adds a layer's tar; its length is known without reading only when it is not packed."""
    descriptor = layer.descriptor
    writer.add(Entry(path.rpartition("/")[0], EntryKind.DIRECTORY, mode=0o755))
    length = descriptor.blob_bytes
    if descriptor.digest != layer.diff_id:
        length = copy_stream(layer.open_tar(verify=False), _ignored)
    stream = layer.open_tar()
    try:
        writer.add_stream(Entry(path, EntryKind.FILE, content_bytes=length), stream)
        stream.read(1)
    finally:
        stream.close()


def _ignored(_: memoryview) -> None:
    pass


def _write_file(path: Path, opened: Callable[[], ByteStream]) -> None:
    """Writes a file in one step: under another name first, renamed when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        temporary = Path(file.name)
        try:
            copy_stream(opened(), file.write)
            file.flush()
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
