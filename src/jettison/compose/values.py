"""The values of a Compose file, each with the place it came from.

YAML nodes become a closed set of values: :class:`Leaf`, :class:`Items` and :class:`Table`. Aliases
are followed and merge keys (``<<``) applied here; how far aliases may expand is bounded.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from jettison.compose.scalars import resolve_scalar
from jettison.compose.tree import (
    MAX_DEPTH,
    AliasNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    source_error,
)
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.compose.scalars import Plain
    from jettison.compose.tree import Node
    from jettison.errors import ComposeError
    from jettison.source import SourceText, Span

MAX_VALUES = 100_000

Data = str | int | float | bool | None | list["Data"] | dict[str, "Data"]


class Mark(Enum):
    """How a value treats what it is merged onto: ``!reset`` drops it, ``!override`` replaces it."""

    RESET = "!reset"
    OVERRIDE = "!override"


@record
class Place:
    """A stretch of one file."""

    source: SourceText
    span: Span

    @property
    def line(self) -> int:
        """The line on which it starts, from 1."""
        return self.source.position(self.span.start).line

    def error(self, message: str, *, remedy: str | None = None) -> ComposeError:
        """The error that points here."""
        return source_error(self.source, message, self.span, remedy=remedy)


@record
class Leaf:
    """A string, number, truth value or null."""

    value: Plain
    place: Place
    mark: Mark | None = None


@record
class Items:
    """A sequence."""

    values: tuple[Value, ...]
    place: Place
    mark: Mark | None = None


@record
class Table:
    """A mapping; ``keys`` has the place of each key."""

    entries: Mapping[str, Value]
    keys: Mapping[str, Place]
    place: Place
    mark: Mark | None = None

    def get(self, key: str) -> Value | None:
        """The value of ``key``; ``None`` when it is missing or null."""
        value = self.entries.get(key)
        return None if isinstance(value, Leaf) and value.value is None else value

    def with_entry(self, key: str, value: Value) -> Table:
        """This table with ``key`` set, in its old position where it had one."""
        keys = {**self.keys, key: self.keys.get(key, value.place)}
        return replace(self, entries={**self.entries, key: value}, keys=keys)

    def without(self, *names: str) -> Table:
        """This table less some keys."""
        return replace(
            self,
            entries={key: value for key, value in self.entries.items() if key not in names},
            keys={key: place for key, place in self.keys.items() if key not in names},
        )


Value = Leaf | Items | Table


def data(value: Value) -> Data:
    """What ``value`` says, without places: for comparisons."""
    match value:
        case Leaf():
            return value.value
        case Items():
            return [data(one) for one in value.values]
        case Table():
            return {key: data(one) for key, one in value.entries.items()}
        case _:
            assert_never(value)


class _Converter:
    """Values out of the nodes of one document."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._count = 0

    def value(self, node: Node, depth: int = 0) -> Value:
        self._count += 1
        if self._count > MAX_VALUES or depth > 2 * MAX_DEPTH:
            raise source_error(
                self._source, f"more than {MAX_VALUES} values once aliases are followed", node.span
            )
        place = Place(self._source, node.span)
        match node:
            case AliasNode():
                return self.value(node.target, depth + 1)
            case ScalarNode():
                return Leaf(_plain(node), place, _mark(node.tag))
            case SequenceNode():
                values = tuple(self.value(item, depth + 1) for item in node.items)
                return Items(values, place, _mark(node.tag))
            case MappingNode():
                return self._table(node, place, depth)
            case _:
                assert_never(node)

    def _table(self, node: MappingNode, place: Place, depth: int) -> Table:
        entries: dict[str, Value] = {}
        keys: dict[str, Place] = {}
        merged: list[Table] = []
        for key_node, value_node in node.entries:
            if _is_merge_key(key_node):
                merged += self._merge_sources(value_node, depth + 1)
                continue
            key = self._key(key_node)
            if key in keys:
                first = keys[key].line
                raise source_error(
                    self._source, f"key {key!r} is already set on line {first}", key_node.span
                )
            entries[key] = self.value(value_node, depth + 1)
            keys[key] = Place(self._source, key_node.span)
        for table in merged:
            for key, value in table.entries.items():
                if key not in entries:
                    entries[key], keys[key] = value, table.keys[key]
        return Table(entries, keys, place, _mark(node.tag))

    def _key(self, node: Node) -> str:
        target = node.target if isinstance(node, AliasNode) else node
        if isinstance(target, ScalarNode) and isinstance(key := _plain(target), str):
            return key
        raise source_error(self._source, "a key must be a string", node.span)

    def _merge_sources(self, node: Node, depth: int) -> list[Table]:
        value = self.value(node, depth)
        tables = value.values if isinstance(value, Items) else (value,)
        for table in tables:
            if not isinstance(table, Table):
                raise source_error(
                    self._source, "`<<` takes a mapping or a list of mappings", node.span
                )
        return [table for table in tables if isinstance(table, Table)]


def _is_merge_key(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.plain and node.text == "<<"


def convert(source: SourceText, node: Node) -> Value:
    """The value of a document of ``source``; raises :class:`ComposeError` with its place."""
    return _Converter(source).value(node)


def _mark(tag: str | None) -> Mark | None:
    return Mark(tag) if tag in {"!reset", "!override"} else None


def _plain(node: ScalarNode) -> Plain:
    if node.tag == "tag:yaml.org,2002:str" or (not node.plain and node.tag is None):
        return node.text
    if node.tag is not None and _mark(node.tag) is None and node.tag.startswith("!"):
        return node.text
    return resolve_scalar(node.text) if node.plain or node.tag is not None else node.text
