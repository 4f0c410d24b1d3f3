"""Which step of the build made which layer, and which layers are the base image's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.oci.created_by import instruction_of, told
from jettison.oci.errors import InvalidReference
from jettison.oci.reference import Reference
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.oci.config import History, ImageConfig
    from jettison.oci.digest import Digest

__all__ = [
    "BASE_DIGEST",
    "BASE_NAME",
    "Base",
    "BaseBasis",
    "LayerOrigin",
    "Origins",
    "find_base",
    "instruction_of",
    "origins",
    "same_name",
]

_COPIES_OR_RUNS = frozenset({"ADD", "COPY", "RUN"})
_IMAGE_ID = re.compile(r"[0-9a-f]{12,64}")
_ONE_BUILD = timedelta(seconds=1)
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


@record
class LayerOrigin:
    """The step that made a layer: ``step`` counts all history from 0, ``layer`` layers only.

    ``instruction`` is the step as a Dockerfile has it (``RUN apt-get update``), as far as the
    builder wrote it down; ``""`` when the history says nothing. ``before`` are the steps without
    a layer since the layer below, and ``after`` those that follow the uppermost layer.
    """

    layer: int
    step: int | None
    history: History | None
    instruction: str
    before: tuple[History, ...] = ()
    after: tuple[History, ...] = ()

    @property
    def makers(self) -> tuple[History, ...]:
        """The steps whose files the layer holds: its own, or all of a stage.

        buildah without ``--layers`` makes one layer of a stage, and it is the last step's. Up to
        version 1.28 only that step has the comment ``FROM …``, with ``--layers`` every step has
        it; in 1.39 a stage's first step has it in either case. A WORKDIR adds an empty folder at
        most and is left out where something else was made. Source: buildah,
        ``imagebuildah/stage_executor.go`` (``Execute``).
        """
        if self.history is None:
            return ()
        silent = self._silent()
        steps = [*silent, self.history]
        made = [item for item in steps if told(item.created_by).keyword in _COPIES_OR_RUNS]
        return tuple(made) if silent and made else (self.history,)

    def _silent(self) -> tuple[History, ...]:
        """The steps of buildah's that come before and have no layer of their own."""
        count = len(self.before)
        if self.history is not None and from_of(self.history):
            while count and not self.before[count - 1].comment:
                count -= 1
            return self.before[count:]
        starts = [at for at, item in enumerate(self.before) if from_of(item)]
        return self.before[starts[-1] :] if starts else ()

    @property
    def built_from(self) -> str:
        """What buildah says that the layer's stage was built from, ``""`` if nothing."""
        steps = () if self.history is None else (self.history, *reversed(self.before))
        return next((name for item in steps if (name := from_of(item))), "")

    @property
    def has_base(self) -> bool:
        """Whether the base's files are in the layer too, as ``buildah build --squash`` does it."""
        return self.layer == 0 and bool(self.built_from)


@record
class Origins:
    """The origin of every layer, base first.

    ``complete`` is whether the history has as many steps with a layer as there are layers. If
    not (images that were squashed or built by tools that keep no history), steps are matched
    from the base up and the layers left over have no step.
    """

    layers: tuple[LayerOrigin, ...]
    complete: bool


class BaseBasis(StrEnum):
    """What the knowledge of the base image rests on, the surest first."""

    SHARED_LAYERS = "shared layers"
    """The image starts with all layers of a known image."""
    DOCKERFILE = "Dockerfile"
    """The Dockerfile's instructions account for all layers above the base's."""
    LABEL = "label"
    """A label names the base, but no such image was there to compare layers with."""
    HISTORY = "history"
    """An instruction that ends an image comes before the last one: a base's CMD."""
    UNKNOWN = "unknown"


@record
class Base:
    """How many of the lowest layers are the base image's, and how that is known.

    ``name`` is the base's name where it is known; ``layers`` is 0 when nothing is.
    """

    layers: int
    basis: BaseBasis
    name: str = ""


def origins(config: ImageConfig) -> Origins:
    """Matches layers and history. Source: OCI image spec, config.md, "history"."""
    made = [(step, item) for step, item in enumerate(config.history) if not item.empty_layer]
    shells = _shells(config)
    found: list[LayerOrigin] = []
    count = min(len(made), len(config.diff_ids))
    last = 0
    for layer, (step, item) in enumerate(made[:count]):
        top = layer == count - 1
        origin = LayerOrigin(
            layer=layer,
            step=step,
            history=item,
            instruction="",
            before=config.history[last:step],
            after=config.history[step + 1 :] if top else (),
        )
        found.append(_with_instruction(origin, shells[step]))
        last = step + 1
    found += [LayerOrigin(layer, None, None, "") for layer in range(count, len(config.diff_ids))]
    return Origins(tuple(found), complete=len(made) == len(config.diff_ids))


