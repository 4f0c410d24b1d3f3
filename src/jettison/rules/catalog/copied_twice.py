"""A COPY brings what an earlier one has brought to the same place.

## What it does
Finds a COPY from the context whose files and folders a COPY before it, of a folder above them, has
brought to where they go, with no RUN between the two.

## Why it matters
The files are in the image twice, each time in a layer of its own: the first copy is hidden by the
second and stays in every pull.

## Fix safety
Safe: the second COPY goes; both take the same files, owner and mode.

## Saving
What the second COPY brings, known exactly.

## References
* Dockerfile reference, "COPY"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import feeding_stages, first_of, services_of
from jettison.dockerfile import Add, Copy, DockerfileEditor, Run
from jettison.dockerfile.context import Kind
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.dockerfile import FileInstruction, Step

CODE, NAME = "JT036", "copied-twice"

_FILES = {"app.py": "print(1)\n", "static/a.css": "a{}\n"}
_HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
_CMD = 'CMD ["python", "app.py"]\n'
VALID = (
    Example(
        "manifests first, for the cache",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY app.py .\nRUN ls\nCOPY . .\n{_CMD}"},
    ),
    Example(
        "another place",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY . .\nCOPY static /srv/static\n{_CMD}"},
    ),
)
INVALID = (
    Example(
        "a folder of what was copied whole",
        {**_FILES, "Dockerfile": f"{_HEAD}COPY . .\nCOPY static static\n{_CMD}"},
        found=("Dockerfile:4",),
        after={"Dockerfile": f"{_HEAD}COPY . .\n{_CMD}"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every COPY that brings nothing new."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        names: set[str] = set()
        for stage in sorted(feeding_stages(target.dockerfile, target.stage.index)):
            for copy, earlier, size in _twice(target, stage):
                name = copy.sources[0].strip("./") or "all"
                while name in names:
                    name += "~"
                names.add(name)
                key = Key(CODE, target.name, name)
                yield _finding(facts, target, copy, earlier, key=key, size=size)


def _finding(
    facts: Facts,
    target: Target,
    copy: FileInstruction,
    earlier: FileInstruction,
    *,
    key: Key,
    size: int,
) -> Finding:
    editor = DockerfileEditor(target.dockerfile)
    saving = Saving(size, size, Basis.DECLARED)
    change = Change(
        key,
        "leave out what was copied before",
        Patch.of(target.dockerfile_name, editor.delete(copy)),
        Grade.SAFE,
        Basis.DECLARED,
        saving=saving,
        drops_comments=editor.comments([copy]),
        reasons=(f"line {earlier.line} brings the same files to the same place",),
    )
    return Finding(
        key,
        NAME,
        f"the COPY on line {earlier.line} has brought {' '.join(copy.sources)} already",
        target.dockerfile_name,
        copy.line,
        services_of(facts, target),
        change,
        Level.NOTE,
        saving,
    )


def _twice(target: Target, stage: int) -> Iterator[tuple[FileInstruction, FileInstruction, int]]:
    """The COPYs of a stage that bring nothing new, the earlier ones, and the bytes."""
    before: list[Landing] = []
    for step in target.all_steps[stage]:
        one = step.instruction
        if isinstance(one, Run) or step.triggered:
            before = []
        if not isinstance(one, Copy | Add) or step.triggered:
            continue
        taken = landings(target, (step,))
        found = _covering(step, taken, before)
        if found is not None:
            yield one, found, _size(target, taken)
        if not isinstance(one, Copy) or one.from_ is None:
            before += [landing for landing in taken if landing.folder]
        else:
            before = []  # which may lie over what came before


def _covering(
    step: Step, taken: tuple[Landing, ...], before: list[Landing]
) -> FileInstruction | None:
    """The earlier instruction that has brought all that a COPY takes; ``None`` for no such."""
    copy = step.instruction
    if not isinstance(copy, Copy) or copy.from_ is not None or copy.heredocs or copy.exclude:
        return None
    found: list[FileInstruction] = []
    for one in taken:
        above = next((e for e in reversed(before) if e.image_path(one.source) == one.place), None)
        if above is None or not one.source:
            return None
        found.append(above.instruction)
    if not found or len({one.word for one in taken}) < len(copy.sources):
        return None
    told = [(one.chown, one.chmod, getattr(one, "exclude", ())) for one in (copy, *found)]
    return found[-1] if len(set(map(str, told))) == 1 else None


def _size(target: Target, taken: tuple[Landing, ...]) -> int:
    return sum(
        file.size
        for file in target.files.files
        if file.kind is Kind.FILE and any(one.image_path(file.path) is not None for one in taken)
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A COPY brings what an earlier one has brought to the same place.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
)
