"""Ask services over HTTP.

A probe is chosen on the side before the change: the front page, the health URL and an unknown path
of each port that speaks HTTP, the GET routes that an OpenAPI document lists, with a parameter taken
from an earlier answer where it has one, pages that the front page links to, and what the user asks
for. The front page is asked with the scripts and styles that it loads.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from jettison.patterns import regex
from jettison.trial.masking import body_parts, masked, page_of
from jettison.trial.model import OPENED, Answer, Probe
from jettison.trial.openapi import DESCRIBED_AT, HURTS, filled, routes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import httpx

    from jettison.config.settings import Step
    from jettison.trial.masking import Page
    from jettison.trial.reach import Address

__all__ = [
    "SAID_IN_HEADERS",
    "UNKNOWN",
    "Chosen",
    "ask",
    "choose_probes",
    "client",
    "health_paths",
    "request",
    "served",
    "unasked_notes",
]

_TIMEOUT = 15.0
_COMPILING = 120.0
_MAX_BODY = 4 * 1024 * 1024
_MAX_ROUTES = 40
_MAX_ALL = 80
_MAX_NAMED = 12
_MAX_LINKS = 8
_MAX_ASSETS = 16
_MAX_OPENED = 4
UNKNOWN = "/jettison/no-such-page"
_HEADERS = (
    "www-authenticate",
    "allow",
    "access-control-allow-origin",
    "content-disposition",
    "content-language",
)
_ROUTED = frozenset(range(HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)) - {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
}
_SAME_KIND = {
    "image/vnd.microsoft.icon": "image/x-icon",
    "application/font-woff": "font/woff",
    "application/x-font-woff": "font/woff",
    "application/font-woff2": "font/woff2",
    "application/x-font-ttf": "font/ttf",
    "application/x-font-otf": "font/otf",
    "application/xml": "text/xml",
}
"""Older or other names of content types (RFC 8081, RFC 7303; IANA's register for icons)."""
_TIME = regex(r"1[5-9]\d{8}(\.\d+)?")
_PLAIN_PATH = regex(r"/(?!/)[\w./~-]*")
_SENDS = range(HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.BAD_REQUEST)
SAID_IN_HEADERS = (*_HEADERS, "location", "cookies")
_URL = regex(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(/[^\s'\"|;)]*)?")


@dataclass(slots=True)
class Chosen:
    """The requests that were chosen, with their answers, and the routes that were not asked.

    ``scripted`` are the pages that show nothing without JavaScript, to open in a browser.
    """

    answers: dict[Probe, Answer] = field(default_factory=dict)
    unasked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scripted: list[Probe] = field(default_factory=list)


def health_paths(test: Iterable[str]) -> tuple[tuple[int, str], ...]:
    """The ports and paths of the URLs in a health check's command."""
    return tuple(
        (int(found[1] or 80), found[2] or "/") for word in test for found in _URL.finditer(word)
    )


def choose_probes(
    addresses: Mapping[tuple[str, int], Address],
    health: Mapping[str, Iterable[str]],
    requests: Iterable[str] = (),
    named: Callable[[str], Iterable[str]] = lambda _: (),
) -> Chosen:
    """The probes that the running stack answers in HTTP, with its answers.

    ``addresses`` maps a service and its port to where it is reached, ``health`` a service to the
    paths of its health check, ``requests`` are ``/path`` or ``service:/path``. ``named`` gives the
    routes that a service's code names: where it describes none, those that are there are asked.
    """
    chosen = Chosen()
    with client() as session:
        for (service, port), address in addresses.items():
            front = _front(session, address)
            if front[0].status is None:
                continue
            home = _home(front[0])
            if home != "/":
                front = _page(session, address, home, home)
            is_page = front[0].content_type == "text/html"
            described, document = _openapi(session, address)
            routes = routes_of(document)
            paths = ["/", home, *health.get(service, ()), *_asked(requests, service), UNKNOWN]
            paths += [described] if described else []
            paths += routes.plain[:_MAX_ROUTES]
            paths += _linked(front[1], home) if is_page else []
            documents: dict[str, object] = {}
            for path in dict.fromkeys(paths):
                answer, body = _page(session, address, path, home)
                chosen.answers[Probe(service, port, path)] = answer
                documents[path] = _document(answer, body)
            opened = (home, UNKNOWN, *_asked(requests, service))
            chosen.scripted += _to_open(chosen.answers, service, port, opened)
            if not described:
                other = chosen.answers[Probe(service, port, UNKNOWN)]
                own = (Probe(service, port, path) for path in named(service) if path not in paths)
                chosen.answers |= _there(session, address, own, other)
            left = routes.others + [f"GET {path}" for path in routes.plain[_MAX_ROUTES:]]
            for template in routes.templates:
                filling = filled(template, documents) if len(documents) < _MAX_ALL else None
                if filling is None:
                    left.append(f"GET {template}")
                    continue
                answer, body = _page(session, address, filling)
                chosen.answers[Probe(service, port, filling)] = answer
                documents[filling] = _document(answer, body)
            if left:
                chosen.unasked[service] = (*chosen.unasked.get(service, ()), *left)
    return chosen


def _to_open(
    answers: Mapping[Probe, Answer], service: str, port: int, paths: Iterable[str]
) -> list[Probe]:
    """The pages at ``paths`` that a browser must open to see anything."""
    asked = (Probe(service, port, path) for path in dict.fromkeys(paths))
    found = [p for p in asked if answers[p].scripted and answers[p].status == HTTPStatus.OK]
    return [replace(probe, method=OPENED) for probe in found[:_MAX_OPENED]]


def _there(
    session: httpx.Client, address: Address, probes: Iterable[Probe], unknown: Answer
) -> dict[Probe, Answer]:
    """The answers to probes of routes that are there, and say more than to an ``unknown`` path."""
    found: dict[Probe, Answer] = {}
    until = time.monotonic() + _TIMEOUT
    for probe in probes:
        answer, _ = _get(session, address, probe.path)
        if answer.status in _ROUTED and not answer.is_like(unknown):
            found[probe] = answer
        if len(found) >= _MAX_NAMED or time.monotonic() > until:
            break
    return found


def ask(
    addresses: Mapping[tuple[str, int], Address], probes: Iterable[Probe]
) -> dict[Probe, Answer]:
    """The answers of a running stack to given probes; a port that is gone answers with an error."""
    answers: dict[Probe, Answer] = {}
    homes: dict[tuple[str, int], str] = {}
    with client() as session:
        for probe in probes:
            place = (probe.service, probe.port)
            address = addresses.get(place)
            if address is None:
                gone = f"nothing answers at port {probe.port}"
                answers[probe] = Answer(None, "", "", 0.0, gone)
            elif probe.path == "/":
                answers[probe] = _front(session, address)[0]
                homes[place] = _home(answers[probe])
            else:
                answers[probe] = _page(session, address, probe.path, homes.get(place, "/"))[0]
    return answers


def served(address: Address) -> Iterator[bytes]:
    """The front page at an address, and the scripts and styles that it loads."""
    with client() as session:
        _, body = _get(session, address, "/")
        yield body
        for path in _assets(body, "/"):
            yield _get(session, address, path)[1]


def client(seconds: float | None = None) -> httpx.Client:
    """A client that follows no redirect and takes nothing from this process's environment."""
    import httpx  # noqa: PLC0415  (slow import, rarely wanted)

    return httpx.Client(timeout=seconds or _TIMEOUT, trust_env=False)


def _asked(requests: Iterable[str], service: str) -> Iterator[str]:
    for text in requests:
        name, colon, path = text.partition(":")
        if text.startswith("/"):
            yield text
        elif colon and name == service and path.startswith("/"):
            yield path


def _home(front: Answer) -> str:
    """Where the front page is: where ``/`` sends to on the same site, or ``/`` itself."""
    place = front.parts.get("location", "")
    plain = _PLAIN_PATH.fullmatch(place) is not None and not HURTS.search(place)
    return place if plain and front.status in _SENDS else "/"


def _linked(body: bytes, home: str) -> list[str]:
    """Paths of the same site that a page links to, without those that may change something."""
    found: dict[str, None] = {}
    for link in page_of(body).links:
        parts = urlsplit(urljoin(home, link))
        if parts.scheme or parts.netloc or not parts.path or HURTS.search(link):
            continue
        found[parts.path + (f"?{parts.query}" if parts.query else "")] = None
    return list(found)[:_MAX_LINKS]


def _front(session: httpx.Client, address: Address) -> tuple[Answer, bytes]:
    """The page at ``/``; a server that holds the request while it compiles the site gets time."""
    found = _page(session, address, "/")
    if found[0].status is not None or not found[0].error.startswith("ReadTimeout"):
        return found
    with client(_COMPILING) as patient:
        return _page(patient, address, "/")


def _page(
    session: httpx.Client, address: Address, path: str, home: str = "/"
) -> tuple[Answer, bytes]:
    """An answer with its assets where it is the front page; and the body."""
    answer, body = _get(session, address, path)
    if answer.content_type != "text/html" or path != home:
        return answer, body
    parts = dict(answer.parts)
    for wanted in _assets(body, home):
        got, data = _get(session, address, wanted)
        digest = hashlib.sha256(data).hexdigest()[:16]
        # Servers write into addresses when a file was made: Dash does, of the installed ones too.
        parts[f"asset {_TIME.sub('#', wanted)}"] = (
            f"{got.status} {_named(got.content_type)} {digest}"
        )
    return replace(answer, parts=parts), body


def _assets(body: bytes, home: str) -> Iterator[str]:
    """Paths of what a page loads from its own site."""
    for asset in list(dict.fromkeys(page_of(body).assets))[:_MAX_ASSETS]:
        place = urlsplit(urljoin(home, asset))
        if not place.scheme and not place.netloc:
            yield place.path + (f"?{place.query}" if place.query else "")


def _named(kind: str) -> str:
    """A content type by one of its names: servers differ in those of scripts, icons and fonts."""
    return "text/javascript" if kind.endswith("javascript") else _SAME_KIND.get(kind, kind)


def _get(session: httpx.Client, address: Address, path: str) -> tuple[Answer, bytes]:
    return request(session, address, path)


def request(
    session: httpx.Client,
    address: Address,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> tuple[Answer, bytes]:
    """An answer, and its body as far as it is compared."""
    import httpx  # noqa: PLC0415  (slow import, rarely wanted)

    host, port = address
    started = time.monotonic()
    try:
        with session.stream(
            method, f"http://{host}:{port}{path}", headers=dict(headers or {}), content=content
        ) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_BODY or time.monotonic() - started > _TIMEOUT:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"{type(error).__name__}: {error}"
        return Answer(None, "", "", time.monotonic() - started, said), b""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    parts = {} if response.has_redirect_location else {"content type": _named(kind)}
    if "location" in response.headers:
        parts["location"] = _location(response.headers["location"])
    cookies = sorted({name.partition("=")[0] for name in response.headers.get_list("set-cookie")})
    if cookies:
        parts["cookies"] = ", ".join(cookies)
    for name in _HEADERS:
        value = response.headers.get(name, "")
        # What a browser does without being told (RFC 6266, section 4.2).
        if value and not (name == "content-disposition" and value.startswith("inline")):
            parts[name] = masked(value)
    if not response.has_redirect_location:  # what a browser does not show
        parts.update(body_parts(kind, path, body))
    seconds = time.monotonic() - started
    page = page_of(body) if kind == "text/html" else None
    answer = Answer(
        response.status_code,
        kind,
        _shape(kind, parts),
        seconds,
        parts=parts,
        bare=_is_bare(response.status_code, kind, page),
        scripted=page is not None and page.needs_script,
    )
    return answer, body


def _is_bare(status: int, kind: str, page: Page | None) -> bool:
    if status < HTTPStatus.BAD_REQUEST or kind not in ("", "text/plain", "text/html"):
        return False
    return page is None or not page.assets


def _location(text: str) -> str:
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1") or (parts.hostname or "").startswith(
        "172."
    )
    if local or not parts.netloc:
        text = parts.path + (f"?{parts.query}" if parts.query else "")
    return masked(text)


def _shape(kind: str, parts: Mapping[str, str]) -> str:
    """The body in short: a page's title, the top keys of a document, else its first line."""
    if kind == "text/html":
        return parts.get("title", "")
    if kind.endswith("json"):
        keys = (name[2:] for name in parts if name.startswith("$."))
        top = dict.fromkeys(re.split(r"[.\[]", key, maxsplit=1)[0] for key in keys)
        return "{" + ", ".join(top) + "}" if top else parts.get("$", "")
    return parts.get("line 1", "")


def _openapi(session: httpx.Client, address: Address) -> tuple[str, object]:
    """Where the service describes its routes, with what it says; ``""`` where it does not."""
    for path in DESCRIBED_AT:
        document = _document(*_get(session, address, path))
        if isinstance(document, dict) and "paths" in document:
            return path, document
    return "", None


def _document(answer: Answer, body: bytes) -> object:
    if answer.status != HTTPStatus.OK or not answer.content_type.endswith("json"):
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def unasked_notes(
    unasked: Mapping[str, Iterable[str]], steps: Iterable[Step]
) -> Iterator[tuple[str, str]]:
    """The routes that nothing asked for, as (service, sentence)."""
    asked = {(step.service, f"{step.method} {step.path}") for step in steps}
    for service, routes in unasked.items():
        left = [route for route in routes if (service, route) not in asked]
        if left:
            more = len(left) - _MAX_NAMED
            shown = ", ".join(left[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield service, f"routes that were not asked: {shown}"
