"""The three tables of an image: what is in them, and what is told of it."""

from __future__ import annotations

import heapq
from functools import partial
from typing import TYPE_CHECKING, Any

from jettison.oci import WasteReason
from jettison.report.figures import byte_count, clipped, counted, share
from jettison.tui.details import about_share, about_waste
from jettison.tui.query import path_test
from jettison.tui.rows import (
    WasteRow,
    category_columns,
    fitting,
    package_columns,
    package_name,
    package_text,
    waste_columns,
    wasted_bytes,
    wasted_path,
)
from jettison.tui.table_page import TablePage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.imaging import Category, Inspection, Package, Share
    from jettison.oci import WasteItem
    from jettison.tui.details import Details

MOST_WASTE = 50_000


def waste_page(inspection: Inspection) -> TablePage[WasteRow]:
    """The wasted files, the largest 50,000 of them."""

    def fetch() -> list[WasteRow]:
        largest = heapq.nlargest(MOST_WASTE, inspection.waste.items(), key=_wasted)
        return [WasteRow(item, f"/{item.node.path}") for item in largest]

    def sums(found: Sequence[WasteRow], every: Sequence[WasteRow]) -> str:
        one = inspection.waste
        if len(found) < len(every):
            return _of(len(found), len(every), sum(map(wasted_bytes, found)))
        largest = "the largest " if len(every) == MOST_WASTE else ""
        parts = (
            f"{byte_count(one.overwritten_bytes)} {WasteReason.OVERWRITTEN}",
            f"{byte_count(one.deleted_bytes)} {WasteReason.DELETED}",
            f"{byte_count(one.duplicated_bytes)} {WasteReason.DUPLICATED}",
        )
        unread = "" if one.tree.has_digests else ", duplicates were not looked for"
        return f"{', '.join(parts)}{unread}; {largest}{counted(len(every), 'file')}"

    return TablePage(
        "waste",
        waste_columns(),
        fetch=fetch,
        narrow=partial(fitting, name=wasted_path, count=wasted_bytes, test_of=path_test),
        tell=lambda row: about_waste(inspection, row.item),
        sums=sums,
    )


def packages_page(inspection: Inspection) -> TablePage[Share[Package | None]]:
    """The packages, and the files of none as one row."""
    every = inspection.parts.packages

    def sums(found: Sequence[Share[Package | None]], _: object) -> str:
        if len(found) < len(every):
            return _of(len(found), len(every), sum(one.total_bytes for one in found))
        owned = sum(one.total_bytes for one in every if one.key is not None)
        count = sum(one.key is not None for one in every)
        part = share(owned, inspection.tree_bytes)
        return f"{counted(count, 'package')} with {byte_count(owned)}, {part} of the image"

    def tell(one: Share[Package | None]) -> Details:
        name = package_name(one) if one.key is None else clipped(str(one.key))
        return about_share(name, one)

    return TablePage(
        "packages",
        package_columns(inspection),
        fetch=lambda: every,
        narrow=partial(fitting, name=package_text, count=_total),
        tell=tell,
        sums=sums,
    )


def categories_page(inspection: Inspection) -> TablePage[Share[Category]]:
    """What the files are for."""
    every = inspection.parts.categories

    def sums(found: Sequence[Share[Category]], _: object) -> str:
        total = sum(one.total_bytes for one in found)
        if len(found) < len(every):
            return _of(len(found), len(every), total)
        noun = "category" if len(every) == 1 else "categories"
        return f"{len(every)} {noun} with {byte_count(total)}"

    return TablePage(
        "categories",
        category_columns(inspection),
        fetch=lambda: every,
        narrow=partial(fitting, name=_category, count=_total),
        tell=lambda one: about_share(one.key.value, one),
        sums=sums,
    )


def _of(found: int, every: int, total: int) -> str:
    return f"{found:,} of {every:,} with {byte_count(total)}"


def _wasted(item: WasteItem) -> int:
    return item.stored_bytes


def _category(one: Share[Category]) -> str:
    return one.key.value


def _total(one: Share[Any]) -> int:
    return one.total_bytes
