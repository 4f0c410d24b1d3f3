"""Typed access to values: each function says what it takes and errs at the value's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.compose.scalars import go_text
from jettison.compose.units import parse_bytes, parse_duration
from jettison.compose.values import Items, Leaf, Table

if TYPE_CHECKING:
    from jettison.compose.values import Value

_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
_FALSE = frozenset({"0", "f", "false", "n", "no", "off"})


def text(value: Value | None, what: str) -> str | None:
    """The scalar as text; ``None`` for a missing or null one."""
    if value is None:
        return None
    if not isinstance(value, Leaf):
        raise value.place.error(f"{what} must be a string")
    return None if value.value is None else go_text(value.value)


def table(value: Value | None, what: str) -> Table | None:
    """The mapping; ``None`` for a missing or null one."""
    if isinstance(value, Table):
        return value
    if value is None or (isinstance(value, Leaf) and value.value is None):
        return None
    raise value.place.error(f"{what} must be a mapping")


def items(value: Value | None, what: str) -> tuple[Value, ...]:
    """The sequence's values; none for a missing or null one."""
    if isinstance(value, Items):
        return value.values
    if value is None or (isinstance(value, Leaf) and value.value is None):
        return ()
    raise value.place.error(f"{what} must be a list")


def texts(value: Value | None, what: str) -> tuple[str, ...]:
    """The sequence's scalars as text."""
    return tuple(text(one, what) or "" for one in items(value, what))


def text_map(value: Value | None, what: str) -> dict[str, str | None]:
    """A mapping of scalars; nulls stay ``None``."""
    found = table(value, what)
    if found is None:
        return {}
    return {key: text(one, f"{what}.{key}") for key, one in found.entries.items()}


def boolean(value: Value | None, what: str) -> bool | None:
    """A truth value, which interpolation may have made text."""
    word = text(value, what)
    if word is None or value is None:
        return None
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    raise value.place.error(f"{what} must be true or false, not {word!r}")


def integer(value: Value | None, what: str) -> int | None:
    """A whole number, which interpolation may have made text."""
    word = text(value, what)
    if word is None or value is None:
        return None
    try:
        return int(word)
    except ValueError:
        raise value.place.error(f"{what} must be a whole number, not {word!r}") from None


def number(value: Value | None, what: str) -> float | None:
    """A number, which interpolation may have made text."""
    word = text(value, what)
    if word is None or value is None:
        return None
    try:
        return float(word)
    except ValueError:
        raise value.place.error(f"{what} must be a number, not {word!r}") from None


def seconds(value: Value | None, what: str) -> float | None:
    """The seconds of a duration."""
    word = text(value, what)
    if word is None or value is None:
        return None
    try:
        return parse_duration(word)
    except ValueError as error:
        raise value.place.error(f"{what}: {error}") from None


def byte_count(value: Value | None, what: str) -> int | None:
    """The bytes of a size."""
    word = text(value, what)
    if word is None or value is None:
        return None
    try:
        return parse_bytes(word)
    except ValueError as error:
        raise value.place.error(f"{what}: {error}") from None
