"""The bytecode of Python's standard library went with another change.

## What it does
Completes other changes. Official Python images have no bytecode of the standard library: `pip`
leaves that of the modules that it loads when it runs as root, and root's first process caches the
rest in the container. Where packages are installed in a stage of their own (JT011), or an ordinary
user runs the services (JT006), nobody does either, and every process compiles again what it loads.
A plain script without port and health check is left alone then: it is started once in a container,
and root's cache went with that.
Then the modules that the services were seen to load (where that could not be watched: those whose
bytecode the image had) are loaded once while the image is built.

## Why it matters
A web framework loads some 170 modules of the standard library: nearly a second of a processor for
each process, also for each health check in Python. An image that is smaller and starts later is no
gain.

## Fix safety
Safe to run: only modules of the standard library are named, no code of the application or of a
package runs in the build, and nothing but bytecode is written. Nothing is done where
`PYTHONDONTWRITEBYTECODE` or `PYTHONPYCACHEPREFIX` is set, where a RUN of the final stage runs
Python anyway, and where the modules weigh less than 0.5 MB. Without a built image nothing is known
and nothing proposed. Bytecode of the application is left out: it is little, and its layer would be
made again with every change of the code.

## Saving
None: it takes some 4 MB.

## References
* Python documentation, "Compiled Python files"; PEP 3147
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jettison.analysis.evidence import ImageEvidence, StandardModule
from jettison.analysis.package_runs import services_of
from jettison.analysis.python.bytecode import missing_bytecode
from jettison.dockerfile import DockerfileEditor
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Kind,
    Patch,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.source import TextEdit

CODE, NAME = "JT015", "bytecode-missing"

_COMMENT = "# The standard library's bytecode, which nothing caches at run time"
_WIDTH = 92
_SLIM = "FROM python:3.11-slim"
_FILES = {"compose.yaml": "services:\n  api:\n    build: .\n"}
_LIBRARY = "/usr/local/lib/python3.11"
_END = 'USER 1000\nCMD ["flask", "run"]\n'
_IMAGE = ImageEvidence(
    "api",
    standard={
        "asyncio": StandardModule(
            f"{_LIBRARY}/asyncio/__init__.py", 650_000, frozenset({"socket"}), cached=True
        ),
        "socket": StandardModule(f"{_LIBRARY}/socket.py", 50_000, cached=True),
        "zoneinfo": StandardModule(f"{_LIBRARY}/zoneinfo/__init__.py", 40_000, cached=True),
    },
)
VALID = (
    Example(
        "pip leaves it in the image",
        {**_FILES, "Dockerfile": f"{_SLIM}\nRUN pip install flask==3.0.3\n{_END}"},
        image=_IMAGE,
    ),
)
INVALID = (
    Example(
        "pip runs in another stage now",
        {
            **_FILES,
            "Dockerfile": f"{_SLIM} AS build\nRUN pip install --prefix=/install flask==3.0.3\n\n"
            f"{_SLIM}\nCOPY --from=build /install /usr/local\n{_END}",
        },
        found=("Dockerfile:4",),
        after={
            "Dockerfile": f"{_SLIM} AS build\nRUN pip install --prefix=/install flask==3.0.3\n\n"
            f'{_SLIM}\n{_COMMENT}\nRUN python -c "import asyncio, zoneinfo"\n'
            f"COPY --from=build /install /usr/local\n{_END}"
        },
        image=_IMAGE,
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every final stage whose processes compile what was compiled before."""
    seen: set[tuple[str, int]] = set()
    for target in facts.targets:
        place = (target.dockerfile_name, target.stage.index)
        missing = facts.of(missing_bytecode, target)
        if place in seen or missing is None:
            continue
        seen.add(place)
        key = Key(CODE, target.name)
        count = len(missing.modules)
        how = "were loaded while it ran" if missing.seen else "had their bytecode in the image"
        megabytes = missing.size_bytes / 1e6
        change = Change(
            key,
            "cache the standard library's bytecode in the image",
            Patch.of(target.dockerfile_name, _loading(target, missing.imports)),
            Grade.UNSAFE,
            Basis.OBSERVED if missing.seen else Basis.READ,
            reasons=(
                f"{missing.why}: {count} modules ({megabytes:.1f} MB of source) {how}",
                "each process would compile them again before it serves",
            ),
        )
        yield Finding(
            key,
            NAME,
            "every process compiles the standard library when it starts",
            target.dockerfile_name,
            target.stage.from_.line,
            services_of(facts, target),
            change,
        )


def _loading(target: Target, modules: tuple[str, ...]) -> tuple[TextEdit, ...]:
    """The edits that load the modules once, right behind the final stage's FROM."""
    whole = f'RUN python -c "import {", ".join(modules)}"'
    rows = textwrap.wrap(whole, _WIDTH, subsequent_indent="    ", break_long_words=False)
    editor = DockerfileEditor(target.dockerfile)
    text = editor.render(_COMMENT, " \\\n".join(rows))
    return editor.insert_after(target.stage.from_, text)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The bytecode of Python's standard library went with another change.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    kind=Kind.REPAIR,
    valid=VALID,
    invalid=INVALID,
)
