"""A front end that a development server serves, although a build makes it static files."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.commands import CommandReach, command_reach
from jettison.analysis.copies import context_path, placements
from jettison.ecosystem.node import (
    DevServer,
    NodeManifest,
    Proxy,
    dev_server_of,
    output_folder,
    read_manifest,
    read_proxies,
)

if TYPE_CHECKING:
    from jettison.analysis.commands import CommandUse
    from jettison.analysis.project import Target

_MANAGERS = frozenset({"npm", "yarn", "pnpm"})
_NODE_IMAGE = re.compile(r"(^|/)node(:|@|$)")


@dataclass(frozen=True, slots=True)
class StaticSite:
    """A target that runs a development server for a site that builds to static files.

    ``folder`` is the context path of its ``package.json`` (``""`` for the context itself),
    ``port`` the container port it listens on, ``output`` the folder its build makes.
    """

    target: Target
    reach: CommandReach
    folder: str
    workdir: str
    manifest: NodeManifest
    server: DevServer
    script: str
    port: int
    output: str
    proxies: tuple[Proxy, ...]


def read_static_site(target: Target) -> StaticSite | None:
    """The site that a target serves from a development server, or ``None``."""
    if not _NODE_IMAGE.search(target.stage.base_name or target.stage.base):
        return None
    reach = command_reach(target)
    workdir = target.state.workdir
    folder = context_path(placements(target), workdir)
    if folder is None or not (target.context / folder / "package.json").is_file():
        return None
    name = posixpath.join(target.context_name, folder, "package.json")
    manifest = read_manifest(target.context / folder, name)
    for use in reach.uses:
        script = None if use.check or not use.service else _script_of(use)
        server = dev_server_of(manifest.scripts.get(script, "")) if script else None
        if script and server and "build" in manifest.scripts:
            return StaticSite(
                target=target,
                reach=reach,
                folder=folder,
                workdir=workdir,
                manifest=manifest,
                server=server,
                script=script,
                port=_port(target, manifest.scripts[script], server),
                output=output_folder(target.context / folder, server),
                proxies=read_proxies(target.context / folder, manifest),
            )
    return None


def _script_of(use: CommandUse) -> str | None:
    """The package script that a command runs: ``npm start``, ``npm run dev``, ``yarn dev``."""
    if use.program not in _MANAGERS:
        return None
    words = [word for word in use.words[1:] if not word.startswith("-")]
    if words[:1] == ["run"] or words[:1] == ["run-script"]:
        words = words[1:]
    return words[0] if words else None


def _port(target: Target, script: str, server: DevServer) -> int:
    """The container port: what Compose publishes, else what is exposed, else the script's."""
    for run in target.runs:
        for port in run.ports:
            if port.protocol == "tcp":
                return port.target
    for exposed in sorted(target.state.exposed):
        number, _, protocol = exposed.partition("/")
        if protocol in ("", "tcp") and number.isdigit():
            return int(number)
    found = re.search(r"--port[= ](\d+)", script)
    return int(found[1]) if found else server.default_port
