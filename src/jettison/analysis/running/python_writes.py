"""Whether a file of Python writes files, and the strings that may name where."""

from __future__ import annotations

import ast
import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CALLS", "WRITERS", "python_writes"]

CALLS = frozenset(
    "write_text write_bytes makedirs mkdir touch FileHandler RotatingFileHandler mkdtemp "
    "TimedRotatingFileHandler WatchedFileHandler savefig to_csv to_excel to_parquet to_pickle "
    "save_local save_pretrained save_model savetxt savez imwrite imsave urlretrieve extractall "
    "copyfile copytree write_html write_image write_videofile write_audiofile VideoWriter TinyDB "
    "SqliteDatabase PersistentClient YoutubeDL".split()
)
"""Names of calls that write wherever they are."""
_OF_MODULES = {
    "sqlite3": {"connect"},
    "aiosqlite": {"connect"},
    "apsw": {"Connection"},
    "shelve": {"open"},
    "dbm": {"open"},
    "joblib": {"dump"},
    "torch": {"save"},
    "np": {"save"},
    "numpy": {"save"},
    "shutil": {"copy", "copy2", "move"},
}
_TO_A_PATH = frozenset({"save", "to_json", "to_html", "to_feather", "to_file"})
"""Names of calls that write where their first argument is a path: much else is saved, too."""
_TO_TEXT = frozenset({"to_csv", "to_parquet"})
"""Names of calls that return what they would write, where they are given no path."""
_PATH = regex(r"path|file|name|dest|target|out", re.IGNORECASE)
_LOG = regex(r"\.(log|txt)$")
# What each of these has in it, "open" and "sqlite": as few as can be, each file is asked for all.
WRITERS = tuple(
    map(
        str.encode,
        "write_ mkd makedirs touch FileHandler save to_ open qlite imwrite urlretrieve "
        "extractall copyfile copytree VideoWriter TinyDB PersistentClient YoutubeDL basicConfig "
        "joblib shutil shelve dbm apsw .log SESSION_TYPE".split(),
    )
)
_MAY_WRITE = regex(
    rb"[sS]qlite|\.log\b|SESSION_TYPE|\b(open|basicConfig|"
    + "|".join(sorted({*CALLS, *_OF_MODULES, *_TO_A_PATH})).encode()
    + rb")\b"
)


def python_writes(
    content: bytes | None, writers: tuple[bytes, ...] = WRITERS
) -> tuple[frozenset[str], bool]:
    """The strings of a Python file that may write files, and whether it does.

    ``writers`` are the words to look for of those of which one is in each such file.
    """
    # The plain search is the faster one, and mostly enough.
    if content is None or not any(name in content for name in writers):
        return frozenset(), False
    return _read_writes(content) if _MAY_WRITE.search(content) else (frozenset(), False)


@lru_cache(maxsize=4096)
def _read_writes(content: bytes) -> tuple[frozenset[str], bool]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset(), False
    nodes = list(ast.walk(tree))
    places = list(_places(nodes))
    left_out = {id(piece) for pieces in places for piece in pieces}
    left_out |= {id(key) for node in nodes for key in _keys(node)}
    strings = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in left_out
    }
    strings |= {posixpath.join(*(str(piece.value) for piece in pieces)) for pieces in places}
    by_settings = any(text.endswith("FileHandler") for text in strings) or (
        "filesystem" in strings and b"SESSION_TYPE" in content
    )
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    # Of such a name, files are made beside each other.
    strings -= {text for call in calls for text in _names_of_files(call)}
    return frozenset(strings), by_settings or any(map(_writes, calls))


def _keys(node: ast.AST) -> Iterator[ast.expr]:
    """The strings that name an entry, a field or a choice, and so no file."""
    match node:
        case ast.Dict(keys=keys):
            yield from (key for key in keys if key is not None)
        case ast.Subscript(slice=key):
            yield key
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.Call(func=ast.Attribute(attr="get" | "getlist" | "pop"), args=[key, *_]):
            yield key
        case _:
            return


def _places(nodes: Iterable[ast.AST]) -> Iterator[list[ast.Constant]]:
    """The runs of strings that calls of ``join`` and chains of ``/`` put together to paths.

    What holds another node comes before it.
    """
    inner: set[int] = set()
    for node in nodes:
        run: list[ast.Constant] = []
        for part in () if id(node) in inner else _parts(node, inner):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                run.append(part)
            elif run:
                yield run
                run = []
        if run:
            yield run


def _parts(node: ast.AST, inner: set[int]) -> list[ast.expr]:
    """What a path is put together from; the nodes in it that do so, too, are added to ``inner``."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="joinpath"), args=args):
            head, rest = value, args
        case ast.Call(func=ast.Attribute(value=value, attr="join"), args=[head, *rest]):
            if isinstance(value, ast.Constant):
                return []
        case ast.Call(func=ast.Name(id="join"), args=[head, *rest]):
            pass
        case ast.BinOp(left=head, op=ast.Div(), right=right):
            rest = [right]
        case _:
            return []
    inner.add(id(head))
    return [*(_parts(head, inner) or [head]), *rest]


def _names_of_files(node: ast.Call) -> Iterator[str]:
    function, first = node.func, node.args[0] if node.args else None
    if isinstance(function, ast.Attribute) and function.attr == "open":
        module = function.value.id if isinstance(function.value, ast.Name) else ""
        if module in ("shelve", "dbm") and isinstance(first, ast.Constant):
            yield from [first.value] if isinstance(first.value, str) else []


def _writes(node: ast.Call) -> bool:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else ""
    name = function.id if isinstance(function, ast.Name) else name
    owner = function.value if isinstance(function, ast.Attribute) else None
    module = owner.id if isinstance(owner, ast.Name) else ""
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and first.value == ":memory:":
        return False
    if name in _TO_TEXT and first is None:
        return any(one.arg in (None, "path", "path_or_buf") for one in node.keywords)
    if name in CALLS or name in _OF_MODULES.get(module, ()):
        return True
    if name == "open":
        return any(_is_write_mode(one) for one in _modes(node))
    if name == "basicConfig":
        return any(one.arg == "filename" for one in node.keywords)
    if name == "add" and isinstance(first, ast.Constant):
        return isinstance(first.value, str) and _LOG.search(first.value) is not None
    return name in _TO_A_PATH and first is not None and _is_path(first)


def _modes(node: ast.Call) -> Iterator[ast.expr]:
    at = 0 if isinstance(node.func, ast.Attribute) else 1
    yield from node.args[at:2]
    yield from (one.value for one in node.keywords if one.arg == "mode")


def _is_write_mode(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[rwaxbt+]{1,4}", node.value) is not None
        and any(mark in node.value for mark in "wax+")
    )


def _is_path(node: ast.expr) -> bool:
    """Whether an argument looks like a path: a string, what joins some, or a name that says so."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str)
        case ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return _is_path(left) or _is_path(right)
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in ("join", "joinpath", "format")
        case ast.Call(func=ast.Name(id=name)):
            return name in ("str", "Path")
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _PATH.search(name) is not None
        case _:
            return False
