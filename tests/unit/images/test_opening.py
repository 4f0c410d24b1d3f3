"""The images that a command's argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from tests.unit.imaging.samples import files, inspected

from jettison.engine.credentials import docker_config
from jettison.errors import EngineNotFound
from jettison.images import open_subject
from jettison.images.opening import pulled
from jettison.imaging import inspect_image
from jettison.oci import Compression, build_image
from jettison.oci.registry import RegistryClient
from jettison.oci.registry.memory import MemoryRegistry

if TYPE_CHECKING:
    from pathlib import Path


def test_a_registry_is_asked_for_each_layer_once() -> None:
    lower = files({"lib/apk/db/installed": b"P:p\nV:1\nF:bin\nR:sh\n", "bin/sh": b"s" * 999})
    upper = files({"app/x.py": b"x" * 5000})
    image = build_image([lower.layer(Compression.GZIP), upper.layer(Compression.ZSTD)])
    registry = MemoryRegistry()
    registry.put("team/app", "1", image)
    with RegistryClient(http=httpx.Client(transport=registry.transport())) as client:
        subject = pulled(client, "registry.example/team/app:1").subject
    inspection = inspect_image(subject)
    asked = [path for _, path, _ in registry.requests if "/blobs/" in path]
    assert len(asked) == len(set(asked)) == 3
    assert subject.compressed_bytes == tuple(one.blob_bytes for one in image.manifest.layers)
    assert inspection.compressed_bytes == sum(one.blob_bytes for one in image.manifest.layers)
    assert inspection.parts == inspected(image).parts
    assert inspection.parts.packages[-1].key is not None


def test_what_is_no_path_is_asked_of_the_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JETTISON_DOCKER", str(tmp_path / "no-docker"))
    with pytest.raises(EngineNotFound):
        open_subject("app", None)


def test_credentials_come_from_the_config_and_its_helper(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert docker_config().credentials("registry.example") is None
    helper = tmp_path / "docker-credential-sample"
    helper.write_text(
        "#!/bin/sh\nread server\n"
        '[ "$server" = registry.example ] || exit 1\n'
        'echo \'{"Username": "me", "Secret": "word"}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "config.json").write_text('{"credHelpers": {"registry.example": "sample"}}')
    found = docker_config().credentials("registry.example")
    assert found is not None
    assert (found.username, found.password) == ("me", "word")
    (tmp_path / "config.json").write_text('{"credsStore": "absent"}')
    assert docker_config().credentials("registry.example") is None
