"""A table below a line of sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.widgets import Static
from textual.worker import get_current_worker

from jettison.tui.pages import Page, no_collection
from jettison.tui.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from jettison.tui.details import Details
    from jettison.tui.lines import LineList
    from jettison.tui.tables import Column

RowT = TypeVar("RowT")


class TablePage(Page, Generic[RowT]):
    """A line of sums and a table; the rows are fetched when the page is first shown."""

    DEFAULT_CSS = """
    TablePage { layout: vertical; }
    TablePage > Static { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    TablePage > Table { height: 1fr; }
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[RowT]],
        *,
        fetch: Callable[[], Sequence[RowT]],
        narrow: Callable[[Sequence[RowT], str], list[RowT]],
        tell: Callable[[RowT], Details],
        sums: Callable[[Sequence[RowT], Sequence[RowT]], str],
    ) -> None:
        super().__init__(id=f"{name}-page")
        self._table: Table[RowT] = Table(name, columns, "…")
        self._fetch, self._narrow, self._tell, self._sums = fetch, narrow, tell, sums
        self._rows: Sequence[RowT] | None = None

    def compose(self) -> ComposeResult:
        """The sums and the table."""
        yield Static("…", markup=False)
        yield self._table

    def main_list(self) -> LineList:
        """The table."""
        return self._table

    def details(self, *, full: bool = False) -> Details | None:
        """Those of the row at the cursor."""
        del full
        row = self._table.row
        return None if row is None else self._tell(row)

    def opened(self) -> None:
        """Fetches the rows, once."""
        if self._rows is None:
            self._work()

    def apply_filter(self, text: str) -> None:
        """Narrows the table."""
        self.filter_text = text
        self._work()

    def receive(self, event: Page.Ready) -> None:
        """Shows the rows that were made."""
        if event.asked == self.filter_text and isinstance(event.found, list):
            every = self._rows or ()
            nothing = "nothing fits the filter" if every else "nothing"
            self._table.show_rows(event.found, nothing)
            self.query_one(Static).update(self._sums(event.found, every))
            self.shown()

    def _work(self) -> None:
        self.run_worker(self._make, thread=True, exclusive=True, group=self.id or "")

    def _make(self) -> None:
        worker, text = get_current_worker(), self.filter_text
        if self._rows is None:
            with no_collection():
                self._rows = self._fetch()
        if not worker.is_cancelled:
            self.post_message(self.Ready(text, self._narrow(self._rows, text)))
