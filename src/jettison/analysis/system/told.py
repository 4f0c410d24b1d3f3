"""What an author's comment on a RUN tells of: only what serves building, or more than that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["tells_only_of"]

_WORD = regex(r"[\w+.-]*[\w+]")
_OF_BUILDING = regex(
    r"\bbuild(ing)?[- ](tools?|time|dependenc\w+|deps|requirements|packages|essentials?)\b"
    r"|\b[ck]ompil\w+|\btool ?chains?\b|\b(for|to) build(ing)?\b|\bheaders?\b"
    r"|\bnative (extensions?|modules?)\b",
    re.IGNORECASE,
)
_AND_MORE = regex(r"(?:,|;|/|&|\+ |\band\b|\bplus\b|\bas well as\b)\s*(.*)", re.IGNORECASE)

_GOING_ON = frozenset({"and", "for", "to", "needed", "required"})


def tells_only_of(comment: str, moved: Iterable[str], staying: Collection[str]) -> bool:
    """Whether a comment tells of ``moved`` packages, or of building, and of nothing else.

    ``comment`` has no marks. ``staying`` are the packages and programs that stay: a comment that
    names one of them, or that goes on to something else with an ``and`` or a comma, tells of more.
    """
    names = {name.lower() for name in moved}
    words = [word.lower() for word in _WORD.findall(comment)]
    if {name.lower() for name in staying} & set(words) - names:
        return False
    if not names & set(words) and not _OF_BUILDING.search(comment):
        return False
    rest = comment
    while (more := _AND_MORE.search(rest)) is not None:
        rest = more[1]
        first = _WORD.match(rest)
        if first is None or first[0].lower() not in names | _GOING_ON:
            building = _OF_BUILDING.match(rest)
            if building is None and rest.strip():
                return False
    return True
