"""What a plain YAML scalar means to Compose, and how Compose prints it.

Source: YAML 1.2.2, section 10.3 (core schema), with what Compose's YAML reader keeps of YAML 1.1.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

Plain = str | int | float | bool | None

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUES = frozenset({"true", "True", "TRUE"})
_FALSES = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?(Z|[-+]\d{2}:\d{2})?)?\Z",
    re.ASCII,
)


def resolve_scalar(text: str) -> Plain:
    """What a plain scalar means to Compose's YAML reader (the core schema of YAML 1.2).

    A leading ``0`` still makes an octal number; ``yes``, ``on`` and ``1:30`` are strings. A
    timestamp becomes the text that Compose prints for it.
    """
    if text in _NULLS:
        return None
    if text in _TRUES or text in _FALSES:
        return text in _TRUES
    if len(text) > 64:
        return text
    if _INT.match(text):
        return _integer(text)
    bare = text.replace("_", "")
    if _FLOAT.match(bare) and bare[:1].isascii():
        return text if math.isinf(number := float(bare)) else number
    if special := _SPECIAL.match(text):
        return float("nan") if special[3] else float(f"{special[1]}inf")
    return _timestamp(text) or text


def _integer(text: str) -> int | float:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "").lower()
    if digits.startswith(("0x", "0b", "0o")):
        return sign * int(digits, 0)
    octal = len(digits) > 1 and digits.startswith("0")
    number = sign * int(digits, 8 if octal else 10)
    return number if -(2**63) <= number < 2**64 else float(number)


def _timestamp(text: str) -> str | None:
    """Go's text of a YAML timestamp; ``None`` for anything else."""
    match = _TIME.match(text)
    if match is None or (match[4] and (match[4] == " ") == bool(match[9])):
        return None
    zone = UTC if match[9] in {None, "Z"} else _zone(match[9])
    try:
        year, month, day = map(int, match.group(1, 2, 3))
        hour, minute, second = (int(part or 0) for part in match.group(5, 6, 7))
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    fraction = (match[8] or "").rstrip("0")
    name = "UTC" if not moment.utcoffset() else f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M:%S}{'.' if fraction else ''}{fraction} {moment:%z} {name}"


def _zone(text: str) -> timezone:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-size if text.startswith("-") else size)


def go_text(value: str | float | bool | None) -> str:
    """A scalar as Go's ``%v`` prints it, which is what a container's environment gets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _go_float(value)
    return "" if value is None else str(value)


def _go_float(value: float) -> str:
    """Go's ``strconv.FormatFloat(value, 'g', -1, 64)``."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) + int(exponent) - 1
    shortest = "".join(map(str, digits))
    minus = "-" if sign else ""
    if value and not -4 <= power < 6:
        point = f".{shortest[1:]}" if len(shortest) > 1 else ""
        return f"{minus}{shortest[0]}{point}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return minus + f"{Decimal(repr(abs(value))).normalize():f}"
