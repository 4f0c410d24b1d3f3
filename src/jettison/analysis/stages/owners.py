"""``chown -R`` and ``chmod -R`` of what a COPY brought: every file of it is in the image twice."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.stages.artefacts import Part, Where
from jettison.analysis.stages.producers import labels
from jettison.dockerfile import Add, Copy, DockerfileEditor, Run
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import is_shell
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import Command

__all__ = ["Handing", "handed_at_copy"]

_LEAST_BYTES = 1_000_000
_MAKING_USERS = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod"})
_HARMLESS = frozenset({"chown", "chmod", "cd", "set", "true", ":", "echo"})
_KNOWN_USERS = frozenset({"root", "daemon", "nobody", "www-data", "bin", "mail"})
_FLAGS = frozenset({"chown", "chmod"})
"""The programs, which are the names of COPY's flags, too."""
_MODE = regex(r"0?[0-7]{3}")
_OWNER = regex(r"([A-Za-z_][\w-]*|\d+)(?::([A-Za-z_][\w-]*|\d+))?")
# Folders in which a base image has files of its own.
_OF_BASE = regex(r"/($|(usr(?!/src/.)|var|etc|lib|bin|sbin|root|run|tmp)/)")
_ONLY_IMPORTS = regex(r"import [\w., \\\n]+")


@record
class Handing:
    """A ``chown -R`` on a line (from 1) that COPYs could do: the edits, and what they bring.

    ``program`` is ``chown`` or ``chmod``.
    ``size_bytes`` is what comes from the context; more comes from other stages if ``staged``.
    """

    program: str
    line: int
    place: str
    edits: tuple[TextEdit, ...]
    size_bytes: int
    staged: bool


def handed_at_copy(facts: Facts, target: Target) -> Iterator[Handing]:
    """The changes of owner and mode in the last stage that its COPYs can make themselves."""
    editor = DockerfileEditor(target.dockerfile)
    steps = [s for s in target.all_steps[target.stage.index] if not s.triggered]
    for at, step in enumerate(steps):
        run = _shell_run(target, editor, step)
        if run is None or run.editor.chain is None or run.run.script is not None:
            continue
        for command in run.commands:
            program = command.words[0].unquoted if command.words else ""
            if program in _FLAGS and not command.nesting:
                made = _Case(facts, target, steps, at, run, command).handing()
                if made is not None:
                    yield made


def _shell_run(target: Target, editor: DockerfileEditor, step: Step) -> PackageRun | None:
    run = step.instruction
    if not isinstance(run, Run) or run.argv is not None or not is_shell(step.before.shell):
        return None
    return PackageRun(target.stage.index, step, RunEditor(editor, run))


def _absolute(step: Step, word: str) -> str | None:
    """The path that a word names where a step begins, its variables replaced."""
    value = Template(word).safe_substitute(step.before.variables)
    if re.search(r"[$*?~\[{]", value):
        return None
    return posixpath.normpath(posixpath.join(step.before.workdir, value))


