"""A compiled service runs in the image that compiled it.

## What it does
Finds images that start from an image with a compiler and start a program: ``golang``; ``maven``,
``gradle``, ``openjdk`` and ``eclipse-temurin`` with a JDK; ``rust``; the SDK of .NET. A command
that compiles at each start (``go run``, ``cargo run``, ``mvn spring-boot:run``, ``gradle bootRun``,
``dotnet run``) is built once instead. The tests of this version try the changes for Go, Java and
Rust on an engine; ``spring-boot:run`` was tried by hand, and ``bootRun`` and those for .NET are
planned on files only.

## Why it matters
The compiler, the build's tools, the modules' sources and the build's cache weigh many times what
the program weighs; none of it is used when it runs, and all of it is there for an intruder.

## Fix safety
Unsafe: what was built is copied into a small image. For Go and Rust that is the slim image of the
same distribution and release, where the program finds the same C library and a shell; for Java the
runtime of the same vendor and version, or Eclipse Temurin's where the vendor has none; for .NET
``aspnet`` of the same version and system, or ``runtime`` where no project and no package may ask
for ASP.NET Core. ``dotnet run`` becomes a release, with the variables that ``launchSettings.json``
has set; a project for another version than the image's is refused, and so is what ``dotnet build``
alone has made. Files of the
context come along that the code, its settings, a command or a variable names, and those that the
service was seen to open; the rest stays behind, and the change says what. Certificates come along
where the code may make TLS connections, system packages unless they only serve building, users and
folders that a RUN makes. Where no RUN of the stage builds, only its base changes. What cannot be
followed is refused. Verified by a trial.

## Saving
Guessed: 200 to 1200 MB.

## References
* Docker documentation, "Multi-stage builds"
* Docker Hub, "golang" and "eclipse-temurin", "Image Variants"
* Microsoft Learn, "Run an ASP.NET Core app in Docker containers"; "dotnet publish"; "dotnet run"
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
_SAVING = Saving(200_000_000, 1_200_000_000, Basis.GUESSED)

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
        "Java",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "pom.xml": "<project/>\n",
            "Dockerfile": "FROM maven:3-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\n"
            "RUN mvn package && mv target/*.jar web.jar\n"
            'ENTRYPOINT ["java", "-jar", "web.jar"]\n',
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM maven:3-eclipse-temurin-21 AS build\nWORKDIR /app\nCOPY . .\n"
            "RUN mvn package && mv target/*.jar web.jar\n\nFROM eclipse-temurin:21-jre\n"
            "WORKDIR /app\nCOPY --from=build /app/web.jar /app/web.jar\n"
            'ENTRYPOINT ["java", "-jar", "web.jar"]\n'
        },
    ),
    Example(
        ".NET",
        {
            "compose.yaml": _FILES["compose.yaml"],
            "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>'
            "<TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n",
            "Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\n"
            "RUN dotnet publish -c Release -o /app\nWORKDIR /app\n"
            'ENTRYPOINT ["dotnet", "Shop.dll"]\n',
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\n"
            "RUN dotnet publish -c Release -o /app\n\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\n"
            'COPY --from=build /app /app\nWORKDIR /app\nENTRYPOINT ["dotnet", "Shop.dll"]\n'
        },
    ),
    Example(
        "it is compiled when it starts",
        {
            **_FILES,
            "Dockerfile": "FROM golang:1.22-bookworm\nWORKDIR /src\nCOPY . .\n"
            'CMD ["go", "run", ".", "-v"]\n',
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM golang:1.22-bookworm AS build\nWORKDIR /src\nCOPY . .\n"
            "RUN go build -o /usr/local/bin/web .\n\nFROM debian:bookworm-slim\n"
            "WORKDIR /src\nCOPY --from=build /usr/local/bin/web /usr/local/bin/web\n"
            'CMD ["/usr/local/bin/web", "-v"]\n'
        },
    ),
    Example(
        "tests are run in the container",
        {
            **_FILES,
            "README.md": "`docker compose exec web go test ./...`\n",
            "Dockerfile": 'FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build\nCMD ["./web"]\n',
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
    if made.command:
        reasons.append("the program is built once, not at each start")
    if made.built_reason:
        reasons.append(made.built_reason)
    if made.places:
        reasons.append(f"comes along: {', '.join(made.places)}")
    if made.left:
        reasons.append(f"stays behind, as no code or setting names it: {', '.join(made.left)}")
    if made.absent:
        names = ", ".join(made.absent)
        reasons.append(f"not here, so not copied: {names}, which the code names; copy it, if it is")
    basis = Basis.READ if runtime.read else Basis.DECLARED if runtime.stated else Basis.GUESSED
    return Change(
        key,
        f"run in {runtime.image}",
        Patch.of(target.dockerfile_name, made.edits),
        Grade.UNSAFE,
        basis,
        alters=_altered(made),
        claim=Claim(paths=("/",), base=True, unmissed=made.unmissed),
        saving=_SAVING,
        reasons=tuple(reasons),
    )


def _altered(made: Separated) -> frozenset[Aspect]:
    found = {Aspect.BASE}
    if made.environment:
        found.add(Aspect.ENV)
    if made.command:
        found.add(Aspect.CMD if made.command == "CMD" else Aspect.ENTRYPOINT)
    return frozenset(found)


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
