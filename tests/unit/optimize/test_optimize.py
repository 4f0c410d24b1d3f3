"""The whole run against an engine in memory: order, safety, and what failures leave behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jettison.changes import copying
from jettison.changes.apply import undo
from jettison.engine import FakeEngine
from jettison.errors import EngineNotFound, ExitCode, ProjectError, UsageError
from jettison.optimize import staging
from jettison.optimize.destination import other_place
from jettison.optimize.request import OptimizeRequest, propose
from jettison.optimize.run import Outcome, optimize
from jettison.report.document import to_json, to_markdown
from jettison.trial import Progress
from jettison.trial.outcomes import TrialSettings

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPOSE = """\
services:
  api:
    build: .
    ports: ["8000:8000"]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/up"]
  worker:
    build: .
    command: celery -A shop.jobs worker
"""
_DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
COPY requirements.txt .
# Only what the shop needs.
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD ["uvicorn", "shop.main:app"]
"""
_MENDED = "RUN pip install --no-cache-dir -r requirements.txt"
_FILES = {
    "docker-compose.yml": _COMPOSE,
    "Dockerfile": _DOCKERFILE,
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "shop/__init__.py": "",
    "shop/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "tests/test_shop.py": "import shop.main\n",
}
_BUILD: dict[str, object] = {"context": ".", "dockerfile": "Dockerfile"}
_SERVICES: dict[str, dict[str, object]] = {
    "api": {"build": _BUILD, "healthcheck": {"test": ["CMD", "curl", "-f", "localhost"]}},
    "worker": {"build": _BUILD, "healthcheck": {"test": ["CMD", "true"]}},
}


@pytest.fixture
def shop(project: Callable[[dict[str, str]], Path]) -> Path:
    return project(dict(_FILES))


def _engine(**options: Any) -> FakeEngine:
    return FakeEngine(dict(_SERVICES), **options)


def _request(shop: Path, engine: FakeEngine | None = None, **options: Any) -> OptimizeRequest:
    def find() -> FakeEngine:
        if engine is None:
            raise EngineNotFound("none here")
        return engine

    return OptimizeRequest(
        project=shop,
        find_engine=find,
        only=("JT008",),
        settings=TrialSettings(timeout_seconds=2.0),
        environment={},
        **{"trial": engine is not None, **options},
    )


def _run(shop: Path, engine: FakeEngine | None = None, **options: Any) -> Outcome:
    return optimize(_request(shop, engine, **options), Progress())


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_would_be_tried_is_known_without_an_engine(shop: Path) -> None:
    before = _snapshot(shop)
    diff = propose(_request(shop)).tree.diff()
    assert [line for line in diff.splitlines() if line.startswith(("+", "-"))] == [
        "--- a/Dockerfile",
        "+++ b/Dockerfile",
        "-RUN pip install -r requirements.txt",
        f"+{_MENDED}",
    ]
    assert _snapshot(shop) == before


def test_out_gets_the_tree_and_the_project_is_left_alone(shop: Path, tmp_path: Path) -> None:
    before = _snapshot(shop)
    engine = _engine()
    outcome = _run(shop, engine, out=tmp_path / "out")
    assert _snapshot(shop) == before
    text = (tmp_path / "out" / "Dockerfile").read_text()
    assert text == _DOCKERFILE.replace("RUN pip install -r requirements.txt", _MENDED)
    assert (tmp_path / "out" / "tests" / "test_shop.py").is_file()
    assert outcome.json_path is not None
    document = json.loads(outcome.json_path.read_text())
    assert document["verified"] is True
    assert document["exit_code"] == 0
    assert {finding["state"] for finding in document["findings"]} == {"verified"}
    assert engine.running == set()
    assert engine.images == {}


def test_without_out_and_apply_nothing_is_written(shop: Path) -> None:
    before = _snapshot(shop)
    outcome = _run(shop, _engine())
    assert outcome.tree is None
    assert _MENDED in outcome.report.diff
    assert _snapshot(shop) == before


def test_apply_changes_the_project_and_undo_takes_it_back(shop: Path) -> None:
    before = _snapshot(shop)
    _run(shop, _engine(), apply=True)
    assert _MENDED in (shop / "Dockerfile").read_text()
    assert (shop / ".jettison/.gitignore").read_text() == "/manifest.gz\n/undo/\n"
    undo(shop)
    after = {n: d for n, d in _snapshot(shop).items() if not n.startswith(".jettison/")}
    assert after == before


@pytest.mark.parametrize("apply", [True, False])
def test_what_breaks_a_service_is_taken_back(shop: Path, tmp_path: Path, apply: bool) -> None:
    before = _snapshot(shop)
    engine = _engine(unhealthy=frozenset({("worker", "after"), ("worker", "try2")}))
    outcome = _run(shop, engine, apply=apply, out=None if apply else tmp_path / "out")
    assert outcome.report.exit_code is ExitCode.TRIAL_FAILED
    (verdict,) = outcome.report.verdicts
    assert verdict.state == "reverted"
    assert "worker" in verdict.evidence
    assert "last words of worker" in verdict.evidence
    assert _snapshot(shop) == before
    if not apply:
        assert (tmp_path / "out" / "Dockerfile").read_text() == _DOCKERFILE
    assert engine.running == set()
    assert engine.images == {}


