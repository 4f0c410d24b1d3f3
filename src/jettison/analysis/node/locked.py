"""What a lock file says that only development dependencies bring, and what that weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.ecosystem.node.locks import npm_development

if TYPE_CHECKING:
    from jettison.analysis.evidence import ImageEvidence

__all__ = ["locked_development"]


def locked_development(
    lock: str | None, folder: str, image: ImageEvidence | None
) -> tuple[frozenset[str], int | None, frozenset[str]]:
    """The packages that npm's lock file marks, and their bytes in the image below ``folder``.

    Their names are of those alone of which no version is needed otherwise. The bytes are ``None``
    where no image was asked, or has none of them. The last are those that what stays loads only
    where they are there.
    """
    locked = npm_development(lock or "")
    names = frozenset(map(_name, locked.development)) - frozenset(map(_name, locked.others))
    size = 0
    below = f"{folder.rstrip('/')}/"
    for path, held in image.files.items() if image is not None else ():
        if path.startswith(below) and "/node_modules/" in path:
            size += held if _place(path.removeprefix(below)) in locked.development else 0
    return names, size or None, locked.optional & names


def _name(place: str) -> str:
    return place.rpartition("node_modules/")[2]


def _place(path: str) -> str:
    """The folder of the package that a file is of, as a lock file has it."""
    head, mark, rest = path.rpartition("node_modules/")
    parts = rest.split("/")
    return head + mark + "/".join(parts[: 2 if rest.startswith("@") else 1])
