"""Digests, platforms, references, descriptors, manifests and configs."""

from __future__ import annotations

import io

import pytest

from jettison.errors import ImageError
from jettison.oci import (
    ConfigChange,
    Descriptor,
    Digest,
    DigestMismatch,
    Healthcheck,
    History,
    ImageConfig,
    Index,
    InvalidReference,
    MalformedImage,
    Manifest,
    MediaType,
    Platform,
    PlatformNotFound,
    Reference,
)
from jettison.oci.config import changed, new_config
from jettison.oci.digest import VerifiedReader
from jettison.oci.manifest import parse_document
from jettison.oci.mediatype import Compression, compression_named, is_layer, layer_media_type

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_is_spelled_as_it_was_read() -> None:
    assert str(Digest.parse(EMPTY)) == EMPTY
    assert Digest.of(b"") == Digest.parse(EMPTY)
    assert Digest.of(b"", "sha512").algorithm == "sha512"


@pytest.mark.parametrize(
    "text",
    ["", "sha256", "sha256:", "md5:" + "0" * 32, EMPTY.upper(), EMPTY + "0", "sha256:" + "g" * 64],
)
def test_what_is_no_digest(text: str) -> None:
    with pytest.raises(MalformedImage):
        Digest.parse(text)


@pytest.mark.parametrize(
    ("data", "digest_of", "length"),
    [(b"abc", b"abd", 3), (b"abc", b"abc", 2), (b"abc", b"abc", 4), (b"", b"a", None)],
)
def test_a_verified_reader_fails_at_its_end(
    data: bytes, digest_of: bytes, length: int | None
) -> None:
    reader = VerifiedReader(io.BytesIO(data), Digest.of(digest_of), length)
    with pytest.raises(DigestMismatch):
        reader.drain()


def test_a_verified_reader_gives_good_bytes_on() -> None:
    reader = VerifiedReader(io.BytesIO(b"abc"), Digest.of(b"abc"), 3)
    assert reader.read() == b"abc"
    assert reader.drain() == 3


@pytest.mark.parametrize(
    ("text", "complete", "familiar"),
    [
        ("debian", "docker.io/library/debian:latest", "debian:latest"),
        ("debian:12", "docker.io/library/debian:12", "debian:12"),
        ("org/app", "docker.io/org/app:latest", "org/app:latest"),
        ("index.docker.io/debian", "docker.io/library/debian:latest", "debian:latest"),
        ("docker.io/org/app:1", "docker.io/org/app:1", "org/app:1"),
        ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
        ("localhost:5000/a/b:x", "localhost:5000/a/b:x", "localhost:5000/a/b:x"),
        ("ghcr.io/o/a__b.c-d--e:V1.0", "ghcr.io/o/a__b.c-d--e:V1.0", "ghcr.io/o/a__b.c-d--e:V1.0"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"),
        ("Host/x", "Host/x:latest", "Host/x:latest"),
        (f"debian@{EMPTY}", f"docker.io/library/debian@{EMPTY}", f"debian@{EMPTY}"),
        (f"debian:12@{EMPTY}", f"docker.io/library/debian:12@{EMPTY}", f"debian:12@{EMPTY}"),
    ],
)
def test_references(text: str, complete: str, familiar: str) -> None:
    reference = Reference.parse(text)
    assert str(reference) == complete
    assert reference.familiar == familiar
    assert Reference.parse(complete) == reference
    assert Reference.parse(familiar) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Debian",
        "a//b",
        "/a",
        "a/",
        "a:",
        "a:b:c",
        "-a",
        "a-",
        "a..b",
        "a___b",
        "a@sha256:12",
        "a@",
        "a:" + "t" * 129,
        "a" * 256,
        "0" * 64,
        "ex ample/a",
        "a.b_c/x y",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidReference):
        Reference.parse(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("amd64", "linux/amd64"),
        ("Linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("windows/amd64", "windows/amd64"),
    ],
)
def test_platforms(text: str, normal: str) -> None:
    assert str(Platform.parse(text)) == normal


