"""Inspecting what a text names, whatever the store's folders are worth."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.imaging.samples import image_of

from jettison import images
from jettison.images import Opened, inspecting
from jettison.imaging import Subject
from jettison.oci import OverlayLayer

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_that_say_not_all_give_way_to_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    try:
        os.setxattr(tmp_path / "file", "user.overlay.metacopy", b"")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    image = image_of({"file": b"content"})
    asked: list[bool] = []

    def opened(text: str, platform: str | None, *, folders: bool = True) -> Opened:
        assert platform is None
        asked.append(folders)
        layers = (OverlayLayer("folder", tmp_path),) if folders else image.layers
        return Opened(Subject(text, "", image.config, layers, (None,)), list)

    monkeypatch.setattr(inspecting, "open_subject", opened)
    monkeypatch.setenv("JETTISON_DOCKER", str(tmp_path / "no-engine"))
    assert images.inspect("app:1").tree_bytes == 7
    assert asked == [True, False]
