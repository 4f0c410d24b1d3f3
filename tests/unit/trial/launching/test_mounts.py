"""What a mount of the sources brings that the image does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis import discover
from jettison.source import TextTree
from jettison.trial.launching.mounts import hidden_code, map_outside, settings_only_mounted

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pytest


def test_settings_that_no_copy_brings_are_told_from_those_that_one_does(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.11-slim\nCOPY app /srv/app\nCOPY setup.cfg /srv/\n",
        "app/main.py": "",
        "setup.cfg": "",
        ".env": "A=1",
        "alembic.ini": "",
        "notes.md": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (target,) = discover(TextTree(tmp_path), {}).targets
    assert hidden_code(target, "", "/srv")
    assert settings_only_mounted(target, tmp_path, "/srv") == {".env", "alembic.ini"}
    assert settings_only_mounted(target, tmp_path / "app", "/srv/app") == frozenset()


def test_what_may_not_be_looked_at_is_taken_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, root, closed = tmp_path / "run" / "tree", tmp_path / "deep" / "er" / "project", "closed"
    stat = type(tmp_path).stat

    def denied(path: Path, **options: bool) -> os.stat_result:
        if closed in path.parts:
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(type(tmp_path), "stat", denied)
    assert map_outside(tmp_path / closed / "rows", tree, root) == tmp_path / closed / "rows"
    assert map_outside(tmp_path / "absent", tree, root) == tmp_path / "deep" / "absent"
