"""Whole folders of build stages with programs of Go, Java and Rust: what stays of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import NO_EVIDENCE, Evidence, ImageEvidence
from jettison.rules import Basis, Refused, Saving
from jettison.rules.catalog.sources_in_image import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_GO = {
    "go.mod": "module example.org/web\n",
    "main.go": 'package main\n\nfunc main() { open("conf/app.yml"); open("conf/b.yml") }\n',
    "conf/app.yml": "a: 1\n",
    "conf/b.yml": "b: 1\n",
    "docs/a.txt": "\n",
}
_MAVEN = {
    "pom.xml": "<project/>\n",
    "mvnw": "#!/bin/sh\n",
    "src/main/java/Main.java": "class Main {}\n",
    "src/main/resources/application.properties": "a=b\n",
}
_BUILD = "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o web .\n"
_JAR = "FROM maven:3-eclipse-temurin-17 AS build\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\n"
_GRADLE = "FROM gradle:8-jdk17 AS build\nWORKDIR /app\nCOPY . .\nRUN gradle bootJar\n"
_JRE = "FROM eclipse-temurin:17-jre\nWORKDIR /app\nCOPY --from=build /app /app\n"
_DEBIAN = "FROM debian:bookworm-slim\nWORKDIR /src\nCOPY --from=build /src .\n"


def _copies(text: str, files: Mapping[str, str], evidence: Evidence = NO_EVIDENCE) -> list[str]:
    """The COPYs of the last stage after the change."""
    made = planned(RULE, {**files, "Dockerfile": text}, evidence=evidence)
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text != text, made.left
    last = now.text.rpartition("\nFROM ")[2].splitlines()
    return [line.removeprefix("COPY --from=build ") for line in last if line.startswith("COPY")]


def _why(text: str, files: Mapping[str, str], evidence: Evidence = NO_EVIDENCE) -> str:
    found = planned(RULE, {**files, "Dockerfile": text}, evidence=evidence).left
    assert len(found) == 1, found
    assert isinstance(found[0].remedy, Refused)
    return found[0].remedy.reason


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        (f'{_BUILD}{_DEBIAN}CMD ["./web"]\n', ["/src/conf ./conf", "/src/web ./web"]),
        (
            f"{_BUILD}FROM alpine\nENV PATH=/srv/a:$PATH\nCOPY --from=build /src/ /srv/a/\n"
            'CMD ["web"]\n',
            ["/src/conf /srv/a/conf", "/src/web /srv/a/web"],
        ),
        (
            _BUILD.replace("-o web .", "-o build/web . && mkdir -p logs build && cp docs/a.txt b")
            + _DEBIAN
            + 'CMD ["./build/web"]\n',
            ["/src/b ./b", "/src/build/web ./build/web", "/src/conf ./conf", "/src/logs ./logs"],
        ),
        (
            f"FROM node:20 AS pages\nRUN echo > /out\n{_BUILD}COPY --from=pages /out static\n"
            f'{_DEBIAN}RUN chown -R nobody /src\nUSER nobody\nENTRYPOINT ["/src/web"]\n',
            ["/src/conf ./conf", "/src/static ./static", "/src/web ./web"],
        ),
    ],
)
def test_programs_of_go(text: str, copies: list[str]) -> None:
    assert _copies(text, _GO) == copies


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        (
            f'{_JAR}{_JRE}CMD ["java", "-jar", "target/a.jar"]\n',
            ["/app/target/a.jar ./target/a.jar"],
        ),
        (f"{_JAR}{_JRE}CMD exec java -jar target/*.jar\n", ["/app/target/*.jar ./target/"]),
        (
            f'{_JAR}{_JRE}WORKDIR /app/target\nCMD ["java", "-cp", "classes:lib/*", "Main"]\n',
            ["/app/target/classes ./target/classes", "/app/target/lib ./target/lib"],
        ),
        (
            f'{_GRADLE}{_JRE}ENTRYPOINT ["java", "-jar", "/app/build/libs/a-1.jar"]\n',
            ["/app/build/libs/a-1.jar ./build/libs/a-1.jar"],
        ),
        (
            _JAR.replace("package", "package && mv target/*.jar web.jar")
            + _JRE.replace("WORKDIR /app\n", "").replace("/app /app", "--chown=1 /app /srv")
            + 'CMD ["java", "-jar", "/srv/web.jar"]\n',
            ["--chown=1 /app/web.jar /srv/web.jar"],
        ),
    ],
)
def test_archives_of_java(text: str, copies: list[str]) -> None:
    assert _copies(text, _MAVEN) == copies


def test_archives_beside_an_archive() -> None:
    pom = "<classpathPrefix>lib/</classpathPrefix>"
    text = f'{_JAR}{_JRE}CMD ["java", "-jar", "target/a.jar"]\n'
    copies = _copies(text, {**_MAVEN, "pom.xml": f"<project>{pom}</project>\n"})
    assert copies == ["/app/target/a.jar ./target/a.jar", "/app/target/lib ./target/lib"]


def test_program_of_rust() -> None:
    files = {
        "Cargo.toml": '[package]\nname = "web"\nversion = "1.0.0"\n',
        "Cargo.lock": "\n",
        "src/main.rs": "fn main() {}\n",
        "static/a.css": "\n",
    }
    text = (
        "FROM rust:1 AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\n"
        f'{_DEBIAN}CMD ["./target/release/web", "--files", "static"]\n'
    )
    assert _copies(text, files) == [
        "/src/static ./static",
        "/src/target/release/web ./target/release/web",
    ]


def test_what_is_published_for_dotnet() -> None:
    files = {
        "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>'
        "<TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n",
        "Program.cs": "app.Run();\n",
        "appsettings.json": "{}\n",
    }
    text = (
        "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN dotnet publish -c Release -o out\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\n"
        'WORKDIR /src\nCOPY --from=build /src .\nCMD ["dotnet", "out/Shop.dll"]\n'
    )
    assert _copies(text, files) == ["/src/appsettings.json ./appsettings.json", "/src/out ./out"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{_BUILD}{_DEBIAN}CMD ["./server"]\n', "what it starts is not what Go builds there"),
        (f"{_BUILD}RUN go generate ./...\n{_DEBIAN}CMD ./web\n",
         "what `go generate` leaves for the program is not known"),
        (f"{_BUILD}RUN npm run build\n{_DEBIAN}CMD ./web\n",
         "what `npm` leaves for the program is not known"),
        (f"{_BUILD}RUN date > stamp\n{_DEBIAN}CMD ./web\n",
         "`date` writes a file that the program may read"),
        (f'{_BUILD}RUN ["go", "vet"]\n{_DEBIAN}CMD ./web\n',
         "a RUN in exec form is not followed"),
        (f"{_BUILD}{_DEBIAN}RUN ./web --init\nCMD ./web\n", "a RUN behind it may read all of it"),
        (f"{_BUILD}{_DEBIAN}RUN chmod +x docs/a.txt\nCMD ./web\n", "`chmod` names /src/docs/a.txt"),
        (f'{_BUILD}{_DEBIAN}CMD ["./web", "-d", "build/out"]\n',
         "build/out is named, which the build may make"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused(text: str, reason: str) -> None:
    assert _why(text, _GO) == reason


def test_what_was_opened_stays_and_what_is_not_there_is_no_program() -> None:
    text = f'{_BUILD}{_DEBIAN}CMD ["./web"]\n'
    files = {"/src/web": 9, "/src/docs/a.txt": 1, "/src/main.go": 1}
    seen = Evidence(
        {"Dockerfile": ImageEvidence("a", files=files)},
        opened={"Dockerfile": frozenset({"/src/docs/a.txt"})},
    )
    assert "/src/docs/a.txt ./docs/a.txt" in _copies(text, _GO, seen)
    (found,) = planned(RULE, {**_GO, "Dockerfile": text}, evidence=seen).found
    assert found.saving == Saving(1, 1, Basis.READ)
    del files["/src/web"]
    assert _why(text, _GO, Evidence({"Dockerfile": ImageEvidence("a", files=files)})) == (
        "the built image has no /src/web"
    )


@pytest.mark.parametrize(
    "text",
    [
        f'{_BUILD}FROM debian:bookworm-slim\nCOPY --from=build /src/web /web\nCMD ["/web"]\n',
        f'{_BUILD}FROM debian:bookworm-slim\nCOPY --from=build /etc /e\nCMD ["/web"]\n',
        f"{_BUILD}FROM debian:bookworm-slim\nCOPY --from=build /src/web /web\n"
        'COPY --from=build /src/lib /lib/a\nCMD ["/web"]\n',
        "FROM debian AS build\nCOPY . /src\nRUN make\nFROM debian\nCOPY --from=build /src /src\n"
        'CMD ["/src/web"]\n',
    ],
)
def test_other_copies_are_left_alone(text: str) -> None:
    assert not planned(RULE, {**_GO, "lib/a.go": "package lib\n", "Dockerfile": text}).found


def test_what_people_are_told_to_run_comes_along() -> None:
    files = {
        **_GO,
        "scripts/seed.sh": "echo\n",
        "README.md": "Seed it: `docker compose exec web sh scripts/seed.sh`\n",
        "compose.yaml": "services:\n  web:\n    build: .\n",
    }
    copies = _copies(f'{_BUILD}{_DEBIAN}CMD ["./web"]\n', files)
    assert "/src/scripts/seed.sh ./scripts/seed.sh" in copies


@pytest.mark.parametrize(
    ("code", "ignored", "absent"),
    [
        ('import "github.com/joho/godotenv"\n', ".env\n", ".env"),
        ('func a() { viper.SetConfigName("app"); viper.SetConfigType("env") }\n', "*.env\n",
         "app.env"),
        ('func a() { open("secret.yml") }\n', "secret.yml\n", "secret.yml"),
        ('func a() { open("secret.yml") }\n', "other.yml\n", ""),
        ('func a() { open("conf/app.yml") }\n', "conf\n", ""),
    ],
)  # fmt: skip
def test_settings_that_only_lie_where_it_is_built_keep_the_folder(
    code: str, ignored: str, absent: str
) -> None:
    files = {**_GO, "set.go": f"package main\n\n{code}", ".gitignore": ignored}
    text = f'{_BUILD}{_DEBIAN}CMD ["./web"]\n'
    if absent:
        assert _why(text, files) == f"{absent} is named, which lies only where it is built"
    else:
        assert "/src/web ./web" in _copies(text, files)
