"""Images for these tests, made in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging import Inspection, Subject, inspect_image
from jettison.oci import History, LayerBuilder, build_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.dockerfile import Dockerfile
    from jettison.oci import BasicImage, Digest


def image_of(*layers: LayerBuilder | Mapping[str, bytes], steps: Sequence[str] = ()) -> BasicImage:
    """An image of layers, each given as a builder or as files by path."""
    made = [layer if isinstance(layer, LayerBuilder) else files(layer) for layer in layers]
    history = None
    if steps:
        history = [
            History(created_by=step, empty_layer=step.startswith(("CMD", "ENV"))) for step in steps
        ]
    return build_image(made, history=history)


def files(contents: Mapping[str, bytes]) -> LayerBuilder:
    """A layer of some files."""
    builder = LayerBuilder()
    for path, content in contents.items():
        builder.file(path, content)
    return builder


def inspected(
    image: BasicImage,
    *,
    known: Mapping[str, Sequence[Digest]] | None = None,
    dockerfile: Dockerfile | None = None,
    digests: bool = True,
) -> Inspection:
    """The image taken apart."""
    unknown = (None,) * len(image.layers)
    subject = Subject("sample", "memory", image.config, image.layers, unknown)
    return inspect_image(subject, known=known, dockerfile=dockerfile, digests=digests)


def owners_by_path(inspection: Inspection) -> dict[str, str]:
    """The package of each file as text, ``""`` for none."""
    listing, owners = inspection.listing, inspection.owners
    found = {}
    for number, path in enumerate(listing.paths()):
        package = owners.package(number)
        found[path] = "" if package is None else str(package)
    return found
