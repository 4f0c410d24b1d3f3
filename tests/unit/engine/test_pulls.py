"""The registry from which an engine pulls at a bandwidth, asked over a real connection."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from jettison.engine.pulls import PullRegistry, packed_layers
from jettison.errors import ImageError
from jettison.oci import LayerBuilder, build_image

if TYPE_CHECKING:
    from pathlib import Path

_FAST = 1e12


def _archive(*blobs: bytes) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(mode="w", fileobj=made) as archive:
        for number, blob in enumerate(blobs):
            member = tarfile.TarInfo(f"blobs/sha256/{number}")
            member.size = len(blob)
            archive.addfile(member, io.BytesIO(blob))
    made.seek(0)
    return made


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize("packed", [False, True])
def test_layers_are_packed_and_found_by_what_they_hold(tmp_path: Path, *, packed: bool) -> None:
    plain = b"layer " * 100_000
    given = gzip.compress(plain) if packed else plain
    found = packed_layers(_archive(b"{}", given), frozenset({_digest(plain)}), tmp_path)
    blob = found[_digest(plain)]
    data = blob.path.read_bytes()
    assert gzip.decompress(data + b"") == plain
    assert blob.size == len(data)
    assert blob.digest(b"end") == _digest(data + b"end")


def test_a_layer_that_the_archive_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="lacks the layer"):
        packed_layers(_archive(b"{}"), frozenset({_digest(b"x")}), tmp_path)
    with pytest.raises(ImageError, match="cannot be read"):
        packed_layers(io.BytesIO(b"no archive" * 100), frozenset(), tmp_path)


def test_every_round_has_the_same_layers_under_digests_of_its_own(tmp_path: Path) -> None:
    layer = LayerBuilder()
    layer.file("app/main.py", b"print()\n" * 5000)
    image = build_image([layer])
    diff_id = str(image.config.diff_ids[0])
    tar = image.layers[0].open_tar().read(-1) or b""
    layers = packed_layers(_archive(tar), frozenset({diff_id}), tmp_path)
    registry = PullRegistry(layers, _FAST)
    digests: set[str] = set()
    with registry.serving() as address, httpx.Client(base_url=f"http://{address}") as client:
        assert client.get("/v2/").status_code == 200
        for _ in range(2):
            sent, size = registry.sent, registry.put({"tag": image.config})
            answer = client.get("/v2/some/name/manifests/tag")
            manifest = answer.json()
            assert answer.headers["Docker-Content-Digest"] == _digest(answer.content)
            config = client.get(f"/v2/some/name/blobs/{manifest['config']['digest']}")
            assert config.json()["rootfs"]["diff_ids"] == [diff_id]
            assert _digest(config.content) == manifest["config"]["digest"]
            (row,) = manifest["layers"]
            blob = client.get(f"/v2/some/name/blobs/{row['digest']}").content
            assert (_digest(blob), len(blob)) == (row["digest"], row["size"])
            assert gzip.decompress(blob) == tar
            assert registry.sent - sent == size == len(blob)
            part = client.get(
                f"/v2/some/name/blobs/{row['digest']}", headers={"Range": f"bytes={size - 30}-"}
            )
            assert (part.status_code, part.content) == (206, blob[-30:])
            digests |= {row["digest"], manifest["config"]["digest"]}
        assert client.get("/v2/some/name/manifests/other").status_code == 404
        assert client.head("/v2/some/name/manifests/tag").content == b""
    assert len(digests) == 4


def test_transfers_together_take_no_less_than_the_bandwidth_allows() -> None:
    registry = PullRegistry({}, bits_per_second=8e6)
    begin = time.monotonic()
    for _ in range(4):
        registry.wait_for(50_000)
    assert 0.2 <= time.monotonic() - begin < 2
    assert registry.sent == 200_000
