"""A matcher whose time grows with the path alone, for patterns that backtracking would hang on.

Source: K. Thompson, "Regular expression search algorithm", CACM 11(6), 1968.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from jettison.dockerfile.ignore.goregex import Assert, Chars, Choice, Node, Repeat
from jettison.dockerfile.ignore.paths import BadPattern
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Automaton"]

_MOST_STATES: Final = 50_000
_MOST_KEPT: Final = 20_000
_Active: TypeAlias = "frozenset[int]"


@record
class _Step:
    """On a character of the set, go on at ``to``."""

    chars: re.Pattern[str]
    to: int


@record
class _Fork:
    """Go on at each of ``to``, if the place satisfies ``place``."""

    to: tuple[int, ...]
    place: re.Pattern[str] | None = None


_State: TypeAlias = "_Step | _Fork"


class Automaton:
    """Whether a text begins with what ``tree`` describes; states are built when first needed.

    Raises :class:`BadPattern` for a tree that would need very many.
    """

    def __init__(self, tree: Node) -> None:
        if _size(tree) > _MOST_STATES:
            raise BadPattern("the pattern repeats too much")
        self._tree = tree
        self._kept: dict[tuple[_Active, str], _Active] = {}

    @cached_property
    def _program(self) -> tuple[list[_State], int, bool]:
        """The states, the first of them, and whether a word's edge is asked for anywhere."""
        states: list[_State] = [_Fork(())]
        start = _build(self._tree, 0, states)
        edges = any(
            isinstance(state, _Fork)
            and state.place is not None
            and "b" in state.place.pattern.lower()
            for state in states
        )
        return states, start, edges

    def matches(self, text: str) -> bool:
        """Whether some beginning of ``text`` matches; state 0 is the end of the tree."""
        states, start, edges = self._program
        active = _closure(states, [start], text, 0)
        for at, char in enumerate(text, start=1):
            if 0 in active or not active:
                break
            # All but the edges of words look the same from every place inside the text.
            if edges or at == len(text):
                active = _closure(states, _after(states, active, char), text, at)
            else:
                active = self._next(states, active, char)
        return 0 in active

    def _next(self, states: list[_State], active: _Active, char: str) -> _Active:
        found = self._kept.get((active, char))
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = _closure(states, _after(states, active, char), "  ", 1)
            self._kept[active, char] = found
        return found


def _size(node: Node) -> int:
    """How many states the node takes."""
    match node:
        case Chars() | Assert():
            return 1
        case Choice(ways):
            return 1 + sum(_size(inner) for way in ways for inner in way)
        case Repeat(inner, low, high):
            return (_size(inner) + 1) * max(low + 1 if high is None else high, 1)
        case _:
            assert_never(node)


def _after(states: list[_State], active: _Active, char: str) -> set[int]:
    return {
        state.to
        for index in active
        if isinstance(state := states[index], _Step) and state.chars.match(char)
    }


def _closure(states: list[_State], starts: Iterable[int], text: str, at: int) -> _Active:
    """The states that are reached without a character."""
    seen: set[int] = set()
    todo = list(starts)
    while todo:
        index = todo.pop()
        if index in seen:
            continue
        seen.add(index)
        state = states[index]
        if isinstance(state, _Fork) and (state.place is None or state.place.match(text, at)):
            todo += state.to
    return frozenset(seen)


def _build(node: Node, to: int, states: list[_State]) -> int:
    """Add the node's states, which go on at ``to``; the state that it starts with."""
    match node:
        case Chars(python):
            states.append(_Step(re.compile(python), to))
        case Assert(python):
            states.append(_Fork((to,), re.compile(python)))
        case Choice(ways):
            states.append(_Fork(tuple(_build_all(way, to, states) for way in ways)))
        case Repeat(inner, low, high):
            return _build_repeat(inner, low, high, to, states)
        case _:
            assert_never(node)
    return len(states) - 1


def _build_all(way: tuple[Node, ...], to: int, states: list[_State]) -> int:
    for node in reversed(way):
        to = _build(node, to, states)
    return to


def _build_repeat(inner: Node, low: int, high: int | None, to: int, states: list[_State]) -> int:
    end = to
    if high is None:
        states.append(_Fork(()))
        end = len(states) - 1
        states[end] = _Fork((to, _build(inner, end, states)))
    else:
        for _ in range(high - low):
            states.append(_Fork((to, _build(inner, end, states))))
            end = len(states) - 1
    for _ in range(low):
        end = _build(inner, end, states)
    return end
