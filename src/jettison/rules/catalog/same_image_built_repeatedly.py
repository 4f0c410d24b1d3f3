"""Several services build the same image under different names.

## What it does
Finds services whose build sections have the same context, Dockerfile, target and arguments.

## Why it matters
Each is built, pushed, pulled, scanned and stored by itself; after a while they differ.

## Fix safety
Safe: the first service builds, under the name that it has, and the others run its image. The names
that the others had are made no longer; where a script, a pipeline, a manifest or a document names
one of them, or its name says that it is pushed, nothing is changed. So it is where one of the
others is run before anything has built the first (``docker compose run migrate``): it would find no
image. What an anchor, a merge key or
``extends`` supplies is left.

## Saving
One image's compressed bytes for each further name, where nodes pull them separately.

## References
* Compose specification, "build", "image" and "pull_policy"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison import compose
from jettison.analysis.variants.image_names import has_registry, user_of_image
from jettison.analysis.variants.run_alone import run_before, waits_for
from jettison.errors import ComposeError, UsageError
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Rule,
)
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.compose import ComposeProject, Service

CODE, NAME = "JT009", "same-image-built-repeatedly"

_DOCKERFILE = "FROM scratch\nCOPY a /a\n"
VALID = (
    Example(
        "one builds, the other runs its image",
        {
            "compose.yaml": "services:\n  a:\n    build: .\n    image: x\n  b:\n    image: x\n",
            "Dockerfile": _DOCKERFILE,
            "a": "a",
        },
    ),
)
INVALID = (
    Example(
        "two build the same",
        {
            "compose.yaml": "name: shop\nservices:\n  a:\n    build: .\n  b:\n"
            "    build: . # again\n    command: [worker]\n",
            "Dockerfile": _DOCKERFILE,
            "a": "a",
        },
        found=("compose.yaml:5",),
        after={
            "compose.yaml": "name: shop\nservices:\n  a:\n    build: .\n    image: shop-a\n  b:\n"
            "    command: [worker]\n    image: shop-a\n    pull_policy: never\n",
        },
    ),
    Example(
        "the build section comes from a merge key",
        {
            "compose.yaml": "x-app: &app\n  build: .\nservices:\n  a:\n    <<: *app\n"
            "  b:\n    <<: *app\n",
            "Dockerfile": _DOCKERFILE,
            "a": "a",
        },
        found=("compose.yaml:6",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every target that more than one service builds."""
    compose = facts.project.compose
    if compose is None:
        return
    for target in facts.targets:
        if len(target.builders) < 2:
            continue
        second = compose.services[target.builders[1]]
        key = Key(CODE, target.name)
        yield Finding(
            key,
            NAME,
            f"{', '.join(target.builders)} each build the same image",
            facts.name_of(second.file),
            second.line,
            target.builders,
            _remedy(facts, compose, target, key),
        )


def _remedy(facts: Facts, compose: ComposeProject, target: Target, key: Key) -> Change | Refused:
    services = [compose.services[name] for name in target.builders]
    first, others = services[0], services[1:]
    for other in others:
        reason = _differs(first, other)
        if reason:
            return Refused(reason, other.line)
    project = compose.name or compose.default_name
    alone = [one for one in others if not waits_for(compose, one, first.name)]
    for one in alone:
        if told := run_before(facts, compose, one.name, first.name):
            return Refused(f"{told}: it would find no image", one.line)
    image = first.image or (f"{project}-{first.name}" if project else "")
    if not image:
        return Refused("nothing gives the image a name", first.line)
    names = sorted({one.image for one in others if one.image and one.image != image})
    for name in names:
        if used := _used(facts, compose, target, name, image):
            return Refused(f"{used}: it would be made no longer", others[0].line)
    gone: set[str] = set()
    try:
        patch = _patch(facts, first, others, image, gone)
    except ComposeError as error:
        return Refused(error.reason, error.line)
    except UsageError as error:
        return Refused(str(error), others[0].line)
    if isinstance(patch, str):
        return Refused(patch, others[0].line)
    lost = (f"no file of the project uses {', '.join(names)}: made no longer",) if names else ()
    return Change(
        key,
        f"{first.name} builds {image}, {', '.join(one.name for one in others)} run it",
        patch,
        Grade.SAFE,
        Basis.DECLARED,
        drops_comments=frozenset(gone),
        reasons=(
            f"{len(services)} services have the same context, Dockerfile, target and arguments",
            "without `pull_policy: never` Compose may ask a registry for the image",
            *(
                f"`docker compose run {one.name}` alone finds the image once {first.name} was built"
                for one in alone
            ),
            *lost,
        ),
    )


def _differs(first: Service, other: Service) -> str:
    """Why one image will not do for both, or ``""``."""
    mine, theirs = first.build, other.build
    if mine is None or theirs is None:
        return f"{other.name} has no build section"
    if (mine.platforms, dict(mine.additional_contexts)) != (
        theirs.platforms,
        dict(theirs.additional_contexts),
    ):
        return f"{first.name} and {other.name} are built for other platforms or contexts"
    if first.profiles and first.profiles != other.profiles:
        return f"{first.name} has profiles that {other.name} has not: it would not be built"
    return ""


def _used(facts: Facts, compose: ComposeProject, target: Target, name: str, kept: str) -> str:
    """What uses the image ``name`` besides the services that build it, or ``""``."""
    for service in compose.services.values():
        if service.name not in target.builders and service.image == name:
            return f"{service.name} runs {name}"
    if has_registry(name) or "/" in name:  # someone's at Docker Hub
        return f"the name {name} is one of a registry, to which it may be pushed"
    return user_of_image(facts, name, kept) or ""


def _patch(
    facts: Facts, first: Service, others: Sequence[Service], image: str, gone: set[str]
) -> Patch | str:
    """The edits of the Compose files in which the keys stand, or why there are none.

    The comments in and behind the build sections that go are added to ``gone``.
    """
    editors: dict[str, compose.ComposeEditor] = {}

    def editor(service: Service) -> compose.ComposeEditor:
        file = service.build.file if service.build is not None else service.file
        name = facts.name_of(file)
        if name not in editors:
            source = facts.tree.read(name)
            if source is None:
                raise UsageError(f"{name} cannot be read")
            editors[name] = compose.ComposeEditor(source)
        return editors[name]

    if first.image is None:
        editor(first).set_service_key(first.name, ("image",), image)
    for other in others:
        editing = editor(other)
        before = editing.text()
        editing.remove(other.name, ("build",))
        if editing.text() == before:
            return f"{other.name} has its build section from a merge key or from `extends`"
        gone |= compose.lost_comments(SourceText("compose.yaml", before), editing.text())
        editing.set_service_key(other.name, ("image",), image)
        editing.set_service_key(other.name, ("pull_policy",), "never")
    return Patch({name: editing.edits() for name, editing in editors.items()})


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Several services build the same image under different names.",
    since="0.1.0",
    grade=Grade.SAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
