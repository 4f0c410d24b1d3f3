"""What stands above the lists: the image in a line, the tabs, what the tree is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from jettison.imaging.owners import CATEGORIES
from jettison.record import record
from jettison.report.figures import byte_count, clipped, counted, one_line, share
from jettison.tui.catalogue import Mark
from jettison.tui.view import EVERYTHING, Scope

if TYPE_CHECKING:
    from textual import events

    from jettison.imaging import Inspection
    from jettison.tui.changes import Changes
    from jettison.tui.view import View

TABS = ("files", "waste", "packages", "categories")


@record
class Asked:
    """What the tree shall show: of ``scope.layer`` its changes, or what is left of it."""

    scope: Scope = EVERYTHING
    changes: bool = True
    text: str = ""

    @property
    def changes_of(self) -> int | None:
        """The layer whose changes are asked for."""
        return self.scope.layer if self.changes else None


class TabBar(Static):
    """The tabs in one line, each with the key that shows it."""

    DEFAULT_CSS = """
    TabBar { width: auto; height: 1; padding: 0 1; }
    """

    class Clicked(Message):
        """A tab was clicked."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self.show_tab(TABS[0])

    def show_tab(self, tab: str) -> None:
        """Draws the tabs, one of them as the current one."""
        text = Text()
        for label, name in zip(_labels(), TABS, strict=True):
            text.append(label, "bold reverse" if name == tab else "dim")
        self.update(text)

    def on_click(self, event: events.Click) -> None:
        """Says which tab is at the mouse."""
        left = 1
        for label, name in zip(_labels(), TABS, strict=True):
            left += len(label)
            if event.x < left:
                self.post_message(self.Clicked(name))
                return


def _labels() -> list[str]:
    return [f" {number} {name.capitalize()} " for number, name in enumerate(TABS, 1)]


def summary(one: Inspection) -> Text:
    """The image in a line: what matters most comes first."""
    text = Text(clipped(one.subject.name, 60), style="bold", no_wrap=True)
    text.append(f"  {byte_count(one.layer_bytes)} uncompressed", style="not bold")
    text.append(f", wasted {byte_count(one.waste.waste_bytes)}", style="not bold yellow")
    text.append(f" ({share(one.waste.waste_bytes, one.layer_bytes)})", style="not bold yellow")
    text.append(f", {counted(len(one.layers), 'layer')}", style="not bold")
    text.append(f", {counted(len(one.listing), 'file')}", style="not bold")
    text.append(f", own {byte_count(one.own_bytes)}", style="not bold dim")
    if one.compressed_bytes is not None:
        text.append(f", {byte_count(one.compressed_bytes)} compressed", style="not bold dim")
    return text


def tree_title(inspection: Inspection, asked: Asked, view: View, changes: Changes | None) -> str:
    """What the tree is of."""
    scope = asked.scope
    if changes is not None:
        title = f"layer {scope.layer}: {_amounts(changes)}"
    elif scope.layer is not None:
        title = f"what the image shows of layer {scope.layer}"
    elif scope.package is not None:
        package = inspection.owners.packages[scope.package]
        title = "files of no package" if package is None else one_line(str(package), 60)
    elif scope.category is not None:
        title = CATEGORIES[scope.category].value
    else:
        title = "the image"
    if view.problem:
        return one_line(view.problem)
    if view.words:
        return f"{title}: {view.entries:,} fit with {byte_count(view.total_bytes)}"
    return title


def _amounts(changes: Changes) -> str:
    parts = [
        f"{sign}{changes.counts[mark]:,} ({byte_count(changes.sums[mark])})"
        for sign, mark in (("+", Mark.ADDED), ("~", Mark.MODIFIED), ("-", Mark.REMOVED))
        if changes.counts[mark]
    ]
    return "  ".join(parts) or "no changes of files"
