"""What a Gradle project is called, and the archive that its build makes of a Spring Boot program.

Sources: Gradle User Manual, "Building Java & JVM projects", "Working With Files": "Archive naming";
Spring Boot, "Gradle Plugin": "Packaging Executable Archives", "Running your Application with
Gradle".
"""

from __future__ import annotations

import re

from jettison.patterns import regex

__all__ = ["boot_archive", "has_development_only", "run_setting"]

_COMMENT = regex(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_PLUGIN = regex(r"""\bid\s*\(?\s*["']org\.springframework\.boot["']\s*\)?[^\n]*""")
_APPLIED = regex(r"""\bapply\s+plugin\s*:\s*["']org\.springframework\.boot["']""")
_NAME = regex(r"""^\s*rootProject\.name\s*=\s*["']([\w.-]+)["']""", re.MULTILINE)
_VERSION = regex(r"""^\s*version\s*(?:=|\()?\s*["']([^"']*)["']\)?\s*;?\s*$""", re.MULTILINE)
_PROPERTY = regex(r"^\s*version\s*[=:]\s*(\S+)\s*$", re.MULTILINE)
_ANY_VERSION = regex(r"^\s*(?:project\.)?version\b", re.MULTILINE)
_INCLUDE = regex(r"^\s*include(?:Build)?\b", re.MULTILINE)
_BOOT_JAR = regex(r"\b[Bb]ootJar\b")
_BOOT_JAR_BLOCK = regex(r"""\b[Bb]ootJar\b["')>(\s]*\{([^{}]*)\}""")
_FILE_NAME = regex(
    r"""^\s*archiveFileName\s*(?:=\s*|\.set\(\s*)["']([\w.-]+\.jar)["']\s*\)?\s*;?\s*$""",
    re.MULTILINE,
)
_NAMING = regex(
    r"\barchive\w*|\bbaseName\b|\bclassifier\b|\bversion\b|\bdestination\w*|\benabled\b"
)
_ELSEWHERE = regex(
    r"\barchivesBaseName\b|\barchivesName\b|\bbuildDir\b|\bbuildDirectory\b|\blibsDir\w*"
    r"|\bbootWar\b|[\"'`]war[\"'`]|^\s*war\s*$|\b(?:sub|all)projects\b",
    re.MULTILINE,
)
_RUN = regex(r"""\b[Bb]ootRun\b["')>(\s]*\{|\b[Bb]ootRun\.\w+""")
_RUN_ONLY = regex(r"\b(applicationDefaultJvmArgs)\b")


def boot_archive(build: str, settings: str, properties: str) -> str:
    """The archive below the project that ``gradle bootJar`` makes; ``""`` where it is not known.

    The texts are those of ``build.gradle``, ``settings.gradle`` (or ``.kts``) and
    ``gradle.properties``, ``""`` where there is none.
    """
    plain = _COMMENT.sub("", build)
    plugin = _PLUGIN.search(plain)
    applied = plugin is not None and "apply false" not in plugin[0]
    if not (applied or _APPLIED.search(plain)) or _ELSEWHERE.search(plain):
        return ""
    outside = _COMMENT.sub("", settings)
    name = _NAME.search(outside)
    if name is None or _INCLUDE.search(outside):
        return ""
    blocks = _BOOT_JAR_BLOCK.findall(plain)
    if len(blocks) != len(_BOOT_JAR.findall(plain)) or len(blocks) > 1:
        return ""
    file = _FILE_NAME.search(blocks[0]) if blocks else None
    if blocks and _NAMING.search(_FILE_NAME.sub("", blocks[0])):
        return ""
    if file is not None:
        return f"build/libs/{file[1]}"
    version = _version(plain, properties)
    if version is None or "$" in version:
        return ""
    return f"build/libs/{name[1]}-{version}.jar" if version else f"build/libs/{name[1]}.jar"


def _version(build: str, properties: str) -> str | None:
    """The project's version, ``""`` for none; ``None`` where it is not plain."""
    found = _VERSION.findall(build)
    if len(found) != len(_ANY_VERSION.findall(build)) or len(found) > 1:
        return None
    if found:
        return str(found[0])
    given = _PROPERTY.search(properties)
    return given[1] if given is not None else ""


def run_setting(build: str) -> str:
    """The first name of what only ``gradle bootRun`` reads in a build file, or ``""``."""
    plain = _COMMENT.sub("", build)
    found = _RUN_ONLY.search(plain)
    if found is not None:
        return found[1]
    return "bootRun" if _RUN.search(plain) else ""


def has_development_only(build: str) -> bool:
    """Whether some packages are only for ``bootRun``."""
    return "evelopmentOnly" in _COMMENT.sub("", build)
