"""Waste by cause: whole trees that are there twice, and what a step replaced or deleted."""

from __future__ import annotations

from jettison.oci import LayerBuilder, WasteReason, build_image, read_tree, waste


def groups(*layers: LayerBuilder) -> list[tuple[str, str, str | None, bool, int, int]]:
    found = waste(read_tree(build_image(layers).layers, digests=True)).groups
    return [
        (one.cause.reason.value, one.path, one.twin, one.everywhere, one.stored_bytes, one.files)
        for one in found
    ]


def test_a_tree_that_is_there_twice_is_one_group() -> None:
    layer = LayerBuilder()
    for root in ("opt/venv", "usr/local"):
        for number in range(20):
            layer.file(f"{root}/lib/p{number}/x.py", b"%03d" % number * 10)
    assert groups(layer) == [("duplicated", "usr/local", "opt/venv", True, 600, 20)]


def test_copies_in_one_folder_and_under_other_names() -> None:
    layer = LayerBuilder().file("a/one", b"12345").file("a/two", b"12345").file("b/c/one", b"12345")
    assert groups(layer) == [
        ("duplicated", "a", "a", True, 5, 1),
        ("duplicated", "b/c", "a", True, 5, 1),
    ]


def test_a_step_that_touches_a_tree_is_one_group_at_its_folder() -> None:
    lower = LayerBuilder().file("app/a/x", b"1" * 90).file("app/b/y", b"2" * 60).file("etc/z", b"3")
    upper = LayerBuilder().file("app/a/x", b"1" * 90, uid=7).file("app/b/y", b"2" * 60, uid=7)
    upper.file("etc/z", b"3", uid=7)
    found = waste(read_tree(build_image([lower, upper]).layers, digests=True)).groups
    (group,) = found
    assert group.cause == (WasteReason.OVERWRITTEN, 0, 1, True)
    assert (group.path, group.everywhere, group.stored_bytes) == ("app", False, 151)


def test_a_single_file_is_named_itself() -> None:
    lower = LayerBuilder().file("var/cache/list", b"l" * 9)
    found = groups(lower, LayerBuilder().whiteout("var/cache/list"))
    assert found == [("deleted", "var/cache/list", None, True, 9, 1)]
