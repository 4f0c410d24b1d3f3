"""The bytes of layers in a stream of saved images."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tarfile

import pytest

from jettison.engine.layers import measure_layers
from jettison.errors import ImageError


def _archive(blobs: dict[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in blobs.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    stream.seek(0)
    return stream


def _diff_id(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


_RANDOM = random.Random(1)
_LAYER = b"".join(_RANDOM.choice((b"alpha ", b"beta ", b"gamma ")) for _ in range(900_000))


def test_bytes_of_a_layer() -> None:
    diff_id = _diff_id(_LAYER)
    found = measure_layers(
        _archive({"blobs/sha256/x": _LAYER, "manifest.json": b"[]"}), frozenset({diff_id})
    )
    assert found.keys() == {diff_id}
    assert found[diff_id].uncompressed_bytes == len(_LAYER)
    reference = len(gzip.compress(_LAYER, 6))
    assert abs(found[diff_id].compressed_bytes - reference) / reference < 0.1


def test_a_layer_that_is_saved_compressed_counts_as_it_is() -> None:
    packed = gzip.compress(_LAYER, 9)
    diff_id = _diff_id(_LAYER)
    found = measure_layers(_archive({"blobs/sha256/x": packed}), frozenset({diff_id}))
    assert found[diff_id].compressed_bytes == len(packed)
    assert found[diff_id].uncompressed_bytes == len(_LAYER)


def test_a_missing_layer_is_an_error() -> None:
    with pytest.raises(ImageError, match="lacks the layer"):
        measure_layers(_archive({"blobs/sha256/x": _LAYER}), frozenset({_diff_id(b"other")}))


def test_a_truncated_stream_is_an_error() -> None:
    data = _archive({"blobs/sha256/x": _LAYER}).getvalue()[:100_000]
    with pytest.raises(ImageError):
        measure_layers(io.BytesIO(data), frozenset({_diff_id(_LAYER)}))
