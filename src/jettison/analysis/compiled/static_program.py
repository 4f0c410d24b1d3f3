"""Whether a service is one program of Go that needs nothing of the distribution under it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.compiled.go import GO, is_source
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.dockerfile import Copy, DockerfileEditor, Run
from jettison.ecosystem.golang.build import module_name
from jettison.ecosystem.golang.code import read_go
from jettison.ecosystem.golang.images import go_image
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import is_shell, parse_commands, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction

__all__ = ["BaseNeeded", "Demands", "StaticProgram", "static_program", "words_of"]

_OF_LIBC = frozenset({"net", "os/user", "runtime/cgo"})
"""Packages of Go's own that call C only where cgo is on, and do without it else."""
_NEED_CGO = ("-race", "-msan", "-asan", "-buildmode", "-linkshared")
_SHELLS = ("/bin/sh", "/bin/bash", "sh", "bash")
_PLAIN = regex(r"[^$`|&;<>*?\[~]+")


class BaseNeeded(Exception):
    """The base is needed for a reason; ``line`` (from 1) is where that stands."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


@record
class StaticProgram:
    """A program at ``path`` that was built as ``source`` in the stage with the number ``stage``."""

    path: str
    source: str
    stage: int


def static_program(facts: Facts, target: Target) -> StaticProgram | None:
    """What Go has built in another stage and all the services start, if it is one."""
    found = {
        one
        for each in sharing(facts, target)
        for run in each.runs
        for one in _copied(target, _started(run.argv))
    }
    return found.pop() if len(found) == 1 else None


def _started(argv: tuple[str, ...]) -> str:
    """The program that a command starts, a simple shell form's too; ``""`` for none."""
    if argv[:1] and argv[0] in _SHELLS and argv[1:2] == ("-c",) and len(argv) > 2:
        words = words_of(argv[2])
        return words[0] if words else ""
    return argv[0] if argv else ""


def words_of(command: str) -> tuple[str, ...]:
    """The words of a shell's command that is nothing but words, without ``exec``."""
    script = parse_commands(command)
    if len(script.commands) != 1 or script.problems or not _PLAIN.fullmatch(command):
        return ()
    one = script.commands[0]
    words = [word.value for word in one.words]
    if one.assignments or None in words:
        return ()
    known = tuple(word for word in words if word is not None)
    return known[1:] if known[:1] == ("exec",) else known


def _copied(target: Target, program: str) -> Iterator[StaticProgram]:
    """Where a COPY takes a program from; a bare name is looked for on ``PATH``."""
    for step in target.steps:
        copy = step.expanded
        stage = _stage_of(target, step.instruction)
        if not isinstance(copy, Copy) or stage is None or not program:
            continue
        base = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
        into = copy.destination.endswith(("/", ".")) or len(copy.sources) > 1
        for source in copy.sources:
            name = posixpath.basename(source)
            place = posixpath.join(base, name) if into else base
            known = target.state.env.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
            asked = posixpath.normpath(posixpath.join(target.state.workdir, program))
            bare = "/" not in program and posixpath.basename(place) == program
            if place == asked or (bare and posixpath.dirname(place) in known):
                built = posixpath.normpath(posixpath.join("/", source))
                yield StaticProgram(place, built, stage)


def _stage_of(target: Target, copy: Instruction) -> int | None:
    """The stage of Go's image from which a COPY takes, if it does from one."""
    for one in target.stage.references:
        if one.instruction == copy and one.stage is not None:
            stage = target.dockerfile.stages[one.stage]
            while stage.base_stage is not None:
                stage = target.dockerfile.stages[stage.base_stage]
            made = go_image(stage.base_name or stage.base)
            return one.stage if made is not None and target.all_steps[one.stage] else None
    return None


