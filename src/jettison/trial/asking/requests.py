"""One request over HTTP, and its answer as far as it is compared."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jettison.patterns import regex
from jettison.trial.asking.masking import body_parts, masked, page_of
from jettison.trial.model import HEADERS, POLICIES, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from jettison.trial.asking.masking import Page
    from jettison.trial.launching.reach import Address

__all__ = ["client", "named_type", "request"]

_TIMEOUT = 15.0
_STORES = regex(r"(?:s-max|max-)age=0*[1-9]\d*|immutable")
_MAX_BODY = 4 * 1024 * 1024
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


def client(seconds: float | None = None) -> httpx.Client:
    """A client that follows no redirect and takes nothing from this process's environment."""
    import httpx

    return httpx.Client(timeout=seconds or _TIMEOUT, trust_env=False)


def named_type(kind: str) -> str:
    """A content type by one of its names: servers differ in those of scripts, icons and fonts."""
    return "text/javascript" if kind.endswith("javascript") else _SAME_KIND.get(kind, kind)


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
    import httpx

    host, port = address
    started = time.monotonic()
    try:
        with session.stream(
            method, f"http://{host}:{port}{path}", headers=dict(headers or {}), content=content
        ) as response:
            body, answered = b"", time.monotonic()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_BODY or time.monotonic() - answered > _TIMEOUT:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"{type(error).__name__}: {error}"
        return Answer(None, "", "", time.monotonic() - started, said), b""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    parts = {} if response.has_redirect_location else {"content type": named_type(kind)}
    if "location" in response.headers:
        parts["location"] = _location(response.headers["location"])
    cookies = sorted(set(map(_cookie, response.headers.get_list("set-cookie"))))
    if cookies:
        parts["cookies"] = ", ".join(cookies)
    for name in HEADERS:
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
        policies=dict(_policies(response.headers)),
        bare=_is_bare(response.status_code, kind, page),
        scripted=page is not None and page.needs_script,
    )
    return answer, body


def _policies(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a server tells browsers and caches to do; of caching what it allows, without times."""
    for name in POLICIES:
        if name in headers:
            yield name, masked(headers[name])
    told = [one.strip().lower() for one in headers.get("cache-control", "").split(",")]
    if any(_STORES.fullmatch(one) for one in told):
        yield "cache-control", ", ".join(sorted({one.partition("=")[0] for one in told if one}))


def _cookie(text: str) -> str:
    """A cookie's name with what guards it (RFC 6265bis, section 4.1.2); its value is its own."""
    pair, *attributes = text.split(";")
    guards = sorted(
        one.strip().lower()
        for one in attributes
        if one.partition("=")[0].strip().lower() in ("httponly", "secure", "samesite")
    )
    return " ".join((pair.partition("=")[0].strip(), *guards))


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
