"""Media types of manifests, configs and layers, and the compressions they name."""

from __future__ import annotations

from enum import StrEnum


class Compression(StrEnum):
    """How a layer's tar is packed. eStargz is gzip with many members and counts as gzip."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


class MediaType:
    """The media types met in images, as text constants and predicates.

    Sources: OCI image spec, media-types.md; Docker image manifest v2 schema 2. Media types are
    open-ended, so they stay text; only the predicates give them meaning.
    """

    OCI_INDEX = "application/vnd.oci.image.index.v1+json"
    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
    OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
    OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
    OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
    DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
    DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
    DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
    DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"
    OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"


_FOREIGN = (
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
)


def is_index(media_type: str) -> bool:
    """Whether it is an OCI index or a Docker manifest list."""
    return media_type in (MediaType.OCI_INDEX, MediaType.DOCKER_LIST)


def is_docker(media_type: str) -> bool:
    """Whether it is of Docker's family rather than OCI's."""
    return media_type.startswith("application/vnd.docker.")


def is_schema1(media_type: str) -> bool:
    """Whether it is the manifest format that engines stopped reading in 2024."""
    return media_type in (MediaType.DOCKER_SCHEMA1, MediaType.DOCKER_SCHEMA1_SIGNED)


def is_config(media_type: str) -> bool:
    """Whether it is an image's config, rather than an artifact's."""
    return media_type in (MediaType.OCI_CONFIG, MediaType.DOCKER_CONFIG)


def is_layer(media_type: str) -> bool:
    """Whether it is a file system layer, rather than an artifact's file or an attestation."""
    return _stem(media_type) in (MediaType.OCI_LAYER, MediaType.DOCKER_LAYER, *_FOREIGN)


def is_foreign(media_type: str) -> bool:
    """Whether it is a layer that registries need not have: its descriptor says where it is."""
    return _stem(media_type) in _FOREIGN


def _stem(media_type: str) -> str:
    return media_type.partition("+")[0].removesuffix(".gzip").removesuffix(".zstd")


def compression_named(media_type: str) -> Compression | None:
    """The compression that a layer's media type promises, ``None`` when it promises nothing.

    Engines write gzip layers under names without suffix and the reverse (moby#49173), so bytes
    are sniffed and this is only what the label says.
    """
    if media_type.endswith(("+gzip", ".gzip")):
        return Compression.GZIP
    if media_type.endswith(("+zstd", ".zstd")):
        return Compression.ZSTD
    return Compression.NONE if is_layer(media_type) else None


def layer_media_type(compression: Compression, *, docker: bool = False) -> str:
    """The media type for a layer packed so, in the OCI or the Docker family."""
    match compression:
        case Compression.NONE:
            return MediaType.DOCKER_LAYER if docker else MediaType.OCI_LAYER
        case Compression.GZIP:
            return MediaType.DOCKER_LAYER_GZIP if docker else MediaType.OCI_LAYER_GZIP
        case Compression.ZSTD:
            return MediaType.DOCKER_LAYER_ZSTD if docker else MediaType.OCI_LAYER_ZSTD
