"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shared machine may be slow: no deadline for an example. CI repeats the same examples, so that a
# change is judged by what it changes; elsewhere each run tries new ones.
settings.register_profile(
    "jettison",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("jettison")

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the golden files anew instead of comparing with them."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


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
