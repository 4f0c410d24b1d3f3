"""All that is known about an entry, a folder, a wasted file or a layer, as lines of text."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text

from jettison.oci import EntryKind, WasteReason
from jettison.record import record
from jettison.report.figures import byte_count, clipped, clipped_path, counted, one_line
from jettison.tui.catalogue import NO_FILE
from jettison.tui.layers import layer_name

if TYPE_CHECKING:
    from jettison.imaging import Inspection, LayerShare, Share
    from jettison.oci import Node, WasteItem
    from jettison.tui.catalogue import Catalogue
    from jettison.tui.view import View

_KINDS = {
    EntryKind.FILE: ("file", "-"),
    EntryKind.DIRECTORY: ("folder", "d"),
    EntryKind.SYMLINK: ("symbolic link", "l"),
    EntryKind.HARD_LINK: ("hard link", "h"),
    EntryKind.CHARACTER_DEVICE: ("character device", "c"),
    EntryKind.BLOCK_DEVICE: ("block device", "b"),
    EntryKind.FIFO: ("pipe", "p"),
}
Fact = tuple[str, str]


@record
class Details:
    """A title and named facts; the first facts are those that matter most."""

    title: str
    facts: tuple[Fact, ...]

    def short(self) -> Text:
        """The title, then a line for each fact, for a panel of a few lines."""
        text = Text(self.title, style="bold")
        for name, value in self.facts:
            text.append(f"\n{name} " if name else "\n", style="not bold dim")
            text.append(value, style="not bold")
        return text


def about_entry(inspection: Inspection, view: View, entry: int) -> Details:
    """What is known about an entry that is no folder."""
    one = view.catalogue
    node = inspection.tree.node(one.record[entry])
    link = f"  → {clipped(node.link)}" if node.link else ""
    facts = [("", _attributes(node)), ("made by", layer_name(inspection, node.layer))]
    facts += _fate(inspection, node)
    if whose := _whose(inspection, node, one.file[entry]):
        facts.append(("belongs to", whose))
    facts += _shadowed(inspection, node)
    return Details(f"{clipped_path(f'/{node.path}', 200)}{link}", tuple(facts))


def about_folder(inspection: Inspection, view: View, folder: int) -> Details:
    """What is known about a folder, of what is in view below it."""
    path = view.catalogue.folders[folder]
    total, count = view.sums[folder], view.counts[folder]
    facts = [("", f"{total:,} bytes in {_entries(count)}")]
    node = None if view.catalogue.marks else inspection.tree.get(path)
    if node is not None and node.is_directory:
        facts = [("", f"{facts[0][1]}, {_owner(node)}")]
        implied = " (no layer has an entry for it)" if node.implied else ""
        facts.append(("made by", f"{layer_name(inspection, node.layer)}{implied}"))
    if mark := view.catalogue.folder_marks.get(folder):
        facts.append(("", f"the folder itself was {mark.name.lower()} by the layer"))
    folders = inspection.listing.folders
    cache = inspection.owners.caches.get(folders.index(path)) if path in folders else None
    if cache is not None:
        facts.insert(1, (f"{cache.label}:", cache.remedy))
    return Details(f"{clipped_path(f'/{path}', 200)}", tuple(facts))


def about_layer(layer: LayerShare, inspection: Inspection) -> Details:
    """What is known about a layer."""
    hidden = layer.stored_bytes - layer.visible_bytes
    amounts = f"{layer.stored_bytes:,} bytes in {counted(layer.files, 'file')}"
    if hidden:
        amounts += f", {byte_count(hidden)} of it overwritten or deleted later"
    if layer.compressed_bytes is not None:
        amounts += f", {byte_count(layer.compressed_bytes)} compressed"
    name, _, words = layer_name(inspection, layer.number, 2000).partition(": ")
    return Details(name, (("", amounts), ("", words), ("diff ID", str(layer.diff_id))))


def about_waste(inspection: Inspection, item: WasteItem) -> Details:
    """Why a file's bytes are of no use, with both layers' instructions."""
    facts = [("", f"{item.stored_bytes:,} bytes {item.reason.value}")]
    holder = item.node.content_layer
    facts.append(("held by", layer_name(inspection, holder)))
    by = item.node.fate_layer
    if item.reason is WasteReason.DUPLICATED and item.twin is not None:
        path = clipped_path(f"/{item.twin.path}", 100)
        facts.append(("same as", f"{path} of {layer_name(inspection, item.twin.content_layer)}"))
    elif by is not None:
        same = ", by the same content" if item.same_content else ""
        facts.append((f"{item.reason.value} by", f"{layer_name(inspection, by)}{same}"))
    return Details(clipped_path(f"/{item.node.path}", 200), tuple(facts))


def about_share(name: str, one: Share[object]) -> Details:
    """A package's or category's bytes."""
    own = f"{one.own_bytes:,} of them not the base image's"
    amount = f"{one.total_bytes:,} bytes in {counted(one.files, 'file')}, {own}"
    return Details(name, (("", amount), ("", "Enter shows its files in the tree")))


def all_about(inspection: Inspection, whole: Catalogue, view: View, entry: int) -> Details:
    """What the panel says of an entry and what takes longer to say; ``whole`` is the image's."""
    short = about_entry(inspection, view, entry)
    node = inspection.tree.node(view.catalogue.record[entry])
    facts = [("path", f"/{clipped(node.path, 4096)}"), *short.facts]
    if node.kind is EntryKind.FILE:
        facts.append(("content", str(node.digest or "its digest was not read")))
        names = _names(inspection, whole, node)
        facts += [("also named", f"/{clipped(name, 4096)}") for name in names if name != node.path]
    for name, value in node.xattrs:
        facts.append((clipped(name), value[:64].hex()))
    return Details(clipped_path(f"/{node.path}", 60), tuple(facts))


