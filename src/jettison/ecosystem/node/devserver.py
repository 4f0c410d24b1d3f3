"""Development servers of Node, and what their configuration says that a web server must keep.

A configuration file is a program and is never run. Sections are found by their braces, outside
strings and comments; what is computed in a way that cannot be read raises :class:`Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from jettison.ecosystem.node.javascript import (
    Unreadable,
    entries_of,
    number_of,
    object_after,
    without_comments,
)
from jettison.ecosystem.node.proxies import Proxy, proxies_of, proxy_to
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from jettison.ecosystem.node.site_servers import DevServer

__all__ = [
    "CONTENT_CONFIGS",
    "Proxy",
    "ServerConfig",
    "Unreadable",
    "read_config",
]


@record
class ServerConfig:
    """What the configuration says; ``None`` where it says nothing. ``base`` has both slashes.

    ``variables`` are those of the environment whose values it has.
    """

    port: int | None = None
    output: str | None = None
    base: str = "/"
    proxies: tuple[Proxy, ...] = ()
    variables: frozenset[str] = frozenset()


_CONFIGS = {"vite": r"vite\.config\.\w+", "vue-cli-service": r"vue\.config\.\w+"}
CONTENT_CONFIGS = {
    "astro": r"astro\.config\.\w+",
    "docusaurus": r"docusaurus\.config\.\w+",
    "gatsby": r"gatsby-config\.\w+",
    "eleventy": r"\.eleventy\.c?js|eleventy\.config\.\w+",
}
"""The generators of pages, and the names of their configurations."""
_OF_CONTENT = {
    "astro": {
        r"\badapter\s*:": "has an adapter: a server may answer requests",
        r"(?<![.\w])output\s*:(?!\s*['\"]static['\"])": "sets output",
        r"\bredirects\s*:": "has redirects, which a server answers",
        r"\bproxy\s*:": "has a proxy",
        r"(?<![.\w])root\s*:": "sets root",
    },
    "docusaurus": {},
    "gatsby": {
        r"\bpathPrefix\s*:": "sets pathPrefix",
        r"\bproxy\s*:": "has a proxy",
        r"\bdevelopMiddleware\b": "adds to the server with developMiddleware",
    },
    "eleventy": {
        r"\bpathPrefix\s*:": "sets pathPrefix",
        r"\bmiddleware\s*:": "adds to the server with middleware",
    },
}
"""What such a configuration may say that a web server cannot keep."""
_PLUGINS = regex(r"\b(configureServer|configurePreviewServer|setupMiddlewares|onBeforeSetup)")


def read_config(
    server: DevServer,
    files: Mapping[str, str],
    package: Mapping[str, object],
    environment: Mapping[str, str],
) -> ServerConfig:
    """What the server is told by the ``files`` beside its package; raises :class:`Unreadable`.

    ``environment`` are the variables that it sees.
    """
    if server.tool in _CONFIGS:
        names = [name for name in sorted(files) if re.fullmatch(_CONFIGS[server.tool], name)]
        return (
            _script_config(server, names[0], files[names[0]], environment)
            if names
            else (ServerConfig())
        )
    if server.tool in ("react-scripts", "craco"):
        for name, text in files.items():
            if name.startswith("craco.config.") and "devServer" in without_comments(text):
                raise Unreadable(f"{name} sets devServer", 1)
        if any(name.startswith("src/setupProxy.") for name in files):
            raise Unreadable("src/setupProxy.js is a program that decides what is passed on", 1)
        proxy = package.get("proxy")
        found = () if proxy is None else (proxy_to("", str(proxy), rest=True),)
        return ServerConfig(base=_base(str(package.get("homepage") or "/")), proxies=found)
    if server.tool in CONTENT_CONFIGS:
        wanted = CONTENT_CONFIGS[server.tool]
        names = [name for name in sorted(files) if re.fullmatch(wanted, name)]
        return _content_config(server.tool, names[0], files[names[0]]) if names else ServerConfig()
    return ServerConfig()


def _content_config(tool: str, name: str, source: str) -> ServerConfig:
    """What the configuration of a generator of pages says; raises :class:`Unreadable`."""
    text = without_comments(source)
    for pattern, what in _OF_CONTENT[tool].items():
        found = re.search(pattern, text)
        if found is not None:
            raise Unreadable(f"{name} {what}", _line(text, found.start()))
    port = None
    section = object_after(text, "server") if tool == "astro" else None
    for key, value, place in entries_of(text, section) if section is not None else ():
        if key == "port":
            port = number_of(value)
            if port is None:
                raise Unreadable(f"the port in {name} is computed", _line(text, place))
    base = {"astro": "base", "docusaurus": "baseUrl"}.get(tool)
    output = {"astro": "outDir", "eleventy": "output"}.get(tool)
    return ServerConfig(
        port,
        _literal(text, name, output) if output else None,
        _base((_literal(text, name, base) if base else None) or "/"),
    )


def _script_config(
    server: DevServer, name: str, source: str, environment: Mapping[str, str]
) -> ServerConfig:
    text = without_comments(source)
    asked = _Asked(environment)
    hook = _PLUGINS.search(text)
    if hook:
        raise Unreadable(f"{name} adds to the server with {hook[1]}", _line(text, hook.start()))
    for word in ("root", "envPrefix", "envDir", "publicPath"):
        found = re.search(rf"^\s*{word}\s*:", text, re.MULTILINE)
        if found:
            raise Unreadable(f"{name} sets {word}", _line(text, found.start()))
    keys = {"vite": ("preview", "server") if server.built else ("server",)}
    sections = [object_after(text, key) for key in keys.get(server.tool, ("devServer",))]
    port: int | None = None
    proxies: tuple[Proxy, ...] | None = None
    for at, section in enumerate(sections):
        if section is None:
            continue
        for key, value, place in entries_of(text, section):
            if key == "port" and port is None and not at:
                port = number_of(value)
                if port is None:
                    raise Unreadable(f"the port in {name} is computed", _line(text, place))
            elif key == "https" and value.strip() not in ("false", "undefined"):
                raise Unreadable(f"{name} serves over TLS", _line(text, place))
            elif key == "proxy" and proxies is None:
                proxies = proxies_of(text, name, value, place, asked)
            elif not key:
                raise Unreadable(f"{name}: the server's settings are computed", _line(text, place))
    if proxies is None and (stray := re.search(r"\bproxy\b", text)):
        raise Unreadable(f"the proxy in {name} cannot be read", _line(text, stray.start()))
    base = _literal(text, name, "base") if server.tool == "vite" else None
    output = _literal(text, name, "outDir" if server.tool == "vite" else "outputDir")
    names = frozenset(asked.names)
    return ServerConfig(port, output, _base(base or "/"), proxies or (), names)


class _Asked(Mapping[str, str]):
    """An environment that remembers which of its variables gave a value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        found = self._environment[name]
        if found:
            self.names.add(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


def _literal(text: str, name: str, key: str) -> str | None:
    """The text that a setting is, ``None`` where it is not there; raises :class:`Unreadable`."""
    found = re.search(rf"\b{key}\s*:\s*", text)
    if found is None:
        return None
    value = re.match(r"""['"]([^'"]*)['"]""", text[found.end() :])
    if value is None:
        raise Unreadable(f"{key} in {name} is computed", _line(text, found.start()))
    return value[1].removeprefix("./").rstrip("/") if key != "base" else value[1]


def _base(value: str) -> str:
    """The path of a base address, with both slashes."""
    path = re.sub(r"^https?://[^/]*", "", value)
    if path in ("", ".", "./", "/"):
        return "/"
    return f"/{path.strip('./')}/"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
