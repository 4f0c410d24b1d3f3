"""OCI image layouts, as folders and as tars.

Source: OCI image spec, image-layout.md. ``docker save`` writes one since version 25, with a
``manifest.json`` beside it for older readers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.oci.blobs import FileBlob
from jettison.oci.errors import MalformedImage, MissingBlob
from jettison.oci.fields import Fields
from jettison.oci.manifest import REF_NAME, Descriptor, Index, parse_index
from jettison.oci.sources.store import image_at, images_below, read_blob
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.oci.blobs import Blob
    from jettison.oci.digest import Digest
    from jettison.oci.image import BasicImage
    from jettison.oci.platform import Platform

CONTAINERD_NAME = "io.containerd.image.name"
LAYOUT_VERSION = "1.0.0"


class FolderStore:
    """The blobs of a layout's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def blob(self, digest: Digest) -> Blob:
        """The blob's file."""
        path = self._folder / "blobs" / digest.algorithm / digest.hex
        if not path.is_file():
            raise MissingBlob(f"{self._folder}: no blob {digest}")
        return FileBlob.whole(path)

    def document(self, descriptor: Descriptor) -> bytes:
        """A manifest's or index's verified bytes."""
        return read_blob(self, descriptor)


class MemberStore:
    """The blobs of a layout's tar."""

    def __init__(self, members: Mapping[str, Blob], where: str) -> None:
        self._members = members
        self._where = where

    def blob(self, digest: Digest) -> Blob:
        """The stretch of the tar that holds the blob."""
        found = self._members.get(f"blobs/{digest.algorithm}/{digest.hex}")
        if found is None:
            raise MissingBlob(f"{self._where}: no blob {digest}")
        return found

    def document(self, descriptor: Descriptor) -> bytes:
        """A manifest's or index's verified bytes."""
        return read_blob(self, descriptor)


@record
class Layout:
    """A layout: its index and where its blobs are."""

    store: FolderStore | MemberStore
    index: Index
    where: str
    tags: Mapping[Digest, tuple[str, ...]]
    """More names by config digest: ``docker save`` keeps some only in its manifest.json."""

    @classmethod
    def in_folder(cls, folder: Path) -> Layout:
        """The layout in a folder."""
        try:
            check_marker((folder / "oci-layout").read_bytes(), str(folder))
            raw = (folder / "index.json").read_bytes()
        except OSError as error:
            raise MalformedImage(f"{folder}: not an OCI layout: {error.strerror}") from None
        return cls(FolderStore(folder), parse_index(raw, "index.json"), str(folder), {})

    def images(self) -> tuple[BasicImage, ...]:
        """All images that can be opened, of all platforms, in the order of the index.

        Images whose manifest is not in the layout are left out: multi-platform indexes keep
        pointing at the platforms that were not saved.
        """
        found: list[BasicImage] = []
        for item in self.index.manifests:
            nested = Index.make([item])
            for image in images_below(self.store, nested):
                try:
                    found.append(self._open(image, None, names_of(item)))
                except MissingBlob:
                    continue
        return tuple(found)

    def image(self, name: str | None = None, platform: Platform | None = None) -> BasicImage:
        """One image: by name where it is given, by platform where there are several."""
        items = [item for item in self.index.manifests if not item.is_attestation]
        if name is not None:
            named = [item for item in items if is_named(name, self._names(item))]
            if not named:
                known = sorted({name for item in items for name in self._names(item)})
                raise MissingBlob(f"{self.where}: no image {name!r}; there is {known or 'none'}")
            items = named
        if len({item.digest for item in items}) == 1:
            return self._open(items[0], platform, names_of(items[0]))
        names = {names_of(item) for item in items}
        if len(names) > 1:
            listed = ", ".join(sorted(name for group in names for name in group))
            raise MalformedImage(f"{self.where}: several images", remedy=f"name one of {listed}")
        chosen = Index.make(items).choose(platform)
        return self._open(chosen, platform, names_of(chosen))

    def _names(self, item: Descriptor) -> tuple[str, ...]:
        names = names_of(item)
        if self.tags:
            try:
                names += self._open(item, None, ()).names
            except (MissingBlob, MalformedImage):
                return names
        return names

    def _open(
        self, item: Descriptor, platform: Platform | None, names: tuple[str, ...]
    ) -> BasicImage:
        image = image_at(self.store, item, platform=platform, names=names)
        more = self.tags.get(image.config.digest, ())
        if not more:
            return image
        return replace(image, names=more)


def content_image(folder: Path, digest: Digest, platform: Platform | None = None) -> BasicImage:
    """The image that a digest leads to in a folder of blobs without an index.

    containerd keeps its content like that; its ``blobs`` are named as a layout's are (containerd
    docs/content-flow.md).
    """
    store = FolderStore(folder)
    root = Descriptor("", digest, store.blob(digest).blob_bytes or 0)
    return image_at(store, root, platform=platform)


def check_marker(raw: bytes, where: str) -> None:
    """Makes sure that an ``oci-layout`` file is of the version that is read here."""
    version = Fields.parse(raw, "oci-layout").text("imageLayoutVersion")
    if version.partition(".")[0] != "1":
        raise MalformedImage(f"{where}: an OCI layout of the unknown version {version}")


def names_of(item: Descriptor) -> tuple[str, ...]:
    """The names that an index gives to an image; containerd's whole name comes first."""
    whole = item.annotations.get(CONTAINERD_NAME)
    if whole:
        return (whole,)
    short = item.annotations.get(REF_NAME)
    return (short,) if short else ()


def is_named(name: str, names: tuple[str, ...]) -> bool:
    """Whether ``name`` is one of ``names``, a tag alone or a familiar form included."""
    for known in names:
        familiar = known.removeprefix("docker.io/").removeprefix("library/")
        if name in (known, familiar, familiar.removesuffix(":latest")):
            return True
    return False
