"""What an image holds is read by another process where the engine has it in folders."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile import parse_text
from jettison.engine import FakeEngine
from jettison.engine.digests import DigestProcesses
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import History, LayerBuilder, build_image
from jettison.oci.layers.overlay import OverlayLayer
from jettison.trial import elsewhere
from jettison.trial.evidence import beside, image_evidence
from jettison.trial.evidence.beside import read_beside
from jettison.trial.evidence.image import read_layers

if TYPE_CHECKING:
    from pathlib import Path

_DOCKERFILE = parse_text("FROM base\nRUN pip install flask\n")


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    """An engine with an image of one folder, in which Flask is installed."""
    info = tmp_path / "usr/lib/python3.11/site-packages/flask-3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: flask\nVersion: 3\n")
    (info.parent / "flask.py").write_text("import os\n")
    (info / "RECORD").write_text("flask.py,,\nflask-3.dist-info/METADATA,,\n")
    layer = OverlayLayer("one", tmp_path, DigestProcesses(0))
    history = [History(created_by="RUN /bin/sh -c pip install flask")]
    config = build_image([LayerBuilder()], history=history).config
    return FakeEngine(
        services={}, kept={"t": StoredImage("t", config, (layer,), (None,), StoreAccess.FOLDERS)}
    )


def test_another_process_says_what_this_one_would(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = image_evidence(engine, "t", _DOCKERFILE, {})
    assert expected is not None
    assert set(expected.distributions) == {"flask"}

    @functools.wraps(read_layers)
    def here(*given: object) -> None:
        pytest.fail(f"read here: {given}")

    monkeypatch.setattr(beside, "read_layers", here)
    assert image_evidence(engine, "t", _DOCKERFILE, {}, read_beside) == expected


def test_it_is_read_here_where_the_other_process_fails(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = image_evidence(engine, "t", _DOCKERFILE, {})
    monkeypatch.setattr(elsewhere, "_CALL", "raise SystemExit(1)")
    assert image_evidence(engine, "t", _DOCKERFILE, {}, read_beside) == expected
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert image_evidence(engine, "t", _DOCKERFILE, {}, read_beside) == expected


def test_an_image_that_is_not_there_says_nothing(engine: FakeEngine) -> None:
    assert image_evidence(engine, "x", _DOCKERFILE, {}, read_beside) is None
