"""The rules as a table that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.rules import Rule

__all__ = ["rules_table"]


def rules_table(rules: Sequence[Rule]) -> str:
    """A line for each rule: code, name, kind, grade and level."""
    rows = [("code", "name", "kind", "grade", "level")]
    rows += [(r.code, r.name, r.kind.value, r.grade.value, r.level.word) for r in rules]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )
