"""The durations of HEALTHCHECK.

Source: Go's ``time.ParseDuration``, which BuildKit asks.
"""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["duration"]

_PART = re.compile(r"([0-9]+\.?[0-9]*+|\.[0-9]++)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LARGEST = 2**63 - 1


def duration(text: str) -> int:
    """The nanoseconds of a duration such as ``1m30s``; ``ValueError`` for anything else."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total = Decimal(0)
    at = 0
    while at < len(rest):
        match = _PART.match(rest, at)
        if match is None or len(match[1]) > 40:
            raise ValueError(f"not a duration: {text}")
        total += int(Decimal(match[1]) * _NANOSECONDS[match[2]])
        at = match.end()
        if total > _LARGEST:
            raise ValueError(f"not a duration: {text}")
    if not rest:
        raise ValueError("not a duration: nothing")
    return sign * int(total)
