"""``angular.json``: what ``ng serve`` serves, and what ``ng build`` makes of the same project."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jettison.ecosystem.node.javascript import Unreadable, without_comments
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AngularSite", "angular_site", "same_but_for_production"]

_BROWSER = (":browser", ":browser-esbuild")
_FLAG = regex(r"\bproduction\s*:\s*(true|false)\b")
_SHORT = {"-c": "configuration", "-o": "open"}


@record
class AngularSite:
    """A project as ``ng serve`` serves it and ``ng build`` builds it.

    ``output`` is the folder of the built site, ``base`` the path below which it is served (both
    slashes), ``proxy`` the file that says what is passed on. ``served`` and ``built`` are the files
    that each puts in place of others, as pairs of the replaced one and the one that it gets.
    """

    output: str
    base: str
    port: int | None
    proxy: str
    served: frozenset[tuple[str, str]]
    built: frozenset[tuple[str, str]]


def angular_site(text: str, serve: Sequence[str], build: Sequence[str]) -> AngularSite:
    """The site of a workspace by the words behind ``ng serve`` and ``ng build``.

    Raises :class:`Unreadable` where that cannot be told, or is no site of static files.
    """
    try:
        data = json.loads(without_comments(text))
    except ValueError as error:
        raise Unreadable("angular.json cannot be read", 1) from error
    asked, wanted = _options(serve), _options(build)
    projects = _table(data, "projects")
    name = asked.get("project") or asked.get("") or _only(data, projects)
    if (wanted.get("project") or wanted.get("") or _only(data, projects)) != name:
        raise Unreadable(f"the build is of another project than {name}", 1)
    targets = _table(projects.get(name), "architect") or _table(projects.get(name), "targets")
    serving = _chosen(targets.get("serve"), asked.get("configuration"))
    with_target = str(serving.get("buildTarget") or serving.get("browserTarget") or "")
    of, _, configuration = with_target.partition(":build")
    if not with_target or of not in (name, ""):
        raise Unreadable(f"which build {name} serves is not said", 1)
    served = _chosen(targets.get("build"), configuration.lstrip(":") or None)
    production = "production" if "prod" in wanted else None
    built = _chosen(targets.get("build"), wanted.get("configuration") or production)
    if asked.get("ssl") not in (None, "false") or serving.get("ssl"):
        raise Unreadable("ng serves over TLS", 1)
    for key in ("servePath", "deployUrl"):
        if serving.get(key) or built.get(key) or key in asked or key in wanted:
            raise Unreadable(f"{name} sets {key}", 1)
    base = wanted.get("baseHref") or built.get("baseHref") or "/"
    if base != (asked.get("baseHref") or serving.get("baseHref") or served.get("baseHref") or "/"):
        raise Unreadable("the build has another base than the server", 1)
    port = serving.get("port")
    return AngularSite(
        _output(name, _table(targets, "build"), built, wanted),
        f"/{base.strip('/')}/" if base.strip("/") else "/",
        port if isinstance(port, int) and port else None,
        str(asked.get("proxyConfig") or serving.get("proxyConfig") or ""),
        _replacements(served),
        _replacements(built),
    )


def same_but_for_production(one: str, other: str) -> bool:
    """Whether two files of an environment say the same but for ``production``."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"[\s;,]+|(?<=['\"])/(?=['\"])", "", _FLAG.sub("", without_comments(text)))


def _only(data: Any, projects: dict[str, Any]) -> str:
    """The project that is meant where none is named."""
    if isinstance(data.get("defaultProject"), str):
        return str(data["defaultProject"])
    found = [
        name
        for name, one in projects.items()
        if _table(one, "architect").get("serve") or _table(one, "targets").get("serve")
    ]
    if len(found) != 1:
        raise Unreadable("angular.json has several projects", 1)
    return found[0]


def _chosen(target: Any, configuration: str | None) -> dict[str, Any]:
    """The options of a target, those of its configurations laid over."""
    if not isinstance(target, dict):
        raise Unreadable("angular.json does not say how the site is built and served", 1)
    found = dict(_table(target, "options"))
    names = configuration or target.get("defaultConfiguration") or ""
    for name in str(names).split(","):
        found |= _table(_table(target, "configurations"), name) if name else {}
    return found


def _output(
    name: str, target: dict[str, Any], built: dict[str, Any], wanted: dict[str, str]
) -> str:
    builder = str(target.get("builder") or "")
    where = wanted.get("outputPath") or built.get("outputPath") or f"dist/{name}"
    inner = "browser"
    if isinstance(where, dict):
        inner = str(where.get("browser", "browser"))
        where = where.get("base")
    if not isinstance(where, str):
        raise Unreadable("outputPath of angular.json is no text", 1)
    if builder.endswith(_BROWSER):
        return where
    if not builder.endswith(":application"):
        raise Unreadable(f"where {builder or 'the builder'} puts the site is not known", 1)
    if built.get("ssr") or built.get("server") or built.get("outputMode") == "server":
        raise Unreadable("Angular may answer requests itself (ssr)", 1)
    return f"{where.rstrip('/')}/{inner}".rstrip("/")


def _replacements(options: dict[str, Any]) -> frozenset[tuple[str, str]]:
    rows = options.get("fileReplacements")
    return frozenset(
        (str(row.get("replace") or row.get("src")), str(row.get("with") or row.get("replaceWith")))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    )


def _options(words: Sequence[str]) -> dict[str, str]:
    """The options among words, by their names in camel case; ``""`` is the first plain word."""
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        head, equals, value = words[at].partition("=")
        at += 1
        if not head.startswith("-"):
            found.setdefault("", head)
            continue
        name = _SHORT.get(head, head.lstrip("-"))
        name = re.sub(r"-(\w)", lambda one: one[1].upper(), name)
        if not equals and at < len(words) and not words[at].startswith("-"):
            value = words[at]
            at += 1
        found[name] = value
    return found


def _table(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
