"""Tokens for registries: the challenge that a registry answers with, and how it is met.

Sources: distribution's docs/spec/auth/token.md and oauth.md; RFC 7235.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from jettison.oci.errors import RegistryDenied, RegistryError
from jettison.oci.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jettison.oci.credentials import Credentials

_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_CLIENT = "jettison"
_COMMIT_SECONDS = 600  # a registry answers an upload when it has hashed and stored it


@dataclass(frozen=True, slots=True)
class Asked:
    """A request before it is authorized; ``content`` gives its body anew for every try."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[], bytes | Iterator[bytes]] | None = None


class Authenticator:
    """Sends requests with the authorization that their registry wants; remembers tokens.

    Credentials go to a token service over TLS only, or to one on the registry's own host.
    """

    def __init__(
        self, http: httpx.Client, credentials: Callable[[str], Credentials | None] | None
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._known: dict[tuple[str, str], str] = {}

    def send(self, asked: Asked, scope: str, registry: str) -> httpx.Response:
        """The answer, its body not read; 401 when the challenge cannot be met."""
        key = (httpx.URL(asked.url).netloc.decode(), scope)
        response = self._send(asked, self._known.get(key))
        if response.status_code != 401:
            return response
        authorization = self._authorization(response, scope, registry)
        if authorization is None:
            return response
        response.close()
        self._known[key] = authorization
        return self._send(asked, authorization)

    def _send(self, asked: Asked, authorization: str | None) -> httpx.Response:
        sent = dict(asked.headers)
        if authorization is not None:
            sent["Authorization"] = authorization
        if asked.content is None:
            request = self._http.build_request(asked.method, asked.url, headers=sent)
        else:
            timeout = httpx.Timeout(60, connect=15, read=_COMMIT_SECONDS)
            request = self._http.build_request(
                asked.method, asked.url, headers=sent, content=asked.content(), timeout=timeout
            )
        reads = asked.method in ("GET", "HEAD")
        return self._http.send(request, stream=True, follow_redirects=reads)

    def _authorization(self, response: httpx.Response, scope: str, registry: str) -> str | None:
        challenge = response.headers.get("WWW-Authenticate", "")
        scheme, _, rest = challenge.partition(" ")
        who = self._credentials(registry) if self._credentials is not None else None
        if scheme.lower() == "basic":
            return None if who is None else _basic(who)
        if scheme.lower() != "bearer":
            return None
        asked = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
        return f"Bearer {self._token(asked, scope, who, response.url)}"

    def _token(
        self, asked: Mapping[str, str], scope: str, who: Credentials | None, origin: httpx.URL
    ) -> str:
        realm = httpx.URL(asked.get("realm", ""))
        if realm.scheme != "https" and realm.host != origin.host:
            raise RegistryError(f"{origin.host}: its token service {str(realm)!r} is not secure")
        service, scope = asked.get("service", ""), asked.get("scope", scope)
        try:
            if who is not None and who.identity_token:
                form = {
                    "grant_type": "refresh_token",
                    "refresh_token": who.identity_token,
                    "service": service,
                    "scope": scope,
                    "client_id": _CLIENT,
                }
                answer = self._http.post(realm, data=form)
            else:
                query = {"service": service, "scope": scope}
                headers = {"Authorization": _basic(who)} if who is not None else {}
                answer = self._http.get(realm, params=query, headers=headers)
        except httpx.TransportError as error:
            raise RegistryError(f"{realm}: {error}") from error
        if not answer.is_success:
            raise RegistryDenied(
                f"{realm.host}: no token for {scope}: HTTP {answer.status_code}",
                status=answer.status_code,
                remedy="log in with: docker login",
            )
        fields = Fields.parse(answer.content, "token")
        return fields.text("token", "") or fields.text("access_token")


def _basic(who: Credentials) -> str:
    pair = f"{who.username}:{who.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
