"""Any bytes at all end in entries or in an error that was meant; what is written is read."""

from __future__ import annotations

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.errors import ImageError
from jettison.oci import (
    BytesBlob,
    Digest,
    Entry,
    EntryKind,
    ImageConfig,
    InvalidReference,
    LayerBuilder,
    Limits,
    Platform,
    Reference,
    TarReader,
    TarWriter,
    TreeBuilder,
    archive_images,
    build_image,
    read_tree,
    validate,
    waste,
    write_archive,
    write_layout_archive,
)
from jettison.oci.layers.compression import decompressed
from jettison.oci.manifest import parse_document
from jettison.oci.mediatype import Compression
from jettison.oci.sources.memory import packed

SMALL = Limits(max_entries=1000, max_content_bytes=1 << 24)
BOUNDED = settings(max_examples=80, deadline=None)


def read_all(data: bytes) -> None:
    """Reads as a tree would, every content included; only meant errors may come."""
    try:
        _, stream = decompressed(io.BytesIO(data), layer="fuzz")
        reader = TarReader(stream, layer="fuzz", limits=SMALL)
        builder = TreeBuilder(max_nodes=100_000)
        builder.begin_layer("fuzz")
        for entry in reader:
            reader.pipe(lambda _: None)
            builder.add(entry)
        waste(builder.finish())
    except ImageError as error:
        assert str(error)  # noqa: PT017 - any number of errors is right, each with words


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/", exclude_categories=()), min_size=1
).filter(lambda text: text not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
kinds = st.sampled_from([kind for kind in EntryKind if kind is not EntryKind.HARD_LINK])


@st.composite
def entries(draw: st.DrawFn) -> tuple[Entry, bytes]:
    kind = draw(kinds)
    content = draw(st.binary(max_size=1500)) if kind is EntryKind.FILE else b""
    device = kind in (EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE)
    entry = Entry(
        draw(paths),
        kind,
        draw(st.integers(0, 0o7777)),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(0, 2**32 - 1)),
        len(content),
        len(content),
        draw(st.integers(-(2**33) * 10**9 + 1, 2**33 * 10**9 - 1)),
        draw(paths) if kind is EntryKind.SYMLINK else "",
        -1,
        draw(st.tuples(st.integers(0, 4095), st.integers(0, 2**20))) if device else None,
        tuple(
            sorted(draw(st.dictionaries(attributes, st.binary(max_size=50), max_size=2)).items())
        ),
    )
    return entry, content


attributes = st.from_regex(r"user\.[a-z]{1,10}", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(entries(), max_size=6))
def test_what_is_written_is_read(items: list[tuple[Entry, bytes]]) -> None:
    target = io.BytesIO()
    writer = TarWriter(target)
    for entry, content in items:
        writer.add(entry, content)
    writer.close()
    reader = TarReader(io.BytesIO(target.getvalue()))
    found = [(entry._replace(offset=-1), reader.content()) for entry in reader]
    assert found == items


@BOUNDED
@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    read_all(data)


TAR = (
    LayerBuilder()
    .directory("d")
    .file("d/" + "long" * 40, b"x" * 600)
    .hard_link("h", "d/" + "long" * 40)
    .symlink("s", "t" * 150)
    .whiteout("gone")
    .opaque("d")
    .tar()
)
damage = st.lists(
    st.tuples(st.integers(0, len(TAR) - 1), st.binary(min_size=1, max_size=12)), max_size=4
)


def repaired(data: bytearray) -> bytes:
    """Headers with right checksums again, so that damage reaches what is behind them."""
    for at in range(0, len(data) - 511, 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 148 : at + 156] = b" " * 8
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


@BOUNDED
@given(damage, st.booleans(), st.sampled_from(list(Compression)), st.integers(0, len(TAR)))
def test_damaged_tars(
    changes: list[tuple[int, bytes]], repair: bool, compression: Compression, cut: int
) -> None:
    data = bytearray(TAR)
    for at, new in changes:
        data[at : at + len(new)] = new
    del data[len(TAR) :]
    tar = repaired(data) if repair else bytes(data)
    read_all(packed(tar, compression))
    read_all(packed(tar, compression)[: cut % 700])
    read_all(tar[:cut])


def archive(*, layout: bool) -> bytes:
    target = io.BytesIO()
    write = write_layout_archive if layout else write_archive
    write([build_image([LayerBuilder().file("a", b"1")], names=["a/b:1"])], target)
    return target.getvalue()


ARCHIVES = [archive(layout=False), archive(layout=True)]


@BOUNDED
@given(
    st.sampled_from(ARCHIVES),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=8)), max_size=4),
)
def test_damaged_archives(data: bytes, changes: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(data)
    for at, new in changes:
        damaged[at : at + len(new)] = new
    try:
        for image in archive_images(BytesBlob(repaired(damaged))):
            validate(image)
            read_tree(image.layers, digests=True)
    except ImageError as error:
        assert str(error)  # noqa: PT017 - any number of errors is right, each with words


JSON_KEYS = (
    "config layers manifests digest size mediaType platform os rootfs diff_ids history Env Labels "
    "Healthcheck Test"
).split()
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(JSON_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@BOUNDED
@given(json_like)
def test_any_json(value: object) -> None:
    raw = json.dumps(value).encode()
    for parse in (lambda: parse_document(raw, "fuzz"), lambda: ImageConfig.parse(raw)):
        try:
            parse()
        except ImageError as error:
            assert "fuzz" in str(error) or "config" in str(error) or "digest" in str(error)  # noqa: PT017


@BOUNDED
@given(st.text(st.sampled_from("ab/.:@-_A1[]"), max_size=24))
def test_references_round_trip(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except InvalidReference:
        return
    assert Reference.parse(str(reference)) == reference
    assert Reference.parse(reference.familiar) == reference


@BOUNDED
@given(st.text(st.sampled_from("linux/amd64rv8"), max_size=16))
def test_platforms_round_trip(text: str) -> None:
    try:
        platform = Platform.parse(text)
    except ImageError:
        return
    assert Platform.parse(str(platform)) == platform
    assert platform.rank(platform) == 0


@BOUNDED
@given(st.binary(max_size=40))
def test_digests_round_trip(data: bytes) -> None:
    digest = Digest.of(data)
    assert Digest.parse(str(digest)) == digest
    assert digest.check(data, "x") == data
