"""``gradle bootRun`` at each start of a container: the archive is built once."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import planned

from jettison.ecosystem.java.gradle import boot_archive, run_setting
from jettison.rules import Refused
from jettison.rules.catalog.compiler_in_image import RULE

_BUILD = """plugins {
    id 'java'
    id 'org.springframework.boot' version '3.2.0'
}
group = 'com.example'
version = '1.0-SNAPSHOT'
dependencies { implementation 'a:b:1' }
"""
_NAME = "rootProject.name = 'shop'\n"
_FILES = {
    "build.gradle": _BUILD,
    "settings.gradle": _NAME,
    "gradlew": '#!/bin/sh\nexec java -jar gradle/wrapper/gradle-wrapper.jar "$@"\n',
    "src/main/java/Main.java": "class Main {}\n",
}
_HEAD = "FROM gradle:8.5-jdk17\nWORKDIR /app\nCOPY . .\n"
_JAR = "build/libs/shop-1.0-SNAPSHOT.jar"


def _why(text: str, **files: str) -> str:
    (found,) = planned(RULE, {**_FILES, **files, "Dockerfile": text}).left
    assert isinstance(found.remedy, Refused)
    return found.remedy.reason


@pytest.mark.parametrize(
    ("command", "build", "now"),
    [
        ('["./gradlew", "bootRun"]', "./gradlew bootJar", f'["java", "-jar", "{_JAR}"]'),
        ("gradle --no-daemon bootRun", "gradle --no-daemon bootJar", f"java -jar {_JAR}"),
    ],
)
def test_it_is_built_once(command: str, build: str, now: str) -> None:
    text = f"{_HEAD}EXPOSE 8080\nCMD {command}\n"
    made = planned(RULE, {**_FILES, "Dockerfile": text})
    after = made.tree.read("Dockerfile")
    assert after is not None
    assert after.text == (
        f"FROM gradle:8.5-jdk17 AS build\nWORKDIR /app\nCOPY . .\nRUN {build}\n\n"
        "FROM eclipse-temurin:17-jre\nWORKDIR /app\n"
        f"COPY --from=build /app/{_JAR} /app/{_JAR}\nEXPOSE 8080\nCMD {now}\n"
    )


def test_what_a_run_builds_is_not_built_again() -> None:
    text = f'{_HEAD}RUN ./gradlew build -x test\nENTRYPOINT ["./gradlew", "bootRun"]\n'
    made = planned(RULE, {**_FILES, "Dockerfile": text})
    after = made.tree.read("Dockerfile")
    assert after is not None
    assert after.text.count("RUN") == 1
    assert after.text.endswith(f'ENTRYPOINT ["java", "-jar", "{_JAR}"]\n')


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (f"{_BUILD}bootRun {{ args = ['--a'] }}\n",
         "the build file sets `bootRun` up"),
        (f"{_BUILD}application {{ applicationDefaultJvmArgs = ['-Da=b'] }}\n",
         "the build file sets applicationDefaultJvmArgs"),
        (_BUILD.replace("1.0-SNAPSHOT", "$revision"), "the image's command calls `gradlew`"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused(build: str, why: str) -> None:
    assert _why(f"{_HEAD}CMD ./gradlew bootRun\n", **{"build.gradle": build}) == why


@pytest.mark.parametrize("command", ["gradle bootRun --args=--a", "gradle -t bootRun"])
def test_other_arguments_keep_gradle(command: str) -> None:
    assert _why(f"{_HEAD}CMD {command}\n") == "the image's command calls `gradle`"


@pytest.mark.parametrize(
    ("build", "settings", "properties", "archive"),
    [
        (_BUILD, _NAME, "", _JAR),
        (_BUILD.replace("version = '1.0-SNAPSHOT'\n", ""), _NAME, "", "build/libs/shop.jar"),
        (_BUILD.replace("version = '1.0-SNAPSHOT'\n", ""), _NAME, "version=2\n",
         "build/libs/shop-2.jar"),
        ('plugins {\n id("org.springframework.boot") version "3"\n}\nversion = "1"\n',
         'rootProject.name = "a"\n', "", "build/libs/a-1.jar"),
        (f"{_BUILD}bootJar {{\n    archiveFileName = 'app.jar'\n}}\n", _NAME, "",
         "build/libs/app.jar"),
        (f'{_BUILD}tasks.named<BootJar>("bootJar") {{ archiveClassifier.set("x") }}\n', _NAME, "",
         ""),
        (f"{_BUILD}bootJar.enabled = false\n", _NAME, "", ""),
        (f"{_BUILD}jar {{ enabled = false }}\n", _NAME, "", _JAR),
        (_BUILD.replace("'java'", "'war'"), _NAME, "", ""),
        (_BUILD, f"{_NAME}include 'a'\n", "", ""),
        (_BUILD, "", "", ""),
        (_BUILD.replace("'3.2.0'", "'3.2.0' apply false"), _NAME, "", ""),
        (_BUILD.replace("org.springframework.boot", "other"), _NAME, "", ""),
    ],
)  # fmt: skip
def test_archive(build: str, settings: str, properties: str, archive: str) -> None:
    assert boot_archive(build, settings, properties) == archive


def test_a_comment_is_no_setting() -> None:
    assert not run_setting("// bootRun { args }\n/* bootRun {} */\n")
