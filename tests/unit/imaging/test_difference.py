"""Two images side by side."""

from __future__ import annotations

from tests.unit.imaging.samples import files, image_of, inspected

from jettison.imaging import Category, ChangeKind, compare_images

SITE = "usr/lib/python3/site-packages"
COMMON = files({"bin/sh": b"s" * 100})


def test_files_packages_categories_and_layers() -> None:
    before = image_of(
        COMMON,
        {
            f"{SITE}/flask.py": b"1" * 10,
            f"{SITE}/flask-1.0.dist-info/RECORD": b"flask.py,,\n",
            "app/a.py": b"same length",
            "app/gone.py": b"g" * 50,
        },
        {"app/gone.py": b"G" * 60},
    )
    after = image_of(
        COMMON,
        {
            f"{SITE}/flask.py": b"2" * 30,
            f"{SITE}/flask-2.0.dist-info/RECORD": b"flask.py,,\n",
            "app/a.py": b"SAME length",
            "usr/share/doc/new": b"n" * 7,
        },
    )
    found = compare_images(inspected(before), inspected(after))
    changes = {one.path: (one.kind, one.delta_bytes) for one in found.files}
    record = "dist-info/RECORD"
    assert changes == {
        "app/gone.py": (ChangeKind.REMOVED, -60),
        f"{SITE}/flask.py": (ChangeKind.CHANGED, 20),
        f"{SITE}/flask-1.0.{record}": (ChangeKind.REMOVED, -11),
        f"{SITE}/flask-2.0.{record}": (ChangeKind.ADDED, 11),
        "usr/share/doc/new": (ChangeKind.ADDED, 7),
        "app/a.py": (ChangeKind.CHANGED, 0),
    }
    assert found.hidden_delta_bytes == -50
    assert found.tree_delta_bytes == -60 + 20 + 7
    assert found.delta_bytes == found.tree_delta_bytes + found.hidden_delta_bytes
    flask = next(one for one in found.packages if str(one.delta.key) == "python flask")
    assert (flask.before_versions, flask.after_versions) == (("1.0",), ("2.0",))
    assert flask.delta.delta_bytes == 20
    documents = next(d for d in found.categories if d.key is Category.DOCUMENTATION)
    assert documents.delta_bytes == 7
    assert [layer.number for layer in found.shared_layers] == [0]
    assert [layer.number for layer in found.removed_layers] == [1, 2]
    assert [layer.number for layer in found.added_layers] == [1]


def test_an_image_is_like_itself() -> None:
    one = inspected(image_of(COMMON, {"a": b"a"}))
    found = compare_images(one, one)
    assert found.files == ()
    assert found.delta_bytes == 0
    assert found.added_layers == found.removed_layers == ()
    assert all(delta.delta_bytes == 0 for delta in found.categories)


def test_without_digests_only_lengths_count() -> None:
    before, after = image_of({"a": b"1", "b": b"1"}), image_of({"a": b"2", "b": b"22"})
    found = compare_images(inspected(before, digests=False), inspected(after, digests=False))
    assert [one.path for one in found.files] == ["b"]


def test_a_layer_that_stands_twice_counts_twice() -> None:
    once, twice = image_of({"a": b"aa"}), image_of({"a": b"aa"}, {"a": b"aa"})
    found = compare_images(inspected(once), inspected(twice))
    assert sum(layer.stored_bytes for layer in found.added_layers) == found.delta_bytes == 2
