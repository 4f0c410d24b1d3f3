"""Images in Docker's store: opened for reading, measured, and written into it.

As root on overlay2 the layers' folders are read where they are; everyone else gets them through
``docker image save``, in a temporary file. The two give the same entries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING

from jettison.engine.layers import measure_layers
from jettison.engine.readings import Reading
from jettison.errors import EngineError, EngineNotFound, ImageError
from jettison.oci import (
    Digest,
    ImageConfig,
    archive_images,
    overlay_layers,
    spooled,
    write_archive,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jettison.oci import BasicImage, EntrySource, Image, OverlayLayer, Platform

_NO_ENGINE = (
    "Start Docker (systemctl start docker, or Docker Desktop), or name the image another way: an "
    "archive's or OCI layout's path, or registry:REFERENCE."
)
_ABSENT = ("no such image", "no such object", "invalid reference format")


class StoreAccess(StrEnum):
    """How an image was read out of the engine's store."""

    FOLDERS = "layer folders"
    SAVED = "docker image save"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image of the store; its layers are read when they are asked for."""

    name: str
    config: ImageConfig
    layers: tuple[EntrySource, ...]
    access: StoreAccess


def find_client() -> str:
    """The first Docker client whose engine answers; reading a store needs no plugins of it.

    ``JETTISON_DOCKER`` names one outright.
    """
    named = os.environ.get("JETTISON_DOCKER")
    said = "there is no docker client on PATH"
    for client in [named] if named else dict.fromkeys((shutil.which("docker"), "/usr/bin/docker")):
        if client is None or shutil.which(client) is None:
            continue
        argv = [client, "version", "--format", "{{.Server.Version}}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return client
        said = f"the Docker engine does not answer: {done.stderr.strip()}"
    raise EngineNotFound(said, remedy=_NO_ENGINE)


def stored_image(
    client: str, reference: str, platform: Platform | None = None, *, folders: bool = True
) -> StoredImage | None:
    """The image of that reference in the store of the Docker ``client``, ``None`` if not there.

    Without ``folders`` the layers' folders are left alone.
    """
    found = _inspect(client, [reference])
    if not found:
        return None
    item = found[0]
    direct = _from_folders(item, reference) if folders else None
    if direct is not None and (platform is None or platform.rank(direct.config.platform) == 0):
        return direct
    return _from_archive(client, item, reference, platform)


def known_images(client: str) -> Mapping[str, tuple[Digest, ...]]:
    """The diff IDs of every tagged image in the store, base first, by tag."""
    listed = _asked(client, "image", "ls", "--quiet", "--no-trunc")
    ids = list(dict.fromkeys(listed.split()))
    found: dict[str, tuple[Digest, ...]] = {}
    for item in _inspect(client, ids) if ids else ():
        diff_ids = tuple(Digest.parse(text) for text in item.at("RootFS").texts("Layers"))
        found.update((tag, diff_ids) for tag in item.texts("RepoTags"))
    return found


def stored_bytes(client: str, references: Iterable[str]) -> Mapping[str, int]:
    """The uncompressed bytes of images as the engine counts them, without those not there."""
    found: dict[str, int] = {}
    for reference in dict.fromkeys(references):
        for item in _inspect(client, [reference]):
            found[reference] = item.number("Size")
    return found


def load_images(client: str, images: Sequence[Image]) -> tuple[str, ...]:
    """Writes images into the store under their names; returns what the engine calls them.

    They go through a pipe to ``docker image load``, nothing is kept on disk here. Afterwards the
    engine is asked whether it has exactly these layers.
    """
    argv = [client, "image", "load", "--quiet"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        stream = _opened(process.stdin)
        try:
            with suppress(BrokenPipeError):  # it gave up before the end, and says why
                write_archive(images, stream)
        except BaseException:
            process.kill()  # an archive cut short is no image
            raise
        finally:
            with suppress(BrokenPipeError):
                stream.close()
        told, said = (_opened(one).read() for one in (process.stdout, process.stderr))
        if process.wait():
            details = said.decode("utf-8", "replace").strip()
            raise EngineError("the engine could not load the images", details=details)
    loaded = tuple(_loaded(told.decode("utf-8", "replace")))
    _check_loaded(client, loaded, images)
    return loaded


def _loaded(told: str) -> Iterator[str]:
    """The references in ``Loaded image: NAME`` and ``Loaded image ID: DIGEST``."""
    for line in told.splitlines():
        what, _, reference = line.strip().partition(": ")
        if what in ("Loaded image", "Loaded image ID"):
            yield reference


def _check_loaded(client: str, loaded: Sequence[str], images: Sequence[Image]) -> None:
    wanted = {tuple(str(one) for one in image.config.diff_ids) for image in images}
    items = _inspect(client, loaded) if loaded else ()
    found = {item.at("RootFS").texts("Layers") for item in items}
    if found != wanted:
        told = ", ".join(loaded) or "nothing"
        raise EngineError(f"the engine has loaded {told}, whose layers are not the images'")


def _opened(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # pragma: no cover  (a pipe was asked for)
        raise EngineError("the engine's client has no stream")
    return stream


def saved_layer_bytes(client: str, reference: str, diff_ids: Iterable[Digest]) -> tuple[int, ...]:
    """The gzip bytes of layers of an image in the store, as a push would make them.

    The image is saved and measured as it streams by; nothing is kept.
    """
    wanted = tuple(str(diff_id) for diff_id in diff_ids)
    argv = [client, "image", "save", "--", reference]
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            stream = _opened(process.stdout)
            measured = measure_layers(stream, frozenset(wanted))
            while stream.read(1 << 20):
                pass
        except BaseException as error:
            process.terminate()
            said = _opened(process.stderr).read().decode("utf-8", "replace").strip()
            if isinstance(error, ImageError) and said:  # the archive broke off, and this is why
                message = f"the engine could not save {reference}"
                raise EngineError(message, details=said) from error
            raise
        said = _opened(process.stderr).read().decode("utf-8", "replace").strip()
        if process.wait():
            raise EngineError(f"the engine could not save {reference}", details=said)
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


def _from_folders(item: Reading, reference: str) -> StoredImage | None:
    """The image out of its layers' folders, ``None`` where they cannot be read from here."""
    driver = item.at("GraphDriver")
    if driver.text("Name") != "overlay2":
        return None
    try:
        layers = overlay_layers(driver.mapping("Data"))
    except ImageError:
        return None
    if not all(_is_readable(layer.folder) for layer in layers):
        return None
    config = _config(item.text("Id"), layers[0])
    if config is None or len(config.diff_ids) != len(layers):
        return None
    return StoredImage(reference, config, layers, StoreAccess.FOLDERS)


