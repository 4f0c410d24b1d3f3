"""What a build context sends, and what uses it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.analysis.context.builds import by_ignore_file, find_builds
from jettison.analysis.context.use import ContextBuild, ContextUse, pattern_of, use_of_context
from jettison.dockerfile import parse_text
from jettison.dockerfile.context import read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.errors import ComposeError, ProjectError
from jettison.source import SourceText

if TYPE_CHECKING:
    from pathlib import Path


def use(folder: Path, *texts: str, ignore: str | None = None) -> ContextUse:
    """The use of a folder by Dockerfiles of these texts."""
    files = [parse_text(text, f"D{number}") for number, text in enumerate(texts)]
    builds = [ContextBuild(one, None, (), None, {}) for one in files]
    file = None if ignore is None else IgnoreFile.parse(SourceText(".dockerignore", ignore))
    return use_of_context(read_context(folder, file), file, builds)


def fill(folder: Path, sizes: dict[str, int]) -> Path:
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return folder


def test_folders_are_the_biggest_first(tmp_path: Path) -> None:
    fill(tmp_path, {"a/x": 5, "b/c/y": 50, "b/d/z": 20, "f": 10})
    found = use(tmp_path, "FROM a\nCOPY b/d /\n")
    assert [(one.path, one.files, one.size, one.unused_size) for one in found.folders] == [
        ("b", 2, 70, 50),
        ("b/c", 1, 50, 50),
        ("b/d", 1, 20, 0),
        ("", 1, 10, 10),
        ("a", 1, 5, 5),
    ]
    assert (found.files, found.size, found.unused_files, found.unused_size) == (4, 85, 3, 65)


def test_unused_is_told_by_the_outermost_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"b/c/y": 50, "b/c/e/y": 5, "b/d/z": 20, "f": 10, "tests/t": 1})
    found = use(tmp_path, "FROM a\nCOPY b/d /\n")
    assert [(one.path, one.folder, one.files, one.size, one.pattern) for one in found.unused] == [
        ("b/c", True, 2, 55, "b/c"),
        ("f", False, 1, 10, "f"),
        ("tests", True, 1, 1, "tests"),
    ]
    assert found.unused[2].kind == "tests and their artefacts"


def test_every_dockerfile_and_stage_counts(tmp_path: Path) -> None:
    fill(tmp_path, {"a": 1, "b": 1, "c": 1, "d": 1})
    one = "FROM x AS dev\nCOPY a /\nFROM x\nRUN --mount=type=bind,source=b,target=/b true\n"
    found = use(tmp_path, one, "FROM y\nADD c /\n")
    assert [item.path for item in found.unused] == ["d"]
    assert [(u.dockerfile, u.instruction.line, u.stage) for u in found.uses] == [
        ("D0", 2, 0),
        ("D0", 4, 1),
        ("D1", 2, 0),
    ]


def test_the_whole_context(tmp_path: Path) -> None:
    fill(tmp_path, {"a": 1, "node_modules/m": 30, "backups/big": 20, "lib/x": 1})
    found = use(tmp_path, "FROM x\nCOPY a /\nCOPY . .\n")
    assert found.whole is not None
    assert found.whole.instruction.line == 3
    assert found.unused == ()
    assert [(one.pattern, one.size, one.doubtful) for one in found.suggestions] == [
        ("**/node_modules", 30, False),
        ("backups", 20, True),
    ]
    by_path = {one.path: one for one in found.folders}
    assert by_path["node_modules"].pattern == "**/node_modules"
    assert by_path["backups"].doubtful
    assert by_path["lib"].pattern is None


def test_what_is_named_is_no_guess(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a": 1, "b": 1})
    found = use(tmp_path, "FROM x\nCOPY . .\nCOPY docs /docs\n")
    assert found.suggestions == ()


def test_a_pattern_that_would_break_an_instruction_says_so(tmp_path: Path) -> None:
    fill(tmp_path, {".env": 3, "node_modules/m": 2, "a/x.log": 1})
    found = use(tmp_path, "FROM x\nCOPY .env /\nCOPY . .\n")
    asked = {one.pattern: one.asked_for for one in found.suggestions}
    env = asked.pop("**/.env")
    assert env is not None
    assert (env[0], env[1].line) == ("D0", 2)
    assert asked == {"**/node_modules": None, "**/*.log": None}


def test_each_file_counts_for_one_suggestion(tmp_path: Path) -> None:
    fill(tmp_path, {"frontend/node_modules/a.log": 7, "frontend/b": 3, "k": 1})
    found = use(tmp_path, "FROM x\nCOPY k /\n")
    assert [(one.pattern, one.size) for one in found.suggestions] == [
        ("**/node_modules", 7),
        ("frontend", 3),
    ]
    assert sum(one.size for one in found.suggestions) == found.unused_size


def test_kept_out_by_pattern(tmp_path: Path) -> None:
    fill(tmp_path, {"a.log": 4, "b/c.log": 6, "venv/x/y": 100, "k": 1})
    ignore = IgnoreFile.parse(SourceText(".dockerignore", "**/*.log\nvenv\n"))
    context = read_context(tmp_path, ignore)
    found = use_of_context(context, ignore, ())
    assert [(one.pattern.text, one.entries, one.folders, one.size) for one in found.kept_out] == [
        ("**/*.log", 2, 0, 10),
        ("venv", 1, 1, None),
    ]
    found = use_of_context(context, ignore, (), weights={"venv": 100})
    assert [(one.pattern.text, one.size) for one in found.kept_out] == [
        ("venv", 100),
        ("**/*.log", 10),
    ]
    assert found.unused == ()


def test_problems(tmp_path: Path) -> None:
    fill(tmp_path, {"a": 1})
    found = use(tmp_path / "gone", "FROM x\nCOPY a /\n", ignore="[\n")
    assert [(one.where, one.message) for one in found.problems] == [
        (".", "No such file or directory"),
        (".dockerignore:1", "syntax error in pattern"),
        ("D0:2", "a is not in the context: the build stops here"),
    ]


NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..")
)


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_suggested_pattern_excludes_its_path(names: list[str]) -> None:
    path = "/".join(names)
    ignore = IgnoreFile.parse(SourceText("", pattern_of(path) + "\n"))
    assert ignore.problems == ()
    assert ignore.match(path).excluded


def test_a_suggested_pattern_of_a_name_that_is_no_text() -> None:
    path = os.fsdecode(b"a\xff/[b] \n")
    assert pattern_of(path) == "a?/\\[b] ?"
    assert IgnoreFile.parse(SourceText("", pattern_of(path))).match(path).excluded


def test_a_suggested_pattern_spares_what_is_alike() -> None:
    ignore = IgnoreFile.parse(SourceText("", pattern_of("a*[b]?")))
    assert not ignore.match("ax[b]y").excluded


COMPOSE = """\
services:
  one: {build: .}
  two: {build: {context: ., dockerfile: D2, target: t, args: {V: "1"}}}
  three: {build: {context: .}}
  four: {build: {context: sub}}
  five: {image: x}
  six: {build: {context: ., dockerfile_inline: "FROM x"}, profiles: [p]}
