"""Where the context's files land in the image."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.dockerfile import Add, Copy

if TYPE_CHECKING:
    from jettison.analysis.project import Target
    from jettison.dockerfile import FileInstruction, Step


@dataclass(frozen=True, slots=True)
class Placement:
    """A COPY or ADD of context files: one context path and where it lands.

    ``source`` is relative to the context, ``""`` for all of it; ``destination`` is absolute.
    ``whole`` tells that it takes the whole context.
    """

    instruction: FileInstruction
    source: str
    destination: str

    @property
    def whole(self) -> bool:
        """Whether it takes the whole context."""
        return not self.source


def placements(target: Target) -> tuple[Placement, ...]:
    """The placements of the final stage in order, sources from other stages left out."""
    return tuple(place for step in target.steps for place in _of(step, target))


def _of(step: Step, target: Target) -> list[Placement]:
    instruction = step.expanded
    if not isinstance(instruction, Copy | Add):
        return []
    if isinstance(instruction, Copy) and instruction.from_ is not None:
        return []
    base = posixpath.normpath(posixpath.join(step.before.workdir, instruction.destination))
    into_folder = instruction.destination.endswith(("/", ".")) or len(instruction.sources) > 1
    found = []
    for source in instruction.sources:
        if "://" in source or any(c in source for c in "*?["):
            continue
        clean = posixpath.normpath(source.lstrip("/") or ".")
        clean = "" if clean == "." else clean
        is_file = bool(clean) and not (target.context / clean).is_dir()
        destination = posixpath.join(base, posixpath.basename(clean)) if is_file else base
        if is_file and not into_folder:
            destination = base
        found.append(Placement(instruction, clean, destination))
    return found


def context_path(places: tuple[Placement, ...], image_path: str) -> str | None:
    """The context path that lands at an absolute image path; the last placement wins."""
    for place in reversed(places):
        if image_path == place.destination:
            return place.source
        prefix = place.destination.rstrip("/") + "/"
        if image_path.startswith(prefix):
            return posixpath.join(place.source, image_path.removeprefix(prefix))
    return None


def image_path(places: tuple[Placement, ...], path: str) -> str | None:
    """Where a context path lands in the image; the last placement wins."""
    for place in reversed(places):
        if path == place.source:
            return place.destination
        prefix = place.source + "/" if place.source else ""
        if path.startswith(prefix):
            return posixpath.join(place.destination, path.removeprefix(prefix))
    return None
