"""The parts of a tree's bytes, in several ways; the parts of each way add up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jettison.imaging.categories import suffix_of
from jettison.imaging.owners import CATEGORIES
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.imaging.caches import Cache
    from jettison.imaging.categories import Category
    from jettison.imaging.listing import Listing
    from jettison.imaging.owners import Owners
    from jettison.imaging.package import Package

KeyT = TypeVar("KeyT")
KeyT_co = TypeVar("KeyT_co", covariant=True)
_UNKNOWN_KIND = "(no suffix)"


@record
class Share(Generic[KeyT_co]):
    """One part: its files, its uncompressed bytes, and those that are not the base image's."""

    key: KeyT_co
    total_bytes: int
    own_bytes: int
    files: int


@record
class Breakdown:
    """The merged tree's bytes by everything that a reader may ask for, largest parts first.

    Every member adds up to the tree's bytes and files, but ``caches``, which holds the caches'
    files only. ``layers`` is in the order of the layers and has all of them.
    """

    layers: tuple[Share[int], ...]
    packages: tuple[Share[Package | None], ...]
    categories: tuple[Share[Category], ...]
    top_folders: tuple[Share[str], ...]
    types: tuple[Share[str], ...]
    caches: tuple[Share[Cache], ...]


def break_down(listing: Listing, owners: Owners, layers: int, base_layers: int) -> Breakdown:
    """The breakdown of a listing; the lowest ``base_layers`` of the ``layers`` are the base's."""
    tops = [f"/{path.partition('/')[0]}" for path in listing.folders]
    caches = [owners.caches.get(folder) for folder in range(len(listing.folders))]
    summing = _Summing(listing, base_layers)
    by_layer = {share.key: share for share in summing.shares(listing.layer)}
    by_package = summing.shares(owners.package_numbers)
    by_category = summing.shares(owners.category_numbers)
    by_cache = summing.shares(caches[folder] for folder in listing.folder)
    return Breakdown(
        layers=tuple(by_layer.get(n, Share(n, 0, 0, 0)) for n in range(layers)),
        packages=tuple(_renamed(one, owners.packages[one.key]) for one in by_package),
        categories=tuple(_renamed(one, CATEGORIES[one.key]) for one in by_category),
        top_folders=summing.shares(tops[folder] for folder in listing.folder),
        types=summing.shares(_types(listing)),
        caches=tuple(_renamed(one, one.key) for one in by_cache if one.key is not None),
    )


@record
class _Summing:
    """Sums up a listing's files by a key for each."""

    listing: Listing
    base_layers: int

    def shares(self, keys: Iterable[KeyT]) -> tuple[Share[KeyT], ...]:
        """The shares by key, largest first."""
        sums: dict[KeyT, list[int]] = {}
        base = self.base_layers
        for key, held, layer in zip(keys, self.listing.held, self.listing.layer, strict=True):
            entry = sums.get(key)
            if entry is None:
                entry = sums[key] = [0, 0, 0]
            entry[0] += held
            entry[1] += held if layer >= base else 0
            entry[2] += 1
        return _sorted(Share(key, *values) for key, values in sums.items())


def _renamed(share: Share[Any], key: KeyT) -> Share[KeyT]:
    return Share(key, share.total_bytes, share.own_bytes, share.files)


def merged(shares: Iterable[Share[KeyT]]) -> tuple[Share[KeyT], ...]:
    """The shares with those of equal keys as one, largest first."""
    sums: dict[KeyT, list[int]] = {}
    for share in shares:
        entry = sums.setdefault(share.key, [0, 0, 0])
        entry[0] += share.total_bytes
        entry[1] += share.own_bytes
        entry[2] += share.files
    return _sorted(Share(key, *values) for key, values in sums.items())


def _sorted(shares: Iterable[Share[KeyT]]) -> tuple[Share[KeyT], ...]:
    return tuple(sorted(shares, key=lambda one: (-one.total_bytes, str(one.key))))


def _types(listing: Listing) -> list[str]:
    return [
        f".{suffix}" if (suffix := suffix_of(name)) else _UNKNOWN_KIND for name in listing.names
    ]
