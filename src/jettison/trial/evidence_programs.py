"""Programs that were built in an image, and the shared libraries that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.trial.evidence_files import ImageFiles

__all__ = ["linked_programs"]

_OTHERS = regex(r"(^|/)(node_modules|site-packages|dist-packages|pkg/mod|go-build)/")
_MOST = 200


def linked_programs(files: ImageFiles) -> dict[str, frozenset[str]]:
    """The needed sonames of executables above the base image that no package owns, by path.

    Programs without a dynamic section are not among them. Of very many, the biggest count.
    """
    listing, claims = files.listing, files.claims
    found = [
        number
        for number in range(len(listing))
        if listing.executable[number]
        and listing.layer[number] >= files.base_layers
        and claims.owner.get(listing.inode[number]) is None
        and not _OTHERS.search(listing.path(number))
    ]
    found.sort(key=lambda number: -listing.held[number])
    dynamics = files.dynamics(found[:_MOST])
    return {
        f"/{listing.path(number)}": frozenset(one.needed)
        for number, one in dynamics.items()
        if one.needed
    }
