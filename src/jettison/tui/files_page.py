"""The layers and the tree side by side, or one above the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.worker import get_current_worker

from jettison.tui.changes import Changes
from jettison.tui.details import Details, about_entry, about_folder, about_layer, all_about
from jettison.tui.files import FileTree
from jettison.tui.heading import Asked, tree_title
from jettison.tui.layers import LayerList
from jettison.tui.pages import Page, no_collection
from jettison.tui.view import EVERYTHING, Scope, View

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jettison.imaging import Inspection
    from jettison.tui.catalogue import Catalogue
    from jettison.tui.changes import History
    from jettison.tui.lines import LineList


class FilesPage(Page):
    """The layers and the tree."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab,shift+tab", "other", show=False)]
    DEFAULT_CSS = """
    FilesPage { layout: horizontal; }
    FilesPage > LayerList { width: 40%; height: 1fr; margin-right: 1; }
    FilesPage > FileTree { width: 1fr; height: 1fr; }
    """

    def __init__(self, inspection: Inspection, whole: Catalogue, history: History) -> None:
        super().__init__(id="files-page")
        self.asked = Asked()
        self._inspection, self._whole, self._history = inspection, whole, history
        self._reveal = ""

    def compose(self) -> ComposeResult:
        """The layers beside or above the tree."""
        view = View(self._whole, self._inspection.owners)
        yield LayerList(self._inspection)
        yield FileTree(view, self._inspection.tree)

    def on_mount(self) -> None:
        """Says what the tree is of."""
        self.file_tree.title = "the image"

    @property
    def file_tree(self) -> FileTree:
        """The tree."""
        return self.query_one(FileTree)

    @property
    def layer_list(self) -> LayerList:
        """The layers."""
        return self.query_one(LayerList)

    def action_other(self) -> None:
        """Goes from the layers to the tree and back."""
        (self.layer_list if self.file_tree.has_focus else self.file_tree).focus()

    def main_list(self) -> LineList:
        """The tree."""
        return self.file_tree

    def details(self, *, full: bool = False) -> Details | None:
        """The layer's or the entry's, wherever the focus is."""
        if self.layer_list.has_focus and (layer := self.layer_list.chosen) is not None:
            return about_layer(layer, self._inspection)
        view, key = self.file_tree.view, self.file_tree.key
        if key < 0:
            return about_folder(self._inspection, view, ~key)
        if full:
            return all_about(self._inspection, self._whole, view, key)
        return about_entry(self._inspection, view, key)

    def apply_filter(self, text: str) -> None:
        """Narrows the tree."""
        self.filter_text = text
        self.ask(Asked(self.asked.scope, self.asked.changes, text))

    def show_scope(self, scope: Scope, *, changes: bool = True, reveal: str = "") -> None:
        """Shows a part of the image without filter, and goes to a path."""
        self.filter_text = ""
        self._reveal = reveal
        self.layer_list.cursor = 0 if scope.layer is None else scope.layer + 1
        self.layer_list.go(self.layer_list.cursor)
        self.ask(Asked(scope, changes))

    def follow_layers(self) -> None:
        """Shows the layer at the layers' cursor."""
        layer = self.layer_list.chosen
        scope = EVERYTHING if layer is None else Scope(layer=layer.number)
        self.ask(Asked(scope, self.asked.changes, self.asked.text))

    def turn(self) -> None:
        """Shows a layer's changes, or what is left of it."""
        self.ask(Asked(self.asked.scope, not self.asked.changes, self.asked.text))

    def ask(self, asked: Asked) -> None:
        """Has something else made for the tree."""
        if asked == self.asked and not self._reveal:
            return
        self.asked = asked
        if asked.changes_of is not None and self._history.known(asked.changes_of) is None:
            self.file_tree.title = f"layer {asked.changes_of}: …"
            self.file_tree.refresh()
        self.run_worker(self._make, thread=True, exclusive=True, group="tree")

    def receive(self, event: Page.Ready) -> None:
        """Shows the tree that was made."""
        view, changes = event.found, event.extra
        if event.asked != self.asked or not isinstance(view, View):
            return
        done = changes if isinstance(changes, Changes) else None
        title = tree_title(self._inspection, self.asked, view, done)
        self.file_tree.show_view(view, title, self._reveal)
        self._reveal = ""
        self.shown()

    def _make(self) -> None:
        worker, asked = get_current_worker(), self.asked
        changes = None
        scope, catalogue = asked.scope, self._whole
        if asked.changes_of is not None:
            with no_collection():
                changes = self._history.changes(asked.changes_of)
            scope, catalogue = EVERYTHING, changes.catalogue
        if not worker.is_cancelled:
            view = View(catalogue, self._inspection.owners, scope, asked.text)
            self.file_tree.sort_ahead(view)
            self.post_message(self.Ready(asked, view, changes))
