"""Which step of the build made which layer, and which layers are the base image's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.oci.config import History, ImageConfig
    from jettison.oci.digest import Digest

_SHELL = re.compile(
    r"^(?:/bin/sh -c|/bin/bash(?: -o \w+| -[a-z]+)* -c|cmd /S /C|powershell -Command) "
)
_NOP = re.compile(r"^(?:/bin/sh -c )?#\(nop\)\s+")
_ARGUMENTS = re.compile(r"^\|\d+ ")
_KEYWORD = re.compile(
    r"^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL"
    r"|STOPSIGNAL|USER|VOLUME|WORKDIR)\b"
)
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


@dataclass(frozen=True, slots=True)
class LayerOrigin:
    """The step that made a layer: ``step`` counts all history from 0, ``layer`` layers only.

    ``instruction`` is the step as a Dockerfile has it (``RUN apt-get update``), as far as the
    builder wrote it down; ``""`` when the history says nothing.
    """

    layer: int
    step: int | None
    history: History | None
    instruction: str


@dataclass(frozen=True, slots=True)
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
    LABEL = "label"
    """A label names the base, but no such image was there to compare layers with."""
    HISTORY = "history"
    """An instruction that ends an image comes before the last one: a base's CMD."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
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
    found: list[LayerOrigin] = []
    for layer in range(len(config.diff_ids)):
        if layer < len(made):
            step, item = made[layer]
            found.append(LayerOrigin(layer, step, item, instruction_of(item.created_by)))
        else:
            found.append(LayerOrigin(layer, None, None, ""))
    return Origins(tuple(found), complete=len(made) == len(config.diff_ids))


def instruction_of(created_by: str) -> str:
    """A history's ``created_by`` as the instruction it came from.

    The classic builder writes ``/bin/sh -c #(nop)  CMD ["sh"]`` and ``/bin/sh -c make``, BuildKit
    ``RUN /bin/sh -c make # buildkit``, both ``|1 VERSION=2 /bin/sh -c …`` for build arguments,
    which stay in front of the command. buildah writes the bare command.
    """
    text = created_by.strip().removesuffix("# buildkit").rstrip()
    if not text:
        return ""
    if match := _NOP.match(text):
        return text[match.end() :].strip()
    keyword = "RUN"
    if match := _KEYWORD.match(text):
        keyword, text = match.group(1), text[match.end() :].strip()
        if keyword != "RUN":
            return f"{keyword} {text}"
    if _ARGUMENTS.match(text):
        count, _, rest = text[1:].partition(" ")
        return f"{keyword} {_without_arguments(rest, int(count))}"
    return f"{keyword} {_SHELL.sub('', text)}"


def _without_arguments(text: str, count: int) -> str:
    """The command after ``count`` build arguments, whose values may have spaces in them."""
    for shell in ("/bin/sh -c ", "/bin/bash -o pipefail -c ", "/bin/bash -c "):
        before, found, command = text.partition(shell)
        if found:
            return command
        del before
    return text.split(" ", count)[-1]


def find_base(config: ImageConfig, known: Mapping[str, Sequence[Digest]]) -> Base:
    """The base image, given the diff IDs of known images by name.

    Of several known images the longest wins. An image is not its own base, unless every layer is
    shared with it, when instructions without layers may still have been added.
    """
    shared = [
        (len(ids), name)
        for name, ids in known.items()
        if ids and tuple(ids) == config.diff_ids[: len(ids)]
    ]
    if shared:
        count, name = max(shared, key=lambda pair: (pair[0], pair[1]))
        return Base(count, BaseBasis.SHARED_LAYERS, name)
    guess = _layers_before_last_image_end(config)
    label = config.labels.get(BASE_NAME, "") or config.labels.get(BASE_DIGEST, "")
    if label:
        return Base(guess, BaseBasis.LABEL, label)
    if guess:
        return Base(guess, BaseBasis.HISTORY)
    return Base(0, BaseBasis.UNKNOWN)


def _layers_before_last_image_end(config: ImageConfig) -> int:
    """The layers up to the last CMD or ENTRYPOINT that a layer comes after."""
    layers = boundary = pending = 0
    for item in config.history:
        if not item.empty_layer:
            layers += 1
            boundary = pending or boundary
            pending = 0
        elif instruction_of(item.created_by).startswith(("CMD", "ENTRYPOINT")):
            pending = layers
    return min(boundary, len(config.diff_ids))
