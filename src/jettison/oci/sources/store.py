"""Stores of blobs named by digest, and the images that their descriptors lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jettison.oci import mediatype
from jettison.oci.config import ImageConfig
from jettison.oci.digest import VerifiedReader
from jettison.oci.errors import MalformedImage
from jettison.oci.fields import MAX_JSON_BYTES
from jettison.oci.image import BasicImage, BlobLayer
from jettison.oci.manifest import Descriptor, Index, Manifest, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.oci.blobs import Blob
    from jettison.oci.digest import Digest
    from jettison.oci.platform import Platform

_MAX_DEPTH = 4


class BlobStore(Protocol):
    """Where blobs are found by their digest."""

    def blob(self, digest: Digest) -> Blob:
        """The blob; :class:`~jettison.oci.errors.MissingBlob` when the store has none."""

    def document(self, descriptor: Descriptor) -> bytes:
        """A manifest's or index's verified bytes, which registries keep apart from blobs."""


def read_blob(store: BlobStore, descriptor: Descriptor) -> bytes:
    """The verified bytes of a small blob: a config, manifest or index."""
    if descriptor.blob_bytes > MAX_JSON_BYTES:
        raise MalformedImage(
            f"blob {descriptor.digest}: {descriptor.blob_bytes} bytes of JSON, "
            f"the limit is {MAX_JSON_BYTES}"
        )
    raw = store.blob(descriptor.digest).open()
    what = f"blob {descriptor.digest}"
    reader = VerifiedReader(raw, descriptor.digest, descriptor.blob_bytes, what=what)
    with reader:
        return reader.read()


def image_at(
    store: BlobStore,
    descriptor: Descriptor,
    *,
    platform: Platform | None = None,
    names: tuple[str, ...] = (),
) -> BasicImage:
    """The image that a descriptor leads to, through indexes by ``platform``."""
    for _ in range(_MAX_DEPTH):
        found = _document(store, descriptor)
        if isinstance(found, Manifest):
            return _image(store, found, names)
        descriptor = found.choose(platform)
    raise MalformedImage(f"indexes of indexes, more than {_MAX_DEPTH} deep")


def images_below(store: BlobStore, index: Index, depth: int = 0) -> Iterator[Descriptor]:
    """The descriptors of all images of an index and the indexes in it, attestations left out."""
    if depth > _MAX_DEPTH:
        raise MalformedImage(f"indexes of indexes, more than {_MAX_DEPTH} deep")
    for item in index.manifests:
        if item.is_attestation:
            continue
        if mediatype.is_index(item.media_type):
            found = _document(store, item)
            if isinstance(found, Index):
                yield from images_below(store, found, depth + 1)
        else:
            yield item


def _document(store: BlobStore, descriptor: Descriptor) -> Manifest | Index:
    raw = store.document(descriptor)
    return parse_document(raw, f"manifest {descriptor.digest.short}", descriptor.media_type)


def _image(store: BlobStore, manifest: Manifest, names: tuple[str, ...]) -> BasicImage:
    named = manifest.config.media_type
    if named and not mediatype.is_config(named):
        raise MalformedImage(f"an artifact of the type {named}, not an image")
    for layer in manifest.layers:
        if layer.media_type and not mediatype.is_layer(layer.media_type):
            raise MalformedImage(f"a layer of the unknown type {layer.media_type}")
    config = ImageConfig.parse(read_blob(store, manifest.config))
    if len(config.diff_ids) != len(manifest.layers):
        raise MalformedImage(
            f"{len(manifest.layers)} layers, but the config lists {len(config.diff_ids)} diff IDs"
        )
    layers = tuple(
        BlobLayer(store.blob(item.digest), diff_id=diff_id, descriptor=item)
        for item, diff_id in zip(manifest.layers, config.diff_ids, strict=True)
    )
    return BasicImage(config, layers, names, manifest)
