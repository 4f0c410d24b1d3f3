"""How a static program gets an image without a distribution: what its stage has to change for it.

Distroless' ``static`` images have certificates, time zones, a ``/tmp``, the users root and nonroot,
and no program: no shell either. What a stage does with a shell is told apart command by command.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING

from jettison.analysis.compiled.checks import objection_to_stage
from jettison.analysis.compiled.go import GO
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.dockerfile import Copy, DockerfileEditor, Run, User
from jettison.dockerfile.instructions import (
    Arg,
    Cmd,
    CommandInstruction,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Stopsignal,
    Volume,
    Workdir,
)
from jettison.ecosystem.golang.images import go_image
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.source import TextEdit

__all__ = ["NeedsBase", "StaticBase", "static_base"]

IMAGE = "gcr.io/distroless/static-debian12"
_SYSTEM = regex(r"(?:docker\.io/)?(?:library/)?(?:debian|ubuntu)(?::.*)?")
_IN_STATIC = frozenset({"ca-certificates", "tzdata", "netbase"})
_OF_LIBC = frozenset({"net", "os/user", "runtime/cgo"})
"""Packages of Go's own that call C only where cgo is on, and do without it else."""
_NEED_CGO = ("-race", "-msan", "-asan", "-buildmode", "-linkshared")
_KEPT = (Arg, Cmd, Entrypoint, Env, Expose, Label, Maintainer, Stopsignal, Volume, Workdir, Copy)
_USER_MAKERS = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod"})
_NOTHING = frozenset({"true", ":", "echo", "update-ca-certificates"})
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_SHELLS = ("/bin/sh", "/bin/bash", "sh", "bash")
_NONROOT = "65532"
_ROOT = frozenset({"", "root", "0"})
_PLAIN = regex(r"[^$`|&;<>(){}*?\[\]~#!\n]+")


@record
class NeedsBase:
    """Why a program keeps the distribution under it; ``line`` (from 1) is where that stands."""

    reason: str
    line: int | None = None


@record
class StaticBase:
    """The edits that put a program on an image without a distribution.

    ``program`` is its path. ``without_cgo`` tells that it has to be built without C, ``read`` that
    the built image says that this can be; ``exec_form`` that the command's form is changed.
    ``dropped`` are the instructions that go, ``image`` is the new base and ``user`` the user's
    number, ``""`` where it is root's as before.
    """

    program: str
    image: str
    edits: tuple[TextEdit, ...]
    dropped: tuple[Instruction, ...]
    without_cgo: bool
    read: bool
    exec_form: bool
    user: str


