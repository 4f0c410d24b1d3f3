"""What the keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

KEYS = (
    ("1  2  3", "files, waste, packages"),
    ("l", "go to the layers; Enter shows one layer's files, the first line all"),
    ("t", "go to the files"),
    ("up  down  PgUp  PgDn", "move"),
    ("Enter  Space", "open or close a folder"),
    ("s", "sort the files by size or by name"),
    ("/", "filter files and waste by path, packages by name"),
    ("Escape", "leave the filter; a second time empties it"),
    ("Tab  Shift+Tab", "next part of the screen, the one before"),
    ("?", "this help"),
    ("q", "quit"),
)


class HelpScreen(ModalScreen[None]):
    """The keys, until one of them is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,question_mark,q,enter", "dismiss", "Close"),
    ]
    CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 84; max-width: 95%; height: auto; max-height: 90%;
        padding: 1 2; border: round $primary; background: $surface;
    }
    HelpScreen Static { height: auto; }
    """

    def compose(self) -> ComposeResult:
        """The table of keys."""
        table = Table(box=None, show_header=False, padding=(0, 2), title="Keys")
        table.add_column(style="bold cyan", no_wrap=True)
        table.add_column()
        for key, meaning in KEYS:
            table.add_row(key, meaning)
        with VerticalScroll():
            yield Static(table)