@pytest.mark.parametrize("moment", ["build", "up"])
def test_an_interrupt_leaves_nothing(shop: Path, tmp_path: Path, moment: str) -> None:
    before = _snapshot(shop)
    engine = _engine()

    def interrupt(call: str) -> None:
        if call.startswith(moment):
            raise KeyboardInterrupt

    engine.on_call = interrupt
    with pytest.raises(KeyboardInterrupt):
        _run(shop, engine, out=tmp_path / "out")
    assert engine.running == set()
    assert engine.images == {}
    assert _snapshot(shop) == before
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_without_a_trial_no_engine_is_asked(shop: Path, tmp_path: Path) -> None:
    outcome = _run(shop, out=tmp_path / "out")
    assert outcome.report.exit_code is ExitCode.TRIAL_FAILED, "nothing is verified"
    assert outcome.json_path is not None
    document = json.loads(outcome.json_path.read_text())
    assert document["tried"] is document["verified"] is False
    assert document["services"] == []
    assert {finding["state"] for finding in document["findings"]} == {"applied"}


def test_a_foreign_out_folder_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        _run(shop, out=tmp_path / "out")
    assert (tmp_path / "out" / "precious.txt").read_text() == "mine"


def test_an_out_folder_of_an_earlier_run_is_replaced(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _run(shop, out=out)
    (shop / "tests" / "test_shop.py").unlink()
    _run(shop, out=out)
    assert not (out / "tests" / "test_shop.py").exists()
    assert _MENDED in (out / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["data/rows.sqlite", "Dockerfile"])
def test_an_out_folder_that_was_changed_since_is_refused(
    shop: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    _run(shop, out=out)
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("mine")
    with pytest.raises(UsageError, match=name):
        _run(shop, out=out)
    assert (out / name).read_text() == "mine"


def test_an_out_folder_without_what_was_written_is_refused(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _run(shop, out=out)
    (out / ".jettison" / "manifest.gz").unlink()
    with pytest.raises(UsageError, match="not known"):
        _run(shop, out=out)


@pytest.mark.parametrize("out", [".", "..", "slim", "shop/slim", "Dockerfile", "Dockerfile/slim"])
def test_out_may_not_hold_the_project(shop: Path, out: str) -> None:
    with pytest.raises(UsageError):
        _run(shop, out=shop / out)


@pytest.mark.parametrize("out", ["x" * 300, "file/slim", "file"])
def test_an_out_folder_that_cannot_be_is_wrong_usage(shop: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="--out"):
        _run(shop, out=tmp_path / out)
    assert (tmp_path / "file").read_text() == "mine"


def test_the_folder_for_temporary_files_may_not_lie_in_the_project(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shop / "tmp"))
    with pytest.raises(ProjectError, match="temporary files"):
        _run(shop, _engine())


def test_large_data_that_no_build_is_sent_is_not_copied_for_a_trial(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_HEAVY", (4096, 1000))
    for name in ("data", "kept"):
        (shop / name).mkdir()
        (shop / name / "rows").write_bytes(b"x" * 100_000)
    (shop / ".dockerignore").write_text("data\n")
    copied: list[set[str]] = []

    def watching(source: Path, destination: Path, **options: Any) -> int:
        made = copying.copy_tree(source, destination, **options)
        copied.append({path.name for path in destination.iterdir()})
        return made

    monkeypatch.setattr(staging, "copy_tree", watching)
    outcome = _run(shop, _engine())
    assert copied
    assert all("kept" in names and "data" not in names for names in copied)
    assert any(note.startswith("data has more than") for note in outcome.report.notes)


def test_apply_and_out_exclude_each_other(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exclude"):
        _run(shop, out=tmp_path / "out", apply=True)


def test_a_dirty_git_tree_is_refused(shop: Path) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True, env=environment)
    with pytest.raises(ProjectError, match="uncommitted"):
        _run(shop, apply=True)
    assert _run(shop).report.diff, "looking is always allowed"


def test_a_full_disk_is_told_before_any_work(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    engine = _engine()
    with pytest.raises(ProjectError, match="MB left") as told:
        _run(shop, engine, out=tmp_path / "out")
    assert "set TMPDIR to a folder that has more or name one with --out" in str(told.value.remedy)
    assert engine.calls == []


def test_a_full_place_is_changed_by_what_named_it() -> None:
    assert other_place(Path("/proc"), Path("/proc/out")) == "name one with --out"
    assert other_place(Path(tempfile.gettempdir()), None).startswith("set TMPDIR")


def test_what_cannot_be_read_is_told_before_any_work(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: not str(path).endswith("main.py") and access(path, mode),
    )
    with pytest.raises(ProjectError, match=r"shop/main\.py cannot be read"):
        _run(shop, out=tmp_path / "out")


@pytest.mark.parametrize(("starts", "rounds"), [(1, 1), (3, 3)])
def test_what_passed_is_started_again_in_turn(shop: Path, starts: int, rounds: int) -> None:
    engine = _engine()
    request = replace(
        _request(shop, engine), settings=TrialSettings(timeout_seconds=2.0, starts=starts)
    )
    report = optimize(request, Progress()).report
    ups = [call.rpartition("-")[2] for call in engine.calls if call.startswith("up ")]
    assert ups == ["before", "after"] * rounds
    document = json.loads(to_json(report))
    for row in document["services"]:
        assert len(row["before"]["starts"]) == len(row["after"]["starts"]) == rounds
    assert ("median of 3" in to_markdown(report)) == (rounds == 3)