@pytest.mark.parametrize("text", ["", "a/b/c/d", "linux/", "li nux/amd64", "/"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(MalformedImage):
        Platform.parse(text)


def pointer(platform: str | None, content: bytes, **more: str) -> Descriptor:
    return Descriptor(
        MediaType.OCI_MANIFEST,
        Digest.of(content),
        len(content),
        annotations=more,
        platform=None if platform is None else Platform.parse(platform),
    )


@pytest.mark.parametrize(
    ("wish", "chosen"),
    [
        ("linux/amd64", b"amd64"),
        ("linux/amd64/v3", b"amd64"),
        ("linux/arm/v7", b"armv7"),
        ("linux/arm/v6", b"armv6"),
        ("linux/arm64", b"arm64"),
    ],
)
def test_an_index_gives_the_closest_platform(wish: str, chosen: bytes) -> None:
    index = Index.make(
        [
            Descriptor(
                MediaType.OCI_MANIFEST,
                Digest.of(b"sbom"),
                4,
                {"vnd.docker.reference.type": "attestation-manifest"},
                Platform("unknown", "unknown"),
            ),
            pointer("linux/arm/v6", b"armv6"),
            pointer("linux/arm/v7", b"armv7"),
            pointer("linux/arm64", b"arm64"),
            pointer("linux/amd64", b"amd64"),
        ]
    )
    assert index.choose(Platform.parse(wish)).digest == Digest.of(chosen)
    with pytest.raises(PlatformNotFound, match=r"linux/arm64.*linux/amd64"):
        index.choose(Platform.parse("linux/riscv64"))


def test_a_single_image_needs_no_wish() -> None:
    assert Index.make([pointer("linux/s390x", b"x")]).choose().digest == Digest.of(b"x")
    assert Index.make([pointer(None, b"x")]).choose(Platform.parse("linux/amd64")).blob_bytes == 1


def test_a_manifest_keeps_its_bytes() -> None:
    raw = (
        b'{ "schemaVersion":2,"mediaType":"' + MediaType.OCI_MANIFEST.encode() + b'", "config":'
        b'{"mediaType":"a","digest":"' + EMPTY.encode() + b'","size":0},"layers":[],"x":1 }'
    )
    manifest = parse_document(raw, "manifest")
    assert isinstance(manifest, Manifest)
    assert manifest.raw == raw
    assert manifest.digest == Digest.of(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "expected an object, found a list"),
        (b"[" * 100_000, "not JSON"),
        (b'{"schemaVersion":1,"fsLayers":[]}', "schema version 1"),
        (b'{"layers":[],"manifests":[]}', "CVE-2021-41190"),
        (b'{"config":{"digest":"x","size":1},"layers":[]}', "not a digest"),
        (b'{"config":{"size":1},"layers":[]}', r"config\.digest: missing"),
        (b'{"config":{"digest":"' + EMPTY.encode() + b'","size":-1}}', "cannot be"),
        (b'{"config":{"digest":"' + EMPTY.encode() + b'","size":true}}', "a boolean"),
        (b'{"manifests":{}}', r"manifests: expected a list"),
        (b'{"manifests":[1]}', r"manifests\[0\]: expected an object, found a number"),
    ],
)
def test_what_is_no_manifest(raw: bytes, words: str) -> None:
    with pytest.raises(MalformedImage, match=words):
        parse_document(raw, "manifest")


CONFIG = (
    b'{"architecture":"arm64","os":"linux","unknown":{"kept":true},"config":{"User":"app",'
    b'"Env":["A=1","B=x=y"],"Cmd":["run"],"Entrypoint":null,"WorkingDir":"/w","ExposedPorts":'
    b'{"80/tcp":{}},"Labels":{"l":"v"},"Healthcheck":{"Test":["CMD","x"],"Interval":5},'
    b'"ArgsEscaped":true},"rootfs":{"type":"layers","diff_ids":["' + EMPTY.encode() + b'"]},'
    b'"history":[{"created_by":"ADD x"},{"created_by":"CMD y","empty_layer":true}]}'
)


def test_a_config_is_read() -> None:
    config = ImageConfig.parse(CONFIG)
    assert config.platform == Platform("linux", "arm64")
    assert config.environment == {"A": "1", "B": "x=y"}
    assert config.cmd == ("run",)
    assert config.entrypoint is None
    assert config.healthcheck == Healthcheck(("CMD", "x"), interval_ns=5)
    assert config.history[1] == History("CMD y", empty_layer=True)
    assert config.diff_ids == (Digest.parse(EMPTY),)
    assert config.digest == Digest.of(CONFIG)


def test_a_changed_config_keeps_what_it_does_not_know() -> None:
    config = ImageConfig.parse(CONFIG)
    new = changed(config, ConfigChange(user="", env=("C=3",), labels={"b": "2", "a": "1"}))
    assert b'"unknown":{"kept":true}' in new.raw
    assert b'"ArgsEscaped":true' in new.raw
    assert new.user == ""
    assert new.env == ("C=3",)
    assert new.working_dir == "/w"
    assert dict(new.labels) == {"a": "1", "b": "2"}
    assert changed(new, ConfigChange()).raw == new.raw
    assert config.raw == CONFIG


def test_a_new_config_is_the_same_every_time() -> None:
    platform = Platform("linux", "arm", "v7")
    assert new_config(platform).raw == new_config(platform).raw
    assert new_config(platform).platform == platform


@pytest.mark.parametrize(
    "raw",
    [
        b'{"config":{"Env":"A=1"}}',
        b'{"config":{"Env":[1]}}',
        b'{"config":[]}',
        b'{"history":{}}',
        b'{"rootfs":{"diff_ids":["x"]}}',
        b'{"config":{"Healthcheck":{"Retries":-1}}}',
    ],
)
def test_what_is_no_config(raw: bytes) -> None:
    with pytest.raises(ImageError):
        ImageConfig.parse(raw)


def test_media_types() -> None:
    for compression in Compression:
        for docker in (False, True):
            named = layer_media_type(compression, docker=docker)
            assert is_layer(named)
            assert compression_named(named) is compression
    assert not is_layer("application/vnd.in-toto+json")
    assert compression_named("application/vnd.in-toto+json") is None
