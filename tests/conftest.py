"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path) -> ProjectMaker:
    """Makes small projects from a mapping of paths to texts."""
    return ProjectMaker(tmp_path)


class ProjectMaker:
    """Writes a project's files below a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"

    def __call__(self, files: dict[str, str]) -> Path:
        """The project's folder with these files in it."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return self.root
