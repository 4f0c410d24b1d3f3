"""What runs that were killed left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from jettison.engine import FakeEngine, Leftover
from jettison.trial import clean_leftovers, new_run_id, run_folder
from jettison.trial.labels import is_alive, is_elsewhere
from jettison.trial.launching.orphans import end_orphans
from jettison.trial.leftovers import OLD, holder_beside, recover

if TYPE_CHECKING:
    from pathlib import Path


def _dead() -> str:
    token, _, _, boot = new_run_id().split("-")
    return f"{token}-4194305-1-{boot}"


def test_a_run_is_alive_while_its_process_runs() -> None:
    assert is_alive(new_run_id())
    assert not is_alive(_dead())
    assert not is_alive(new_run_id().rpartition("-")[0] + "-another"), (
        "the machine was started anew since"
    )
    elsewhere = "anywhere-" + new_run_id().partition("-")[2]
    assert is_alive(elsewhere), "its processes cannot be seen from here"
    assert is_elsewhere(elsewhere)
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
        f"folder {tmp_path / f'jettison-{dead}'}",
        f"image jettison-trial:{dead}-before-web",
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


def test_what_was_made_from_elsewhere_is_removed_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other = "anywhere-" + new_run_id().partition("-")[2]
    engine = FakeEngine(services={}, left=[Leftover("container", "a", other)])
    assert not clean_leftovers(engine)
    assert clean_leftovers(engine, elsewhere=True) == ("container a",)


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("by", ["clean", "next run"])
def test_what_a_kill_left_beside_out_is_removed_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, published: bool, by: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, out = _dead(), tmp_path / "slim[1]"
    work = tmp_path / f"jettison-{dead}"
    work.mkdir()
    out.mkdir()
    (out / "text").write_text("old")
    holder = holder_beside(out, dead, work)
    (holder / "tree").mkdir()
    (holder / "tree" / "text").write_text("new")
    out.replace(holder / OLD)
    if published:
        (holder / "tree").replace(out)
    removed = clean_leftovers(FakeEngine(services={})) if by == "clean" else recover(out)
    assert f"folder {holder}" in removed
    assert not holder.exists()
    assert (out / "text").read_text() == ("new" if published else "old")


@pytest.mark.parametrize("what", ["alive", "foreign"])
def test_folders_of_others_beside_out_stay(tmp_path: Path, what: str) -> None:
    run_id = new_run_id() if what == "alive" else "mine"
    holder = tmp_path / f".slim.jettison-{run_id}"
    holder.mkdir()
    assert recover(tmp_path / "slim") == ()
    assert holder.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows processes' environment")
@pytest.mark.parametrize("name", ["docker-compose", "pytest"])
def test_what_outlived_its_run_is_ended(tmp_path: Path, name: str) -> None:
    client = tmp_path / name
    client.symlink_to("/bin/sleep")
    told = {"JETTISON_SIDE": "after"} if name == "pytest" else {}
    dead, alive = (
        subprocess.Popen([client, "60"], env={**os.environ, **told, "JETTISON_RUN": run})
        for run in (_dead(), new_run_id())
    )
    try:
        assert f"{name} {dead.pid}" in end_orphans()
        assert dead.wait(5)
        assert alive.poll() is None
    finally:
        dead.kill()
        alive.kill()
        alive.wait()
