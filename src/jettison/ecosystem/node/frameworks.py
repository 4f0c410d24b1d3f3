"""Frameworks of Node whose build makes a server: which folders they make, and compile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.ecosystem.node.package import NodePackage

__all__ = ["INTERMEDIATE", "SERVERS", "built_by", "compiled_folders"]

INTERMEDIATE = frozenset({".svelte-kit", ".react-router", ".nuxt", ".astro", ".vite"})
"""Folders that a build makes for itself."""
SERVERS = frozenset({"remix-serve", "react-router-serve"})
"""Programs that are told the file of a built server."""


@record
class _Framework:
    """``packages`` must be listed; ``elsewhere`` matches settings of other folders than usual."""

    packages: tuple[str, ...]
    builds: tuple[tuple[str, ...], ...]
    made: frozenset[str]
    compiled: frozenset[str]
    elsewhere: re.Pattern[str]


_FRAMEWORKS = (
    _Framework(
        ("next",),
        (("next", "build"),),
        frozenset({".next"}),
        frozenset({"app", "pages", "src"}),
        re.compile(r"\bdistDir\s*:"),
    ),
    _Framework(
        ("@sveltejs/kit", "@sveltejs/adapter-node"),
        (("vite", "build"),),
        frozenset({"build", ".svelte-kit"}),
        frozenset({"src", "static"}),
        re.compile(r"\b(out|outDir)\s*:"),
    ),
    _Framework(
        ("@remix-run/dev",),
        (("remix", "vite:build"),),
        frozenset({"build"}),
        frozenset({"app"}),
        re.compile(r"\b(buildDirectory|serverBuildPath|appDirectory)\s*:"),
    ),
    _Framework(
        ("@remix-run/dev",),
        (("remix", "build"),),
        frozenset({"build", "public"}),  # the browser's part is in public/build
        frozenset({"app"}),
        re.compile(r"\b(serverBuildPath|appDirectory|assetsBuildDirectory)\s*:"),
    ),
    _Framework(
        ("@react-router/dev",),
        (("react-router", "build"),),
        frozenset({"build", ".react-router"}),
        frozenset({"app"}),
        re.compile(r"\b(buildDirectory|appDirectory)\s*:"),
    ),
    _Framework(
        ("astro", "@astrojs/node"),
        (("astro", "build"),),
        frozenset({"dist", ".astro"}),
        frozenset({"src", "public"}),
        re.compile(r"\b(outDir|srcDir)\s*:"),
    ),
)


def built_by(
    words: Sequence[str], package: NodePackage, settings: Mapping[str, str]
) -> frozenset[str] | None:
    """The folders that a build of a framework makes; ``None`` for another or where not known.

    ``words`` are those of the program, ``settings`` the texts of the files of settings.
    """
    for one in _FRAMEWORKS:
        if tuple(words[:2]) in one.builds and _is_listed(one, package):
            elsewhere = any(one.elsewhere.search(text) for text in settings.values())
            return None if elsewhere else one.made
    return None


def compiled_folders(package: NodePackage) -> frozenset[str]:
    """The folders that the builds of a manifest's frameworks compile, or copy, whole."""
    found = (one.compiled for one in _FRAMEWORKS if _is_listed(one, package))
    return frozenset[str]().union(*found)


def _is_listed(one: _Framework, package: NodePackage) -> bool:
    return set(one.packages) <= package.dependencies | package.development
