"""System packages of the image that runs which only serve building, and what they leave behind."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import (
    package_runs,
    reaching_stages,
    sharing,
    stages_with,
)
from jettison.analysis.python.base import official_python
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.started import started
from jettison.analysis.stages.fetched_installers import fetched_installers
from jettison.analysis.stages.handed_over import of_wheels
from jettison.analysis.stages.producers import labels
from jettison.analysis.stages.split import Split, split_of
from jettison.analysis.system.asked_for import (
    declared,
    fetches_with_git,
    remaining,
    suite_of,
    uses_program,
)
from jettison.analysis.system.composer_tools import COMPOSERS_OWN, only_composer_uses
from jettison.analysis.system.gyp import PYTHONS, python_for_gyp
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.debian.building import (
    COMPILING,
    is_for_building,
    needed_by_distribution,
    programs_of,
    runtime_of,
)
from jettison.ecosystem.dotnet.images import loads_by_name
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.analysis.evidence import ImageEvidence
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import Command, Package, PackageCall

__all__ = [
    "BuildPackages",
    "Kept",
    "build_packages",
    "clears_lists",
    "has_runs",
    "installs_in_final",
]

_KINDS = {Manager.APT: "debian", Manager.APK: "alpine"}
_AT_RUN = regex(r"\brun[- ]?time\b|\b(on|at) every\b|\bper (call|request)\b", re.IGNORECASE)
_NOT = regex(r"\b(not|n't|no longer|never) (be )?(needed|required|used)\b", re.IGNORECASE)
_CLIENTS = frozenset({"curl", "wget"})
_LISTS = ("/var/lib/apt/lists", "/var/cache/apk", "/var/cache/apt")


@record
class Kept:
    """A build package that stays, and why; ``reported`` where the author may want to know."""

    package: Package
    reason: str
    line: int | None = None
    reported: bool = True


@record
class BuildPackages:
    """What only serves building in one call of a RUN that reaches the image.

    ``runtime`` maps a package's name to those that take its place at run time. ``read`` tells that
    the built image decided. ``removals`` are later RUNs that only remove packages of the call: the
    layer of the call has them all the same.
    """

    run: PackageRun
    call: PackageCall
    kind: str
    movable: tuple[Package, ...]
    kept: tuple[Kept, ...]
    runtime: Mapping[str, tuple[str, ...]]
    read: bool
    removals: tuple[PackageRun, ...] = ()


def clears_lists(command: Command) -> bool:
    """Whether a command only removes what a package manager keeps of its downloads."""
    return command.name == "rm" and all(
        word.unquoted.startswith(("-", *_LISTS)) for word in command.arguments
    )


def build_packages(facts: Facts, target: Target) -> tuple[BuildPackages, ...]:
    """The calls in the stages of the target's image that install what only serves building."""
    found = []
    for run in package_runs(target, reaching_stages(facts, target)):
        for manager, kind in _KINDS.items():
            if _removes_packages(run, manager):
                continue
            for call in run.of(manager, Verb.INSTALL):
                made = _Judge(facts, target, run, call, kind).judge()
                if made is not None:
                    found.append(made)
    return tuple(found)


def _removes_packages(run: PackageRun, manager: Manager) -> bool:
    """Whether a RUN takes packages out again: by name, or those that nothing asked for."""
    removed = run.of(manager, Verb.REMOVE)
    return any(call.packages for call in removed) or bool(run.of(manager, Verb.AUTOREMOVE))


