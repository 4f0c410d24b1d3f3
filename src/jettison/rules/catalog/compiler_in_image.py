"""A compiled service runs in the image that compiled it.

## What it does
Finds images of one stage that start from an image with a compiler (``golang``), build a program and
start it.

## Why it matters
The compiler, its standard library, the modules' sources and the build's cache weigh a hundred times
what the program weighs; none of it is used when it runs, and all of it is there for an intruder.

## Fix safety
Unsafe: the program is copied into a small image of the same distribution and release, where it
finds the same C library and a shell. Files of the context come along that the code, its settings,
a command or a variable names, and those that the service was seen to open; the rest stays behind,
and the change says what. Certificates come along where the code may make TLS connections, system
packages unless they only serve building, users and folders that a RUN makes. What cannot be
followed is refused. Verified by a trial.

## Saving
Guessed: 600 to 1200 MB.

## References
* Docker documentation, "Multi-stage builds"
* Docker Hub, "golang", "Image Variants"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.compiled.splitting import Separated, separation_of
from jettison.analysis.package_runs import first_of, services_of
from jettison.rules.model import (
    Aspect,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.compiled.splitting import Together
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT016", "compiler-in-image"
_SAVING = Saving(600_000_000, 1_200_000_000, Basis.GUESSED)

_MAIN = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":80", nil) }\n'
_PAGES = (
    'package main\n\nimport (\n\t"html/template"\n\t"net/http"\n)\n\nfunc main() {\n'
    '\ttemplate.Must(template.ParseGlob("templates/*.html"))\n\thttp.Get("https://go.dev")\n}\n'
)
_FILES = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "go.mod": "module example.org/web\n",
    "main.go": _MAIN,
}
VALID = (
    Example(
        "the program runs elsewhere",
        {
            **_FILES,
            "Dockerfile": "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY . .\n"
            "RUN go build -o /web .\n\nFROM debian:bookworm-slim\nCOPY --from=build /web /\n"
            'CMD ["/web"]\n',
        },
    ),
    Example(
        "nothing is started",
        {**_FILES, "compose.yaml": "services: {}\n", "Dockerfile": "FROM golang:1.22\n"},
    ),
)
INVALID = (
    Example(
        "Go",
        {
            **_FILES,
            "Dockerfile": "FROM golang:1.22-bookworm\nWORKDIR /src\nCOPY . .\n"
            'RUN go build -o /web .\nEXPOSE 80\nCMD ["/web"]\n',
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM golang:1.22-bookworm AS build\nWORKDIR /src\nCOPY . .\n"
            "RUN go build -o /web .\n\nFROM debian:bookworm-slim\nWORKDIR /src\n"
            'COPY --from=build /web /web\nEXPOSE 80\nCMD ["/web"]\n'
        },
    ),
    Example(
        "files that the code reads, and certificates",
        {
            **_FILES,
            "main.go": _PAGES,
            "templates/index.html": "<p>hi</p>\n",
            "notes.txt": "\n",
            "Dockerfile": "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY . .\n"
            'ENV CGO_ENABLED=0\nENV PORT=80\nRUN go build\nCMD ["./web"]\n',
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM golang:1.22-bookworm AS build\nWORKDIR /app\nCOPY . .\n"
            "ENV CGO_ENABLED=0\nENV PORT=80\nRUN go build\n\nFROM debian:bookworm-slim\n"
            "WORKDIR /app\nENV PORT=80\n"
            "COPY --from=build /etc/ssl/certs/ca-certificates.crt "
            "/etc/ssl/certs/ca-certificates.crt\nCOPY --from=build /app/web /app/web\n"
            'COPY --from=build /app/templates /app/templates\nCMD ["./web"]\n'
        },
    ),
    Example(
        "it is compiled when it starts",
        {
            **_FILES,
            "Dockerfile": "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build\n"
            'CMD ["go", "run", "."]\n',
        },
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every target that runs in the image of a compiler."""
    for target in facts.targets:
        if not first_of(facts, target) or not _starts(target):
            continue
        made = facts.of(separation_of, target)
        if made is not None:
            key = Key(CODE, target.name)
            yield Finding(
                key,
                NAME,
                f"the image starts from {target.base}, which is made for compiling",
                target.dockerfile_name,
                target.lineage[0].from_.line,
                services_of(facts, target),
                _remedy(target, made, key),
                saving=_SAVING,
            )


def _starts(target: Target) -> bool:
    """Whether the Dockerfile or a service says what is started."""
    own = any(step.instruction.keyword.upper() in ("CMD", "ENTRYPOINT") for step in target.steps)
    return own or any(run.overrides_command for run in target.runs)


def _remedy(target: Target, made: Separated | Together, key: Key) -> Change | Refused:
    if not isinstance(made, Separated):
        return Refused(made.reason, made.line)
    runtime = made.runtime
    reasons = [f"{runtime.image} runs what {made.language} has built"]
    if runtime.reason:
        reasons.append(runtime.reason)
    if not runtime.stated:
        reasons.append(f"the release is guessed from the tag of {target.base}")
    reasons.append(f"comes along: {', '.join(made.places)}")
    if made.left:
        reasons.append(f"stays behind, as no code or setting names it: {', '.join(made.left)}")
    basis = Basis.READ if runtime.read else Basis.DECLARED if runtime.stated else Basis.GUESSED
    return Change(
        key,
        f"run in {runtime.image}",
        Patch.of(target.dockerfile_name, made.edits),
        Grade.UNSAFE,
        basis,
        alters=frozenset({Aspect.BASE, *((Aspect.ENV,) if made.environment else ())}),
        claim=Claim(paths=("/",), base=True),
        saving=_SAVING,
        reasons=tuple(reasons),
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A compiled service runs in the image that compiled it.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
