"""Images in an engine's store: opened for reading, measured, and written into it.

As root, the folders that Docker, Podman or containerd keep an image in are read where they are;
everyone else gets it through ``image save``, in a temporary file. All give the same entries.
"""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.engine.clients import opened
from jettison.engine.folders import (
    in_content_store,
    in_overlay,
    platform_of,
    split_in_overlay,
)
from jettison.engine.layers import measure_archive, measure_layers
from jettison.errors import EngineError, ImageError
from jettison.oci import (
    Digest,
    archive_images,
    compressed_bytes,
    read_tree,
    spooled,
    write_archive,
)
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jettison.engine.clients import StoreClient
    from jettison.engine.folders import FoundImage
    from jettison.engine.layers import LayerBytes
    from jettison.engine.readings import Reading
    from jettison.oci import BasicImage, EntrySource, Image, ImageConfig, Platform

_CLASSIC_DRIVERS = ("overlay2", "overlay", "vfs", "btrfs", "zfs", "fuse-overlayfs")


class StoreAccess(StrEnum):
    """How an image was read out of the engine's store."""

    FOLDERS = "layer folders"
    CONTENT = "content store"
    SAVED = "image save"


@record
class StoredImage:
    """An image of the store; its layers are read when they are asked for.

    ``compressed_bytes`` are its layers' where the store keeps them compressed, else ``None``.
    """

    name: str
    config: ImageConfig
    layers: tuple[EntrySource, ...]
    compressed_bytes: tuple[int | None, ...]
    access: StoreAccess


def stored_image(
    client: StoreClient, reference: str, platform: Platform | None = None, *, folders: bool = True
) -> StoredImage | None:
    """The image of that reference in the client's store, ``None`` if not there.

    Without ``folders`` the engine is asked for an archive even where its folders can be read.
    """
    found = client.inspect([reference])
    if not found:
        return None
    item = found[0]
    if folders:
        unpacked = in_overlay(item)
        if unpacked is not None and _fits(unpacked, platform):
            return _stored(reference, unpacked, StoreAccess.FOLDERS)
        packed = in_content_store(client, item, platform)
        if packed is not None:
            return _stored(reference, packed, StoreAccess.CONTENT)
    return _from_archive(client, item, reference, platform)


def _fits(found: FoundImage, platform: Platform | None) -> bool:
    return platform is None or platform.rank(found.config.platform) == 0


def _stored(reference: str, found: FoundImage, access: StoreAccess) -> StoredImage:
    return StoredImage(reference, found.config, found.layers, found.compressed_bytes, access)


def known_images(client: StoreClient) -> Mapping[str, tuple[Digest, ...]]:
    """The diff IDs of every tagged image in the store, base first, by tag."""
    listed = client.ask("image", "ls", "--quiet", "--no-trunc")
    ids = list(dict.fromkeys(listed.split()))
    found: dict[str, tuple[Digest, ...]] = {}
    for item in _all_of(client, ids):
        diff_ids = tuple(Digest.parse(text) for text in item.at("RootFS").texts("Layers"))
        found.update((tag, diff_ids) for tag in item.texts("RepoTags"))
    return found


def _all_of(client: StoreClient, ids: Sequence[str]) -> Iterator[Reading]:
    """What the engine says of images; those that it lists but cannot show are left out."""
    together = client.inspect(ids)
    if together or not ids:
        yield from together
        return
    for one in ids:
        with suppress(EngineError):
            yield from client.inspect([one])


def stored_bytes(client: StoreClient, references: Iterable[str]) -> Mapping[str, int]:
    """The uncompressed bytes of images, without those not there.

    As the engine counts them, except in containerd's store, whose count is of compressed bytes:
    there the layers are read.
    """
    found: dict[str, int] = {}
    read: dict[Digest, int] = {}
    for reference in dict.fromkeys(references):
        for item in client.inspect([reference]):
            if item.at("GraphDriver").text("Name") in _CLASSIC_DRIVERS:
                found[reference] = item.number("Size")
            elif (image := stored_image(client, reference)) is not None:
                found[reference] = _read_bytes(image, read)
    return found


def _read_bytes(image: StoredImage, read: dict[Digest, int]) -> int:
    """The bytes of an image's files; ``read`` keeps those of layers for the next image."""
    for diff_id, layer in zip(image.config.diff_ids, image.layers, strict=True):
        if diff_id not in read:
            read[diff_id] = read_tree([layer]).layers[0].stored_bytes
    return sum(read[diff_id] for diff_id in image.config.diff_ids)


