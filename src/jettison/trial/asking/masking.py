"""What of an answer changes from one moment or one stack to the next, put aside."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Page", "body_parts", "masked", "page_of"]

_MOST_PARTS = 400
_MOST_TEXT = 200_000
_LONGEST = 160
_ALMOST_EMPTY = 200
_MASKS = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "<token>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
        ),
        "<time>",
    ),
    (
        re.compile(
            r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? \d\d? \w{3} \d{4} \d\d:\d\d:\d\d( GMT)?"
        ),
        "<time>",
    ),
    (re.compile(r"\b\d\d?:\d\d:\d\d(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"\b[12]\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?\b"), "<time>"),
    # The machine's load over 1, 5 and 15 minutes, as os.getloadavg and uptime show it.
    (re.compile(r"\b\d{1,3}\.\d{1,2}, \d{1,3}\.\d{1,2}, \d{1,3}\.\d{1,2}\b"), "<load>"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|µs|us|ns|sec|secs|seconds|s)\b"), "<duration>"),
    (re.compile(r"\b(?:127\.0\.0\.1|localhost|0\.0\.0\.0):\d+"), "<host>"),
    (re.compile(r"\b(?:172\.(?:1[6-9]|2\d|3[01])|192\.168|10\.\d+)\.\d+(?:\.\d+)?\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{12}\b(?=[^0-9a-f]|$)"), "<id>"),
    (re.compile(r"\b(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[A-Za-z0-9+/=_-]{24,}"), "<token>"),
)
_CHANGING_KEY = regex(
    r"(?:^|[_.-])(?:uptime|pid|ppid|rss|vms|cpu|memory|mem|hostname|timestamp|time|now|date|"
    r"duration|latency|elapsed|took|started|load|free|used|available|request_?id|trace_?id|nonce|"
    r"csrf\w*|token)(?:$|[_.-])|(?:_at|_ms|_seconds|Time|At|Id)$",
    re.IGNORECASE,
)
_SHOWN = {"img": "src", "source": "src", "video": "src", "audio": "src", "embed": "src"}
"""Tags that show something of another file, with the attribute that names it."""
_METRIC = regex(r"^([a-zA-Z_:][\w:]*)")
_DEVELOPMENT = (
    "/@vite/client",
    "/@react-refresh",
    "webpack-dev-server",
    "/sockjs-node",
    "/_next/static/chunks/webpack.js",  # as `next build` puts a hash behind the name
    "_browser_dev_hmr-client",  # Next.js with Turbopack
    "data-next-hide-fouc",  # Next.js, in pages/
)
_BUNDLED = regex(
    rb"""<script\b[^>]*\ssrc="[^"]*/(?:static/js/bundle|runtime~main|js/chunk-vendors)\.js\""""
)
"""The script of a page that the servers of Create React App, Docusaurus and Vue CLI make without a
hash.

Another server may have one of that name, too.
"""


class Page(HTMLParser):
    """A page's title, texts, assets (scripts and styles), pictures and links.

    ``needs_script`` tells that it has scripts and next to no text: they make what is shown.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.texts: list[str] = []
        self.assets: list[str] = []
        self.pictures: list[str] = []
        self.links: list[str] = []
        self._inside: list[str] = []
        self._scripts = False
        self._shown = 0
        self._without = 0

    @property
    def needs_script(self) -> bool:
        """Whether there is nothing much to see before a script has run."""
        return self._scripts and self._shown < _ALMOST_EMPTY

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a tag refers to."""
        values = {key: value or "" for key, value in attrs}
        if tag in ("script", "style", "title"):
            self._inside.append(tag)
        if tag == "noscript":
            self._without += 1
        if tag == "script" and "json" not in values.get("type", ""):
            self._scripts = True
        if tag == "script" and values.get("src"):
            self.assets.append(values["src"])
        elif tag == "link" and values.get("href"):
            if {"stylesheet", "modulepreload", "icon"} & set(values.get("rel", "").split()):
                self.assets.append(values["href"])
        elif tag in _SHOWN and values.get(_SHOWN[tag]):
            self.pictures.append(values[_SHOWN[tag]])
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])

    def handle_endtag(self, tag: str) -> None:
        """Leaves a tag whose text is not shown."""
        if tag == "noscript":
            self._without = max(0, self._without - 1)
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Notes a text."""
        text = " ".join(data.split())
        if not text:
            return
        if self._inside:
            if self._inside[-1] == "title":
                self.title += text
            return
        self.texts.append(text)
        self._shown += 0 if self._without else len(text)


