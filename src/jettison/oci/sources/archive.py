"""Images in tars: ``docker save`` of every age, ``podman save``, and OCI layouts."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.oci.blobs import FileBlob, SlicedBlob, TemporaryBlob
from jettison.oci.config import ImageConfig
from jettison.oci.digest import Digest, copy_stream
from jettison.oci.entry import EntryKind
from jettison.oci.errors import LimitExceeded, MalformedImage, MissingBlob
from jettison.oci.fields import MAX_JSON_BYTES, Fields, parse_objects
from jettison.oci.image import BasicImage, BlobLayer
from jettison.oci.layers.compression import decompressed
from jettison.oci.manifest import parse_index
from jettison.oci.mediatype import Compression
from jettison.oci.sources.layout import Layout, MemberStore, check_marker, is_named
from jettison.oci.tar.reader import TarReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jettison.oci.blobs import Blob
    from jettison.oci.digest import ByteStream
    from jettison.oci.platform import Platform

MAX_MEMBERS = 100_000


def open_image(path: Path, name: str | None = None, platform: Platform | None = None) -> BasicImage:
    """The image in a folder (an OCI layout) or in a file (an archive); see :func:`open_images`.

    Where there are several, ``name`` and ``platform`` choose.
    """
    if path.is_dir():
        return Layout.in_folder(path).image(name, platform)
    found = _opened(FileBlob.whole(path), str(path))
    if isinstance(found, Layout):
        return found.image(name, platform)
    return _choose(found, name, platform, str(path))


def open_images(path: Path) -> tuple[BasicImage, ...]:
    """All images in a folder or a file, opened, not read.

    Compressed archives (``docker save | gzip``) are unpacked into a temporary file, which
    vanishes with the images.
    """
    if path.is_dir():
        return Layout.in_folder(path).images()
    return archive_images(FileBlob.whole(path), str(path))


def archive_images(blob: Blob, where: str = "archive") -> tuple[BasicImage, ...]:
    """All images in an archive."""
    found = _opened(blob, where)
    return found.images() if isinstance(found, Layout) else found


def spooled(stream: ByteStream) -> TemporaryBlob:
    """The rest of a stream in a temporary file, for archives that come through a pipe."""
    return TemporaryBlob(lambda target: copy_stream(stream, target.write))


def _opened(blob: Blob, where: str) -> Layout | tuple[BasicImage, ...]:
    compression, stream = decompressed(blob.open(), layer=where)
    if compression is Compression.NONE:
        stream.close()
    else:
        blob = spooled(stream)
    members = _members(blob, where)
    listing = members.get("manifest.json")
    items = parse_objects(_small(listing), "manifest.json") if listing is not None else []
    if "oci-layout" in members and "index.json" in members:
        check_marker(_small(members["oci-layout"]), where)
        index = parse_index(_small(members["index.json"]), "index.json")
        if index.manifests:
            return Layout(MemberStore(members, where), index, where, _tags(items, members))
    if listing is None:
        raise MalformedImage(f"{where}: neither a docker archive nor an OCI layout")
    return tuple(_docker_image(item, members) for item in items)


def _members(blob: Blob, where: str) -> dict[str, Blob]:
    """The archive's files as stretches of it, links between them followed."""
    found: dict[str, Blob] = {}
    links: dict[str, str] = {}
    stream = blob.open()
    try:
        reader = TarReader(stream, layer=where)
        for entry in reader:
            if len(found) + len(links) > MAX_MEMBERS:
                raise LimitExceeded("too many members", layer=where, offset=entry.offset)
            if entry.kind is EntryKind.FILE:
                if entry.stored_bytes != entry.content_bytes:
                    raise MalformedImage(f"{where}: the member {entry.path!r} is sparse")
                found[entry.path] = SlicedBlob(blob, reader.content_offset, entry.content_bytes)
            elif entry.kind is EntryKind.HARD_LINK:
                links[entry.path] = entry.link
            elif entry.kind is EntryKind.SYMLINK:
                folder = posixpath.dirname(entry.path)
                links[entry.path] = posixpath.normpath(posixpath.join(folder, entry.link))
    finally:
        stream.close()
    for path in links:
        target, hops = path, 0
        while target in links and hops < 40:
            target, hops = links[target], hops + 1
        if target in found:
            found[path] = found[target]
    return found


def _docker_image(item: Fields, members: Mapping[str, Blob]) -> BasicImage:
    name = item.text("Config")
    raw = _small(_member(members, name))
    digits = posixpath.basename(name).removesuffix(".json")
    if len(digits) == 64 and all(char in "0123456789abcdef" for char in digits):
        Digest("sha256", digits).check(raw, f"config {name}")
    config = ImageConfig.parse(raw)
    paths = item.texts("Layers") or ()
    if len(paths) != len(config.diff_ids):
        raise MalformedImage(
            f"{item.where}: {len(paths)} layers, but the config lists "
            f"{len(config.diff_ids)} diff IDs"
        )
    layers = tuple(
        BlobLayer(_member(members, path), diff_id=diff_id)
        for path, diff_id in zip(paths, config.diff_ids, strict=True)
    )
    return BasicImage(config, layers, item.texts("RepoTags") or (), docker_media_types=True)


def _tags(items: Iterable[Fields], members: Mapping[str, Blob]) -> dict[Digest, tuple[str, ...]]:
    found: dict[Digest, tuple[str, ...]] = {}
    for item in items:
        blob = members.get(item.text("Config", ""))
        if blob is not None:
            found[Digest.of(_small(blob))] = item.texts("RepoTags") or ()
    return found


def _choose(
    images: tuple[BasicImage, ...], name: str | None, platform: Platform | None, where: str
) -> BasicImage:
    fitting = [
        image
        for image in images
        if (name is None or is_named(name, image.names))
        and (platform is None or platform.rank(image.platform) is not None)
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(name for image in images for name in image.names)) or "none"
    if not fitting:
        raise MissingBlob(f"{where}: no such image; there is {known}")
    raise MalformedImage(f"{where}: several images", remedy=f"name one of {known}")


def _member(members: Mapping[str, Blob], path: str) -> Blob:
    found = members.get(posixpath.normpath(path))
    if found is None:
        raise MissingBlob(f"the archive has no member {path!r}")
    return found


def _small(blob: Blob) -> bytes:
    if (blob.blob_bytes or 0) > MAX_JSON_BYTES:
        raise MalformedImage(f"{blob.blob_bytes} bytes of JSON, the limit is {MAX_JSON_BYTES}")
    data = bytearray()
    copy_stream(blob.open(), data.extend)
    return bytes(data)