def load_images(client: StoreClient, images: Sequence[Image]) -> tuple[str, ...]:
    """Writes images into the store under their names; returns what the engine calls them.

    They go through a pipe to ``image load``, nothing is kept on disk here. Afterwards the engine
    is asked whether it has exactly these layers.
    """
    argv = [client.program, "image", "load", "--quiet"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        stream = opened(process.stdin)
        try:
            with suppress(BrokenPipeError):  # it gave up before the end, and says why
                write_archive(images, stream)
        except BaseException:
            process.kill()  # an archive cut short is no image
            raise
        finally:
            with suppress(BrokenPipeError):
                stream.close()
        told, said = (opened(one).read() for one in (process.stdout, process.stderr))
        if process.wait():
            details = said.decode("utf-8", "replace").strip()
            raise EngineError(f"{client.name} could not load the images", details=details)
    loaded = tuple(_loaded(told.decode("utf-8", "replace")))
    _check_loaded(client, loaded, images)
    return loaded


def _loaded(told: str) -> Iterator[str]:
    """The references in ``Loaded image: NAME`` and ``Loaded image ID: DIGEST``."""
    for line in told.splitlines():
        what, _, reference = line.strip().partition(": ")
        if what in ("Loaded image", "Loaded image ID"):
            yield reference
        elif what == "Loaded image(s)":  # Podman before version 4
            yield from reference.split(",")


def _check_loaded(client: StoreClient, loaded: Sequence[str], images: Sequence[Image]) -> None:
    wanted = {tuple(str(one) for one in image.config.diff_ids) for image in images}
    found = {item.at("RootFS").texts("Layers") for item in client.inspect(loaded)}
    if found != wanted:
        told = ", ".join(loaded) or "nothing"
        raise EngineError(f"{client.name} has loaded {told}, whose layers are not the images'")


def layer_bytes(
    client: StoreClient,
    references: Sequence[str],
    wanted: frozenset[str],
    known: frozenset[str] = frozenset(),
) -> Mapping[str, LayerBytes]:
    """The bytes of the layers ``wanted`` of images in the store, by diff ID, each read once.

    As root their archives are put together from Docker's folders where that gives the very bytes;
    the others are saved and measured as they stream by, without those already ``known``. Nothing
    is kept.
    """
    images = {name: client.inspect([name]) for name in references}
    found: dict[str, LayerBytes] = {}
    for items in images.values():
        for layer in (one for item in items for one in split_in_overlay(item)):
            if layer.diff_id in wanted and layer.diff_id not in found:
                with suppress(ImageError):
                    digest, size = measure_archive(layer.pieces())
                    if digest == layer.diff_id:
                        found[digest] = size
    left = wanted - found.keys()
    saved = [
        name
        for name, items in images.items()
        if not items or any(left.intersection(one.at("RootFS").texts("Layers")) for one in items)
    ]
    if left:
        with client.saved(*(saved or references)) as stream:
            found.update(measure_layers(stream, left, known | found.keys()))
    return found


def stored_layer_bytes(
    client: StoreClient, reference: str, diff_ids: Iterable[Digest]
) -> tuple[int, ...]:
    """The gzip bytes of layers of an image in the store, as a push would make them."""
    wanted = tuple(str(diff_id) for diff_id in diff_ids)
    measured = layer_bytes(client, [reference], frozenset(wanted))
    return tuple(measured[diff_id].compressed_bytes for diff_id in wanted)


def archive_layer_bytes(image: Image) -> tuple[int, ...]:
    """The gzip bytes of an image's layers, as a push of their tars would make them."""
    wanted = tuple(str(diff_id) for diff_id in image.config.diff_ids)
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            with suppress(BrokenPipeError), os.fdopen(writing, "wb") as target:
                write_archive([image], target)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that reads
            failures.append(error)

    writer = threading.Thread(target=write, name="archive", daemon=True)
    writer.start()
    try:
        with os.fdopen(reading, "rb") as source:
            measured = measure_layers(source, frozenset(wanted))
            while source.read(1 << 20):
                pass
    except ImageError:
        writer.join()
        if failures:  # the archive broke off, and this is why
            raise failures[0] from None
        raise
    writer.join()
    return tuple(measured[diff_id].compressed_bytes for diff_id in wanted)


def _from_archive(
    client: StoreClient, item: Reading, reference: str, platform: Platform | None
) -> StoredImage:
    with client.saved(reference) as stream:
        blob = spooled(stream)  # type: ignore[arg-type]
    image = _chosen(archive_images(blob, reference), item, reference, platform)
    packed = compressed_bytes(image)
    return StoredImage(reference, image.config, image.layers, packed, StoreAccess.SAVED)


def _chosen(
    images: Sequence[BasicImage], item: Reading, reference: str, platform: Platform | None
) -> BasicImage:
    """The image of an archive that was asked for: by its config, else by its platform."""
    exact = [image for image in images if image.config.digest.hex in item.text("Id")]
    if platform is None and (exact or len(images) == 1):
        return (exact or images)[0]
    wanted = platform or platform_of(item)
    fitting = [image for image in images if wanted.rank(image.platform) is not None]
    if not fitting:
        raise ImageError(
            f"{reference} is not in the engine's store for {wanted}",
            remedy=f"Pull it for that platform, or read it with registry:{reference}.",
        )
    return fitting[0]
