"""The strings in source files of C#, and what else tells what a program needs.

Comments, characters, strings, verbatim and raw strings are told apart (C# specification, "Lexical
structure"); of F# and Visual Basic, and of pages with code, the same is read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jettison.patterns import regex
from jettison.record import record

__all__ = ["SOURCES", "DotnetCode", "read_code"]

SOURCES = (".cs", ".fs", ".vb", ".cshtml", ".razor")
_TOKEN = regex(
    r'//[^\n]*|/\*.*?\*/|""".*?"""|(?:\$@|@\$|@)"(?P<verbatim>(?:[^"]|"")*)"'
    r"|\"(?P<text>(?:[^\"\\\n]|\\.)*)\"|'(?:[^'\\\n]|\\.)+'",
    re.DOTALL,
)
_ADDRESS = regex(
    r"\bUseUrls\b|\bListen(AnyIP|Localhost|UnixSocket)?\(|\bUrls\.Add\b|\bConfigureKestrel\b"
    r"|\bUseKestrel\(\s*\w|\.Run\(\s*[^)\s]|server\.urls"
)
_WHOLE = regex(
    r"(?:PhysicalFileProvider|Directory\.(?:Get|Enumerate)\w+)\(\s*"
    r"(?:[\w.]*(?:GetCurrentDirectory\(\)|ContentRootPath)|\"\.?/?\")\s*[,)]"
)
_STARTS = regex(r"\bProcess(StartInfo)?\b")
_DEBUG = regex(r"^[ \t]*#[ \t]*if[ \t]+.*\bDEBUG\b", re.MULTILINE)


@record
class DotnetCode:
    """The strings of a file, with slashes; ``address`` tells that it says where it listens.

    ``whole`` tells that it reads the working folder as a whole, ``starts`` that it may start
    programs, ``debug`` that it does other things when it is no release.
    """

    strings: frozenset[str]
    address: bool = False
    whole: bool = False
    starts: bool = False
    debug: bool = False


@lru_cache(maxsize=4096)
def read_code(text: str) -> DotnetCode:
    """What a source file says."""
    found = ((one["text"] or one["verbatim"] or "") for one in _TOKEN.finditer(text))
    strings = {one.replace("\\\\", "/").replace("\\", "/") for one in found if one}
    return DotnetCode(
        frozenset(strings),
        _ADDRESS.search(text) is not None,
        _WHOLE.search(text) is not None,
        _STARTS.search(text) is not None,
        _DEBUG.search(text) is not None,
    )
