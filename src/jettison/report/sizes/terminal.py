"""The services' images before, after and now, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jettison.report.figures import byte_count, change, clipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jettison.report.sizes.model import ServiceSizes

__all__ = ["render_sizes"]

_FOOTNOTE = (
    "Uncompressed: before and after as the layers' archives, now as the engine counts its files. "
    "Each service counted whole; layers that they share are one on disk."
)


def render_sizes(project: str, sizes: Sequence[ServiceSizes]) -> RenderableType:
    """The table, a service a line."""
    table = Table(title=f"Images of {clipped(project)}", title_justify="left", title_style="bold")
    table.add_column("service", no_wrap=True)
    for head in ("before", "after", "", "pull before", "pull after", "", "now"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("image now", no_wrap=True, overflow="ellipsis", style="dim")
    for one in sizes:
        table.add_row(
            clipped(one.service, 40),
            _bytes(one.before_bytes),
            _bytes(one.after_bytes),
            _change(one.before_bytes, one.after_bytes),
            _bytes(one.before_compressed),
            _bytes(one.after_compressed),
            _change(one.before_compressed, one.after_compressed),
            _bytes(one.now_bytes),
            clipped(one.image or "-", 60),
            style=None if one.built else "dim",
        )
    return Group(table, Text(_FOOTNOTE, style="dim"))


def _bytes(count: int | None) -> str:
    return "-" if count is None else byte_count(count)


def _change(before: int | None, after: int | None) -> Text:
    if before is None or after is None:
        return Text("-", style="dim")
    style = "green" if after < before else "red" if after > before else "dim"
    return Text(change(before, after), style=style)
