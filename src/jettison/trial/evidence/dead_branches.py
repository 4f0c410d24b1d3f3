"""Branches of Python code that a given version of Python never takes."""

from __future__ import annotations

import ast
import operator
import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.ecosystem.python.code import syntax_tree
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["without_dead_branches"]

_WORDS = (b"version_info", b"PY2", b"PY3")
# A check of the version with an import within a few lines of it: only these are worth parsing.
_CHECK = regex(
    rb"^[ \t]*(?:el)?if [^\n]*(?:version_info|PY_?\d|py_?\d)[^\n]*\n"
    rb"(?:[^\n]*\n){0,5}?[ \t]+(?:from|import)[ \t]",
    re.MULTILINE,
)
_COMPARE: Mapping[type[ast.cmpop], Callable[[tuple[int, ...], tuple[int, ...]], bool]] = (
    MappingProxyType(
        {
            ast.Lt: operator.lt,
            ast.LtE: operator.le,
            ast.Gt: operator.gt,
            ast.GtE: operator.ge,
        }
    )
)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
# The names by which libraries tell Python 2 from 3, since six.
_WELL_KNOWN = MappingProxyType({"PY2": False, "PY3": True})


def without_dead_branches(data: bytes, version: tuple[int, int]) -> bytes:
    """The text of a module with the lines emptied that a version of Python never runs.

    Read are conditions on ``sys.version_info``, on names that a module gives to such a comparison,
    and ``PY2`` and ``PY3``; what cannot be told stays. Lines keep their numbers.
    """
    if not any(word in data for word in _WORDS) or not _CHECK.search(data):
        return data
    return _parsed(data, version)


@lru_cache(maxsize=1000)  # images of one project have the same packages
def _parsed(data: bytes, version: tuple[int, int]) -> bytes:
    tree = syntax_tree(data)
    if tree is None:
        return data
    conditions = _Conditions(version, tree)
    lines = data.splitlines(keepends=True)
    for first, last in conditions.dead(tree):
        lines[first - 1 : last] = [b"\n"] * (last - first + 1)
    return b"".join(lines)


class _Conditions:
    """What conditions are worth under a version of Python; ``None`` where that is not known."""

    def __init__(self, version: tuple[int, int], tree: ast.Module) -> None:
        self.version = version
        self.names: dict[str, bool] = dict(_WELL_KNOWN)
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = self.value(node.value)
                if value is not None:
                    self.names[node.targets[0].id] = value

    def dead(self, tree: ast.AST) -> Iterator[tuple[int, int]]:
        """The first and last lines of the bodies that are never run."""
        waiting = [tree]
        while waiting:  # statements only: a condition is none of an expression
            node = waiting.pop()
            for name in _BLOCKS:
                waiting += getattr(node, name, ())
            if isinstance(node, ast.If):
                value = self.value(node.test)
                body = {True: node.orelse, False: node.body}.get(value) if value is not None else []
                if body:
                    yield body[0].lineno, body[-1].end_lineno or body[-1].lineno

    def value(self, test: ast.expr) -> bool | None:
        match test:
            case ast.BoolOp(op=kind, values=parts):
                values = [self.value(part) for part in parts]
                decides = isinstance(kind, ast.Or)
                if decides in values:
                    return decides
                return None if None in values else not decides
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                value = self.value(inner)
                return None if value is None else not value
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self.names.get(name)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if _is_version(left):
                return self._compared(op, right)
            case _:
                return None

    def _compared(self, op: ast.cmpop, right: ast.expr) -> bool | None:
        """The value of ``sys.version_info OP right``; only two parts of the version are known."""
        try:
            bound = ast.literal_eval(right)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
        compare = _COMPARE.get(type(op))
        if compare is None or not isinstance(bound, tuple):
            return None
        if bound[:2] == self.version[: len(bound)]:  # the third part decides, but for these two
            return {ast.GtE: True, ast.Lt: False}.get(type(op)) if len(bound) < 3 else None
        return compare(self.version, bound)


def _is_version(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr == "version_info"
