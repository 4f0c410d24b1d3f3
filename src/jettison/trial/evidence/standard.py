"""The standard library of an image's Python: what loads what, and whose bytecode is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.evidence import StandardModule
from jettison.ecosystem.python.places import source_of
from jettison.patterns import regex
from jettison.trial.evidence.code import code_of, source_files

if TYPE_CHECKING:
    from jettison.trial.evidence.files import ImageFiles

__all__ = ["standard_modules"]

_LIBRARY = regex(r"usr/local/lib/python(3)\.(\d+)")
_OWN = regex(r"/(?:site-packages|lib-dynload|config-[^/]*)(?:/|$)")


def standard_modules(files: ImageFiles) -> dict[str, StandardModule]:
    """The modules of the standard library by dotted name, where official Python images have it.

    Distributions' Pythons compile it when they install it; official images are without bytecode.
    """
    listing = files.listing
    library = next(filter(None, map(_LIBRARY.fullmatch, listing.folders)), None)
    if library is None:
        return {}
    folder = library[0]
    numbers: list[int] = []
    cached: set[str] = set()
    for number, name in enumerate(listing.names):
        path = listing.path(number)
        if not path.startswith(f"{folder}/") or _OWN.search(path, len(folder)):
            continue
        if name.endswith(".pyc") and listing.layer[number] >= files.base_layers:
            cached.add(source_of(path))
        elif name.endswith(".py"):
            numbers.append(number)
    sources = tuple(source_files(files, folder, numbers))
    names = frozenset(one.module for one in sources)
    version = int(library[1]), int(library[2])
    code = code_of(files, sources, names, frozenset(), version)
    found: dict[str, StandardModule] = {}
    for one in sources:
        path = listing.path(one.number)
        said = code.get(one.module)
        loads = said.loads if said is not None else frozenset()
        if said is not None and one.package:
            loads |= {name for name in said.later if name.startswith(f"{one.module}.")}
        size = listing.held[one.number]
        found[one.module] = StandardModule(f"/{path}", size, loads, path in cached)
    return found
