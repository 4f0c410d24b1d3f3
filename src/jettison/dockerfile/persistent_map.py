"""A persistent map: a mapping that grows, with views of what it was at each time.

The settings of a thousand instructions are a thousand views of a few of these, so that they cost
what was changed and not what was there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

__all__ = ["PersistentMap", "View"]

K = TypeVar("K")
V = TypeVar("V")


class PersistentMap(Generic[K, V]):
    """The mapping; keys are never removed."""

    def __init__(self, first: Mapping[K, V]) -> None:
        self._times: dict[K, list[int]] = {key: [0] for key in first}
        self._values: dict[K, list[V]] = {key: [value] for key, value in first.items()}
        self._counts = [len(self._times)]

    @property
    def now(self) -> View[K, V]:
        """What the mapping is at present, also after it has changed."""
        return View(self, len(self._counts) - 1)

    def update(self, changes: Mapping[K, V]) -> View[K, V]:
        """The mapping after ``changes``."""
        if changes:
            time = len(self._counts)
            for key, value in changes.items():
                self._times.setdefault(key, []).append(time)
                self._values.setdefault(key, []).append(value)
            self._counts.append(len(self._times))
        return self.now

    def at(self, key: K, time: int) -> V:
        """The value of ``key`` at ``time``; ``KeyError`` where it had none."""
        index = bisect_right(self._times[key], time)
        if not index:
            raise KeyError(key)
        return self._values[key][index - 1]

    def keys(self, time: int) -> Iterator[K]:
        """The keys that had a value at ``time``, in the order in which they got their first."""
        for _, key in zip(range(self._counts[time]), self._times, strict=False):
            yield key

    def count(self, time: int) -> int:
        """How many keys had a value at ``time``."""
        return self._counts[time]


class View(Mapping[K, V]):
    """What a :class:`PersistentMap` was at one time; it never changes."""

    __slots__ = ("_map", "_time")

    def __init__(self, whole: PersistentMap[K, V], time: int) -> None:
        self._map = whole
        self._time = time

    def __getitem__(self, key: K) -> V:
        return self._map.at(key, self._time)

    def __iter__(self) -> Iterator[K]:
        return self._map.keys(self._time)

    def __len__(self) -> int:
        return self._map.count(self._time)

    def __repr__(self) -> str:
        return repr(dict(self))
