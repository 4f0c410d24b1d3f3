"""``package.json`` (npm documentation, "package.json") and the build tools it starts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LOCKS = (
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
)
_VARIABLE = re.compile(r"^[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class NodeManifest:
    """What a ``package.json`` says; ``lock`` is the lock file's name beside it."""

    name: str
    scripts: Mapping[str, str]
    dependencies: Mapping[str, str]
    dev_dependencies: Mapping[str, str]
    proxy: str | None
    lock: str | None
    manager: str


@dataclass(frozen=True, slots=True)
class DevServer:
    """A development server: its tool, its port when nothing sets one, where its build goes."""

    tool: str
    default_port: int
    output: str


_SERVERS: tuple[tuple[tuple[str, ...], DevServer], ...] = (
    (("vite",), DevServer("vite", 5173, "dist")),
    (("vite", "dev"), DevServer("vite", 5173, "dist")),
    (("vite", "serve"), DevServer("vite", 5173, "dist")),
    (("react-scripts", "start"), DevServer("react-scripts", 3000, "build")),
    (("craco", "start"), DevServer("craco", 3000, "build")),
    (("vue-cli-service", "serve"), DevServer("vue-cli-service", 8080, "dist")),
    (("ng", "serve"), DevServer("ng", 4200, "dist")),
    (("webpack", "serve"), DevServer("webpack", 8080, "dist")),
    (("webpack-dev-server",), DevServer("webpack", 8080, "dist")),
    (("parcel",), DevServer("parcel", 1234, "dist")),
    (("parcel", "serve"), DevServer("parcel", 1234, "dist")),
    (("rsbuild", "dev"), DevServer("rsbuild", 3000, "dist")),
    (("rspack", "serve"), DevServer("rspack", 8080, "dist")),
)
_OUT_DIR = re.compile(r"""\boutDir\s*:\s*['"]([^'"$]+)['"]""")


def read_manifest(folder: Path, name: str) -> NodeManifest:
    """The manifest in ``folder``, called ``name`` in errors; raises ``SourceError``."""
    path = folder / "package.json"
    text = path.read_text("utf-8", "replace")
    try:
        data = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise SourceError(f"this is not JSON: {error}", file=name, line=line) from error
    if not isinstance(data, dict):
        raise SourceError("a package.json is an object", file=name, line=1)
    lock = next(((file, tool) for file, tool in _LOCKS if (folder / file).is_file()), None)
    proxy = data.get("proxy")
    return NodeManifest(
        name=str(data.get("name", "")),
        scripts=_strings(data.get("scripts")),
        dependencies=_strings(data.get("dependencies")),
        dev_dependencies=_strings(data.get("devDependencies")),
        proxy=proxy if isinstance(proxy, str) else None,
        lock=lock[0] if lock else None,
        manager=lock[1] if lock else "npm",
    )


def dev_server_of(script: str) -> DevServer | None:
    """The development server that a package script starts, or ``None``."""
    words = [
        word for word in script.rsplit("&&", maxsplit=1)[-1].split() if not _VARIABLE.match(word)
    ]
    if words[:1] in (["npx"], ["cross-env"]):
        words = [word for word in words[1:] if not _VARIABLE.match(word)]
    plain = tuple(word for word in words[:2] if not word.startswith("-"))
    best = None
    for command, server in _SERVERS:
        if plain[: len(command)] == command and (len(plain) == len(command) or len(command) > 1):
            best = server
    return best


def output_folder(folder: Path, server: DevServer) -> str:
    """Where ``npm run build`` leaves the site, relative to ``folder``."""
    for config in sorted(folder.glob("vite.config.*")):
        found = _OUT_DIR.search(config.read_text("utf-8", "replace"))
        if found:
            return found[1].removeprefix("./").rstrip("/")
    return server.output


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(k): v for k, v in value.items() if isinstance(v, str)}