@dataclass(slots=True)
class Demands:
    """What a program and its containers demand of the image under it."""

    facts: Facts
    target: Target
    program: StaticProgram

    def check_containers(self) -> None:
        """That nothing but the program runs in the containers; raises ``BaseNeeded``."""
        stage = self.target.stage.index
        name = posixpath.basename(self.program.path)
        for each in sharing(self.facts, self.target):
            if each.stage.index != stage:
                raise BaseNeeded("services run several stages of the file")
            for run in each.runs:
                if _started(run.argv) and not self.is_program(_started(run.argv)):
                    raise BaseNeeded(f"{run.service or 'its command'} starts `{run.argv[0]}`")
                if run.argv[:1] != () and run.argv[0] in _SHELLS and run.overrides_command:
                    raise BaseNeeded(f"{run.service} is started by a shell")
                if run.check and run.check[0] != "NONE" and not self._checks_itself(run.check):
                    raise BaseNeeded(f"the health check of {run.service} starts another program")
                if run.user and not run.user.partition(":")[0].isdigit():
                    raise BaseNeeded(f"{run.service} runs as {run.user}, a user of the base image")
            for command in (*overlaid(self.facts, each), *documented(self.facts, each)):
                word = command.words[0]  # an option is the entry point's
                if posixpath.basename(word) != name and not word.startswith("-"):
                    raise BaseNeeded(f"{command.origin} starts `{command.program}` in it")

    def _checks_itself(self, check: tuple[str, ...]) -> bool:
        return check[0] == "CMD" and len(check) > 1 and self.is_program(check[1])

    def is_program(self, word: str) -> bool:
        """Whether a word of a command names the program."""
        path = posixpath.normpath(posixpath.join(self.target.state.workdir, word))
        return path == self.program.path or (
            "/" not in word and word == posixpath.basename(self.program.path)
        )

    def check_code(self) -> None:
        """That the program starts no other, by its code and as seen; raises ``BaseNeeded``."""
        code = GO.code(self.facts, self.target)
        if code.refusal:
            raise BaseNeeded(code.refusal)
        if code.programs:
            raise BaseNeeded("its code starts other programs (os/exec)")
        mine = {self.program.path, self.program.source}
        shells = {"sh", "bash", "dash"}
        image = self.facts.evidence.image(self.target.name)
        if image is not None and not mine & image.files.keys():
            return  # it was built when it started: what was opened was the compiler's
        for path in self.facts.evidence.opened.get(self.target.name, frozenset()):
            folder, _, name = path.rpartition("/")
            if path not in mine and folder.endswith("bin") and name not in shells:
                raise BaseNeeded(f"it was seen to open {path}")

    def linking(self) -> tuple[bool, bool]:
        """Whether cgo has to be switched off, and whether the built image says that it can be.

        Raises ``BaseNeeded`` where the program calls C, or may.
        """
        builds = self.builds()
        if not builds:
            raise BaseNeeded("no RUN of the stage it is copied from builds it with Go")
        for run in builds:
            words = [word.unquoted for command in run.commands for word in unwrap(command)]
            needing = next((w for w in words if w.startswith(_NEED_CGO)), None)
            if needing is not None:
                raise BaseNeeded(f"it is built with {needing}", run.run.line)
            if self._cgo(run) not in ("", "0"):
                raise BaseNeeded("CGO_ENABLED is what the Dockerfile asks for", run.run.line)
        if all(self._cgo(run) == "0" for run in builds):
            return False, False
        image = self.facts.evidence.image(self.target.name)
        programs = image.go_programs if image is not None else {}
        paths = (self.program.source, self.program.path)
        path = next((path for path in paths if path in programs), None)
        if image is None or path is None:
            if self._is_go_alone():
                return True, False
            raise BaseNeeded("only the built image tells whether it calls C", builds[0].run.line)
        calling = programs[path]
        own = calling - _OF_LIBC
        if own:
            raise BaseNeeded(f"{min(own)} calls C, whose library the base has", builds[0].run.line)
        return bool(calling or path in image.linked), True

    def _is_go_alone(self) -> bool:
        """Whether the code imports nothing but Go's own packages and its own, and no C."""
        own = {
            module_name(source.text)
            for file in self.target.files.files
            if posixpath.basename(file.path) == "go.mod"
            and (source := self.facts.tree.read(project_path(self.target, file.path))) is not None
        }
        imports = {
            name
            for _, text in source_texts(self.facts, self.target, is_source)
            for name in read_go(text).imports
        }
        others = {
            one for one in imports if not any(f"{one}/".startswith(f"{m}/") for m in own - {""})
        }
        return bool(imports) and not any(o == "C" or "." in o.partition("/")[0] for o in others)

    def _cgo(self, run: PackageRun) -> str:
        """What CGO_ENABLED is set to where it builds; ``""`` where it is not set."""
        for command in run.commands:
            for one in command.assignments:
                if one.name == "CGO_ENABLED":
                    return str(one.value.unquoted)
        return run.variable("CGO_ENABLED")

    def builds(self) -> list[PackageRun]:
        """The RUNs that build it, or another program beside it."""
        found = []
        editor = DockerfileEditor(self.target.dockerfile)
        for step in self.target.all_steps[self.program.stage]:
            run = step.instruction
            if isinstance(run, Run) and run.argv is None and is_shell(step.before.shell):
                one = PackageRun(self.program.stage, step, RunEditor(editor, run))
                if GO.products(self.facts, self.target, one):
                    found.append(one)
        return found
