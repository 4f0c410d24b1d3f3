"""The whole run against an engine in memory: order, safety, and what failures leave behind."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from jettison.engine import FakeEngine
from jettison.errors import BuildFailed, EngineNotFound, ProjectError, TrialError, UsageError
from jettison.optimize import OptimizeRequest, optimize
from jettison.plan import undo
from jettison.trial import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COMPOSE = """\
services:
  api:
    build: .
    command: uvicorn shop.main:app --host 0.0.0.0
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
RUN apt-get update && apt-get install -y gcc curl
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD ["uvicorn", "shop.main:app"]
"""
_FILES = {
    "docker-compose.yml": _COMPOSE,
    "Dockerfile": _DOCKERFILE,
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\ncelery==5.4.0\npytest==8.0.0\n",
    "shop/__init__.py": "",
    "shop/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "shop/jobs.py": "from celery import Celery\napp = Celery()\n",
    "tests/test_shop.py": "import shop.main\n",
}
_SERVICES: dict[str, dict[str, object]] = {
    "api": {"build": {"context": ".", "dockerfile": "Dockerfile"}},
    "worker": {"build": {"context": ".", "dockerfile": "Dockerfile"}},
}


class _NoResolver:
    """Stands for a machine whose package index cannot be reached."""

    def lock(self, *_: object) -> None:
        return None


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jettison.optimize.run.UvResolver", _NoResolver)


@pytest.fixture
def shop(project: Callable[[dict[str, str]], Path]) -> Path:
    return project(dict(_FILES))


def _request(shop: Path, engine: FakeEngine, out: Path | None = None) -> OptimizeRequest:
    return OptimizeRequest(
        project=shop,
        out=out,
        trial=True,
        find_engine=lambda: engine,
        timeout_seconds=1.0,
        environment={},
    )


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_out_gets_the_tree_and_the_project_is_left_alone(shop: Path, tmp_path: Path) -> None:
    before = _snapshot(shop)
    engine = FakeEngine(dict(_SERVICES))
    outcome = optimize(_request(shop, engine, tmp_path / "out"), Progress())
    assert _snapshot(shop) == before
    assert "AS builder" in (tmp_path / "out" / "Dockerfile").read_text()
    assert (tmp_path / "out" / "tests" / "test_shop.py").is_file()
    assert json.loads(outcome.json_path.read_text())["verified"] is True
    assert engine.running == set()
    assert engine.images == {}


def test_both_stacks_are_built_launched_and_stopped_in_turn(shop: Path, tmp_path: Path) -> None:
    engine = FakeEngine(dict(_SERVICES))
    optimize(_request(shop, engine, tmp_path / "out"), Progress())
    verbs = [call.split()[0] for call in engine.calls if not call.startswith(("run", "layer"))]
    assert verbs == ["build", "build", "up", "down", "build", "build", "up", "down"]


def test_in_place_changes_the_project_and_undo_takes_it_back(shop: Path) -> None:
    before = _snapshot(shop)
    optimize(_request(shop, FakeEngine(dict(_SERVICES))), Progress())
    assert "AS builder" in (shop / "Dockerfile").read_text()
    undo(shop)
    after = {
        name: data
        for name, data in _snapshot(shop).items()
        if not name.startswith(".jettison/") and name != "DOCKER_OPTIMIZATION.md"
    }
    assert after == before
    with pytest.raises(ProjectError, match="nothing to undo"):
        undo(shop)


def test_a_build_that_fails_keeps_the_tree_and_changes_nothing(shop: Path) -> None:
    before = _snapshot(shop)
    engine = FakeEngine(dict(_SERVICES))

    def fail_after(call: str) -> None:
        if call.startswith("build") and "-after-" in call:
            raise BuildFailed("pip said no", details="log")

    engine.on_call = fail_after
    with pytest.raises(BuildFailed) as caught:
        optimize(_request(shop, engine), Progress())
    assert _snapshot(shop) == before
    assert caught.value.remedy is not None
    kept = caught.value.remedy.split("kept in ")[1].split(";")[0]
    assert "AS builder" in (type(shop)(kept) / "Dockerfile").read_text()
    assert engine.running == set()
    assert engine.images == {}


def test_an_unhealthy_service_is_named_with_its_last_words(shop: Path, tmp_path: Path) -> None:
    engine = FakeEngine(dict(_SERVICES), unhealthy=frozenset({("worker", "after")}))
    with pytest.raises(TrialError, match="worker") as caught:
        optimize(_request(shop, engine, tmp_path / "out"), Progress())
    assert "last words of worker" in str(caught.value.details)
    assert "connection refused" in str(caught.value.details)
    assert engine.running == set()


@pytest.mark.parametrize("moment", ["build", "up", "run", "layer_bytes"])
def test_an_interrupt_leaves_nothing(shop: Path, tmp_path: Path, moment: str) -> None:
    before = _snapshot(shop)
    engine = FakeEngine(dict(_SERVICES))

    def interrupt(call: str) -> None:
        if call.startswith(moment):
            raise KeyboardInterrupt

    engine.on_call = interrupt
    with pytest.raises(KeyboardInterrupt):
        optimize(_request(shop, engine, tmp_path / "out"), Progress())
    assert engine.running == set()
    assert engine.images == {}
    assert _snapshot(shop) == before
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_without_a_trial_no_engine_is_asked(shop: Path, tmp_path: Path) -> None:
    def no_engine() -> FakeEngine:
        raise EngineNotFound("none here")

    request = OptimizeRequest(
        project=shop, out=tmp_path / "out", trial=False, find_engine=no_engine, environment={}
    )
    outcome = optimize(request, Progress())
    document = json.loads(outcome.json_path.read_text())
    assert document["verified"] is False
    assert document["services"] == []
    assert {finding["state"] for finding in document["findings"]} == {"applied"}


def test_a_foreign_out_folder_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        optimize(_request(shop, FakeEngine(dict(_SERVICES)), tmp_path / "out"), Progress())
    assert (tmp_path / "out" / "precious.txt").read_text() == "mine"


def test_an_out_folder_of_an_earlier_run_is_replaced(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    optimize(_request(shop, FakeEngine(dict(_SERVICES)), out), Progress())
    (out / "stale.txt").write_text("old")
    optimize(_request(shop, FakeEngine(dict(_SERVICES)), out), Progress())
    assert not (out / "stale.txt").exists()
    assert (out / "Dockerfile").is_file()


@pytest.mark.parametrize("out", [".", ".."])
def test_out_may_not_hold_the_project(shop: Path, out: str) -> None:
    with pytest.raises(UsageError):
        optimize(_request(shop, FakeEngine(dict(_SERVICES)), shop / out), Progress())


def test_a_dirty_git_tree_is_refused(shop: Path) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True, env=environment)
    with pytest.raises(ProjectError, match="uncommitted"):
        optimize(_request(shop, FakeEngine(dict(_SERVICES))), Progress())


def test_links_are_not_written_through(shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (shop / ".dockerignore").symlink_to(outside)
    with pytest.raises(ProjectError):
        optimize(_request(shop, FakeEngine(dict(_SERVICES)), tmp_path / "out"), Progress())
    assert outside.read_text() == "mine"
