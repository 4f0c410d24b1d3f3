"""Owners of files in compressed layers, each unpacked once for all kinds of packages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.unit.imaging.samples import inspected, owners_by_path
from tests.unit.imaging.test_golang import MODULE, program

from jettison.imaging import prefetch
from jettison.oci import BlobLayer, Compression, LayerBuilder, build_image
from jettison.oci.sources.memory import packed

if TYPE_CHECKING:
    from jettison.oci.digest import ByteStream

STATUS = b"Package: libc6\nStatus: install ok installed\nVersion: 2.36\n\n"
LOWER = (
    LayerBuilder()
    .file("lib/libc.so", b"c" * 5000)
    .file("var/lib/dpkg/status", STATUS)
    .file("var/lib/dpkg/info/libc6.list", b"/lib/libc.so\n")
    .file("opt/run", program(MODULE).ljust(600_000, b"\0"), mode=0o755)
)
UPPER = (
    LayerBuilder()
    .file("site/flask/app.py", b"f" * 900)
    .file("site/flask-3.0.dist-info/RECORD", b"flask/app.py,,\n")
    .file("srv/node_modules/left/index.js", b"l")
    .file("srv/node_modules/left/package.json", b'{"name": "left", "version": "1.0"}')
)


@dataclass
class CountedBlob:
    """Bytes that count how often they are opened."""

    data: bytes
    opened: int = 0

    @property
    def blob_bytes(self) -> int:
        return len(self.data)

    def open(self) -> ByteStream:
        self.opened += 1
        return io.BytesIO(self.data)


def owners(compression: Compression) -> tuple[dict[str, str], list[CountedBlob]]:
    blobs = [CountedBlob(packed(layer.tar(), compression)) for layer in (LOWER, UPPER)]
    image = build_image([BlobLayer(blob) for blob in blobs])
    for blob in blobs:
        blob.opened = 0
    return owners_by_path(inspected(image)), blobs


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_a_compressed_layer_is_unpacked_twice(compression: Compression) -> None:
    found, blobs = owners(compression)
    assert found == owners(Compression.NONE)[0]
    assert found["lib/libc.so"] == "debian libc6 2.36"
    assert found["opt/run"] == "go example.org/app v1.2.3"
    assert found["site/flask/app.py"] == "python flask 3.0"
    assert found["srv/node_modules/left/index.js"] == "npm left 1.0"
    looks = 1  # at the first bytes, for how it is packed
    assert [blob.opened for blob in blobs] == [2 + looks, 2 + looks]


def test_what_is_too_much_to_keep_is_read_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prefetch, "_MAX_TOTAL", 20)
    found, blobs = owners(Compression.GZIP)
    assert found == owners(Compression.NONE)[0]
    assert blobs[0].opened > 3
