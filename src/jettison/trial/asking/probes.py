"""Ask services over HTTP.

A probe is chosen on the side before the change: the front page, the health URL and an unknown path
of each port that speaks HTTP, the GET routes that an OpenAPI document lists, with a parameter taken
from an earlier answer where it has one, pages that the front page links to, what the user asks for,
and a request that a port passes on to another service. The front page is asked with the scripts,
styles and pictures that it loads.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from jettison.patterns import regex
from jettison.trial.asking.masking import masked, page_of
from jettison.trial.asking.openapi import DESCRIBED_AT, HURTS, filled, routes_of
from jettison.trial.asking.passed_on import passed_on
from jettison.trial.asking.requests import client, named_type, request
from jettison.trial.model import OPENED, UNKNOWN, Answer, Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import httpx

    from jettison.config.settings import Step
    from jettison.trial.launching.reach import Address

__all__ = [
    "Chosen",
    "ask",
    "choose_probes",
    "health_paths",
    "linked_pages",
    "served",
    "unasked_notes",
]

_NAMED_SECONDS = 15.0
_COMPILING = 120.0
_MAX_ROUTES = 40
_MAX_ALL = 80
_MAX_NAMED = 12
_MAX_LINKS = 8
_MAX_ASSETS = 16
_MAX_PICTURES = 8
_MAX_OPENED = 4
_ROUTED = frozenset(range(HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)) - {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
}
_TIME = regex(r"1[5-9]\d{8}(\.\d+)?")
_PLAIN_PATH = regex(r"/(?!/)[\w./~-]*")
_SENDS = range(HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.BAD_REQUEST)
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
    prefixes: Callable[[str], Iterable[str]] = lambda _: (),
) -> Chosen:
    """The probes that the running stack answers in HTTP, with its answers.

    ``addresses`` maps a service and its port to where it is reached, ``health`` a service to the
    paths of its health check, ``requests`` are ``/path`` or ``service:/path``. ``named`` gives the
    routes that a service's code names: where it describes none, those that are there are asked.
    ``prefixes`` give what paths begin with that a service may pass on to another.
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

        def get(probe: Probe) -> Answer:
            answer, _ = _get(session, addresses[probe.service, probe.port], probe.path)
            home = chosen.answers.get(replace(probe, path="/"))
            said = home.parts.get("development") if home is not None else None
            return replace(answer, parts={**answer.parts, "development": said}) if said else answer

        chosen.answers |= passed_on(get, addresses, chosen.answers, prefixes)
    return chosen


def _to_open(
    answers: Mapping[Probe, Answer], service: str, port: int, paths: Iterable[str]
) -> list[Probe]:
    """The pages at ``paths`` that a browser must open to see anything."""
    asked = (Probe(service, port, path) for path in dict.fromkeys(paths))
    found = [p for p in asked if answers[p].scripted and answers[p].status == HTTPStatus.OK]
    return [replace(probe, method=OPENED) for probe in found[:_MAX_OPENED]]


def linked_pages(links: Mapping[Probe, Iterable[str]]) -> list[Probe]:
    """The pages to open that opened ones link to, without those that may change something.

    ``links`` are the paths of its own site to which each opened page links. One that names what is
    another at each start (a worker by its container, a token) is not there on the other side.
    """
    found = (
        replace(probe, path=path)
        for probe, paths in links.items()
        if probe.path != UNKNOWN
        for path in paths
        if not HURTS.search(path) and _is_page(path)
    )
    return [probe for probe in dict.fromkeys(found) if probe not in links][:_MAX_OPENED]


def _is_page(path: str) -> bool:
    plain = unquote(path)
    name = urlsplit(plain).path.rpartition("/")[2]
    return masked(plain) == plain and ("." not in name or name.endswith((".html", ".htm")))


def _there(
    session: httpx.Client, address: Address, probes: Iterable[Probe], unknown: Answer
) -> dict[Probe, Answer]:
    """The answers to probes of routes that are there, and say more than to an ``unknown`` path."""
    found: dict[Probe, Answer] = {}
    until = time.monotonic() + _NAMED_SECONDS
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
            f"{got.status} {named_type(got.content_type)} {digest}"
        )
    return replace(answer, parts=parts), body


def _assets(body: bytes, home: str) -> Iterator[str]:
    """Paths of what a page loads from its own site, scripts and styles first."""
    page = page_of(body)
    assets = list(dict.fromkeys(page.assets))[:_MAX_ASSETS]
    for asset in dict.fromkeys((*assets, *page.pictures[:_MAX_PICTURES])):
        place = urlsplit(urljoin(home, asset))
        if not place.scheme and not place.netloc:
            yield place.path + (f"?{place.query}" if place.query else "")


def _get(session: httpx.Client, address: Address, path: str) -> tuple[Answer, bytes]:
    return request(session, address, path)


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
