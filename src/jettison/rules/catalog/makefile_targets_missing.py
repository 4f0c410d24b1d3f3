"""The Makefile has no targets for the images.

## What it does
Asked for by `--with makefile`: appends `docker-sizes`, `docker-build-optimized`, `docker-cleanup`
and `docker-reset` to the Makefile, or makes one.

## Why it matters
What a team does every week deserves a name.

## Fix safety
Safe: lines are added at the end. A target that is there already stays as it is.

## Saving
None.

## References
* GNU make manual, "Makefile names", "Phony targets"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Kind,
    Level,
    Patch,
    Rule,
)
from jettison.rules.rendering import render
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME, EXTRA = "JT054", "makefile-targets-missing", "makefile"

_TARGETS = ("docker-sizes", "docker-build-optimized", "docker-cleanup", "docker-reset")
_NAMES = ("GNUmakefile", "makefile", "Makefile")
_SIZES = "sizes"
_SCRIPT = "scripts/check_image_sizes.py"
_FILES = {"compose.yaml": "services:\n  api:\n    build: .\n", "Dockerfile": "FROM debian\n"}
VALID = (
    Example(
        "all are there",
        {**_FILES, "Makefile": "".join(f"{name}:\n\ttrue\n" for name in _TARGETS)},
    ),
)
_AFTER = """\
docker-reset:
\ttrue

# --- Image sizes and clean-up, by Jettison
.PHONY: docker-sizes docker-build-optimized docker-cleanup

# The sizes of the images, before and after, as a table
docker-sizes:
\t@jettison sizes .

# Builds every image
docker-build-optimized:
\tdocker compose -f compose.yaml build

# Removes stopped containers of the stack and images without a name
docker-cleanup:
\tdocker compose -f compose.yaml rm --force
\tdocker image prune --force
"""
INVALID = (
    Example(
        "one is there",
        {**_FILES, "Makefile": "docker-reset:\n\ttrue\n"},
        found=("Makefile:1",),
        after={"Makefile": _AFTER},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding where the Makefile lacks one of the targets, if they were asked for."""
    if EXTRA not in facts.asked:
        return
    name = next((name for name in _NAMES if facts.tree.has(name)), "Makefile")
    source = facts.tree.read(name)
    if source is None and facts.tree.has(name):
        return
    text = source.text if source is not None else ""
    missing = [one for one in _TARGETS if not _has(text, one)]
    if not missing:
        return
    key = Key(CODE, "", "")
    change = Change(
        key,
        f"{', '.join(missing)} in {name}",
        _patch(name, text if source is not None else None, _added(facts, missing)),
        Grade.SAFE,
        Basis.DECLARED,
    )
    message = f"there is no target {', '.join(missing)}"
    yield Finding(key, NAME, message, name, 1, (), change, level=Level.NOTE)


def _has(text: str, target: str) -> bool:
    return (
        re.search(rf"^(?:[^\s:#]+ +)*{target}(?: +[^\s:#]+)* *:(?!=)", text, re.MULTILINE)
        is not None
    )


def _patch(name: str, present: str | None, added: str) -> Patch:
    if present is None:
        return Patch({}, {name: added})
    newline = "\r\n" if "\r\n" in present else "\n"
    glue = "" if not present else "\n" if present.endswith("\n") else "\n\n"
    end = Span(len(present), len(present))
    return Patch.of(name, [TextEdit(end, f"{glue}{added}".replace("\n", newline))])


def _added(facts: Facts, missing: list[str]) -> str:
    project = facts.project
    compose = " ".join(f"-f {name}" for name in project.compose_names)
    alone = [target for target in facts.targets if not target.services]
    builds = [f"docker compose {compose} build"] if compose else [_build(one) for one in alone]
    return render(
        "Makefile.j2",
        targets=missing,
        script=_SCRIPT if _SIZES in facts.asked or facts.tree.has(_SCRIPT) else "",
        builds=builds,
        compose=compose,
        images=[_image(target) for target in alone],
    )


def _image(target: Target) -> str:
    """A name for the image of a Dockerfile that stands alone."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{target.context.name}-{target.name}".lower())
    return words.strip("-").removesuffix("-dockerfile")


def _build(target: Target) -> str:
    stage = "" if target.stage is target.dockerfile.target else f"--target {target.stage.name} "
    context = target.context_name or "."
    return f"docker build -t {_image(target)} {stage}-f {target.dockerfile_name} {context}"


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The Makefile has no targets for the images.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
