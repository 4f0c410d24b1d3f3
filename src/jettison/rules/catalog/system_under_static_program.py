"""A program that needs nothing but itself has a Linux distribution under it.

## What it does
Finds images whose only program is one that Go has built, on Debian's or Ubuntu's image. Where the
program is linked statically, or can be, it moves to Distroless' ``static`` image: certificates,
time zones, a ``/tmp`` and an ordinary user, and no program besides.

## Why it matters
The slim image of Debian weighs 75 MB, which a program of 10 MB does not use: a shell, Perl's core,
a package manager and their vulnerabilities, which somebody has to follow.

## Fix safety
Unsafe, and refused where anything else runs in the container: a shell, a health check or a
documented command with another program, ``os/exec`` in the code, other programs that the service
was seen to open, packages of the distribution. ``CGO_ENABLED=0`` is what the Dockerfile says, or is
added where the built program says that only Go's own ``net`` and ``os/user`` call C, or the code
imports Go's own packages alone: names are then looked up by Go itself. Folders that a RUN makes are
made in the stage that builds, and copied; a user that a RUN makes becomes ``nonroot`` (65532). The
command in a simple shell form is written in exec form. There is no shell to look around with after:
``docker debug``, or the image's ``debug`` tag, has one. Verified by a trial.

## Saving
Guessed: 70 to 120 MB.

## References
* GoogleContainerTools/distroless, "base/README.md"
* Go, "cmd/cgo"; package ``net``, "Name Resolution"
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.analysis.compiled.static_base import NeedsBase, static_base
from jettison.analysis.evidence import ImageEvidence
from jettison.analysis.package_runs import first_of, services_of
from jettison.dockerfile import DockerfileEditor
from jettison.rules.model import (
    Aspect,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Level,
    Patch,
    Refused,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.compiled.static_base import StaticBase
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT034", "system-under-static-program"
_SAVING = Saving(70_000_000, 120_000_000, Basis.GUESSED)
_LIBRARIES = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
"""Where a program that is linked dynamically finds its loader and its libraries."""

_FILES = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "go.mod": "module example.org/web\n",
    "main.go": 'package main\n\nimport "net/http"\n\n'
    'func main() { http.ListenAndServe(":8080", nil) }\n',
}
_BUILD = "FROM golang:1.22-bookworm AS build\nWORKDIR /src\nCOPY . .\n"
_OFF = "RUN CGO_ENABLED=0 go build -o /web .\n"
_ON = "RUN go build -o /web .\n"
_SLIM = "FROM debian:bookworm-slim\n"
_DISTROLESS = "FROM gcr.io/distroless/static-debian12"


def _image(*calling: str) -> ImageEvidence:
    programs = MappingProxyType({"/web": frozenset(calling)})
    return ImageEvidence("web", go_programs=programs)


VALID = (
    Example(
        "no distribution",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_OFF}\nFROM scratch\nCOPY --from=build /web /web\n"
            'CMD ["/web"]\n',
        },
    ),
    Example(
        "another language",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "Dockerfile": f'{_SLIM}COPY run.sh /run.sh\nCMD ["/run.sh"]\n',
            "run.sh": "#!/bin/sh\n",
        },
    ),
)
INVALID = (
    Example(
        "a static program",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_OFF}\n{_SLIM}"
            "RUN apt-get update && apt-get install -y ca-certificates\n"
            'COPY --from=build /web /web\nUSER 65532\nCMD ["/web"]\n',
        },
        found=("Dockerfile:6",),
        after={
            "Dockerfile": f"{_BUILD}{_OFF}\n{_DISTROLESS}:nonroot\nWORKDIR /\n"
            'COPY --from=build /web /web\nUSER 65532\nCMD ["/web"]\n'
        },
    ),
    Example(
        "only Go's own packages call C",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_ON}\n{_SLIM}WORKDIR /data\nCOPY --from=build /web /web\n"
            "RUN mkdir -p /data/in && useradd app && chown -R app:app /data\nUSER app\nCMD /web\n",
        },
        found=("Dockerfile:6",),
        after={
            "Dockerfile": f"{_BUILD}ENV CGO_ENABLED=0\n{_ON}RUN mkdir -p /made/data/in\n\n"
            f"{_DISTROLESS}:nonroot\nWORKDIR /data\nCOPY --from=build /web /web\n"
            "COPY --chown=65532:65532 --from=build /made/data/in /data/in\n"
            'CMD ["/web"]\n'
        },
        image=_image("net", "os/user"),
    ),
    Example(
        "a package calls C",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_ON}\n{_SLIM}COPY --from=build /web /web\n"
            'USER 1000\nCMD ["/web"]\n',
        },
        found=("Dockerfile:6",),
        image=_image("net", "github.com/mattn/go-sqlite3"),
    ),
    Example(
        "the health check needs a shell",
        {
            **_FILES,
            "Dockerfile": f"{_BUILD}{_OFF}\n{_SLIM}COPY --from=build /web /web\n"
            'HEALTHCHECK CMD curl -f localhost:8080\nCMD ["/web"]\n',
        },
        found=("Dockerfile:6",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every image of Debian or Ubuntu whose only program was built by Go."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        made = facts.of(static_base, target)
        if made is not None:
            key = Key(CODE, target.name)
            yield Finding(
                key,
                NAME,
                f"{target.base} lies under a program of Go, which may not need it",
                target.dockerfile_name,
                target.stage.from_.line,
                services_of(facts, target),
                _remedy(facts, target, made, key),
                level=Level.NOTE,
                saving=_SAVING,
            )


def _remedy(
    facts: Facts, target: Target, made: StaticBase | NeedsBase, key: Key
) -> Change | Refused:
    if isinstance(made, NeedsBase):
        return Refused(made.reason, made.line)
    reasons = [f"{made.program} is all that runs in it, and its code starts no other program"]
    if made.without_cgo:
        reasons.append("only Go's own net and os/user call C in it: CGO_ENABLED=0 does without")
    if made.user:
        reasons.append(f"it runs as user {made.user}, whom a volume that exists must belong to")
    reasons.append("there is no shell in it: docker debug, or the image's debug tag, has one")
    editor = DockerfileEditor(target.dockerfile)
    image = facts.evidence.image(target.name)
    system = image.smallest_system() if image is not None else ()
    return Change(
        key,
        f"run in {made.image}",
        Patch.of(target.dockerfile_name, made.edits),
        Grade.UNSAFE,
        Basis.READ if made.read else Basis.DECLARED,
        alters=_altered(made),
        claim=Claim(
            packages=frozenset(f"debian:{name}" for name in system),
            base=True,
            unmissed=frozenset(_LIBRARIES),
        ),
        saving=_SAVING,
        drops_comments=editor.comments(made.dropped),
        reasons=tuple(reasons),
    )


def _altered(made: StaticBase) -> frozenset[Aspect]:
    found = {Aspect.BASE, Aspect.ENV, Aspect.USER}
    if made.exec_form:
        found |= {Aspect.CMD, Aspect.ENTRYPOINT}
    return frozenset(found)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A program that needs nothing but itself has a Linux distribution under it.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    level=Level.NOTE,
    valid=VALID,
    invalid=INVALID,
    late=True,
)
