"""Images out of images: every function returns a new image and leaves the old one as it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from jettison.oci import mediatype
from jettison.oci.blobs import TemporaryBlob
from jettison.oci.config import ConfigChange, History, changed, with_layers
from jettison.oci.digest import copy_stream
from jettison.oci.errors import MalformedImage
from jettison.oci.image import BasicImage, BlobLayer, diff_ids_of
from jettison.oci.layers.compression import compressed_writer
from jettison.oci.squash import squashed_layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import IO

    from jettison.oci.config import ImageConfig
    from jettison.oci.image import Image, Layer
    from jettison.oci.mediatype import Compression


def change_config(image: Image, change: ConfigChange) -> BasicImage:
    """The image with another config and the same layers."""
    return _with(image, image.layers, changed(image.config, change))


def append_layer(image: Image, layer: Layer, step: History) -> BasicImage:
    """The image with one more layer on top."""
    layers = (*image.layers, layer)
    history = (*_complete_history(image), replace(step, empty_layer=False))
    return _rebuilt(image, layers, history)


def replace_layers(image: Image, layers: Mapping[int, Layer]) -> BasicImage:
    """The image with some layers, by number from the base, replaced; the history stays."""
    for number in layers:
        _check_number(image, number)
    new = tuple(layers.get(number, layer) for number, layer in enumerate(image.layers))
    return _rebuilt(image, new, _complete_history(image))


def drop_layers(image: Image, numbers: Iterable[int]) -> BasicImage:
    """The image without some layers; their steps stay in the history as steps without layer."""
    dropped = set(numbers)
    for number in dropped:
        _check_number(image, number)
    layers = tuple(item for number, item in enumerate(image.layers) if number not in dropped)
    history: list[History] = []
    number = 0
    for item in _complete_history(image):
        if item.empty_layer:
            history.append(item)
            continue
        history.append(replace(item, empty_layer=True) if number in dropped else item)
        number += 1
    return _rebuilt(image, layers, history)


def squash(image: Image, boundaries: Sequence[int] = (), *, epoch: int | None = None) -> BasicImage:
    """The image with each stretch between boundaries as one layer, and the same merged tree.

    ``boundaries`` are layer numbers at which a new layer starts: ``squash(image, [3])`` keeps
    the base's three layers together and makes one of the rest; without boundaries one layer is
    left. A stretch of one layer keeps that very layer. ``epoch`` is SOURCE_DATE_EPOCH: later
    times are set back to it. Of the steps of a stretch the last keeps the layer.
    """
    count = len(image.layers)
    for number in boundaries:
        _check_number(image, number)
    edges = sorted({0, *boundaries, count})
    stretches = list(pairwise(edges))
    layers = tuple(
        image.layers[start]
        if end - start == 1
        else squashed_layer(image.layers[start:end], below=image.layers[:start], epoch=epoch)
        for start, end in stretches
    )
    last = {end - 1 for _, end in stretches}
    history: list[History] = []
    number = 0
    for item in _complete_history(image):
        if item.empty_layer:
            history.append(item)
            continue
        history.append(item if number in last else replace(item, empty_layer=True))
        number += 1
    return _rebuilt(image, layers, history)


def recompress(image: Image, compression: Compression, *, level: int | None = None) -> BasicImage:
    """The image with every layer packed anew; diff IDs, config and image ID stay the same.

    The packed layers are kept in temporary files, which vanish with the image.
    """
    layers = tuple(recompressed(layer, compression, level=level) for layer in image.layers)
    return _with(image, layers, image.config)


def recompressed(layer: Layer, compression: Compression, *, level: int | None = None) -> BlobLayer:
    """The same tar packed anew; it is verified on the way."""

    def fill(target: IO[bytes]) -> None:
        writer = compressed_writer(target, compression, level)
        copy_stream(layer.open_tar(), writer.write)
        writer.close()

    return BlobLayer(TemporaryBlob(fill), diff_id=layer.diff_id)


def _complete_history(image: Image) -> list[History]:
    """The history with exactly one step for each layer; steps are invented where it has none."""
    count = len(image.layers)
    history = list(image.config.history)
    made = sum(not item.empty_layer for item in history)
    if made > count:
        raise MalformedImage(f"the history has {made} steps with layers, the image {count} layers")
    history += [History(comment="no history was kept")] * (count - made)
    return history


def _check_number(image: Image, number: int) -> None:
    if not 0 <= number < len(image.layers):
        raise ValueError(f"no layer {number} in an image with {len(image.layers)} layers")


def _rebuilt(image: Image, layers: tuple[Layer, ...], history: Iterable[History]) -> BasicImage:
    return _with(image, layers, with_layers(image.config, diff_ids_of(layers), history))


def _with(image: Image, layers: tuple[Layer, ...], config: ImageConfig) -> BasicImage:
    docker = mediatype.is_docker(image.manifest.media_type)
    return BasicImage(config, layers, (), docker_media_types=docker)
