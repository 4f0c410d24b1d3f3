"""Services in Java: what comes along into the image that runs, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis.evidence import Evidence, ImageEvidence
from jettison.ecosystem.java.pom import boot_archive
from jettison.rules import Refused
from jettison.rules.catalog.compiler_in_image import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = "FROM maven:3-eclipse-temurin-17\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\n"
_FILES = {"pom.xml": "<project/>\n", "src/main/java/Main.java": "class Main {}\n"}


def _text(text: str, files: Mapping[str, str] | None = None) -> str:
    made = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text})
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text != text, made.left
    return now.text


def _after(text: str, files: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the stage that runs."""
    return _text(text, files).rpartition("\nFROM ")[2].splitlines()


def _why(text: str, files: Mapping[str, str] | None = None) -> str:
    (finding,) = planned(RULE, {**_FILES, **(files or {}), "Dockerfile": text}).left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason


@pytest.mark.parametrize(
    ("command", "copies"),
    [
        ('["java", "-jar", "target/a-1.jar"]', ["/app/target/a-1.jar /app/target/a-1.jar"]),
        ("exec java $OPTS -jar target/*.jar", ["/app/target/*.jar /app/target/"]),
        ('["java", "-cp", "target/classes:target/lib/*", "a.Main"]',
         ["/app/target/classes /app/target/classes", "/app/target/lib /app/target/lib"]),
        ('["java", "-jar", "target/quarkus-app/quarkus-run.jar"]',
         ["/app/target/quarkus-app /app/target/quarkus-app"]),
        ('["build/install/a/bin/a"]', ["/app/build/install/a /app/build/install/a"]),
    ],
)  # fmt: skip
def test_what_is_started_comes_along(command: str, copies: list[str]) -> None:
    made = _after(f"{_HEAD}CMD {command}\n")
    rows = [f"COPY --from=build {one}" for one in copies]
    assert made == ["eclipse-temurin:17-jre", "WORKDIR /app", *rows, f"CMD {command}"]


def test_the_folder_that_the_building_image_works_in_is_said() -> None:
    text = "FROM gradle:8-jdk17\nCOPY . .\nRUN gradle bootJar\n"
    copy = "COPY --from=build /home/gradle/build/libs/a.jar /home/gradle/build/libs/a.jar"
    head = ["eclipse-temurin:17-jre", "WORKDIR /home/gradle", copy]
    command = 'CMD ["java", "-jar", "-Da=b", "build/libs/a.jar"]'
    assert _after(f"{text}{command}\n") == [*head, command]
    command = 'CMD ["java", "-jar", "a.jar"]'
    after = _after(f"{text}WORKDIR build/libs\n{command}\n")
    assert after == [*head, "WORKDIR build/libs", command]
    after = _after(f"{text}WORKDIR /home/gradle/build/libs\n{command}\n")
    assert after == [head[0], copy, "WORKDIR /home/gradle/build/libs", command]


def test_an_archive_is_followed_to_where_it_is_put() -> None:
    text = (
        f'{_HEAD}RUN cp target/*.jar /app.jar\nEXPOSE 80\nENTRYPOINT ["java", "-jar", "/app.jar"]\n'
    )
    made = _after(text)
    assert made[2:] == [
        "COPY --from=build /app.jar /app.jar",
        "EXPOSE 80",
        'ENTRYPOINT ["java", "-jar", "/app.jar"]',
    ]


def test_archives_beside_the_archive_come_along() -> None:
    pom = "<addClasspath>true</addClasspath><classpathPrefix>lib/</classpathPrefix>"
    made = _after(f"{_HEAD}CMD java -jar target/a.jar\n", {"pom.xml": pom})
    assert "COPY --from=build /app/target/lib /app/target/lib" in made
    pom = "<addClasspath>true</addClasspath>"
    why = "the archive looks for others beside itself (addClasspath)"
    assert _why(f"{_HEAD}CMD java -jar target/a.jar\n", {"pom.xml": pom}) == why


def test_settings_that_spring_reads_by_convention_come_along() -> None:
    files = {
        "pom.xml": "<artifactId>spring-boot-starter-web</artifactId>",
        "config/application.yml": "a: b\n",
        "docs/a.txt": "",
        "static/a.css": "",
        "src/main/resources/application.yml": "static-locations: file:static/\n",
    }
    made = _after(f"{_HEAD}CMD java -jar target/a.jar\n", files)
    assert made[3:5] == [
        "COPY --from=build /app/config /app/config",
        "COPY --from=build /app/static /app/static",
    ]


