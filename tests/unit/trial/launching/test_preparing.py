"""What a copy is given that its Compose files name and it lacks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jettison.analysis.discover import discover
from jettison.engine.fake import FakeEngine
from jettison.source import TextTree
from jettison.trial.launching.preparing import Prepared, prepare
from jettison.trial.launching.stack import assemble
from jettison.trial.outcomes import TrialSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def _prepared(folder: Path, files: dict[str, str]) -> Prepared:
    for name, text in {"Dockerfile": "FROM scratch\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    project = discover(TextTree(folder), dict(os.environ))
    return prepare(project, folder, {})


def test_a_missing_environment_file_is_the_projects_example(tmp_path: Path) -> None:
    made = _prepared(
        tmp_path,
        {
            "compose.yaml": "services: {web: {build: ., env_file: .env.prod}}",
            ".env.example": "A=1\n",
        },
    )
    assert (tmp_path / ".env.prod").read_text() == "A=1\n"
    assert ".env.prod is not there: the trial takes .env.example" in made.notes
    (lacking,) = made.lacking
    assert (lacking.file, lacking.line) == ("compose.yaml", 1)
    assert lacking.reason == ".env.prod is not there"


def test_without_an_example_it_is_empty(tmp_path: Path) -> None:
    made = _prepared(
        tmp_path, {"compose.yaml": "services: {web: {build: ., env_file: [conf/.env]}}"}
    )
    assert (tmp_path / "conf" / ".env").read_text() == ""
    assert "conf/.env is not there: the trial takes an empty one" in made.notes


def test_a_required_variable_has_a_value(tmp_path: Path) -> None:
    made = _prepared(
        tmp_path,
        {
            "compose.yaml": """\
services:
  web:
    build: .
    ports: ["${WEB_PORT:?set it}:80"]
    environment: {KEY: "${API_KEY:?set it}", NAME: "${NAME:?set it}"}
""",
            ".env.sample": "NAME=shop\n",
        },
    )
    assert made.environment == {"WEB_PORT": "8000", "API_KEY": "placeholder", "NAME": "shop"}


def test_a_missing_secret_is_a_placeholder(tmp_path: Path) -> None:
    made = _prepared(
        tmp_path,
        {
            "compose.yaml": """\
services: {web: {build: ., secrets: [token]}}
secrets: {token: {file: ./secrets/token.txt}}
"""
        },
    )
    assert (tmp_path / "secrets" / "token.txt").read_text() == "placeholder"
    assert made.notes


def test_nothing_is_written_where_nothing_is_missing(tmp_path: Path) -> None:
    made = _prepared(
        tmp_path,
        {"compose.yaml": "services: {web: {build: ., env_file: .env}}", ".env": "A=1\n"},
    )
    assert not made.notes
    assert not made.lacking
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".env",
        "Dockerfile",
        "compose.yaml",
    ]


def test_an_example_gives_what_the_compose_file_cannot_be_read_without(tmp_path: Path) -> None:
    compose = "services: {web: {build: ., ports: ['${PORT}:${PORT}']}}"
    made = _prepared(tmp_path, {"compose.yaml": compose, "env.example": "PORT=80\n"})
    assert made.environment == {"PORT": "80"}
    assert made.notes == ["env.example stands for .env, which is not there"]


def test_an_example_that_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    compose = "services: {web: {build: ., ports: ['80:${PORT:-80}']}}"
    made = _prepared(tmp_path, {"compose.yaml": compose, ".env.example": "PORT=<port>\n"})
    assert made.environment == {}
    assert not made.notes


def test_an_example_may_have_its_word_behind_a_hyphen(tmp_path: Path) -> None:
    compose = "services:\n  a: {image: x, env_file: [.env.dev]}\n"
    made = _prepared(tmp_path, {"compose.yaml": compose, ".env.dev-sample": "A=1\n"})
    assert ".env.dev is not there: the trial takes .env.dev-sample" in made.notes


class _Asked(FakeEngine):
    """Remembers the variables that Compose files were read with."""

    read_with: Mapping[str, str] | None = None

    def resolve(
        self,
        folder: Path,
        files: Sequence[Path],
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        self.read_with = environment
        return super().resolve(folder, files, environment)


def test_the_shell_of_a_copy_stands_in_the_copy(tmp_path: Path) -> None:
    files = {"compose.yaml": "services: {web: {build: ., volumes: ['${PWD}:/app']}}\n"}
    project, copy = tmp_path / "project", tmp_path / "copy"
    for folder in (project, copy):
        folder.mkdir()
        for name, text in {"Dockerfile": "FROM scratch\n", **files}.items():
            (folder / name).write_text(text)
    engine = _Asked(services={})
    assemble(engine, discover(TextTree(project), {}), copy, TrialSettings())
    assert engine.read_with is not None
    assert engine.read_with["PWD"] == str(copy)