"""


def test_builds_of_a_compose_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    (tmp_path / "D2").write_text("ARG V\nFROM a:$V AS t\n")
    (tmp_path / "D2.dockerignore").write_text("x\n")
    builds = find_builds(tmp_path, (), {})
    assert [(one.name, one.services, one.target) for one in builds] == [
        ("Dockerfile", ("one", "three"), None),
        ("D2", ("two",), "t"),
        (f"{tmp_path / 'compose.yaml'} (service six)", ("six",), None),
    ]
    groups = by_ignore_file(tmp_path, builds)
    assert [(path and path.name, len(found)) for path, found in groups.items()] == [
        (None, 2),
        ("D2.dockerignore", 1),
    ]


def test_builds_without_a_compose_file(tmp_path: Path) -> None:
    assert find_builds(tmp_path, (), {}) == ()
    assert by_ignore_file(tmp_path, ()) == {None: []}
    (tmp_path / "compose.yaml").write_text("services: {one: {image: x}}\n")
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    assert [one.name for one in find_builds(tmp_path, (), {})] == ["Dockerfile"]


def test_builds_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="Gone is not there"):
        find_builds(tmp_path, (tmp_path / "Gone",), {})
    with pytest.raises(ProjectError, match="is not a file"):
        find_builds(tmp_path, (tmp_path,), {})
    (tmp_path / "compose.yaml").write_text("services: {one: {build: .}}\n")
    with pytest.raises(ProjectError, match="Dockerfile is not there") as caught:
        find_builds(tmp_path, (), {})
    assert caught.value.remedy is not None
    assert "compose.yaml:1" in caught.value.remedy
    (tmp_path / "compose.yaml").write_text("services: [\n")
    with pytest.raises(ComposeError):
        find_builds(tmp_path, (), {})
