"""Where in the tree is what a row of a table stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.imaging import Category, Share
from jettison.imaging.owners import CATEGORIES
from jettison.record import record
from jettison.tui.rows import WasteRow
from jettison.tui.view import EVERYTHING, Scope

if TYPE_CHECKING:
    from jettison.imaging import Inspection


@record
class Place:
    """A part of the image and a path in it, ``""`` for no particular one."""

    scope: Scope
    path: str = ""


def place_of(inspection: Inspection, row: object) -> Place:
    """The place of a wasted file, a package or a category.

    A wasted file that is gone from the image is shown among the changes of the layer that hid it.
    """
    if isinstance(row, WasteRow):
        node = row.item.node
        if node.fate_layer is not None and inspection.tree.get(node.path) is None:
            return Place(Scope(layer=node.fate_layer), node.path)
        return Place(EVERYTHING, node.path)
    if isinstance(row, Share) and isinstance(row.key, Category):
        return Place(Scope(category=CATEGORIES.index(row.key)))
    if isinstance(row, Share):
        return Place(Scope(package=inspection.owners.packages.index(row.key)))
    return Place(EVERYTHING)
