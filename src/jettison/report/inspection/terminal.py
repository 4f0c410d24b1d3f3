"""An image taken apart, for a terminal: where its bytes are and what to do first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jettison.imaging import CompressedBasis, advise
from jettison.oci import BaseBasis, WasteReason
from jettison.report.bare import bare_table
from jettison.report.figures import byte_count, clipped, clipped_path, counted, one_line, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from jettison.imaging import Advice, Inspection, LayerShare
    from jettison.oci import WasteGroup

__all__ = ["basis_words", "compressed_words", "render_inspection"]

_ROWS = 10
_WASTE_ROWS = 8
_BAR = 12
_MOST_LAYERS = 40


def render_inspection(inspection: Inspection) -> RenderableType:
    """The sums, the advice, and a table for each way to take the bytes apart."""
    parts: list[RenderableType] = [_header(inspection)]
    advice = advise(inspection)
    if advice:
        parts += [Text(), Text("What to do first", style="bold"), *_advice(advice)]
    parts += [Text(), _layers(inspection)]
    if inspection.waste.waste_bytes:
        parts += [Text(), _waste(inspection)]
    whole = inspection.tree_bytes
    categories = ((c.total_bytes, str(c.key), c.files) for c in inspection.parts.categories)
    parts += [Text(), _table("What the files are", categories, whole)]
    packages = (
        (p.total_bytes, "files of no package" if p.key is None else str(p.key), p.files)
        for p in inspection.parts.packages
    )
    parts += [Text(), _table("Packages", packages, whole)]
    folders = (
        (p.total_bytes, f"/{p.path}{' (rest)' if p.rest and p.path else ''}", p.files)
        for p in inspection.places
    )
    parts += [Text(), _table("Folders", folders, whole)]
    return Group(*parts)


def _header(inspection: Inspection) -> Text:
    subject = inspection.subject
    text = Text(clipped(subject.name, 120), style="bold")
    text.append(f"  {subject.config.platform}, from {subject.source}\n", style="not bold dim")
    text.append(f"{byte_count(inspection.layer_bytes)} uncompressed", style="bold")
    known = compressed_words(inspection)
    layers = counted(len(inspection.layers), "layer")
    text.append(f"{known}, in {layers}; a container sees ", style="not bold")
    files = counted(len(inspection.listing), "file")
    text.append(f"{byte_count(inspection.tree_bytes)} in {files}\n", style="not bold")
    text.append_text(_origin(inspection))
    waste = inspection.waste
    if waste.waste_bytes:
        part = share(waste.waste_bytes, waste.layer_bytes)
        text.append(f" · wasted {byte_count(waste.waste_bytes)} ({part})", style="not bold yellow")
    return text


def compressed_words(inspection: Inspection) -> str:
    """The compressed bytes, to follow the uncompressed ones, or how to get them."""
    count = inspection.compressed_bytes
    if count is None:
        return ", compressed not known (--compressed measures it)"
    measured = inspection.compressed_basis is CompressedBasis.MEASURED
    how = f" ({CompressedBasis.MEASURED})" if measured else ""
    return f", {byte_count(count)} compressed{how}"


def _origin(inspection: Inspection) -> Text:
    base, whole = inspection.base, inspection.layer_bytes
    if base.basis is BaseBasis.DOCKERFILE and not base.layers:
        return Text("no base image, all bytes are own", style="not bold dim")
    if not base.layers:
        return Text("base image not known", style="not bold dim")
    name = clipped(base.name, 80) if base.name else "image"
    return Text(
        f"base {name} {byte_count(inspection.base_bytes)} "
        f"({share(inspection.base_bytes, whole)}, {basis_words(base.basis)}) · "
        f"own {byte_count(inspection.own_bytes)} ({share(inspection.own_bytes, whole)})",
        style="not bold",
    )


def basis_words(basis: BaseBasis) -> str:
    """How the base image is known, in a few words."""
    match basis:
        case BaseBasis.SHARED_LAYERS:
            return "by its layers"
        case BaseBasis.DOCKERFILE:
            return "by the Dockerfile"
        case BaseBasis.LABEL:
            return "by a label"
        case BaseBasis.HISTORY:
            return "guessed from the history"
        case BaseBasis.UNKNOWN:
            return "not known"


def _advice(advice: Iterable[Advice]) -> Iterator[RenderableType]:
    table = Table(box=None, pad_edge=True, show_header=False, padding=(0, 1))
    table.add_column(justify="right", no_wrap=True, style="bold")
    table.add_column(ratio=1)
    for one in advice:
        count = byte_count(one.about_bytes) if one.about_bytes else "!"
        text = Text(f"{clipped(one.what, 240)}: ").append(one.remedy, style="green")
        if one.rule:
            text.append(f"  {one.rule}", style="cyan")
        table.add_row(count, text)
    yield table


def _layers(inspection: Inspection) -> Table:
    table = Table(title="Layers", title_justify="left", title_style="bold", box=None, pad_edge=True)
    compressed = inspection.compressed_bytes is not None
    heads = ["", "bytes", *(["compressed"] if compressed else []), "wasted"]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, style="cyan")
    table.add_column("instruction", ratio=1, no_wrap=True, overflow="ellipsis")
    shown = inspection.layers
    left_out: tuple[LayerShare, ...] = ()
    if len(shown) > _MOST_LAYERS:
        largest = sorted(shown, key=lambda layer: -layer.stored_bytes)[:_MOST_LAYERS]
        left_out = tuple(layer for layer in shown if layer not in largest)
        shown = tuple(layer for layer in shown if layer in largest)
    for layer in shown:
        cells = [str(layer.number), byte_count(layer.stored_bytes)]
        if compressed:
            cells.append(byte_count(layer.compressed_bytes or 0))
        cells.append(byte_count(layer.waste_bytes) if layer.waste_bytes else "")
        where = "base" if layer.is_base else "" if layer.line is None else f"line {layer.line}"
        instruction = one_line(layer.instruction) or "(not in the history)"
        table.add_row(*cells, where, instruction, style="dim" if layer.is_base else None)
    if left_out:
        rest = sum(layer.stored_bytes for layer in left_out)
        table.add_row("", byte_count(rest), *[""] * (len(heads) - 1), f"{len(left_out)} more")
    return table


def _waste(inspection: Inspection) -> Table:
    waste = inspection.waste
    sums = (
        (WasteReason.OVERWRITTEN, waste.overwritten_bytes),
        (WasteReason.DELETED, waste.deleted_bytes),
        (WasteReason.DUPLICATED, waste.duplicated_bytes),
    )
    told = ", ".join(f"{byte_count(count)} {reason}" for reason, count in sums if count)
    if not inspection.tree.has_digests:
        told += ", contents not compared"
    table = bare_table(f"Waste: {told}")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    groups = inspection.waste.groups
    shown = groups if len(groups) <= _WASTE_ROWS + 1 else groups[:_WASTE_ROWS]
    for group in shown:
        files = counted(group.files, "file")
        table.add_row(byte_count(group.stored_bytes), group.cause.reason.value, files, _why(group))
    if rest := groups[len(shown) :]:
        count = byte_count(sum(group.stored_bytes for group in rest))
        files = counted(sum(group.files for group in rest), "file")
        table.add_row(count, "", files, f"{len(rest):,} more places")
    return table


def _why(group: WasteGroup) -> str:
    """Where wasted bytes are, and between which layers they were lost."""
    cause = group.cause
    path = clipped_path(f"/{group.path}", 70)
    mostly = "" if group.everywhere else " and elsewhere"
    if group.twin == group.path:
        return f"within {path} (layer {cause.layer})"
    if cause.reason is WasteReason.DUPLICATED:
        twin = clipped_path(f"/{group.twin}", 60)
        return f"{path}, as in {twin} (layer {cause.layer})"
    same = ", same content" if cause.same_content else ""
    return f"{path}{mostly} (layer {cause.layer}, by layer {cause.by_layer}{same})"


def _table(title: str, rows: Iterable[tuple[int, str, int]], whole: int) -> Table:
    """The largest parts with bars, and the others as one."""
    table = bare_table(title)
    for _ in ("bytes", "share"):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, style="blue", width=_BAR)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True, style="dim")
    listed = list(rows)
    shown = listed[:_ROWS] if len(listed) > _ROWS + 1 else listed
    most = max((count for count, _, _ in shown), default=0)
    for count, name, files in shown:
        bar = "▇" * round(_BAR * count / most) if most else ""
        cells = (byte_count(count), share(count, whole), bar, clipped(name))
        table.add_row(*cells, counted(files, "file"))
    rest = listed[len(shown) :]
    if rest:
        count, files = sum(r[0] for r in rest), sum(r[2] for r in rest)
        cells = (byte_count(count), share(count, whole), "", f"{len(rest):,} more")
        table.add_row(*cells, counted(files, "file"), style="dim")
    return table
