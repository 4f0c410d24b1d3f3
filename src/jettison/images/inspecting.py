"""One image, from its name to the whole of what can be said of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jettison.dockerfile import parse
from jettison.engine.clients import find_clients
from jettison.engine.store import known_images as images_of_store
from jettison.errors import EngineError
from jettison.images.opening import open_subject
from jettison.imaging import inspect_image, with_compressed
from jettison.oci import FolderIncomplete
from jettison.source import requested_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.dockerfile import Dockerfile
    from jettison.images.opening import Opened
    from jettison.imaging import Inspection
    from jettison.oci import Digest


def inspect(
    text: str,
    *,
    platform: str | None = None,
    dockerfile: Path | None = None,
    digests: bool = True,
    compressed: bool = False,
) -> Inspection:
    """The image that ``text`` names, taken apart.

    ``dockerfile`` is the file that built it, or its folder. Without ``digests`` no content is
    read, so duplicates are not found. With ``compressed``, layers that are stored uncompressed
    are measured with gzip. Raises ``EngineError``, ``ImageError``, ``ProjectError`` and
    ``UsageError``.
    """
    parsed = None if dockerfile is None else _parsed(dockerfile)
    known = known_images()

    def taken_apart(opened: Opened) -> Inspection:
        subject = opened.subject
        if compressed and None in subject.compressed_bytes:
            subject = with_compressed(subject, opened.measure())
        return inspect_image(subject, known=known, dockerfile=parsed, digests=digests)

    try:
        return taken_apart(open_subject(text, platform))
    except FolderIncomplete:
        return taken_apart(open_subject(text, platform, folders=False))


def known_images() -> Mapping[str, tuple[Digest, ...]]:
    """The images that may be a base, by name: those of all engines that answer."""
    found: dict[str, tuple[Digest, ...]] = {}
    with suppress(EngineError):
        for client in find_clients():
            found.update(images_of_store(client))
    return found


def _parsed(dockerfile: Path) -> Dockerfile:
    file = dockerfile / "Dockerfile" if dockerfile.is_dir() else dockerfile
    return parse(requested_text(file, str(file), "Give the Dockerfile that built the image."))
