"""Folders that a copy of a whole working tree brought into an image, and that it does not need."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from jettison.imaging.owners import CATEGORIES
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.imaging.caches import Cache
    from jettison.imaging.categories import Category
    from jettison.imaging.listing import Listing
    from jettison.imaging.owners import Owners
    from jettison.imaging.package import Package

_WHOLE = re.compile(r"(?:COPY|ADD)\s+(?:--\S+\s+)*(?:\./?|(?:\./)?\*)\s")
_INSTALLS_NODE = re.compile(r"\b(?:npm|npx|yarn|pnpm|bun)\b")
_INSTALLS_PYTHON = re.compile(r"\b(?:pip3?|uv|poetry|pipenv|pdm|conda)\b")
_NODE_MODULES = "node_modules"
_VIRTUALENV_MARK = "pyvenv.cfg"  # PEP 405
_NAMES = frozenset(
    ".git .hg .svn __pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .tox .nox .cache "
    ".parcel-cache .turbo .vite .nyc_output htmlcov .idea .vscode .terraform".split()
)


@record
class CopiedFolder:
    """A folder that came with all the rest; ``layer`` is the one with most of its bytes."""

    path: str
    layer: int
    total_bytes: int
    files: int


@record
class Copied:
    """The folders, largest first, and whether a file is in one of them, by the file's number."""

    folders: tuple[CopiedFolder, ...]
    marks: bytearray

    def has(self, path: str) -> bool:
        """Whether a path is in one of the folders; that of a folder ends with a slash."""
        return any(path.startswith(f"{folder.path}/") for folder in self.folders)

    @property
    def total_bytes(self) -> int:
        """The uncompressed bytes of all the folders."""
        return sum(folder.total_bytes for folder in self.folders)


def find_copied(listing: Listing, instructions: Sequence[str], base_layers: int) -> Copied:
    """What instructions such as ``COPY . .`` brought along, from the ``instructions`` by layer.

    Version control, caches and editors' settings never belong into an image. Installed Node
    packages and virtual environments do not where the image installs its own.
    """
    marks = bytearray(len(listing))
    own = range(base_layers, len(instructions))
    whole = {layer for layer in own if _WHOLE.match(instructions[layer])}
    if not whole:
        return Copied((), marks)
    tops = _tops(listing, "\n".join(instructions[layer] for layer in own))
    found: dict[int, dict[int, list[int]]] = {}
    columns = zip(listing.folder, listing.layer, listing.held, strict=True)
    for file, (folder, layer, held) in enumerate(columns):
        top = tops.get(folder)
        if top is not None and layer in whole:
            marks[file] = 1
            sums = found.setdefault(top, {}).setdefault(layer, [0, 0])
            sums[0] += held
            sums[1] += 1
    folders = [_folder(listing.folders[top], sums) for top, sums in found.items()]
    return Copied(tuple(sorted(folders, key=lambda one: (-one.total_bytes, one.path))), marks)


@record
class Remaining:
    """The own bytes of an image that are in none of the folders, by who has them."""

    categories: Mapping[Category, int]
    packages: Mapping[Package | None, int]
    caches: Mapping[Cache, int]


def remaining(listing: Listing, owners: Owners, copied: Copied, base_layers: int) -> Remaining:
    """What there is besides folders that should not have been copied."""
    categories, packages = [0] * len(CATEGORIES), [0] * len(owners.packages)
    caches: Counter[Cache] = Counter()
    columns = zip(
        copied.marks,
        listing.layer,
        listing.held,
        listing.folder,
        owners.category_numbers,
        owners.package_numbers,
        strict=True,
    )
    for mark, layer, held, folder, category, package in columns:
        if mark or layer < base_layers:
            continue
        categories[category] += held
        packages[package] += held
        if folder in owners.caches:
            caches[owners.caches[folder]] += held
    return Remaining(
        dict(zip(CATEGORIES, categories, strict=True)),
        dict(zip(owners.packages, packages, strict=True)),
        caches,
    )


def _folder(path: str, sums: dict[int, list[int]]) -> CopiedFolder:
    layer = max(sums, key=lambda one: sums[one][0])
    held, files = (sum(one[part] for one in sums.values()) for part in (0, 1))
    return CopiedFolder(path, layer, held, files)


def _tops(listing: Listing, instructions: str) -> dict[int, int]:
    """For each folder in one that is not needed, the outermost such folder."""
    names = set(_NAMES)
    if _INSTALLS_NODE.search(instructions) or "node" not in listing.names:
        names.add(_NODE_MODULES)
    environments: set[int] = set()
    if _INSTALLS_PYTHON.search(instructions):
        marked = zip(listing.names, listing.folder, strict=True)
        environments = {folder for name, folder in marked if name == _VIRTUALENV_MARK}
    tops: dict[int, int] = {}
    for number, parent in enumerate(listing.parents):
        above = tops.get(parent) if number else None
        if above is not None:
            tops[number] = above
        elif number in environments or listing.folders[number].rpartition("/")[2] in names:
            tops[number] = number
    return tops
