"""What a Compose file that goes on top of the project's own says of one service."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.analysis import Target


@dataclass(frozen=True, slots=True)
class Variant:
    """What an override says of one service; what is empty is left out.

    ``memory_mb`` counts mebibytes, as Compose's ``M`` does. ``publishes`` tells that the project's
    own file publishes ports of it.
    """

    service: str
    image: str = ""
    dockerfile: str | None = None
    target: str | None = None
    builds: bool = False
    volumes: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    memory_mb: int = 0
    publishes: bool = False


def retagged(image: str, tag: str) -> str:
    """An image's name with another tag."""
    head, _, tail = image.rpartition("/")
    return posixpath.join(head, tail.partition(":")[0].partition("@")[0]) + f":{tag}"


def from_context(target: Target, dockerfile: str) -> str:
    """A Dockerfile's path as a build section names it: from the context."""
    return posixpath.relpath(dockerfile, target.context_name or ".")
