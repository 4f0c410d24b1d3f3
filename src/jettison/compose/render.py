"""Values as YAML text in the style of the file around them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from jettison.compose.scalars import resolve_scalar
from jettison.record import record

EditValue = str | int | float | bool | None | Sequence["EditValue"] | Mapping[str, "EditValue"]

_SAFE = re.compile(r"[A-Za-z0-9_./$][^\x00-\x1f\x7f-\U0010ffff]*\Z")
_AMBIGUOUS = re.compile(r"(?i)(y|n|yes|no|on|off|true|false|null|~|[-+]?[0-9][0-9_:.]*|<<|=)\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


@record
class Style:
    """``step`` columns per level, ``dash`` columns from a key to its list's dashes, line end."""

    step: int = 2
    dash: int = 2
    newline: str = "\n"


def scalar(value: str | float | bool | None, *, quote: str = "", flow: bool = False) -> str:
    """A scalar that reads back as ``value``; strings take ``quote`` where that is possible."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if any(not char.isprintable() for char in value):
        return json.dumps(value)
    if quote == '"':
        return json.dumps(value, ensure_ascii=False)
    if quote == "'":
        return "'" + value.replace("'", "''") + "'"
    return value if _is_plain(value, flow=flow) else json.dumps(value, ensure_ascii=False)


def _is_plain(value: str, *, flow: bool) -> bool:
    if not _SAFE.match(value) or value != value.strip():
        return False
    if _AMBIGUOUS.match(value) or _DATE.match(value) or resolve_scalar(value) != value:
        return False
    if value in {"---", "..."} or ": " in value or " #" in value or value.endswith(":"):
        return False
    return not (flow and any(char in value for char in ",[]{}"))


def inline(value: EditValue, *, quote: str = "") -> str:
    """``value`` on one line, in flow style."""
    if isinstance(value, Mapping):
        inner = (f"{scalar(key, flow=True)}: {inline(one)}" for key, one in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(inline(one, quote=quote) for one in value) + "]"
    return scalar(value, quote=quote, flow=True)


def is_list(value: EditValue) -> TypeGuard[Sequence[EditValue]]:
    """Whether ``value`` is a sequence of values."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def is_inline(value: EditValue) -> bool:
    """Whether ``value`` takes no lines of its own: scalars and empty collections."""
    return isinstance(value, str) or not isinstance(value, Mapping | Sequence) or not value


def block(value: EditValue, column: int, style: Style) -> list[str]:
    """The lines of a non-empty collection whose parent's key stands at ``column``."""
    if isinstance(value, Mapping):
        pad = " " * (column + style.step)
        lines: list[str] = []
        for key, one in value.items():
            lines += entry(key, one, column + style.step, style)
        return [line if line.startswith(pad) else pad + line for line in lines]
    if isinstance(value, Sequence) and not isinstance(value, str):
        lines = []
        for one in value:
            lines += item(one, column + style.dash, style)
        return lines
    raise TypeError(f"not a collection: {value!r}")


def entry(key: str, value: EditValue, column: int, style: Style) -> list[str]:
    """The lines of ``key: value`` with the key at ``column``."""
    head = f"{' ' * column}{scalar(key)}:"
    if is_inline(value):
        return [f"{head} {inline(value)}"]
    if is_command(key, value):
        return [f"{head} {inline(value, quote=chr(34))}"]
    return [head, *block(value, column, style)]


def is_command(key: str, value: EditValue) -> bool:
    """Whether custom writes the list on one line, as in ``command: ["a", "b"]``."""
    return (
        key in {"command", "entrypoint", "test"}
        and isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(one, str) for one in value)
    )


def item(value: EditValue, column: int, style: Style) -> list[str]:
    """The lines of ``- value`` with the dash at ``column``."""
    dash = " " * column + "- "
    if is_inline(value) or not isinstance(value, Mapping):
        return [dash + inline(value)]
    lines: list[str] = []
    for key, one in value.items():
        lines += entry(key, one, column + 2, style)
    return [dash + lines[0][column + 2 :], *lines[1:]]
