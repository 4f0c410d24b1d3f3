"""What a Maven project is called, and the archive that it makes.

Sources: Maven, "POM Reference": "Maven Coordinates", "Inheritance", "The BaseBuild Element Set";
Spring Boot, "Maven Plugin": "Running your Application with Maven".
"""

from __future__ import annotations

import re

from jettison.patterns import regex

__all__ = ["boot_archive", "run_setting"]

_OWN = regex(
    r"<(parent|dependencies|dependencyManagement|build|profiles|properties|repositories|modules"
    r"|pluginRepositories|reporting|licenses|developers|scm)>.*?</\1>",
    re.DOTALL,
)
_COMMENT = regex(r"<!--.*?-->", re.DOTALL)
_PARENT = regex(r"<parent>(.*?)</parent>", re.DOTALL)
_PLUGIN = regex(
    r"<plugin>(?:(?!</plugin>).)*<artifactId>spring-boot-maven-plugin</artifactId>"
    r"(?:(?!</plugin>).)*</plugin>",
    re.DOTALL,
)
_RUN_ONLY = regex(
    r"<(additionalClasspathElements|agents|arguments|directories|environmentVariables|jvmArguments"
    r"|profiles|systemPropertyVariables|useTestClasspath|workingDirectory)>"
)
_RUN_PROPERTY = regex(r"<(spring-boot\.run\.[\w.-]+)>")
_FINAL = regex(r"<finalName>\s*([^<\s]+)\s*</finalName>")


def boot_archive(text: str) -> str:
    """The archive below ``target`` that ``mvn package`` makes of a Spring Boot application.

    ``""`` where the plugin that makes it runnable is not there, or its name is not plain.
    """
    plain = _COMMENT.sub("", text)
    if "<artifactId>spring-boot-maven-plugin</artifactId>" not in plain or "<modules>" in plain:
        return ""
    own = _OWN.sub("", plain)
    if _value(own, "packaging") not in ("", "jar"):
        return ""
    parent = _PARENT.search(plain)
    version = _value(own, "version") or (_value(parent[1], "version") if parent else "")
    final = _FINAL.search(plain)
    name = final[1] if final is not None else f"{_value(own, 'artifactId')}-{version}"
    known = bool(version or final) and "$" not in name and "classifier" not in plain
    return f"target/{name}.jar" if known else ""


def run_setting(text: str) -> str:
    """The first name of what only ``mvn spring-boot:run`` reads in a ``pom.xml``, or ``""``."""
    plain = _COMMENT.sub("", text)
    plugin = _PLUGIN.search(plain)
    found = _RUN_ONLY.search(plugin[0]) if plugin is not None else None
    found = found or _RUN_PROPERTY.search(plain)
    return found[1] if found else ""


def _value(text: str, name: str) -> str:
    found = re.search(rf"<{name}>\s*([^<\s]+)\s*</{name}>", text)
    return found[1] if found else ""
