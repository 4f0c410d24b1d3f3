"""What is said of a finding after a trial, and which images a change concerns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jettison.changes import plan
from jettison.changes.verdicts import Reached, State, concerned, judge
from jettison.rules import find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path


def test_an_ignore_file_is_not_tried_with_an_image_for_development(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "app.py").write_text("print(1)\n")
    for name in ("Dockerfile", "Dockerfile.dev"):
        (tmp_path / name).write_text("FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD a\n")
    made = plan(TextTree(tmp_path), {}, rules=[find_rule("JT005")])
    (change,) = made.applied
    assert {one.name for one in made.after.project.targets} == {"Dockerfile", "Dockerfile.dev"}
    assert concerned(change, made.after.project) == {"Dockerfile"}


def test_a_finding_with_another_name_is_not_mended(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm i -g nodemon\nRUN npm i\n"
        'CMD ["nodemon", "server.js"]\n',
        "package.json": json.dumps({"devDependencies": {"eslint": "9"}}),
        "server.js": "require('eslint');\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    made = plan(TextTree(tmp_path), {}, rules=[find_rule("JT003"), find_rule("JT026")])
    verdicts = judge(made, made, {"Dockerfile": Reached(State.VERIFIED, "")}, {})
    assert {str(one.finding.key): one.state for one in verdicts} == {
        "JT026/Dockerfile/nodemon": State.VERIFIED,
        "JT003/Dockerfile/npm": State.REFUSED,
    }


def test_what_was_taken_back_is_not_mended_though_its_rule_finds_it_no_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY a.py .\nRUN pip install flask\nCMD python a.py\n"
    )
    (tmp_path / "a.py").write_text("import flask\n")
    first = plan(TextTree(tmp_path), {}, rules=[find_rule("JT008")])
    last = plan(TextTree(tmp_path), {}, rules=[find_rule("JT022")])
    (change,) = first.applied
    reached = {"Dockerfile": Reached(State.VERIFIED, "3 comparisons agree")}
    (verdict, *_) = judge(first, last, reached, {str(change.key): "it did not start"})
    assert (verdict.state, verdict.evidence) == (State.REVERTED, "it did not start")
