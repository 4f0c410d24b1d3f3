"""One thing that an image holds or might hold, kept or dropped."""

from __future__ import annotations

from enum import StrEnum

from jettison.record import record


class Subject(StrEnum):
    """What kind of thing is told of."""

    PYTHON = "python"
    DEBIAN = "debian"
    ALPINE = "alpine"
    NPM = "npm"
    FOLDER = "folder"


class Which(StrEnum):
    """Whether something is in the image after a plan."""

    KEPT = "kept"
    DROPPED = "dropped"
    ABSENT = "not in it"
    """It was not in the image before, either."""


@record
class Standing:
    """A listed dependency, a system package or a top-level folder, for one Dockerfile.

    ``dockerfile`` is its path. ``listed`` is where it is listed or copied and ``places`` where it
    is used: files and lines from 1, 0 where the line is not known. ``basis`` is the word of what
    that was decided on. ``key`` is the change that drops it, ``""`` for none. ``size_bytes`` is
    uncompressed, ``None`` where it is not known.
    """

    subject: Subject
    name: str
    dockerfile: str
    which: Which
    basis: str
    reason: str
    listed: tuple[str, int]
    places: tuple[tuple[str, int], ...] = ()
    size_bytes: int | None = None
    key: str = ""
