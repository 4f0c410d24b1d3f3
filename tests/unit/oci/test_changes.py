"""Changing, squashing, checking and comparing images; history and bases."""

from __future__ import annotations

import pytest

from jettison.oci import (
    BaseBasis,
    BlobLayer,
    BytesBlob,
    Change,
    Compression,
    ConfigChange,
    Descriptor,
    Digest,
    Entry,
    EntryKind,
    History,
    Image,
    LayerBuilder,
    MalformedImage,
    Platform,
    append_layer,
    build_image,
    change_config,
    compare,
    drop_layers,
    find_base,
    instruction_of,
    origins,
    read_tree,
    recompress,
    replace_layers,
    squash,
    validate,
)
from jettison.oci.config import new_config
from jettison.oci.image import BasicImage


def example() -> Image:
    layers = [
        LayerBuilder().directory("a").file("a/1", b"1").file("a/2", b"2" * 5000),
        LayerBuilder().whiteout("a/1").file("b", b"3"),
        LayerBuilder().file("a/2", b"4").hard_link("c", "a/2"),
    ]
    history = [
        History("ADD rootfs.tar /"),
        History("CMD sh", empty_layer=True),
        History("RUN one"),
        History("RUN two"),
        History('CMD ["x"]', empty_layer=True),
    ]
    return build_image(layers, history=history, change=ConfigChange(user="me"))


def test_changes_leave_the_old_image_as_it_is() -> None:
    image = example()
    before = (image.config.raw, image.manifest.raw, image.layers)
    append_layer(image, LayerBuilder().file("x").layer(), History("COPY x"))
    squash(image)
    drop_layers(image, [1])
    change_config(image, ConfigChange(user="you"))
    recompress(image, Compression.GZIP)
    assert (image.config.raw, image.manifest.raw, image.layers) == before


def test_appending_replacing_and_dropping() -> None:
    image = example()
    more = append_layer(image, LayerBuilder().file("x", b"x").layer(), History("COPY x"))
    assert validate(more) == ()
    assert more.config.history[-1] == History("COPY x")
    assert [item.path for item in compare(image, more).paths] == ["x"]
    assert compare(image, more).shared_layers == 3
    other = replace_layers(image, {1: LayerBuilder().file("b", b"33").layer()})
    assert validate(other) == ()
    assert {item.path: item.change for item in compare(image, other).paths} == {
        "a/1": Change.ADDED,
        "b": Change.CONTENT,
    }
    fewer = drop_layers(image, [1])
    assert validate(fewer) == ()
    assert [step.empty_layer for step in fewer.config.history] == [False, True, True, False, True]
    assert {node.path for node in read_tree(fewer.layers)} == {"a", "a/1", "a/2", "c"}
    with pytest.raises(ValueError, match="no layer 3"):
        drop_layers(image, [3])


def test_changing_the_config_keeps_the_layers() -> None:
    image = example()
    other = change_config(image, ConfigChange(user="you"))
    assert compare(image, other).config == ("user",)
    assert not compare(image, other).paths
    assert other.layers == image.layers


@pytest.mark.parametrize("boundaries", [[], [1], [2], [1, 2]])
def test_squashing(boundaries: list[int]) -> None:
    image = example()
    new = squash(image, boundaries)
    assert len(new.layers) == len(boundaries) + 1
    assert not compare(image, new)
    assert validate(new) == ()
    assert origins(new.config).complete
    assert new.config.raw == squash(image, boundaries).config.raw


def test_squashed_bytes_do_not_depend_on_the_way_there() -> None:
    one = build_image([LayerBuilder().file("b", b"1"), LayerBuilder().file("a", b"2")])
    two = build_image(
        [
            LayerBuilder().file("a", b"x").file("c"),
            LayerBuilder().file("a", b"2").whiteout("c"),
            LayerBuilder().file("b", b"1"),
        ]
    )
    assert squash(one).layers[0].diff_id == squash(two).layers[0].diff_id


def test_squashing_sets_times_back() -> None:
    layer = LayerBuilder()
    for name, seconds in (("new", 5), ("old", 1)):
        layer.entry(Entry(name, EntryKind.FILE, mtime_ns=seconds * 10**9))
    image = squash(build_image([layer, LayerBuilder().file("x")]), epoch=3)
    times = {node.path: node.mtime_ns for node in read_tree(image.layers)}
    assert times == {"new": 3 * 10**9, "old": 10**9, "x": 0}


@pytest.mark.parametrize("compression", list(Compression))
def test_packing_keeps_the_image_id(compression: Compression) -> None:
    image = example()
    new = recompress(image, compression)
    assert new.config.digest == image.config.digest
    assert validate(new) == ()
    if compression is not Compression.NONE:
        assert new.manifest.compressed_bytes < image.manifest.compressed_bytes
        assert new.manifest.layers[0].media_type.endswith(compression)


