"""Settings that a framework's server loads each time it starts, and the packages that they want."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import sharing
from jettison.analysis.running.started import started
from jettison.ecosystem.node.javascript import without_comments
from jettison.ecosystem.node.package import imported_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["loaded_settings"]

_STARTS = {"next": ("start",), "nuxt": ("start", "preview"), "astro": ("preview",)}
_ENDINGS = ("js", "mjs", "cjs", "ts", "mts")
_BUILT_IN = frozenset(
    "assert buffer child_process crypto dns events fs http https module net os path process "
    "querystring stream timers tls tty url util v8 vm worker_threads zlib".split()
)


def loaded_settings(facts: Facts, target: Target, package: NodePackage, folder: str) -> str:
    """Why a server that is started needs development packages for its settings, or ``""``.

    ``folder`` is the context path of the package.
    """
    for tool in sorted(_tools(facts, target)):
        names = [f"{tool}.config.{ending}" for ending in _ENDINGS]
        paths = [posixpath.join(folder, name) for name in names]
        found = [path for path in paths if target.files.get(path) is not None]
        if not found:
            continue
        name = posixpath.basename(found[0])
        typed = name.endswith(("ts", "mts")) and tool == "next"
        if typed and "typescript" in package.development - package.dependencies:
            return f"`next start` compiles {name} with typescript"
        source = facts.tree.read(project_path(target, found[0]))
        imported = imported_names(without_comments(source.text)) if source is not None else ()
        wanted = sorted({*imported} - package.dependencies - _BUILT_IN)
        if wanted:
            return f"{name}, which `{tool} {_STARTS[tool][0]}` loads, imports {wanted[0]}"
    return ""


def _tools(facts: Facts, target: Target) -> Iterator[str]:
    """The tools that the services start as servers of what was built."""
    for one in sharing(facts, target):
        for command in facts.of(started, one).at_run_time:
            names = {posixpath.basename(word) for word in command.words}
            for tool, verbs in _STARTS.items():
                if tool in names and set(verbs) & names:
                    yield tool