@dataclass(slots=True)
class _Judge:
    """Judges the packages of one call; ``kind`` is the distribution's."""

    facts: Facts
    target: Target
    run: PackageRun
    call: PackageCall
    kind: str

    def judge(self) -> BuildPackages | None:
        virtual = self.call.flag("--virtual", "-t") is not None and self.kind == "alpine"
        packages = [
            one
            for one in self.call.packages
            if one.known and not one.is_path and not one.is_url and self._builds(one, virtual)
        ]
        if not packages:
            return None
        listed = declared(self.facts, self.target)
        kept = [kept for one in packages if (kept := self._kept(one, listed)) is not None]
        stay = {one.package.span for one in kept}
        movable = [one for one in packages if one.span not in stay]
        image = self.facts.evidence.image(self.target.name)
        read = image is not None and bool(image.packages) and bool(image.python)
        runtime: dict[str, tuple[str, ...]] = {}
        if read and image is not None:
            runtime = self._read(image, movable, listed)
        else:
            suite = suite_of(self.facts, self.target)
            for one in tuple(movable):
                left = runtime_of(self.kind, one.name, listed, suite, self._base())
                if left is None:
                    kept.append(Kept(one, "which library it leaves at run time is not known"))
                    movable.remove(one)
                else:
                    runtime[one.name] = left
        removals = tuple(self._removals())
        return BuildPackages(
            self.run, self.call, self.kind, tuple(movable), tuple(kept), runtime, read, removals
        )

    def _base(self) -> str:
        return posixpath.basename(self.target.base.partition("@")[0]).partition(":")[0]

    def _builds(self, package: Package, virtual: bool) -> bool:
        if virtual or is_for_building(self.kind, package.name):
            return True
        if package.name in _CLIENTS:
            return package.name in self.facts.of(_fetching, self.target)
        if package.name in PYTHONS and self._base() == "node":
            return python_for_gyp(self.facts, self.target, self.call)
        if package.name in COMPOSERS_OWN and only_composer_uses(
            self.facts, self.target, package.name
        ):
            return True
        return package.name == "git" and bool(fetches_with_git(self.facts, self.target))

    def _kept(self, package: Package, listed: frozenset[str]) -> Kept | None:
        for program in programs_of(package.name):
            where = uses_program(self.facts, self.target, program)
            if where:
                return Kept(package, f"{where} calls {program}", reported=False)
        user = needed_by_distribution(package.name, listed)
        if user:
            return Kept(package, f"{user} calls it when it runs", reported=False)
        if self._said(package):
            return Kept(package, f"a comment says that {package.name} serves at run time")
        if loads_by_name(self.target.base, package.name):
            return Kept(
                package, "a program of .NET may load a library by the name that only it has"
            )
        return self._kept_for_run(package)

    def _said(self, package: Package) -> bool:
        """Whether the author's comment on the RUN says that a package serves at run time."""
        block = self.run.editor.editor.block_text(self.run.run)
        rows = (row.strip() for row in block.splitlines())
        text = " ".join(row.lstrip("# ") for row in rows if row.startswith("#"))
        named = re.search(rf"(?<![\w+-]){re.escape(package.name)}(?![\w+-])", text)
        return named is not None and _AT_RUN.search(text) is not None and not _NOT.search(text)

    def _kept_for_run(self, package: Package) -> Kept | None:
        """The package stays for a RUN of the image's own stages."""
        made = self.facts.of(split_of, self.target)
        moved = set(made.moved) if isinstance(made, Split) else set()
        stages = reaching_stages(self.facts, self.target)
        builds = is_for_building(self.kind, package.name)
        programs = {*programs_of(package.name), *(COMPILING if builds else ())}
        for one in sharing(self.facts, self.target):
            for command in self.facts.of(started, one).commands:
                if not command.line or command.stage not in stages or command.line in moved:
                    continue
                words = {command.program, *(w.rpartition("/")[2] for w in command.words)}
                if command.program.startswith("docker-php-ext"):
                    words = {command.program}  # the others are extensions
                if words & programs:
                    name = min(words & programs)
                    reason = f"the RUN on line {command.line} calls {name}"
                    told = package.name not in _CLIENTS | COMPOSERS_OWN - {"git"}
                    return Kept(package, reason, command.line, reported=told)
        removed = self._removed_later(package)
        if removed is not None:
            return Kept(package, f"the RUN on line {removed} removes it", removed)
        return None

    def _removed_later(self, package: Package) -> int | None:
        """The line of a RUN that removes a package and does more than that."""
        undone = {run.run.span for run in self._removals()}
        for run in self._runs():
            for manager in _KINDS:
                for call in run.of(manager, Verb.REMOVE, Verb.AUTOREMOVE):
                    everything = call.verb is Verb.AUTOREMOVE and not call.packages
                    named = self._names((package,)) & {one.name for one in call.packages}
                    if (everything or named) and run.run.span not in undone:
                        return run.run.line
        return None

    def _runs(self) -> tuple[PackageRun, ...]:
        return tuple(package_runs(self.target, reaching_stages(self.facts, self.target)))

    def _names(self, packages: Iterable[Package]) -> set[str]:
        """The names by which packages of the call can be removed."""
        virtual = self.call.flag("--virtual", "-t")
        return {one.name for one in packages} | (
            {virtual.value} if virtual and virtual.value else set()
        )

    def _removals(self) -> Iterator[PackageRun]:
        """The later RUNs that only remove what the call installs."""
        own = self._names(self.call.packages)
        for run in self._runs():
            removing = run.of(self.call.manager, Verb.REMOVE)
            if run.run.line <= self.run.run.line or not removing:
                continue
            tidying = run.of(self.call.manager, Verb.AUTOREMOVE, Verb.CLEAN, Verb.UPDATE)
            known = {call.command.span for call in (*removing, *tidying)}
            names = {one.name for call in (*removing, *tidying) for one in call.packages}
            others = [one for one in run.commands if one.span not in known]
            if names and names <= own and all(map(clears_lists, others)):
                yield run

    def _named(self) -> frozenset[str]:
        stages = reaching_stages(self.facts, self.target)
        return frozenset(
            package.name
            for run in package_runs(self.target, stages)
            for manager in _KINDS
            for call in run.of(manager, Verb.INSTALL)
            for package in call.packages
        )

    def _read(
        self, image: ImageEvidence, movable: list[Package], listed: frozenset[str]
    ) -> dict[str, tuple[str, ...]]:
        """The packages that have to be named when the movable ones leave, from the built image."""
        gone = frozenset(one.name for one in movable)
        stay = remaining(image, gone, self._named() - gone)
        wanted: list[str] = []
        needed = frozenset[str]().union(*(d.sonames for d in image.distributions.values()))
        for soname in sorted(needed):
            owners = sorted(n for n, one in image.packages.items() if soname in one.sonames)
            if owners and not stay.intersection(owners):
                wanted.append(owners[0])
        for name in sorted(set(image.packages) - stay - {one.name for one in movable}):
            executables = image.packages[name].executables
            if any(uses_program(self.facts, self.target, program) for program in executables):
                wanted.append(name)
        suite = suite_of(self.facts, self.target)
        for one in movable:
            # What is loaded by name while it runs (ctypes) no ELF file tells of.
            loaded = {"libmagic-dev": "python-magic", "libzbar-dev": "pyzbar"}.get(one.name)
            known = loaded in listed
            left = runtime_of(self.kind, one.name, listed, suite, self._base()) if known else ()
            wanted += [n for n in left or () if n in image.packages and n not in stay]
        wanted += self._opened(image, gone, wanted)
        made: dict[str, tuple[str, ...]] = {one.name: () for one in movable}
        if movable and wanted:
            libraries = [one.name for one in movable if one.name.endswith("-dev")]
            made[libraries[0] if libraries else movable[0].name] = tuple(dict.fromkeys(wanted))
        return made

    def _opened(self, image: ImageEvidence, gone: frozenset[str], wanted: list[str]) -> list[str]:
        """The packages of which a service opened a file, which no other that stays brings along.

        What is loaded by a name, or read, no ELF file tells of: a ``.typelib``, ``mime.types``.
        """
        named = (self._named() - gone) | set(wanted)
        opened = frozenset[str]().union(
            *(self.facts.evidence.opened.get(o.name, ()) for o in sharing(self.facts, self.target))
        )
        stay = remaining(image, gone, named)
        seen = [
            n for n in sorted(set(image.packages) - stay - gone) if image.packages[n].files & opened
        ]
        for name in tuple(seen):
            others = [one for one in seen if one != name]
            if name in remaining(image, gone, named.union(others)):
                seen = others
        return seen


