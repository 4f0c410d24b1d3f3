"""What the RUNs of a Node image build, through the scripts of its manifest."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.shell import Verb, parse_commands, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.analysis.package_runs import PackageRun
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["builds_of", "is_known", "programs_in"]

_DEEPEST = 6
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_DIRECT = frozenset({"npx", "bunx", "pnpx"})
_SHELL = frozenset("cd echo true false : set rm mkdir test [ exit printf ls env".split())
_MAKES_MODULES: dict[str, frozenset[str]] = {
    "next": frozenset({"build", "lint", "telemetry", "typegen"}),
    "nuxt": frozenset({"build", "prepare", "telemetry"}),
    "nuxi": frozenset({"build", "prepare", "telemetry"}),
    "nitro": frozenset({"build", "prepare"}),
    "nitropack": frozenset({"build", "prepare"}),
    "vinxi": frozenset({"build"}),
    "vite": frozenset({"build"}),
    "prisma": frozenset({"generate"}),
}
"""Builders, and what they are told where they write only what they are known to write."""
_CHECKERS = frozenset(
    "tsc eslint prettier biome stylelint rimraf husky next-sitemap contentlayer velite "
    "tailwindcss graphql-codegen patch-package vue-tsc is-ci".split()
)
"""Programs that check the code, or write beside it for the build that follows."""


def builds_of(
    run: PackageRun, package: NodePackage, is_build: Callable[[tuple[str, ...]], bool]
) -> tuple[bool, str]:
    """Whether a RUN builds, and why it is not known what it leaves besides, or ``""``."""
    built, reason = False, ""
    installs = {call.command.span for call in run.calls if call.verb is not Verb.RUN}
    for command in run.commands:
        words = tuple(word.unquoted for word in unwrap(command))
        if not words or (command.span in installs and not _runs(words, package)):
            continue
        calls = (*_RUNNERS, *_DIRECT, *_MAKES_MODULES)
        if posixpath.basename(words[0]) not in calls and "node_modules/" not in words[0]:
            continue
        for one in programs_in(package, words):
            if is_build(one):
                built = True
            elif not is_known(one) and not reason:
                reason = f"it is not known what `{' '.join(one[:2])}` leaves for the program"
    return built, reason


def _runs(words: tuple[str, ...], package: NodePackage) -> bool:
    return bool(package.script(words)) and words[1:2] != ("install",)


def is_known(words: tuple[str, ...]) -> bool:
    """Whether it is known that a program, told these words, leaves nothing for what is started."""
    name = words[0]
    if name in _MAKES_MODULES:
        return words[1:2] != () and words[1] in _MAKES_MODULES[name]
    return name in _SHELL or name in _CHECKERS


def programs_in(
    package: NodePackage, words: tuple[str, ...], depth: int = 0
) -> Iterator[tuple[str, ...]]:
    """The programs, by their plain names, that a command comes to through scripts and ``npx``."""
    words = _plain(words)
    if not words:
        return
    name = words[0]
    script = package.script(words) if name in _RUNNERS and depth < _DEEPEST else ""
    if script in package.scripts:
        for each in (f"pre{script}", script, f"post{script}"):
            for command in parse_commands(package.scripts.get(each, "")).commands:
                inner = tuple(word.unquoted for word in unwrap(command))
                yield from programs_in(package, inner, depth + 1)
    elif name in _DIRECT or (name in _RUNNERS and words[1:2] in (("exec",), ("x",))):
        rest = words[1:] if name in _DIRECT else words[2:]
        found = [word for word in rest if word not in ("--yes", "-y", "--no-install", "--")]
        yield from programs_in(package, tuple(found), depth + 1)
    else:
        yield words


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words past ``cross-env``, the program without its folder."""
    if words and words[0] in ("cross-env", "cross-env-shell"):
        at = next((i for i, word in enumerate(words[1:], 1) if "=" not in word), len(words))
        words = words[at:]
    if not words:
        return ()
    return (words[0].rpartition("node_modules/.bin/")[2], *words[1:])
