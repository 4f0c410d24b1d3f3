"""A list that draws only the lines in sight, with a cursor: what trees and tables are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType


class LineList(ScrollView, can_focus=True):
    """Rows below a headline. A row is made into text when it is drawn, never before."""

    DEFAULT_CSS = """
    LineList { overflow-x: hidden; scrollbar-size-vertical: 1; background: $background; }
    LineList > .lines--head { background: $panel; color: $text-muted; }
    LineList > .lines--cursor { background: $surface-lighten-2; text-style: bold; }
    LineList:focus > .lines--head { background: $primary-darken-1; color: $text; text-style: bold; }
    LineList:focus > .lines--cursor { background: $accent; color: $background; }
    LineList:nocolor:focus > .lines--head { text-style: bold reverse; }
    LineList:nocolor > .lines--cursor { text-style: underline; }
    LineList:nocolor:focus > .lines--cursor { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--head", "lines--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("ctrl+u", "page(-1, 2)", show=False),
        Binding("ctrl+d", "page(1, 2)", show=False),
        Binding("home,g", "jump(0)", show=False),
        Binding("end,G", "jump(-1)", show=False),
        Binding("enter,space", "choose", "Open", key_display="⏎"),
    ]

    class Moved(Message):
        """The cursor is on another row, or on another thing at the same row."""

        def __init__(self, lines: LineList) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> LineList:
            """The list whose cursor it is."""
            return self.lines

    class Chosen(Moved):
        """Enter was pressed on a row, or it was clicked twice."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.cursor = 0

    def row_count(self) -> int:
        """The number of rows."""
        raise NotImplementedError

    def row_text(self, row: int) -> Text:
        """A row, which is cut where it is wider."""
        raise NotImplementedError

    def head_text(self) -> Text:
        """The line above the rows."""
        raise NotImplementedError

    @property
    def line_width(self) -> int:
        """The cells of a line, those of the scrollbar not counted."""
        return self.scrollable_content_region.width

    def rows_changed(self, cursor: int = 0) -> None:
        """Draws other rows, the cursor on one of them."""
        self.virtual_size = Size(self.size.width, self.row_count() + 1)
        self.go(cursor)

    def go(self, row: int) -> None:
        """Puts the cursor on a row, or on the nearest there is, and shows it."""
        self.cursor = max(0, min(row, self.row_count() - 1))
        self._follow()
        self.refresh()
        self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        """Keeps the cursor in sight."""
        self.virtual_size = Size(self.size.width, self.row_count() + 1)
        self._follow()

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the headline, a row, or nothing."""
        width = self.line_width
        base = self.rich_style
        if y == 0:
            style = base + self.get_component_rich_style("lines--head", partial=True)
            return self._strip(self.head_text(), width).apply_style(style)
        row = y - 1 + self.scroll_offset.y
        if row >= self.row_count():
            return Strip.blank(width, base)
        text = self.row_text(row)
        if self.app.no_color:
            text = Text(text.plain)
        if row != self.cursor:
            return self._strip(text, width).apply_style(base)
        style = base + self.get_component_rich_style("lines--cursor", partial=True)
        return self._strip(Text(text.plain), width).apply_style(style)

    def action_move(self, rows: int) -> None:
        """Moves the cursor by rows."""
        self.go(self.cursor + rows)

    def action_page(self, pages: int, parts: int = 1) -> None:
        """Moves the cursor by as many rows as can be seen."""
        self.go(self.cursor + pages * max(1, (self.size.height - 2) // parts))

    def action_jump(self, row: int) -> None:
        """Moves the cursor to the first row or, with -1, to the last."""
        self.go(row if row >= 0 else self.row_count() + row)

    def action_choose(self) -> None:
        """Says that the row at the cursor is chosen."""
        if self.row_count():
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Moves to the row that is clicked; a second click chooses it."""
        row = event.y - 1 + self.scroll_offset.y
        if event.y == 0:
            self.head_clicked(event.x)
        elif row < self.row_count():
            if event.chain == 2 and row == self.cursor:
                self.action_choose()
            else:
                self.go(row)

    def head_clicked(self, column: int) -> None:
        """The headline was clicked."""

    def _follow(self) -> None:
        rows, top = max(1, self.size.height - 1), self.scroll_offset.y
        if self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + rows:
            top = self.cursor - rows + 1
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def _strip(self, text: Text, width: int) -> Strip:
        text.no_wrap = True
        text.truncate(width, overflow="ellipsis", pad=True)
        return Strip(text.render(self.app.console), width)
