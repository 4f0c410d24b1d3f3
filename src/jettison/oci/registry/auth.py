"""Tokens for registries: the challenge that a registry answers with, and how it is met.

Sources: distribution's docs/spec/auth/token.md and oauth.md; RFC 7235; RFC 9110, section 15.4.
"""

from __future__ import annotations

import base64
import re
import time
from dataclasses import field
from typing import TYPE_CHECKING

import httpx

from jettison.oci.errors import MalformedImage, RegistryDenied, RegistryError
from jettison.oci.fields import Fields
from jettison.oci.registry.answer import RETRIED, limited, settle
from jettison.oci.registry.hosts import bare, parsed_url
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jettison.oci.registry.credentials import Credentials

    Who = Callable[[str, str], Credentials | None]

_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_CLIENT = "jettison"
_COMMIT_SECONDS = 600  # a registry answers an upload when it has hashed and stored it
_TOKEN_SECONDS = 60  # of a token that does not say how long it is good
_MAX_REDIRECTS = 10


@record
class Asked:
    """A request before it is authorized; ``content`` gives its body anew for every try."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[], bytes | Iterator[bytes]] | None = None


@record
class Scope:
    """What a request does: to which repository, of the registry whose credentials are used.

    ``source`` is another repository that is read as well.
    """

    registry: str
    repository: str
    actions: str = "pull"
    source: str = ""

    def covers(self, said: str) -> bool:
        """Whether a challenge's scopes are within this one; a challenge may be of one request."""
        known = {self.repository: {*self.actions.split(",")}, self.source: {"pull"}}
        for one in said.split():
            kind, _, rest = one.partition(":")
            name, _, actions = rest.rpartition(":")
            if kind != "repository" or not {*actions.split(",")} <= known.get(name, set()):
                return False
        return True

    def __str__(self) -> str:
        own = f"repository:{self.repository}:{self.actions}"
        return f"{own} repository:{self.source}:pull" if self.source else own


@record
class _Known:
    """An authorization and the time, by the monotonic clock, until which it is sent."""

    authorization: str = field(repr=False)
    until: float = float("inf")


