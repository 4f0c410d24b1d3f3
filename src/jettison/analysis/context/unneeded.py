"""What the ignore file of a context should keep out, and on what grounds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jettison.analysis.context.names import Ignored, Names
from jettison.analysis.context.removing import must_be_there
from jettison.analysis.context.waste import Sort, Waste, waste_of
from jettison.analysis.context.waste_lines import WasteLines
from jettison.analysis.landing import landings, project_path
from jettison.analysis.package_runs import package_runs
from jettison.analysis.running.started import started
from jettison.compose.mount_kinds import MountKind
from jettison.ecosystem.node.package import read_package
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.context.ignore_lines import IgnoreLine
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["Unneeded", "context_group", "unneeded"]

_CERTAIN = frozenset(
    {Sort.VCS, Sort.VIRTUALENV, Sort.NODE_MODULES, Sort.CACHE, Sort.COVERAGE, Sort.EDITOR}
)
_NODE = frozenset({Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN})
_TESTING = frozenset({"pytest", "tox", "nox", "jest", "vitest", "phpunit", "rspec", "test"})
_TESTS = frozenset({"test", "tests", "testdata", "__tests__", "spec", "e2e", "fixtures"})
_OF_DOTNET = frozenset({"bin", "obj"})
_COMPILES = frozenset({"publish", "build", "msbuild"})
_SMALL = 10_000
PUBLIC_PREFIXES = ("VITE_", "REACT_APP_", "NEXT_PUBLIC_", "NUXT_PUBLIC_", "PUBLIC_", "VUE_APP_")
_PLAIN_VALUE = regex(
    r"v?\d{1,5}(?:\.\d{1,5}){0,3}(?:-[a-z]{1,12}\d{0,3})?|true|false|yes|no|on|off|", re.IGNORECASE
)
_SECRET_NAME = regex(r"KEY|SECRET|TOKEN|PASS|PWD|PIN\b|CRED|PRIVATE|AUTH|SALT|CODE", re.IGNORECASE)


@record
class Unneeded:
    """What one context sends for nothing: of what its instructions take, as BuildKit sends no more.

    ``clutter`` nothing can miss; ``sources`` (tests, documentation, other images' folders) are left
    out on the grounds that nothing names them. ``secrets`` may leave; ``read_secrets`` are files
    with secrets that the program reads from the image itself. ``data`` is what programs wrote.
    """

    clutter: tuple[IgnoreLine, ...]
    sources: tuple[IgnoreLine, ...]
    secrets: tuple[IgnoreLine, ...]
    passed_secrets: tuple[IgnoreLine, ...]
    read_secrets: tuple[str, ...]
    data: tuple[Waste, ...]
    copied: bool


def context_group(facts: Facts, target: Target) -> tuple[Target, ...]:
    """The targets that one ignore file holds for, those of development among them."""
    key = (target.context_name, target.ignore_name)
    return tuple(one for one in facts.project.targets if (one.context_name, one.ignore_name) == key)


def unneeded(facts: Facts, target: Target) -> Unneeded:
    """What the context of a target sends that no image of it needs."""
    group = context_group(facts, target)
    others = frozenset(
        posixpath.relpath(one.context_name, target.context_name or ".")
        for one in facts.project.targets
        if one.context_name != target.context_name
        and (not target.context_name or one.context_name.startswith(f"{target.context_name}/"))
    )
    ignored = Ignored(facts.project.root, target.context_name)
    waste = tuple(waste_of(target.files, target.context, ignored, others))
    quiet = frozenset(one.path for one in waste if one.sort is not Sort.SECRET)
    names = Names(facts, group, quiet, frozenset(one.path for one in waste))
    judge = _Judge(facts, group, names, target, waste)
    return judge.all({one.path for one in waste if ignored(one.path)})


def _is_for_tests(path: str) -> bool:
    """Whether a key, or a ``.env.NAME``, is for tests by name or folder, and protects nothing."""
    folders, _, name = path.rpartition("/")
    named = name in (".env.test", ".env.testing")
    return named or (name != ".env" and not _TESTS.isdisjoint(folders.split("/")))


@dataclass
class _Judge:
    """Sorts the waste of one context; ``names`` is what the project names."""

    facts: Facts
    group: tuple[Target, ...]
    names: Names
    target: Target
    waste: tuple[Waste, ...]

    def all(self, ignored: set[str]) -> Unneeded:
        found: dict[str, list[Waste]] = {}
        for one in self.waste:
            asked = self.names.asks_for(one.path) or self._wanted_back(one.path)
            asked = asked or any(f"{path}/".startswith(f"{one.path}/") for path in self._must_be)
            if self.names.sends(one.path) and not asked:
                found.setdefault(self._ends_in(one, ignored), []).append(one)
        lines = WasteLines(self.target, self.waste, self._kept)
        sources = lines.of(found.get("sources", ()))
        return Unneeded(
            clutter=lines.of(found.get("clutter", ())),
            sources=tuple(one for one in sources if one.size >= _SMALL or one.what == Sort.OUTPUT),
            secrets=lines.of(found.get("secrets", ())),
            passed_secrets=lines.of(found.get("passed_secrets", ())),
            read_secrets=tuple(one.path for one in found.get("read_secrets", ())),
            data=tuple(one for one in found.get("data", ()) if one.size >= 5 * _SMALL),
            copied=self.names.whole,
        )

    def _ends_in(self, one: Waste, ignored: set[str]) -> str:
        """The field of :class:`Unneeded` that something goes to, ``""`` for none."""
        if one.sort in _CERTAIN:
            return "clutter" if self._is_clutter(one) else ""
        match one.sort:
            case Sort.SECRET:
                return self._secret(one)
            case Sort.DATA:
                return "sources" if one.path in ignored and self._mounted(one.path) else "data"
            case Sort.OUTPUT:
                name = posixpath.basename(one.path)
                built = self._published if name in _OF_DOTNET else self._built
                return "sources" if name == "target" or built(one.path) else ""
            case Sort.LOG | Sort.DUMP:
                # A program that opens its log makes it where it is not there.
                kept = self._named(one) if one.sort is Sort.LOG else self._used(one)
                return "clutter" if one.size and not kept else ""
            case _:
                return "sources" if one.size >= _SMALL and self._unused(one) else ""

    def _named(self, one: Waste) -> bool:
        return self.names.takes_along(one.path) or self.names.mentions(one.path)

    def _used(self, one: Waste) -> bool:
        """Whether something says that it is used, or a service was seen to open it."""
        return self._named(one) or one.path in self._opened

    @cached_property
    def _must_be(self) -> frozenset[str]:
        """The paths without which a build ends, as it deletes them."""
        return frozenset[str]().union(*map(must_be_there, self.group))

    @cached_property
    def _opened(self) -> frozenset[str]:
        """The waste of which a service opened something while it ran."""
        found: set[str] = set()
        for target in self.group:
            opened = self.facts.evidence.opened.get(target.name)
            if not opened:
                continue
            places = {
                str(above) for path in opened for above in (path, *PurePosixPath(path).parents)
            }
            landed = [one for steps in target.all_steps for one in landings(target, steps)]
            found |= {
                one.path
                for one in self.waste
                if any(landing.image_path(one.path) in places for landing in landed)
            }
        return frozenset(found)

    def _wanted_back(self, path: str) -> bool:
        """Whether a ``!`` line of the author names just this."""
        patterns = self.target.ignore.patterns if self.target.ignore is not None else ()
        return any(
            one.negated and posixpath.basename(one.glob).strip("*") and one.matcher.matches(path)
            for one in patterns
        )

    def _is_clutter(self, one: Waste) -> bool:
        names = self.names
        if one.sort is Sort.VCS:
            return not names.reads_history
        if one.sort is Sort.VIRTUALENV:
            return not names.spells_out(f"{one.path}/bin")
        if one.sort is Sort.NODE_MODULES:
            return not names.takes_along(one.path) and all(map(self._installs, self.group))
        return True

    def _installs(self, target: Target) -> bool:
        """Whether an image of Node installs its packages itself."""
        calls = [call for run in package_runs(target) for m in _NODE for call in run.of(m)]
        if any(call.verb is Verb.INSTALL for call in calls):
            return True
        programs = started(self.facts, target).programs
        bases = [stage.base_name or stage.base for stage in target.dockerfile.stages]
        runs_node = programs & {"node", "npm", "npx", "yarn", "pnpm", "vite", "next"}
        return not runs_node and not any("node" in base or "bun" in base for base in bases)

    def _secret(self, one: Waste) -> str:
        if self._public(one.path) or self._plain(one.path) or _is_for_tests(one.path):
            return ""
        if not posixpath.basename(one.path).startswith(".env"):
            return "read_secrets" if self._used(one) else "secrets"
        if not self.names.reads_dotenv and not self._used(one) and not self._runner_reads():
            return "secrets"
        return "passed_secrets" if self._passed(one.path) else "read_secrets"

    def _runner_reads(self) -> bool:
        """Whether a service is started by ``pipenv run``, which reads ``.env`` for it."""
        return any(
            command.program == "pipenv" or "pipenv" in command.words
            for target in self.group
            for command in self.facts.of(started, target).at_run_time
        )

    def _passed(self, path: str) -> bool:
        """Whether Compose itself gives the variables of a ``.env`` file to the services."""
        project = self.facts.project
        if path != ".env" or self.target.context_name or project.compose is None:
            return False
        wanted = self._variables(path)
        runs = [run for one in self.group for run in one.runs if run.service]
        given = {name for run in runs for name in run.environment}
        return bool(runs) and wanted <= given

    def _public(self, path: str) -> bool:
        """Whether a ``.env`` file only has what a site tells everyone, or settings of Compose."""
        if not posixpath.basename(path).startswith(".env"):
            return False
        found = self._variables(path)
        return bool(found) and all(
            name.startswith((*PUBLIC_PREFIXES, "COMPOSE_")) for name in found
        )

    def _plain(self, path: str) -> bool:
        """Whether a ``.env`` file only has versions, numbers and switches, under plain names."""
        if not posixpath.basename(path).startswith(".env"):
            return False
        found = self._values(path)
        return (
            "" not in found
            and bool(found)
            and all(
                _PLAIN_VALUE.fullmatch(value) and not _SECRET_NAME.search(name)
                for name, value in found.items()
            )
        )

    def _variables(self, path: str) -> set[str]:
        return set(self._values(path))

    def _values(self, path: str) -> dict[str, str]:
        """The variables of a file, with their values without quotes."""
        try:
            text = (self.target.context / path).read_text("utf-8", "replace")
        except OSError:
            return {}
        rows = (row.strip().removeprefix("export ") for row in text.splitlines())
        parts = (row.partition("=") for row in rows if row and not row.startswith("#"))
        return {
            name.strip() if sign else "": value.strip().strip("'\"") for name, sign, value in parts
        }

    def _mounted(self, path: str) -> bool:
        """Whether a service mounts a volume or a folder where this lands in its image."""
        for target in self.group:
            landed = landings(target, target.steps)
            places = {one.image_path(path) for one in landed} - {None}
            for run in target.runs:
                for mount in run.mounts:
                    if mount.kind in (MountKind.BIND, MountKind.VOLUME) and any(
                        place and place.rstrip("/") == mount.target.rstrip("/") for place in places
                    ):
                        return True
        return False

    def _built(self, path: str) -> bool:
        """Whether every image that gets a build's output makes it itself, or has no use for it."""
        if self.names.spells_out(path):
            return False
        folder = posixpath.dirname(path)
        for target in self.group:
            commands = started(self.facts, target).commands
            builds = any("build" in one.words and one.line for one in commands)
            workdirs = {step.after.workdir for steps in target.all_steps for step in steps}
            base = target.base
            if not builds and ("node" in base or any(w.endswith(f"/{folder}") for w in workdirs)):
                return False
        return True

    def _published(self, path: str) -> bool:
        """Whether every image compiles projects of .NET itself, and nothing names the output."""
        return not self.names.spells_out(path) and all(
            any(
                command.line
                and command.program == "dotnet"
                and _COMPILES.intersection(command.words)
                for command in started(self.facts, target).commands
            )
            for target in self.group
        )

    def _unused(self, one: Waste) -> bool:
        if self._used(one) or (one.sort is Sort.OTHER_APP and self._is_member(one.path)):
            return False
        if one.sort is not Sort.TEST:
            return True
        return not any(
            command.line and set(command.words) & _TESTING
            for target in self.group
            for command in started(self.facts, target).commands
        )

    def _is_member(self, path: str) -> bool:
        """Whether a folder is a package of workspaces of this context: their lock file lists it."""
        files = self.target.files
        if files.get(f"{path}/package.json") is None:
            return False
        if files.get("pnpm-workspace.yaml") is not None:
            return True
        root = self.facts.tree.read(project_path(self.target, "package.json"))
        package = read_package(root.text, None) if root is not None else None
        return package is not None and package.workspaces

    def _kept(self, name: str) -> bool:
        """Whether an instruction copies, or the author takes back, something of this name."""
        if any(name in path.split("/") for path in self.names.copied):
            return True
        return any(
            f"/{file.path}".endswith(f"/{name}") and self._wanted_back(file.path)
            for file in self.target.files.files
            if file.path.endswith(name)
        )
