"""How a target of one stage becomes three: base, build, and the one that runs.

Everything up to the first producer stays where it is, in ``base``. Producers move to ``build``,
with what they need; the rest stays in its order in the last stage, which copies the artefacts.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, package_runs
from jettison.analysis.python.base import official_python, python_minor
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.stages.installers import (
    copies_uv,
    going_installers,
    in_own_place,
    moves,
    pipenv_by_pip,
    place_of,
    relabelled,
    rewritten,
    separable,
)
from jettison.analysis.stages.producers import Artefact, Labelled, Part, Where, labels, produces
from jettison.dockerfile import (
    Add,
    Arg,
    Copy,
    DockerfileEditor,
    Env,
    Onbuild,
    Run,
    Shell,
    User,
    Workdir,
)
from jettison.dockerfile.instructions import (
    Cmd,
    Entrypoint,
    Expose,
    Healthcheck,
    Label,
    Stopsignal,
)
from jettison.record import record
from jettison.shell import Manager, Verb, is_shell
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.shell import PackageCall, Word

__all__ = ["NoSplit", "Split", "split_of"]

_SETTING = Cmd | Entrypoint | Expose | Healthcheck | Label | Stopsignal
_PREFIX = "/install"
_BIN = "/usr/local/bin"


@record
class NoSplit:
    """Why a target stays one stage; ``line`` (from 1) is where the reason stands.

    ``nothing`` tells that there is nothing to be moved at all, or that it is no single stage.
    """

    reason: str
    line: int | None = None
    nothing: bool = False


@record
class Split:
    """The edits that make three stages; ``line`` is that of the first producer.

    ``installers`` are the programs that install and then are in the stage that builds alone, with
    the lines that bring them.
    """

    edits: tuple[TextEdit, ...]
    line: int
    artefacts: tuple[str, ...]
    moved: tuple[int, ...]
    installers: Mapping[str, int] = field(default_factory=dict)


class _Refusal(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int | None = None, *, nothing: bool = False) -> None:
        super().__init__(reason)
        self.no = NoSplit(reason, line, nothing)


def split_of(facts: Facts, target: Target) -> Split | NoSplit:
    """How the target's only stage is split, or why it is not."""
    try:
        return _Splitter(facts, target).split()
    except _Refusal as refusal:
        return refusal.no