class Authenticator:
    """Sends requests with the authorization that their registry wants; remembers tokens.

    Credentials go to a token service over TLS only, or to one on the host of a registry that has
    no TLS itself. Where a registry redirects to another host, nothing goes along.
    """

    def __init__(self, http: httpx.Client, credentials: Who | None) -> None:
        self._http = http
        self._credentials = credentials
        self._known: dict[tuple[str, str], _Known] = {}
        self._people: dict[tuple[str, str], Credentials | None] = {}

    def send(self, asked: Asked, scope: Scope) -> httpx.Response:
        """The answer, its body not read; 401 when the challenge cannot be met."""
        origin = _origin(parsed_url(asked.url, "registry"))
        keys = ((origin, str(scope)), (origin, scope.repository))
        known = next((self._known[key] for key in keys if key in self._known), None)
        fresh = known is not None and time.monotonic() < known.until
        response = self._send(asked, known.authorization if known and fresh else None)
        if response.status_code != 401 or _origin(response.url) != origin:
            return response
        found = self._authorization(response, scope)
        if found is None:
            return response
        settle(response)
        self._known[keys[1] if found.authorization.startswith("Basic") else keys[0]] = found
        return self._send(asked, found.authorization)

    def _send(self, asked: Asked, authorization: str | None) -> httpx.Response:
        sent = dict(asked.headers)
        if authorization is not None:
            sent["Authorization"] = authorization
        if asked.content is not None:
            usual = self._http.timeout
            timeout = httpx.Timeout(usual.write, connect=usual.connect, read=_COMMIT_SECONDS)
            request = self._http.build_request(
                asked.method, asked.url, headers=sent, content=asked.content(), timeout=timeout
            )
            return self._http.send(request, stream=True, follow_redirects=False)
        request = self._http.build_request(asked.method, asked.url, headers=sent)
        response = self._http.send(request, stream=True, follow_redirects=False)
        if asked.method not in ("GET", "HEAD"):
            return response
        return self._followed(response, has_digest="/blobs/" in asked.url)

    def _followed(self, response: httpx.Response, *, has_digest: bool = False) -> httpx.Response:
        """The answer at the end of all redirects; the client drops authorization on the way.

        They lead out of TLS only where the content ``has_digest``: storage may be without it.
        """
        first = response.url
        for _ in range(_MAX_REDIRECTS):
            following = response.next_request
            if following is None:
                return response
            settle(response)
            leaves_tls = response.url.scheme == "https" and following.url.scheme != "https"
            if leaves_tls and not has_digest:
                raise RegistryError(f"{bare(first)}: redirected to {bare(following.url)}, no TLS")
            response = self._http.send(following, stream=True, follow_redirects=False)
        settle(response)
        raise RegistryError(f"{bare(first)}: more than {_MAX_REDIRECTS} redirects")

    def _authorization(self, response: httpx.Response, scope: Scope) -> _Known | None:
        for challenge in response.headers.get_list("WWW-Authenticate"):
            scheme, _, rest = challenge.strip().partition(" ")
            if scheme.lower() == "basic":
                who = self._who(scope)
                if who is not None and who.username:
                    return _Known(_basic(who))
            if scheme.lower() == "bearer":
                asked: dict[str, str] = {}
                for name, quoted, plain in _PARAMETER.findall(rest):
                    asked.setdefault(name.lower(), quoted or plain)
                return self._token(asked, scope, response.url)
        return None

    def _who(self, scope: Scope) -> Credentials | None:
        """Who to be; a helper is asked once."""
        key = (scope.registry, scope.repository)
        if key not in self._people:
            ask = self._credentials
            self._people[key] = None if ask is None else ask(*key)
        return self._people[key]

    def _token(self, asked: Mapping[str, str], scope: Scope, origin: httpx.URL) -> _Known:
        realm = parsed_url(asked.get("realm", ""), f"token service of {origin.host}")
        secure = realm.scheme == "https" or (origin.scheme == "http" and realm.host == origin.host)
        if not secure:
            problem = f"its token service {bare(realm)!r} is not secure"
            raise RegistryError(f"{origin.host}: {problem}")
        who = self._who(scope)
        if who is not None and who.registry_token:
            return _Known(f"Bearer {who.registry_token}")
        said = asked.get("scope", "")
        wanted = str(scope) if scope.covers(said) else said
        if who is not None and who.identity_token:
            answer = self._exchanged(realm, asked.get("service", ""), wanted, who)
        else:
            answer = self._given(realm, asked.get("service", ""), wanted, who)
        raw = limited(answer)
        if not answer.is_success:
            raise _refused(realm, wanted, answer.status_code, scope.registry)
        try:
            fields = Fields.parse(raw, "token")
            token = fields.text("token", "") or fields.text("access_token")
            seconds = fields.number("expires_in", 0) or _TOKEN_SECONDS
        except MalformedImage as error:
            raise RegistryError(f"{bare(realm)}: no token in its answer: {error}") from None
        return _Known(f"Bearer {token}", time.monotonic() + 0.9 * seconds)

    def _exchanged(
        self, realm: httpx.URL, service: str, wanted: str, who: Credentials
    ) -> httpx.Response:
        """The answer to an identity token, which is never sent on by a redirect."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": who.identity_token,
            "service": service,
            "scope": wanted,
            "client_id": _CLIENT,
        }
        request = self._http.build_request("POST", realm, data=form)
        return self._http.send(request, stream=True, follow_redirects=False)

    def _given(
        self, realm: httpx.URL, service: str, wanted: str, who: Credentials | None
    ) -> httpx.Response:
        """The answer to a name and a password, or to nobody; every scope is a parameter."""
        query = realm.params.set("service", service) if service else realm.params
        for one in wanted.split():
            query = query.add("scope", one)
        headers = {"Authorization": _basic(who)} if who is not None else {}
        request = self._http.build_request("GET", realm, params=query, headers=headers)
        return self._followed(self._http.send(request, stream=True, follow_redirects=False))


def _origin(url: httpx.URL) -> str:
    """Whom authorization is for (RFC 6454): with TLS and without are not the same."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _refused(realm: httpx.URL, wanted: str, status: int, registry: str) -> RegistryError:
    problem = f"{realm.host}: no token for {wanted}: HTTP {status}"
    if status in RETRIED:
        return RegistryError(problem, status=status)
    return RegistryDenied(problem, status=status, remedy=f"log in with: docker login {registry}")


def _basic(who: Credentials) -> str:
    pair = f"{who.username}:{who.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
