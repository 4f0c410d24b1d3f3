"""What is copied is only installed or unpacked.

## What it does
Finds ``COPY --from`` of wheels, archives or packages in the stage that runs that one RUN installs
or unpacks and nothing else reads, whether a later RUN removes them or not; and COPY from the
context, of 100 kB or more, that a RUN removes again.

## Why it matters
The copy is a layer of its own: what is installed from it is in the image twice, and a later ``rm``
hides the first without making the image smaller.

## Fix safety
Unsafe: the RUN mounts the folder or file while it installs, the copy and what removes it
go. BuildKit and Buildah mount it; a trial shows that the image is built.

## Saving
What the copy weighs: known exactly for the context, guessed for other stages.

## References
* Docker documentation, "RUN --mount=type=bind"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, services_of
from jettison.analysis.stages.handed_over import handed_over
from jettison.rules.model import (
    Basis,
    Change,
    Claim,
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

CODE, NAME = "JT017", "copied-only-to-install"

_SAVING = Saving(1_000_000, 200_000_000, Basis.GUESSED)
_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "flask==3.0\n",
}
_BUILD = (
    "FROM python:3.11-slim AS build\nCOPY requirements.txt .\n"
    "RUN pip wheel --wheel-dir /wheels -r requirements.txt\n\nFROM python:3.11-slim\n"
)
_MOUNT = "RUN --mount=type=bind,from=build,source=/wheels,target=/wheels "
VALID = (
    Example(
        "the wheels are mounted",
        {**_FILES, "Dockerfile": f"{_BUILD}{_MOUNT}pip install --no-cache-dir /wheels/*\n"},
    ),
    Example(
        "the program reads what is copied",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}COPY --from=build /wheels /wheels\n"
            "RUN pip install --no-cache-dir /wheels/*\n"
            'CMD ["python", "-m", "http.server", "--directory", "/wheels"]\n',
        },
    ),
)
INVALID = (
    Example(
        "a later RUN removes the wheels",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}COPY --from=build /wheels /wheels\n"
            "RUN pip install --no-cache-dir /wheels/*\nRUN rm -rf /wheels\nCMD flask run\n",
        },
        found=("Dockerfile:6",),
        after={
            "Dockerfile": f"{_BUILD}{_MOUNT}pip install --no-cache-dir /wheels/*\nCMD flask run\n"
        },
    ),
    Example(
        "the same RUN removes them",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}COPY --from=build /wheels /wheels\nCOPY requirements.txt .\n"
            "RUN pip install --no-index --find-links=/wheels -r requirements.txt \\\n"
            "    && rm -rf /wheels /root/.cache\nCMD flask run\n",
        },
        found=("Dockerfile:6",),
        after={
            "Dockerfile": f"{_BUILD}COPY requirements.txt .\n"
            f"{_MOUNT}pip install --no-index --find-links=/wheels -r requirements.txt \\\n"
            "    && rm -rf /root/.cache\nCMD flask run\n"
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every copy from another stage that one RUN installs."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for one in handed_over(facts, target):
            key = Key(CODE, target.name, one.place)
            size = one.size_bytes
            saving = Saving(size, size, Basis.DECLARED) if size is not None else _SAVING
            yield Finding(
                key,
                NAME,
                f"{one.place} is copied only to be installed or unpacked",
                target.dockerfile_name,
                one.copy.line,
                services_of(facts, target),
                Change(
                    key,
                    f"mount {one.place} in the RUN that reads it",
                    Patch.of(target.dockerfile_name, one.edits),
                    Grade.UNSAFE,
                    Basis.DECLARED,
                    claim=Claim(paths=(one.place, f"{one.place}/")),
                    saving=saving,
                    drops_comments=one.drops_comments,
                    reasons=(f"only the RUN on line {one.user.run.line} reads it",),
                ),
                saving=saving,
            )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="What is copied is only installed or unpacked.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
