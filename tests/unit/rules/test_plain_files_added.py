"""JT025: ADD of plain files becomes COPY, whatever else is changed of it."""

from __future__ import annotations

from tests.unit.rules.planning import changed, planned

from jettison.changes import Policy, plan
from jettison.rules.catalog.plain_files_added import RULE
from jettison.rules.catalog.runs_as_root import RULE as RUNS_AS_ROOT

_FILES = {"a/main.go": "package main\n", "b.txt": "b\n"}
_TEXT = "FROM golang:1.19 AS build\nADD a /a\nADD a /b\nCOPY a /c\nADD a /d\nADD b.txt /\n"


def test_each_is_called_by_its_source() -> None:
    made = planned(RULE, {**_FILES, "Dockerfile": _TEXT})
    assert changed(made) == {"Dockerfile": _TEXT.replace("ADD", "COPY")}
    assert [str(change.key) for change in made.applied] == [
        "JT025/Dockerfile/a",
        "JT025/Dockerfile/a~",
        "JT025/Dockerfile/a~~~",
        "JT025/Dockerfile/b.txt",
    ]


def test_one_that_was_taken_back_stays_alone() -> None:
    """The others keep their names when some are COPY already."""
    made = planned(RULE, {**_FILES, "Dockerfile": _TEXT})
    without = Policy(excluded=frozenset({"JT025/Dockerfile/a~"}))
    again = plan(made.before.tree, {}, rules=[RULE], policy=without)
    wanted = _TEXT.replace("ADD", "COPY").replace("COPY a /b", "ADD a /b")
    assert changed(again) == {"Dockerfile": wanted}
    assert [str(finding.key) for finding in again.left] == ["JT025/Dockerfile/a~"]


def test_an_add_that_gets_a_flag_by_another_change_becomes_a_copy_too() -> None:
    head, end = "FROM python:3.11-slim\nWORKDIR /app\n", 'CMD ["python", "app.py"]\n'
    files = {
        "Dockerfile": f"{head}ADD a.txt .\nADD models models\nADD models/a.txt b/\n"
        f"ADD app.py .\n{end}",
        "a.txt": "",
        "app.py": "open('models/log.txt', 'a')\n",
        "models/a.txt": "",
        "models/big.bin": "x" * 1_200_000,
    }
    made = planned(RULE, files, others=(RUNS_AS_ROOT,))
    assert changed(made) == {
        "Dockerfile": f"{head}COPY a.txt .\nCOPY --chown=1000:1000 models models\n"
        "COPY models/a.txt b/\nCOPY app.py .\n"
        "RUN useradd --create-home --uid 1000 app \\\n    && chown app:app /app/models\n"
        f"USER app\n{end}"
    }
    assert [str(one.key) for one in made.applied if one.key.rule == RULE.code] == [
        "JT025/Dockerfile/a.txt",
        "JT025/Dockerfile/app.py",
        "JT025/Dockerfile/models/a.txt",
        "JT025/Dockerfile/models",
    ]
