"""Images made of layers and a configuration, as registries and engines take them."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lab.folders import read_json, write_atomically
from lab.layers import EPOCH, Blobs, Layer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_CREATED = datetime.fromtimestamp(EPOCH, UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an image says about how to run it."""

    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    folder: str = ""
    user: str = ""
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image in the blob folder."""

    reference: str
    fingerprint: str
    manifest: str
    """Digest of its manifest."""
    config: str
    """Digest of its configuration, which is its identifier in an engine."""
    compressed_size: int
    uncompressed_size: int


def write_image(
    base: tuple[str, str],
    layers: Sequence[tuple[Layer, str]],
    settings: Settings,
    blobs: Blobs,
    architecture: str,
) -> Image:
    """Write the configuration and the manifest of an image.

    `base` is its reference and the fingerprint of its recipe; each layer comes with its history.
    """
    reference, fingerprint = base
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": _CREATED,
        "config": _config(reference, settings),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer, _ in layers]},
        "history": _history([text for _, text in layers], settings),
    }
    config_bytes = json.dumps(config, sort_keys=True).encode()
    config_digest = blobs.add(config_bytes)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config_bytes), "digest": config_digest},
        "layers": [
            {"mediaType": LAYER, "size": layer.compressed_size, "digest": layer.digest}
            for layer, _ in layers
        ],
    }
    return Image(
        reference=reference,
        fingerprint=fingerprint,
        manifest=blobs.add(json.dumps(manifest, sort_keys=True).encode()),
        config=config_digest,
        compressed_size=sum(layer.compressed_size for layer, _ in layers),
        uncompressed_size=sum(layer.uncompressed_size for layer, _ in layers),
    )


def _config(reference: str, settings: Settings) -> dict[str, object]:
    """The `config` object: run settings and the labels of a stand-in."""
    optional: dict[str, object] = {
        "Env": [f"{key}={value}" for key, value in settings.environment.items()],
        "Entrypoint": list(settings.entrypoint),
        "Cmd": list(settings.command),
        "ExposedPorts": {port: {} for port in settings.ports},
        "Volumes": {volume: {} for volume in settings.volumes},
        "WorkingDir": settings.folder,
        "User": settings.user,
        "StopSignal": settings.stop_signal,
    }
    labels = {"dev.jettison.stand-in": "true", "dev.jettison.stand-in.for": reference}
    return {**{key: value for key, value in optional.items() if value}, "Labels": labels}


def _history(layers: Sequence[str], settings: Settings) -> list[dict[str, object]]:
    """The steps that made the image: its layers, then its settings."""
    steps = [
        *(f"ENV {key}={value}" for key, value in settings.environment.items()),
        *(f"EXPOSE {port}" for port in settings.ports),
        *(f"VOLUME {json.dumps([volume])}" for volume in settings.volumes),
        *([f"WORKDIR {settings.folder}"] if settings.folder else []),
        *([f"USER {settings.user}"] if settings.user else []),
        *([f"STOPSIGNAL {settings.stop_signal}"] if settings.stop_signal else []),
        *([f"ENTRYPOINT {json.dumps(settings.entrypoint)}"] if settings.entrypoint else []),
        *([f"CMD {json.dumps(settings.command)}"] if settings.command else []),
    ]
    common: dict[str, object] = {"created": _CREATED, "comment": "jettison lab stand-in"}
    return [
        *({"created_by": text, **common} for text in layers),
        *({"created_by": text, "empty_layer": True, **common} for text in steps),
    ]


def remember(image: Image, folder: Path) -> None:
    """Record a finished image."""
    record = {name: getattr(image, name) for name in Image.__dataclass_fields__}
    write_atomically(_record(image.reference, folder), json.dumps(record, indent=1) + "\n")


def recall(reference: str, fingerprint: str, folder: Path, blobs: Blobs) -> Image | None:
    """The recorded image of that reference and recipe, if all of it is still there."""
    record = read_json(_record(reference, folder))
    if record.get("fingerprint") != fingerprint:
        return None
    image = Image(**record)  # type: ignore[arg-type]
    if not blobs.path(image.manifest).exists():
        return None
    digests = [image.config, *(digest for digest, _ in layer_digests(image, blobs))]
    return image if all(blobs.path(digest).exists() for digest in digests) else None


def forget_others(folder: Path, blobs: Blobs) -> None:
    """Delete the blobs that no recorded image has."""
    digests: set[str] = set()
    for path in folder.glob("*.json"):
        image = Image(**read_json(path))  # type: ignore[arg-type]
        layers = {digest for digest, _ in layer_digests(image, blobs)}
        digests |= {image.manifest, image.config, *layers}
    blobs.keep_only(digests)


def layer_digests(image: Image, blobs: Blobs) -> list[tuple[str, str]]:
    """Digest and diff ID of each layer, lowest first."""
    manifest = json.loads(blobs.path(image.manifest).read_bytes())
    config = json.loads(blobs.path(image.config).read_bytes())
    digests = [layer["digest"] for layer in manifest["layers"]]
    return list(zip(digests, config["rootfs"]["diff_ids"], strict=True))


def docker_archive(image: Image, blobs: Blobs) -> Iterator[bytes]:
    """The image as the pieces of an archive that `docker load` takes."""
    layers = [f"{digest.removeprefix('sha256:')}.tar" for digest, _ in layer_digests(image, blobs)]
    config = f"{image.config.removeprefix('sha256:')}.json"
    manifest = [{"Config": config, "RepoTags": [image.reference], "Layers": layers}]
    yield from _member("manifest.json", json.dumps(manifest).encode())
    yield from _member(config, blobs.path(image.config).read_bytes())
    for name, (digest, _) in zip(layers, layer_digests(image, blobs), strict=True):
        path = blobs.path(digest)
        yield _header(name, path.stat().st_size)
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece
        yield _padding(path.stat().st_size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    """A small file in a tar archive."""
    yield _header(name, len(content))
    yield content
    yield _padding(len(content))


def _header(name: str, size: int) -> bytes:
    """The header of a file in a tar archive."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.USTAR_FORMAT)


def _padding(size: int) -> bytes:
    """What fills a tar member up to whole blocks."""
    return io.BytesIO(bytes(-size % tarfile.BLOCKSIZE)).getvalue()


def _record(reference: str, folder: Path) -> Path:
    """The file that records an image."""
    return folder / f"{reference.replace('/', '_').replace(':', '_')}.json"
