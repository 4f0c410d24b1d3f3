"""The RUNs of a Dockerfile's stages that call a package manager, and which stages matter."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import DockerfileEditor, Run
from jettison.record import record
from jettison.shell import Connector, Manager, Nesting, Verb, is_shell
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Dockerfile, From, Step
    from jettison.shell import Command, PackageCall

__all__ = [
    "PackageRun",
    "base_images",
    "built_from",
    "feeding_runs",
    "feeding_stages",
    "first_of",
    "folder_of",
    "has_cache_mount",
    "package_runs",
    "reaching_stages",
    "run_name",
    "services_of",
    "under_condition",
]

_ELSEWHERE = {
    Manager.NPM: ("--prefix", "-C"),
    Manager.YARN: ("--cwd",),
    Manager.PNPM: ("--dir", "-C"),
    Manager.BUN: ("--cwd",),
    Manager.UV: ("--directory", "--project"),
    Manager.POETRY: ("--directory", "-C", "--project", "-P"),
    Manager.PDM: ("--project", "-p"),
}
_MAYBE = frozenset(
    {Nesting.CONDITION, Nesting.BRANCH, Nesting.CASE, Nesting.LOOP, Nesting.FUNCTION}
)
_SAME_INSTALL = {"ci": "install", "i": "install", "clean-install": "install", "add": "install"}
_TRUE = frozenset({"1", "true", "on", "yes"})


@record(cached=True)
class PackageRun:
    """A RUN of the stage with number ``stage`` that calls a package manager."""

    stage: int
    step: Step
    editor: RunEditor

    @property
    def run(self) -> Run:
        """The instruction."""
        return sure_of(Run, self.step.instruction)

    @cached_property
    def calls(self) -> tuple[PackageCall, ...]:
        """The calls of package managers, in order."""
        return self.editor.calls

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands, in order."""
        return self.editor.script.commands

    def of(self, manager: Manager, *verbs: Verb) -> tuple[PackageCall, ...]:
        """The calls of one manager that do one of ``verbs``, all of them where none is given."""
        return tuple(
            call
            for call in self.calls
            if call.manager is manager and (not verbs or call.verb in verbs)
        )

    def variable(self, name: str, call: PackageCall | None = None) -> str:
        """The value of a variable where the RUN starts, or in front of a call of it."""
        for command in (*self.commands, *((call.command,) if call else ())):
            same = call is not None and command.span == call.command.span
            if (same or command.name in ("export", "")) and not command.nesting:
                for one in command.assignments:
                    if one.name == name:
                        return str(one.value.unquoted)
                for word in command.arguments if command.name == "export" else ():
                    if word.unquoted.startswith(f"{name}="):
                        return str(word.unquoted).partition("=")[2]
        return self.step.before.variables.get(name, "")

    def is_set(self, name: str, call: PackageCall | None = None) -> bool:
        """Whether a variable says yes."""
        return self.variable(name, call).strip().lower() in _TRUE

    def removes(self, *parts: str) -> bool:
        """Whether an ``rm`` or a ``find … -delete`` of it names one of ``parts``."""
        return any(
            part in word.unquoted
            for command in self.commands
            if command.name in ("rm", "find") or any(w.unquoted == "rm" for w in command.words)
            for word in command.words
            for part in parts
        )


def package_runs(target: Target, stages: frozenset[int] | None = None) -> Iterator[PackageRun]:
    """The RUNs in shell form that call a package manager, of ``stages`` (all where not given)."""
    editor = DockerfileEditor(target.dockerfile)
    for stage, steps in enumerate(target.all_steps):
        if stages is not None and stage not in stages:
            continue
        for step in steps:
            run = step.instruction
            if not isinstance(run, Run) or step.triggered or run.argv is not None:
                continue
            if not is_shell(step.before.shell):
                continue
            found = PackageRun(stage, step, RunEditor(editor, run))
            if found.calls:
                yield found


def first_of(facts: Facts, target: Target) -> bool:
    """Whether this target is the one in whose name its Dockerfile's edits are proposed."""
    shared = (one for one in facts.project.sharing(target) if not one.development)
    return next(shared, target).name == target.name


def sharing(facts: Facts, target: Target) -> tuple[Target, ...]:
    """The targets built from the same Dockerfile that do not serve development only."""
    return tuple(one for one in facts.project.sharing(target) if not one.development) or (target,)


def services_of(facts: Facts, target: Target) -> tuple[str, ...]:
    """The services that run an image of this target's Dockerfile, once each."""
    found = (name for one in sharing(facts, target) for name in one.services)
    return tuple(dict.fromkeys(found))


def services_from(facts: Facts, target: Target, stage: int) -> tuple[str, ...]:
    """The services that run an image built from a stage of this target's Dockerfile, once each."""
    found = (n for one in _built_from(facts, target, stage) for n in one.services)
    return tuple(dict.fromkeys(found))


def stages_with(facts: Facts, target: Target, stage: int) -> frozenset[int]:
    """The stages whose layers lie in one image with those of a stage."""
    return frozenset(s.index for one in _built_from(facts, target, stage) for s in one.lineage)


