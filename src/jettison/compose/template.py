"""``${VARIABLE}`` interpolation as Compose does it.

Source: Compose specification, "Interpolation" (12-interpolation.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")
MAX_NESTING = 32
MAX_RESULT = 256 * 1024


class TemplateError(ValueError):
    """A template that Compose rejects; the message says why."""


class MissingVariable(TemplateError):
    """A required variable, ``name``, that has no value."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def interpolate(template: str, lookup: Callable[[str], str | None], *, nesting: int = 0) -> str:
    """``template`` with its variables filled in; an unset variable is the empty string.

    ``lookup`` gives a variable's value, ``None`` when it is unset. ``$$`` is a literal dollar, and
    so is a ``$`` before anything but a name or a brace. Raises :class:`TemplateError` for a
    malformed template, an unset ``${NAME:?message}`` and a result of more than ``MAX_RESULT``
    characters.
    """
    if nesting > MAX_NESTING:
        raise TemplateError(f"variables nested deeper than {MAX_NESTING} levels")
    parts: list[str] = []
    at = size = 0
    while (dollar := template.find("$", at)) != -1:
        parts.append(template[at:dollar])
        following = template[dollar + 1 : dollar + 2]
        if following == "$":
            parts.append("$")
            at = dollar + 2
        elif following == "{":
            close = _closing_brace(template, dollar)
            parts.append(_braced(template[dollar + 2 : close], lookup, nesting))
            at = close + 1
        elif name := _NAME.match(template, dollar + 1):
            parts.append(lookup(name.group()) or "")
            at = name.end()
        else:
            parts.append("$")
            at = dollar + 1
        size += len(parts[-1])
        if size > MAX_RESULT:
            raise TemplateError(f"variables expand to more than {MAX_RESULT} characters")
    parts.append(template[at:])
    return "".join(parts)


def _closing_brace(template: str, start: int) -> int:
    """The ``}`` that belongs to the ``${`` at ``start``; only ``${`` opens a level."""
    depth = 0
    at = start
    while at < len(template):
        if template[at] == "}":
            depth -= 1
            if depth == 0:
                return at
        elif template.startswith("${", at):
            depth += 1
            at += 1
        at += 1
    raise TemplateError(f"invalid interpolation format: ${{ without }} in {template!r}")


def _braced(inside: str, lookup: Callable[[str], str | None], nesting: int) -> str:
    name = _NAME.match(inside)
    if name is None:
        raise TemplateError(f"invalid interpolation format: ${{{inside}}}")
    rest = inside[name.end() :]
    value = lookup(name.group())
    if not rest:
        return value or ""
    operator = next((one for one in _OPERATORS if rest.startswith(one)), None)
    if operator is None:
        raise TemplateError(f"invalid interpolation format: ${{{inside}}}")
    operand = interpolate(rest[len(operator) :], lookup, nesting=nesting + 1)
    present = bool(value) if operator.startswith(":") else value is not None
    match operator[-1]:
        case "-":
            return (value or "") if present else operand
        case "+":
            return operand if present else ""
        case _:
            if not present:
                message = f"required variable {name.group()} is missing a value"
                whole = f"{message}: {operand}" if operand else message
                raise MissingVariable(name.group(), whole)
            return value or ""