class _Needed(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.base = NeedsBase(reason, line)


def static_base(facts: Facts, target: Target) -> StaticBase | NeedsBase | None:
    """How the target's program can do without the Debian under it; ``None`` for other images."""
    if len(target.lineage) != 1 or not _SYSTEM.fullmatch(target.base):
        return None
    found = _program(facts, target)
    if found is None:
        return None
    try:
        return _Mover(facts, target, found).moved()
    except _Needed as needed:
        return needed.base


@record
class _Program:
    """A program at ``path`` that was built as ``source`` in the stage with the number ``stage``."""

    path: str
    source: str
    stage: int


def _program(facts: Facts, target: Target) -> _Program | None:
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
        words = _words_of(argv[2])
        return words[0] if words else ""
    return argv[0] if argv else ""


def _words_of(command: str) -> tuple[str, ...]:
    """The words of a shell's command that is nothing but words."""
    if not _PLAIN.fullmatch(command):
        return ()
    try:
        words = shlex.split(command)
    except ValueError:
        return ()
    return tuple(words[1:] if words[:1] == ["exec"] else words)


def _copied(target: Target, program: str) -> Iterator[_Program]:
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
                folder = target.all_steps[stage][-1].after.workdir
                yield _Program(place, posixpath.normpath(posixpath.join(folder, source)), stage)


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
class _Mover:
    """Tells what each instruction of the stage needs of its base, and collects the edits."""

    facts: Facts
    target: Target
    program: _Program
    editor: DockerfileEditor = field(init=False)
    edits: list[TextEdit] = field(default_factory=list)
    dropped: list[Instruction] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    owned: dict[str, bool] = field(default_factory=dict)
    replaced: Run | None = None

    def __post_init__(self) -> None:
        self.editor = DockerfileEditor(self.target.dockerfile)

    def moved(self) -> StaticBase:
        objection = objection_to_stage(self.target, same=True)
        if objection is not None:
            raise _Needed(*objection)
        self._check_containers()
        self._check_code()
        without_cgo, read = self._linking()
        exec_form = False
        user = self._user()
        for step in self.target.steps:
            exec_form = self._take(step) or exec_form
        self._settle(user)
        image = f"{IMAGE}:{'nonroot' if user else 'latest'}"
        self.edits += self.editor.set_base(self.target.stage, image)
        if not any(isinstance(one, Workdir) for one in self.target.stage.instructions):
            line = self.editor.render("WORKDIR /")
            self.edits += self.editor.insert_after(self.target.stage.from_, line)
        if without_cgo:
            line = self.editor.render("ENV CGO_ENABLED=0")
            self.edits += self.editor.insert_before(self._builds()[0].run, line)
        self.edits += self.editor.delete(*(o for o in self.dropped if o is not self.replaced))
        return StaticBase(
            self.program.path,
            image,
            tuple(self.edits),
            tuple(self.dropped),
            without_cgo,
            read,
            exec_form,
            user,
        )

    # What runs in the container besides the program.

    def _check_containers(self) -> None:
        stage = self.target.stage.index
        name = posixpath.basename(self.program.path)
        for each in sharing(self.facts, self.target):
            if each.stage.index != stage:
                raise _Needed("services run several stages of the file")
            for run in each.runs:
                if _started(run.argv) and not self._is_program(_started(run.argv)):
                    raise _Needed(f"{run.service or 'its command'} starts `{run.argv[0]}`")
                if run.argv[:1] != () and run.argv[0] in _SHELLS and run.overrides_command:
                    raise _Needed(f"{run.service} is started by a shell")
                if run.check and run.check[0] != "NONE" and not self._checks_itself(run.check):
                    raise _Needed(f"the health check of {run.service} starts another program")
                if run.user and not run.user.partition(":")[0].isdigit():
                    raise _Needed(f"{run.service} runs as {run.user}, a user of the base image")
            for command in (*overlaid(self.facts, each), *documented(self.facts, each)):
                if posixpath.basename(command.words[0]) != name:
                    raise _Needed(f"{command.origin} starts `{command.program}` in it")

    def _checks_itself(self, check: tuple[str, ...]) -> bool:
        return check[0] == "CMD" and len(check) > 1 and self._is_program(check[1])

    def _is_program(self, word: str) -> bool:
        path = posixpath.normpath(posixpath.join(self.target.state.workdir, word))
        return path == self.program.path or (
            "/" not in word and word == posixpath.basename(self.program.path)
        )

    def _check_code(self) -> None:
        code = GO.code(self.facts, self.target)
        if code.refusal:
            raise _Needed(code.refusal)
        if code.programs:
            raise _Needed("its code starts other programs (os/exec)")
        mine = {self.program.path, self.program.source}
        shells = {"sh", "bash", "dash"}
        for path in self.facts.evidence.opened.get(self.target.name, frozenset()):
            folder, _, name = path.rpartition("/")
            if path not in mine and folder.endswith("bin") and name not in shells:
                raise _Needed(f"it was seen to open {path}")

    # How the program is linked.

    def _linking(self) -> tuple[bool, bool]:
        """Whether cgo has to be switched off, and whether the built image says that it can be."""
        builds = self._builds()
        if not builds:
            raise _Needed("no RUN of the stage it is copied from builds it with Go")
        for run in builds:
            words = [word.unquoted for command in run.commands for word in unwrap(command)]
            needing = next((w for w in words if w.startswith(_NEED_CGO)), None)
            if needing is not None:
                raise _Needed(f"it is built with {needing}", run.run.line)
            if self._cgo(run) not in ("", "0"):
                raise _Needed("CGO_ENABLED is what the Dockerfile asks for", run.run.line)
        if all(self._cgo(run) == "0" for run in builds):
            return False, False
        image = self.facts.evidence.image(self.target.name)
        programs = image.go_programs if image is not None else {}
        paths = (self.program.source, self.program.path)
        path = next((path for path in paths if path in programs), None)
        if image is None or path is None:
            raise _Needed("only the built image tells whether it calls C", builds[0].run.line)
        calling = programs[path]
        own = calling - _OF_LIBC
        if own:
            raise _Needed(f"{min(own)} calls C, whose library the base has", builds[0].run.line)
        return bool(calling or path in image.linked), True

    def _cgo(self, run: PackageRun) -> str:
        """What CGO_ENABLED is set to where it builds; ``""`` where it is not set."""
        for command in run.commands:
            for one in command.assignments:
                if one.name == "CGO_ENABLED":
                    return str(one.value.unquoted)
        return run.variable("CGO_ENABLED")

    def _builds(self) -> list[PackageRun]:
        found = []
        for step in self.target.all_steps[self.program.stage]:
            run = step.instruction
            if isinstance(run, Run) and run.argv is None and is_shell(step.before.shell):
                one = PackageRun(self.program.stage, step, RunEditor(self.editor, run))
                if GO.products(self.facts, self.target, one):
                    found.append(one)
        return found

    # What the stage does.

    def _user(self) -> str:
        """The number of the user that the services run as; ``""`` for root."""
        name = self.target.state.user.partition(":")[0]
        if name in _ROOT:
            return ""
        return name if name.isdigit() else _NONROOT

    def _take(self, step: Step) -> bool:
        """Takes note of an instruction; whether a command's form was changed."""
        one = step.instruction
        match one:
            case User():
                if not one.user.partition(":")[0].isdigit():
                    self.dropped.append(one)
            case Run():
                self._take_run(step, one)
            case Copy():
                self._take_copy(step, one)
            case Healthcheck():
                if not one.disabled and not (one.argv and self._is_program(one.argv[0])):
                    raise _Needed("its health check starts another program", one.line)
            case Cmd() | Entrypoint():
                return self._take_command(one)
            case _:
                if not isinstance(one, _KEPT):
                    raise _Needed(f"{one.keyword} needs the base image", one.line)
        return False

    def _take_command(self, one: CommandInstruction) -> bool:
        if one.argv is not None:
            return False
        words = _words_of(one.command)
        if not words:
            raise _Needed("a shell starts it", one.line)
        keyword = one.keyword.lower() if self.editor.lower else one.keyword
        self.edits += self.editor.replace(one, f"{keyword} {json.dumps(words)}")
        return True

    def _take_copy(self, step: Step, one: Copy) -> None:
        copy = step.expanded
        is_of_base = isinstance(copy, Copy) and copy.sources == (_CERTIFICATES,)
        if is_of_base and one.from_ is not None and not self._adds_certificates(one):
            self.dropped.append(one)

    def _adds_certificates(self, copy: Instruction) -> bool:
        """Whether the stage that a COPY takes from adds certificates of its own."""
        references = self.target.stage.references
        number = next((r.stage for r in references if r.instruction == copy), None)
        if number is None:
            return True
        steps = self.target.all_steps[number]
        texts = (s.instruction.command for s in steps if isinstance(s.instruction, Run))
        return any("update-ca-certificates" in text for text in texts)

    def _take_run(self, step: Step, run: Run) -> None:
        if run.argv is not None or run.mounts or not is_shell(step.before.shell):
            raise _Needed("a RUN needs the base image", run.line)
        one = PackageRun(self.target.stage.index, step, RunEditor(self.editor, run))
        installs = {call.command.span: call for call in one.calls}
        for command in one.commands:
            call = installs.get(command.span)
            if call is not None:
                self._take_call(call.manager, call.verb, {p.name for p in call.packages}, run)
                continue
            values = step.before.variables
            words = [Template(w.unquoted).safe_substitute(values) for w in unwrap(command)]
            self._take_words(words, step, run)
        self.dropped.append(run)

    def _take_call(self, manager: Manager, verb: Verb, packages: set[str], run: Run) -> None:
        own = packages - _IN_STATIC
        if manager is not Manager.APT or (verb is Verb.INSTALL and own):
            name = min(own, default=manager.value)
            raise _Needed(f"the package {name} is installed in it", run.line)

    def _take_words(self, words: list[str], step: Step, run: Run) -> None:
        name = posixpath.basename(words[0]) if words else ""
        paths = [w for w in words[1:] if not w.startswith("-")]
        folder = step.before.workdir
        if any("$" in word for word in words):
            raise _Needed(f"`{name}` is not followed", run.line)
        if name == "mkdir":
            self.folders += [posixpath.normpath(posixpath.join(folder, w)) for w in paths]
        elif name == "chown" and len(paths) > 1:
            whole = any(word.startswith("-") and "R" in word for word in words[1:])
            for path in (posixpath.normpath(posixpath.join(folder, w)) for w in paths[1:]):
                self.owned[path] = whole or self.owned.get(path, False)
        elif name == "chmod" and len(paths) > 1:
            others = [w for w in paths[1:] if not self._is_program(w)]
            if others and not {posixpath.normpath(posixpath.join(folder, w)) for w in others} <= {
                *self.folders
            }:
                raise _Needed("`chmod` changes files that it copies", run.line)
        elif name == "rm" and all(w.startswith(("/var/lib/apt", "/var/cache")) for w in paths):
            pass
        elif name and name not in _USER_MAKERS | _NOTHING:
            raise _Needed(f"`{name}` runs in it", run.line)

    def _settle(self, user: str) -> None:
        """Writes what makes folders and hands them over without a shell."""
        owner = f"{user}:{user}" if user else ""
        flag = f" --chown={owner}" if owner else ""
        made = dict.fromkeys(one for one in self.folders if one != self.target.state.workdir)
        copies = [(s, s.instruction) for s in self.target.steps if isinstance(s.instruction, Copy)]
        handed: list[Copy] = []
        for place, whole in self.owned.items():
            inner = [copy for step, copy in copies if _lands_in(step, place)]
            is_workdir = place == self.target.state.workdir
            if is_workdir and user != _NONROOT:
                raise _Needed(f"{place} is handed over to another user than nonroot")
            if not (place in made or is_workdir or inner):
                raise _Needed(f"{place} of the base image is handed over")
            handed += inner if whole or not is_workdir else ()
        for _, copy in copies:
            given = copy.chown is not None and copy.chown.partition(":")[0] not in _ROOT
            if (given or copy in handed) and copy not in self.dropped and owner:
                self.edits += self.editor.set_flag(copy, "chown", owner)
        stage = self.target.dockerfile.stages[self.program.stage]
        rows = []
        for place in made:
            own = flag if user and any(f"{place}/".startswith(f"{o}/") for o in self.owned) else ""
            rows.append(f"COPY{own} --from={stage.name or stage.index} /made{place} {place}")
        if rows:
            folders = " ".join(f"/made{place}" for place in made)
            last = (stage.from_, *stage.instructions)[-1]
            line = self.editor.render(f"RUN mkdir -p {folders}")
            self.edits += self.editor.insert_after(last, line)
        runs = [one for one in self.dropped if isinstance(one, Run)]
        if rows and runs:
            self.replaced = runs[0]
            text = self.editor.render(*rows).removesuffix(self.editor.newline)
            self.edits += self.editor.replace(runs[0], text)


def _lands_in(step: Step, folder: str) -> bool:
    copy = step.expanded
    if not isinstance(copy, Copy):
        return False
    place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
    return f"{place}/".startswith(f"{folder.rstrip('/')}/")
