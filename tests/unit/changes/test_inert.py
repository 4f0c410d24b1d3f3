"""Images that start nothing: what is changed of them, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import discover
from jettison.analysis.running.started import starts_something
from jettison.changes import Policy, plan
from jettison.changes.checking import CheckRequest, check
from jettison.rules import Grade, Refused
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_GCC = "RUN apt-get update && apt-get install -y gcc git\n"
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"
_COMPOSE = {"compose.yaml": "services:\n  api:\n    build: .\n    command: python -m app\n"}


def _write(folder: Path, dockerfile: str, **others: str) -> TextTree:
    files = {"Dockerfile": dockerfile, "requirements.txt": "flask==3.0.3\n", **others}
    for name, text in files.items():
        (folder / name).write_text(text)
    return TextTree(folder)


def test_of_a_base_only_what_is_safe_is_changed(tmp_path: Path) -> None:
    tree = _write(tmp_path, f"FROM python:3.11\n{_GCC}{_PIP}")
    made = plan(tree, {})
    assert {change.grade for change in made.applied} == {Grade.SAFE}
    assert {change.key.rule for change in made.applied} == {"JT008"}
    refused = {one.key.rule for one in made.left if isinstance(one.remedy, Refused)}
    assert "JT012" in refused
    found = check(CheckRequest(tmp_path, environment={})).findings
    by_rule = {one.key.rule: one.remedy for one in found}
    assert isinstance(by_rule["JT012"], Refused)


@pytest.mark.parametrize(
    ("dockerfile", "others"),
    [
        (f"FROM python:3.11\n{_GCC}{_PIP}CMD python -m app\n", {}),
        (f"FROM python:3.11\n{_GCC}{_PIP}", _COMPOSE),
        (f"FROM python:3.11 AS one\n{_GCC}{_PIP}ENTRYPOINT python\nFROM one\nUSER 1\n", {}),
    ],
)
def test_what_starts_is_changed(tmp_path: Path, dockerfile: str, others: dict[str, str]) -> None:
    made = plan(_write(tmp_path, dockerfile, **others), {})
    assert Grade.UNSAFE in {change.grade for change in made.applied}


def test_of_an_image_that_others_take_what_they_inherit_stays(tmp_path: Path) -> None:
    compose = (
        "services:\n  base:\n    build: .\n    command: python -m app\n  web:\n    build:\n"
        "      context: web\n      additional_contexts: [from=service:base]\n"
    )
    tree = _write(tmp_path, f"FROM python:3.11\n{_GCC}{_PIP}", **{"compose.yaml": compose})
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text("FROM from\nRUN ls\n")
    made = plan(tree, {})
    assert not {"JT003", "JT006"} & {change.key.rule for change in made.applied}
    why = [one.remedy.reason for one in made.left if isinstance(one.remedy, Refused)]
    assert "the image of web is built from this one, and may need what goes" in why


def test_who_has_tests_for_it_may_ask_for_more(tmp_path: Path) -> None:
    tree = _write(tmp_path, f"FROM python:3.11\n{_GCC}{_PIP}")
    made = plan(tree, {}, policy=Policy(inert=True))
    assert "JT012" in {change.key.rule for change in made.applied}


@pytest.mark.parametrize(
    ("base", "starts"),
    [
        ("php:8.3-apache", True),
        ("php:8.3-fpm-alpine", True),
        ("php:8.3-cli", False),
        ("docker.io/library/python:3.11@sha256:" + "a" * 64, False),
        ("registry.example:5000/team/base", True),
        ("nginx:alpine", True),
        ("scratch", False),
    ],
)
def test_bases_whose_command_is_a_server(tmp_path: Path, base: str, *, starts: bool) -> None:
    (target,) = discover(_write(tmp_path, f"FROM {base}\nCOPY . .\n"), {}).targets
    assert starts_something(target) is starts
