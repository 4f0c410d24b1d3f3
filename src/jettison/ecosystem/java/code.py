"""What the source files of Java and its relatives import, and the strings in them.

Comments, characters, strings and text blocks are told apart (The Java Language Specification, 3.7
and 3.10); nothing else of a file is parsed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jettison.patterns import regex
from jettison.record import record

__all__ = ["SOURCES", "JavaCode", "read_java"]

SOURCES = (".java", ".kt", ".scala", ".groovy")
_TOKEN = regex(
    r"//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\""
    r"|\"(?P<text>(?:[^\"\\\n]|\\.)*)\"|'(?:[^'\\\n]|\\.)+'",
    re.DOTALL,
)
_IMPORT = regex(r"^\s*import\s+(?:static\s+)?([\w.]+)", re.MULTILINE)


@record
class JavaCode:
    """The names that a file imports, and its strings but text blocks."""

    imports: frozenset[str]
    strings: frozenset[str]


@lru_cache(maxsize=4096)
def read_java(text: str) -> JavaCode:
    """What a source file says."""
    strings = (found["text"] for found in _TOKEN.finditer(text))
    return JavaCode(frozenset(_IMPORT.findall(text)), frozenset(one for one in strings if one))
