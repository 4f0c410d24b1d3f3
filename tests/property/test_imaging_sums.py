"""The parts add up: of an image's bytes, and of the difference of two."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings
from tests.unit.imaging.samples import inspected

from jettison.imaging import compare_images
from jettison.oci import BasicImage, LayerBuilder, build_image

FOLDERS = ("", "a/", "a/tests/", "usr/lib/", "app/node_modules/x/", "root/.cache/pip/", "s-1.jar/")
NAMES = ("f", "b.py", "lib.so.1", "package.json", "README.md", "x.pyc", ".env", "y-2.jar")
PATHS = st.builds(
    lambda folder, name: folder + name, st.sampled_from(FOLDERS), st.sampled_from(NAMES)
)
CONTENTS = st.binary(max_size=40)


@st.composite
def layers(draw: st.DrawFn) -> LayerBuilder:
    """A layer with files, links to them, whiteouts and opaque folders."""
    builder = LayerBuilder()
    held: list[str] = []
    for folder in draw(st.lists(st.sampled_from(("a", "usr", "app")), max_size=1)):
        builder.directory(folder).opaque(folder)
    for path in draw(st.lists(PATHS, unique=True, max_size=8)):
        action = draw(st.sampled_from(("file", "file", "file", "link", "gone", "symlink")))
        if action == "file":
            builder.file(path, draw(CONTENTS))
            held.append(path)
        elif action == "link" and held:
            builder.hard_link(path, draw(st.sampled_from(held)))
        elif action == "gone":
            builder.whiteout(path)
        elif action == "symlink":
            builder.symlink(path, "/nowhere")
    return builder


IMAGES = st.lists(layers(), min_size=1, max_size=4).map(build_image)


@given(IMAGES, st.integers(0, 3), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_breakdown_adds_up(image: BasicImage, base: int, digests: bool) -> None:
    known = {"base": image.config.diff_ids[:base]} if base < len(image.layers) else {}
    one = inspected(image, known=known, digests=digests)
    whole, files = one.tree_bytes, len(one.listing)
    assert one.listing.total_bytes == sum(one.listing.held) == whole
    parts = one.parts
    own = {sum(layer.visible_bytes for layer in one.layers if not layer.is_base)}
    for name in ("layers", "packages", "categories", "top_folders", "types"):
        shares = getattr(parts, name)
        assert sum(share.total_bytes for share in shares) == whole, name
        assert sum(share.files for share in shares) == files, name
        assert {sum(share.own_bytes for share in shares)} == own, name
        assert len({share.key for share in shares}) == len(shares), name
    assert sum(share.total_bytes for share in one.instructions) == whole
    assert sum(place.total_bytes for place in one.places) == whole
    assert sum(place.files for place in one.places) == files
    assert sum(layer.stored_bytes for layer in one.layers) == one.layer_bytes
    assert one.base_bytes + one.own_bytes == one.layer_bytes
    assert one.layer_bytes - one.waste.hidden_bytes == whole


@given(IMAGES, IMAGES)
@settings(max_examples=100, deadline=None)
def test_every_difference_adds_up(before: BasicImage, after: BasicImage) -> None:
    found = compare_images(inspected(before), inspected(after))
    tree = found.tree_delta_bytes
    assert tree + found.hidden_delta_bytes == found.delta_bytes
    assert sum(one.delta_bytes for one in found.files) == tree
    assert sum(one.delta.delta_bytes for one in found.packages) == tree
    assert sum(one.delta_bytes for one in found.categories) == tree
    assert sum(one.delta_bytes for one in found.folders) == tree
    added = sum(layer.stored_bytes for layer in found.added_layers)
    assert added - sum(layer.stored_bytes for layer in found.removed_layers) == found.delta_bytes
    assert len(found.shared_layers) + len(found.added_layers) == len(after.layers)