def _names(inspection: Inspection, whole: Catalogue, node: Node) -> list[str]:
    more = whole.more_names.get(node.inode)
    if more is None:
        return []
    return [inspection.listing.path(inspection.listing.inode.index(node.inode)), *more[:50]]


def _attributes(node: Node) -> str:
    parts = [f"{_KINDS[node.kind][0]}", _owner(node)]
    if node.kind is EntryKind.FILE:
        parts.insert(1, f"{node.content_bytes:,} bytes")
    if node.device is not None:
        parts.append(f"device {node.device[0]}:{node.device[1]}")
    parts.append(_date(node.mtime_ns))
    if node.digest is not None:
        parts.append(str(node.digest)[:19])
    return ", ".join(parts)


def _owner(node: Node) -> str:
    letters = stat.filemode(node.mode)[1:]
    return f"{_KINDS[node.kind][1]}{letters} {node.uid}:{node.gid}"


def _date(mtime_ns: int) -> str:
    try:
        return f"{datetime.fromtimestamp(mtime_ns // 10**9, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return "no date"


def _fate(inspection: Inspection, node: Node) -> list[Fact]:
    if node.fate_layer is None:
        return []
    return [(f"{node.fate.name.lower()} by", layer_name(inspection, node.fate_layer))]


def _whose(inspection: Inspection, node: Node, file: int) -> str:
    if file == NO_FILE and node.kind is EntryKind.FILE:
        inodes = inspection.listing.inode
        file = inodes.index(node.inode) if node.inode in inodes else NO_FILE
    if file == NO_FILE:
        return ""
    package, category = inspection.owners.package(file), inspection.owners.category(file)
    owner = "no package" if package is None else one_line(str(package), 80)
    folder = inspection.listing.folder[file]
    cache = inspection.owners.caches.get(folder)
    remedy = f"; {cache.label}: {cache.remedy}" if cache is not None else ""
    return f"{owner}, {category}{remedy}"


def _shadowed(inspection: Inspection, node: Node) -> list[Fact]:
    found = []
    for older in node.shadowed:
        size = f"{older.content_bytes:,} bytes" if older.kind is EntryKind.FILE else ""
        what = f"{size or _KINDS[older.kind][0]}, {_owner(older)}"
        if older.digest is not None and older.digest == node.digest:
            what += ", the same content"
        found.append(("hides", f"{what}, of {layer_name(inspection, older.layer, 120)}"))
    return found


def _entries(count: int) -> str:
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"
