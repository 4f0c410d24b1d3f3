"""The folders where a tree's bytes are: a handful that do not overlap and add up to the whole."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from jettison.imaging.listing import Listing

_GRAIN = 0.2
_MOST = 24
_SMALLEST = 0.01
_SHALLOW = 1


@record
class Place:
    """A folder's bytes; of one that was taken apart, ``rest`` says, what is left of it."""

    path: str
    total_bytes: int
    files: int
    rest: bool


def places(listing: Listing, most: int = _MOST) -> tuple[Place, ...]:
    """The places, largest first.

    The largest folder is taken apart again and again, as long as one of those in it has a fair
    part of its bytes; deeper folders of many small ones stay whole.
    """
    below: dict[int, list[int]] = {}
    for number in range(1, len(listing.folders)):
        below.setdefault(listing.parents[number], []).append(number)
    heap = [(-listing.sums[0], 0)]
    done: list[Place] = []
    least = listing.total_bytes * _SMALLEST
    while heap and len(heap) + len(done) < most:
        _, number = heapq.heappop(heap)
        whole, files = listing.sums[number], listing.counts[number]
        shallow = listing.folders[number].count("/") < _SHALLOW
        grain = least if shallow else max(least, _GRAIN * whole)
        parts = [child for child in below.get(number, ()) if listing.sums[child] > grain]
        for child in parts:
            heapq.heappush(heap, (-listing.sums[child], child))
            whole -= listing.sums[child]
            files -= listing.counts[child]
        if files or not parts:
            done.append(Place(listing.folders[number], whole, files, rest=bool(parts)))
    for _, number in heap:
        path, whole = listing.folders[number], listing.sums[number]
        done.append(Place(path, whole, listing.counts[number], rest=False))
    return tuple(sorted(done, key=lambda place: (-place.total_bytes, place.path)))