def _is_readable(folder: Path) -> bool:
    return os.geteuid() == 0 and folder.is_dir()


def _config(image_id: str, layer: OverlayLayer) -> ImageConfig | None:
    """The config that moby keeps at ``image/overlay2/imagedb`` beside its layers' folders."""
    digest = Digest.parse(image_id)
    root = layer.folder.parents[2]
    path = root / "image" / "overlay2" / "imagedb" / "content" / digest.algorithm / digest.hex
    if not path.is_file():
        return None
    raw = path.read_bytes()
    digest.check(raw, f"config {digest.short}")
    return ImageConfig.parse(raw)


def _from_archive(
    client: str, item: Reading, reference: str, platform: Platform | None
) -> StoredImage:
    argv = [client, "image", "save", "--", reference]
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            if process.stdout is None:  # pragma: no cover  (asked for above)
                raise EngineError("the engine's archive has no stream")
            blob = spooled(process.stdout)  # type: ignore[arg-type]
        except BaseException:
            process.terminate()
            raise
        said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
        if process.wait():
            raise EngineError(f"the engine could not save {reference}", details=said.strip())
    image = _chosen(archive_images(blob, reference), item.text("Id"), reference, platform)
    return StoredImage(reference, image.config, image.layers, StoreAccess.SAVED)


def _chosen(
    images: Sequence[BasicImage], image_id: str, reference: str, platform: Platform | None
) -> BasicImage:
    exact = [image for image in images if str(image.config.digest) == image_id]
    if platform is not None:
        exact = [image for image in images if platform.rank(image.platform) is not None]
        if not exact:
            raise ImageError(f"{reference} is not in the engine's store for {platform}")
    if not (exact or images):
        raise ImageError(f"the engine's archive of {reference} has no image")
    return (exact or list(images))[0]


def _inspect(client: str, references: Sequence[str]) -> tuple[Reading, ...]:
    """What the engine says of images; nothing at all when one of them is not there."""
    argv = [client, "image", "inspect", "--", *references]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError as error:
        raise EngineNotFound(f"{client} cannot be run: {error.strerror}") from error
    if done.returncode == 0:
        return Reading.parse(done.stdout).items()
    if any(words in done.stderr.lower() for words in _ABSENT):
        return ()
    raise EngineError("docker image inspect failed", details=done.stderr.strip())


def _asked(client: str, *arguments: str) -> str:
    done = subprocess.run([client, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"docker {' '.join(arguments[:2])} failed", details=done.stderr.strip())
    return done.stdout
