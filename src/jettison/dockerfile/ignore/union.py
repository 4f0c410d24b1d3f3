"""Many matchers asked at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jettison.dockerfile.ignore.regex import Kind, Matcher, as_runes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Union"]

_QUICK: Final = 2


class Union:
    """Whether any of some matchers names a path, in little more time than one of them takes.

    Fixed names are looked up, fixed beginnings and ends compared in one call, and the rest is one
    regular expression, in which the patterns that start with ``**/`` share that start. Patterns
    with many loops stay apart, since a search over several of them cannot be bounded.
    """

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        exact: set[str] = set()
        prefixes: list[str] = []
        suffixes: list[str] = []
        plain: list[str] = []
        tails: list[str] = []
        slow: list[Matcher] = []
        for matcher in matchers:
            match matcher.kind:
                case Kind.EXACT:
                    exact.add(matcher.text)
                case Kind.PREFIX:
                    prefixes.append(matcher.text)
                case Kind.SUFFIX:
                    suffixes.append(matcher.text)
                    if matcher.text.startswith("/"):
                        exact.add(matcher.text[1:])
                case Kind.REGEX if matcher.loops > _QUICK:
                    slow.append(matcher)
                case Kind.REGEX:
                    tail = matcher.tail
                    (plain if tail is None else tails).append(tail or matcher.source)
        if tails:
            plain.append(rf"(?:[^\n]*/)?(?:{'|'.join(tails)})")
        self._exact = frozenset(exact)
        self._prefixes = tuple(prefixes)
        self._suffixes = tuple(suffixes)
        self._regex = re.compile("|".join(plain)) if plain else None
        self._slow = tuple(slow)

    def matches(self, path: str) -> bool:
        """Whether one of the matchers names this very path."""
        if (
            path in self._exact
            or path.startswith(self._prefixes)
            or path.endswith(self._suffixes)
            or (self._regex is not None and self._regex.match(as_runes(path)))
        ):
            return True
        return any(matcher.matches(path) for matcher in self._slow)
