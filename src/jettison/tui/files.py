"""The tree of files: a flat list of what is open, in which folders are opened and closed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding

from jettison.report.figures import byte_count, clipped, share
from jettison.tui.catalogue import Mark
from jettison.tui.lines import LineList
from jettison.tui.view import Order, folder_key

if TYPE_CHECKING:
    from textual.binding import BindingType

    from jettison.oci import FileTree as ImageTree
    from jettison.tui.view import View

MOST_OPENED = 5_000
_OPEN_MATCHES = 200
_BAR = 8
_MARKS = {
    Mark.NONE: (" ", ""),
    Mark.ADDED: ("+", "green"),
    Mark.MODIFIED: ("~", "yellow"),
    Mark.REMOVED: ("-", "red"),
}


class FileTree(LineList):
    """The folders and entries in view, each with its part of the folder's bytes.

    A key stands for what a row shows: an entry's number, or a folder's as ``folder_key`` gives.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "open", show=False),
        Binding("left,h", "close", show=False),
        Binding("asterisk,E", "open_all", show=False),
        Binding("minus,C", "close_all", show=False),
        Binding("s", "sort", "Sort"),
    ]

    def __init__(self, view: View, tree: ImageTree) -> None:
        super().__init__("files")
        self.view = view
        self.title = ""
        self.order = Order.BYTES
        self._tree = tree
        self._keys: list[int] = []
        self._depths: list[int] = []
        self._opened: set[int] = {0}
        self._matches: set[int] = set()

    @property
    def key(self) -> int:
        """What is at the cursor."""
        return self._keys[self.cursor]

    @property
    def shown(self) -> list[int]:
        """The keys of all rows."""
        return self._keys

    def on_mount(self) -> None:
        """Fills the rows."""
        self.show_view(self.view, self.title)

    def show_view(self, view: View, title: str, reveal: str = "") -> None:
        """Shows other entries, and goes to a path; the folders of few ones are opened at once."""
        same = view.catalogue is self.view.catalogue
        key = self.key if same and self._keys else folder_key(0)
        if not same:
            self._opened = {0}
        self.view, self.title = view, title
        few = not view.is_all or bool(view.catalogue.marks)
        self._matches = self._all_below(0) if few and view.entries <= _OPEN_MATCHES else set()
        if not (reveal and self.reveal(reveal)):
            self._refill(key)

    def sort_ahead(self, view: View) -> None:
        """Sorts what will be shown of a view, on a thread that no key waits for."""
        if view.catalogue is self.view.catalogue:
            for folder in tuple(self._opened):
                view.keys(folder, self.order)

    def reveal(self, path: str) -> bool:
        """Goes to a path and opens what is above it; ``False`` if it is not in view."""
        one = self.view.catalogue
        folder = one.folder_number(path)
        entry = None if folder is not None else one.find(path)
        if folder is None and entry is None:
            return False
        key = folder_key(folder) if folder is not None else (entry or 0)
        above = one.folder_of(key) if folder is None else one.parents[folder]
        while above:
            self._opened.add(above)
            above = one.parents[above]
        self._refill(key)
        return self.key == key

    def row_count(self) -> int:
        """The number of rows."""
        return len(self._keys)

    def head_text(self) -> Text:
        """What the numbers are, and what the tree is of."""
        layer = "" if self.view.catalogue.marks else " in"
        sign = {Order.BYTES: "▼", Order.NAME: " ", Order.ENTRIES: " "}[self.order]
        text = Text(f"   bytes{sign} of the folder{layer}")
        text.append(f"  {self.title}")
        if self.order is not Order.BYTES:
            text.append(f"  (by {self.order.value})")
        return text

    def row_text(self, row: int) -> Text:
        """Bytes, part of the folder's, layer or mark, and the name below its folders'."""
        key, one = self._keys[row], self.view.catalogue
        if key < 0:
            mark = one.folder_marks.get(~key, Mark.NONE)
            above = one.parents[~key]
        else:
            mark = Mark(one.marks[key]) if one.marks else Mark.NONE
            above = one.folder_of(key)
        sign, colour = _MARKS[mark]
        total, whole = self.view.bytes_of(key), self.view.sums[above]
        text = Text().append(f"{byte_count(total):>9} ", "bold" if key < 0 else "")
        filled = round(_BAR * total / whole) if whole else 0
        text.append("━" * filled, "blue" if not one.marks or key < 0 else colour)
        part = share(total, whole) if total else ""
        text.append(" " * (_BAR - filled) + f" {part:>7} ", "dim")
        if not one.marks:
            text.append(f"{one.layer[key] if key >= 0 else '':>2} ", "dim")
        text.append(f"{sign} " if one.marks else "", colour)
        text.append("  " * self._depths[row])
        return self._with_name(text, key, colour)

    def action_sort(self) -> None:
        """Sorts by what comes next: bytes, name, entries."""
        self.order = self.order.next
        self._refill(self.key)

    def action_choose(self) -> None:
        """Opens or closes a folder; says that an entry is chosen."""
        if self.key >= 0:
            super().action_choose()
        elif self._is_open(self.key):
            self._close(self.cursor)
        else:
            self._open(self.cursor)

    def action_open(self) -> None:
        """Opens a folder, or goes to the first thing in an open one."""
        if self.key < 0:
            if self._is_open(self.key):
                self.go(self.cursor + 1)
            else:
                self._open(self.cursor)

    def action_close(self) -> None:
        """Closes a folder, or goes to the one above."""
        if self.key < 0 and self._is_open(self.key):
            self._close(self.cursor)
            return
        depth, row = self._depths[self.cursor], self.cursor
        while row and self._depths[row] >= depth:
            row -= 1
        self.go(row)

    def action_open_all(self) -> None:
        """Opens all folders below the cursor, as far as that stays a reasonable number of rows."""
        if self.key < 0:
            self._opened |= self._all_below(~self.key)
            self._refill(self.key)

    def action_close_all(self) -> None:
        """Closes all folders."""
        self._opened, self._matches = {0}, set()
        self._refill(folder_key(0))

    def _with_name(self, text: Text, key: int, colour: str) -> Text:
        one = self.view.catalogue
        if key >= 0:
            text.append(clipped(one.names[key], 255), colour)
            link = self._tree.node(one.record[key]).link
            return text.append(f" → {clipped(link)}", "dim") if link else text
        text.append("▾ " if self._is_open(key) else "▸ ", "cyan")
        name = one.folders[~key].rpartition("/")[2]
        text.append(f"{clipped(name, 255)}/", colour or "bold cyan")
        return text.append(f"  {self.view.counts[~key]:,}", "dim")

    def _is_open(self, key: int) -> bool:
        return ~key in self._opened or ~key in self._matches

    def _all_below(self, folder: int) -> set[int]:
        """The folders below one, the upper ones first, until there are too many rows."""
        one, rows = self.view.catalogue, 0
        found = {folder}
        pending = deque((folder,))
        while pending:
            for number in one.below.get(pending.popleft(), ()):
                size = len(one.entries(number)) + len(one.below.get(number, ()))
                if self.view.counts[number] and rows + size <= MOST_OPENED:
                    rows += size
                    found.add(number)
                    pending.append(number)
        return found

    def _open_below(self, folder: int) -> list[int]:
        """The keys of a folder's folders that are open."""
        below = self.view.catalogue.below.get(folder, ())
        return [folder_key(number) for number in below if self._is_open(folder_key(number))]

    def _refill(self, key: int) -> None:
        """Makes all rows again, the cursor on a key or at the top."""
        keys: list[int] = []
        depths: list[int] = []
        pending = [(folder_key(0), 0)]
        while pending:
            one, depth = pending.pop()
            keys.append(one)
            depths.append(depth)
            if one < 0 and self._is_open(one):
                below = self.view.keys(~one, self.order)
                if self._open_below(~one):
                    pending += [(kid, depth + 1) for kid in reversed(below)]
                else:
                    keys += below
                    depths += [depth + 1] * len(below)
        self._keys, self._depths = keys, depths
        self.rows_changed(keys.index(key) if key in keys else 0)

    def _open(self, row: int) -> None:
        self._opened.add(~self._keys[row])
        self._insert(row)
        self.rows_changed(row)

    def _insert(self, row: int) -> None:
        folder, after = ~self._keys[row], row + 1
        keys = self.view.keys(folder, self.order)
        self._keys[after:after] = keys
        self._depths[after:after] = [self._depths[row] + 1] * len(keys)
        for kid in self._open_below(folder):
            if kid in keys:
                self._insert(self._keys.index(kid, after))

    def _close(self, row: int) -> None:
        self._opened.discard(~self._keys[row])
        self._matches.discard(~self._keys[row])
        depth, end = self._depths[row], row + 1
        while end < len(self._depths) and self._depths[end] > depth:
            end += 1
        del self._keys[row + 1 : end], self._depths[row + 1 : end]
        self.rows_changed(row)
