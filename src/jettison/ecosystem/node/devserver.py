"""What a development server forwards to other servers, from its configuration file.

The file is a program and is never run. The proxy section is found by its braces, outside strings
and comments; a target that is computed is taken from the last URL that is written in it, such as
the default in ``process.env.API || "http://backend:8000"``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jettison.ecosystem.node.manifest import NodeManifest

_CONFIGS = ("vite.config.*", "webpack.config.*", "vue.config.*", "rsbuild.config.*")
_MAX_BYTES = 512 * 1024
_PROXY = re.compile(r"""\bproxy\s*:\s*(\{)?""")
_ENTRY = re.compile(r"""(?:'([^']+)'|"([^"]+)"|`([^`]+)`|\[?([A-Za-z_]\w*)\]?)\s*:\s*""")
_URL = re.compile(r"""['"`](wss?|https?)://([^'"`/\s$]+)""")
_CONSTANT = re.compile(r"\b(?:const|let|var)\s+(\w+)\s*=\s*([^;\n]*(?:\n\s+[^;\n]*)?)")
_SETUP_PROXY = re.compile(r"""app\.use\(\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Requests below ``prefix`` go to ``upstream`` (``host:port``)."""

    prefix: str
    upstream: str
    websocket: bool


def read_proxies(folder: Path, manifest: NodeManifest) -> tuple[Proxy, ...]:
    """What the development server in ``folder`` forwards, longest prefix first."""
    found: dict[str, Proxy] = {}
    for pattern in _CONFIGS:
        for path in sorted(folder.glob(pattern)):
            if path.stat().st_size <= _MAX_BYTES and not path.is_symlink():
                text = _without_comments(path.read_text("utf-8", "replace"))
                for proxy in _proxies(text):
                    found.setdefault(proxy.prefix, proxy)
    setup = folder / "src" / "setupProxy.js"
    if setup.is_file():
        text = _without_comments(setup.read_text("utf-8", "replace"))
        url = _URL.search(text)
        for match in _SETUP_PROXY.finditer(text):
            if url:
                found.setdefault(match[1], Proxy(match[1], url[2], websocket=False))
    if manifest.proxy:
        host = manifest.proxy.partition("://")[2] or manifest.proxy
        found.setdefault("/api", Proxy("/api", host.rstrip("/"), websocket=False))
    return tuple(sorted(found.values(), key=lambda p: (-len(p.prefix), p.prefix)))


def _proxies(text: str) -> Iterator[Proxy]:
    constants = {
        name: url[2]
        for name, value in re.findall(
            r"\b(?:const|let|var)\s+(\w+)\s*=\s*([^;\n]*(?:\n\s+[^;\n]*)?)", text
        )
        if (url := _URL.search(value))
    }
    for match in _PROXY.finditer(text):
        if not match[1]:
            continue
        body = _braced(text, match.end() - 1)
        for prefix, value in _entries(body):
            if not prefix.startswith(("/", "^")):
                continue
            upstream = _last_url(value) or next(
                (host for name, host in constants.items() if re.search(rf"\b{name}\b", value)), None
            )
            if upstream:
                websocket = bool(re.search(r"\bws\s*:\s*true", value)) or "ws://" in value
                yield Proxy(prefix.lstrip("^"), upstream, websocket)


def _last_url(value: str) -> str | None:
    found = _URL.findall(value)
    return found[-1][1] if found else None


def _entries(body: str) -> Iterator[tuple[str, str]]:
    at = 0
    while match := _ENTRY.search(body, at):
        prefix = next(group for group in match.groups() if group is not None)
        end = _value_end(body, match.end())
        yield prefix, body[match.end() : end]
        at = end + 1


def _value_end(text: str, start: int, stop: str = ",") -> int:
    """Where the value from ``start`` on ends: at ``stop`` or a closing brace on its level."""
    depth = 0
    at = start
    while at < len(text):
        char = text[at]
        if char in "'\"`":
            at = _string_end(text, at)
        elif char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
            if depth < 0:
                return at
        elif char == stop and depth == 0:
            return at
        at += 1
    return at


def _braced(text: str, start: int) -> str:
    """What stands between the brace at ``start`` and the one that closes it."""
    return text[start + 1 : _value_end(text, start + 1, stop="")]


def _string_end(text: str, start: int) -> int:
    quote = text[start]
    at = start + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at


def _without_comments(text: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in "'\"`":
            end = _string_end(text, at) + 1
            parts.append(text[at:end])
            at = end
        elif text.startswith("//", at):
            at = _or_end(text, text.find("\n", at))
        elif text.startswith("/*", at):
            end = text.find("*/", at)
            at = len(text) if end < 0 else end + 2
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts)


def _or_end(text: str, found: int) -> int:
    return len(text) if found < 0 else found