def page_of(body: bytes) -> Page:
    """The page in an HTML body."""
    page = Page()
    page.feed(body[:_MOST_TEXT].decode("utf-8", "replace"))
    return page


def masked(text: str) -> str:
    """A text with times, identities, tokens and addresses put aside."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def body_parts(kind: str, path: str, body: bytes) -> dict[str, str]:
    """What is compared of a body of a content type, by name; at most a few hundred parts."""
    if kind.endswith("json"):
        return dict(_json_parts(body))
    if kind == "text/html":
        return dict(_page_parts(body))
    if kind.startswith("text/") or kind.endswith(("xml", "javascript", "yaml")):
        return dict(_text_parts(path, body))
    digest = hashlib.sha256(body).hexdigest()[:16]
    return {"body": f"{len(body)} bytes, {digest}"} if body else {}


def _json_parts(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        yield "body", "not JSON"
        return
    stack: list[tuple[str, object]] = [("$", document)]
    count = 0
    rest = hashlib.sha256()
    while stack:
        place, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{place}.{key}", value[key]) for key in sorted(value, reverse=True)]
            said = None if value else "{}"
        elif isinstance(value, list):
            stack += [(f"{place}[{n}]", one) for n, one in reversed(list(enumerate(value)))]
            said = None if value else "[]"
        else:
            said = _scalar(place, value)
        if said is None:
            continue
        count += 1
        if count <= _MOST_PARTS:
            yield place, said[:_LONGEST]
        else:
            rest.update(f"{place}={said}\n".encode("utf-8", "replace"))
    if count > _MOST_PARTS:
        yield "rest of the body", f"{count - _MOST_PARTS} values, {rest.hexdigest()[:16]}"


def _scalar(place: str, value: object) -> str:
    key = place.rpartition(".")[2]
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if _CHANGING_KEY.search(key):
        return f"<{type(value).__name__}>"
    if isinstance(value, int | float):
        return masked(json.dumps(value))
    return masked(json.dumps(value, ensure_ascii=False))


def _page_parts(body: bytes) -> Iterator[tuple[str, str]]:
    page = page_of(body)
    yield "title", masked(page.title)
    if any(mark.encode() in body for mark in _DEVELOPMENT):
        yield "development", "yes"
    elif _BUNDLED.search(body):
        yield "development", "maybe"
    for number, text in enumerate(page.texts[:_MOST_PARTS]):
        yield f"text {number + 1}", masked(text)[:_LONGEST]


def _text_parts(path: str, body: bytes) -> Iterator[tuple[str, str]]:
    lines = body[:_MOST_TEXT].decode("utf-8", "replace").splitlines()
    if path.rstrip("/").endswith("/metrics") or any(one.startswith("# TYPE ") for one in lines[:9]):
        names = {found[1] for line in lines if (found := _METRIC.match(line))}
        yield "metrics", " ".join(sorted(name for name in names if "created" not in name))
        return
    for number, line in enumerate(lines[:_MOST_PARTS]):
        yield f"line {number + 1}", masked(line.strip())[:_LONGEST]
    if len(lines) > _MOST_PARTS:
        rest = masked("\n".join(lines[_MOST_PARTS:]))
        yield "rest", hashlib.sha256(rest.encode("utf-8", "replace")).hexdigest()[:16]
