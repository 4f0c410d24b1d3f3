"""How long a context of 100,000 files takes, with and without an ignore file.

Run: ``python benchmarks/bench_context.py [FILES]``. Prints the best of three in processor seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.dockerfile.context import by_folder, copy_sources, read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable

TYPICAL = """\
.git
node_modules
**/__pycache__
**/*.pyc
*.md
!README.md
.env*
dist
build
coverage
.vscode
.idea
**/.DS_Store
docs
tests/**/fixtures
Dockerfile*
docker-compose*.yml
"""
CASES = {
    "no ignore file": "",
    "17 patterns, nothing excluded": TYPICAL,
    "everything in excluded folders": "f*\n",
    "everything but one folder": "*\n!folder3\n",
    "exceptions at any depth": "folder*\n!**/*7.py\n",
    "40 patterns at any depth": "".join(f"**/name{number}*/*.x\n" for number in range(40)),
}


def make_tree(root: Path, files: int) -> None:
    for number in range(files):
        folder = root / f"folder{number % 10}/sub{number // 10 % 100}/pkg{number // 1000 % 10}"
        if number < 10_000:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module_{number}.py").write_text("x" * (number % 50))


def best(action: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def main(files: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_tree(root, files)
        for case, text in CASES.items():
            ignore = IgnoreFile.parse(SourceText(".dockerignore", text))
            seconds = best(lambda ignore=ignore: read_context(root, ignore))
            context = read_context(root, ignore)
            print(f"{seconds:7.3f} s  {len(context.files):>7,} sent  {case}")
        context = read_context(root, None)
        print(f"{best(lambda: by_folder(context)):7.3f} s  by_folder")
        print(f"{best(lambda: copy_sources(context, ['.'])):7.3f} s  copy_sources .")
        print(
            f"{best(lambda: copy_sources(context, ['*/*/*/*.py'])):7.3f} s  copy_sources */*/*/*.py"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
