"""What a development server passes on to others, as its configuration says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.ecosystem.node.javascript import (
    Unreadable,
    entries_of,
    string_of,
    without_comments,
)
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Proxy", "proxies_of", "proxy_to", "read_proxies"]

_KNOWN = frozenset(
    "target changeOrigin secure ws rewrite timeout proxyTimeout logLevel pathRewrite xfwd".split()
)
_TARGET = regex(r"(https?|wss?)://([^/\s?#]+)(/[^\s?#]*)?$")
_REWRITE = regex(
    r"""\(?\s*(\w+)\s*(?::\s*string\s*)?\)?\s*=>\s*\1\.replace\(\s*/(\^(?:\\.|[^/\\])*)/\s*,\s*"""
    r"""(?:'([^'$]*)'|"([^"$]*)")\s*\)$"""
)
_EXPORTED = regex(r"(?:\bmodule\.exports\s*=|\bexport\s+default)\s*(?:([\w$]+)|(?=[{\[]))")
_BELOW = regex(r"/\*{1,2}$")


@record
class Proxy:
    """What is passed on: requests whose path begins with ``prefix`` (an expression with ``^``).

    ``scheme``, ``host`` (with its port) and ``path`` are of the target. ``pattern`` and
    ``replacement`` rewrite the path. ``rest`` tells that it takes what is no file and no page.
    """

    prefix: str
    scheme: str
    host: str
    path: str = ""
    change_origin: bool = False
    verify: bool = True
    websocket: bool = False
    pattern: str = ""
    replacement: str = ""
    rest: bool = False


def read_proxies(name: str, source: str) -> tuple[Proxy, ...]:
    """What a file of Angular's says: an object by paths, or a list of objects with ``context``.

    Raises :class:`Unreadable`.
    """
    text = without_comments(source)
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] not in ("{", "["):
        exported = _EXPORTED.search(text)
        if exported is None:
            raise Unreadable(f"{name} exports nothing that can be read", 1)
        start = exported.end()
        if exported[1]:
            value = rf"\b(?:const|let|var)\s+{re.escape(exported[1])}\s*(?::[^=;]+)?=\s*(?=[{{\[])"
            found = re.search(value, text)
            if found is None:
                raise Unreadable(
                    f"{name} computes what is passed on", _line(text, exported.start())
                )
            start = found.end()
    proxies = []
    for prefix, at in _prefixes(text, name, start):
        below = _BELOW.sub("/", prefix)
        if re.search(r"[*?\[{(!]", below) or not below.startswith("/"):
            raise Unreadable(f"{name} passes {prefix} on", _line(text, at))
        proxies.append(_entry(text, name, below, at, {}))
    return _in_order(proxies, name, 1)


def _prefixes(text: str, name: str, start: int) -> Iterator[tuple[str, int]]:
    """The paths that are passed on, and where the object stands that says how."""
    for key, value, at in entries_of(text, start):
        if text[start] == "{" and key and value.startswith("{"):
            yield key, text.index("{", at + len(key))
        elif text[start] == "[" and not key and value.startswith("{"):
            inner = {k: (v, p) for k, v, p in entries_of(text, at)}
            context, place = inner.get("context", ("", at))
            texts = re.findall(r"""(['"])([^'"]*)\1""", context)
            if not texts or re.sub(r"""['"][^'"]*['"]|[\s,\[\]]""", "", context):
                raise Unreadable(f"{name} computes what is passed on", _line(text, place))
            yield from ((one, at) for _, one in texts)
        else:
            raise Unreadable(f"{name} computes what is passed on", _line(text, at))


def proxies_of(
    text: str, name: str, value: str, place: int, environment: Mapping[str, str]
) -> tuple[Proxy, ...]:
    line = _line(text, place)
    if not value.strip().startswith("{"):
        target = string_of(value, text, environment)
        if target is None:
            raise Unreadable(f"the proxy in {name} is computed", line)
        return (proxy_to("", target, rest=True, change_origin=True),)
    start = text.index("{", place)
    found: list[Proxy] = []
    for key, inner, at in entries_of(text, start):
        if not key.startswith(("/", "^")):
            raise Unreadable(f"the proxy in {name} is computed", _line(text, at))
        if inner.strip().startswith("{"):
            brace = text.index("{", at + len(key))
            found.append(_entry(text, name, key, brace, environment))
            continue
        target = string_of(inner, text, environment)
        if target is None:
            raise Unreadable(f"the target of {key} in {name} is computed", _line(text, at))
        found.append(proxy_to(key, target, change_origin=True))
    return _in_order(found, name, line)


def _in_order(found: list[Proxy], name: str, line: int) -> tuple[Proxy, ...]:
    """The proxies; raises :class:`Unreadable` where the first that fits is not the longest."""
    for at, one in enumerate(found):
        for later in found[at + 1 :]:
            if later.prefix != one.prefix and later.prefix.startswith(one.prefix):
                raise Unreadable(f"{name} passes {one.prefix} on before {later.prefix}", line)
    return tuple(found)


def _entry(text: str, name: str, prefix: str, brace: int, environment: Mapping[str, str]) -> Proxy:
    target: str | None = None
    pattern = replacement = ""
    flags = {"changeOrigin": False, "secure": True, "ws": False}
    for key, value, at in entries_of(text, brace):
        line = _line(text, at)
        if key == "context":
            continue
        if key not in _KNOWN:
            what = key or "a computed setting"
            raise Unreadable(f"the proxy of {prefix} in {name} has {what}", line)
        if key == "target":
            target = string_of(value, text, environment)
        elif key in flags:
            if value.strip() not in ("true", "false"):
                raise Unreadable(f"{key} of {prefix} in {name} is computed", line)
            flags[key] = value.strip() == "true"
        elif key == "rewrite":
            rule = _REWRITE.match(value.strip())
            if rule is None:
                raise Unreadable(f"the rewrite of {prefix} in {name} is a program", line)
            pattern, replacement = rule[2], rule[3] or rule[4] or ""
        elif key == "pathRewrite":
            rules = list(entries_of(text, text.index("{", at)))
            to = string_of(rules[0][1], text, environment) if len(rules) == 1 else None
            if to is None or not rules[0][0].startswith("^"):
                raise Unreadable(f"the rewrite of {prefix} in {name} is a program", line)
            pattern, replacement = rules[0][0], to
    if target is None:
        raise Unreadable(f"the target of {prefix} in {name} is computed", _line(text, brace))
    return proxy_to(
        prefix,
        target,
        change_origin=flags["changeOrigin"],
        verify=flags["secure"],
        websocket=flags["ws"],
        pattern=pattern.replace("\\/", "/"),
        replacement=replacement,
    )


def proxy_to(
    prefix: str,
    target: str,
    *,
    change_origin: bool = False,
    verify: bool = True,
    websocket: bool = False,
    pattern: str = "",
    replacement: str = "",
    rest: bool = False,
) -> Proxy:
    found = _TARGET.match(target)
    if found is None or found[2].partition(":")[0] == "host.docker.internal":
        raise Unreadable(f"{target} is no address that nginx can pass requests on to", 1)
    scheme = {"ws": "http", "wss": "https"}.get(found[1], found[1])
    return Proxy(
        prefix,
        scheme,
        found[2],
        (found[3] or "").rstrip("/"),
        change_origin,
        verify,
        websocket or found[1].startswith("ws"),
        pattern,
        replacement,
        rest,
    )


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
