"""No text takes long: the limits that were promised, and no shape that grows with its square.

Processor time of the fastest of several runs, as the machine may have other work to do.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import pytest

from jettison.dockerfile import ExpansionError, all_states, expand, parse, parse_text, tokenize
from jettison.errors import DockerfileError
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[2] / "golden" / "dockerfile"
REAL = [
    source
    for path in sorted(GOLDEN.glob("*/Dockerfile"))
    if not path.parent.name.startswith("error-")
    for source in [SourceText.read(path)]
]


def fastest(work: Callable[[], object], runs: int = 5) -> float:
    """The processor's seconds for ``work``, which may fail as the file deserves it.

    Without the garbage collector, whose work depends on what all other tests have left behind.
    """
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(runs):
            start = process_time()
            with suppress(DockerfileError, ExpansionError):
                work()
            best = min(best, process_time() - start)
    finally:
        gc.enable()
    return best


def long_file(lines: int) -> str:
    """A Dockerfile of that many lines, stage after stage as people write them."""
    stage = SourceText.read(GOLDEN / "python-web-service" / "Dockerfile").text.split("FROM", 1)[1]
    stages = stage.replace("${PYTHON}", "3.12")
    text = f"FROM{stages}" * (lines // stages.count("\n") + 1)
    return "\n".join(text.split("\n")[:lines])


def test_2000_lines_in_100_milliseconds() -> None:
    text = long_file(2000)
    assert text.count("\n") == 1999
    assert fastest(lambda: parse_text(text)) < 0.1


def test_4000_files_in_10_seconds() -> None:
    lines = sum(source.line_count for source in REAL)
    assert lines / len(REAL) > 10

    def work() -> None:
        for source in REAL:
            dockerfile = parse(source)
            all_states(dockerfile)

    assert fastest(work) / len(REAL) * 4000 < 10


HEAD = "FROM a\n"
PARSED: dict[str, Callable[[int], str]] = {
    "continuations": lambda n: HEAD + "RUN a" + " \\\n b" * n,
    "comments within": lambda n: HEAD + "RUN a \\\n" + "# c\n" * n + "b",
    "comments above": lambda n: "# c\n" * n + HEAD,
    "blank lines within": lambda n: HEAD + "RUN a \\\n" + "\n" * n + "b",
    "directive's blanks": lambda n: f"# escape=a{' ' * n}b\n{HEAD}",
    "flags": lambda n: HEAD + "RUN" + " \\\n --mount=type=ssh" * n + " x",
    "an open quote in a flag": lambda n: HEAD + 'RUN --"' + ' a\\"\\\n' * n,
    "operands": lambda n: HEAD + "COPY" + " \\\n a" * n,
    "pairs": lambda n: HEAD + "ENV" + " \\\n A=b" * n,
    "quotes": lambda n: HEAD + "ENV A=" + '"a"\\\n' * n,
    "exec form": lambda n: HEAD + 'CMD ["a"' + ',\\\n "a"' * n + "]",
    "broken exec form": lambda n: HEAD + 'CMD ["a"' + ',\\\n "a"' * n,
    "brackets": lambda n: HEAD + "CMD " + "[\\\n" * n,
    "here-documents": lambda n: HEAD + "RUN <<A\nx\nA\n" * n,
    "here-documents of one line": lambda n: HEAD + "RUN" + " \\\n <<A" * n + "\n" + "A\n" * n,
    "a here-document without end": lambda n: HEAD + "RUN <<A\n" + "x\n" * n,
    "a long here-document": lambda n: HEAD + "COPY <<A /\n" + "$x\n" * n + "A\n",
    "stages": lambda n: "".join(f"FROM s{k - 1} AS s{k}\n" for k in range(n)),
    "copies": lambda n: "".join(f"FROM a AS s{k}\nCOPY --from=s{k - 1} a b\n" for k in range(n)),
    "triggers": lambda n: "FROM a AS b\n" + "ONBUILD COPY --from=c d e\n" * n + "FROM b\n" * n,
}


@pytest.mark.parametrize("shape", PARSED.values(), ids=PARSED.keys())
def test_parsing_grows_with_the_text(shape: Callable[[int], str]) -> None:
    small, large = shape(800), shape(3200)
    assert fastest(lambda: parse_text(large), 2) < 10 * fastest(lambda: parse_text(small), 3) + 0.01
    assert fastest(lambda: tokenize(large), 2) < 10 * fastest(lambda: tokenize(small), 3) + 0.01


SETTLED: dict[str, Callable[[int], str]] = {
    "ENV": lambda n: HEAD + "".join(f"ENV A{k}=$A{k - 1}\n" for k in range(n)),
    "LABEL": lambda n: HEAD + "".join(f"LABEL A{k}=1\n" for k in range(n)),
    "EXPOSE": lambda n: HEAD + "".join(f"EXPOSE {k}\n" for k in range(n)),
    "ONBUILD": lambda n: HEAD + "ONBUILD RUN x\n" * n,
}


@pytest.mark.parametrize("shape", SETTLED.values(), ids=SETTLED.keys())
def test_states_grow_with_the_text(shape: Callable[[int], str]) -> None:
    small, large = parse_text(shape(500)), parse_text(shape(2000))
    assert fastest(lambda: all_states(large), 3) < 10 * fastest(lambda: all_states(small)) + 0.01


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nENV A=ab\n" + "ENV A=$A$A\n" * 60,
        "FROM a AS b\n" + "ONBUILD ENV A=$A\n" * 2000 + "FROM b\n" * 2000,
        "FROM a AS b\n" + "ONBUILD RUN x\n" * 2000 + "FROM b\n" * 2000,
        "FROM a\n" + "EXPOSE 1-65535 2-65535 3-65535\n" * 200,
        "".join(f"FROM s{k - 1} AS s{k}\nENV A{k}=1\n" for k in range(3000)),
        "FROM a\nENV A=" + "b" * 60_000 + "\n" + "".join(f"ENV A{k}=$A$A\n" for k in range(3000)),
    ],
)
def test_hostile_files_end_soon(text: str) -> None:
    dockerfile = parse_text(text)
    assert fastest(lambda: all_states(dockerfile), 1) < 10


EXPANDED: dict[str, Callable[[int], tuple[str, str]]] = {
    "dollars": lambda n: ("$" * n, ""),
    "quotes": lambda n: ('"' * n, ""),
    "nested": lambda n: ("${V:-" * n + "}" * n, ""),
    "many stars": lambda n: ("${V##" + "*a" * 100 + "b}", "a" * n),
    "star lines": lambda n: ("${V//a*/x}", "a\n" * n),
    "stars across lines": lambda n: ("${V//\n*/x}", "a\n" * n),
    "single characters": lambda n: ("${V//?/x}", "a" * n),
    "nothing": lambda n: ("${V///x}", "a" * n),
    "suffix": lambda n: ("${V%%" + "a*" * 100 + "}", "ab" * n),
}


@pytest.mark.parametrize("shape", EXPANDED.values(), ids=EXPANDED.keys())
def test_expansion_grows_with_the_value(shape: Callable[[int], tuple[str, str]]) -> None:
    (word, value), (long_word, long_value) = shape(3000), shape(12_000)
    small = fastest(lambda: expand(word, {"V": value}))
    large = fastest(lambda: expand(long_word, {"V": long_value}), 3)
    assert large < 10 * small + 0.01
