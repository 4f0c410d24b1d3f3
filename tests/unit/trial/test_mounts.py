"""What a mount of the sources brings that the image does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis import discover
from jettison.source import TextTree
from jettison.trial.mounts import hidden_code, settings_only_mounted

if TYPE_CHECKING:
    from pathlib import Path


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
