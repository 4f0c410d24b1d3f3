"""Modules import each other one way only, those that are imported for types alone included."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SOURCE = ROOT / "src"
_NOT_YET_CLEAN: frozenset[str] = frozenset()
"""Packages of which nothing is asked so far."""


def _name(path: Path) -> str:
    parts = path.relative_to(_SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


_MODULES = {_name(path): path for path in sorted(_SOURCE.rglob("*.py"))}
_PACKAGES = sorted(
    path.parent.name
    for path in _SOURCE.glob("jettison/*/__init__.py")
    if path.parent.name not in _NOT_YET_CLEAN
)


def _imported(text: str, modules: Mapping[str, object]) -> Iterator[str]:
    """The modules that a module's statements name, wherever in it they stand."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in modules:
                    yield inner
                elif node.module in modules:
                    yield node.module


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def _graph(package: str) -> dict[str, set[str]]:
    """The modules of a package with those of the package that each imports."""
    within = f"jettison.{package}"
    modules = {
        name: path
        for name, path in _MODULES.items()
        if name == within or name.startswith(f"{within}.")
    }
    return {
        name: set(_imported(path.read_text("utf-8"), modules)) for name, path in modules.items()
    }


def _folded(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The graph with each folder directly in the package as one node, its ``__init__`` included."""

    def fold(name: str) -> str:
        return ".".join(name.split(".")[:3])

    found: dict[str, set[str]] = defaultdict(set)
    for name, imported in graph.items():
        found[fold(name)] |= {fold(one) for one in imported} - {fold(name)}
    return found


@pytest.mark.parametrize("package", _PACKAGES)
def test_no_circle_of_modules(package: str) -> None:
    assert _circle(_graph(package)) == []


@pytest.mark.parametrize("package", _PACKAGES)
def test_no_circle_of_folders(package: str) -> None:
    assert _circle(_folded(_graph(package))) == []


def test_a_circle_by_types_only_is_found() -> None:
    modules = {"a.b": None, "a.c": None}
    below = "if TYPE_CHECKING:\n    from a.b import B\n"
    texts = {"a.b": "def f():\n    from a import c\n", "a.c": below}
    graph = {name: set(_imported(text, modules)) for name, text in texts.items()}
    assert set(_circle(graph)) == {"a.b", "a.c"}
