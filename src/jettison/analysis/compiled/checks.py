"""Why a compiled service may have to stay in the image that compiles it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jettison.analysis.compiled.packages import unknown_libraries
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.dockerfile import Add, DockerfileEditor, Onbuild, Run, Shell, User, Workdir
from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jettison.analysis.compiled.model import Code, Language, Product, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand
    from jettison.dockerfile import Step
    from jettison.shell.syntax import Command, Redirection

__all__ = ["REPEATED", "Objections", "objection_to_stage", "sets_time_zone"]

REPEATED = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod", "mkdir"})
"""Programs whose work is done again in the stage that runs."""
_HARMLESS = frozenset(
    "cd set export echo printf true : ls pwd env cat rm git chmod test [ which command sleep date "
    "uname find cp mv install strip upx".split()
)
_AFTER = REPEATED | frozenset(
    "chmod chown rm ln touch echo true : cd set test ls pwd apt-get apt apk".split()
)
_RELOADERS = frozenset("air reflex CompileDaemon gin fresh dlv realize modd entr watchexec".split())


class _Objection(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.pair = (reason, line)


def objection_to_stage(target: Target, *, same: bool = False) -> tuple[str, int] | None:
    """Why a stage cannot become two, with the line; or ``None``.

    ``same`` tells that both start from the same image.
    """
    stage = target.stage
    line = stage.from_.line
    if len(target.lineage) != 1:
        return "it is built from another stage", line
    if stage.index != len(target.dockerfile.stages) - 1:
        return "another stage comes after it", line
    if "$" in stage.base and stage.base_name is None:
        return "its base image is not known", line
    if "@" in stage.base and not same:
        return "the base image is pinned by its digest", line
    triggers = (one.line for one in stage.instructions if isinstance(one, Onbuild))
    return next((("it has ONBUILD", found) for found in triggers), None)


@dataclass(slots=True)
class Objections:
    """Looks for what cannot be followed; ``runs`` are the RUNs by the number of their step.

    ``replaced`` are the words of commands that will be others, ``anew`` tells that they start what
    was not built before.
    """

    facts: Facts
    target: Target
    language: Language
    runtime: Runtime
    runs: Mapping[int, PackageRun]
    replaced: frozenset[tuple[str, ...]] = frozenset()
    anew: bool = False

    def first(
        self, steps: Sequence[Step], end: int, products: Sequence[Product], code: Code
    ) -> tuple[str, int | None] | None:
        """The first reason with its line (from 1); ``end`` is the number of the last build."""
        try:
            self._check_before(steps[: end + 1])
            self._check_after(steps[end + 1 :])
            if code.refusal:
                raise _Objection(code.refusal)
            self._check_started(products)
            self._check_made(products)
        except _Objection as objection:
            return objection.pair
        return None

    def to_another_base(self, steps: Sequence[Step], code: Code) -> tuple[str, int | None] | None:
        """The first reason why a stage that builds nothing needs the compiler's image."""
        try:
            self._check_workdir(steps)
            self._check_after(steps)
            if code.refusal:
                raise _Objection(code.refusal)
        except _Objection as objection:
            return objection.pair
        return None

    def _check_workdir(self, steps: Sequence[Step]) -> None:
        own = any(isinstance(step.instruction, Workdir) for step in steps)
        if not own and self.runtime.workdir != "/":
            reason = f"no WORKDIR: it works in {self.runtime.workdir}, as its base image says"
            raise _Objection(reason)

    def _check_before(self, steps: Sequence[Step]) -> None:
        for at, step in enumerate(steps):
            one = step.instruction
            if isinstance(one, User | Shell):
                raise _Objection(f"{one.keyword} stands before the build", one.line)
            if isinstance(one, Add) and any("://" in source for source in one.sources):
                raise _Objection("what ADD fetches may be needed by the program", one.line)
            if at in self.runs:
                self._check_run(at)

    def _check_run(self, at: int) -> None:
        run = self.runs[at]
        if self.runtime.debian and sets_time_zone(run):
            return
        unknown = unknown_libraries(self.facts, self.target, run)
        if unknown:
            reason = f"only the built image tells which libraries remain of {unknown}"
            raise _Objection(reason, run.run.line)
        calls = {call.command.span for call in run.calls}
        known = _HARMLESS | REPEATED | self.language.compilers
        if self.language.products(self.facts, self.target, run) is not None:
            known |= {"make"}
        for command in run.commands:
            words = [word.unquoted for word in unwrap(command)]
            name = posixpath.basename(words[0]) if words else ""
            writes = [r for r in command.redirections if _writes(r, self.language)]
            if writes:
                raise _Objection(f"`{name}` writes a file that the program may read", run.run.line)
            if command.span in calls or not name or name in known:
                continue
            raise _Objection(f"it is not known what `{name}` leaves for the program", run.run.line)

    def _check_after(self, steps: Sequence[Step]) -> None:
        for step in steps:
            one = step.instruction
            if not isinstance(one, Run):
                continue
            editor = RunEditor(DockerfileEditor(self.target.dockerfile), one)
            run = PackageRun(self.target.stage.index, step, editor)
            for command in run.commands:
                words = [word.unquoted for word in unwrap(command)]
                name = posixpath.basename(words[0]) if words else ""
                if name and name not in _AFTER:
                    raise _Objection(f"`{name}` may need the image that compiles", one.line)

    def to_commands(self) -> str | None:
        """Why the services start what only the compiler's image has, if they do."""
        for command in self._commands():
            if command.words not in self.replaced:
                names = {posixpath.basename(command.words[0]), command.program}
                needs = self.language.needs_compiler or _always
                if names & self.language.compilers and needs(command.words):
                    return f"{command.origin} calls `{command.program}`"
                if names & _RELOADERS:
                    return (
                        f"{command.origin} is `{command.program}`, which builds when files change"
                    )
        return None

    def _commands(self) -> Iterator[StartedCommand]:
        """What runs in containers, of other Compose files and in people's hands, too."""
        for one in sharing(self.facts, self.target):
            yield from self.facts.of(started, one).at_run_time
            yield from overlaid(self.facts, one)
            yield from documented(self.facts, one)

    def _check_started(self, products: Sequence[Product]) -> None:
        """That what the services start is there after."""
        found = bool(self.language.started) or bool(self.replaced)
        made = {one.source for one in products} | {one.place for one in products}
        names = {posixpath.basename(one.place) for one in products}
        for one in sharing(self.facts, self.target):
            for command in self.facts.of(started, one).at_run_time:
                for word in command.words:
                    path = posixpath.normpath(posixpath.join(one.state.workdir, word))
                    inside = any(path == m or path.startswith(f"{m}/") for m in made)
                    found = found or inside or ("/" not in word and word in names)
        if not found:
            raise _Objection(f"what it starts is not what {self.language.name} builds")

    def _check_made(self, products: Sequence[Product]) -> None:
        """That the built image has what the build is said to make."""
        image = self.facts.evidence.image(self.target.name)
        known = image is not None and image.files and not self.anew
        for one in (p for p in products if known and not (p.tool or p.new)):
            files = image.files if image is not None else {}
            below = f"{one.source}/"
            there = one.source in files or any(
                path.startswith(below) or fnmatchcase(path, one.source) for path in files
            )
            if not there:
                raise _Objection(f"the built image has no {one.source}")


def sets_time_zone(run: PackageRun) -> bool:
    """Whether a RUN does no more than to say which time zone the system is in."""
    return bool(run.commands) and all(
        not command.nesting
        and (
            (command.name in ("ln", "cp") and _is_local_time(command))
            or (command.name == "echo" and _written(command) == ["/etc/timezone"])
        )
        for command in run.commands
    )


def _is_local_time(command: Command) -> bool:
    paths = [w.unquoted for w in command.arguments if not w.unquoted.startswith("-")]
    zones = len(paths) == 2 and paths[0].startswith("/usr/share/zoneinfo/")
    return zones and paths[1] == "/etc/localtime" and not _written(command)


def _written(command: Command) -> list[str]:
    found = (one.target for one in command.redirections)
    return [target.unquoted for target in found if target is not None]


def _always(_: tuple[str, ...]) -> bool:
    return True


def _writes(redirection: Redirection, language: Language) -> bool:
    """Whether a redirection makes a file that is no source."""
    target = redirection.target.unquoted if redirection.target is not None else ""
    outward = redirection.operator in (">", ">>", ">|", "&>", "&>>")
    source = language.sources.search(target) is not None
    return outward and not target.startswith("/dev/") and not source
