"""One image, taken apart: where its bytes are and whose they are."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.imaging.categories import is_secret
from jettison.imaging.copied import find_copied
from jettison.imaging.lines import match_file
from jettison.imaging.listing import list_files
from jettison.imaging.owners import find_owners
from jettison.imaging.places import places
from jettison.imaging.shares import Share, break_down, merged
from jettison.oci import find_base, origins, read_tree, waste
from jettison.oci.attribution import same_name
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.dockerfile import Dockerfile
    from jettison.imaging.copied import Copied
    from jettison.imaging.lines import FileMatch
    from jettison.imaging.listing import Listing
    from jettison.imaging.owners import Owners
    from jettison.imaging.places import Place
    from jettison.imaging.shares import Breakdown
    from jettison.oci import Base, Digest, EntrySource, FileTree, ImageConfig, Waste


class CompressedBasis(StrEnum):
    """How compressed bytes are known."""

    STORED = "as stored"
    MEASURED = "measured with gzip"


@record
class Subject:
    """An image that was opened: what is needed to take it apart.

    ``source`` says where it was read from. ``compressed_bytes`` are the layers' as they are
    stored or sent, ``None`` where they are not compressed there; :func:`with_compressed` fills
    these in.
    """

    name: str
    source: str
    config: ImageConfig
    layers: tuple[EntrySource, ...]
    compressed_bytes: tuple[int | None, ...]
    compressed_basis: CompressedBasis = CompressedBasis.STORED


@record
class LayerShare:
    """A layer: what its archive holds, and what of it is of use.

    ``stored_bytes`` are the uncompressed contents of its files, ``visible_bytes`` those of them
    that the merged tree shows; the difference was overwritten or deleted. ``line`` is the
    Dockerfile's.
    """

    number: int
    diff_id: Digest
    instruction: str
    line: int | None
    is_base: bool
    files: int
    stored_bytes: int
    visible_bytes: int
    waste_bytes: int
    compressed_bytes: int | None


@record
class HiddenSecret:
    """A file with a secret's name that is gone from the tree; its layer still has it."""

    path: str
    layer: int


@record
class Inspection:
    """An image taken apart.

    ``layer_bytes`` are the bytes that all layers hold, ``tree_bytes`` those that a container
    sees. ``own_bytes`` are those of layers that are not the base image's.
    """

    subject: Subject
    base: Base
    tree: FileTree
    listing: Listing
    owners: Owners
    waste: Waste
    hidden_secrets: tuple[HiddenSecret, ...]
    layers: tuple[LayerShare, ...]
    instructions: tuple[Share[str], ...]
    parts: Breakdown
    places: tuple[Place, ...]
    copied: Copied

    @property
    def layer_bytes(self) -> int:
        """The uncompressed bytes that the layers hold."""
        return self.waste.layer_bytes

    @property
    def tree_bytes(self) -> int:
        """The uncompressed bytes of the merged tree."""
        return self.waste.tree_bytes

    @property
    def base_bytes(self) -> int:
        """The part of ``layer_bytes`` that the base image's layers hold."""
        return sum(layer.stored_bytes for layer in self.layers if layer.is_base)

    @property
    def own_bytes(self) -> int:
        """The part of ``layer_bytes`` that the image's own layers hold."""
        return self.layer_bytes - self.base_bytes

    @property
    def compressed_bytes(self) -> int | None:
        """The compressed bytes of all layers, ``None`` where they are not known."""
        known = [one for one in self.subject.compressed_bytes if one is not None]
        return sum(known) if known and len(known) == len(self.layers) else None

    @property
    def compressed_basis(self) -> CompressedBasis | None:
        """How ``compressed_bytes`` are known, ``None`` where they are not."""
        return None if self.compressed_bytes is None else self.subject.compressed_basis


def with_compressed(subject: Subject, measured: Sequence[int]) -> Subject:
    """The subject with measured bytes for the layers whose compressed bytes are not known."""
    if None not in subject.compressed_bytes:
        return subject
    pairs = zip(subject.compressed_bytes, measured, strict=True)
    filled = tuple(count if known is None else known for known, count in pairs)
    return replace(subject, compressed_bytes=filled, compressed_basis=CompressedBasis.MEASURED)


def inspect_image(
    subject: Subject,
    *,
    known: Mapping[str, Sequence[Digest]] | None = None,
    dockerfile: Dockerfile | None = None,
    digests: bool = True,
) -> Inspection:
    """The image taken apart.

    ``known`` are images that may be its base, by name; with ``dockerfile``, layers get its
    lines. Without ``digests`` contents are not read, so duplicates are not found.
    """
    tree = read_tree(subject.layers, digests=digests)
    listing = list_files(tree)
    owners = find_owners(tree, listing, subject.layers)
    match = None if dockerfile is None else match_file(origins(subject.config).layers, dockerfile)
    base = base_of(subject.config, known or {}, match)
    wasted = waste(tree)
    parts = break_down(listing, owners, len(subject.layers), base.layers)
    layers = _layers(subject, tree, wasted=wasted, parts=parts, base=base, match=match)
    return Inspection(
        subject=subject,
        base=base,
        tree=tree,
        listing=listing,
        owners=owners,
        waste=wasted,
        hidden_secrets=_hidden_secrets(tree, base),
        layers=layers,
        instructions=merged(
            Share(layer.instruction, part.total_bytes, part.own_bytes, part.files)
            for layer, part in zip(layers, parts.layers, strict=True)
        ),
        parts=parts,
        places=places(listing),
        copied=find_copied(listing, [layer.instruction for layer in layers], base.layers),
    )


def _hidden_secrets(tree: FileTree, base: Base) -> tuple[HiddenSecret, ...]:
    found = (
        HiddenSecret(node.path, node.layer)
        for node in tree.hidden()
        if is_secret(node.name) and node.layer >= base.layers and node.stored_bytes
    )
    return tuple(dict.fromkeys(found))


def base_of(
    config: ImageConfig, known: Mapping[str, Sequence[Digest]], match: FileMatch | None = None
) -> Base:
    """The base image; an image with the same layers, be it another tag of it, is not its base.

    It is if the Dockerfile names it: then only settings were changed. A name with a variable in
    it counts for nothing, a build argument may have been given.
    """
    named = (match and match.base_is_literal and match.base_name) or ""
    lower = {
        name: ids
        for name, ids in known.items()
        if tuple(ids) != config.diff_ids or (named and same_name(name, named))
    }
    return find_base(config, lower, named, match.base_layers if match else None)


def _layers(
    subject: Subject,
    tree: FileTree,
    *,
    wasted: Waste,
    parts: Breakdown,
    base: Base,
    match: FileMatch | None,
) -> tuple[LayerShare, ...]:
    made = origins(subject.config).layers
    lines = match.lines if match else {}
    return tuple(
        LayerShare(
            number=number,
            diff_id=subject.config.diff_ids[number],
            instruction=made[number].instruction,
            line=None if number < base.layers else lines.get(number),
            is_base=number < base.layers,
            files=totals.files,
            stored_bytes=totals.stored_bytes,
            visible_bytes=parts.layers[number].total_bytes,
            waste_bytes=wasted.by_layer[number],
            compressed_bytes=subject.compressed_bytes[number],
        )
        for number, totals in enumerate(tree.layers)
    )
