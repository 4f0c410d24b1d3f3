"""Images read where an engine keeps them, as root, without asking it for an archive.

Sources: moby daemon/graphdriver/overlay2 and image/store.go; containers/storage
drivers/overlay/overlay.go and images.go; containerd docs/content-flow.md. None of these layouts is
promised to stay, so whatever does not fit is ``None`` and the engine is asked instead.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.engine.digests import DigestProcesses
from jettison.engine.tarsplit import split_layers
from jettison.errors import EngineError, ImageError
from jettison.oci import (
    Digest,
    ImageConfig,
    Platform,
    compressed_bytes,
    content_image,
    overlay_layers,
)
from jettison.record import record

if TYPE_CHECKING:
    from jettison.engine.clients import StoreClient
    from jettison.engine.readings import Reading
    from jettison.engine.tarsplit import SplitLayer
    from jettison.oci import EntrySource

_OVERLAY = ("overlay2", "overlay")
_CONTENT = "io.containerd.content.v1.content"
_SYSTEM_CONTAINERD = Path("/var/lib/containerd")


@record
class FoundImage:
    """An image's config, its layers base first, and their compressed bytes where known."""

    config: ImageConfig
    layers: tuple[EntrySource, ...]
    compressed_bytes: tuple[int | None, ...]


def platform_of(item: Reading) -> Platform:
    """The platform of an image, from the engine's inspection of it."""
    return Platform.make(item.text("Os"), item.text("Architecture"), item.text("Variant"))


def in_overlay(item: Reading) -> FoundImage | None:
    """The image out of its layers' folders; ``item`` is the engine's inspection of it."""
    driver = item.at("GraphDriver")
    if driver.text("Name") not in _OVERLAY or os.geteuid() != 0:
        return None
    try:
        layers = overlay_layers(driver.mapping("Data"), DigestProcesses())
    except ImageError:
        return None
    if not all(layer.folder.is_dir() for layer in layers):
        return None
    config = _config(_digest(item.text("Id")), layers[0].folder.parents[2])
    if config is None or len(config.diff_ids) != len(layers):
        return None
    return FoundImage(config, layers, (None,) * len(layers))


def split_in_overlay(item: Reading) -> tuple[SplitLayer, ...]:
    """The image's layers whose archives can be put together from Docker's folders."""
    driver = item.at("GraphDriver")
    if driver.text("Name") != "overlay2" or os.geteuid() != 0:
        return ()
    try:
        folders = [one.folder for one in overlay_layers(driver.mapping("Data"))]
    except ImageError:
        return ()
    diff_ids = item.at("RootFS").texts("Layers")
    if len(folders) != len(diff_ids):
        return ()
    return split_layers(folders[0].parents[2], folders, diff_ids)


def in_content_store(
    client: StoreClient, item: Reading, platform: Platform | None
) -> FoundImage | None:
    """The image out of containerd's content store, whose blobs are named by their digests."""
    if item.at("GraphDriver").text("Name") in _OVERLAY or os.geteuid() != 0:
        return None
    digest = _digest(item.text("Id"))
    for folder in _content_folders(client):
        if not (folder / "blobs" / digest.algorithm / digest.hex).is_file():
            continue
        try:
            image = content_image(folder, digest, platform or platform_of(item))
        except ImageError:
            return None
        return FoundImage(image.config, image.layers, compressed_bytes(image))
    return None


def _content_folders(client: StoreClient) -> tuple[Path, ...]:
    """Where the engine's containerd may keep its blobs: its own, then the system's."""
    try:
        root = client.ask("info", "--format", "{{.DockerRootDir}}").strip()
    except EngineError:
        root = ""
    own = (Path(root) / "containerd" / "daemon" / _CONTENT,) if root else ()
    return (*own, _SYSTEM_CONTAINERD / _CONTENT)


def _config(digest: Digest, root: Path) -> ImageConfig | None:
    """The config as moby or containers/storage keeps it below the store's root."""
    encoded = base64.b64encode(str(digest).encode()).decode()
    for path in (
        root / "image" / "overlay2" / "imagedb" / "content" / digest.algorithm / digest.hex,
        root / "overlay-images" / digest.hex / f"={encoded}",
    ):
        if path.is_file():
            raw = path.read_bytes()
            digest.check(raw, f"config {digest.short}")
            return ImageConfig.parse(raw)
    return None


def _digest(image_id: str) -> Digest:
    """An image's ID, which Podman writes without its algorithm."""
    return Digest.parse(image_id if ":" in image_id else f"sha256:{image_id}")
