"""Who to be for a registry, as the Docker config says. Starts no process: helpers are called."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.oci.errors import MalformedImage
from jettison.oci.fields import Fields
from jettison.oci.reference import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Helper = Callable[[str, str], bytes | None]

_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105 - what helpers answer in place of a name


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password, or an identity token; never shown by ``repr``."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """The part of ``~/.docker/config.json`` that is about registries.

    ``helper`` is called with a helper's short name and a server and returns the helper's output
    for ``docker-credential-NAME get``, or ``None`` when it knows nothing.
    """

    auths: Mapping[str, Fields] = field(default_factory=dict)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    helper: Helper | None = None

    @classmethod
    def parse(cls, raw: bytes, helper: Helper | None = None) -> DockerConfig:
        """The config that ``raw`` spells."""
        top = Fields.parse(raw, "Docker config")
        auths = top.child("auths")
        found: dict[str, Fields] = {}
        for key in auths.mapping if auths is not None else ():
            item = auths.child(key) if auths is not None else None
            if item is not None:
                found[key] = item
        return cls(found, top.text_map("credHelpers"), top.text("credsStore", ""), helper)

    def credentials(self, registry: str) -> Credentials | None:
        """Who to be for a registry's host, ``None`` for anonymous.

        The registry's own helper comes first, then the store for all, then the file itself, as
        in Docker's CLI.
        """
        server = _DOCKER_HUB_KEY if registry == DEFAULT_REGISTRY else registry
        name = self.helpers.get(server) or self.helpers.get(registry) or self.store
        if name and self.helper is not None:
            output = self.helper(name, server)
            if output is not None:
                return _from_helper(output)
        for key, item in self.auths.items():
            if key == server or _host(key) == registry:
                found = _from_file(item)
                if found is not None:
                    return found
        return None


def _host(key: str) -> str:
    """A registry's host out of a key of ``auths``, which may be a URL."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _from_helper(output: bytes) -> Credentials:
    fields = Fields.parse(output, "credential helper")
    name, secret = fields.text("Username", ""), fields.text("Secret", "")
    if name == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(name, secret)


def _from_file(item: Fields) -> Credentials | None:
    token = item.text("identitytoken", "")
    if token:
        return Credentials(identity_token=token)
    packed = item.text("auth", "")
    if packed:
        try:
            text = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise MalformedImage(f"{item.where}.auth: not base64") from None
        name, _, password = text.partition(":")
        return Credentials(name, password.rstrip("\0"))
    if item.has("username"):
        return Credentials(item.text("username"), item.text("password", ""))
    return None
