"""What the explorer shows of an image, and how fast for half a million files."""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING

from tests.unit.tui.samples import sample

from jettison.imaging import Owners, list_files
from jettison.oci import Entry, EntryKind, LayerBuilder, TreeBuilder
from jettison.tui.catalogue import Catalogue, merged
from jettison.tui.view import EVERYTHING, Order, Scope, View

if TYPE_CHECKING:
    from collections.abc import Iterator

LOW = LayerBuilder().file("usr/bin/a", b"a" * 5).file("usr/lib/B.so", b"b" * 7).file("top", b"t")
HIGH = LayerBuilder().file("usr/bin/c", b"c" * 9).file("opt/d/e/f", b"f")
HIGH.symlink("opt/d/link", "e")


def _view(scope: Scope = EVERYTHING, text: str = "") -> View:
    inspection = sample(LOW, HIGH)
    return View(merged(inspection.tree, inspection.listing), inspection.owners, scope, text)


def _names(view: View, path: str = "", order: Order = Order.BYTES) -> list[tuple[str, int]]:
    one = view.catalogue
    folder = one.folder_number(path)
    assert folder is not None
    return [
        (one.folders[~key] if key < 0 else one.names[key], view.bytes_of(key))
        for key in view.keys(folder, order)
    ]


def test_all_by_bytes_name_and_entries() -> None:
    view = _view()
    assert _names(view) == [("usr", 21), ("opt", 1), ("top", 1)]
    assert _names(view, order=Order.NAME) == [("opt", 1), ("usr", 21), ("top", 1)]
    assert _names(view, order=Order.ENTRIES) == [("usr", 21), ("opt", 1), ("top", 1)]
    assert _names(view, "usr") == [("usr/bin", 14), ("usr/lib", 7)]
    assert (view.entries, view.total_bytes, view.is_all) == (6, 23, True)
    assert view.keys(0) is view.keys(0)


def test_one_layer_package_category_and_words() -> None:
    assert _names(_view(Scope(layer=1))) == [("usr", 9), ("opt", 1)]
    assert _names(_view(Scope(layer=1)), "opt/d") == [("opt/d/e", 1), ("link", 0)]
    assert _names(_view(text="LIB")) == [("usr", 7)]
    assert _names(_view(Scope(layer=0), "bin")) == [("usr", 5)]
    assert _view(Scope(package=0)).entries == 5
    libraries = [_view(Scope(category=number)) for number in range(20)]
    assert sum(view.entries for view in libraries) == 5
    nothing = _view(text="nowhere")
    assert (nothing.entries, nothing.total_bytes, list(nothing.keys(0))) == (0, 0, [])
    assert _view(text="re:(").problem.startswith("re:(: ")


def test_an_image_without_files() -> None:
    inspection = sample(LayerBuilder())
    view = View(merged(inspection.tree, inspection.listing), inspection.owners, text="x")
    assert list(view.keys(0)) == []


def _many(folders: int, files: int) -> Iterator[Entry]:
    for folder in range(folders):
        yield Entry(f"top{folder % 40}/folder{folder}", EntryKind.DIRECTORY)
        for file in range(files):
            path = f"top{folder % 40}/folder{folder}/file{file}.txt"
            yield Entry(path, EntryKind.FILE, content_bytes=file, stored_bytes=file)
    for file in range(20_000):
        yield Entry(
            f"large/{file}", EntryKind.FILE, content_bytes=file % 99, stored_bytes=file % 99
        )


def _large() -> tuple[Catalogue, Owners]:
    builder = TreeBuilder()
    builder.add_layer("many", _many(1000, 60))
    tree = builder.finish()
    listing = list_files(tree)
    owners = Owners((None,), array("I", bytes(4 * len(listing))), bytearray(len(listing)), {})
    return merged(tree, listing), owners


def test_many_files_are_filtered_and_sorted_quickly() -> None:
    one, owners = _large()
    started = time.process_time()
    view = View(one, owners, text="folder77")
    assert view.entries == 11 * 60
    every = View(one, owners)
    large = one.folder_number("large")
    assert large is not None
    assert len(every.keys(large)) == 20_000
    seconds = time.process_time() - started
    assert seconds < 0.5, f"{seconds:.2f} s for 80,000 files"