def test_a_stage_without_a_build_gets_another_base() -> None:
    text = "FROM openjdk:17-jdk-slim\nWORKDIR /app\nCOPY target/a.jar a.jar\nCMD java -jar a.jar\n"
    assert _text(text) == text.replace("openjdk:17-jdk-slim", "eclipse-temurin:17-jre")
    text = (
        "FROM maven:3-eclipse-temurin-21 AS build\nWORKDIR /a\nCOPY . .\nRUN mvn package\n"
        "FROM eclipse-temurin:21-jdk-alpine\nWORKDIR /a\nCOPY --from=build /a/target/a.jar .\n"
        'ENTRYPOINT ["java", "-jar", "a.jar"]\n'
    )
    assert _text(text) == text.replace("21-jdk-alpine", "21-jre-alpine")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{_HEAD}CMD mvn spring-boot:run\n", "the image's command calls `mvn`"),
        (f"{_HEAD}CMD ./gradlew bootRun\n", "the image's command calls `gradlew`"),
        (f"{_HEAD}CMD java -jar $JAR\n", "the image's command names $JAR"),
        (f"{_HEAD}CMD ./start\n", "no RUN builds a program with Java"),
        (_HEAD.replace("eclipse-temurin", "amazoncorretto") + "CMD java -jar target/a.jar\n",
         "there is no official image of maven that only runs Java"),
        (_HEAD.replace("3-eclipse-temurin-17", "latest") + "CMD java -jar target/a.jar\n",
         "which Java maven:latest has only the built image tells"),
        (f"{_HEAD}RUN jcmd -l\nCMD java -jar target/a.jar\n",
         "`jcmd` may need the image that compiles"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(text: str, why: str) -> None:
    assert _why(text) == why


def test_code_that_compiles_stays_with_the_compiler() -> None:
    code = "import javax.tools.ToolProvider;\nclass Main {}\n"
    why = "src/main/java/Main.java imports javax.tools.ToolProvider, which only the JDK has"
    files = {"src/main/java/Main.java": code}
    assert _why(f"{_HEAD}CMD java -jar target/a.jar\n", files) == why


_BOOT = """<project>
  <parent><artifactId>spring-boot-starter-parent</artifactId><version>3.2.0</version></parent>
  <artifactId>shop</artifactId>
  <version>1.0-SNAPSHOT</version> <!-- <version>2</version> -->
  <dependencies><dependency><artifactId>web</artifactId><version>9</version></dependency></dependencies>
  <build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>
</project>
"""


@pytest.mark.parametrize(
    ("command", "now"),
    [
        ("mvn spring-boot:run", "java -jar target/shop-1.0-SNAPSHOT.jar"),
        ('["./mvnw", "-q", "spring-boot:run"]',
         '["java", "-jar", "target/shop-1.0-SNAPSHOT.jar"]'),
        ("mvn -e -X spring-boot:run", "java -jar target/shop-1.0-SNAPSHOT.jar"),
    ],
)  # fmt: skip
def test_what_is_compiled_at_each_start_is_started_as_it_was_packaged(
    command: str, now: str
) -> None:
    jar = "/app/target/shop-1.0-SNAPSHOT.jar"
    assert _after(f"{_HEAD}CMD {command}\n", {"pom.xml": _BOOT}) == [
        "eclipse-temurin:17-jre",
        "WORKDIR /app",
        f"COPY --from=build {jar} {jar}",
        f"CMD {now}",
    ]


@pytest.mark.parametrize(
    ("text", "pom"),
    [
        (f"{_HEAD}CMD mvn spring-boot:run -Dspring-boot.run.profiles=prod\n", _BOOT),
        (f"{_HEAD.replace('package', 'compile')}CMD mvn -o spring-boot:run\n", _BOOT),
        (f"{_HEAD}CMD mvn spring-boot:run\n", _BOOT.replace("1.0-SNAPSHOT", "${revision}")),
        (f"{_HEAD}CMD mvn spring-boot:run\n", _BOOT.replace("boot-maven", "other")),
        (f"{_HEAD}CMD mvn spring-boot:run\n",
         _BOOT.replace("<version>1", "<packaging>war</packaging><version>1")),
    ],
)  # fmt: skip
def test_what_is_packaged_otherwise_still_calls_maven(text: str, pom: str) -> None:
    assert _why(text, {"pom.xml": pom}) == "the image's command calls `mvn`"


def test_where_nothing_packages_the_archive_a_run_does() -> None:
    text = (
        "FROM eclipse-temurin:17-jdk-jammy\nWORKDIR /app\nCOPY .mvn/ .mvn\nCOPY mvnw pom.xml ./\n"
        "RUN ./mvnw dependency:go-offline\nCOPY src ./src\nEXPOSE 8080\n"
        'CMD ["./mvnw", "-B", "spring-boot:run"]\n'
    )
    jar = "target/shop-1.0-SNAPSHOT.jar"
    wrapper = '#!/bin/sh\n"$JAVA_HOME/bin/javac" Downloader.java\nexec java -cp wrapper.jar "$@"\n'
    files = {"pom.xml": _BOOT, "mvnw": wrapper, ".mvn/wrapper/maven-wrapper.properties": ""}
    assert _text(text, files) == (
        "FROM eclipse-temurin:17-jdk-jammy AS build\nWORKDIR /app\nCOPY .mvn/ .mvn\n"
        "COPY mvnw pom.xml ./\nRUN ./mvnw dependency:go-offline\nCOPY src ./src\n"
        "RUN ./mvnw -B package -DskipTests\n\n"
        "FROM eclipse-temurin:17-jre-jammy\nWORKDIR /app\n"
        f"COPY --from=build /app/{jar} /app/{jar}\nEXPOSE 8080\n"
        f'CMD ["java", "-jar", "{jar}"]\n'
    )


def test_what_only_maven_opened_neither_comes_along_nor_is_missed() -> None:
    files = {**_FILES, "src/checks.xml": "", "notes.txt": ""}
    files = {**files, "pom.xml": _BOOT, "Dockerfile": f"{_HEAD}CMD mvn spring-boot:run\n"}
    opened = frozenset({"/app/pom.xml", "/app/src/checks.xml", "/app/notes.txt"})
    made = planned(RULE, files, Evidence(opened={"Dockerfile": opened}))
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert "notes.txt" in now.text
    assert "checks.xml" not in now.text
    assert {"/app/pom.xml", "/app/target/", "/root/.m2/"} <= made.unmissed


_RUNS = "spring-boot-maven-plugin</artifactId>"


@pytest.mark.parametrize(
    ("pom", "files", "why"),
    [
        (_BOOT.replace(_RUNS, f"{_RUNS}<configuration><profiles>a</profiles></configuration>"),
         {}, "pom.xml tells `spring-boot:run` about profiles"),
        (_BOOT.replace("<build>", "<properties><spring-boot.run.fork>false</spring-boot.run.fork>"
                       "</properties><build>"),
         {}, "pom.xml tells `spring-boot:run` about spring-boot.run.fork"),
        (_BOOT, {"src/main/webapp/a.jsp": ""},
         "`spring-boot:run` serves src/main/webapp/, which is in no archive"),
    ],
)  # fmt: skip
def test_what_an_archive_does_not_do_keeps_maven(
    pom: str, files: Mapping[str, str], why: str
) -> None:
    assert _why(f"{_HEAD}CMD mvn spring-boot:run\n", {"pom.xml": pom, **files}) == why


def test_profiles_of_maven_are_none_of_the_application() -> None:
    pom = _BOOT.replace("<build>", "<profiles><profile><id>a</id></profile></profiles><build>")
    assert _after(f"{_HEAD}CMD mvn spring-boot:run\n", {"pom.xml": pom})


def test_the_archive_has_the_final_name_or_the_parents_version() -> None:
    named = _BOOT.replace("<build>", "<build><finalName>app</finalName>")
    assert boot_archive(named) == "target/app.jar"
    inherited = _BOOT.replace("<version>1.0-SNAPSHOT</version>", "")
    assert boot_archive(inherited) == "target/shop-3.2.0.jar"


@pytest.mark.parametrize(
    ("base", "runtime"),
    [
        ("maven", "eclipse-temurin:21-jre"),
        ("maven:3.9-alpine", "eclipse-temurin:21-jre-alpine"),
        ("gradle:8.5", "eclipse-temurin:21-jre"),
        ("gradle:latest", "eclipse-temurin:21-jre"),
    ],
)
def test_the_built_image_tells_which_java_it_has(base: str, runtime: str) -> None:
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN mvn package\nCMD java -jar target/a.jar\n"
    files = {**_FILES, "Dockerfile": text}
    assert _why(text) == f"which Java {base} has only the built image tells"
    image = ImageEvidence("a", java=21, files={"/app/target/a.jar": 1})
    now = planned(RULE, files, Evidence({"Dockerfile": image})).tree.read("Dockerfile")
    assert now is not None
    assert f"\nFROM {runtime}\n" in now.text


def test_another_vendors_java_stays() -> None:
    text = "FROM maven:3-sapmachine-21\nCOPY . .\nRUN mvn package\nCMD java -jar target/a.jar\n"
    image = Evidence({"Dockerfile": ImageEvidence("a", java=21)})
    (found,) = planned(RULE, {**_FILES, "Dockerfile": text}, image).left
    assert isinstance(found.remedy, Refused)
