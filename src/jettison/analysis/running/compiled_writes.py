"""Whether code of Go, Java and .NET writes files, and the strings by which it may name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import feeding_stages
from jettison.ecosystem.dotnet.code import SOURCES as SHARP
from jettison.ecosystem.dotnet.code import read_code
from jettison.ecosystem.golang.code import read_go
from jettison.ecosystem.golang.images import go_image
from jettison.ecosystem.java.code import SOURCES, read_java
from jettison.ecosystem.java.images import java_image
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.analysis.project import Target

__all__ = ["compiled_writes", "databases", "is_compiled"]

_GO_CALLS = regex(
    r"\b(?:os\.(?:Create|WriteFile|OpenFile|Mkdir|MkdirAll|Rename|Truncate)|ioutil\.WriteFile)\("
)
_GO_STORES = regex(
    r"sqlite|/(?:bbolt|bolt|badger|goleveldb|pebble|bleve|buntdb|bitcask|lumberjack|file-rotatelogs)"
    r"(?:[/.]|$)"
)
_JAVA_CALLS = regex(
    r"\bFiles\.(?:write|writeString|newBufferedWriter|newOutputStream|create\w+|copy|move)\("
    r"|\bnew (?:FileOutputStream|FileWriter|RandomAccessFile|PrintWriter)\("
    r"|\.(?:createNewFile|mkdirs?|transferTo)\("
)
_JAVA_STORES = regex(r"jdbc:(?:sqlite|h2:(?!mem)|hsqldb:file|derby)")
_DOTNET_CALLS = regex(
    r"\bFile\.(?:Write|Append|Create|Open|Copy|Move)\w*\(|\bDirectory\.CreateDirectory\("
    r"|\bnew (?:FileStream|StreamWriter)\(|\bCopyTo(?:Async)?\(|\bWriteTo\.File\(|\bAddFile\("
)
_DOTNET_STORES = regex(r"\bUseSqlite\(|\bLiteDatabase\(|\bSqliteConnection\(")
_DATA_SOURCE = regex(r"\bdata\s?source\s*=\s*([^;\"'\n]+)", re.IGNORECASE)
_OF_DOTNET = regex(r"mcr\.microsoft\.com/dotnet/")
_SETTINGS = (".properties", ".yml", ".yaml")
_WORDS = regex(r"[\s'\"=,]+")


def databases(path: str, text: str) -> frozenset[str]:
    """The SQLite files that code or settings of .NET name in a connection string."""
    if not path.endswith((*SHARP, ".json")):
        return frozenset()
    found = (one.strip() for one in _DATA_SOURCE.findall(text))
    return frozenset(one for one in found if one.endswith((".db", ".sqlite", ".sqlite3", ".db3")))


def is_compiled(target: Target) -> bool:
    """Whether a stage that the image comes from compiles Go, Java or .NET, or runs these."""
    stages = feeding_stages(target.dockerfile, target.stage.index)
    bases = [target.dockerfile.stages[one].base_name or "" for one in stages]
    return any(go_image(b) or java_image(b) or "jre" in b or _OF_DOTNET.match(b) for b in bases)


def compiled_writes(path: str, text: str) -> tuple[frozenset[str], bool]:
    """The strings of a source or settings file, and whether it writes files somewhere."""
    if path.endswith(".go"):
        go = read_go(text)
        stores = any(_GO_STORES.search(one) for one in go.imports)
        return go.strings, stores or _GO_CALLS.search(go.calls) is not None
    if path.endswith(SOURCES):
        return read_java(text).strings, bool(_JAVA_CALLS.search(text) or _JAVA_STORES.search(text))
    if path.endswith(SHARP):
        sharp = bool(_DOTNET_CALLS.search(text) or _DOTNET_STORES.search(text))
        return read_code(text).strings, sharp
    if path.endswith(_SETTINGS) and "src/main/resources/" in f"/{path}":
        writes = bool(_JAVA_STORES.search(text)) or "logging.file" in text
        return frozenset(_WORDS.split(text)), writes
    return frozenset(), False
