"""Which files get a line before both sides are built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.discover import discover
from jettison.optimize.rebuilds import edited_files
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "compose.yaml": "services:\n  api:\n    build: api\n  web:\n    build: web\n  db:\n"
    "    image: postgres\n",
    "api/Dockerfile": "FROM python:3.11-slim\nCOPY needs/requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY app app\n",
    "api/needs/requirements.txt": "flask\n",
    "api/requirements-dev.txt": "pytest\n",
    "api/app/main.py": "",
    "api/app/test_main.py": "",
    "api/tools/other.py": "",
    "web/Dockerfile": "FROM node:22 AS build\nCOPY . .\nRUN npm ci && npm run build\n"
    "FROM nginx\nCOPY --from=build /dist /srv\n",
    "web/package.json": "{}",
    "web/src/index.js": "",
    "web/packages/inner/package.json": "{}",
    "web/node_modules/x/index.js": "",
}


def test_a_list_of_any_name_counts(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r ./needs.txt\nCMD a\n"
    )
    (tmp_path / "needs.txt").write_text("flask\n")
    project = discover(TextTree(tmp_path), {})
    assert edited_files(project, lists=True) == {"dockerfile": {"needs.txt"}}


def test_only_what_a_build_takes_is_edited(tmp_path: Path) -> None:
    for name, text in _FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = discover(TextTree(tmp_path), {})
    assert edited_files(project) == {"api": {"api/app/main.py"}, "web": {"web/src/index.js"}}
    assert edited_files(project, lists=True) == {
        "api": {"api/needs/requirements.txt"},
        "web": {"web/package.json"},
    }
