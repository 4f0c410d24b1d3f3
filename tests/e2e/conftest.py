"""The engine and the finished demo; a missing one is a loud failure, never a skip."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from jettison.engine import DockerEngine, find_engine

# The projects of stacks have tests of their own.
collect_ignore = ["stacks"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def engine() -> DockerEngine:
    """The engine that `make lab` starts."""
    for line in subprocess.run(
        [str(ROOT / "lab" / "lab"), "env"], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        if name == "DOCKER_HOST":
            os.environ[name] = value.strip("'\"")
    return find_engine()


@pytest.fixture(scope="session")
def keneyapp() -> Path:
    """The optimized KeneyApp that `make demo` leaves; made now if it is not there."""
    subprocess.run([str(ROOT / "scripts" / "demo")], cwd=ROOT, check=True)
    return ROOT / "build" / "keneyapp"


@pytest.fixture(scope="session")
def report(keneyapp: Path) -> dict[str, Any]:
    """The demo's report."""
    document: dict[str, Any] = json.loads((keneyapp / ".jettison" / "report.json").read_text())
    return document


def leftovers(engine: DockerEngine) -> list[str]:
    """Containers, networks, volumes with their run, and trial images that runs have left behind."""
    found = [f"{one.kind} {one.name} {one.run_id}" for one in engine.labelled("dev.jettison.run")]
    names = ("jettison-trial:*", "127.0.0.1:*/jettison-trial:*")
    return [*found, *(tag for name in names for tag in engine.images_of(name))]
