"""Stacks of the kinds that people have: each is optimized and proven on the real engine.

A folder below ``stacks/`` is a stack: ``project/`` is what a team would have, ``stack.toml`` says
what it is, how much smaller it has to become, and what bases the lab makes for it alone.
``benchmarks/stacks.py`` prints their table, with ``--of build/stacks`` from what was measured here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT
from tests.e2e.conftest import leftovers

if TYPE_CHECKING:
    from jettison.engine import DockerEngine

REPORTS = ROOT / "build" / "stacks"
STACKS = Path(__file__).parent / "stacks"
_NAMES = sorted(folder.parent.name for folder in STACKS.glob("*/stack.toml"))


@pytest.mark.engine
@pytest.mark.parametrize("name", _NAMES)
def test_a_stack_is_smaller_and_verified(name: str, engine: DockerEngine, tmp_path: Path) -> None:
    wanted = tomllib.loads((STACKS / name / "stack.toml").read_text("utf-8"))
    bases = wanted.get("bases")
    if bases:
        subprocess.run([str(ROOT / "lab" / "lab"), "up", *bases], check=True)
    project = tmp_path / name
    shutil.copytree(STACKS / name / "project", project)
    out = tmp_path / "out"
    command = "from jettison.cli import main; main()"
    argv = [sys.executable, "-c", command, "optimize", str(project), "--out", str(out)]
    argv += ["--starts", "1", "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout)
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{name}.json").write_text(done.stdout, "utf-8")
    assert report["verified"]
    assert report["comparisons"] or report["probes"]
    assert all(row["same"] for row in (*report["comparisons"], *report["probes"]))
    before, after = (report["totals"]["once"][side] for side in ("before", "after"))
    saved = 1 - after["uncompressed_bytes"] / before["uncompressed_bytes"]
    assert saved >= wanted["smaller"], f"{name}: {saved:.1%} of {before['uncompressed_bytes']} B"
    assert leftovers(engine) == []
