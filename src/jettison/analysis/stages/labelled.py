"""What each command of a stage is for, and whether the stage can be split by that."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, package_runs
from jettison.analysis.python.base import official_python, python_minor
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.fetched_python import fetches_python
from jettison.analysis.stages.artefacts import Artefact, Labelled, Part, Where
from jettison.analysis.stages.installers import (
    copied_installer,
    going_installers,
    moves,
    relabelled,
)
from jettison.analysis.stages.producers import labels, produces
from jettison.dockerfile import Add, Copy, DockerfileEditor, Onbuild, Run, Shell, User
from jettison.dockerfile.instructions import (
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Stopsignal,
)
from jettison.shell import Manager, Verb, is_shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.shell import Word
    from jettison.source import Span

__all__ = ["LabelledStage", "SplitRefusal"]

_SETTING = Cmd | Entrypoint | Expose | Healthcheck | Label | Stopsignal


class SplitRefusal(Exception):
    """Why a stage is not split; for the fields see :class:`~.split.NoSplit`."""

    def __init__(self, reason: str, line: int | None = None, *, nothing: bool = False) -> None:
        super().__init__(reason)
        self.line, self.nothing = line, nothing


@dataclass(slots=True)
class LabelledStage:
    """The only stage of a target with its commands labelled.

    ``found`` has the labels and ``runs`` the RUNs by the spans of instructions, ``going`` the
    installers that only the build wants.
    """

    facts: Facts
    target: Target
    found: dict[Span, tuple[Labelled, ...]] = field(default_factory=dict)
    runs: dict[Span, PackageRun] = field(default_factory=dict)
    going: frozenset[str] = frozenset()

    @property
    def editor(self) -> DockerfileEditor:
        return DockerfileEditor(self.target.dockerfile)

    def check(self) -> None:
        target, stage = self.target, self.target.stage
        if len(target.lineage) != 1:
            raise SplitRefusal("it is built from another stage already", nothing=True)
        if "$" in stage.base and self.editor.file.stages[stage.index].base_name is None:
            raise SplitRefusal("its base image is not known", stage.from_.line)
        if stage.base == "scratch":
            raise SplitRefusal("it starts from nothing", stage.from_.line, nothing=True)
        for other in target.dockerfile.stages:
            if other.base_stage == stage.index:
                reason = f"the stage on line {other.from_.line} is built from it"
                raise SplitRefusal(reason, other.from_.line)
            for reference in other.references:
                number = reference.name.isdecimal() and isinstance(reference.instruction, Copy)
                if number and reference.stage is not None:
                    line = reference.instruction.line
                    raise SplitRefusal("a stage is named by its number", line)
        for instruction in stage.instructions:
            if isinstance(instruction, Onbuild):
                raise SplitRefusal("it has ONBUILD", instruction.line)

    def label(self) -> tuple[Step, ...]:
        steps = tuple(s for s in self.target.all_steps[self.target.stage.index] if not s.triggered)
        for run in package_runs(self.target, frozenset({self.target.stage.index})):
            self.runs[run.run.span] = run
        for step in steps:
            run_ = step.instruction
            if not isinstance(run_, Run) or run_.argv is not None:
                continue
            if not is_shell(step.before.shell):
                continue
            package_run = self.runs.get(run_.span) or PackageRun(
                self.target.stage.index, step, RunEditor(self.editor, run_)
            )
            self.runs[run_.span] = package_run
            self.found[run_.span] = labels(self.facts, self.target, package_run)
        return steps

    def send_installers(self, steps: Sequence[Step], first: int, end: int) -> None:
        """Let the installers that only the build wants go there."""
        self.going = going_installers(
            self.facts,
            self.target,
            self.found,
            self.runs,
            steps=steps[: end + 1],
            first=steps[first],
        )
        for step in steps[: end + 1]:
            span = step.instruction.span
            if span in self.found:
                self.found[span] = relabelled(self.found[span], self.going)

    def installers(self, steps: Sequence[Step]) -> dict[str, int]:
        found = {
            name: step.instruction.line
            for step in steps
            for one in self.found.get(step.instruction.span, ())
            for name in sorted(one.installers & self.going)
            if one.part is Part.BUILD
        }
        for step in reversed(steps):
            name = copied_installer(self.target, step)
            if name in self.going:
                found[name] = step.instruction.line
        return found

    def apart(self) -> frozenset[str]:
        """The installers that go, and are to have an environment of their own there."""
        found = (one for labels in self.found.values() for one in labels if one.call is None)
        return self.going - frozenset[str]().union(*(one.installers for one in found))

    def produces(self, instruction: Instruction) -> bool:
        return produces(self.found.get(instruction.span, ()))

    def check_producers(self, steps: Sequence[Step], first: int, end: int) -> None:
        state = steps[first].before
        if state.user not in ("", "root", "0", "root:root", "0:0"):
            reason = f"the packages are installed as {state.user}"
            raise SplitRefusal(reason, steps[first].instruction.line)
        for step in steps[first : end + 1]:
            line = step.instruction.line
            if isinstance(step.instruction, User | Shell):
                raise SplitRefusal(f"{step.instruction.keyword} stands between the installs", line)
            for one in self.found.get(step.instruction.span, ()):
                why = one.refusal or self._python_elsewhere(step.instruction, one)
                if why:
                    raise SplitRefusal(why, line)
                removes = one.call is not None and one.part is Part.BASE
                if removes and one.call and one.call.verb in (Verb.REMOVE, Verb.AUTOREMOVE):
                    raise SplitRefusal("the RUN removes system packages itself", line)
        wheres = {a.where for a in self.artefacts()}
        if wheres & {Where.PREFIX, Where.SITE}:
            self._check_python(steps[first].instruction.line)

    def _python_elsewhere(self, instruction: Instruction, one: Labelled) -> str:
        """Why the environment that a command makes leads to a Python that stays behind."""
        made = one.artefact is not None and one.artefact.where is Where.PLACE
        if one.call is None or one.call.manager is not Manager.UV or not made:
            return ""
        return fetches_python(self.facts, self.target, self.runs[instruction.span], one.call)

    def _check_python(self, line: int) -> None:
        image = self.facts.evidence.image(self.target.name)
        local = image is not None and image.python.startswith("/usr/local/lib/python3")
        if not local and not official_python(self.target):
            reason = f"where {self.target.base} has its Python packages is not known"
            raise SplitRefusal(reason, line)
        several = sum(
            one.artefact is not None and one.artefact.where is Where.PREFIX
            for found in self.found.values()
            for one in found
        )
        if (self.site() or several > 1) and not python_minor(self.facts, self.target):
            raise SplitRefusal(f"which Python {self.target.base} has is not known", line)

    def artefacts(self) -> list[Artefact]:
        every = (one.artefact for found in self.found.values() for one in found if one.artefact)
        return list(dict.fromkeys(every))

    def site(self) -> bool:
        return any(a.where is Where.SITE for a in self.artefacts())

    def trees(self) -> tuple[str, ...]:
        return tuple(a.path for a in self.artefacts() if a.where is Where.TREE)

    def _in_tree(self, step: Step) -> bool:
        """Whether all that a COPY brings lands in a folder that is copied whole."""
        copy = step.expanded
        if not isinstance(copy, Copy | Add):
            return False
        place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
        return any(place == tree or place.startswith(f"{tree}/") for tree in self.trees())

    def lead(self, steps: Sequence[Step], first: int, end: int) -> int:
        """The first of the COPYs right in front of the first producer that one of can move.

        What only sets something of the image, or installs by names alone, may stand between them.
        """
        start = first
        while start:
            before = steps[start - 1]
            if (
                self._copies_alike(before, steps[start:first])
                or isinstance(before.instruction, _SETTING)
                or self.goes(before)
                or self._needs_no_file(before)
            ):
                start -= 1
                continue
            copy = self._past_variables(steps, start)
            if copy is None or not self.moves(steps, copy, end):
                break
            if not self._copies_alike(steps[copy], steps[copy + 1 : first]):
                break
            start = copy
        while start < first and not (self.goes(steps[start]) or self.moves(steps, start, end)):
            start += 1
        return start

    def _past_variables(self, steps: Sequence[Step], at: int) -> int | None:
        """The COPY in front of what only sets variables and the like; ``None`` if there is none."""
        while at and isinstance(steps[at - 1].instruction, Env | _SETTING):
            at -= 1
        return at - 1 if at and isinstance(steps[at - 1].instruction, Copy | Add) else None

    def _copies_alike(self, step: Step, behind: Sequence[Step]) -> bool:
        """Whether an instruction copies the same behind what follows it: no ENV may fill it in."""
        one = step.instruction
        if not isinstance(one, Copy | Add):
            return False
        filled = "$" in self.editor.text[one.span.start : one.span.end]
        return not (filled and any(isinstance(each.instruction, Env) for each in behind))

    def _needs_no_file(self, step: Step) -> bool:
        """Whether all of a RUN installs for all folders, and names what from elsewhere."""
        found = self.found.get(step.instruction.span, ())
        return bool(found) and all(_by_name(one) for one in found)

    def goes(self, step: Step) -> bool:
        """Whether a step in front of the first producer only brings or sets up what goes."""
        copied = copied_installer(self.target, step)
        if copied:
            return copied in self.going
        found = self.found.get(step.instruction.span, ())
        whole = all(label.part in (Part.BUILD, Part.GLUE) for label in found)
        return whole and any(moves(label, self.going) for label in found)

    def moves(self, steps: Sequence[Step], at: int, end: int) -> bool:
        """Whether a COPY is not wanted in the last stage: a later one brings the same again."""
        step = steps[at]
        if self._in_tree(step):
            return True
        mine = landings(self.target, (step,))
        if not mine:
            return False
        used = []
        for later in steps[at + 1 :]:
            one = later.instruction
            if isinstance(one, Copy | Add) and later not in steps[: end + 1]:
                used.append(later)
            if isinstance(one, Run) and not self._leaves(one):
                break
        bringing = landings(self.target, tuple(used))
        return all(
            any(theirs.image_path(own.source) == own.place for theirs in bringing) for own in mine
        )

    def _leaves(self, run: Run) -> bool:
        """Whether all of a RUN goes to another stage, or only installs system packages."""
        found = self.found.get(run.span, ())
        return bool(found) and all(one.part is not Part.OTHER for one in found)

    def labelled(self, words: Sequence[Word]) -> Labelled | None:
        """The label of the command with these words in the file as it is."""
        wanted = [word.text for word in words]
        for found in self.found.values():
            for one in found:
                if [word.text for word in one.command.words] == wanted and one.artefact:
                    return one
        return None


def _by_name(one: Labelled) -> bool:
    """Whether a command is for the system and reads no file of the project."""
    if one.part is not Part.BASE or one.command.redirections:
        return False
    call = one.call
    if call is None:
        words = [word.unquoted for word in one.command.words]
        named = words[1:2] == ["enable"] or any("@" in word for word in words)
        return one.command.name != "corepack" or named
    plain = all(p.known and not p.is_path and not p.is_url for p in call.packages)
    return (
        plain and not call.requirements and (bool(call.packages) or call.verb is not Verb.INSTALL)
    )
