"""Ask services over HTTP, and tell whether they answer as before.

A probe is chosen on the side before the change: the front page and the health URL of each
published port that speaks HTTP, an unknown path of a page (single-page applications answer it),
and the parameterless GET routes that an OpenAPI document lists.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import httpx

from jettison.trial.model import Answer, Probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TIMEOUT = 15.0
_MAX_BODY = 4 * 1024 * 1024
_MAX_ROUTES = 40
_UNKNOWN_PAGE = "/jettison/no-such-page"
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\d+))?(/[^\s'\"|;)]*)?")

Address = tuple[str, int]


def health_paths(test: Iterable[str]) -> tuple[tuple[int, str], ...]:
    """The ports and paths of the URLs in a health check's command."""
    return tuple(
        (int(found[1] or 80), found[2] or "/") for word in test for found in _URL.finditer(word)
    )


def choose_probes(
    addresses: Mapping[tuple[str, int], Address],
    health: Mapping[str, tuple[tuple[int, str], ...]],
) -> dict[Probe, Answer]:
    """The probes that the running stack answers in HTTP, with its answers.

    ``addresses`` maps a service and its container port to where it is published.
    """
    answers: dict[Probe, Answer] = {}
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        for (service, port), address in addresses.items():
            paths = ["/", *(path for at, path in health.get(service, ()) if at == port)]
            front = _get(client, address, "/")
            if front.status is None:
                continue
            if front.content_type == "text/html":
                paths.append(_UNKNOWN_PAGE)
            paths += _openapi_routes(client, address)
            for path in dict.fromkeys(paths):
                answers[Probe(service, port, path)] = _get(client, address, path)
    return answers


def ask(
    addresses: Mapping[tuple[str, int], Address], probes: Iterable[Probe]
) -> dict[Probe, Answer]:
    """The answers of a running stack to given probes; a port that is gone answers with an error."""
    answers: dict[Probe, Answer] = {}
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        for probe in probes:
            address = addresses.get((probe.service, probe.port))
            answers[probe] = (
                Answer(None, "", "", 0.0, f"port {probe.port} of {probe.service} is not published")
                if address is None
                else _get(client, address, probe.path)
            )
    return answers


def _get(client: httpx.Client, address: Address, path: str) -> Answer:
    host, port = address
    started = time.monotonic()
    try:
        with client.stream("GET", f"http://{host}:{port}{path}") as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_BODY:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(None, "", "", time.monotonic() - started, f"{type(error).__name__}: {error}")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, kind, _shape(kind, body), time.monotonic() - started)


def _shape(kind: str, body: bytes) -> str:
    if kind.endswith("json"):
        try:
            document = json.loads(body)
        except ValueError:
            return "not JSON"
        if isinstance(document, dict):
            return "{" + ", ".join(sorted(document)) + "}"
        return type(document).__name__
    if kind == "text/html":
        title = _TITLE.search(body.decode("utf-8", "replace"))
        return " ".join(title[1].split()) if title else ""
    return ""


def _openapi_routes(client: httpx.Client, address: Address) -> list[str]:
    host, port = address
    try:
        response = client.get(f"http://{host}:{port}/openapi.json")
        paths = response.json().get("paths", {}) if response.status_code == httpx.codes.OK else {}
    except (httpx.HTTPError, ValueError, AttributeError):
        return []
    routes = (
        path
        for path, operations in paths.items()
        if isinstance(operations, dict) and "get" in operations and "{" not in path
    )
    return [path for _, path in zip(range(_MAX_ROUTES), routes, strict=False)]
