"""Two images side by side, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from jettison.imaging import ChangeKind
from jettison.report.bare import bare_table
from jettison.report.figures import byte_count, clipped, clipped_path, counted, one_line, share
from jettison.report.inspection.terminal import compressed_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from jettison.imaging import Difference, LayerShare, PackageDelta
    from jettison.imaging.difference import Delta

__all__ = ["render_difference", "signed"]

_ROWS = 12
_STYLES = {ChangeKind.ADDED: "red", ChangeKind.REMOVED: "green", ChangeKind.CHANGED: "yellow"}


def render_difference(difference: Difference) -> RenderableType:
    """The sums, then what changed by layer, package, category, folder and file."""
    parts: list[RenderableType] = [_header(difference), Text(), _sums(difference)]
    parts += [Text(), *_layers(difference)]
    packages = [one for one in difference.packages if _has_changed(one)]
    if packages:
        rows = ((one.delta.delta_bytes, _package(one)) for one in packages)
        parts += [Text(), _table("Packages", rows, len(packages))]
    for title, deltas in (
        ("What the files are", difference.categories),
        ("Folders", difference.folders),
    ):
        changed = [(one.delta_bytes, _sides(one)) for one in deltas if one.delta_bytes]
        if changed:
            parts += [Text(), _table(title, changed, len(changed))]
    if difference.files:
        parts += [Text(), _files(difference)]
    return Group(*parts)


def signed(count: int) -> str:
    """A difference of bytes with its sign."""
    sign = "+" if count > 0 else "-" if count < 0 else "±"
    return f"{sign}{byte_count(abs(count))}"


def _header(difference: Difference) -> Text:
    before, after = difference.before, difference.after
    text = Text()
    for letter, one in (("A", before), ("B", after)):
        more = compressed_words(one)
        text.append(f"{letter} {clipped(one.subject.name, 100)}", style="bold")
        text.append(f"  {byte_count(one.layer_bytes)} uncompressed{more}, ")
        text.append(f"{counted(len(one.listing), 'file')}, {counted(len(one.layers), 'layer')}\n")
    delta = difference.delta_bytes
    part = share(abs(delta), before.layer_bytes)
    sign = "" if part == "-" else f" ({'-' if delta < 0 else '+'}{part})"
    text.append(f"B - A: {signed(delta)}{sign}", style=f"bold {_style(delta)}")
    packed = difference.compressed_delta_bytes
    if packed is not None:
        text.append(f" uncompressed, {signed(packed)} compressed", style=_style(packed))
    return text


def _sums(difference: Difference) -> Table:
    """The parts of the difference by files; they add up to it."""
    table = _plain()
    for kind in ChangeKind:
        files = [one for one in difference.files if one.kind is kind]
        if files:
            delta = sum(one.delta_bytes for one in files)
            cells = (signed(delta), f"{counted(len(files), 'file')} {kind}")
            table.add_row(*cells, style=_STYLES[kind])
    hidden = difference.hidden_delta_bytes
    if hidden:
        table.add_row(signed(hidden), "hidden in layers: overwritten or deleted")
    table.add_row(signed(difference.delta_bytes), "together", style="bold")
    return table


def _layers(difference: Difference) -> Iterator[RenderableType]:
    shared = difference.shared_layers
    count = sum(layer.stored_bytes for layer in shared)
    title = f"Layers: {len(shared)} shared with {byte_count(count)}"
    rows = [(layer, ChangeKind.REMOVED) for layer in difference.removed_layers]
    rows += [(layer, ChangeKind.ADDED) for layer in difference.added_layers]
    table = _plain(title)
    for layer, kind in rows:
        table.add_row(_layer_bytes(layer, kind), _layer(layer, kind), style=_STYLES[kind])
    yield table


def _layer_bytes(layer: LayerShare, kind: ChangeKind) -> str:
    count = layer.stored_bytes
    return signed(count if kind is ChangeKind.ADDED else -count)


def _layer(layer: LayerShare, kind: ChangeKind) -> str:
    side = "A" if kind is ChangeKind.REMOVED else "B"
    packed = layer.compressed_bytes
    more = "" if packed is None else f" ({byte_count(packed)} compressed)"
    return f"{side} {layer.number}{more}  {one_line(layer.instruction)}"


def _has_changed(one: PackageDelta) -> bool:
    return bool(one.delta.delta_bytes) or one.before_versions != one.after_versions


def _package(one: PackageDelta) -> str:
    name = "files of no package" if one.delta.key is None else clipped(str(one.delta.key))
    before, after = (", ".join(v) for v in (one.before_versions, one.after_versions))
    if not before and not after:
        return name
    if before == after:
        return f"{name} {clipped(before, 60)}"
    return f"{name} {clipped(before, 60) or '(none)'} → {clipped(after, 60) or '(gone)'}"


def _sides(one: Delta[str]) -> str:
    return (
        f"{clipped(str(one.key), 60)}  {byte_count(one.before_bytes)} → "
        f"{byte_count(one.after_bytes)}"
    )


def _table(title: str, rows: Iterable[tuple[int, str]], total: int) -> Table:
    table = _plain(title)
    rest = 0
    for number, (delta, text) in enumerate(rows):
        if number < _ROWS or total == _ROWS + 1:
            table.add_row(signed(delta), text, style=_style(delta))
        else:
            rest += delta
    if total > _ROWS + 1:
        table.add_row(signed(rest), f"{total - _ROWS:,} more", style="dim")
    return table


def _files(difference: Difference) -> Table:
    rows = (
        (one.delta_bytes, f"{one.kind.value:8} {clipped_path(f'/{one.path}', 110)}")
        for one in difference.files
    )
    return _table("Files", rows, len(difference.files))


def _plain(title: str | None = None) -> Table:
    table = bare_table(title)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    return table


def _style(delta: int) -> str:
    return "red" if delta > 0 else "green" if delta < 0 else ""