def _fetching(_: Facts, target: Target) -> frozenset[str]:
    """The programs by which RUNs fetch the script of an installer of Python's packages."""
    if not official_python(target):
        return frozenset()  # which certificates would be left is not known
    runs = (
        RunEditor(DockerfileEditor(target.dockerfile), step.instruction)
        for steps in target.all_steps
        for step in steps
        if isinstance(step.instruction, Run) and not step.triggered
    )
    commands = (run.script.commands for run in runs)
    return frozenset(
        one.name
        for each in commands
        for one in each
        if one.span in fetched_installers(each) and one.name in _CLIENTS
    )


def installs_in_final(facts: Facts, target: Target, stage: int | None = None) -> int | None:
    """The line of a RUN of the image's own stages that installs packages or builds, or ``None``.

    Wheels that another stage has built are installed without what only building needs. With a
    stage only the images that are built from it count.
    """
    stages = reaching_stages(facts, target)
    if stage is not None:
        stages = stages_with(facts, target, stage)
    for run in package_runs(target, stages):
        found = labels(facts, target, run)
        if any(
            (one.artefact is not None or one.refusal)
            and not (one.call is not None and of_wheels(target, run, one.call))
            for one in found
        ):
            return run.run.line
    return None


def has_runs(target: Target, stage: int) -> bool:
    """Whether a stage has a RUN of its own."""
    return any(isinstance(one, Run) for one in target.dockerfile.stages[stage].instructions)
