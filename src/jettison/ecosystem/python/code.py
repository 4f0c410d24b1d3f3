"""What a set of Python files imports and names, from their syntax trees alone."""

from __future__ import annotations

import ast
import os
import posixpath
import stat
import sys
import warnings
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.record import record
from jettison.source.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_MAX_BYTES = 4 * 1024 * 1024
_PATH_CALLS = frozenset(
    {"Path", "PurePath", "PosixPath", "open", "join", "StaticFiles", "Jinja2Templates"}
    | {"FileSystemLoader", "read_text", "get_template", "Config", "load"}
)
_PATH_KEYWORDS = frozenset({"directory", "template_folder", "static_folder", "templates", "path"})
_OF_FIELDS = frozenset(
    "fields exclude list_display list_filter list_editable list_display_links search_fields "
    "readonly_fields raw_id_fields autocomplete_fields filterset_fields ordering columns".split()
)
"""What lists of fields are assigned to, in Django's and its libraries' classes."""
_TEST_FILE = regex(r"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|(conftest|tests)\.py$)")


@record
class FileFacts:
    """What one file says: dotted imports, names used, string constants, strings used as paths.

    ``listed`` are the string constants that are elements of a list, tuple or set, as in Django's
    ``INSTALLED_APPS``; ``leading`` those of a list or tuple that stand first, as a program's name
    does in a command, and ``commanded`` those of them whose list is no value of a dictionary, as
    Django's handlers of logs are, and names no fields. ``lines`` has the first line (from 1) of
    each import, name and string. ``debugging`` are the imports and strings that stand only below
    ``if DEBUG:``.
    """

    imports: frozenset[str]
    names: frozenset[str]
    strings: frozenset[str]
    paths: frozenset[str]
    listed: frozenset[str]
    leading: frozenset[str]
    commanded: frozenset[str]
    lines: Mapping[str, int]
    debugging: frozenset[str]


@record
class CodeFacts:
    """What a set of files says, and which of them could not be read as Python.

    ``places`` has the first file and line (from 1) of each import, name and string. ``debugging``
    are the imports and strings that stand only below ``if DEBUG:``.
    """

    files: tuple[str, ...]
    imports: frozenset[str]
    names: frozenset[str]
    strings: frozenset[str]
    paths: frozenset[str]
    listed: frozenset[str]
    leading: frozenset[str]
    commanded: frozenset[str]
    unreadable: tuple[str, ...]
    places: Mapping[str, tuple[str, int]]
    debugging: frozenset[str] = frozenset()


class CodeBase:
    """The Python files of an image's working directory, read and parsed when asked for.

    ``files`` maps each path relative to the working directory to its file on disk.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._disk = {file: path for file, path in files.items() if file.endswith(".py")}
        self.files = frozenset(self._disk)
        self._contents: dict[str, bytes | None] = {}

    def facts(self, file: str) -> FileFacts | None:
        """What a file says, or ``None`` when it is not Python that this interpreter can read."""
        content = self.content(file)
        return None if content is None else _parsed(content, posixpath.dirname(file))

    def content(self, file: str) -> bytes | None:
        """The bytes of a file; ``None`` where there is none of ours, or it is not to be read."""
        if file not in self._disk:
            return None
        if file not in self._contents:
            self._contents[file] = _read(self._disk[file])
        return self._contents[file]

    def says(self, written: bytes) -> bool:
        """Whether any of the files has these bytes in it; read together, it is known at once."""
        return written in self._all_contents

    @cached_property
    def _all_contents(self) -> bytes:
        return b"\n".join(filter(None, map(self.content, self.files)))

    def summary(
        self, files: Iterable[str], may_say: Callable[[bytes], bool] | None = None
    ) -> CodeFacts:
        """What a set of files says together.

        With ``may_say`` files are left out, unparsed, of whose bytes it says that they cannot say
        anything of what is asked.
        """
        ordered = tuple(sorted(files))
        if may_say is not None:
            contents = ((file, self.content(file)) for file in ordered)
            ordered = tuple(f for f, content in contents if content is None or may_say(content))
        known = [(file, self.facts(file)) for file in ordered]
        readable = [facts for _, facts in known if facts is not None]
        return CodeFacts(
            files=ordered,
            imports=frozenset().union(*(f.imports for f in readable)),
            names=frozenset().union(*(f.names for f in readable)),
            strings=frozenset().union(*(f.strings for f in readable)),
            paths=frozenset().union(*(f.paths for f in readable)),
            listed=frozenset().union(*(f.listed for f in readable)),
            leading=frozenset().union(*(f.leading for f in readable)),
            commanded=frozenset().union(*(f.commanded for f in readable)),
            unreadable=tuple(file for file, facts in known if facts is None),
            places={
                text: (file, line)
                for file, facts in reversed(known)
                if facts is not None
                for text, line in facts.lines.items()
            },
            debugging=_only_debugging(readable),
        )


def is_test_file(file: str) -> bool:
    """Whether a file's path says that it is a test."""
    return bool(_TEST_FILE.search(file))


