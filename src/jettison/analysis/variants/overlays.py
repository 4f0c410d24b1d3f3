"""Compose files that go on top of the project's own: what they are called and which are there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.source.ours import is_ours

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose import Service

__all__ = [
    "Overlay",
    "free_name",
    "from_compose",
    "from_context",
    "image_name",
    "overlay",
    "retagged",
]


@record
class Overlay:
    """A file for one variant (``dev``, ``prod``) beside the project's first Compose file.

    ``text`` is what Jettison wrote there before, ``None`` where it is still to be made.
    ``taken`` are the author's own files for the same purpose, which are left alone.
    """

    path: str
    text: str | None
    taken: tuple[str, ...]


def overlay(facts: Facts, variant: str) -> Overlay:
    """Where the overlay of a variant is or goes; another name where the author has one."""
    main = facts.project.compose_names[0]
    folder = posixpath.dirname(main)
    taken = []
    for stem in ("docker-compose", "compose"):
        for suffix in ("yml", "yaml"):
            path = posixpath.join(folder, f"{stem}.{variant}.{suffix}")
            source = facts.tree.read(path)
            if source is not None and is_ours(source.text):
                return Overlay(path, source.text, ())
            if source is not None or facts.tree.has(path):
                taken.append(path)
    name = f"docker-compose.{'jettison-' if taken else ''}{variant}.yml"
    path = posixpath.join(folder, name)
    source = facts.tree.read(path)
    return Overlay(path, source.text if source is not None else None, tuple(taken))


def free_name(facts: Facts, path: str) -> tuple[str, str | None]:
    """A path for a file of ours, and its text if it is there; never one of the author's."""
    head, dot, suffix = path.rpartition(".")
    for candidate in (path, f"{head}.jettison{dot}{suffix}" if dot else f"{path}.jettison"):
        source = facts.tree.read(candidate)
        if source is None and not facts.tree.has(candidate):
            return candidate, None
        if source is not None and is_ours(source.text):
            return candidate, source.text
    return candidate, ""


def from_compose(facts: Facts, path: str) -> str:
    """A path of the project as the first Compose file's folder names it: ``./x`` or ``../x``."""
    folder = posixpath.dirname(facts.project.compose_names[0])
    relative = posixpath.relpath(path or ".", folder or ".")
    if relative == ".":
        return "."
    return relative if relative.startswith("../") or relative == ".." else f"./{relative}"


def from_context(target: Target, path: str) -> str:
    """A path of the project as a build section of the target names it."""
    return posixpath.relpath(path, target.context_name or ".")


def image_name(facts: Facts, service: Service) -> str:
    """The image of a service: the one that it names, or the one that Compose would make."""
    compose = facts.project.compose
    project = (compose.name or compose.default_name) if compose is not None else ""
    return service.image or f"{project}-{service.name}"


def retagged(image: str, tag: str) -> str:
    """An image's name with another tag."""
    head, _, tail = image.rpartition("/")
    return posixpath.join(head, tail.partition(":")[0].partition("@")[0]) + f":{tag}"
