"""Figures with their units, as a person reads them."""

from __future__ import annotations

__all__ = ["byte_count"]


def byte_count(count: int) -> str:
    """Bytes in the largest decimal unit that gives at least 1."""
    if count < 1000:
        return f"{count} B"
    for unit, power in (("kB", 1e3), ("MB", 1e6)):
        if count < 999.95 * power:
            return f"{count / power:.1f} {unit}"
    return f"{count / 1e9:,.1f} GB"
