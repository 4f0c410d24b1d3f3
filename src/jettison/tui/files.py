"""The tree of files: folders are filled when they are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Tree

from jettison.report.quantities import byte_count, clipped, share
from jettison.tui.view import Line

if TYPE_CHECKING:
    from textual.widgets.tree import TreeNode

    from jettison.tui.view import View

MOST_LINES = 1000
_OPEN_ALL = 150
_BAR = 8


class FileTree(Tree[Line | None]):
    """The folders and files in view, with their sizes; at most 1,000 lines of one folder.

    Nothing is held for a folder that was never opened, so the number of files does not matter.
    """

    def __init__(self, view: View) -> None:
        super().__init__("", id="files")
        self._view = view
        self.by_size = True
        self.show_root = True

    def on_mount(self) -> None:
        """Fills the root."""
        self.show_view(self._view)

    def show_view(self, view: View) -> None:
        """Shows another part of the files, opened as far as there is something to see at once."""
        self._view = view
        self.clear()
        root = Line(0, True, "/", view.total_bytes, view.files)
        self.root.data = root
        self.root.set_label(_label(root, view.total_bytes))
        self._fill(self.root)
        self.root.expand()
        if view.files <= _OPEN_ALL:
            self._open_below(self.root)
        self.cursor_line = 0

    def _open_below(self, node: TreeNode[Line | None]) -> None:
        for child in node.children:
            if child.data is not None and child.data.is_folder:
                self._fill(child)
                child.expand()
                self._open_below(child)

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Line | None]) -> None:
        """Fills a folder the first time that it is opened."""
        if not event.node.children:
            self._fill(event.node)

    def _fill(self, node: TreeNode[Line | None]) -> None:
        if node.data is None or node.children:
            return
        lines = self._view.lines(node.data.number, by_size=self.by_size)
        for line in lines[:MOST_LINES]:
            label = _label(line, node.data.total_bytes)
            if line.is_folder:
                node.add(label, data=line)
            else:
                node.add_leaf(label, data=line)
        if len(lines) > MOST_LINES:
            rest = lines[MOST_LINES:]
            count = byte_count(sum(line.total_bytes for line in rest))
            node.add_leaf(Text(f"{len(rest):,} more with {count}: filter to see them", "dim"))


def _label(line: Line, whole: int) -> Text:
    bar = round(_BAR * line.total_bytes / whole) if whole else 0
    text = Text(f"{byte_count(line.total_bytes):>9} ", style="bold" if line.is_folder else "")
    text.append("▇" * bar + " " * (_BAR - bar), style="blue")
    text.append(f" {share(line.total_bytes, whole):>7} ", style="dim")
    text.append(clipped(line.name), style="bold cyan" if line.is_folder else "")
    if line.is_folder and line.name != "/":
        text.append("/", style="cyan")
    if line.is_folder:
        text.append(f"  {line.files:,}", style="dim")
    return text
