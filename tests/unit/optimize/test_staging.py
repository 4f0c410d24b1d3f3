"""The first copy of a project, made beside its reading."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from jettison.changes.copying import survey_tree
from jettison.optimize import staging
from jettison.optimize.staging import Staging, copy_ahead
from jettison.trial import Progress


class _Usage(NamedTuple):
    free: int


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "sub/a.py").write_text("x = 1\n")
    (root / "link").symlink_to("sub/a.py")
    return root


def test_the_first_copy_is_the_one_that_was_begun(project: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    ahead = copy_ahead(project, work, survey_tree(project))
    assert ahead is not None
    made = Staging(project, work, Progress(), ahead=ahead)
    first, second = made.original(), made.original()
    assert (first, second) == (work / "tree1", work / "tree2")
    for copy in (first, second):
        assert (copy / "sub/a.py").read_text() == "x = 1\n"
        assert (copy / "link").readlink() == Path("sub/a.py")


def test_a_copy_that_was_lost_is_made_again(project: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    ahead = copy_ahead(project, work, survey_tree(project))
    assert ahead is not None
    ahead.end()
    assert (Staging(project, work, Progress(), ahead=ahead).original() / "sub/a.py").is_file()


def test_nothing_is_begun_that_may_be_too_much(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_HEAVY", (1, 200_000))
    assert copy_ahead(project, tmp_path, survey_tree(project)) is None
    monkeypatch.setattr(staging, "_HEAVY", (1 << 30, 1))
    assert copy_ahead(project, tmp_path, survey_tree(project)) is None
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(0))
    assert copy_ahead(project, tmp_path, survey_tree(project)) is None
