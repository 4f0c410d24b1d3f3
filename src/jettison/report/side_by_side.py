"""The table of figures of both sides in a terminal, in the widest form that has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from jettison.record import record
from jettison.report.figures import change, megabytes, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from jettison.report.model import Comparison

__all__ = ["Figures"]

_NAME_WIDTH = 18


@record
class _Row:
    """A line of the table of figures; ``times`` and ``memory`` only for a service."""

    name: str
    image: tuple[int, int]
    pull: tuple[int, int]
    times: tuple[float | None, float | None] | None = None
    memory: tuple[int | None, int | None] | None = None
    style: str = ""


@record
class Figures:
    """All services before and after: side by side where there is room, else stacked."""

    comparison: Comparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = _rows(self.comparison)
        known = self.comparison.without_comparison
        for name, _, after in self.comparison.services():
            if after is None and name not in known:
                yield Text(f"{name} is gone", style="red")
        for form in ([_wide(rows)], [_sizes(rows), _runs(rows)]):
            if all(_full_width(table, console) <= options.max_width for table in form):
                yield from form[:1]
                for table in form[1:]:
                    yield Text()
                    yield table
                return
        yield from _stacked(rows)


def _full_width(table: Table, console: Console) -> int:
    """The columns that a table takes when nothing of it is cut or wrapped."""
    return Measurement.get(console, console.options.update(width=10_000), table).maximum


def _rows(comparison: Comparison) -> list[_Row]:
    rows = [
        _Row(
            name,
            (before.uncompressed_bytes, after.uncompressed_bytes),
            (before.compressed_bytes, after.compressed_bytes),
            (before.seconds_to_healthy, after.seconds_to_healthy),
            (before.memory_bytes, after.memory_bytes),
            "" if before.built else "dim",
        )
        for name, before, after in comparison.services()
        if after is not None
    ]
    (whole, whole_gz), (later, later_gz) = comparison.totals()
    one, other = comparison.before, comparison.after
    once = (one.uncompressed_once_bytes, other.uncompressed_once_bytes)
    pulls = (one.compressed_once_bytes, other.compressed_once_bytes)
    rows.append(_Row("built, each whole", (whole, later), (whole_gz, later_gz), style="bold"))
    rows.append(_Row("built, layers once", once, pulls, style="bold"))
    return rows


def _wide(rows: list[_Row]) -> Table:
    table = _table("Before and after", "image MB", "", "pull MB", "", "healthy s", "memory MB")
    for row in rows:
        _section(table, row)
        table.add_row(
            row.name, *_size(row.image), *_size(row.pull), *_run(row), style=row.style or None
        )
    return table


def _sizes(rows: list[_Row]) -> Table:
    table = _table("Before and after", "image MB", "", "pull MB", "", narrow=True)
    for row in rows:
        _section(table, row)
        table.add_row(row.name, *_size(row.image), *_size(row.pull), style=row.style or None)
    return table


def _runs(rows: list[_Row]) -> Table:
    table = _table("", "healthy s", "memory MB", narrow=True)
    for row in rows:
        if row.times is not None:
            table.add_row(row.name, *_run(row), style=row.style or None)
    return table


def _table(title: str, *heads: str, narrow: bool = False) -> Table:
    """A table of figures; where it is to be narrow, long names of services are folded."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    table.pad_edge = False
    if narrow:
        table.add_column("service", max_width=_NAME_WIDTH, overflow="fold")
    else:
        table.add_column("service", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _section(table: Table, row: _Row) -> None:
    if row.times is None and table.rows and table.rows[-1].style != "bold":
        table.add_row()


def _size(sizes: tuple[int, int]) -> tuple[str, Text]:
    return f"{_mb(sizes[0])} → {_mb(sizes[1])}", _change(*sizes)


def _run(row: _Row) -> tuple[str, str]:
    if row.times is None or row.memory is None:
        return "", ""
    times = " → ".join(seconds(one).removesuffix(" s") for one in row.times)
    return times, " → ".join(_mb(one) for one in row.memory)


def _mb(count: int | None) -> str:
    return megabytes(count).removesuffix(" MB")


def _change(before: int, after: int) -> Text:
    style = "green" if after < before else "red" if after > before else "dim"
    return Text(change(before, after), style=style)


def _stacked(rows: list[_Row]) -> Iterator[RenderableType]:
    yield Text("Before and after", style="bold")
    for row in rows:
        yield Text(row.name, style="bold", overflow="fold")
        for label, sizes in (("image", row.image), ("pull", row.pull)):
            yield Text.assemble(
                f"  {label} {megabytes(sizes[0])} → {megabytes(sizes[1])} ", _change(*sizes)
            )
        if row.times is not None:
            times, memory = _run(row)
            yield Text(f"  healthy {times} s, memory {memory} MB")
