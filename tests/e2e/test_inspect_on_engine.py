"""``inspect``, ``diff`` and ``sizes`` on a small image that the engine built.

Its base is made here, so nothing is pulled; both images are removed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from jettison.engine.clients import find_clients
from jettison.engine.store import (
    StoreAccess,
    known_images,
    stored_bytes,
    stored_image,
)
from jettison.imaging import Subject, inspect_image
from jettison.oci import LayerBuilder, Platform, build_image, write_archive
from jettison.report.inspection.json import inspection_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.engine import DockerEngine
    from jettison.engine.store import StoredImage

PACKAGES = b"P:musl\nV:1.2.4\nF:lib\nR:libc.so\n\n"
DOCKERFILE = "FROM {base}\nCOPY app /app\nCOPY app/big /app/\nCOPY cache /root/.cache/pip/\n"


class Built(NamedTuple):
    """The names of two images in the store, and the folder that the second was built in."""

    base: str
    name: str
    folder: Path


@pytest.fixture(scope="module")
def built(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The images."""
    folder = tmp_path_factory.mktemp("inspect")
    unique = uuid.uuid4().hex[:10]
    base, name = f"jettison-inspect-base:{unique}", f"jettison-inspect:{unique}"
    layer = LayerBuilder().file("lib/libc.so", b"c" * 5000, mode=0o755)
    layer.directory("lib/apk").file("lib/apk/db/installed", PACKAGES)
    archive = folder / "base.tar"
    with archive.open("wb") as target:
        write_archive([build_image([layer], platform=Platform.host(), names=[base])], target)
    (folder / "app").mkdir()
    (folder / "cache").mkdir()
    (folder / "app" / "big").write_bytes(b"b" * 300_000)
    (folder / "app" / "same").write_bytes(b"b" * 300_000)
    (folder / "cache" / "wheel").write_bytes(b"w" * 200_000)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base))
    compose = f"services:\n  app:\n    build: .\n    image: {name}\n"
    (folder / "compose.yaml").write_text(compose)
    _docker(engine, "load", "--input", str(archive))
    try:
        _docker(engine, "buildx", "build", "--load", "--quiet", "--tag", name, str(folder))
        yield Built(base, name, folder)
    finally:
        engine.remove_images([name, base])


def _docker(engine: DockerEngine, *arguments: str) -> None:
    done = subprocess.run([engine.client, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def _run(*argv: str) -> dict[str, Any]:
    code = "from jettison.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *argv, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _whole(image: StoredImage | None) -> dict[str, Any]:
    assert image is not None
    unknown = (None,) * len(image.layers)
    subject = Subject(image.name, "", image.config, image.layers, unknown)
    found: dict[str, Any] = json.loads(inspection_to_json(inspect_image(subject)))
    return found


def test_folders_and_saved_archive_give_the_same(built: Built) -> None:
    client = find_clients()[0]
    saved = stored_image(client, built.name, folders=False)
    assert saved is not None
    assert saved.access is StoreAccess.SAVED
    other = stored_image(client, built.name)
    assert other is not None
    if os.geteuid() == 0:
        assert other.access is StoreAccess.FOLDERS
    assert other.config == saved.config
    assert _whole(other) == _whole(saved)


def test_the_store_knows_its_images(built: Built) -> None:
    client = find_clients()[0]
    known = known_images(client)
    assert known[built.name][:1] == known[built.base]
    assert stored_image(client, "jettison-inspect:not-there") is None
    assert set(stored_bytes(client, [built.name, "jettison-inspect:gone"])) == {built.name}


def test_inspect_tells_base_lines_waste_and_owners(built: Built) -> None:
    found = _run("inspect", built.name, "--dockerfile", str(built.folder))
    assert found["base"] == {"name": built.base, "basis": "shared layers", "layers": 1}
    assert [layer["line"] for layer in found["layers"]] == [None, 2, 3, 4]
    assert found["own_bytes"] == 1_100_000
    assert found["waste"]["overwritten_bytes"] == found["waste"]["rewritten_bytes"] == 300_000
    assert found["waste"]["duplicated_bytes"] == 300_000
    packages = {one["name"]: one["bytes"] for one in found["packages"]}
    assert packages["musl"] == 5000
    assert sum(packages.values()) == found["tree_bytes"]
    assert [one["rule"] for one in found["advice"]].count("JT008") == 1


def test_diff_with_the_base(built: Built) -> None:
    found = _run("diff", built.base, built.name)
    assert found["delta_bytes"] == 1_100_000
    assert sum(one["delta_bytes"] for one in found["files"]) == 800_000
    assert len(found["layers"]["shared"]) == 1


def test_sizes_has_what_the_store_has_now(built: Built) -> None:
    (service,) = _run("sizes", str(built.folder))["services"]
    assert service["now"]["image"] == built.name
    assert service["now"]["uncompressed_bytes"] >= 1_100_000
    assert service["before"]["uncompressed_bytes"] is None
