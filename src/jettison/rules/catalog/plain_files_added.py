"""ADD takes files of the context, which COPY does without surprises.

## What it does
Writes COPY for an ADD whose sources are folders and files of the context, and none of them an
archive by its first bytes. ADD with an address, a repository, an archive, a checksum or a
here-document is left alone.

## Why it matters
ADD unpacks an archive as soon as one lies at the source's place, and fetches what looks like an
address: what the image gets depends on the bytes of a file.

## Fix safety
Safe: of these sources both do the same, and both take the same flags.

## Saving
None.

## References
* Docker documentation, "Building best practices: ADD or COPY"; BuildKit,
  `frontend/dockerfile/dockerfile2llb/convert.go`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import feeding_stages, first_of, services_of
from jettison.dockerfile import Add, Copy
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
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
)
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

CODE, NAME = "JT025", "plain-files-added"

_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
_PACKED = regex(r"\.(tar(\.\w+)?|tgz|tbz2?|txz)$")  # to be unpacked, whatever lies there now
_TAR_AT = 257
_FLAGS = frozenset({"chown", "chmod", "link", "exclude"})
_APP = {"app/main.py": "print()\n"}
VALID = (
    Example(
        "an address",
        {"Dockerfile": "FROM python:3.11-slim\nADD https://example.org/x.tar.gz /x/\n"},
    ),
    Example(
        "a name of what is unpacked, as Git's LFS has it",
        {
            "app.tar.gz": "version https://git-lfs\n",
            "Dockerfile": "FROM debian\nADD app.tar.gz /\n",
        },
    ),
    Example("COPY", {**_APP, "Dockerfile": "FROM python:3.11-slim\nCOPY app /app\n"}),
)
INVALID = (
    Example(
        "a folder",
        {**_APP, "Dockerfile": "FROM python:3.11-slim\n# The code\nADD --chown=1:1 app /app\n"},
        found=("Dockerfile:3",),
        after={"Dockerfile": "FROM python:3.11-slim\n# The code\nCOPY --chown=1:1 app /app\n"},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every ADD that could be a COPY."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
        steps = [
            step
            for stage in stages
            for step in target.all_steps[stage]
            if step.instruction in target.dockerfile.stages[stage].instructions
        ]
        for step in steps:
            add = step.instruction
            if not isinstance(add, Add) or not _is_a_copy(target, step):
                continue
            key = Key(CODE, target.name, _subject(steps, step))
            keyword = Span(add.span.start, add.span.start + len("ADD"))
            lower = target.dockerfile.source.text[keyword.start].islower()
            edit = TextEdit(keyword, "copy" if lower else "COPY")
            yield Finding(
                key=key,
                name=NAME,
                message="ADD takes files of the context that it does not unpack",
                file=target.dockerfile_name,
                line=add.line,
                services=services_of(facts, target),
                remedy=Change(
                    key,
                    "write COPY for an ADD of plain files",
                    Patch.of(target.dockerfile_name, (edit,)),
                    Grade.SAFE,
                    Basis.DECLARED,
                    reasons=("no source is an address or, by its first bytes, an archive",),
                ),
                level=Level.NOTE,
            )


def _subject(steps: list[Step], step: Step) -> str:
    """What a key calls an ADD: its first source, with a tilde for each ADD or COPY before of it.

    So it is called the same after another ADD has become a COPY.
    """
    name = _first_source(step) or ""
    before = steps[: steps.index(step)]
    return name + "~" * sum(_first_source(one) == name for one in before)


def _first_source(step: Step) -> str | None:
    """The first source of an ADD, or of a COPY of the context, as it is written."""
    match step.instruction:
        case Add(sources=[first, *_]) | Copy(sources=[first, *_], from_=None):
            return first
        case _:
            return None


def _is_a_copy(target: Target, step: Step) -> bool:
    """Whether all sources of an ADD are of the context, none an archive, and COPY has its flags."""
    add = step.instruction
    if not isinstance(add, Add) or add.heredocs or any(f.name not in _FLAGS for f in add.flags):
        return False
    taken = landings(target, (step,))
    expanded = step.expanded
    if not taken or not isinstance(expanded, Add):
        return False
    if any("://" in one or one.startswith("git@") for one in expanded.sources):
        return False
    kinds = {file.path: file.kind for file in target.files.files}
    for one in taken:
        kind = Kind.DIR if not one.source else kinds.get(one.source)
        if kind is Kind.DIR:
            continue
        if kind is not Kind.FILE or _PACKED.search(one.source) or _is_archive(target, one.source):
            return False
    return len({one.source for one in taken}) >= len(add.sources)


def _is_archive(target: Target, path: str) -> bool:
    """Whether the engine would unpack a file, or it cannot be told."""
    try:
        with (target.context / path).open("rb") as opened:
            head = opened.read(_TAR_AT + 5)
    except OSError:
        return True
    return head.startswith(_MAGIC) or head[_TAR_AT:] == b"ustar"


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="ADD takes files of the context, which COPY does without surprises.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    level=Level.NOTE,
    see_also=("hadolint/DL3020",),
    valid=VALID,
    invalid=INVALID,
)
