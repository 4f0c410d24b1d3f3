"""The images that a command is asked about: in the engine's store, on disk, in a registry."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import EngineError, ImageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from jettison.imaging import Inspection, Subject
    from jettison.oci import BasicImage, Digest, Platform
    from jettison.oci.registry import RegistryClient

IMAGE_HELP = (
    "A tag or ID in the engine's store, the path of an archive or OCI layout, or "
    "registry:REFERENCE."
)
_PATH_PREFIXES = ("docker-archive:", "oci-archive:", "oci:")
_REGISTRY_PREFIXES = ("registry:", "docker://")


@dataclass(frozen=True, slots=True)
class Opened:
    """An image that was found, and the images that may be its base, by name.

    ``measure`` gives the gzip bytes of each layer, which takes a reading of its own.
    """

    subject: Subject
    measure: Callable[[], Sequence[int]]
    known: Mapping[str, tuple[Digest, ...]] = field(default_factory=dict)


def inspected(
    text: str,
    *,
    platform: str | None,
    dockerfile: Path | None = None,
    digests: bool = True,
    compressed: bool = False,
) -> Inspection:
    """The image taken apart, with a word on standard error while that lasts."""
    from jettison.imaging import inspect_image, with_compressed

    parsed = None
    if dockerfile is not None:
        from jettison.analysis.context_builds import read_text
        from jettison.dockerfile import parse

        file = dockerfile / "Dockerfile" if dockerfile.is_dir() else dockerfile
        parsed = parse(read_text(file, str(file), "Give the Dockerfile that built the image."))
    with _waiting(f"reading {text}"):
        opened = open_subject(text, platform)
        subject = opened.subject
        if compressed and None in subject.compressed_bytes:
            subject = with_compressed(subject, opened.measure())
        return inspect_image(subject, known=opened.known, dockerfile=parsed, digests=digests)


def open_subject(text: str, platform: str | None) -> Opened:
    """The image that a command's argument names."""
    from jettison.oci import Platform

    wanted = None if platform is None else Platform.parse(platform)
    for prefix in _PATH_PREFIXES:
        if text.startswith(prefix):
            return _from_path(text.removeprefix(prefix), wanted)
    for prefix in _REGISTRY_PREFIXES:
        if text.startswith(prefix):
            return _from_registry(text.removeprefix(prefix), wanted)
    if _is_path(text):
        return _from_path(text, wanted)
    return _from_store(text, wanted)


def _is_path(text: str) -> bool:
    if text.startswith(("/", "./", "../", "~")) or text in (".", ".."):
        return True
    path = Path(text)
    return path.is_file() or (path / "oci-layout").is_file()


def _from_path(text: str, platform: Platform | None) -> Opened:
    """The image at a path, or of ``PATH:NAME`` where an archive has several."""
    from jettison.oci import open_image

    path, name = Path(text).expanduser(), None
    while not path.exists() and ":" in str(path):
        before, _, after = str(path).rpartition(":")
        path, name = Path(before), after if name is None else f"{after}:{name}"
    if not path.exists():
        raise UsageError(f"there is no file or folder {text}", remedy=IMAGE_HELP)
    try:
        image = open_image(path, name, platform)
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror}") from error
    return _opened(text, "OCI layout" if path.is_dir() else "archive", image)


def _from_registry(text: str, platform: Platform | None) -> Opened:
    from jettison.engine.credentials import docker_config
    from jettison.oci.registry import RegistryClient, RegistrySettings

    settings = RegistrySettings(credentials=docker_config().credentials)
    with RegistryClient(settings) as client:
        return pulled(client, text, platform)


def pulled(client: RegistryClient, text: str, platform: Platform | None = None) -> Opened:
    """The image of a registry, its layers downloaded into nameless temporary files, once.

    An image is read twice: for its tree, then for its package databases.
    """
    from dataclasses import replace

    from jettison.oci import BlobLayer, Reference, spooled

    image = client.image(Reference.parse(text), platform)
    layers = tuple(
        BlobLayer(spooled(layer.open_blob()), diff_id=layer.diff_id, descriptor=layer.descriptor)
        for layer in image.layers
    )
    return _opened(text, "registry", replace(image, layers=layers))


def _from_store(text: str, platform: Platform | None) -> Opened:
    from jettison.engine.store import (
        find_client,
        known_images,
        saved_layer_bytes,
        stored_image,
    )
    from jettison.imaging import Subject

    client = find_client()
    image = stored_image(client, text, platform)
    if image is None:
        raise EngineError(
            f"there is no image {text} in the engine's store",
            remedy=f"Get it with docker pull {text}, or read it from its registry with "
            f"registry:{text}. A path begins with ./ or /.",
        )
    unknown = (None,) * len(image.layers)
    source = f"the engine's store ({image.access.value})"
    subject = Subject(text, source, image.config, image.layers, unknown)
    diff_ids = image.config.diff_ids
    measure = partial(saved_layer_bytes, client, text, diff_ids)
    return Opened(subject, measure, known_images(client))


def _opened(name: str, source: str, image: BasicImage) -> Opened:
    from jettison.engine.store import archive_layer_bytes
    from jettison.imaging import Subject
    from jettison.oci.mediatype import Compression, compression_named

    compressed: list[int | None] = [None] * len(image.layers)
    if image.given_manifest is not None:
        for number, layer in enumerate(image.given_manifest.layers):
            packed = compression_named(layer.media_type)
            if packed not in (None, Compression.NONE):
                compressed[number] = layer.blob_bytes
    subject = Subject(name, source, image.config, image.layers, tuple(compressed))
    return Opened(subject, partial(archive_layer_bytes, image))


def _waiting(text: str) -> AbstractContextManager[object]:
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    return console.status(text) if console.is_terminal else nullcontext()
