"""How long commands take from their start, as multiples of ``python -I -c pass``.

Run: ``python benchmarks/bench_start.py [ROUNDS]``. The processes take turns, so that load falls on
all of them; printed are medians of wall and processor seconds and their ratios to the plain
interpreter's. Compile first, as an installer does: ``python -m compileall -q src``.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SMALL = {
    "compose.yaml": "services:\n  api:\n    build: .\n    ports: ['8000:8000']\n"
    "  db:\n    image: postgres:15-alpine\n",
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN apt-get update && apt-get install -y gcc\nRUN pip install -r requirements.txt\n"
    'COPY . .\nCMD ["python", "-m", "app"]\n',
    "requirements.txt": "flask==3.0.0\npytest==8.4.0\n",
    "README.md": "# x\n",
    "app/__init__.py": "",
    "app/__main__.py": "from app.web import app\napp.run('0.0.0.0', 8000)\n",
    "app/web.py": "from flask import Flask\napp = Flask(__name__)\n",
    "app/model.py": "x = 1\n",
    "tests/test_web.py": "import pytest\n",
    ".gitignore": "*.pyc\n",
}
RUN = "from jettison.cli import main; main()"


def small(root: Path) -> Path:
    """A project of ten files."""
    for name, text in SMALL.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


WORDS = (
    "account address amount answer batch body buffer cache catalog channel client column comment "
    "content context cost country currency customer device discount document domain entry error "
    "event export feature field file filter folder format group handler image index input invoice "
    "item label language latest level limit list locale location manager map message method metric "
    "model note number object offer order owner page path payment period person price product "
    "profile project query rate reason record region report request result role route rule sample "
    "schedule score section service session signal status stock store success table tag target "
    "task team template ticket title token total user value version visit volume wallet worker zone"
).split()
FUNCTION = '''
def {a}_{b}({c}: dict[str, Any], {d}: int = {n}) -> list[str]:
    """The {a} of every {c}, at most {d} of them."""
    found = []
    for {e} in {c}.items():
        if {e}[0] == "{a}-{b}" or not {e}[1]:
            logger.info("no {e} for %s", {e}[0])
            continue
        found.append(str({e}[1]).strip() + "{b}")
    if len(found) > {d}:
        raise ValueError(f"too many {e}: {{len(found)}}")
    return sorted(found, key=lambda one: one.lower())[:{d}]

'''


def module(number: int) -> str:
    """The text of a Python file, as no other one has it: 3.5 kB on the average, most are less."""
    chosen = random.Random(number)
    text = (
        f'"""The {chosen.choice(WORDS)}, number {number}."""\n\nimport logging\n'
        f"from typing import Any\n\nfrom flask import request\n"
        f"from app.{chosen.choice(WORDS)} import {chosen.choice(WORDS)}\n\n"
        "logger = logging.getLogger(__name__)\n\n"
    )
    for _ in range(max(1, int(chosen.lognormvariate(1.6, 0.8)))):
        words = dict(zip("abcde", chosen.sample(WORDS, 5), strict=True))
        text += FUNCTION.format(n=chosen.randrange(100), **words)
    return text


def large(root: Path) -> Path:
    """A repository of 10,000 files and 50 Dockerfiles, each with its own folder as its context."""
    for number in range(10_000):
        folder = root / f"service{number % 50}/pkg{number // 50 % 20}"
        if number < 1000:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module_{number}.py").write_text(module(number))
    for number in range(50):
        (root / f"service{number}/Dockerfile").write_text(SMALL["Dockerfile"])
        (root / f"service{number}/requirements.txt").write_text(SMALL["requirements.txt"])
    return root


def seconds(argv: list[str]) -> tuple[float, float]:
    """The wall seconds of one process, and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(argv, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder:
        ten, many = small(Path(folder, "small")), large(Path(folder, "large"))
        cases = {
            "python -I -c pass": ["-I", "-c", "pass"],
            "jettison --version": ["-c", RUN, "--version"],
            "jettison --help": ["-c", RUN, "--help"],
            "jettison rules": ["-c", RUN, "rules"],
            "jettison check, 10 files": ["-c", RUN, "check", str(ten)],
            "jettison optimize --diff, 10 files": ["-c", RUN, "optimize", "--diff", str(ten)],
            "jettison check, 10,000 files": ["-c", RUN, "check", str(many)],
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for turn in range(rounds + 1):
            for name, words in cases.items():
                taken = seconds([sys.executable, *words])
                if turn:
                    times[name].append(taken)
    print(f"{'':36} {'wall':>11} {'':>8} {'processor':>11}")
    plain: list[float] = []
    for name, taken_all in times.items():
        middle = [statistics.median(one) for one in zip(*taken_all, strict=True)]
        plain = plain or middle
        cells = (f"{a * 1000:8.1f} ms {a / b:6.1f} x" for a, b in zip(middle, plain, strict=True))
        print(f"{name:36} {'  '.join(cells)}")


if __name__ == "__main__":
    main()
