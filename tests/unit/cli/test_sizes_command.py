"""``jettison sizes`` as a script sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.cli.running import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMPOSE = "services:\n  db:\n    image: postgres:15\n  api:\n    build: .\n"
SIDE = {"uncompressed_bytes": 1_000_000, "compressed_bytes": 400_000}
REPORT = {
    "services": [
        {"name": "db", "image": "postgres:15", "built": False, "before": SIDE, "after": SIDE},
        {
            "name": "api",
            "image": "x",
            "built": True,
            "before": SIDE,
            "after": {"uncompressed_bytes": 250_000, "compressed_bytes": None},
        },
    ]
}


def test_before_and_after_without_an_engine(project: Callable[[dict[str, str]], Path]) -> None:
    folder = project({"compose.yaml": COMPOSE, ".jettison/report.json": json.dumps(REPORT)})
    done = run("sizes", str(folder))
    assert done.returncode == 0, done.stderr
    assert "note:" in done.stderr
    lines = [line for line in done.stdout.splitlines() if "│" in line]
    assert "api" in lines[0]
    assert "250.0 kB" in lines[0]
    assert "-75.0 %" in lines[0]
    assert "project-api" in lines[0]
    assert "db" in lines[1]
    assert "\x1b" not in done.stdout
    document = json.loads(run("sizes", str(folder), "--json").stdout)
    api = document["services"][0]
    assert api["after"] == {"uncompressed_bytes": 250_000, "compressed_bytes": None}
    assert api["now"] == {"image": "project-api", "uncompressed_bytes": None}


def test_without_a_report_there_is_still_what_the_store_has(
    project: Callable[[dict[str, str]], Path],
) -> None:
    done = run("sizes", str(project({"compose.yaml": COMPOSE})), "--json")
    assert done.returncode == 0, done.stderr
    names = [one["name"] for one in json.loads(done.stdout)["services"]]
    assert names == ["api", "db"]


def test_what_is_lacking_is_said(project: Callable[[dict[str, str]], Path], tmp_path: Path) -> None:
    assert run("sizes", str(tmp_path / "gone")).returncode == 3
    assert run("sizes", str(tmp_path)).returncode == 3
    folder = project({"compose.yaml": COMPOSE, ".jettison/report.json": "[1]"})
    done = run("sizes", str(folder))
    assert done.returncode == 3
    assert "is not a report" in done.stderr
