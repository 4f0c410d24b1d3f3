"""What the explorer's trees are made of: the merged image, and what a layer did."""

from __future__ import annotations

from tests.unit.tui.samples import sample

from jettison.oci import LayerBuilder
from jettison.tui.catalogue import NO_FILE, Catalogue, Mark, merged
from jettison.tui.changes import Changes, History


def _whole(*layers: LayerBuilder) -> Catalogue:
    inspection = sample(*layers)
    return merged(inspection.tree, inspection.listing)


def _changes(layer: int, *layers: LayerBuilder) -> Changes:
    return History(sample(*layers).tree).changes(layer)


def _marked(changes: Changes) -> dict[str, Mark]:
    one = changes.catalogue
    found = {one.path(entry): Mark(one.marks[entry]) for entry in range(len(one))}
    for folder, mark in one.folder_marks.items():
        found[f"{one.folders[folder]}/"] = mark
    return found


def test_the_merged_tree_has_links_and_empty_folders_too() -> None:
    layer = LayerBuilder().file("a/z", b"zz").file("a/b", b"b").symlink("a/link", "z")
    layer.hard_link("c/again", "a/z").directory("empty/below")
    one = _whole(layer)
    assert one.folders == ["", "a", "c", "empty", "empty/below"]
    assert [one.path(entry) for entry in range(len(one))] == ["a/b", "a/link", "a/z", "c/again"]
    assert [*one.held] == [1, 0, 2, 0]
    assert one.file[1] == one.file[3] == NO_FILE
    assert [*one.sums] == [3, 3, 0, 0, 0]
    assert [*one.counts] == [4, 3, 1, 0, 0]
    assert list(one.more_names.values()) == [["c/again"]]


def test_paths_are_found() -> None:
    one = _whole(LayerBuilder().file("a/b/c", b"1").file("a/d", b"2").file("e", b"3"))
    assert one.folder_number("a/b") == 2
    assert one.folder_number("a/d") is None
    for path in ("a/b/c", "a/d", "e"):
        entry = one.find(path)
        assert entry is not None
        assert one.path(entry) == path
    assert one.find("a/c") is None
    assert one.find("x/c") is None


def test_a_layer_adds_modifies_and_removes() -> None:
    low = LayerBuilder().file("a/kept", b"k").file("a/changed", b"c").file("a/gone", b"ggg")
    low.directory("d", mode=0o755).file("d/x", b"x")
    top = LayerBuilder().directory("a").file("a/changed", b"cc").file("new", b"nnnn")
    top.whiteout("a/gone").directory("d", mode=0o700)
    changes = _changes(1, low, top)
    assert _marked(changes) == {
        "a/changed": Mark.MODIFIED,
        "new": Mark.ADDED,
        "a/gone": Mark.REMOVED,
        "d/": Mark.MODIFIED,
    }
    assert changes.sums == {Mark.NONE: 0, Mark.ADDED: 4, Mark.MODIFIED: 2, Mark.REMOVED: 3}
    assert changes.counts == {Mark.NONE: 0, Mark.ADDED: 1, Mark.MODIFIED: 2, Mark.REMOVED: 1}
    assert changes.catalogue.folders == ["", "a", "d"]


def test_the_first_layer_adds_all() -> None:
    changes = _changes(0, LayerBuilder().file("a/b", b"1").directory("c"), LayerBuilder())
    assert _marked(changes) == {"a/b": Mark.ADDED, "a/": Mark.ADDED, "c/": Mark.ADDED}


def test_an_opaque_folder_and_one_that_becomes_a_file() -> None:
    low = LayerBuilder().file("o/a", b"1").file("o/b", b"2").file("f/x", b"3")
    top = LayerBuilder().opaque("o").file("o/b", b"22").file("f", b"4")
    marked = _marked(_changes(1, low, top))
    assert marked["o/a"] is Mark.REMOVED
    assert marked["o/b"] is Mark.MODIFIED
    assert marked["f/x"] is Mark.REMOVED
    assert marked["f"] is Mark.MODIFIED


def test_what_comes_back_after_a_deletion_is_added() -> None:
    low, back = LayerBuilder().file("a", b"1"), LayerBuilder().file("a", b"1")
    history = History(sample(low, LayerBuilder().whiteout("a"), back).tree)
    assert history.known(1) is None
    assert _marked(history.changes(1)) == {"a": Mark.REMOVED}
    assert _marked(history.changes(2)) == {"a": Mark.ADDED}
    assert history.known(1) is history.changes(1)


def test_a_layer_without_files() -> None:
    changes = _changes(1, LayerBuilder().file("a", b"1"), LayerBuilder())
    assert (len(changes.catalogue), changes.catalogue.folders) == (0, [""])
