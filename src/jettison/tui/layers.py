"""The list of layers: the bytes of each, what of it is wasted, and the instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from jettison.report.figures import byte_count, one_line
from jettison.tui.lines import LineList

if TYPE_CHECKING:
    from jettison.imaging import Inspection, LayerShare


class LayerList(LineList):
    """All layers together in the first row, then each, base first."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__("layers")
        self._inspection = inspection

    @property
    def chosen(self) -> LayerShare | None:
        """The layer at the cursor, ``None`` for all."""
        return self._inspection.layers[self.cursor - 1] if self.cursor else None

    def on_mount(self) -> None:
        """Draws the rows."""
        self.rows_changed()

    def row_count(self) -> int:
        """The number of layers and one for all."""
        return len(self._inspection.layers) + 1

    def head_text(self) -> Text:
        """The columns' names."""
        return Text("  #     bytes    wasted  instruction")

    def row_text(self, row: int) -> Text:
        """A layer's number, bytes and instruction; the base image's layers are dim."""
        one = self._inspection
        if not row:
            text = Text(f"all {byte_count(one.layer_bytes):>9} ", "bold")
            text.append(_wasted(one.waste.waste_bytes))
            return text.append("  the image, all layers merged", "not bold")
        layer = one.layers[row - 1]
        text = Text(f"{layer.number:>3} {byte_count(layer.stored_bytes):>9} ")
        text.append(_wasted(layer.waste_bytes))
        words = one_line(layer.instruction, 300) or "(not in the history)"
        line = f"{layer.line}: " if layer.line is not None else ""
        return text.append(f"  {line}{words}", "dim" if layer.is_base else "")


def _wasted(count: int) -> Text:
    return Text(f"{byte_count(count):>9}", "yellow") if count else Text(f"{'-':>9}", "dim")


def layer_name(inspection: Inspection, number: int, width: int = 300) -> str:
    """A layer in words: its number, its Dockerfile line if it is known, its instruction."""
    layer = inspection.layers[number]
    line = "" if layer.line is None else f", Dockerfile line {layer.line}"
    base = " of the base image" if layer.is_base else ""
    words = one_line(layer.instruction, width) or "(not in the history)"
    return f"layer {number}{base}{line}: {words}"
