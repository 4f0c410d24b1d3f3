"""The images with a Java compiler, and the image that runs what it has compiled.

Sources: Docker Hub, "eclipse-temurin", "maven", "gradle", "openjdk", "ibm-semeru-runtimes",
"azul/zulu-openjdk", "bellsoft/liberica-openjdk-debian": "Supported tags".
"""

from __future__ import annotations

import re

from jettison.patterns import regex
from jettison.record import record

__all__ = ["JavaImage", "java_image", "runtime_of"]

_HUB = regex(r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?")
_VERSION = r"(?P<version>\d+(?:[._]\d+)*(?:[._+-]b?\d+)*)"
_TEMURIN = regex(
    rf"{_VERSION}(?:-jdk)?(?P<suffix>(?:-(?:alpine[\d.-]*|jammy|focal|noble|ubi\d+(?:-minimal)?|centos7))?)"
)
_OPENJDK = regex(
    r"(?P<version>\d+)[\w.+]*(?:-jdk)?(?P<slim>-slim)?-?(?P<system>alpine|bullseye|buster|bookworm|oracle|oraclelinux\d)?[\d.]*"
)
_MAVEN = regex(
    r"(?:[\d.]+|latest)-(?P<vendor>eclipse-temurin|openjdk|adoptopenjdk|jdk|ibmjava|amazoncorretto)-?(?P<rest>.*)"
)
_GRADLE = regex(
    r"(?:[\d.]+-)?jdk-?(?P<version>\d+)(?:-(?P<system>alpine|jammy|noble|focal|lts-and-current))?"
)
_OLDEST_TEMURIN = 8
_VENDORS = regex(r"corretto|graal|semeru|sapmachine|liberica|zulu|openjdk|ibm|oracle|azure|ubi")


@record
class JavaImage:
    """An image with a compiler: ``runtime`` runs what it compiled, ``""`` where none is known.

    ``version`` is Java's, 0 where it is not known. ``other``
    tells that the image to run in is another vendor's.
    """

    version: int
    runtime: str
    other: bool = False
    alpine: bool = False


_UNKNOWN = JavaImage(0, "")


def java_image(reference: str) -> JavaImage | None:
    """What a reference says; ``None`` for an image without a compiler, or of another kind."""
    path, _, tag = reference.partition("@")[0].partition(":")
    prefix = _HUB.match(path)
    name = path[prefix.end() :] if prefix else path
    head = path[: len(path) - len(name)]
    match name:
        case "eclipse-temurin":
            return None if "jre" in tag else _temurin(tag, head) or _UNKNOWN
        case "openjdk":
            return None if "jre" in tag else _openjdk(tag) or _UNKNOWN
        case "maven":
            return _maven(tag) or _UNKNOWN
        case "gradle":
            found = _GRADLE.fullmatch(tag)
            return _plain(found["version"], found["system"] or "") if found else _UNKNOWN
        case "amazoncorretto":
            version = re.match(r"\d+", tag)
            return JavaImage(int(version[0]), "") if version and "headless" not in tag else None
        case _:
            return None


def runtime_of(reference: str, version: int) -> str:
    """The image that runs what Maven's or Gradle's has compiled with this Java; ``""`` for others.

    Those of their tags that do not say a vendor have Eclipse Temurin's.
    """
    path, _, tag = reference.partition("@")[0].partition(":")
    prefix = _HUB.match(path)
    name = path[prefix.end() :] if prefix else path
    if name not in ("maven", "gradle") or version < _OLDEST_TEMURIN:
        return ""
    if _VENDORS.search(tag):
        return ""
    return f"eclipse-temurin:{version}-jre{'-alpine' if 'alpine' in tag else ''}"


def _temurin(tag: str, head: str = "") -> JavaImage | None:
    found = _TEMURIN.fullmatch(tag)
    if found is None:
        return None
    number = int(re.split(r"[._+u-]", found["version"])[0])
    suffix = found["suffix"]
    runtime = f"{head}eclipse-temurin:{found['version']}-jre{suffix}"
    return JavaImage(number, runtime, alpine="alpine" in suffix)


def _openjdk(tag: str) -> JavaImage | None:
    """OpenJDK's own images have a runtime up to Java 11 only; Temurin is the one after it."""
    found = _OPENJDK.fullmatch(tag)
    if found is None:
        return None
    number = int(found["version"])
    system = found["system"] or ""
    if number in (8, 11) and system in ("", "bullseye", "buster"):
        slim = found["slim"] or "-slim"
        where = f"-{system}" if system else ""
        return JavaImage(number, f"openjdk:{number}-jre{slim}{where}")
    return _plain(found["version"], "alpine" if system == "alpine" else "", other=True)


def _plain(version: str, system: str, *, other: bool = False) -> JavaImage:
    number = int(version)
    if number < _OLDEST_TEMURIN:
        return JavaImage(number, "")
    kept = f"-{system}" if system in ("alpine", "jammy", "noble", "focal") else ""
    alpine = system == "alpine"
    return JavaImage(number, f"eclipse-temurin:{number}-jre{kept}", other, alpine)


def _maven(tag: str) -> JavaImage | None:
    found = _MAVEN.fullmatch(tag)
    if found is None:
        return None
    rest = found["rest"]
    match found["vendor"]:
        case "eclipse-temurin":
            return _temurin(rest)
        case "openjdk" | "jdk" | "adoptopenjdk":
            return _openjdk(rest)
        case _:
            version = re.match(r"\d+", rest)
            return JavaImage(int(version[0]), "") if version else None
