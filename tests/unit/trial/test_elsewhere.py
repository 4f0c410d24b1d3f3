"""A function that another process runs: what it gives, what it raises, and how it is ended."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from jettison.changes.copying import copy_tree, survey_tree
from jettison.errors import ProjectError
from jettison.trial.elsewhere import Elsewhere, LostError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_it_gives_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("ab")
    assert Elsewhere(survey_tree, tmp_path).result() == survey_tree(tmp_path)


def test_what_it_raises_on_purpose_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot copy") as caught:
        Elsewhere(copy_tree, tmp_path / "absent", tmp_path / "b").result()
    assert caught.value.remedy


def test_what_dies_or_cannot_begin_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LostError):
        Elsewhere(os._exit, 3).result()
    with pytest.raises(LostError):
        Elsewhere(_fails).result()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(LostError):
        Elsewhere(os.getpid)


def _fails() -> None:
    raise ZeroDivisionError


def test_it_can_be_ended(tmp_path: Path) -> None:
    slow = Elsewhere(time.sleep, 60)
    began = time.monotonic()
    slow.end()
    slow.end()
    assert time.monotonic() - began < 30
    assert not list(tmp_path.iterdir())
