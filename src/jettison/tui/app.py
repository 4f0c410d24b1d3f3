"""The explorer: layers and files side by side, waste and packages as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Input, OptionList, Static, TabbedContent, TabPane
from textual.widgets.option_list import Option

from jettison.oci import WasteReason
from jettison.report.quantities import byte_count, clipped, clipped_path, counted, one_line, share
from jettison.tui.files import FileTree
from jettison.tui.help import HelpScreen
from jettison.tui.view import Index, Line, View

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widgets import Tree

    from jettison.imaging import Inspection
    from jettison.oci import WasteItem

_MOST_ROWS = 2000
_PAUSE_SECONDS = 0.25


class Explorer(App[None]):
    """One image: what its layers, folders, files and packages weigh."""

    TITLE = "jettison"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #summary { height: auto; padding: 0 1; background: $panel; }
    #filter { height: 1; padding: 0 1; }
    #layers { width: 38%; height: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    #files { width: 1fr; height: 1fr; }
    #detail { height: 2; padding: 0 1; background: $panel; }
    TabbedContent { height: 1fr; }
    TabPane { padding: 0; }
    DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("question_mark", "help", "Help"),
        ("slash", "filter", "Filter"),
        ("1", "show('files-tab')", "Files"),
        ("2", "show('waste-tab')", "Waste"),
        ("3", "show('packages-tab')", "Packages"),
        ("l", "focus_on('layers')", "Layers"),
        ("t", "focus_on('files')", "Tree"),
        ("s", "sort", "Sort"),
        ("escape", "leave", "Back"),
        ("q", "quit", "Quit"),
    ]

    def __init__(self, inspection: Inspection) -> None:
        super().__init__()
        self.inspection = inspection
        self._index = Index(inspection.listing)
        self._layer: int | None = None
        self._text = ""
        self._timer: Timer | None = None
        self._next_focus = ""

    def compose(self) -> ComposeResult:
        """The parts of the screen from top to bottom."""
        yield Static(self._summary(), id="summary")
        yield Input(placeholder="filter by path or package  ( / )", id="filter", compact=True)
        with TabbedContent(initial="files-tab"):
            with TabPane("Files", id="files-tab"), Horizontal():
                yield OptionList(*self._layer_options(), id="layers")
                yield FileTree(View(self._index))
            with TabPane("Waste", id="waste-tab"):
                yield DataTable(id="waste", cursor_type="row", zebra_stripes=True)
            with TabPane("Packages", id="packages-tab"):
                yield DataTable(id="packages", cursor_type="row", zebra_stripes=True)
        yield Static("", id="detail")
        yield Footer()

    def on_mount(self) -> None:
        """Fills the tables."""
        waste = self.query_one("#waste", DataTable)
        waste.add_columns("bytes", "why", "in layer", "by layer", "content", "path")
        packages = self.query_one("#packages", DataTable)
        packages.add_columns("bytes", "share", "own", "files", "kind", "name", "version")
        self._fill_tables()
        self.query_one(FileTree).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Shows one layer's files."""
        name = event.option.id or ""
        self._layer = None if name == "all" else int(name.removeprefix("layer-"))
        self._show()
        self.query_one(FileTree).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Says all about a layer."""
        name = event.option.id or "all"
        if name == "all" or not self.query_one("#layers", OptionList).has_focus:
            return
        layer = self.inspection.layers[int(name.removeprefix("layer-"))]
        text = Text(f"layer {layer.number}  {byte_count(layer.stored_bytes)}", style="bold")
        text.append(f", {byte_count(layer.waste_bytes)} wasted  {layer.diff_id}\n", "not bold dim")
        text.append(one_line(layer.instruction, 400), style="not bold")
        self._say(text)

    def on_tabbed_content_tab_activated(self) -> None:
        """Goes to what a key asked for, now that its tab can be seen."""
        if self._next_focus:
            self.query_one(f"#{self._next_focus}").focus()
            self._next_focus = ""
            self._say(Text())

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Line | None]) -> None:
        """Says all about a file or folder."""
        line = event.node.data
        if line is not None:
            self._say(self._about_folder(line) if line.is_folder else self._about_file(line))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters a moment after the last key."""
        self._text = event.value
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_SECONDS, self._filter)

    def on_input_submitted(self) -> None:
        """Goes to what the filter left."""
        self.action_leave()

    def action_help(self) -> None:
        """Shows the keys."""
        self.push_screen(HelpScreen())

    def action_filter(self) -> None:
        """Goes to the filter."""
        self.query_one("#filter", Input).focus()

    def action_show(self, tab: str) -> None:
        """Shows a tab and goes to what is in it."""
        self._go(tab, tab.removesuffix("-tab"))

    def action_focus_on(self, name: str) -> None:
        """Goes to the layers or the files."""
        self._go("files-tab", name)

    def action_sort(self) -> None:
        """Sorts the files the other way."""
        tree = self.query_one(FileTree)
        tree.by_size = not tree.by_size
        self._show()

    def action_leave(self) -> None:
        """Leaves the filter, or empties it."""
        box = self.query_one("#filter", Input)
        if box.has_focus:
            self.action_show(self.query_one(TabbedContent).active)
        elif box.value:
            box.value = ""

    def _go(self, tab: str, name: str) -> None:
        tabs, target = self.query_one(TabbedContent), self.query_one(f"#{name}")
        if tabs.active == tab:
            target.focus()
            return
        self._next_focus = name
        tabs.active = tab

    def _filter(self) -> None:
        self._show()
        self._fill_tables()

    def _show(self) -> None:
        self.query_one(FileTree).show_view(View(self._index, self._layer, self._text))

    def _say(self, text: Text) -> None:
        self.query_one("#detail", Static).update(text)

    def _summary(self) -> Text:
        one = self.inspection
        text = Text(clipped(one.subject.name, 80), style="bold")
        text.append(f"  {byte_count(one.layer_bytes)} uncompressed", style="not bold")
        text.append(f", own {byte_count(one.own_bytes)}", style="not bold")
        text.append(f", wasted {byte_count(one.waste.waste_bytes)}", style="not bold yellow")
        files = counted(len(one.listing), "file")
        text.append(f", {files} in {counted(len(one.layers), 'layer')}", style="not bold dim")
        return text

    def _layer_options(self) -> list[Option]:
        one = self.inspection
        found = [Option(Text(f"all {byte_count(one.tree_bytes):>11}  all layers"), id="all")]
        for layer in one.layers:
            text = Text(f"{layer.number:>3} ", style="dim")
            text.append(f"{byte_count(layer.visible_bytes):>11}  ", style="bold")
            text.append(one_line(layer.instruction, 80) or "(not in the history)", style="not dim")
            if layer.is_base:
                text.stylize("dim")
            found.append(Option(text, id=f"layer-{layer.number}"))
        return found

    def _fill_tables(self) -> None:
        text = self._text.strip().lower()
        waste = self.query_one("#waste", DataTable)
        waste.clear()
        for item in self.inspection.largest_waste:
            path = f"/{item.node.path}"
            if text in path.lower():
                waste.add_row(*map(Text, _waste_cells(item, path)))
        packages = self.query_one("#packages", DataTable)
        packages.clear()
        whole = self.inspection.tree_bytes
        rows = 0
        for one in self.inspection.parts.packages:
            package = one.key
            name = "(files of no package)" if package is None else package.name
            if text not in name.lower() or rows >= _MOST_ROWS:
                continue
            rows += 1
            kind, version = ("", "") if package is None else (package.kind.value, package.version)
            counts = (byte_count(one.total_bytes), share(one.total_bytes, whole))
            more = (byte_count(one.own_bytes), f"{one.files:,}", kind)
            packages.add_row(*map(Text, (*counts, *more, clipped(name, 60), clipped(version, 40))))

    def _about_file(self, line: Line) -> Text:
        one, number = self.inspection, line.number
        package, category = one.owners.package(number), one.owners.category(number)
        layer = one.layers[one.listing.layer[number]]
        text = Text(clipped_path(f"/{one.listing.path(number)}", 100), style="bold")
        owner = "no package" if package is None else clipped(str(package), 60)
        text.append(f"  {line.total_bytes:,} bytes, {owner}, {category}\n", style="not bold")
        where = f"layer {layer.number}  {one_line(layer.instruction, 200)}"
        return text.append(where, style="not bold dim")

    def _about_folder(self, line: Line) -> Text:
        folder = self.inspection.listing.folders[line.number]
        text = Text(clipped_path(f"/{folder}", 100), style="bold")
        files = counted(line.files, "file")
        text.append(f"  {line.total_bytes:,} bytes in {files}", style="not bold")
        cache = self.inspection.owners.caches.get(line.number)
        if cache is not None:
            text.append(f"\n{cache.label}: {cache.remedy}", style="not bold green")
        return text


def _waste_cells(item: WasteItem, path: str) -> tuple[str, ...]:
    later = "" if item.node.fate_layer is None else str(item.node.fate_layer)
    note = ""
    if item.reason is WasteReason.DUPLICATED and item.twin is not None:
        note = f"as {clipped_path(f'/{item.twin.path}', 40)}"
    elif item.same_content:
        note = "the same"
    where = str(item.node.content_layer)
    return byte_count(item.stored_bytes), item.reason.value, where, later, note, clipped(path)
