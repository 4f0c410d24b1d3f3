"""A ``package.json`` as a run-time or build-time question sees it: who needs what of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

__all__ = ["COMPILERS", "NodePackage", "imported_names", "read_package"]

_IMPORT = regex(
    r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\.resolve\s*\(\s*)"""
    r"""['"]([^'"\s]+)['"]"""
)
_EXECUTABLES = {
    "tsc": "typescript",
    "tsserver": "typescript",
    "ng": "@angular/cli",
    "vue-cli-service": "@vue/cli-service",
    "nest": "@nestjs/cli",
    "babel": "@babel/cli",
    "babel-node": "@babel/node",
    "webpack": "webpack-cli",
    "rspack": "@rspack/cli",
    "rsbuild": "@rsbuild/core",
    "svelte-kit": "@sveltejs/kit",
    "remix": "@remix-run/dev",
    "react-router": "@react-router/dev",
    "gulp": "gulp-cli",
    "swc": "@swc/cli",
    "craco": "@craco/craco",
    "playwright": "@playwright/test",
    "nuxi": "nuxt",
    "tailwindcss": "@tailwindcss/cli",
    "graphql-codegen": "@graphql-codegen/cli",
    "sequelize": "sequelize-cli",
    "run-s": "npm-run-all",
    "run-p": "npm-run-all",
}
COMPILERS = {
    "typescript": ("tsc", "tsserver"),
    "@nestjs/cli": ("nest",),
    "@angular/cli": ("ng",),
    "@vue/cli": ("vue", "vue-cli-service"),
    "rimraf": ("rimraf",),
    "webpack-cli": ("webpack", "webpack-cli"),
    "webpack": ("webpack",),
    "tsup": ("tsup",),
    "vite": ("vite",),
    "grunt-cli": ("grunt",),
    "gulp-cli": ("gulp",),
    "turbo": ("turbo",),
    "pnpm": ("pnpm", "pnpx"),
    "@swc/cli": ("swc",),
}
"""What is installed for all folders to build with, and its programs."""
_RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_SHORT = frozenset({"start", "test", "stop", "restart"})
_BUILTIN = frozenset(
    "install i ci add exec dlx x cache prune config set audit pkg version info rebuild".split()
)
_LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare")
_LISTS = ("dependencies", "optionalDependencies", "devDependencies")
_DEPTH = 8


@record
class NodePackage:
    """A manifest; ``executables`` maps a program of a dependency to its package's name."""

    scripts: Mapping[str, str]
    dependencies: frozenset[str]
    development: frozenset[str]
    executables: Mapping[str, str]
    workspaces: bool
    data: Mapping[str, object]

    @property
    def lifecycle(self) -> tuple[str, ...]:
        """The scripts that run when the packages are installed."""
        return tuple(name for name in _LIFECYCLE if name in self.scripts)

    def development_in(self, words: Iterable[str]) -> str:
        """The development dependency that a command needs, its scripts followed; or ``""``."""
        return self._in(" ".join(words), 0)

    def runs(self, words: Sequence[str]) -> bool:
        """Whether a command asks a package manager to run a script, of this package or another."""
        for at, word in enumerate(words):
            if word.rpartition("/")[2] in _RUNNERS:
                rest = [one for one in words[at + 1 :] if not one.startswith("-")]
                return bool(rest) and not _BUILTIN.intersection(rest)
        return False

    def program_of(self, name: str) -> str:
        """The package that brings a program, as the lock file or its maker says; or ``""``."""
        return self.executables.get(name) or _EXECUTABLES.get(name, "")

    def _in(self, text: str, depth: int) -> str:
        words = [w.strip("'\"`();") for w in re.split(r"[\s=;|&]+", text) if w.strip("'\"`();")]
        for at, word in enumerate(words):
            name = self._named(word)
            if name in self.development and name not in self.dependencies:
                return name
            script = self.script(words[at:])
            if script and depth < _DEPTH:
                for one in (f"pre{script}", script, f"post{script}"):
                    found = self._in(self.scripts.get(one, ""), depth + 1)
                    if found:
                        return found
        return ""

    def _named(self, word: str) -> str:
        base = word.rpartition("node_modules/.bin/")[2]
        if base in self.executables:
            return self.executables[base]
        for name in self.development:
            if base == name or base.startswith(f"{name}/"):
                return name
        return _EXECUTABLES.get(base, "")

    def script(self, words: Sequence[str]) -> str:
        """The script of this manifest that a command runs, or ``""``."""
        if words[0].rpartition("/")[2] not in _RUNNERS:
            return ""
        rest = [word for word in words[1:] if not word.startswith("-")]
        if rest[:1] in (["run"], ["run-script"]):
            return rest[1] if len(rest) > 1 else ""
        if rest and (rest[0] in _SHORT or rest[0] in self.scripts) and rest[0] not in _BUILTIN:
            return rest[0]
        return ""


def read_package(text: str, lock: str | None) -> NodePackage | None:
    """The manifest of a ``package.json``, with the programs that a npm lock file tells of."""
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    listed = {n for key in _LISTS for n in _table(data.get(key))}
    return NodePackage(
        {k: v for k, v in _table(data.get("scripts")).items() if isinstance(v, str)},
        frozenset((*_table(data.get("dependencies")), *_table(data.get("optionalDependencies")))),
        frozenset(_table(data.get("devDependencies"))),
        _executables(lock, listed),
        bool(data.get("workspaces")),
        data,
    )


def imported_names(text: str) -> frozenset[str]:
    """The packages that a JavaScript or TypeScript text imports or requires."""
    found = set()
    for path in _IMPORT.findall(text):
        if not path.startswith((".", "/", "node:")):
            parts = path.split("/")
            found.add("/".join(parts[: 2 if path.startswith("@") else 1]))
    return frozenset(found)


def _executables(lock: str | None, listed: AbstractSet[str]) -> dict[str, str]:
    """The packages whose programs are linked into ``.bin``; those that are listed go first."""
    found: dict[str, str] = {}
    try:
        data = json.loads(lock) if lock else {}
    except ValueError:
        return found
    for path, row in _table(_table(data).get("packages")).items():
        name = path.removeprefix("node_modules/")
        if not path.startswith("node_modules/") or "/node_modules/" in name:
            continue
        for program in _table(_table(row).get("bin")):
            if found.get(program) not in listed:
                found[program] = name
    return found


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
