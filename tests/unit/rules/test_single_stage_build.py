"""What the claim of a split says of what leaves with the installers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import installed

from jettison.changes import plan
from jettison.rules import find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "Dockerfile": "FROM python:3.11-slim\nRUN pip install poetry\nWORKDIR /app\n"
    "RUN poetry config virtualenvs.create false\nCOPY pyproject.toml poetry.lock ./\n"
    "RUN poetry install\nCOPY . .\nCMD celery -A main worker\n",
    "pyproject.toml": "[tool.poetry.dependencies]\ncelery = '*'\n"
    "[tool.poetry.group.dev.dependencies]\nmkdocs = '*'\n",
    "poetry.lock": "",
    "main.py": "import celery\n",
}


@pytest.mark.parametrize(
    ("rows", "unmissed"),
    [
        (("celery: security?rsa", "poetry: rsa", "rsa", "mkdocs"), {"python:rsa"}),
        (("celery: security?rsa", "poetry: rsa", "rsa", "mkdocs: rsa"), {"python:rsa"}),
        (("celery: rsa", "poetry: rsa", "rsa", "mkdocs"), set()),
        (("celery: security?rsa", "poetry", "rsa", "mkdocs"), set()),
    ],
)
def test_what_code_only_loads_where_it_is_there_is_not_missed(
    tmp_path: Path, rows: tuple[str, ...], unmissed: set[str]
) -> None:
    for name, text in _FILES.items():
        (tmp_path / name).write_text(text)
    used = {name: f"/site-packages/{name}/__init__.py" for name in ("celery", "rsa")}
    evidence = replace(installed("Dockerfile", *rows), used={"Dockerfile": used})
    rules = [find_rule("JT002"), find_rule("JT011")]
    made = plan(TextTree(tmp_path), {}, rules=rules, evidence=evidence)
    (change,) = [one for one in made.applied if one.key.rule == "JT011"]
    assert change.claim.unmissed == unmissed


@pytest.mark.parametrize(
    ("workdir", "place"),
    [
        ("ARG HOME_OF=/opt/app\nWORKDIR $HOME_OF\n", "$HOME_OF"),
        ("ENV HOME_OF=/opt/app\nWORKDIR ${HOME_OF}/\n", "${HOME_OF}"),
        ("WORKDIR /opt/app\n", "/opt/app"),
        ("ARG NAME=app\nWORKDIR /opt/$NAME\n", "/opt/$NAME"),
    ],
)
def test_a_folder_is_copied_by_the_variable_that_names_it(
    tmp_path: Path, workdir: str, place: str
) -> None:
    """A build that is given another value has the folder in another place."""
    head = f"FROM node:22-slim\n{workdir}RUN apt-get update && apt-get install -y g++\n"
    body = 'COPY package.json ./\nRUN npm install\nCMD ["node", "a.js"]\n'
    (tmp_path / "Dockerfile").write_text(f"{head}{body}")
    (tmp_path / "package.json").write_text('{"dependencies": {"ms": "2.1.3"}}')
    made = plan(TextTree(tmp_path), {}, rules=[find_rule("JT002"), find_rule("JT011")])
    now = made.tree.read("Dockerfile")
    assert now is not None
    modules = f"{place}/node_modules"
    assert f"COPY --from=build {modules} {modules}\n" in now.text
