"""The merged tree and its waste, case by case."""

from __future__ import annotations

import pytest

from jettison.oci import (
    Entry,
    EntryKind,
    Fate,
    FileTree,
    LayerBuilder,
    LimitExceeded,
    MalformedLayer,
    TreeBuilder,
    WasteReason,
    build_image,
    read_contents,
    read_tree,
    waste,
)


def merged(*layers: LayerBuilder, digests: bool = True) -> FileTree:
    return read_tree(build_image(layers).layers, digests=digests)


def paths(tree: FileTree) -> list[str]:
    return [node.path for node in tree]


def new() -> LayerBuilder:
    return LayerBuilder()


def test_an_entry_knows_its_layer_and_what_it_shadows() -> None:
    tree = merged(
        new().file("a", b"1"), new().file("a", b"22"), new().whiteout("a"), new().file("a")
    )
    node = tree.get("/a")
    assert node is not None
    assert (node.layer, node.content_bytes, node.fate, node.fate_layer) == (
        3,
        0,
        Fate.VISIBLE,
        None,
    )
    newer, older = node.shadowed
    assert (newer.layer, newer.fate, newer.fate_layer) == (1, Fate.DELETED, 2)
    assert (older.layer, older.fate, older.fate_layer) == (0, Fate.OVERWRITTEN, 1)


def test_an_opaque_directory_keeps_its_own_layers_entries() -> None:
    base = new().directory("d").file("d/old", b"1").file("d/sub/old", b"2")
    tree = merged(base, new().file("d/new").opaque("d").file("d/sub/new"))
    assert paths(tree) == ["d", "d/new", "d/sub", "d/sub/new"]


def test_a_whiteout_hides_lower_layers_only() -> None:
    tree = merged(new().file("d/x"), new().directory("d").file("d/y").whiteout("d"))
    assert paths(tree) == ["d", "d/y"]
    tree = merged(new().file("d/x").file("d/e/f"), new().file("d/e/g").whiteout("d"))
    assert paths(tree) == ["d", "d/e", "d/e/g"]
    found = tree.get("d")
    assert found is not None
    assert found.implied


def test_a_whiteout_of_nothing_is_nothing() -> None:
    assert paths(merged(new().whiteout("x").whiteout("no/such").opaque("neither"))) == []


def test_aufs_bookkeeping_is_passed_over() -> None:
    assert paths(merged(new().file(".wh..wh.aufs").file(".wh..wh.plnk/1.2", b"x"))) == [
        ".wh..wh.plnk",
        ".wh..wh.plnk/1.2",
    ]


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_no_name_is_an_error(name: str) -> None:
    with pytest.raises(MalformedLayer, match="whiteout"):
        merged(new().file(f"a/{name}"))


def test_a_directory_over_a_directory_keeps_the_children() -> None:
    tree = merged(new().directory("d").file("d/x"), new().directory("d", mode=0o700, uid=5))
    node = tree.get("d")
    assert node is not None
    assert (node.layer, node.mode, node.uid) == (1, 0o700, 5)
    assert [child.path for child in node.children()] == ["d/x"]


def test_a_file_over_a_directory_hides_it_for_good() -> None:
    tree = merged(new().file("d/x", b"1"), new().file("d"), new().directory("d"))
    assert paths(tree) == ["d"]
    hidden = {(node.path, node.fate) for node in tree.hidden()}
    assert ("d/x", Fate.OVERWRITTEN) in hidden


def test_links_of_the_same_layer_are_followed_and_lower_ones_replaced() -> None:
    tree = merged(new().directory("usr/lib").symlink("lib", "usr/lib").file("lib/x"))
    assert paths(tree) == ["lib", "usr", "usr/lib", "usr/lib/x"]
    tree = merged(new().directory("usr/lib").symlink("lib", "usr/lib"), new().file("lib/x"))
    assert paths(tree) == ["lib", "lib/x", "usr", "usr/lib"]
    tree = merged(new().symlink("up", "../../..").file("up/x").symlink("abs", "/y").file("abs/z"))
    assert paths(tree) == ["abs", "up", "x", "y", "y/z"]


def test_links_that_never_end_are_an_error() -> None:
    with pytest.raises(MalformedLayer, match="never end"):
        merged(new().symlink("a", "b").symlink("b", "a").file("a/x"))
    tree = merged(new().symlink("a", "b").symlink("b", "a").symlink("c", "/c/c"))
    assert tree.resolve("a") is None
    assert tree.resolve("c") is None


def test_paths_are_resolved_as_in_the_container() -> None:
    tree = merged(
        new()
        .file("usr/lib/os-release", b"x")
        .symlink("etc/os-release", "../usr/lib/os-release")
        .symlink("abs", "/usr/lib")
        .symlink("out", "../../../usr"),
    )
    for path in (
        "/etc/os-release",
        "abs/os-release",
        "out/lib/../lib/os-release",
        "//usr/./lib/os-release",
    ):
        found = tree.resolve(path)
        assert found is not None
        assert found.path == "usr/lib/os-release"
    assert tree.resolve("abs/nothing") is None
    assert tree.get("abs/os-release") is None
    assert "usr/lib" in tree