@dataclass(slots=True)
class _Case:
    """One ``chown``: ``command`` of ``run``, which is the step with number ``at``."""

    facts: Facts
    target: Target
    steps: Sequence[Step]
    at: int
    run: PackageRun
    command: Command
    made: list[str] = field(default_factory=list)

    def handing(self) -> Handing | None:
        words = [word.unquoted for word in self.command.words[1:]]
        flags = [word for word in words if word.startswith("-")]
        operands = [word for word in words if not word.startswith("-")]
        if flags not in (["-R"], ["--recursive"]) or len(operands) != 2:
            return None
        value = self._value(operands[0])
        place = _absolute(self.run.step, operands[1])
        if not value or place is None or _OF_BASE.match(f"{place}/"):
            return None
        copies = self._copies(place)
        if not copies or not self._nothing_else(place):
            return None
        moved = self._user(value.partition(":")[0], copies[0]) if self._owns else []
        if moved is None:
            return None
        size, staged = self._size(copies)
        if size < _LEAST_BYTES and not staged:
            return None
        return self._edits(place, value, copies, moved, size)

    @property
    def _program(self) -> str:
        return self.command.words[0].unquoted

    @property
    def _owns(self) -> bool:
        return self._program == "chown"

    def _value(self, word: str) -> str:
        """What COPY's flag is told for the owner or the mode of the command; ``""`` for none."""
        if not self._owns:
            return word if _MODE.fullmatch(word) else ""
        if word == "nobody:":  # its group is 65534, whatever its name
            return "nobody:65534"
        owner = _OWNER.fullmatch(word)
        return f"{owner[1]}:{owner[2] or 'root'}" if owner is not None else ""

    def _copies(self, place: str) -> list[int]:
        """The steps that copy below the place; none where one of them cannot hand it over."""
        found = []
        for at, step in enumerate(self.steps[: self.at]):
            copy = step.expanded
            if not isinstance(copy, Copy | Add):
                continue
            there = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
            if f"{place}/".startswith(f"{there.rstrip('/')}/") and there != place:
                return []
            if f"{there}/".startswith(f"{place}/"):
                told = copy.chown if self._owns else copy.chmod
                if told or any("://" in source for source in copy.sources):
                    return []
                found.append(at)
        return found

    def _nothing_else(self, place: str) -> bool:
        """Whether the RUNs before write nothing below the place but what they name."""
        for stage in self.target.lineage:
            own = stage.index == self.target.stage.index
            steps = self.steps[: self.at + 1] if own else self.target.all_steps[stage.index]
            for step in steps:
                if isinstance(step.instruction, Run) and not self._harmless(step, place):
                    return False
        return True

    def _harmless(self, step: Step, place: str) -> bool:
        run = _shell_run(self.target, self.run.editor.editor, step)
        if run is None:
            return False
        for one in labels(self.facts, self.target, run):
            if one.command.span == self.command.span and run.run.span == self.run.run.span:
                return True
            if one.refusal or one.command.redirections:
                return False
            made = one.artefact
            apart = made is not None and made.where in (Where.PLACE, Where.TREE)
            if apart and made is not None and f"{made.path}/".startswith(f"{place}/"):
                return False
            if one.part is Part.OTHER and not self._known(one.command, step, place):
                return False
        return True

    def _known(self, command: Command, step: Step, place: str) -> bool:
        words = [word.unquoted for word in command.words]
        name = words[0] if words else ""
        edits = name == "sed" and words[1:2] == ["-i"] and len(words) > 3
        if name == "mkdir" or edits:
            for word in words[3:] if edits else words[1:]:
                path = _absolute(step, word)
                if word.startswith("-"):
                    continue
                if path is None:
                    return False
                if path.startswith(f"{place}/"):
                    self.made.append(path)
            return True
        if name.startswith("python") and words[1:2] == ["-c"] and len(words) == 3:
            return _ONLY_IMPORTS.fullmatch(words[2]) is not None
        return name in _MAKING_USERS or name in _HARMLESS

    def _user(self, name: str, first: int) -> list[tuple[Step, list[Command]]] | None:
        """The commands that have to stand before the first copy for the user to be there.

        ``None`` where it is not known who makes it.
        """
        base = posixpath.basename(self.target.base.partition("@")[0]).partition(":")[0]
        if name.isdigit() or name in _KNOWN_USERS or (name == "node" and base == "node"):
            return []
        late: list[tuple[Step, list[Command]]] = []
        known = False
        own = {id(step) for step in self.steps}
        before = [
            step
            for stage in self.target.lineage
            for step in self.target.all_steps[stage.index]
            if id(step) not in own
        ]
        for at, step in enumerate((*before, *self.steps[: self.at + 1]), -len(before)):
            run = _shell_run(self.target, self.run.editor.editor, step)
            making = [c for c in run.commands if c.name in _MAKING_USERS] if run else []
            known = known or any(word.unquoted == name for c in making for word in c.words[1:])
            if making and at > first:
                late.append((step, making))
        return late if known else None

    def _size(self, copies: Sequence[int]) -> tuple[int, bool]:
        taken = landings(self.target, tuple(self.steps[at] for at in copies))
        sizes = 0
        for file in self.target.files.files:
            if file.kind is Kind.FILE and any(one.image_path(file.path) for one in taken):
                sizes += file.size
        written = (self.steps[at].expanded for at in copies)
        return sizes, any(isinstance(one, Copy) and one.from_ is not None for one in written)

    def _edits(
        self,
        place: str,
        value: str,
        copies: Sequence[int],
        moved: list[tuple[Step, list[Command]]],
        size: int,
    ) -> Handing | None:
        editor = self.run.editor.editor
        edits: list[TextEdit] = []
        first = self.steps[copies[0]].instruction
        for at in copies:
            edits += editor.set_flag(self.steps[at].instruction, self._program, value)
        lines: list[str] = []
        for step, commands in moved:
            run = self.run if step is self.run.step else _shell_run(self.target, editor, step)
            if run is None or run.editor.chain is None or run.run.script is not None:
                return None
            if len(commands) == len(run.commands):
                lines.append(editor.block_text(step.instruction))
                edits += editor.delete(step.instruction)
            else:
                lines.append(run.editor.text_of(commands) + editor.newline)
                cut = run.editor.drop_commands(commands)
                if not cut:
                    return None
                edits += cut
        if lines:
            edits += editor.insert_before(first, "".join(lines))
        flags = [word for word in self.command.words[1:] if word.unquoted.startswith("-")]
        edits += self.run.editor.drop_words(flags)
        if self.made:
            end = self.run.editor.span(self.command.words[-1].span).end
            edits.append(TextEdit(Span(end, end), f" {' '.join(dict.fromkeys(self.made))}"))
        staged = self._size(copies)[1]
        line = self.run.run.line
        return Handing(self._program, line, place, tuple(edits), size, staged)
