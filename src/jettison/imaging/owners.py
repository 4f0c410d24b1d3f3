"""Every file's package and category."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from jettison.imaging.caches import cache_at
from jettison.imaging.categories import Category, category_of_file, category_of_folder
from jettison.imaging.distributions import claim_alpine, claim_debian
from jettison.imaging.golang import claim_go
from jettison.imaging.jars import claim_jars
from jettison.imaging.keys import private_keys
from jettison.imaging.languages import claim_python, folder_packages
from jettison.imaging.package import Claims
from jettison.imaging.prefetch import prefetched
from jettison.imaging.rpm import claim_rpm
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging.caches import Cache
    from jettison.imaging.listing import Listing
    from jettison.imaging.package import Package
    from jettison.oci import EntrySource, FileTree

CATEGORIES = tuple(Category)
_NUMBER = {category: number for number, category in enumerate(CATEGORIES)}
_NOBODY = 0


@record
class Owners:
    """Who a listing's files belong to, by the file's number.

    ``package_numbers`` are places in ``packages``, of which the first is ``None``: no package.
    ``caches`` are the caches that folders are part of, by the folder's number.
    """

    packages: tuple[Package | None, ...]
    package_numbers: array[int]
    category_numbers: bytearray
    caches: dict[int, Cache]

    def package(self, file: int) -> Package | None:
        """The package that a file belongs to."""
        return self.packages[self.package_numbers[file]]

    def category(self, file: int) -> Category:
        """What a file is for."""
        return CATEGORIES[self.category_numbers[file]]


def find_owners(tree: FileTree, listing: Listing, layers: Sequence[EntrySource]) -> Owners:
    """The owners of a tree's files; databases and manifests are read from its layers.

    A file that a distribution's package manager lists is its, then come Python, jars, Go
    programs, and gems and npm by folder. Bytecode belongs to its source's package.
    """
    claims = Claims(tree)
    layers = prefetched(layers, tree, listing)
    claim_debian(claims, layers)
    claim_alpine(claims, layers)
    claim_rpm(claims, layers)
    claim_python(claims, listing, layers)
    by_folder = folder_packages(claims, listing, layers)
    claim_jars(claims, listing, layers)
    claim_go(claims, listing, layers)
    folders = _inherited(listing, by_folder)
    numbers = array("I", bytes(4 * len(listing)))
    for file, inode in enumerate(listing.inode):
        owner = claims.owner.get(inode)
        if owner is None:
            owner = folders.get(listing.folder[file])
        numbers[file] = _NOBODY if owner is None else owner + 1
    _give_bytecode(listing, numbers)
    categories = _categories(listing)
    for file, category in private_keys(tree, listing, layers):
        categories[file] = _NUMBER[category]
    return Owners(
        packages=(None, *claims.packages),
        package_numbers=numbers,
        category_numbers=categories,
        caches=_caches(listing),
    )


def _inherited(listing: Listing, given: dict[int, int]) -> dict[int, int]:
    """What holds for a folder holds for those in it, down to one with its own."""
    found: dict[int, int] = {}
    for number, parent in enumerate(listing.parents):
        own = given.get(number, found.get(parent))
        if own is not None:
            found[number] = own
    return found


def _give_bytecode(listing: Listing, numbers: array[int]) -> None:
    """Gives ``a/__pycache__/b.cpython-311.pyc`` to the package of ``a/b.py``."""
    cached = {number for number, path in enumerate(listing.folders) if path.endswith("__pycache__")}
    homes = {listing.parents[number] for number in cached}
    sources: dict[tuple[int, str], int] = {}
    for file, folder in enumerate(listing.folder):
        if folder in homes and numbers[file] and listing.names[file].endswith(".py"):
            sources[folder, listing.names[file][:-3]] = numbers[file]
    for file, folder in enumerate(listing.folder):
        if folder in cached and not numbers[file]:
            stem = listing.names[file].partition(".")[0]
            numbers[file] = sources.get((listing.parents[folder], stem), _NOBODY)


def _categories(listing: Listing) -> bytearray:
    folders: list[tuple[Category | None, bool]] = []
    for number, path in enumerate(listing.folders):
        above, strong = folders[listing.parents[number]] if number else (None, False)
        folders.append((above, True) if strong else category_of_folder(path, above))
    found = bytearray(len(listing))
    for file, folder in enumerate(listing.folder):
        category, strong = folders[folder]
        if category is None or not strong:
            executable = bool(listing.executable[file])
            category = category_of_file(listing.names[file], category, executable=executable)
        found[file] = _NUMBER[category]
    return found


def _caches(listing: Listing) -> dict[int, Cache]:
    """The cache each folder is part of: the innermost kind that its path names."""
    found: dict[int, Cache] = {}
    for number, parent in enumerate(listing.parents):
        own = cache_at(listing.folders[number]) or found.get(parent)
        if own is not None:
            found[number] = own
    return found
