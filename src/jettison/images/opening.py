"""The images that a text names: in an engine's store, on disk, in a registry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine.clients import PROGRAMS, find_clients
from jettison.engine.store import (
    archive_layer_bytes,
    stored_image,
    stored_layer_bytes,
)
from jettison.errors import EngineError, ImageError, UsageError
from jettison.imaging import Subject
from jettison.oci import BlobLayer, Platform, Reference, compressed_bytes, open_image, spooled
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jettison.engine.clients import StoreClient
    from jettison.engine.store import StoredImage
    from jettison.oci import BasicImage, Layer
    from jettison.oci.registry import RegistryClient

_DOWNLOADS = 3  # what Docker's max-concurrent-downloads is by default
_PATH_PREFIXES = ("docker-archive:", "oci-archive:", "oci:")
_REGISTRY_PREFIXES = ("registry:", "docker://")
_STORE_PREFIXES = {"docker-daemon:": "docker", "containers-storage:": "podman"}


@record
class Opened:
    """An image that was found; ``measure`` reads it for the gzip bytes of each layer."""

    subject: Subject
    measure: Callable[[], Sequence[int]]


def open_subject(text: str, platform: str | None = None, *, folders: bool = True) -> Opened:
    """The image that ``text`` names; prefixes are those of containers-transports(5).

    Without ``folders`` an engine is asked for an archive even where its folders can be read.
    """
    wanted = None if platform is None else Platform.parse(platform)
    for prefix in _PATH_PREFIXES:
        if text.startswith(prefix):
            return _from_path(text.removeprefix(prefix), wanted)
    for prefix in _REGISTRY_PREFIXES:
        if text.startswith(prefix):
            return _from_registry(text.removeprefix(prefix), wanted)
    for prefix, program in _STORE_PREFIXES.items():
        if text.startswith(prefix):
            return _from_store(text.removeprefix(prefix), wanted, [program], folders=folders)
    if _is_path(text):
        return _from_path(text, wanted)
    return _from_store(text, wanted, PROGRAMS, folders=folders)


def _is_path(text: str) -> bool:
    if text.startswith(("/", "./", "../", "~")) or text in (".", ".."):
        return True
    path = Path(text)
    return path.is_file() or (path / "oci-layout").is_file()


def _from_path(text: str, platform: Platform | None) -> Opened:
    """The image at a path, or of ``PATH:NAME`` where an archive has several."""
    path, name = Path(text).expanduser(), None
    while not path.exists() and ":" in str(path):
        before, _, after = str(path).rpartition(":")
        path, name = Path(before), after if name is None else f"{after}:{name}"
    if not path.exists():
        raise UsageError(
            f"there is no file or folder {text}",
            remedy="An image in an engine's store is named without ./, one in a registry with "
            "registry: before it.",
        )
    try:
        image = open_image(path, name, platform)
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror}") from error
    return _opened(text, "OCI layout" if path.is_dir() else "archive", image)


def _from_registry(text: str, platform: Platform | None) -> Opened:
    from jettison.engine.credentials import registry_client

    docker = None
    with suppress(EngineError):
        docker = find_clients(["docker"])[0].program
    with registry_client(docker) as client:
        return pulled(client, text, platform)


def pulled(client: RegistryClient, text: str, platform: Platform | None = None) -> Opened:
    """The image of a registry, its layers downloaded into nameless temporary files, once.

    An image is read twice: for its tree, then for its package databases.
    """
    image = client.image(Reference.parse(text), platform)
    with ThreadPoolExecutor(_DOWNLOADS, "download") as pool:
        try:
            layers = tuple(pool.map(_downloaded, image.layers))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _opened(text, "registry", replace(image, layers=layers))


def _downloaded(layer: Layer) -> BlobLayer:
    blob = spooled(layer.open_blob())
    return BlobLayer(blob, diff_id=layer.diff_id, descriptor=layer.descriptor)


def _from_store(
    text: str, platform: Platform | None, programs: Sequence[str], *, folders: bool
) -> Opened:
    """The image in the first engine's store that has it."""
    problems: list[str] = []
    clients = find_clients(programs, problems)
    for client in clients:
        image = stored_image(client, text, platform, folders=folders)
        if image is not None:
            return _from_client(client, text, image)
    asked = " or ".join(client.name for client in clients)
    raise EngineError(
        "; ".join((f"there is no image {text} in the store of {asked}", *problems)),
        remedy=f"Get it with {clients[0].name} pull {text}, or read it from its registry with "
        f"registry:{text}. A path begins with ./ or /.",
    )


def _from_client(client: StoreClient, text: str, image: StoredImage) -> Opened:
    source = f"{client.name}'s store ({image.access.value})"
    subject = Subject(text, source, image.config, image.layers, image.compressed_bytes)
    measure = partial(stored_layer_bytes, client, text, image.config.diff_ids)
    return Opened(subject, measure)


def _opened(name: str, source: str, image: BasicImage) -> Opened:
    subject = Subject(name, source, image.config, image.layers, compressed_bytes(image))
    return Opened(subject, partial(archive_layer_bytes, image))
