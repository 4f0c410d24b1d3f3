"""Screens above the explorer: what the keys do, and all about one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jettison.tui.details import Details

KEYS = (
    ("1 2 3 4", "files, waste, packages, categories"),
    ("Tab  Shift+Tab", "from the layers to the files and back"),
    ("↑ ↓  j k", "move; PgUp PgDn, Ctrl+U Ctrl+D by pages, Home End or g G to the ends"),
    ("→ ←  l h", "open a folder and go in, close it or go to the one above"),
    ("Enter  Space", "open or close a folder; all about a file; a table's row in the tree"),
    ("i", "all about the layer, entry or row at the cursor"),
    ("* or E,  - or C", "open all below the folder, close all folders"),
    ("s", "sort the tree by bytes, name, entries; a table by its next column"),
    ("r", "turn a table's order round"),
    ("v", "a layer's changes, or what the image still shows of the layer"),
    ("/", "filter what is in view; Enter goes to what is left of it"),
    ("Escape", "leave the filter; then empty it; then show the whole image again"),
    ("?", "this help"),
    ("q", "quit"),
)
FILTERS = (
    ("lib/x", "a part of the path or name, whatever the case"),
    ("*.pyc", "a pattern for the name; a/*.c for the path, /a/*.c for the path from the root"),
    ("re:so\\.\\d+$", "a regular expression for the path"),
    (">1MB  <10kB", "more or fewer bytes"),
    ("package:flask", "files of a package; category:tests of a category"),
    ("!word", "what the word does not fit; several words must all fit"),
)
SIGNS = (
    ("+ ~ -", "added, modified and removed by the layer that is chosen"),
    ("in", "the layer that made the entry"),
    ("hides", "an older entry at the same path, whose bytes its layer still holds"),
)


class Overlay(ModalScreen[None]):
    """Text above the rest, until a key takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Overlay { align: center middle; background: $background 60%; }
    Overlay > VerticalScroll {
        width: 100; max-width: 96%; height: auto; max-height: 94%;
        padding: 0 1; border: round $primary; background: $surface;
    }
    Overlay Static { height: auto; }
    """

    def __init__(self, title: str, content: Table | Text) -> None:
        super().__init__()
        self._title, self._content = title, content

    def compose(self) -> ComposeResult:
        """The text, which can be scrolled."""
        box = VerticalScroll(Static(self._content))
        box.border_title = Content(self._title)
        box.border_subtitle = "Esc closes"
        yield box

    def action_scroll(self, lines: int) -> None:
        """Scrolls the text."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class HelpScreen(Overlay):
    """The keys, the words of the filter, and the signs."""

    def __init__(self) -> None:
        table = _pairs()
        for name, rows in (("", KEYS), ("Filter", FILTERS), ("Signs", SIGNS)):
            if name:
                table.add_row(Text(f"\n{name}", "bold not dim"), "")
            for key, meaning in rows:
                table.add_row(Text(key), Text(meaning))
        super().__init__("Keys", table)


class DetailsScreen(Overlay):
    """All about one entry."""

    def __init__(self, details: Details) -> None:
        table = _pairs()
        self.facts = details.facts
        for name, value in details.facts:
            table.add_row(Text(name), Text(value, overflow="fold"))
        super().__init__(details.title, table)


def _pairs() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column()
    return table
