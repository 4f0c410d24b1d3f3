"""The explorer: layers and files side by side, tables of waste, packages and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Footer, Input, Static

from jettison.tui.catalogue import merged
from jettison.tui.changes import History
from jettison.tui.contents import categories_page, packages_page, waste_page
from jettison.tui.files_page import FilesPage
from jettison.tui.heading import TABS, TabBar, summary
from jettison.tui.help import DetailsScreen, HelpScreen
from jettison.tui.jump import Place, place_of
from jettison.tui.lines import LineList
from jettison.tui.pages import Page
from jettison.tui.tables import Table
from jettison.tui.view import EVERYTHING

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from jettison.imaging import Inspection

_PAUSE_SECONDS = 0.12


class FilterBox(Input):
    """The filter of the page in view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.leave", show=False),
        Binding("escape", "app.leave", "Leave"),
    ]


class Explorer(App[None]):
    """One image: what its layers, folders, files and packages weigh."""

    TITLE = "jettison"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  (as App has it)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012  (as App has it)
    CSS = """
    #summary { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #bar { height: 1; }
    #filter { width: 1fr; height: 1; padding: 0 1; }
    #details {
        height: 5; padding: 0 1; background: $panel;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    .-tall #details { height: 7; }
    .-narrow FilesPage { layout: vertical; }
    .-narrow FilesPage > LayerList { width: 1fr; height: auto; max-height: 35%; margin: 0; }
    ContentSwitcher { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        *(Binding(str(n), f"show('{tab}')", show=False) for n, tab in enumerate(TABS, 1)),
        Binding("v", "turn", "Changes/rest"),
        Binding("i", "about", "Info"),
        Binding("escape", "leave", "Back"),
        Binding("question_mark", "help", "Help"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, inspection: Inspection) -> None:
        super().__init__()
        self.animation_level = "none"
        self.inspection = inspection
        self._whole = merged(inspection.tree, inspection.listing)
        self._history = History(inspection.tree)
        self._timer: Timer | None = None
        self._from = ""

    def compose(self) -> ComposeResult:
        """The parts of the screen from top to bottom."""
        yield Static(summary(self.inspection), id="summary")
        with Horizontal(id="bar"):
            yield TabBar()
            yield FilterBox(
                placeholder="/ filter: part  *.pyc  re:…  >1MB  !not",
                id="filter",
                compact=True,
                select_on_focus=False,
            )
        with ContentSwitcher(initial="files-page"):
            yield FilesPage(self.inspection, self._whole, self._history)
            yield waste_page(self.inspection)
            yield packages_page(self.inspection)
            yield categories_page(self.inspection)
        yield Static("", id="details")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begins in the tree."""
        self.files.file_tree.focus()

    @property
    def files(self) -> FilesPage:
        """The page of layers and files."""
        return self.query_one(FilesPage)

    @property
    def page(self) -> Page:
        """The page in view."""
        return self.query_one(f"#{self.query_one(ContentSwitcher).current}", Page)

    @on(LineList.Moved)
    def tell(self, event: LineList.Moved) -> None:
        """Shows the details of the row that the cursor is on; the tree follows the layers."""
        if event.lines is self.files.layer_list and event.lines.has_focus:
            self.files.follow_layers()
            self.refresh_bindings()
        self._say()

    def on_descendant_focus(self) -> None:
        """Shows the details of the row of the list that got the focus."""
        self._say()

    @on(LineList.Chosen)
    def choose(self, event: LineList.Chosen) -> None:
        """Shows all about an entry, or the files that a row of a table stands for."""
        files, lines = self.files, event.lines
        if lines is files.layer_list:
            files.file_tree.focus()
        elif lines is files.file_tree:
            self.action_about()
        elif isinstance(lines, Table) and lines.row is not None:
            self._jump(place_of(self.inspection, lines.row))

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Filters a moment after the last key."""
        if self._timer is not None:
            self._timer.stop()
        if event.value != self.page.filter_text:
            self._timer = self.set_timer(_PAUSE_SECONDS, self._filter)

    @on(Input.Submitted)
    def submitted(self) -> None:
        """Goes to what the filter left."""
        self.action_leave()

    @on(TabBar.Clicked)
    def tab_clicked(self, event: TabBar.Clicked) -> None:
        """Shows the tab."""
        self.action_show(event.tab)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does anything here."""
        del parameters
        if action != "turn":
            return True
        return self.page is self.files and self.files.asked.scope.layer is not None

    def action_about(self) -> None:
        """Shows all about what the cursor is at."""
        if (details := self.page.details(full=True)) is not None:
            self.push_screen(DetailsScreen(details))

    def action_help(self) -> None:
        """Shows the keys."""
        self.push_screen(HelpScreen())

    def action_filter(self) -> None:
        """Goes to the filter."""
        self.box.focus()

    def action_show(self, tab: str) -> None:
        """Shows a tab and goes to what is in it."""
        self._from = ""
        self._show(tab)

    def action_turn(self) -> None:
        """Shows a layer's changes, or what the image shows of it."""
        self.files.turn()

    def action_leave(self) -> None:
        """Leaves the filter, else empties it, else goes back to where the tree was shown from."""
        if self.box.has_focus:
            if self._timer is not None:
                self._timer.stop()
            self._filter()
            self.page.main_list().focus()
        elif self.box.value:
            self.box.value = ""
        elif self.page is self.files:
            back, self._from = self._from, ""
            if self.files.asked.scope != EVERYTHING:
                self.files.show_scope(EVERYTHING)
                self.refresh_bindings()
            if back:
                self._show(back)

    @property
    def box(self) -> FilterBox:
        """The filter."""
        return self.query_one(FilterBox)

    def _show(self, tab: str) -> None:
        self.query_one(ContentSwitcher).current = f"{tab}-page"
        self.query_one(TabBar).show_tab(tab)
        self.box.value = self.page.filter_text
        self.page.opened()
        self.page.main_list().focus()
        self.refresh_bindings()
        self._say()

    def _jump(self, place: Place) -> None:
        current = self.query_one(ContentSwitcher).current or ""
        self.files.show_scope(place.scope, reveal=place.path)
        self._show("files")
        self._from = current.removesuffix("-page")

    def _filter(self) -> None:
        if self.box.value != self.page.filter_text:
            self.page.apply_filter(self.box.value)

    def _say(self) -> None:
        details = self.page.details()
        text = Text() if details is None else details.short()
        self.query_one("#details", Static).update(text)
