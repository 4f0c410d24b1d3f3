"""A table whose columns sort it: only the rows in sight are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from rich.text import Text
from textual.binding import Binding

from jettison.record import record
from jettison.tui.lines import LineList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType

RowT = TypeVar("RowT")
_NARROW = 110


@record
class Column(Generic[RowT]):
    """A column: its name, its width, a row's text, what rows are sorted by.

    A width below 1 is a part of what is left: -2 is twice as wide as -1. Numbers are on the right,
    and the largest come first unless the order is turned round. A narrow table does without the
    columns that are ``optional``. What is too long loses its end, or else its beginning.
    """

    name: str
    width: int
    text: Callable[[RowT], str]
    key: Callable[[RowT], Any]
    number: bool = False
    style: str = ""
    optional: bool = False
    keeps_end: bool = False


class Table(LineList, Generic[RowT]):
    """Rows of one kind; ``s`` sorts by the next column, ``r`` turns the order round."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "Sort"),
        Binding("r", "reverse", "Reverse"),
    ]

    def __init__(self, name: str, columns: Sequence[Column[RowT]], nothing: str) -> None:
        super().__init__(name)
        self.columns = tuple(columns)
        self.nothing = nothing
        self.sorted_by = 0
        self.turned = False
        self.rows: list[RowT] = []

    @property
    def row(self) -> RowT | None:
        """The row at the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def show_rows(self, rows: Sequence[RowT], nothing: str) -> None:
        """Shows other rows, in the order that is chosen; ``nothing`` says why there are none."""
        self.rows, self.nothing = list(rows), nothing
        self._sort()
        self.rows_changed()

    def row_count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def head_text(self) -> Text:
        """The columns' names, the one sorted by with an arrow."""
        if not self.rows:
            return Text(f" {self.nothing}")
        text = Text()
        for number, column in enumerate(self.columns):
            descends = column.number is not self.turned
            arrow = ("▼" if descends else "▲") if number == self.sorted_by else ""
            text.append(self._cell(Text(f"{column.name}{arrow}"), column))
        return text

    def row_text(self, row: int) -> Text:
        """The cells of a row."""
        text = Text()
        for column in self.columns:
            text.append(self._cell(Text(column.text(self.rows[row]), column.style), column))
        return text

    def action_sort(self) -> None:
        """Sorts by the next column."""
        self.sort_by((self.sorted_by + 1) % len(self.columns))

    def action_reverse(self) -> None:
        """Turns the order round."""
        self.turned = not self.turned
        self._resort()

    def head_clicked(self, column: int) -> None:
        """Sorts by the column that is clicked, or turns its order round."""
        left = 0
        for number, one in enumerate(self.columns):
            left += self._width(one) + 1
            if column < left:
                if number == self.sorted_by:
                    self.action_reverse()
                else:
                    self.sort_by(number)
                return

    def sort_by(self, column: int) -> None:
        """Sorts by a column."""
        self.sorted_by, self.turned = column, False
        self._resort()

    def _resort(self) -> None:
        self._sort()
        self.rows_changed()

    def _sort(self) -> None:
        column = self.columns[self.sorted_by]
        self.rows.sort(key=column.key, reverse=column.number is not self.turned)

    def _width(self, column: Column[RowT]) -> int:
        if column.width > 0:
            return column.width
        if column.optional and self.line_width < _NARROW:
            return 0
        flexible = [
            -one.width
            for one in self.columns
            if one.width < 0 and not (one.optional and self.line_width < _NARROW)
        ]
        taken = sum(one.width + 1 for one in self.columns if one.width > 0)
        free = self.line_width - taken
        return max(12, free * -column.width // sum(flexible) - 1)

    def _cell(self, text: Text, column: Column[RowT]) -> Text:
        space = self._width(column)
        if not space:
            return Text()
        if column.keeps_end and text.cell_len > space:
            text = Text(f"…{text.plain[1 - space :]}", column.style)
        if column.number:
            text.pad_left(max(0, space - text.cell_len))
        text.truncate(space, overflow="ellipsis", pad=True)
        return text.append(" ")
