"""Programs that were built in an image, and the shared libraries that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging.golang import calling_c, may_be_go
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.trial.evidence.files import ImageFiles

__all__ = ["go_programs", "linked_programs"]

_OTHERS = regex(r"(^|/)(node_modules|site-packages|dist-packages|pkg/mod|go-build|usr/local/go)/")
_MOST = 200
_MOST_OF_GO = 20


def linked_programs(files: ImageFiles) -> dict[str, frozenset[str]]:
    """The needed sonames of executables above the base image that no package owns, by path.

    Programs without a dynamic section are not among them. Of very many, the biggest count.
    """
    dynamics = files.dynamics(_built(files)[:_MOST])
    return {
        f"/{files.listing.path(number)}": frozenset(one.needed)
        for number, one in dynamics.items()
        if one.needed
    }


def go_programs(files: ImageFiles) -> dict[str, frozenset[str]]:
    """The packages that call C of each program of Go above the base image, by its path.

    Of very many, the biggest count.
    """
    big = [number for number in _built(files) if may_be_go(files.listing, number)]
    found: dict[str, frozenset[str]] = {}
    for number, data in files.contents(big[:_MOST_OF_GO]):
        calling = calling_c(data)
        if calling is not None:
            found[f"/{files.listing.path(number)}"] = calling
    return found


def _built(files: ImageFiles) -> list[int]:
    """The executables above the base image that no package owns, the biggest first."""
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
    return found
