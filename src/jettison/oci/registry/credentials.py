"""Who to be for a registry, as the Docker config says. Starts no process: helpers are called."""

from __future__ import annotations

import base64
import binascii
from dataclasses import field
from typing import TYPE_CHECKING

from jettison.errors import ImageError
from jettison.oci.errors import MalformedImage
from jettison.oci.fields import Fields
from jettison.oci.reference import DEFAULT_REGISTRY
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Helper = Callable[[str, str], bytes | None]

_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_DOCKER_HUB_HOSTS = ("index.docker.io", "registry-1.docker.io")
_TOKEN_USER = "<token>"  # noqa: S105 - what helpers answer in place of a name


class HelperFailed(ImageError):
    """A credential helper that could not be asked; not one that knows nothing."""


@record
class Credentials:
    """A name and a password, or a token; never shown by ``repr``.

    ``identity_token`` is changed into access tokens, ``registry_token`` is one (Docker's
    ``identitytoken`` and ``registrytoken``).
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)


@record
class DockerConfig:
    """The part of ``~/.docker/config.json``, or of Podman's ``auth.json``, about registries.

    ``helper`` is called with a helper's short name and a server and returns the helper's output
    for ``docker-credential-NAME get``, or ``None`` when it knows nothing; it raises
    :class:`HelperFailed`, which :meth:`problem` remembers, because most images need no login.
    """

    auths: Mapping[str, Fields] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    helper: Helper | None = None
    _problems: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def parse(
        cls, raw: bytes, helper: Helper | None = None, where: str = "Docker config"
    ) -> DockerConfig:
        """The config that ``raw`` spells."""
        top = Fields.parse(raw, where)
        auths = top.child("auths")
        found: dict[str, Fields] = {}
        for key in auths.mapping if auths is not None else ():
            item = auths.child(key) if auths is not None else None
            if item is not None:
                found[key] = item
        return cls(found, top.text_map("credHelpers"), top.text("credsStore", ""), helper)

    def credentials(self, registry: str, repository: str = "") -> Credentials | None:
        """Who to be for a registry's host and repository, ``None`` for anonymous.

        The registry's own helper comes first, then the store for all, then the file itself, as
        in Docker's CLI. In the file an entry for the repository or a namespace around it comes
        before the host's (containers-auth.json(5)).
        """
        server = _DOCKER_HUB_KEY if registry == DEFAULT_REGISTRY else registry
        name = self.helpers.get(server) or self.helpers.get(registry) or self.store
        if name:
            found = self._from_helper(registry, name, server)
            if found is not None:
                return found
        others = _DOCKER_HUB_HOSTS if registry == DEFAULT_REGISTRY else ()
        for wanted in (*_namespaces(registry, repository), server, registry, *others):
            for key, item in self.auths.items():
                if wanted in (key, _place(key)):
                    found = _from_file(item)
                    if found is not None:
                        return found
        return None

    def problem(self, registry: str) -> str:
        """What went wrong when a helper was asked for a registry, empty if nothing did."""
        return self._problems.get(registry, "")

    def _from_helper(self, registry: str, name: str, server: str) -> Credentials | None:
        if self.helper is None:
            return None
        try:
            output = self.helper(name, server)
            return None if output is None else _parsed(output, name)
        except HelperFailed as error:
            self._problems[registry] = error.message
            return None


@record
class Logins:
    """Several configs, the first that knows a registry wins."""

    configs: tuple[DockerConfig, ...] = ()

    def credentials(self, registry: str, repository: str = "") -> Credentials | None:
        """Who to be for a registry's host and repository, ``None`` for anonymous."""
        for config in self.configs:
            found = config.credentials(registry, repository)
            if found is not None:
                return found
        return None

    def problem(self, registry: str) -> str:
        """What went wrong when helpers were asked for a registry, empty if nothing did."""
        return "; ".join(filter(None, (config.problem(registry) for config in self.configs)))


def _namespaces(registry: str, repository: str) -> Iterator[str]:
    """The repository and the namespaces around it, innermost first."""
    while repository:
        yield f"{registry}/{repository}"
        repository = repository.rpartition("/")[0]


def _place(key: str) -> str:
    """A host, or a host and a namespace, out of a key of ``auths``; of a URL only the host."""
    bare = key.removeprefix("https://").removeprefix("http://").rstrip("/")
    if bare != key.rstrip("/"):
        return bare.partition("/")[0]
    return bare.removesuffix("/v1").removesuffix("/v2")


def _parsed(output: bytes, name: str) -> Credentials | None:
    """What a helper's output says; its text is never shown, it may be a secret."""
    try:
        fields = Fields.parse(output, "credential helper")
        user, secret = fields.text("Username", ""), fields.text("Secret", "")
    except MalformedImage:
        raise HelperFailed(f"docker-credential-{name} answered something else than JSON") from None
    if user == _TOKEN_USER and secret:
        return Credentials(identity_token=secret)
    return Credentials(user, secret) if user or secret else None


def _from_file(item: Fields) -> Credentials | None:
    if token := item.text("identitytoken", ""):
        return Credentials(identity_token=token)
    if token := item.text("registrytoken", ""):
        return Credentials(registry_token=token)
    packed = item.text("auth", "")
    if packed:
        try:
            text = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise MalformedImage(f"{item.where}.auth: not base64") from None
        name, colon, password = text.partition(":")
        if not colon:
            raise MalformedImage(f"{item.where}.auth: no NAME:PASSWORD in it")
        return Credentials(name, password.rstrip("\0"))
    if item.text("username", ""):
        return Credentials(item.text("username"), item.text("password", ""))
    return None
