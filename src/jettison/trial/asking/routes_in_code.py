"""The routes that the code of a service names, for services that describe none themselves."""

from __future__ import annotations

import posixpath
import re
from itertools import chain
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.trial.asking.openapi import HURTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.project import Target

__all__ = ["MOST_TRIED", "routes_by_files", "routes_in", "routes_in_code"]

MOST_TRIED = 32
_CODE = regex(r"\.([cm]?[jt]s|go|py|java|kt|rs)$")
_TESTS = regex(r"(^|/)(node_modules|tests?|__tests__|e2e|migrations|dist|build|public|static)/")
_CHANGES = regex(
    r"seed|migrat|clear|drop|purge|kill|restart|send|mail|pay|sync|import|run|trigger|start|creat"
    r"|add|new|update|edit|save|cron|hook|callback|train|crawl|scrap|upload|download",
    re.IGNORECASE,
)
_PLACE = r"""r?(['"`])(?P<place>/?[\w./~-]*)\1"""
_ROUTES = regex(
    r"(?:\.(?:get|Get|GET|all|HandleFunc|Handle|route|add_get|at)|\bHandleFunc|\bweb::resource"
    r"|#\[(?:\w+::)?get|@(?:Get|GetMapping))\s*\(\s*(?:(?:value|path)\s*=\s*)?"
    rf"(?:{_PLACE}\s*[,)]|(?P<empty>\)))"
)
"""Express, Fastify, Koa, Hono; gin, echo, Fiber, chi, net/http; Flask, aiohttp; NestJS, Spring;
actix, axum, Rocket, Poem."""
_BASES = regex(
    r"(?:\.(?:use|Group|Route|setGlobalPrefix|register|mount|nest)\s*\(|\bweb::scope\s*\("
    r"|@(?:Controller|RequestMapping)\s*\("
    rf"|\b(?:url_)?prefix\s*[=:])\s*(?:(?:value|path)\s*=\s*)?{_PLACE}"
)
"""What routes are below: routers, groups, blueprints, controllers."""
_BARE = regex(r"@GetMapping\b(?!\s*\()")
"""A method of Spring's at the address of its class."""
_MAPPED = regex(
    rf"@RequestMapping\s*\(\s*(?:(?:value|path)\s*=\s*)?{_PLACE}(?P<more>[^)]*)\)"
    r"(?!(?:\s*@\w+(?:\([^)]*\))?)*\s*(?:(?:public|abstract|final|open)\s+)*(?:class|interface)\b)"
)
"""A method of Spring's that answers whatever it is asked with; above a class it is a prefix."""
_TORNADO = regex(
    r"\(\s*r?(['\"])\^?(?P<place>/[\w./~-]*)(?:/\?)?\$?\1\s*,\s*(?:[\w.]*\.)?\w*Handler\b"
)
_MATCHED = regex(rf"\bMethod::G(?:ET|et)\s*,\s*{_PLACE}")
"""An arm of Rust's ``match`` over method and path, as with hyper."""
_DJANGO = regex(rf"\bpath\s*\(\s*{_PLACE}\s*,\s*(?P<include>include\s*\()?")
_BY_FILES = regex(
    r"(?:^|/)(?:src/routes/(?P<kit>(?:[^/]+/)*)\+(?:page\.svelte|server\.[jt]s)"
    r"|app/(?P<next>(?:[^/]+/)*)(?:page|route)\.[jt]sx?)$"
)
"""Files whose folders are addresses: those of SvelteKit and of Next.js."""
_GROUP = regex(r"\([\w.-]+\)")
_PLAIN_FOLDER = regex(r"[A-Za-z\d][\w.-]*")
_BIGGEST = 256 * 1024
_MOST_FILES = 400


def routes_in_code(target: Target) -> tuple[str, ...]:
    """Paths that a target's code names as routes without parameters, at most ``MOST_TRIED``.

    Some are below a prefix that cannot be told: what is not there answers with 404.
    """
    by_files = routes_by_files(file.path for file in target.files.own)
    return tuple(dict.fromkeys((*by_files, *routes_in(_texts(target)))))[:MOST_TRIED]


def routes_by_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths without parameters at which a framework puts what files of these names give."""
    found: dict[str, None] = {}
    for path in paths:
        file = _BY_FILES.search(path)
        if file is None:
            continue
        folders = (file["kit"] or file["next"] or "").split("/")[:-1]
        shown = [one for one in folders if not _GROUP.fullmatch(one)]
        if shown and all(map(_PLAIN_FOLDER.fullmatch, shown)):
            found[f"/{'/'.join(shown)}"] = None
    return tuple(one for one in found if not HURTS.search(one) and not _changes(one))[:MOST_TRIED]


def routes_in(texts: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The paths that files of code name, given as (path, text)."""
    routes: dict[str, None] = {}
    bases: dict[str, None] = {}
    for path, text in texts:
        if path.endswith("urls.py"):
            for found in _DJANGO.finditer(text):
                (bases if found["include"] else routes)[_plain(found["place"])] = None
            continue
        mapped = {one.start(): one for one in _MAPPED.finditer(text)}
        named = [one for one in _BASES.finditer(text) if one.start() not in mapped]
        own = dict.fromkeys(_plain(found["place"]) for found in named)
        if _BARE.search(text):
            routes.update(own)
        asked = (
            one for one in mapped.values() if "method" not in one["more"] or "GET" in one["more"]
        )
        listed = _TORNADO.finditer(text) if path.endswith(".py") else ()
        listed = _MATCHED.finditer(text) if path.endswith(".rs") else listed
        for found in (*_ROUTES.finditer(text), *listed, *asked):
            place = found["place"] or ""
            decorated = found[0].startswith("@")  # below the controller in its file
            if not decorated and not place.startswith("/"):
                continue
            for base in own if decorated and own else ("",):
                routes[_plain(f"{base}/{place}" if place else base)] = None
        # What a controller is at holds for its own methods only.
        bases |= {_plain(one["place"]): None for one in named if not one[0].startswith("@")}
    below = (_plain(f"{b}/{one}") for b in bases for one in routes if not one.startswith(b))
    every = dict.fromkeys(chain(routes, below))
    kept = [one for one in every if one != "/" and not HURTS.search(one) and not _changes(one)]
    return tuple(kept[:MOST_TRIED])


def _texts(target: Target) -> Iterator[tuple[str, str]]:
    for count, file in enumerate(one for one in target.files.own if _CODE.search(one.path)):
        if count > _MOST_FILES:
            return
        if file.size > _BIGGEST or _TESTS.search(file.path):
            continue
        try:
            yield file.path, (target.context / file.path).read_text("utf-8", "replace")
        except OSError:
            continue


def _plain(place: str) -> str:
    plain = posixpath.normpath(f"/{place}").replace("//", "/")
    return f"{plain}/" if place.endswith("/") and plain != "/" else plain


def _changes(path: str) -> bool:
    return _CHANGES.search(path) is not None