def _built_from(facts: Facts, target: Target, stage: int) -> Iterator[Target]:
    for one in sharing(facts, target):
        if any(stage == each.index for each in one.lineage):
            yield one


def reaching_stages(facts: Facts, target: Target) -> frozenset[int]:
    """The stages of the Dockerfile whose layers reach an image of the project."""
    return frozenset(stage.index for one in sharing(facts, target) for stage in one.lineage)


def feeding_stages(dockerfile: Dockerfile, stage: int) -> frozenset[int]:
    """A stage and all that it is built or copies from, directly or not."""
    found: set[int] = set()
    waiting = [stage]
    while waiting:
        number = waiting.pop()
        if number in found:
            continue
        found.add(number)
        waiting += [r.stage for r in dockerfile.stages[number].references if r.stage is not None]
    return frozenset(found)


def built_from(dockerfile: Dockerfile, stage: int) -> frozenset[int]:
    """The stages that start from a stage, directly or not."""
    found = {stage}
    for one in dockerfile.stages:  # a stage only starts from an earlier one
        if one.base_stage in found:
            found.add(one.index)
    return frozenset(found - {stage})


def feeding_runs(facts: Facts) -> Iterator[tuple[Target, PackageRun]]:
    """The RUNs whose layers or files reach an image, each Dockerfile's once, with its target."""
    for target in facts.targets:
        if first_of(facts, target):
            feeding = frozenset[int]().union(
                *(feeding_stages(o.dockerfile, o.stage.index) for o in sharing(facts, target))
            )
            for run in package_runs(target, feeding):
                yield target, run


def base_images(facts: Facts) -> Iterator[tuple[Target, From, str]]:
    """The images from elsewhere that stages which an image needs start from, each FROM once.

    Variables are replaced by their defaults where they have some.
    """
    for target in facts.targets:
        if first_of(facts, target):
            for index in sorted(feeding_stages(target.dockerfile, target.stage.index)):
                stage = target.dockerfile.stages[index]
                name = stage.base_name or stage.base
                if stage.base_stage is None and name not in target.contexts:
                    yield target, stage.from_, name


def under_condition(run: PackageRun, call: PackageCall) -> bool:
    """Whether a call is run in some builds only: in an ``if``, behind a test, as an alternative."""
    own = call.command
    if _MAYBE.intersection(own.nesting) or own.connector is Connector.OR:
        return True
    before = [one for one in run.commands if one.span.end <= own.span.start]
    if before and before[-1].connector is Connector.OR:
        return True
    tests = ("[", "[[", "test")
    return any(one.name in tests and one.nesting == own.nesting for one in before)


def has_cache_mount(run: Run, *parts: str) -> bool:
    """Whether a cache mount of the RUN covers a folder named like one of ``parts``."""
    for mount in run.mounts:
        place = (mount.target or "").rstrip("/")
        if mount.type in ("cache", "tmpfs") and (
            place.endswith(("/.cache", "/root", "/var/cache")) or any(p in place for p in parts)
        ):
            return True
    return False


def folder_of(run: PackageRun, call: PackageCall) -> str | None:
    """The absolute folder in which a call runs, ``cd`` and ``--prefix`` followed; or ``None``."""
    folder = run.step.before.workdir
    for command in run.commands:
        if command.span.start >= call.command.span.start:
            break
        if command.name == "cd" and command.nesting == call.command.nesting[: len(command.nesting)]:
            place = command.arguments[0].value if len(command.arguments) == 1 else None
            if place is None:
                return None
            folder = posixpath.join(folder, place)
    flag = call.flag(*_ELSEWHERE.get(call.manager, ()))
    if flag is not None and (flag.value is None or "$" in flag.value):
        return None
    return posixpath.normpath(posixpath.join(folder, flag.value or "" if flag else ""))


def run_name(target: Target, run: PackageRun, manager: Manager) -> str:
    """What a key calls a RUN of a manager: ``pip``, or ``pip:flask`` where there are several."""
    runs = [one for one in package_runs(target) if _installs(one, manager)]
    if len(runs) < 2:
        return manager.value
    names: list[str] = []
    for one in runs:
        name = f"{manager.value}:{_first_name(one, manager)}"
        while name in names:
            name += "~"
        if one.run.span == run.run.span:
            return name
        names.append(name)
    return manager.value


def _installs(run: PackageRun, manager: Manager) -> bool:
    return bool(run.of(manager, Verb.INSTALL, Verb.UPDATE, Verb.UPGRADE, Verb.DOWNLOAD))


def _first_name(run: PackageRun, manager: Manager) -> str:
    for call in run.of(manager, Verb.INSTALL):
        for name in (*(r.path for r in call.requirements), *(p.name for p in call.packages)):
            return posixpath.basename(name) or name
    call = run.of(manager)[0]
    name = call.subcommand_name or call.program_name
    return _SAME_INSTALL.get(name, name)  # so that a key outlives a change of the word
