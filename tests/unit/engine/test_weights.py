"""The memory of what layers weigh."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from jettison.engine import weights as module
from jettison.engine.layers import METHOD, LayerBytes
from jettison.engine.weights import Weights, cache_folder

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def test_what_was_measured_is_known_to_the_next_run(tmp_path: Path) -> None:
    Weights(tmp_path / "made").remember({ONE: LayerBytes(10, 4)})
    assert Weights(tmp_path / "made").known([ONE, TWO]) == {ONE: LayerBytes(10, 4)}


def test_what_another_method_measured_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Weights(tmp_path).remember({ONE: LayerBytes(10, 4)})
    monkeypatch.setattr(module, "METHOD", "another")
    assert Weights(tmp_path).known([ONE]) == {}


@pytest.mark.parametrize("rows", [[(ONE, METHOD, -1, 4)], [(ONE, METHOD, "x", 4)]])
def test_nonsense_is_measured_again(tmp_path: Path, rows: list[tuple[object, ...]]) -> None:
    weights = Weights(tmp_path)
    weights.remember({})
    with sqlite3.connect(tmp_path / "layers.sqlite") as store:
        store.executemany("INSERT INTO layers VALUES (?, ?, ?, ?)", rows)
    assert weights.known([ONE]) == {}


def test_a_file_that_is_no_memory_or_no_place_for_one_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "layers.sqlite").write_bytes(b"not a database, and long enough to be taken for one")
    (tmp_path / "file").write_text("")
    for folder in (tmp_path, tmp_path / "file"):
        weights = Weights(folder)
        weights.remember({ONE: LayerBytes(1, 1)})
        assert weights.known([ONE]) == {}


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    weights = Weights(tmp_path)
    names = [f"sha256:{n}" for n in range(5)]
    for name in names:
        weights.remember({name: LayerBytes(1, 1)})
    assert list(weights.known(names)) == names[-2:]


def test_the_folder_is_the_one_for_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "jettison"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "jettison"
