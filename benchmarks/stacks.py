"""Optimizes the stacks of ``tests/e2e/stacks`` on the engine and prints their table as Markdown.

    .venv/bin/python benchmarks/stacks.py [NAME]...

Every figure is of this run, on this machine's engine; the exit code is 1 if a stack is not
verified or is less smaller than its ``stack.toml`` wants.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STACKS = ROOT / "tests/e2e/stacks"
JETTISON = ROOT / ".venv/bin/jettison"


def main() -> int:
    names = sys.argv[1:] or sorted(folder.parent.name for folder in STACKS.glob("*/stack.toml"))
    print("| stack | before | after | saved | wanted | findings | comparisons | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    return 1 if sum(not _row(STACKS / name) for name in names) else 0


def _row(stack: Path) -> bool:
    about = tomllib.loads((stack / "stack.toml").read_text("utf-8"))
    if about.get("bases"):
        command = [str(ROOT / "lab" / "lab"), "up", *about["bases"]]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    with tempfile.TemporaryDirectory(prefix="stack-") as temporary:
        project = Path(temporary, stack.name)
        shutil.copytree(stack / "project", project)
        argv = [str(JETTISON), "optimize", str(project), "--out", f"{temporary}/out", "--json"]
        began = time.monotonic()
        done = subprocess.run([*argv, "--starts", "1"], capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
    if not done.stdout:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        print(f"| {about['what']} | | | | | exit {done.returncode}: {last} | | {seconds:.0f} |")
        return False
    report = json.loads(done.stdout)
    before, after = (
        report["totals"]["once"][side]["uncompressed_bytes"] for side in ("before", "after")
    )
    saved = 1 - after / before
    states = Counter(finding["state"] for finding in report["findings"])
    said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    compared = [row["same"] for row in (*report["comparisons"], *report["probes"])]
    print(
        f"| {about['what']} | {before / 1e6:.1f} MB | {after / 1e6:.1f} MB | {saved:.1%} | "
        f"{about['smaller']:.0%} | {said} | {sum(compared)} of {len(compared)} | {seconds:.0f} |",
        flush=True,
    )
    return done.returncode == 0 and saved >= about["smaller"]


if __name__ == "__main__":
    sys.exit(main())
