"""The ordinary user of an image's base, or how one is made there.

Sources: Docker Hub, "python", "node", "ruby", "golang", "eclipse-temurin", "openjdk",
"amazoncorretto", "azul/zulu-openjdk", "bellsoft/liberica-openjdk-debian", "oven/bun",
"denoland/deno"; Microsoft
Learn, "New non-root 'app' user in Linux images" (.NET 8).
"""

from __future__ import annotations

from enum import Enum

from jettison.patterns import regex
from jettison.record import record

__all__ = ["BaseUser", "base_user", "is_root_base", "own_user", "repository_of"]


class _Family(Enum):
    DEBIAN = "debian"
    UBUNTU = "ubuntu"
    ALPINE = "alpine"


@record
class BaseUser:
    """A user by name; ``owner`` is the number by which it is known where a file is copied.

    ``command`` makes it, ``""`` where it is there.
    """

    name: str
    owner: str
    command: str = ""


_HUB = regex(
    r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/(?:docker|amazonlinux)|mirror\.gcr\.io)/)?"
    r"(?:library/)?"
)
_PLAIN = frozenset("python node debian ubuntu alpine ruby golang".split())
_WITH_USER = {"node": "node", "oven/bun": "bun"}
_JAVA_OF_UBUNTU = frozenset({"eclipse-temurin", "azul/zulu-openjdk"})
_NAMED = regex(r"(?:azul/zulu-openjdk|bellsoft/liberica-open(?:jdk|jre))-(?P<family>alpine|debian)")
_ADOPT = regex(r"adoptopenjdk/openjdk\d+|adoptopenjdk")
_OTHER_SYSTEMS = regex(r"ubi|centos|windows|nanoserver|oracle|distroless")
_DOTNET = regex(r"mcr\.microsoft\.com/dotnet/(?:nightly/)?(?:aspnet|runtime|runtime-deps)")
_DOTNET_RELEASE = regex(r"(?P<major>\d+)\.\d+")
_WITHOUT_ROOT = regex(r"chiseled|distroless")
_FIRST_WITH_USER = 8
_DEBIAN_RELEASES = regex(r"slim|jessie|stretch|buster|bullseye|bookworm|trixie")
_OLD_OPENJDK = regex(r"(?:[67]|8|9|10|11)(?:[^\d]|$)")
_ROOT = frozenset(
    "php nginx httpd openjdk eclipse-temurin amazoncorretto maven gradle rust perl fedora "
    "amazonlinux centos buildpack-deps azul/zulu-openjdk oven/bun denoland/deno elixir erlang "
    "hexpm/elixir tomcat haskell clojure julia swift r-base pypy gcc continuumio/miniconda3 "
    "continuumio/anaconda3 condaforge/miniforge3".split()
)


def base_user(base: str) -> BaseUser | None:
    """The user of a base image that runs as root; ``None`` where its system is not known."""
    path, _, tag = base.partition("@")[0].partition(":")
    name = _named(path)
    if name in _WITH_USER and not _OTHER_SYSTEMS.search(tag):
        return BaseUser(_WITH_USER[name], _WITH_USER[name])
    release = _DOTNET_RELEASE.match(tag) if _DOTNET.fullmatch(path) else None
    if release is not None and int(release["major"]) >= _FIRST_WITH_USER:
        return None if _WITHOUT_ROOT.search(tag) else BaseUser("app", "app")
    match _family(name, tag):
        case _Family.ALPINE:
            return BaseUser("app", "1000", "adduser -D -u 1000 app")
        case _Family.UBUNTU:  # whose user `ubuntu` has the number 1000
            return BaseUser("app", "10001", "useradd --create-home --uid 10001 app")
        case _Family.DEBIAN:
            return BaseUser("app", "1000", "useradd --create-home --uid 1000 app")
        case _:
            return None


def own_user(base: str) -> str:
    """The user that a base image has for what is built from it, and is not; ``""`` for none."""
    return "deno" if _named(repository_of(base)) == "denoland/deno" else ""


def is_root_base(base: str) -> bool:
    """Whether the user of a base image is known to be root."""
    path = repository_of(base)
    if _DOTNET.fullmatch(path):
        return _WITHOUT_ROOT.search(base) is None
    name = _named(path)
    return name in _PLAIN | _ROOT or _family(name, "") is not None


def repository_of(base: str) -> str:
    """The name of a base image without tag and digest."""
    return base.partition("@")[0].rpartition(":")[0] or base.partition("@")[0]


def _named(path: str) -> str:
    prefix = _HUB.match(path)
    return path[prefix.end() :] if prefix else path


def _family(name: str, tag: str) -> _Family | None:
    named = _NAMED.fullmatch(name)
    if named is not None:
        return _Family(named["family"])
    known = name in _PLAIN | _JAVA_OF_UBUNTU | {"openjdk", "amazoncorretto"} or _ADOPT.fullmatch(
        name
    )
    if not known or _OTHER_SYSTEMS.search(tag):
        return None
    if "alpine" in tag or name == "alpine":
        return _Family.ALPINE
    if name == "ubuntu" or name in _JAVA_OF_UBUNTU:
        return _Family.UBUNTU
    if name in _PLAIN or _DEBIAN_RELEASES.search(tag) or "debian" in tag:
        return _Family.DEBIAN
    if name == "openjdk":  # whose later images are Oracle Linux
        return _Family.DEBIAN if _OLD_OPENJDK.match(tag) else None
    return _Family.UBUNTU if _ADOPT.fullmatch(name) else None
