"""The names that source files of PHP use.

Comments are told apart from strings (PHP manual, "Basic syntax"); names in strings count, as
settings give classes so.
"""

from __future__ import annotations

import re

from jettison.patterns import regex

__all__ = ["bundles_of", "names_in", "without_bundles"]

_COMMENT = regex(
    r"('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")|/\*.*?\*/|//[^\n]*|#(?!\[)[^\n]*", re.DOTALL
)
_NAME = regex(r"[A-Za-z_]\w*(?:\\+\w+)*\\*")
_DUMP = regex(r"(?<![\w>:$\\])(?:dd|dump)\s*\(")
_BUNDLE = regex(r"\\?([\w\\]+)::class\s*=>\s*\[([^\]]*)\]\s*,?")


def names_in(text: str) -> frozenset[str]:
    """The names of a file, single backslashes between their parts; ``dump(`` for that function."""
    plain = _COMMENT.sub(lambda found: found[1] or " ", text)
    found = {re.sub(r"\\+", r"\\", one) for one in _NAME.findall(plain)}
    return frozenset(found | ({"dump("} if _DUMP.search(plain) else set()))


def bundles_of(text: str) -> tuple[str, ...]:
    """The bundles of Symfony's ``bundles.php`` that only other environments than prod load."""
    rows = _BUNDLE.findall(text)
    return tuple(name for name, where in rows if "all" not in where and "prod" not in where)


def without_bundles(text: str) -> str:
    """``bundles.php`` without those."""
    own = bundles_of(text)
    return _BUNDLE.sub(lambda found: "" if found[1] in own else found[0], text)
