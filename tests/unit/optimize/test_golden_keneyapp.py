"""Every file that the plan for KeneyApp changes or makes, byte for byte.

The plan is made without an engine, so without evidence: what the trial adds is tested where an
engine is. `pytest tests/unit/optimize/test_golden_keneyapp.py --update-golden` writes them anew.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

from jettison.changes import Plan, Policy, plan
from jettison.rules import all_rules
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_GOLDEN = ROOT / "tests" / "golden" / "keneyapp"
_SUFFIX = ".golden"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan for the example's tracked files, every EXTRA asked for."""
    folder = tmp_path_factory.mktemp("golden") / "keneyapp"
    source = ROOT / "examples" / "keneyapp"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=source, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, folder / name)
    extras = frozenset(rule.extra for rule in all_rules() if rule.extra)
    return plan(TextTree(folder), {}, policy=Policy(extras=extras))


def test_every_file_is_as_it_was(planned: Plan, request: pytest.FixtureRequest) -> None:
    made = {path: now.text for path, (_, now) in planned.tree.changed().items()}
    if request.config.getoption("--update-golden"):
        _write(made)
    golden = {
        path.relative_to(_GOLDEN).as_posix().removesuffix(_SUFFIX): path.read_text("utf-8")
        for path in _GOLDEN.rglob(f"*{_SUFFIX}")
    }
    assert sorted(made) == sorted(golden)
    for path, text in made.items():
        assert text == golden[path], path


def _write(made: dict[str, str]) -> None:
    shutil.rmtree(_GOLDEN, ignore_errors=True)
    for path, text in made.items():
        place: Path = _GOLDEN / f"{path}{_SUFFIX}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


def test_nothing_is_proposed_again(planned: Plan) -> None:
    again = plan(planned.tree, {}, policy=Policy(extras=planned.after.asked))
    assert [str(change.key) for change in again.applied] == []


def test_files_of_the_hand_made_work_are_there(planned: Plan) -> None:
    for name in (
        "Dockerfile Dockerfile.frontend Dockerfile.dev Dockerfile.prod docker-compose.yml "
        "docker-compose.dev.yml docker-compose.prod.yml .dockerignore requirements.prod.txt "
        "scripts/check_image_sizes.py docs/docker-optimization.md Makefile"
    ).split():
        assert planned.tree.has(name), name


def test_comments_of_the_authors_are_kept(planned: Plan) -> None:
    given_up = {line for change in planned.applied for line in change.drops_comments}
    for before, now in planned.tree.changed().values():
        lines = before.text.splitlines() if before is not None else []
        comments = {text for line in lines if (text := line.strip()).startswith("#")}
        lost = {line for line in comments if line not in now.text} - given_up
        assert not lost, now.name
