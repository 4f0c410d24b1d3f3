"""Tables of a terminal without lines and head."""

from __future__ import annotations

from rich.table import Table

__all__ = ["bare_table"]


def bare_table(title: str | None) -> Table:
    """A table of nothing but its rows, under a title."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=True,
        show_header=False,
    )
