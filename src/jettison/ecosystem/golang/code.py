"""What Go's source files import, and the strings in them.

The lexical rules are those of the language's specification: comments, rune, interpreted and raw
string literals. Nothing else of a file is parsed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jettison.patterns import regex
from jettison.record import record

__all__ = ["GoCode", "read_go"]

_TOKEN = regex(
    r"//[^\n]*|/\*.*?\*/"
    r"|\"(?P<text>(?:[^\"\\\n]|\\.)*)\"|`(?P<raw>[^`]*)`|'(?:[^'\\\n]|\\.)+'",
    re.DOTALL,
)
_IMPORTS = regex(r"^import\s*(?:\((?P<many>[^)]*)\)|(?P<one>[^\n]*))", re.MULTILINE)
_COMMENT = regex(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PATH = regex(r"\"([^\"\n]+)\"|`([^`\n]+)`")


@record
class GoCode:
    """The paths that a file imports, and its strings but those; ``calls`` is its text without both.

    ``package`` is the name in its first clause.
    """

    imports: frozenset[str]
    strings: frozenset[str]
    calls: str


@lru_cache(maxsize=4096)
def read_go(text: str) -> GoCode:
    """What a source file says."""
    imports: set[str] = set()
    spans: list[tuple[int, int]] = []
    for found in _IMPORTS.finditer(text):
        body = found["many"] if found["many"] is not None else found["one"]
        imports.update(one or other for one, other in _PATH.findall(_COMMENT.sub("", body)))
        spans.append(found.span())
    strings: set[str] = set()
    rest: list[str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        rest.append(text[at : found.start()])
        at = found.end()
        inside = any(start <= found.start() < end for start, end in spans)
        value = found["text"] if found["text"] is not None else found["raw"]
        if value and not inside:
            strings.add(value)
    rest.append(text[at:])
    return GoCode(frozenset(imports), frozenset(strings), " ".join(rest))