def test_hard_links_count_once() -> None:
    tree = merged(new().file("a", b"x" * 10, mode=0o600).hard_link("b", "a").hard_link("c", "b"))
    assert tree.stored_bytes == 10
    nodes = [tree.get(path) for path in "abc"]
    assert [(node.content_bytes, node.mode) for node in nodes if node] == [(10, 0o600)] * 3
    assert len({node.inode for node in nodes if node}) == 1
    assert len({node.digest for node in nodes if node}) == 1
    first = nodes[0]
    assert first is not None
    assert tree.names(first) == ("a", "b", "c")
    assert waste(tree).waste_bytes == 0


def test_content_lives_as_long_as_one_name() -> None:
    layers = [new().file("a", b"x" * 10).hard_link("b", "a"), new().whiteout("a")]
    tree = merged(*layers)
    assert tree.stored_bytes == 10
    assert waste(tree).waste_bytes == 0
    assert [node.path for node in tree.holders()] == ["b"]
    layers.append(new().whiteout("b"))
    found = waste(merged(*layers))
    assert (found.deleted_bytes, found.tree_bytes) == (10, 0)
    assert [(item.node.path, item.stored_bytes) for item in found.items()] == [("a", 10)]


@pytest.mark.parametrize("target", ["nothing", "d", "", "no/such"])
def test_hard_links_to_what_is_no_file_are_errors(target: str) -> None:
    with pytest.raises(MalformedLayer, match="hard link"):
        merged(new().directory("d").hard_link("x", target))


def test_a_hard_link_to_a_symbolic_link_is_one() -> None:
    tree = merged(new().symlink("s", "t").hard_link("h", "s"))
    node = tree.get("h")
    assert node is not None
    assert (node.kind, node.link) == (EntryKind.SYMLINK, "t")


def test_the_root_has_attributes_and_must_be_a_directory() -> None:
    assert merged(new().directory("", mode=0o711)).root.mode == 0o711
    with pytest.raises(MalformedLayer, match="root"):
        merged(new().entry(Entry("", EntryKind.SYMLINK, link="x")))


def test_of_two_entries_in_one_layer_the_later_wins() -> None:
    tree = merged(new().file("a", b"123").file("a", b"4"))
    found = waste(tree)
    assert (found.layer_bytes, found.tree_bytes, found.overwritten_bytes) == (4, 1, 3)


def test_waste_is_what_dive_gets_wrong() -> None:
    """The kept copy is not counted, files that went with their directory are (dive#684)."""
    tree = merged(
        new().file("root/saved.txt", b"s" * 6405).file("root/d/somefile", b"f" * 6405),
        new().file("root/saved.txt", b"s" * 6405, mode=0o600),
        new().whiteout("root/d"),
    )
    found = waste(tree)
    assert (found.overwritten_bytes, found.deleted_bytes) == (6405, 6405)
    assert found.hidden_bytes == found.layer_bytes - found.tree_bytes
    overwritten, deleted = found.items()
    assert (overwritten.reason, overwritten.same_content) == (WasteReason.OVERWRITTEN, True)
    assert overwritten.twin == tree.get("root/saved.txt")
    assert (deleted.reason, deleted.node.path) == (WasteReason.DELETED, "root/d/somefile")
    assert found.by_layer == (12810, 0, 0)
    assert [item.stored_bytes for item in found.largest[:1]] == [6405]


def test_duplicates_need_digests() -> None:
    layers = [new().file("a", b"12345").file("b", b"12345").file("empty").file("empty2")]
    assert waste(merged(*layers)).duplicated_bytes == 5
    assert waste(merged(*layers, digests=False)).duplicated_bytes == 0


def test_contents_are_read_in_one_pass() -> None:
    image = build_image(
        [new().file("a", b"1").file("b", b"2").hard_link("c", "b"), new().file("d", b"3")]
    )
    tree = read_tree(image.layers)
    found = {node.path: content for node, content in read_contents(image.layers, tree)}
    assert found == {"a": b"1", "b": b"2", "c": b"2", "d": b"3"}
    with pytest.raises(LimitExceeded):
        list(read_contents(image.layers, tree, max_bytes=0))


def test_a_tree_has_a_limit() -> None:
    builder = TreeBuilder(max_nodes=10)
    builder.begin_layer("x")
    with pytest.raises(LimitExceeded, match="too many paths"):
        builder.add(Entry("/".join("a" * 11), EntryKind.FILE))


def test_a_million_repeated_hides_take_no_time() -> None:
    """Each of these would be quadratic in a tree that walks what is hidden already."""
    many = new()
    for number in range(2000):
        many.file(f"d/{number}")
    chain = "/".join(["e"] * 400)
    hostile = new().file(f"{chain}/x")
    for _ in range(2000):
        hostile.opaque("d").whiteout("d")
    for depth in range(400, 0, -1):
        hostile.opaque("/".join(["e"] * depth))
    for _ in range(1000):
        hostile.file("d").directory("d")
    tree = merged(many, hostile, digests=False)
    assert len(tree) == 402


def test_a_hard_links_header_sets_owner_and_mode_of_the_file() -> None:
    layer = LayerBuilder().file("a", b"1", mode=0o600, uid=5)
    layer.entry(Entry("b", EntryKind.HARD_LINK, 0o755, 7, 8, mtime_ns=9, link="a"))
    tree = read_tree(build_image([layer]).layers)
    for path in ("a", "b"):
        node = tree.get(path)
        assert node is not None
        assert (node.mode, node.uid, node.gid, node.mtime_ns) == (0o755, 7, 8, 9)
