"""How long Dockerfiles take to parse, and that the time grows no faster than the text.

Usage: python benchmarks/bench_dockerfile.py

Prints processor seconds for a file of 2,000 lines and for 4,000 files of 40 lines, side by side
with BuildKit's own parser (the PyPI package `dockerfile`) where it is installed; then, for shapes
that invite quadratic time, the seconds at a size and at four times that size. Exit code 1 when four
times the text takes more than eight times as long.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.dockerfile import parse_text
from jettison.errors import JettisonError
from jettison.shell import package_calls, parse_commands

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = """\
# Tools
RUN apt-get update && apt-get install -y --no-install-recommends \\
        curl \\
        git \\
    && rm -rf /var/lib/apt/lists/*
ENV A=1 B="two words" C=$A
COPY --chown=1000:1000 src/ tests/ ./
RUN <<END
echo hello
END
"""
_SHAPES: dict[str, Callable[[int], str]] = {
    "instructions": lambda n: "FROM a\n" + "RUN a\n" * n,
    "continuations": lambda n: "FROM a\nRUN a \\\n" + "  b \\\n" * n + "  c\n",
    "comments": lambda n: "# c\n" * n + "FROM a\n",
    "stages": lambda n: "".join(
        f"FROM a AS s{i}\nCOPY --from=s{max(0, i - 1)} x y\n" for i in range(n)
    ),
    "heredocs": lambda n: "FROM a\n" + "RUN <<E\nx\nE\n" * n,
    "one long word": lambda n: "FROM a\nRUN " + "x" * 10 * n + "\n",
    "quotes": lambda n: "FROM a\nENV A=" + "'a'" * n + "\n",
    "variables": lambda n: (
        "FROM a\nENV " + " ".join(f"V{i}=${{V{i - 1}}}" for i in range(n)) + "\n"
    ),
    "flags": lambda n: "FROM a\nRUN " + "--mount=type=tmpfs,target=/a " * n + "true\n",
    "json": lambda n: "FROM a\nCMD [" + ",".join(['"a"'] * n) + "]\n",
}


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of the best of three runs."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        with suppress(JettisonError):
            work()
        best = min(best, time.process_time() - started)
    return best


def sizes() -> None:
    """Prints the two sizes that the project promises."""
    long = "FROM a\n" + _BLOCK * 200
    short = "FROM a\n" + _BLOCK * 4
    ours = seconds(partial(parse_text, long))
    print(f"{len(long.splitlines())} lines: {ours * 1000:.1f} ms")
    many = seconds(lambda: [parse_text(short) for _ in range(4000)])
    print(f"4,000 files of {len(short.splitlines())} lines: {many:.2f} s")
    try:
        import dockerfile  # noqa: PLC0415
    except ImportError:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".Dockerfile") as file:
        Path(file.name).write_text(long)
        theirs = seconds(lambda: dockerfile.parse_file(file.name))
    print(
        f"BuildKit's parser (Go): {theirs * 1000:.1f} ms; ours takes {ours / theirs:.1f} times it"
    )


def growth() -> int:
    """Prints how the time grows with the text; the number of shapes that grow too fast."""
    fast = 0
    for name, make in _SHAPES.items():
        fast += _grows(name, partial(parse_text, make(1000)), partial(parse_text, make(4000)))
    body = " && ".join(["apt-get install -y a b c"] * 1000)
    longer = " && ".join([body] * 4)
    fast += _grows(
        "RUN body",
        lambda: package_calls(parse_commands(body)),
        lambda: package_calls(parse_commands(longer)),
    )
    return fast


def _grows(name: str, small: Callable[[], object], large: Callable[[], object]) -> bool:
    one, four = seconds(small), seconds(large)
    too_fast = four > 8 * max(one, 0.002)
    mark = "  TOO FAST" if too_fast else ""
    print(f"{name:16} {one * 1000:8.1f} ms {four * 1000:8.1f} ms  x{four / one:.1f}{mark}")
    return too_fast


if __name__ == "__main__":
    sizes()
    sys.exit(1 if growth() else 0)