def _with_instruction(origin: LayerOrigin, shell: str) -> LayerOrigin:
    lines = [instruction_of(item.created_by, item.comment, shell) for item in origin.makers]
    if origin.has_base:
        lines.insert(0, f"FROM {origin.built_from}")
    return replace(origin, instruction="\n".join(lines))


def _shells(config: ImageConfig) -> list[str]:
    """The shell that SHELL has set before each step, ``""`` where none did."""
    found, shell = [], ""
    for item in config.history:
        found.append(shell)
        step = told(item.created_by)
        if step.keyword == "SHELL" and '"' not in step.operands:
            shell = step.operands.strip("[]")
    return found


def from_of(item: History) -> str:
    """What buildah says a step was built from: an image's name, or the number of the step before.

    ``""`` for other builders and for what was built from nothing.
    """
    return item.comment.removeprefix("FROM ") if item.comment.startswith("FROM ") else ""


def find_base(
    config: ImageConfig,
    known: Mapping[str, Sequence[Digest]],
    named: str = "",
    below: int | None = None,
) -> Base:
    """The base image, given the diff IDs of known images by name.

    ``named`` is what FROM says, where the Dockerfile is at hand: if that image is known and its
    layers are there, it is the base, be it that nothing was added to them. ``below`` is the
    number of layers below the file's own, where all of these were found. Of other known images
    the longest wins, of those with the same layers the one that the label names, then the
    shortest name that is a tag. An image with all the layers is not told from the image itself
    under another name; leave such images out.
    """
    shared = {
        name: len(ids)
        for name, ids in known.items()
        if ids and tuple(ids) == config.diff_ids[: len(ids)]
    }
    label = config.labels.get(BASE_NAME, "") or config.labels.get(BASE_DIGEST, "")
    given = [name for name in shared if named and same_name(name, named)]
    if not given and below is not None:
        given = [name for name, count in shared.items() if count == below]
        if not given:
            return Base(below, BaseBasis.DOCKERFILE, named)
    if given or shared:
        name = min(given or shared, key=lambda name: (-shared[name], *_rank(name, label)))
        return Base(shared[name], BaseBasis.SHARED_LAYERS, name)
    return _told_base(config, label)


def _told_base(config: ImageConfig, label: str) -> Base:
    """What the image says of its base itself."""
    if told_by_buildah := _base_of_buildah(config):
        return told_by_buildah
    guess = _layers_before_last_image_end(config)
    if label:
        return Base(guess, BaseBasis.LABEL, label)
    if guess:
        return Base(guess, BaseBasis.HISTORY)
    return Base(0, BaseBasis.UNKNOWN)


def _rank(name: str, label: str) -> tuple[bool, bool, int, str]:
    nameless = name.startswith(("<none>", "sha256:")) or ":<none>" in name
    return not same_name(name, label), nameless, len(name), name


def same_name(one: str, other: str) -> bool:
    """Whether two names of images are the same, the default registry and tag filled in."""
    if one == other:
        return True
    try:
        first, second = Reference.parse(one), Reference.parse(other)
    except InvalidReference:
        return False
    return _compared(first) == _compared(second)


def _compared(reference: Reference) -> tuple[str, str, str]:
    """What makes two references the same; podman calls what it built ``localhost/name``."""
    registry, repository = reference.registry, reference.repository
    if registry == "localhost":
        registry, repository = "docker.io", f"library/{repository}"
    return registry, repository, reference.tag or reference.identifier


def _base_of_buildah(config: ImageConfig) -> Base | None:
    """The base that buildah wrote into the history: the last ``FROM`` with a name.

    A stage that goes on from another has the number of its last step there.
    """
    layers = 0
    found = None
    for item in config.history:
        name = from_of(item)
        if name and not _IMAGE_ID.fullmatch(name):
            found = Base(min(layers, len(config.diff_ids)), BaseBasis.HISTORY, name)
        layers += not item.empty_layer
    return found


def _layers_before_last_image_end(config: ImageConfig) -> int:
    """The layers up to the last CMD or ENTRYPOINT that a layer of another build comes after.

    Steps of one build follow each other within a second, or BuildKit gave them one time: that
    of a layer above for what comes before the first layer. Source: BuildKit,
    ``exporter/containerimage/writer.go`` (``normalizeLayersAndHistory``).
    """
    layers = boundary = 0
    pending: tuple[int, History] | None = None
    for item in config.history:
        if not item.empty_layer:
            if pending is not None and not _one_build(pending[1], item):
                boundary = pending[0]
            layers += 1
            pending = None
        elif told(item.created_by).keyword in ("CMD", "ENTRYPOINT"):
            pending = (layers, item)
    return min(boundary, len(config.diff_ids))


def _one_build(one: History, other: History) -> bool:
    """Whether two steps are surely of one build; without times that is not known."""
    try:
        first, second = (datetime.fromisoformat(each.created) for each in (one, other))
        return timedelta(0) <= second - first < _ONE_BUILD
    except (ValueError, TypeError):
        return False
