"""What the explorer shows of a listing, and how fast for half a million files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.unit.imaging.samples import image_of, inspected

from jettison.imaging import list_files
from jettison.oci import Entry, EntryKind, TreeBuilder
from jettison.tui.view import Index, View

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = image_of(
    {"usr/bin/a": b"a" * 5, "usr/lib/B.so": b"b" * 7, "top": b"t"},
    {"usr/bin/c": b"c" * 9, "opt/d/e/f": b"f"},
)


def _names(view: View, folder: int = 0, *, by_size: bool = True) -> list[tuple[str, int]]:
    return [(line.name, line.total_bytes) for line in view.lines(folder, by_size=by_size)]


def test_all_by_size_and_by_name() -> None:
    view = View(Index(inspected(IMAGE).listing))
    assert _names(view) == [("usr", 21), ("opt", 1), ("top", 1)]
    assert _names(view, by_size=False) == [("opt", 1), ("usr", 21), ("top", 1)]
    usr = view.lines(0)[0]
    assert (usr.is_folder, usr.files) == (True, 3)
    assert _names(view, usr.number) == [("bin", 14), ("lib", 7)]


def test_one_layer_and_words_of_a_path() -> None:
    index = Index(inspected(IMAGE).listing)
    assert _names(View(index, layer=1)) == [("usr", 9), ("opt", 1)]
    assert _names(View(index, text="LIB")) == [("usr", 7)]
    assert _names(View(index, text="b.so")) == [("usr", 7)]
    assert _names(View(index, text="/bin/")) == [("usr", 14)]
    assert _names(View(index, layer=0, text="bin")) == [("usr", 5)]
    nothing = View(index, text="nowhere")
    assert (nothing.files, nothing.total_bytes, nothing.lines(0)) == (0, 0, [])


def test_an_image_without_files() -> None:
    view = View(Index(inspected(image_of({})).listing), text="x")
    assert view.lines(0) == []


def _many(folders: int, files: int) -> Iterator[Entry]:
    for folder in range(folders):
        yield Entry(f"top{folder % 40}/folder{folder}", EntryKind.DIRECTORY)
        for file in range(files):
            path = f"top{folder % 40}/folder{folder}/file{file}.txt"
            yield Entry(path, EntryKind.FILE, content_bytes=file, stored_bytes=file)


def test_many_files_are_indexed_and_filtered_quickly() -> None:
    builder = TreeBuilder()
    builder.add_layer("many", _many(1000, 60))
    listing = list_files(builder.finish())
    started = time.process_time()
    index = Index(listing)
    view = View(index, text="folder77")
    seconds = time.process_time() - started
    assert view.files == 11 * 60
    assert seconds < 1.5, f"{seconds:.2f} s for 60,000 files"
