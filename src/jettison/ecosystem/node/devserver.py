"""Development servers of Node, and what their configuration says that a web server must keep.

A configuration file is a program and is never run. Sections are found by their braces, outside
strings and comments; what is computed in a way that cannot be read raises :class:`Unreadable`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.ecosystem.node.javascript import (
    Unreadable,
    entries_of,
    number_of,
    object_after,
    string_of,
    without_comments,
)
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.ecosystem.node.site_servers import DevServer

__all__ = [
    "Proxy",
    "ServerConfig",
    "Unreadable",
    "read_config",
]


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
_KNOWN = frozenset(
    "target changeOrigin secure ws rewrite timeout proxyTimeout logLevel pathRewrite xfwd".split()
)
_TARGET = re.compile(r"(https?|wss?)://([^/\s?#]+)(/[^\s?#]*)?$")
_REWRITE = re.compile(
    r"""\(?\s*(\w+)\s*(?::\s*string\s*)?\)?\s*=>\s*\1\.replace\(\s*/(\^(?:\\.|[^/\\])*)/\s*,\s*"""
    r"""(?:'([^'$]*)'|"([^"$]*)")\s*\)$"""
)
_PLUGINS = re.compile(r"\b(configureServer|configurePreviewServer|setupMiddlewares|onBeforeSetup)")


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
    if server.tool == "react-scripts":
        if any(name.startswith("src/setupProxy.") for name in files):
            raise Unreadable("src/setupProxy.js is a program that decides what is passed on", 1)
        proxy = package.get("proxy")
        found = () if proxy is None else (_target("", str(proxy), rest=True),)
        return ServerConfig(base=_base(str(package.get("homepage") or "/")), proxies=found)
    return ServerConfig()


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
                proxies = _proxies(text, name, value, place, asked)
            elif not key:
                raise Unreadable(f"{name}: the server's settings are computed", _line(text, place))
    if proxies is None and (stray := re.search(r"\bproxy\b", text)):
        raise Unreadable(f"the proxy in {name} cannot be read", _line(text, stray.start()))
    base = _literal(text, name, "base") if server.tool == "vite" else None
    output = _literal(text, name, "outDir" if server.tool == "vite" else "outputDir")
    names = frozenset(asked.names)
    return ServerConfig(port, output, _base(base or "/"), proxies or (), names)


class _Asked(dict[str, str]):
    """An environment that remembers which of its variables gave a value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self.names: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        found = super().get(name, default)
        if found:
            self.names.add(name)
        return found


def _literal(text: str, name: str, key: str) -> str | None:
    found = re.search(rf"\b{key}\s*:\s*", text)
    if found is None:
        return None
    value = re.match(r"""['"]([^'"]*)['"]""", text[found.end() :])
    if value is None:
        raise Unreadable(f"{key} in {name} is computed", _line(text, found.start()))
    return value[1].removeprefix("./").rstrip("/") if key != "base" else value[1]


def _base(value: str) -> str:
    path = re.sub(r"^https?://[^/]*", "", value)
    if path in ("", ".", "./", "/"):
        return "/"
    return f"/{path.strip('./')}/"


def _proxies(
    text: str, name: str, value: str, place: int, environment: Mapping[str, str]
) -> tuple[Proxy, ...]:
    line = _line(text, place)
    if not value.strip().startswith("{"):
        target = string_of(value, text, environment)
        if target is None:
            raise Unreadable(f"the proxy in {name} is computed", line)
        return (_target("", target, rest=True, change_origin=True),)
    start = text.index("{", place)
    found: list[Proxy] = []
    for key, inner, at in entries_of(text, start):
        if not key.startswith(("/", "^")):
            raise Unreadable(f"the proxy in {name} is computed", _line(text, at))
        if inner.strip().startswith("{"):
            found.append(_entry(text, name, key, at, environment))
            continue
        target = string_of(inner, text, environment)
        if target is None:
            raise Unreadable(f"the target of {key} in {name} is computed", _line(text, at))
        found.append(_target(key, target, change_origin=True))
    for at, one in enumerate(found):
        for later in found[at + 1 :]:
            if later.prefix != one.prefix and later.prefix.startswith(one.prefix):
                raise Unreadable(f"{name} passes {one.prefix} on before {later.prefix}", line)
    return tuple(found)


def _entry(text: str, name: str, prefix: str, place: int, environment: Mapping[str, str]) -> Proxy:
    target: str | None = None
    pattern = replacement = ""
    flags = {"changeOrigin": False, "secure": True, "ws": False}
    for key, value, at in entries_of(text, text.index("{", place + len(prefix))):
        line = _line(text, at)
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
        raise Unreadable(f"the target of {prefix} in {name} is computed", _line(text, place))
    return _target(
        prefix,
        target,
        change_origin=flags["changeOrigin"],
        verify=flags["secure"],
        websocket=flags["ws"],
        pattern=pattern.replace("\\/", "/"),
        replacement=replacement,
    )


def _target(
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
