"""Image references such as ``ghcr.io/org/app:1.2@sha256:…``."""

from __future__ import annotations

import re
from dataclasses import replace

from jettison.oci.digest import Digest
from jettison.oci.errors import InvalidReference, MalformedImage
from jettison.record import record

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]+))?"
)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"


@record(order=True)
class Reference:
    """A registry, a repository, and a tag or a digest or both.

    ``str`` of it is complete (``docker.io/library/debian:12``); :attr:`familiar` is what people
    write (``debian:12``).
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference that ``text`` spells; without tag and digest the tag is ``latest``.

        Grammar (github.com/distribution/reference)::

            reference := name [":" tag] ["@" digest]
            name      := [host "/"] component {"/" component}
            host      := domain or IPv4 or "[" IPv6 "]", with [":" port]

        The first component is a host when it has a dot, a colon or an upper-case letter, or is
        ``localhost``.
        """
        rest, at, digest_text = text.partition("@")
        digest = _digest(digest_text, text) if at else None
        head, slash, last = rest.rpartition("/")
        last, colon, tag_text = last.partition(":")
        tag = _tag(tag_text, text) if colon else None
        registry, repository = _split(head + slash + last)
        host = _HOST.fullmatch(registry)
        if host is None or not 0 < int(host["port"] or 443) < 65536:
            hint = "leave the scheme out" if "://" in text else None
            raise InvalidReference(f"{text!r}: {registry!r} is not a registry's host", remedy=hint)
        _check_repository(repository, text)
        if tag is None and digest is None:
            tag = DEFAULT_TAG
        return cls(registry, repository, tag, digest)

    @property
    def name(self) -> str:
        """The complete name without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def identifier(self) -> str:
        """What a registry is asked for: the digest where there is one, else the tag."""
        return str(self.digest) if self.digest is not None else self.tag or DEFAULT_TAG

    @property
    def familiar(self) -> str:
        """The short form, as engines print it."""
        name = self.name
        if self.registry == DEFAULT_REGISTRY:
            short = self.repository.removeprefix("library/")
            name = self.repository if "/" in short else short
        return name + self._suffix()

    def __str__(self) -> str:
        return self.name + self._suffix()

    def at(self, digest: Digest) -> Reference:
        """The same image pinned to ``digest``, keeping the tag."""
        return replace(self, digest=digest)

    def tagged(self, tag: str) -> Reference:
        """The same repository under another tag, without digest."""
        return replace(self, tag=_tag(tag, tag), digest=None)

    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        return tag + (f"@{self.digest}" if self.digest is not None else "")


def _split(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_host = slash and (
        "." in first or ":" in first or first == "localhost" or first.lower() != first
    )
    if not is_host:
        return DEFAULT_REGISTRY, name if slash else f"library/{name}"
    if first in ("index.docker.io", "registry-1.docker.io", DEFAULT_REGISTRY):
        return DEFAULT_REGISTRY, rest if "/" in rest else f"library/{rest}"
    return first, rest


def _check_repository(repository: str, text: str) -> None:
    if len(repository) > 255:
        raise InvalidReference(f"{text[:80]!r}…: the repository's name is over 255 characters")
    for component in repository.split("/"):
        if not _COMPONENT.fullmatch(component):
            hint = "names are lower case" if component != component.lower() else None
            raise InvalidReference(
                f"{text!r}: {component!r} cannot be part of a repository's name", remedy=hint
            )
    if _HEX64.fullmatch(repository.removeprefix("library/")):
        raise InvalidReference(f"{text!r} is an image ID, not a reference")


def _tag(tag: str, text: str) -> str:
    if not _TAG.fullmatch(tag):
        raise InvalidReference(f"{text!r}: {tag!r} is not a tag")
    return tag


def _digest(digest: str, text: str) -> Digest:
    try:
        return Digest.parse(digest)
    except MalformedImage as error:
        raise InvalidReference(f"{text!r}: {error.message}") from None