def test_validate_reports_every_mismatch() -> None:
    tar = LayerBuilder().file("a").tar()
    wrong = Digest.of(b"wrong")
    layer = BlobLayer(BytesBlob(tar))
    config = new_config(Platform("linux", "amd64"), [wrong], [History("a"), History("b")])
    image = BasicImage(config, (layer,))
    found = {item.what: item for item in validate(image)}
    assert set(found) == {"history steps with a layer", "layer 0 diff ID"}
    assert str(found["layer 0 diff ID"]) == (
        f"layer 0 diff ID: promised {wrong}, found {Digest.of(tar)}"
    )
    pointer = Descriptor("", wrong, 1)
    broken = BlobLayer(BytesBlob(tar), diff_id=wrong, descriptor=pointer)
    assert {item.what for item in validate(BasicImage(config, (broken,)))} >= {"layer 0"}
    with pytest.raises(MalformedImage, match="2 layers"):
        BasicImage(config, (layer, layer))


def test_compared_bytes_add_up() -> None:
    before, after = example(), build_image([LayerBuilder().file("a/2", b"4" * 9).file("z", b"5")])
    found = compare(before, after)
    assert sum(item.added_bytes for item in found.paths) == found.after_bytes - found.before_bytes
    assert {item.path: item.change for item in found.paths} == {
        "a/2": Change.CONTENT,
        "b": Change.REMOVED,
        "c": Change.REMOVED,
        "z": Change.ADDED,
    }


@pytest.mark.parametrize(
    ("created_by", "instruction"),
    [
        ("", ""),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
        ("/bin/sh -c #(nop) ADD file:1 in / ", "ADD file:1 in /"),
        ("/bin/sh -c make all", "RUN make all"),
        ("RUN /bin/sh -c make all # buildkit", "RUN make all"),
        ("RUN |2 A=1 B=x y /bin/sh -c make # buildkit", "RUN make"),
        ("|1 A=1 /bin/sh -c make", "RUN make"),
        ("COPY /app /app # buildkit", "COPY /app /app"),
        ("WORKDIR /app", "WORKDIR /app"),
        ("/bin/bash -o pipefail -c x", "RUN x"),
        ("bazel build //:x", "bazel build //:x"),
    ],
)
def test_instructions_are_read_from_the_history(created_by: str, instruction: str) -> None:
    assert instruction_of(created_by) == instruction


def test_layers_and_steps() -> None:
    found = origins(example().config)
    assert found.complete
    assert [(item.layer, item.step, item.instruction) for item in found.layers] == [
        (0, 0, "ADD rootfs.tar /"),
        (1, 2, "RUN one"),
        (2, 3, "RUN two"),
    ]
    short = build_image([LayerBuilder(), LayerBuilder().file("x")], history=[History("RUN a")])
    found = origins(short.config)
    assert not found.complete
    assert found.layers[1].history is None


def test_the_base_is_recognised() -> None:
    image = example()
    ids = image.config.diff_ids
    other = Digest.of(b"other")
    known = {"debian:12": ids[:1], "python:3": ids[:2], "node": (ids[0], other), "empty": ()}
    found = find_base(image.config, known)
    assert (found.layers, found.basis, found.name) == (2, BaseBasis.SHARED_LAYERS, "python:3")
    found = find_base(image.config, {"node": (other,)})
    assert (found.layers, found.basis) == (1, BaseBasis.HISTORY)
    labels = {"org.opencontainers.image.base.name": "debian:12"}
    labelled = change_config(image, ConfigChange(labels=labels))
    found = find_base(labelled.config, {})
    assert (found.layers, found.basis, found.name) == (1, BaseBasis.LABEL, "debian:12")
    bare = build_image([LayerBuilder()])
    assert find_base(bare.config, {}).basis is BaseBasis.UNKNOWN


def test_a_stretch_with_whiteouts_into_the_unknown() -> None:
    """What a stretch only assumes below itself is neither made nor lost by squashing."""
    base = LayerBuilder().directory("d", mode=0o700).file("d/x", b"1").file("f", b"2")
    cases = [
        [LayerBuilder().whiteout("d/x"), LayerBuilder().whiteout("none/y")],
        [LayerBuilder().whiteout("f/a"), LayerBuilder().whiteout("f")],
        [LayerBuilder().file("d"), LayerBuilder().file("d/y")],
        [LayerBuilder().file("d/sub/z"), LayerBuilder().whiteout("d/sub/z")],
        [LayerBuilder().opaque("d"), LayerBuilder().opaque("f")],
        [LayerBuilder().whiteout("d"), LayerBuilder().directory("d").hard_link("e", "f")],
    ]
    for layers in cases:
        image = build_image([base, *layers])
        assert not compare(image, squash(image, [1])).paths
