"""Images and layers: one interface, whatever the bytes come from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from jettison.oci.blobs import BytesBlob, ReadAhead
from jettison.oci.digest import Digest, VerifiedReader, digest_of_stream
from jettison.oci.errors import MalformedImage
from jettison.oci.layers.compression import decompressed
from jettison.oci.layers.entries import MAX_CONTENT, EntrySource
from jettison.oci.layers.scan import scan_contents, scan_entries
from jettison.oci.manifest import Descriptor, Manifest
from jettison.oci.mediatype import Compression, MediaType, compression_named, layer_media_type
from jettison.oci.tar.reader import DEFAULT_LIMITS, Limits
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.oci.blobs import Blob
    from jettison.oci.config import ImageConfig
    from jettison.oci.digest import ByteStream
    from jettison.oci.entry import Entry
    from jettison.oci.platform import Platform
    from jettison.oci.tree.filetree import Node


class Layer(EntrySource, Protocol):
    """A layer that has a tar."""

    @property
    def diff_id(self) -> Digest:
        """The digest of the uncompressed tar."""

    @property
    def descriptor(self) -> Descriptor:
        """The pointer to the blob: its digest and its compressed bytes."""

    def open_blob(self) -> ByteStream:
        """The blob as stored, verified when it is read to its end."""

    def open_tar(self, *, verify: bool = True) -> ByteStream:
        """The uncompressed tar, verified when it is read to its end.

        Without ``verify`` the stream is seekable where the blob is an uncompressed file.
        """


class Image(Protocol):
    """An image of one platform."""

    @property
    def config(self) -> ImageConfig:
        """What runs, and how it was built."""

    @property
    def manifest(self) -> Manifest:
        """The manifest; of archives that have none, the one they would be pushed with."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, base first."""

    @property
    def names(self) -> tuple[str, ...]:
        """The tags that the source knows the image by."""


class BlobLayer:
    """A layer whose blob can be opened; facts that are not given are found by reading it."""

    def __init__(
        self,
        blob: Blob,
        *,
        diff_id: Digest | None = None,
        descriptor: Descriptor | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._blob = blob
        self._diff_id = diff_id
        self._descriptor = descriptor
        self._limits = limits

    def __repr__(self) -> str:
        return f"<layer {self.name}>"

    @property
    def name(self) -> str:
        """The short diff ID, or the blob's short digest."""
        if self._diff_id is not None:
            return self._diff_id.short
        return self._descriptor.digest.short if self._descriptor is not None else "new"

    @cached_property
    def diff_id(self) -> Digest:
        """The digest of the uncompressed tar."""
        if self._diff_id is not None:
            return self._diff_id
        _, stream = decompressed(self.open_blob(), layer=self.name)
        return digest_of_stream(stream)[0]

    @cached_property
    def compression(self) -> Compression:
        """How the blob is packed, by its first bytes."""
        compression, stream = decompressed(self._blob.open(), layer=self.name)
        stream.close()
        return compression

    @cached_property
    def descriptor(self) -> Descriptor:
        """The pointer to the blob, computed from its bytes when the source has none."""
        if self._descriptor is not None:
            return self._descriptor
        media_type = layer_media_type(self.compression)
        length = self._blob.blob_bytes
        if self.compression is Compression.NONE and length is not None:
            return Descriptor(media_type, self.diff_id, length)
        digest, length = digest_of_stream(self._blob.open())
        return Descriptor(media_type, digest, length)

    def open_blob(self) -> ByteStream:
        """The blob as stored; verified when the source promised a digest."""
        raw = self._blob.open()
        known = self._descriptor
        if known is None:
            return raw
        return VerifiedReader(raw, known.digest, known.blob_bytes, what=f"blob {known.digest}")

    def open_tar(self, *, verify: bool = True) -> ByteStream:
        """The uncompressed tar; see :meth:`Layer.open_tar`."""
        raw = self.open_blob() if verify else self._blob.open()
        _, stream = decompressed(raw, layer=self.name)
        known = self._diff_id
        if not verify or known is None:
            return stream
        if self._descriptor is not None and self._descriptor.digest == known:
            return stream  # the blob is the tar, and verified already
        return VerifiedReader(stream, known, what=f"layer {known}")

    def entries(self, *, digests: bool = False, verify: bool = True) -> Iterator[Entry]:
        """The tar's entries; the stream is read to its end, so ``verify`` is kept."""
        stream = self.open_tar(verify=verify)
        if digests or not stream.seekable():
            stream = ReadAhead(stream)
        yield from scan_entries(stream, layer=self.name, digests=digests, limits=self._limits)

    def contents(
        self, nodes: Iterable[Node], *, max_bytes: int = MAX_CONTENT
    ) -> Iterator[tuple[Node, bytes]]:
        """The contents of some of the layer's files, in the order of the tar."""
        stream = self.open_tar(verify=False)
        yield from scan_contents(stream, nodes, layer=self.name, max_bytes=max_bytes)


@record(cached=True)
class BasicImage:
    """An image out of its parts; the manifest is made when the source has none."""

    config: ImageConfig
    layers: tuple[Layer, ...]
    names: tuple[str, ...] = ()
    given_manifest: Manifest | None = None
    docker_media_types: bool = False

    def __post_init__(self) -> None:
        found, promised = len(self.layers), len(self.config.diff_ids)
        if found != promised:
            raise MalformedImage(f"{found} layers, but the config lists {promised} diff IDs")

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest, OCI's kind unless Docker's is asked for."""
        if self.given_manifest is not None:
            return self.given_manifest
        docker = self.docker_media_types
        media_type = MediaType.DOCKER_CONFIG if docker else MediaType.OCI_CONFIG
        config = Descriptor(media_type, self.config.digest, len(self.config.raw))
        return Manifest.make(
            config,
            [layer.descriptor for layer in self.layers],
            media_type=MediaType.DOCKER_MANIFEST if docker else MediaType.OCI_MANIFEST,
        )

    @property
    def platform(self) -> Platform:
        """What the image runs on."""
        return self.config.platform


def compressed_bytes(image: BasicImage) -> tuple[int | None, ...]:
    """Each layer's bytes as its manifest has it; ``None`` where that is not compressed."""
    if image.given_manifest is None:
        return (None,) * len(image.layers)
    packings = [compression_named(layer.media_type) for layer in image.given_manifest.layers]
    return tuple(
        None if packed in (None, Compression.NONE) else layer.blob_bytes
        for packed, layer in zip(packings, image.given_manifest.layers, strict=True)
    )


def bytes_layer(tar: bytes) -> BlobLayer:
    """A layer from a tar in memory, compressed or not."""
    return BlobLayer(BytesBlob(tar))


def diff_ids_of(layers: Iterable[Layer]) -> tuple[Digest, ...]:
    """The layers' diff IDs, in their order."""
    return tuple(layer.diff_id for layer in layers)
