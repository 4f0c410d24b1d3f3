"""Optimizes the stacks of ``tests/e2e/stacks`` on the engine and prints their table as Markdown.

    .venv/bin/python benchmarks/stacks.py [NAME]... [--of build/stacks]

Every figure is of this run, or with ``--of`` of the last run of the tests, on this machine's
engine; the exit code is 1 if a stack is not verified or is less smaller than its ``stack.toml``
wants.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STACKS = ROOT / "tests/e2e/stacks"
JETTISON = ROOT / ".venv/bin/jettison"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--of", type=Path, help="a folder with reports that `make e2e` wrote")
    given = parser.parse_args()
    names = given.names or sorted(folder.parent.name for folder in STACKS.glob("*/stack.toml"))
    print("| stack | before | after | saved | wanted | findings | comparisons | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    return 1 if sum(not _row(STACKS / name, given.of) for name in names) else 0


def _row(stack: Path, reports: Path | None) -> bool:
    about = tomllib.loads((stack / "stack.toml").read_text("utf-8"))
    if reports is not None:
        report, failed = json.loads((reports / f"{stack.name}.json").read_text("utf-8")), ""
    else:
        report, failed = _optimized(stack, about.get("bases") or [])
    if failed:
        print(f"| {about['what']} | | | | | {failed} | | |")
        return False
    before, after = (
        report["totals"]["once"][side]["uncompressed_bytes"] for side in ("before", "after")
    )
    saved = 1 - after / before
    states = Counter(finding["state"] for finding in report["findings"])
    said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    compared = [row["same"] for row in (*report["comparisons"], *report["probes"])]
    print(
        f"| {about['what']} | {before / 1e6:.1f} MB | {after / 1e6:.1f} MB | {saved:.1%} | "
        f"{about['smaller']:.0%} | {said} | {sum(compared)} of {len(compared)} | "
        f"{report['seconds']:.0f} |",
        flush=True,
    )
    return report["exit_code"] == 0 and saved >= about["smaller"]


def _optimized(stack: Path, bases: list[str]) -> tuple[dict[str, Any], str]:
    """The report of a run, or why there is none."""
    if bases:
        command = [str(ROOT / "lab" / "lab"), "up", *bases]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    with tempfile.TemporaryDirectory(prefix="stack-") as temporary:
        project = Path(temporary, stack.name)
        shutil.copytree(stack / "project", project)
        argv = [str(JETTISON), "optimize", str(project), "--out", f"{temporary}/out", "--json"]
        done = subprocess.run([*argv, "--starts", "1"], capture_output=True, text=True, check=False)
    if done.stdout:
        return json.loads(done.stdout), ""
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return {}, f"exit {done.returncode}: {last}"


if __name__ == "__main__":
    sys.exit(main())
