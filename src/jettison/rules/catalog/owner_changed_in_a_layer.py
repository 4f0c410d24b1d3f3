"""A change of owner or mode copies what an earlier COPY brought.

## What it does
Finds ``RUN chown -R`` and ``RUN chmod -R`` (with a number) of folders that COPYs of the same stage
filled with a megabyte or more, or from another stage, where no other RUN wrote into them.

## Why it matters
A layer holds whole files: each file whose owner or mode changes is in the image once more, as large
as it is. A virtual environment or a model of 500 MB costs 500 MB.

## Fix safety
Unsafe, although the files have the same owner and mode: the COPYs hand over what they bring, the
user is made before them; the folder itself, folders that ``mkdir`` made and files that ``sed -i``
edited are handed over alone. Verified by a trial.

## Saving
What the COPYs bring: known exactly for the context, guessed for other stages.

## References
* Docker documentation, "COPY --chown"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.stages.owners import handed_at_copy
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts

CODE, NAME = "JT029", "owner-changed-in-a-layer"

_STAGED = Saving(10_000_000, 500_000_000, Basis.GUESSED)
_BUILD = (
    "FROM python:3.11-slim AS build\nWORKDIR /app\nRUN pip install uv\nCOPY . .\nRUN uv sync\n\n"
    "FROM python:3.11-slim\nWORKDIR /app\n"
)
_MAKE = "RUN useradd --uid 1001 web\n"
_END = 'USER web\nCMD ["/app/.venv/bin/flask", "run"]\n'
_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "pyproject.toml": "[project]\ndependencies = ['flask']\n",
}
VALID = (
    Example(
        "the COPY hands it over",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_MAKE}COPY --from=build --chown=web:web /app /app\n{_END}",
        },
    ),
    Example(
        "a RUN wrote there, too",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_MAKE}COPY --from=build /app /app\n"
            f"RUN /app/.venv/bin/flask assets\nRUN chown -R web:web /app\n{_END}",
        },
    ),
)
INVALID = (
    Example(
        "an environment of another stage",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}COPY --from=build /app /app\nRUN mkdir -p /app/data\n"
            "RUN useradd --uid 1001 web && chown -R web:web /app\n" + _END,
        },
        found=("Dockerfile:11",),
        after={
            "Dockerfile": f"{_BUILD}{_MAKE}COPY --chown=web:web --from=build /app /app\n"
            f"RUN mkdir -p /app/data\nRUN chown web:web /app /app/data\n{_END}"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every change of owner that COPYs could make."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for one in handed_at_copy(facts, target):
            owns = one.program == "chown"
            key = Key(CODE, target.name, one.place if owns else f"chmod:{one.place}")
            own = Saving(one.size_bytes, one.size_bytes, Basis.DECLARED)
            saving = _STAGED if one.staged else own
            yield Finding(
                key,
                NAME,
                f"{one.program} -R {one.place} copies what COPY has brought into a second layer",
                target.dockerfile_name,
                one.line,
                services_of(facts, target),
                Change(
                    key,
                    f"hand {one.place} over where it is copied"
                    if owns
                    else f"set the mode of {one.place} where it is copied",
                    Patch.of(target.dockerfile_name, one.edits),
                    Grade.UNSAFE,
                    Basis.DECLARED,
                    saving=saving,
                    reasons=("no other RUN writes below it but what it names",),
                ),
                saving=saving,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A change of owner or mode copies what an earlier COPY brought.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
