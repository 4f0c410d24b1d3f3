"""Images of Java, what its commands run, and what its source files say."""

from __future__ import annotations

import pytest

from jettison.ecosystem.java.code import read_java
from jettison.ecosystem.java.images import java_image
from jettison.ecosystem.java.launch import Launch, read_launch


@pytest.mark.parametrize(
    ("reference", "runtime"),
    [
        ("eclipse-temurin:17-jdk", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:21-jdk-alpine", "eclipse-temurin:21-jre-alpine"),
        ("eclipse-temurin:17.0.9_9-jdk-jammy", "eclipse-temurin:17.0.9_9-jre-jammy"),
        ("eclipse-temurin:11", "eclipse-temurin:11-jre"),
        ("maven:3-eclipse-temurin-17", "eclipse-temurin:17-jre"),
        ("maven:3.9.6-eclipse-temurin-21-alpine", "eclipse-temurin:21-jre-alpine"),
        ("docker.io/library/maven:3.8.4-openjdk-17", "eclipse-temurin:17-jre"),
        ("maven:3.6.3-jdk-11-slim", "openjdk:11-jre-slim"),
        ("maven:3.8-openjdk-11", "openjdk:11-jre-slim"),
        ("gradle:8.5-jdk17-alpine", "eclipse-temurin:17-jre-alpine"),
        ("gradle:jdk21", "eclipse-temurin:21-jre"),
        ("openjdk:8-jdk-alpine", "eclipse-temurin:8-jre-alpine"),
        ("openjdk:8", "openjdk:8-jre-slim"),
        ("openjdk:11-jdk-slim-bullseye", "openjdk:11-jre-slim-bullseye"),
        ("openjdk:17-jdk-slim", "eclipse-temurin:17-jre"),
        ("openjdk:21", "eclipse-temurin:21-jre"),
        ("maven:3.9-amazoncorretto-17", ""),
        ("amazoncorretto:17", ""),
        ("maven:3", ""),
        ("maven", ""),
    ],
)
def test_the_runtime_beside_a_compiler(reference: str, runtime: str) -> None:
    image = java_image(reference)
    assert image is not None
    assert image.runtime == runtime


@pytest.mark.parametrize(
    "reference",
    [
        "eclipse-temurin:17-jre",
        "openjdk:11-jre-slim",
        "acme/maven:3-jdk-11",
        "tomcat:9-jdk17",
        "java",
    ],
)
def test_images_that_do_not_compile(reference: str) -> None:
    assert java_image(reference) is None


@pytest.mark.parametrize(
    ("words", "launch"),
    [
        ("-jar app.jar --port 80", Launch("app.jar")),
        ("-Xmx1g $OPTS -Dx=y -jar target/*.jar", Launch("target/*.jar")),
        ("-jar -Dspring.profiles.active=x build/a.jar -v", Launch("build/a.jar")),
        ("-jar $OPTS a.jar", Launch("a.jar")),
        ("-jar $JAR", Launch("$JAR")),
        ("-javaagent:/opt/a.jar=x=1 -jar app.jar", Launch("app.jar", agents=("/opt/a.jar",))),
        ("-cp app:lib/* org.example.Main", Launch(paths=("app", "lib/*"))),
        ("--class-path=app org.example.Main", Launch(paths=("app",))),
        ("Main", Launch(folder=True)),
        ("-Xmx1g org.springframework.boot.loader.JarLauncher", Launch(folder=True)),
        ("-version", Launch()),
    ],
)
def test_what_a_command_runs(words: str, launch: Launch) -> None:
    assert read_launch(tuple(words.split())) == launch


def test_strings_are_told_from_comments_and_text_blocks() -> None:
    text = (
        "import java.nio.file.Files;\nimport static com.sun.tools.attach.X.y;\n"
        '// "no"\n/* "nor" */\nString a = "config/a.json"; char c = \'"\'; String b = "b";\n'
        'String t = """\n  "inner"\n  """;\n'
    )
    code = read_java(text)
    assert code.imports == {"java.nio.file.Files", "com.sun.tools.attach.X.y"}
    assert code.strings == {"config/a.json", "b"}
