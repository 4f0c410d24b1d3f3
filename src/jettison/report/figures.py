"""How figures look wherever they are shown."""

from __future__ import annotations


def megabytes(count: int | None) -> str:
    """Bytes as megabytes of 10^6, ``-`` for what was not measured."""
    return "-" if count is None else f"{count / 1e6:,.1f} MB"


def seconds(value: float | None) -> str:
    """Seconds with one decimal, ``-`` for what was not measured."""
    return "-" if value is None else f"{value:.1f} s"


def change(before: float | None, after: float | None) -> str:
    """The change in per cent of what was before."""
    if not before or after is None:
        return "-"
    per_cent = 100 * (after - before) / before
    digits = 2 if -100 < per_cent < -99.9 else 1
    return f"{per_cent:+.{digits}f} %"