@cache
def standard_library() -> frozenset[str]:
    """The top-level modules of the standard library."""
    return frozenset(sys.stdlib_module_names) | {"__future__", "__main__"}


def _read(path: str) -> bytes | None:
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) or status.st_size > _MAX_BYTES:
            return None
        return read_bytes(path)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=16384)
def _parsed(content: bytes, folder: str) -> FileFacts | None:
    """What a file of a folder says; asked again in every round of a plan, and by every target."""
    tree = syntax_tree(content)
    if tree is None:
        return None
    debugging = _debugging(tree, folder) if b"DEBUG" in content else frozenset[str]()
    return _facts(tree, folder, debugging)


def syntax_tree(content: bytes) -> ast.Module | None:
    """The syntax tree of code that others wrote, ``None`` where it is none; nothing is printed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _only_debugging(files: Iterable[FileFacts]) -> frozenset[str]:
    """What no file says but below ``if DEBUG:``."""
    known = tuple(files)
    found = frozenset[str]().union(*(one.debugging for one in known))
    if not found:
        return found
    return found.difference(*((one.imports | one.strings) - one.debugging for one in known))


def _debugging(tree: ast.Module, folder: str) -> frozenset[str]:
    """The imports and strings that stand only where ``DEBUG`` (``settings.DEBUG``) is set."""
    bodies = (one.body for one in ast.walk(tree) if isinstance(one, ast.If) and _debugs(one.test))
    inside = {node for body in bodies for part in body for node in ast.walk(part)}
    if not inside:
        return frozenset()
    said: dict[bool, set[str]] = {True: set(), False: set()}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                said[node in inside].update(alias.name for alias in aliases)
            case ast.ImportFrom():
                base = _absolute(node, folder)
                said[node in inside].update((base, *(f"{base}.{one.name}" for one in node.names)))
            case ast.Constant(value=str(text)):
                said[node in inside].add(text)
            case _:
                pass
    return frozenset(said[True] - said[False])


def _debugs(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="DEBUG") | ast.Attribute(attr="DEBUG"):
            return True
        case ast.BoolOp(op=ast.And(), values=parts):
            return any(map(_debugs, parts))
        case _:
            return False


def _facts(tree: ast.Module, folder: str, debugging: frozenset[str]) -> FileFacts:
    imports: set[str] = set()
    names: set[str] = set()
    strings: set[str] = set()
    paths: set[str] = set()
    listed: set[str] = set()
    leading: set[str] = set()
    commanded: set[str] = set()
    values: set[int] = set()
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                imports.update(alias.name for alias in aliases)
                _note(lines, node.lineno, [alias.name for alias in aliases])
            case ast.ImportFrom():
                base = _absolute(node, folder)
                given = [base, *(f"{base}.{alias.name}" for alias in node.names if base)]
                imports.update(given)
                names.update(alias.name for alias in node.names)
                _note(lines, node.lineno, [*given, *(alias.name for alias in node.names)])
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                names.add(name)
                _note(lines, node.lineno, [name])
            case ast.Constant(value=str(text)) if len(text) < 1000:
                strings.add(text)
                _note(lines, node.lineno, [text])
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                listed.update(_constants(elements))
                leading.update(_constants(elements[:1]))
                if id(node) not in values and not _is_field(elements):
                    commanded.update(_constants(elements[:1]))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _OF_FIELDS:
                values.add(id(value))
            case ast.Dict(values=inside):
                values.update(map(id, inside))
            case _:
                pass
        paths.update(_path_strings(node))
    imports.discard("")
    return FileFacts(
        frozenset(imports),
        frozenset(names),
        frozenset(strings),
        frozenset(paths),
        frozenset(listed),
        frozenset(leading),
        frozenset(commanded),
        lines,
        debugging,
    )


def _is_field(elements: Sequence[ast.expr]) -> bool:
    """Whether a list or tuple is a name with the field that it stands for, as in a migration."""
    match elements:
        case [_, ast.Call(func=ast.Attribute(attr=name))]:
            return name.endswith("Field")
        case _:
            return False


def _note(lines: dict[str, int], line: int, texts: Iterable[str]) -> None:
    for text in texts:
        lines[text] = min(line, lines.get(text, line))


def _absolute(node: ast.ImportFrom, folder: str) -> str:
    if not node.level:
        return node.module or ""
    parts = folder.split("/") if folder else []
    kept = parts[: len(parts) - (node.level - 1)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _path_strings(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in _PATH_CALLS:
                yield from _constants(args)
            yield from _constants(k.value for k in keywords if k.arg in _PATH_KEYWORDS)
        case ast.BinOp(op=ast.Div(), right=right):
            yield from _constants([right])
        case _:
            return


def _constants(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
