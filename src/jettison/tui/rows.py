"""The tables of the explorer: waste, packages, categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jettison.oci import WasteReason
from jettison.report.figures import byte_count, clipped, clipped_path, one_line, share
from jettison.tui.query import How, Word, bytes_test, text_test, words
from jettison.tui.tables import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from jettison.imaging import Category, Inspection, Package, Share
    from jettison.oci import WasteItem

    RowT = TypeVar("RowT")

NO_PACKAGE = "(files of no package)"


class WasteRow(NamedTuple):
    """A wasted file with its path, which takes a while to find."""

    item: WasteItem
    path: str


def waste_columns() -> tuple[Column[WasteRow], ...]:
    """Bytes, reason, the layers that hold and hid them, and the path."""
    return (
        Column("bytes", 9, _bytes, wasted_bytes, number=True),
        Column("why", 11, _reason, _reason, style="cyan"),
        Column("in layer", 9, lambda one: str(_holder(one)), _holder, number=True),
        Column("by layer", 9, _loser_text, _loser, number=True),
        Column("path", -3, _waste_path, _path, style="bold", keeps_end=True),
        Column("because", -2, _because, _because, style="dim", optional=True),
    )


def package_columns(inspection: Inspection) -> tuple[Column[Share[Package | None]], ...]:
    """Bytes, their part of the image, those of own layers, files, and what the package is."""
    return (
        *_amounts(inspection),
        Column("kind", 7, _kind, _kind, style="cyan"),
        Column("name", -3, package_name, lambda one: package_name(one).lower(), style="bold"),
        Column("version", -2, _version, _version, style="dim"),
    )


def category_columns(inspection: Inspection) -> tuple[Column[Share[Category]], ...]:
    """Bytes, their part of the image, those of own layers, files, and the category."""
    return (
        *_amounts(inspection),
        Column("category", -1, lambda one: one.key.value, lambda one: one.key.value, style="bold"),
    )


def fitting(
    rows: Sequence[RowT],
    text: str,
    *,
    name: Callable[[RowT], str],
    count: Callable[[RowT], int],
    test_of: Callable[[Word], Callable[[str], bool]] = text_test,
) -> list[RowT]:
    """The rows that a filter fits by their names and bytes."""
    found = list(rows)
    for word in words(text):
        test = _row_test(word, name, count, test_of)
        found = [row for row in found if test(row) is not word.turned]
    return found


def wasted_path(row: WasteRow) -> str:
    """The path as the filter looks at it, in lower case."""
    return row.path.lower()


def wasted_bytes(row: WasteRow) -> int:
    """The bytes that are of no use."""
    return row.item.stored_bytes


def package_name(one: Share[Package | None]) -> str:
    """The package's name."""
    return NO_PACKAGE if one.key is None else clipped(one.key.name, 200)


def package_text(one: Share[Package | None]) -> str:
    """What the filter looks at."""
    return NO_PACKAGE if one.key is None else str(one.key).lower()


def _row_test(
    word: Word,
    name: Callable[[RowT], str],
    count: Callable[[RowT], int],
    test_of: Callable[[Word], Callable[[str], bool]],
) -> Callable[[RowT], bool]:
    if word.how is How.BYTES:
        bytes_fit = bytes_test(word)
        return lambda row: bytes_fit(count(row))
    fits = test_of(word)
    return lambda row: fits(name(row))


def _amounts(inspection: Inspection) -> tuple[Column[Share[Any]], ...]:
    whole = inspection.tree_bytes
    return (
        Column("bytes", 9, lambda one: byte_count(one.total_bytes), _total, number=True),
        Column("share", 8, lambda one: share(one.total_bytes, whole), _total, number=True),
        Column("own", 9, lambda one: byte_count(one.own_bytes), _own, number=True),
        Column("files", 8, lambda one: f"{one.files:,}", lambda one: one.files, number=True),
    )


def _total(one: Share[object]) -> int:
    return one.total_bytes


def _own(one: Share[object]) -> int:
    return one.own_bytes


def _kind(one: Share[Package | None]) -> str:
    return "" if one.key is None else one.key.kind.value


def _version(one: Share[Package | None]) -> str:
    return "" if one.key is None else one_line(one.key.version, 100)


def _bytes(row: WasteRow) -> str:
    return byte_count(row.item.stored_bytes)


def _reason(row: WasteRow) -> str:
    return row.item.reason.value


def _path(row: WasteRow) -> str:
    return row.path


def _holder(row: WasteRow) -> int:
    return row.item.node.content_layer


def _loser(row: WasteRow) -> int:
    by = row.item.node.fate_layer
    return -1 if by is None else by


def _loser_text(row: WasteRow) -> str:
    by = row.item.node.fate_layer
    return "" if by is None else str(by)


def _waste_path(row: WasteRow) -> str:
    return clipped_path(row.path, 300)


def _because(row: WasteRow) -> str:
    item = row.item
    if item.reason is WasteReason.DUPLICATED and item.twin is not None:
        return f"same as {clipped_path(f'/{item.twin.path}', 200)}"
    return "the content stayed the same" if item.same_content else ""
