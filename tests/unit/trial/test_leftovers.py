"""What runs that were killed left behind."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from jettison.engine import FakeEngine, Leftover
from jettison.trial import clean_leftovers, new_run_id, run_folder
from jettison.trial.labels import is_alive

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _dead() -> str:
    token, _, _, boot = new_run_id().split("-")
    return f"{token}-4194305-1-{boot}"


def test_a_run_is_alive_while_its_process_runs() -> None:
    assert is_alive(new_run_id())
    assert not is_alive(_dead())
    assert not is_alive(new_run_id().rpartition("-")[0] + "-otherboot")
    assert is_alive("of-another-form")


def test_only_what_belongs_to_dead_runs_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, alive = _dead(), new_run_id()
    engine = FakeEngine(
        services={},
        left=[Leftover("container", "a", dead), Leftover("network", "b", alive)],
        images={f"jettison-trial:{run}-before-web": 1 for run in (dead, alive)},
    )
    (tmp_path / f"jettison-{dead}").mkdir()
    (tmp_path / "jettison-mine").mkdir()
    removed = clean_leftovers(engine)
    assert removed == (
        "container a",
        f"image jettison-trial:{dead}-before-web",
        f"folder {tmp_path / f'jettison-{dead}'}",
    )
    assert [one.name for one in engine.left] == ["b"]
    assert list(engine.images) == [f"jettison-trial:{alive}-before-web"]
    assert (tmp_path / "jettison-mine").is_dir()
    assert not clean_leftovers(engine)


def test_a_runs_folder_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with run_folder("x") as folder:
        (folder / "a").write_text("1")
    assert not folder.exists()