@dataclass(slots=True)
class _Splitter:
    """Takes a stage's lines apart: what the base, the build and the last stage get."""

    facts: Facts
    target: Target
    base: list[str] = field(default_factory=list)
    build: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    edits: list[TextEdit] = field(default_factory=list)
    found: dict[Span, tuple[Labelled, ...]] = field(default_factory=dict)
    runs: dict[Span, PackageRun] = field(default_factory=dict)
    gone: list[Instruction] = field(default_factory=list)
    going: frozenset[str] = frozenset()
    early: list[Instruction] = field(default_factory=list)
    installed: int = 0

    @property
    def editor(self) -> DockerfileEditor:
        return DockerfileEditor(self.target.dockerfile)

    def split(self) -> Split:
        self._check_stage()
        steps = self._label()
        at = [i for i, step in enumerate(steps) if self._produces(step.instruction)]
        if not any(o.artefact or o.refusal for found in self.found.values() for o in found):
            raise _Refusal("no command of it installs packages or builds", nothing=True)
        first, end = at[0], at[-1]
        self._check_producers(steps, first, end)
        self._send_installers(steps, first, end)
        start = self._lead(steps, first, end)
        self._early(steps[:start])
        self._first_block(steps, start, first, end)
        for i in range(first + 1, end + 1):
            self._between(steps, i, end)
        head = self._head(self._start(steps[start].instruction), steps[first].instruction)
        named = self.editor.name_stage(self.target.stage, self._name("base"))
        edits = (*named, head, *self.edits, *self.editor.delete(*self.early, *self.gone))
        lines = tuple(steps[i].instruction.line for i in at)
        return Split(edits, lines[0], tuple(self._places()), lines, self._installers(steps))

    def _check_stage(self) -> None:
        target, stage = self.target, self.target.stage
        if len(target.lineage) != 1:
            raise _Refusal("it is built from another stage already", nothing=True)
        if "$" in stage.base and self.editor.file.stages[stage.index].base_name is None:
            raise _Refusal("its base image is not known", stage.from_.line)
        if stage.base == "scratch":
            raise _Refusal("it starts from nothing", stage.from_.line, nothing=True)
        for other in target.dockerfile.stages:
            if other.base_stage == stage.index:
                reason = f"the stage on line {other.from_.line} is built from it"
                raise _Refusal(reason, other.from_.line)
            for reference in other.references:
                number = reference.name.isdecimal() and isinstance(reference.instruction, Copy)
                if number and reference.stage is not None:
                    line = reference.instruction.line
                    raise _Refusal("a stage is named by its number", line)
        for instruction in stage.instructions:
            if isinstance(instruction, Onbuild):
                raise _Refusal("it has ONBUILD", instruction.line)

    def _label(self) -> tuple[Step, ...]:
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

    def _send_installers(self, steps: Sequence[Step], first: int, end: int) -> None:
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

    def _installers(self, steps: Sequence[Step]) -> dict[str, int]:
        found = {
            name: step.instruction.line
            for step in steps
            for one in self.found.get(step.instruction.span, ())
            for name in sorted(one.installers & self.going)
            if one.part is Part.BUILD
        }
        copied = [step.instruction.line for step in steps if copies_uv(step)]
        return found | ({"uv": copied[0]} if copied and "uv" in self.going else {})

    def _early(self, steps: Sequence[Step]) -> None:
        """Lay the installers in front of the first producer into the build."""
        for step in steps:
            one = step.instruction
            found = self.found.get(one.span, ())
            gone = [label for label in found if moves(label, self.going)]
            if self._goes(step):
                self.build.append(self._prefixed(self.editor.block_text(one)))
                self.early.append(one)
            elif gone:
                self._take_apart(one, gone)

    def _take_apart(self, one: Instruction, gone: Sequence[Labelled]) -> None:
        """Let some commands of a RUN go to the build; the others stay in their place."""
        run = self.runs[one.span]
        text = run.editor.text_of([label.command for label in gone])
        self.build.append(self._prefixed(text + self.editor.newline))
        rest = [label.command for label in self.found[one.span] if label not in gone]
        self.edits += self.editor.replace(one, run.editor.text_of(rest))

    def _produces(self, instruction: Instruction) -> bool:
        return produces(self.found.get(instruction.span, ()))

    def _check_producers(self, steps: Sequence[Step], first: int, end: int) -> None:
        state = steps[first].before
        if state.user not in ("", "root", "0", "root:root", "0:0"):
            reason = f"the packages are installed as {state.user}"
            raise _Refusal(reason, steps[first].instruction.line)
        for step in steps[first : end + 1]:
            line = step.instruction.line
            if isinstance(step.instruction, User | Shell):
                raise _Refusal(f"{step.instruction.keyword} stands between the installs", line)
            for one in self.found.get(step.instruction.span, ()):
                if one.refusal:
                    raise _Refusal(one.refusal, line)
                removes = one.call is not None and one.part is Part.BASE
                if removes and one.call and one.call.verb in (Verb.REMOVE, Verb.AUTOREMOVE):
                    raise _Refusal("the RUN removes system packages itself", line)
        wheres = {a.where for a in self._artefacts()}
        if wheres & {Where.PREFIX, Where.SITE}:
            self._check_python(steps[first].instruction.line)

    def _check_python(self, line: int) -> None:
        image = self.facts.evidence.image(self.target.name)
        local = image is not None and image.python.startswith("/usr/local/lib/python3")
        if not local and not official_python(self.target):
            reason = f"where {self.target.base} has its Python packages is not known"
            raise _Refusal(reason, line)
        several = sum(
            one.artefact is not None and one.artefact.where is Where.PREFIX
            for found in self.found.values()
            for one in found
        )
        if (self._site() or several > 1) and not python_minor(self.facts, self.target):
            raise _Refusal(f"which Python {self.target.base} has is not known", line)

    def _artefacts(self) -> list[Artefact]:
        every = (one.artefact for found in self.found.values() for one in found if one.artefact)
        return list(dict.fromkeys(every))

    def _site(self) -> bool:
        return any(a.where is Where.SITE for a in self._artefacts())

    def _trees(self) -> tuple[str, ...]:
        return tuple(a.path for a in self._artefacts() if a.where is Where.TREE)

    def _in_tree(self, step: Step) -> bool:
        """Whether all that a COPY brings lands in a folder that is copied whole."""
        copy = step.expanded
        if not isinstance(copy, Copy | Add):
            return False
        place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
        return any(place == tree or place.startswith(f"{tree}/") for tree in self._trees())

    def _lead(self, steps: Sequence[Step], first: int, end: int) -> int:
        """The first of the COPYs right in front of the first producer that one of can move.

        What only sets something of the image may stand between them.
        """
        start = first
        while start and (
            isinstance(steps[start - 1].instruction, Copy | Add | _SETTING)
            or self._goes(steps[start - 1])
        ):
            start -= 1
        while start < first and not (self._goes(steps[start]) or self._moves(steps, start, end)):
            start += 1
        return start

    def _goes(self, step: Step) -> bool:
        """Whether a step in front of the first producer only brings or sets up what goes."""
        if copies_uv(step):
            return "uv" in self.going
        found = self.found.get(step.instruction.span, ())
        whole = all(label.part in (Part.BUILD, Part.GLUE) for label in found)
        return whole and any(moves(label, self.going) for label in found)

    def _moves(self, steps: Sequence[Step], at: int, end: int) -> bool:
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

    def _first_block(self, steps: Sequence[Step], start: int, first: int, end: int) -> None:
        for i in range(start, first):
            text = self.editor.block_text(steps[i].instruction)
            if self._goes(steps[i]):
                self.build.append(self._prefixed(text))
            else:
                (self.build if self._moves(steps, i, end) else self.base).append(text)
        self._take_run(steps[first].instruction, lead=True)

    def _take_run(self, instruction: Instruction, *, lead: bool) -> str:
        """Lay a producer's RUN into the stages; gives what stays at its place."""
        found = self.found[instruction.span]
        parts = [one.part for one in found]
        block = self.editor.block_text(instruction)
        if set(parts) <= {Part.BUILD, Part.GLUE}:
            self.build.append(self._prefixed(block))
            return ""
        run = self.runs[instruction.span]
        if run.editor.chain is None or run.run.script is not None or Part.GLUE in parts:
            raise _Refusal("the RUN cannot be taken apart", instruction.line)
        at = [i for i, part in enumerate(parts) if part is Part.BUILD]
        other = [i for i, part in enumerate(parts) if part is Part.OTHER]
        if any(at[0] < i < at[-1] for i in other) or (not lead and any(i < at[0] for i in other)):
            raise _Refusal("the RUN cannot be taken apart", instruction.line)
        base = [o for i, o in enumerate(found) if o.part is Part.BASE or (i in other and i < at[0])]
        build = [one for one in found if one.part is Part.BUILD]
        last = [found[i] for i in other if i > at[-1]]
        comments = block[: block.index(self._text(instruction.span))]
        newline = self.editor.newline
        if base:
            text = run.editor.text_of([one.command for one in base])
            self.base.append(f"{comments}{text}{newline}")
            comments = ""
        text = run.editor.text_of([one.command for one in build])
        self.build.append(self._prefixed(f"{comments}{text}{newline}"))
        if not last:
            return ""
        rest = run.editor.text_of([one.command for one in last]) + newline
        if lead:
            self.last.append(rest)
        return rest

    def _text(self, span: Span) -> str:
        return self.editor.text[span.start : span.end]

    def _prefixed(self, block: str) -> str:
        """The block as the build wants it.

        Its calls that install into the system's Python have ``--prefix``; what is copied from
        there does not hold the installers that have needs of their own.
        """
        prefix = not self._site() and any(a.where is Where.PREFIX for a in self._artefacts())
        places = {a.where for a in self._artefacts()} & {Where.SITE, Where.PREFIX}
        apart = self.going if places else frozenset[str]()

        def edited(run: RunEditor) -> list[TextEdit]:
            edits = self._with_prefix(run) if prefix else []
            done = [edit.span for edit in edits]
            own = in_own_place(run, apart)
            return edits + [
                e for e in own if not any(d.start <= e.span.start < d.end for d in done)
            ]

        return rewritten(self.editor, block, edited)

    def _with_prefix(self, run: RunEditor) -> list[TextEdit]:
        edits: list[TextEdit] = []
        for call in run.calls:
            if not _to_system(call, self._labelled(call.command.words)):
                continue
            self.installed += 1
            start = run.base + call.command.span.start
            if call.manager is Manager.PIPENV:
                text = pipenv_by_pip(run, call, _PREFIX, place_of(call.manager, self.going))
                edits += run.replace_command(call.command, text)
                continue
            edits += run.add_flag(call, f"--prefix={_PREFIX}")
            if self.installed > 1:
                minor = python_minor(self.facts, self.target)
                place = f"PYTHONPATH={_PREFIX}/lib/python{minor}/site-packages "
                edits.append(TextEdit(Span(start, start), place))
        return edits

    def _labelled(self, words: Sequence[Word]) -> Labelled | None:
        """The label of the command with these words in the file as it is."""
        wanted = [word.text for word in words]
        for found in self.found.values():
            for one in found:
                if [word.text for word in one.command.words] == wanted and one.artefact:
                    return one
        return None

    def _between(self, steps: Sequence[Step], at: int, end: int) -> None:
        """Lay what stands behind the first producer into the stages."""
        step = steps[at]
        one = step.instruction
        if self._produces(one):
            rest = self._take_run(one, lead=False)
            if rest:
                self.edits += self.editor.replace(one, rest.rstrip("\r\n"))
            else:
                self.gone.append(one)
        elif isinstance(one, Run):
            found = self.found.get(one.span, ())
            parts = {label.part for label in found}
            if found and parts <= {Part.BASE, Part.GLUE} and Part.BASE in parts:
                self.base.append(self.editor.block_text(one))
            elif found and parts <= {Part.BUILD, Part.GLUE}:
                self.build.append(self._prefixed(self.editor.block_text(one)))
            elif parts == {Part.BASE, Part.BUILD} and separable(self.runs[one.span], found):
                for part, stage in ((Part.BASE, self.base), (Part.BUILD, self.build)):
                    commands = [label.command for label in found if label.part is part]
                    text = self.runs[one.span].editor.text_of(commands) + self.editor.newline
                    stage.append(self._prefixed(text) if part is Part.BUILD else text)
            else:
                reason = f"the installs on line {steps[end].instruction.line} may need this RUN"
                raise _Refusal(reason, one.line)
            self.gone.append(one)
        elif isinstance(one, Copy | Add) and self._moves(steps, at, end):
            self.build.append(self.editor.block_text(one))
            self.gone.append(one)
        elif isinstance(one, Copy | Add | Env | Arg | Workdir):
            self.build.append(self._text(one.span) + self.editor.newline)

    def _places(self) -> list[str]:
        places: list[str] = []
        for made in self._artefacts():
            if made.where in (Where.PREFIX, Where.SITE):
                if self._site():
                    minor = python_minor(self.facts, self.target)
                    places += [f"/usr/local/lib/python{minor}/site-packages", _BIN]
                else:
                    places.append(_PREFIX)
            else:
                places.append(made.path)
        found = list(dict.fromkeys(places))
        trees = self._trees()
        return [p for p in found if not any(p != t and p.startswith(f"{t}/") for t in trees)]

    def _start(self, start: Instruction) -> Instruction:
        """The first of the blocks that the new stages take the place of."""
        while self.early:
            last = self.early[-1]
            if self.editor.block(last).span.end != self.editor.block(start).span.start:
                break
            start = self.early.pop()
        return start

    def _head(self, start: Instruction, first: Instruction) -> TextEdit:
        """The edit that puts the new stages in the place of the first blocks taken."""
        editor = self.editor
        span = Span(editor.block(start).span.start, editor.block(first).span.end)
        base, build = self._name("base"), self._name("build")
        alias = self.target.stage.from_.alias
        head = f"FROM {base} AS {alias}" if alias else f"FROM {base}"
        copies = [
            f"COPY --from={build} {place} {'/usr/local' if place == _PREFIX else place}"
            for place in self._places()
        ]
        before = editor.text[: span.start]
        blank = editor.newline
        above = "" if before.endswith(("\n\n", "\n\r\n")) and not self.base else blank
        text = "".join(
            (
                *self.base,
                above,
                editor.render(f"FROM {base} AS {build}"),
                *self.build,
                blank,
                editor.render(head, *copies),
                *self.last,
            )
        )
        return TextEdit(span, text, editor.origin)

    def _name(self, wanted: str) -> str:
        """A name that no stage of the file has."""
        taken = {stage.name for stage in self.target.dockerfile.stages}
        for suffix in ("", "-image", "-stage", *(f"-{n}" for n in range(2, 99))):
            name = f"{wanted}{suffix}"
            if name not in taken:
                return name
        raise _Refusal("all names of stages are taken")


def _to_system(call: PackageCall, label: Labelled | None) -> bool:
    """Whether a call installs into the system's Python and can be given a prefix."""
    if label is None or label.artefact is None:
        return False
    pip = call.manager in (Manager.PIP, Manager.UV, Manager.PIPENV)
    return pip and label.artefact.where is Where.PREFIX
