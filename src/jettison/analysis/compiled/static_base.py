"""How a static program gets an image without a distribution: what its stage has to change for it.

Distroless' ``static`` images have certificates, time zones, a ``/tmp``, the users root and nonroot,
and no program: no shell either. What a stage does with a shell is told apart command by command.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING

from jettison.analysis.compiled.checks import objection_to_stage, sets_time_zone
from jettison.analysis.compiled.static_program import (
    BaseNeeded,
    Demands,
    static_program,
    words_of,
)
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import Add, Copy, DockerfileEditor, Run, User
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
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell, unwrap

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.source import TextEdit

__all__ = ["NeedsBase", "StaticBase", "static_base"]

IMAGE = "gcr.io/distroless/static-debian12"
_SYSTEM = regex(r"(?:docker\.io/)?(?:library/)?(?:debian|ubuntu)(?::.*)?")
_IN_STATIC = frozenset({"ca-certificates", "tzdata", "netbase"})
_KEPT = (Arg, Cmd, Entrypoint, Env, Expose, Label, Maintainer, Stopsignal, Volume, Workdir, Add)
_USER_MAKERS = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod"})
_NOTHING = frozenset({"true", ":", "echo", "update-ca-certificates"})
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_NONROOT = "65532"
_ROOT = frozenset({"", "root", "0"})


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


def static_base(facts: Facts, target: Target) -> StaticBase | NeedsBase | None:
    """How the target's program can do without the Debian under it; ``None`` for other images."""
    if len(target.lineage) != 1 or not _SYSTEM.fullmatch(target.base):
        return None
    program = static_program(facts, target)
    if program is None:
        return None
    try:
        return _Mover(target, Demands(facts, target, program)).moved()
    except BaseNeeded as needed:
        return NeedsBase(needed.reason, needed.line)


@dataclass(slots=True)
class _Mover:
    """Tells what each instruction of the stage needs of its base, and collects the edits."""

    target: Target
    demands: Demands
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
            raise BaseNeeded(*objection)
        self.demands.check_containers()
        self.demands.check_code()
        without_cgo, read = self.demands.linking()
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
            self.edits += self.editor.insert_before(self.demands.builds()[0].run, line)
        self.edits += self.editor.delete(*(o for o in self.dropped if o is not self.replaced))
        return StaticBase(
            self.demands.program.path,
            image,
            tuple(self.edits),
            tuple(self.dropped),
            without_cgo,
            read,
            exec_form,
            user,
        )

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
                if not one.disabled and not (one.argv and self.demands.is_program(one.argv[0])):
                    raise BaseNeeded("its health check starts another program", one.line)
            case Cmd() | Entrypoint():
                return self._take_command(one)
            case _:
                if not isinstance(one, _KEPT):
                    raise BaseNeeded(f"{one.keyword} needs the base image", one.line)
        return False

    def _take_command(self, one: CommandInstruction) -> bool:
        if one.argv is not None:
            return False
        # With an entry point in exec form the words of CMD are arguments; in shell form, none.
        alone = sum(isinstance(o, Cmd | Entrypoint) for o in self.target.stage.instructions) == 1
        words = words_of(one.command)
        if not words or not alone:
            raise BaseNeeded("a shell starts it", one.line)
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
            raise BaseNeeded("a RUN needs the base image", run.line)
        one = PackageRun(self.target.stage.index, step, RunEditor(self.editor, run))
        if sets_time_zone(one) and self.target.state.env.get("TZ"):
            self.dropped.append(run)  # Go reads the variable first
            return
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
            raise BaseNeeded(f"the package {name} is installed in it", run.line)

    def _take_words(self, words: list[str], step: Step, run: Run) -> None:
        name = posixpath.basename(words[0]) if words else ""
        paths = [w for w in words[1:] if not w.startswith("-")]
        folder = step.before.workdir
        if any("$" in word for word in words):
            raise BaseNeeded(f"`{name}` is not followed", run.line)
        if name == "mkdir":
            self.folders += [posixpath.normpath(posixpath.join(folder, w)) for w in paths]
        elif name == "chown" and len(paths) > 1:
            whole = any(word.startswith("-") and "R" in word for word in words[1:])
            for path in (posixpath.normpath(posixpath.join(folder, w)) for w in paths[1:]):
                self.owned[path] = whole or self.owned.get(path, False)
        elif name == "chmod" and len(paths) > 1:
            others = [w for w in paths[1:] if not self.demands.is_program(w)]
            if others and not {posixpath.normpath(posixpath.join(folder, w)) for w in others} <= {
                *self.folders
            }:
                raise BaseNeeded("`chmod` changes files that it copies", run.line)
        elif name == "rm" and all(w.startswith(("/var/lib/apt", "/var/cache")) for w in paths):
            pass
        elif name and name not in _USER_MAKERS | _NOTHING:
            raise BaseNeeded(f"`{name}` runs in it", run.line)

    def _settle(self, user: str) -> None:
        """Writes what makes folders and hands them over without a shell."""
        owner = f"{user}:{user}" if user else ""
        flag = f" --chown={owner}" if owner else ""
        made = dict.fromkeys(one for one in self.folders if one != self.target.state.workdir)
        steps = self.target.steps
        copies = [(s, s.instruction) for s in steps if isinstance(s.instruction, Copy | Add)]
        handed: list[Copy | Add] = []
        for place, whole in self.owned.items():
            inner = [copy for step, copy in copies if _lands_in(step, place)]
            is_workdir = place == self.target.state.workdir
            if is_workdir and user != _NONROOT:
                raise BaseNeeded(f"{place} is handed over to another user than nonroot")
            if not (place in made or is_workdir or inner):
                raise BaseNeeded(f"{place} of the base image is handed over")
            handed += inner if whole or not is_workdir else ()
        for _, copy in copies:
            given = copy.chown is not None and copy.chown.partition(":")[0] not in _ROOT
            if (given or copy in handed) and copy not in self.dropped and owner:
                self.edits += self.editor.set_flag(copy, "chown", owner)
        stage = self.target.dockerfile.stages[self.demands.program.stage]
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
    if not isinstance(copy, Copy | Add):
        return False
    place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
    return f"{place}/".startswith(f"{folder.rstrip('/')}/")
