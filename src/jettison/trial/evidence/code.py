"""What the code of installed Python distributions imports and calls, read from its text.

A syntax tree of every file would take minutes; the import statements of Python are lines of their
own, so a pattern finds them. What looks like one in a docstring can only keep a distribution.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.evidence import ModuleCode
from jettison.ecosystem.python.code import standard_library, syntax_tree
from jettison.oci import read_contents
from jettison.patterns import regex
from jettison.record import record
from jettison.trial.evidence.dead_branches import without_dead_branches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.trial.evidence.files import ImageFiles

__all__ = ["SourceFile", "code_of", "source_files"]

_IMPORT = regex(
    rb"^([ \t]*)(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|(?:[^\n#;\\]|\\\r?\n)*)"
    rb"|import[ \t]+((?:[^\n#;\\]|\\\r?\n)+))",
    re.MULTILINE,
)
_TYPES_ONLY = regex(
    rb"^([ \t]*)if (?:\w+\.)?TYPE_CHECKING:[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)+", re.MULTILINE
)
_QUOTED = regex(rb"[\"']([A-Za-z_]\w*(?:\.\w+)*)(?::\w+)?[\"']")
# What stands before the name of a module that is loaded by it: import_module("x"), library = "x",
# ("x", "x") for Django's.
_LOADER = regex(rb"(?:import|load|find_spec|library|module)\w*\s*[(=]\s*\(?$")
_BEFORE = 40
_STARTS = (b"subprocess", b"Popen", b"os.system", b"os.popen", b"which(", b"spawn")
_WORD = regex(rb"[\"'/ ]([A-Za-z][\w.+-]{1,30})(?=[\"' ])")
_LEFT_OUT = regex(r"(^|\.)(tests?|_vendor)(\.|$)")
_PLACE = regex(r"(^|/)(site|dist)-packages$|(^|/)lib/python3(\.\d+)?(/lib-dynload)?$")
_MAX_BYTES = 1 << 20


@record
class SourceFile:
    """A file of Python: its number, its dotted module, and whether that is a package."""

    number: int
    module: str
    package: bool


def source_files(files: ImageFiles, site: str, numbers: Iterable[int]) -> Iterator[SourceFile]:
    """The Python files of a distribution below ``site``, but its tests and what it carries."""
    prefix = f"{site}/" if site else ""
    for number in numbers:
        name = files.listing.names[number]
        path = files.listing.path(number)
        if not name.endswith(".py") or not path.startswith(prefix):
            continue
        parts = path.removeprefix(prefix).removesuffix(".py").split("/")
        package = parts[-1] == "__init__"
        parts = parts[:-1] if package else parts
        module = ".".join(parts)
        if parts and all(part.isidentifier() for part in parts) and not _LEFT_OUT.search(module):
            yield SourceFile(number, module, package)


def code_of(
    files: ImageFiles,
    sources: Iterable[SourceFile],
    known: frozenset[str],
    programs: frozenset[str],
    version: tuple[int, int],
) -> Mapping[str, ModuleCode]:
    """What each module imports of those ``known`` to be installed, by module.

    ``programs`` are those whose names are looked for. Branches that the ``version`` of Python never
    takes are left out. What cannot be imported in this image, as
    something else is not installed, has never been used in it and is left out.
    """
    held = files.listing.held
    wanted = {one.number: one for one in sources if held[one.number] <= _MAX_BYTES}
    by_path = {files.node(number).path: one for number, one in wanted.items()}
    nodes = [files.node(number) for number in wanted]
    names = _Names(known, importable(files))
    found: dict[str, ModuleCode] = {}
    for node, content in read_contents(files.layers, nodes, max_bytes=_MAX_BYTES):
        one = by_path[node.path]
        typed = b"TYPE_CHECKING" in content
        data = without_dead_branches(_TYPES_ONLY.sub(b"", content) if typed else content, version)
        blocks = tuple(_blocks(data, one))
        if _cannot_load(data, blocks, names):
            continue
        loads = {m for block in blocks if not block.later for m in names.modules(block)}
        later = {m for block in blocks if block.later for m in names.modules(block)}
        later.update(names.named(data))
        called: frozenset[str] = frozenset()
        if programs and any(word in data for word in _STARTS):
            called = programs & {word.decode() for word in _WORD.findall(data)}
        loads -= {one.module}
        later -= {one.module, *loads}
        if loads or later or called:
            found[one.module] = ModuleCode(frozenset(loads), frozenset(later), called)
    return found


@record
class _Block:
    """Import statements that follow each other: of each what it is from, and what it may name.

    ``later`` tells that they stand in a function or a branch.
    """

    later: bool
    statements: tuple[tuple[str, ...], ...]


@record(cached=True)
class _Names:
    """The ``known`` modules of distributions, and the first parts of all that Python finds."""

    known: frozenset[str]
    importable: frozenset[str]

    @cached_property
    def tops(self) -> frozenset[str]:
        return frozenset(module.partition(".")[0] for module in self.known)

    @cached_property
    def raw_tops(self) -> frozenset[bytes]:
        return frozenset(top.encode() for top in self.tops)

    def modules(self, block: _Block) -> frozenset[str]:
        """The known modules that a block imports; none where it fails for what is not there."""
        if block.later and not all(self.is_there(names[0]) for names in block.statements):
            return frozenset()
        nearest = (
            self.nearest(name)
            for names in block.statements
            for name in names
            if name.partition(".")[0] in self.tops
        )
        return frozenset(nearest) - {""}

    def is_there(self, name: str) -> bool:
        """Whether a module can be imported; of a name space only what is below it tells."""
        top = name.partition(".")[0]
        if top not in self.importable:
            return False
        space = top in self.tops and top not in self.known
        return not space or name == top or bool(self.nearest(name))

    def nearest(self, name: str) -> str:
        """The longest part of a dotted name that is a module, ``""`` where none is."""
        while name and name not in self.known:
            name = name.rpartition(".")[0]
        return name

    def named(self, data: bytes) -> Iterator[str]:
        """The modules that a string names by a dotted name, or that are loaded by their name."""
        quoted = set(_QUOTED.findall(data))
        if not any(text.partition(b".")[0] in self.raw_tops for text in quoted):
            return
        for match in _QUOTED.finditer(data):
            text = match[1].decode()
            top, dot, _ = text.partition(".")
            if top not in self.tops:
                continue
            nearest = self.nearest(text)
            if dot and nearest not in ("", top):
                yield nearest
            before = data[max(0, match.start() - _BEFORE) : match.start()]
            if not dot and nearest and _LOADER.search(before):
                yield text


def importable(files: ImageFiles) -> frozenset[str]:
    """The first parts of all dotted names that Python finds in an image."""
    found = set(standard_library() | frozenset(sys.builtin_module_names))
    for folder in files.listing.folders:
        above, _, name = folder.rpartition("/")
        if _PLACE.search(above):
            found.add(name)
    for number, name in enumerate(files.listing.names):
        if _PLACE.search(files.listing.folders[files.listing.folder[number]]):
            found.add(name.partition(".")[0])
    return frozenset(found)


def _cannot_load(data: bytes, blocks: Iterable[_Block], names: _Names) -> bool:
    """Whether a module imports what the image lacks, unconditionally: nothing has loaded it."""
    first = (given[0] for block in blocks if not block.later for given in block.statements)
    if all(name.partition(".")[0] in names.importable for name in first):
        return False
    tree = syntax_tree(data)  # what looked like an import may have been text
    tops: set[str] = set()
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Import(names=aliases):
                tops.update(alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                tops.add(module.partition(".")[0])
            case _:
                pass
    return not tops <= names.importable


def _blocks(data: bytes, one: SourceFile) -> Iterator[_Block]:
    """The import statements of a module, those that follow each other together."""
    indent, last = b"", 0
    statements: list[tuple[str, ...]] = []
    for match in _IMPORT.finditer(data):
        names = tuple(_imported(match, one))
        if not names:
            continue
        apart = match[1] != indent or data[last : match.start()].strip()
        if apart and statements:
            yield _Block(bool(indent), tuple(statements))
            statements = []
        indent, last = match[1], match.end()
        statements.append(names)
    if statements:
        yield _Block(bool(indent), tuple(statements))


def _imported(match: re.Match[bytes], one: SourceFile) -> Iterator[str]:
    """The dotted names of an import statement, that which must be there first."""
    _, source, names, modules = match.groups()
    if modules is not None:
        yield from filter(None, map(_name, modules.split(b",")))
        return
    base = _absolute(source.decode("ascii", "replace"), one)
    if base:
        yield base
        rows = names.strip(b"()").replace(b"\\", b" ").split(b",")
        yield from (f"{base}.{text}" for text in map(_name, rows) if text)


def _name(text: bytes) -> str:
    """The name of ``name as other``; comments of a bracketed list are left out."""
    rows = [row.partition(b"#")[0].strip() for row in text.splitlines()]
    words = b" ".join(row for row in rows if row).split()
    return words[0].decode("ascii", "replace") if words else ""


def _absolute(source: str, one: SourceFile) -> str:
    dots = len(source) - len(source.lstrip("."))
    if not dots:
        return source
    parts = one.module.split(".")
    kept = parts if one.package else parts[:-1]
    kept = kept[: len(kept) - (dots - 1)]
    return ".".join([*kept, *([source[dots:]] if source[dots:] else [])])
