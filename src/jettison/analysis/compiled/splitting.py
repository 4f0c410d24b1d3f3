"""How a stage that compiles a service becomes two: one that builds, and a small one that runs.

Everything up to the last RUN that builds stays where it is. The stage that runs gets what was set
before that, the programs, the files that the program reads, and all that stands behind it.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.compiled.at_start import against_building
from jettison.analysis.compiled.calls import words_told
from jettison.analysis.compiled.carrying import SETTINGS, Carrier, install
from jettison.analysis.compiled.checks import Objections, objection_to_stage
from jettison.analysis.compiled.languages import LANGUAGES
from jettison.analysis.compiled.model import Product
from jettison.analysis.compiled.moves import moved, only_places
from jettison.analysis.compiled.naming import stage_names
from jettison.analysis.compiled.needs import FileFinder
from jettison.analysis.compiled.packages import lacking_programs
from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun
from jettison.analysis.run_editor import RunEditor
from jettison.dockerfile import DockerfileEditor, Run
from jettison.dockerfile.instructions import (
    Add,
    Copy,
    User,
)
from jettison.record import record
from jettison.shell import is_shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.compiled.at_start import AtStart
    from jettison.analysis.compiled.model import Code, Language, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.source import TextEdit

__all__ = ["Separated", "Together", "parted", "separation_of"]

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


@record
class Together:
    """Why a service stays in the image that compiles it; ``line`` (from 1) is where that stands."""

    reason: str
    line: int | None = None


@record
class Separated:
    """The edits that make two stages; ``runtime`` is the image of the one that runs.

    ``environment`` tells that variables of the image differ. ``left`` are entries of the context
    that nothing names, and that are not in the image any more. ``command`` is the keyword of the
    instruction that started the program by building it, and does so no more; ``built_reason`` says
    what else that changes, and ``unmissed`` are folders and files that only that building read.
    ``absent`` are files of settings that the code names and that are not here.
    """

    language: str
    edits: tuple[TextEdit, ...]
    runtime: Runtime
    places: tuple[str, ...]
    left: tuple[str, ...]
    environment: bool
    command: str = ""
    built_reason: str = ""
    unmissed: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()


class _Refusal(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.together = Together(reason, line)


def separation_of(facts: Facts, target: Target) -> Separated | Together | None:
    """How the target's image is parted from its compiler; ``None`` where it has none."""
    for language in LANGUAGES:
        runtime = language.runtime(facts, target)
        if isinstance(runtime, str):
            return Together(runtime, target.lineage[0].from_.line)
        if runtime is not None:
            return parted(facts, target, language, runtime)
    return None


def parted(
    facts: Facts, target: Target, language: Language, runtime: Runtime
) -> Separated | Together:
    """How the target's image is parted from what builds its program with one language."""
    try:
        return _Separator(facts, target, language, runtime).separate()
    except _Refusal as refusal:
        return refusal.together


@dataclass(slots=True)
class _Separator:
    facts: Facts
    target: Target
    language: Language
    runtime: Runtime
    editor: DockerfileEditor = field(init=False)
    code: Code = field(init=False)
    runs: dict[int, PackageRun] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    gone: list[Instruction] = field(default_factory=list)
    environment: bool = False
    at_start: AtStart | None = None
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.editor = DockerfileEditor(self.target.dockerfile)

    def separate(self) -> Separated:
        objection = objection_to_stage(self.target, same=self.runtime.same)
        if objection is not None:
            raise _Refusal(*objection)
        steps = tuple(s for s in self.target.all_steps[self.target.stage.index] if not s.triggered)
        self.at_start = self._built_at_start()
        made = self.at_start
        against = Objections(
            self.facts,
            self.target,
            self.language,
            self.runtime,
            self.runs,
            made.replaced if made is not None else frozenset(),
            made is not None and bool(made.program),
        )
        starts = against.to_commands()
        if starts is not None:
            raise _Refusal(starts)
        end = self._last_build(steps)
        self.code = self.language.code(self.facts, self.target)
        if end is None:
            return self._rebased(steps)
        refusal = against.first(steps, end, self.products, self.code)
        if refusal is not None:
            raise _Refusal(*refusal)
        carrier = Carrier(
            self.facts,
            self.target,
            self.language,
            self.runtime,
            self.code,
            self.runs,
            self.products,
        )
        lines = list(carrier.lines(steps, end))
        self.gone = carrier.gone
        self.environment = carrier.environment
        places, left, copies = self._copies(steps, end)
        text = self._stage(lines, copies)
        return Separated(
            self.language.name,
            self._edits(text, steps, end),
            self.runtime,
            places,
            left,
            self.environment,
            self.at_start.instruction.keyword.upper() if self.at_start is not None else "",
            self.at_start.reason if self.at_start is not None else "",
            self.at_start.unmissed if self.at_start is not None else frozenset(),
            self.absent,
        )

    def _rebased(self, steps: Sequence[Step]) -> Separated:
        """The stage on the image that runs, as what it starts comes from elsewhere."""
        against = Objections(self.facts, self.target, self.language, self.runtime, self.runs)
        refusal = against.to_another_base(steps, self.code)
        if refusal is not None:
            raise _Refusal(*refusal)
        lines = []
        packages = (
            *self.runtime.packages,
            *lacking_programs(self.facts, self.target, self.code, self.runtime),
        )
        if packages:
            lines.append(install(self.runtime.alpine, packages))
        if self.runtime.settings:
            self.environment = True
            lines.append("ENV " + " ".join(self.runtime.settings))
        if self.runtime.debian and self.code.secure:
            lines.append(f"COPY --from={self._compiler()} {_CERTIFICATES} {_CERTIFICATES}")
        editor, stage = self.editor, self.target.stage
        edits = editor.set_base(stage, self.runtime.image)
        if lines:
            edits += editor.insert_after(stage.from_, editor.render(*lines))
        return Separated(self.language.name, edits, self.runtime, (), (), self.environment)

    def _compiler(self) -> str:
        """The stage that compiles, or its image where no stage does."""
        for stage in self.target.dockerfile.stages[: self.target.stage.index]:
            if stage.base_name == self.target.base and stage.name:
                return stage.name
        return self.target.base

    def _built_at_start(self) -> AtStart | None:
        """The build in place of a command that builds, if it has one."""
        found = self.language.at_start
        made = found(self.facts, self.target) if found is not None else None
        if isinstance(made, str):
            raise _Refusal(made)
        if made is None:
            return None
        reason = against_building(self.facts, self.target)
        if reason:
            raise _Refusal(reason, made.instruction.line)
        return made

    def _last_build(self, steps: Sequence[Step]) -> int | None:
        """The number of the last step that builds, if one does; the products are noted."""
        found = []
        for at, step in enumerate(steps):
            run = step.instruction
            if not isinstance(run, Run):
                continue
            if run.argv is not None or not is_shell(step.before.shell):
                raise _Refusal("a RUN in exec form is not followed", run.line)
            one = PackageRun(self.target.stage.index, step, RunEditor(self.editor, run))
            self.runs[at] = one
            made = self.language.products(self.facts, self.target, one)
            if isinstance(made, str):
                raise _Refusal(made, run.line)
            if made is not None:
                found.append(at)
                self.products += made
        if self.at_start is not None and self.at_start.program:
            path = self.at_start.program
            self.products = [one for one in self.products if one.tool]
            self.products.append(Product(*(self.at_start.folder or (path, path))))
            return max(at for at, s in enumerate(steps) if not isinstance(s.instruction, SETTINGS))
        if found and self.language.started is not None:
            named = self.language.started(self.facts, self.target)
            if isinstance(named, str):
                raise _Refusal(named)
            self.products += named
        if not found:
            return None
        if not self.products:
            raise _Refusal(f"no RUN builds a program with {self.language.name}")
        return self._placed(steps, found)

    def _placed(self, steps: Sequence[Step], builds: Sequence[int]) -> int:
        """The number of the last step that builds or puts what was built where it is started."""
        end = builds[-1]
        for at in range(end + 1, len(steps)):
            if at in self.runs and only_places(self.runs[at]):
                end = at
            elif isinstance(steps[at].instruction, Run | User | Copy | Add):
                break
        for at in sorted(self.runs):
            if at <= end:
                products, others = moved(self.products, self.runs[at])
                self.products = list(products)
                self.others += others
        return end

    def _copies(
        self, steps: Sequence[Step], end: int
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[str, str]]]:
        """What is copied from the build: the places, what is left, pairs of source and place."""
        landed = landings(self.target, tuple(steps[: end + 1]))
        words = set(self._words(steps[end + 1 :]))
        unmissed = self.at_start.unmissed if self.at_start is not None else frozenset[str]()
        finder = FileFinder(self.facts, self.target, self.language, self.code, landed, unmissed)
        files = finder.find(words)
        self.absent = finder.absent()
        secure = self.runtime.debian and self.code.secure
        pairs = [(_CERTIFICATES, _CERTIFICATES)] if secure else []
        named = {posixpath.basename(word) for word in words}
        wanted = [p for p in self.products if not p.tool or posixpath.basename(p.place) in named]
        wanted = [p for p in wanted if not self._twice(p, wanted, words)]
        pairs += [(p.source, p.source if p.source in words else p.place) for p in wanted]
        made = {place for _, place in pairs}
        brought = [posixpath.normpath(p) for p in self._from_elsewhere(steps[: end + 1])]
        if self.runtime.same:  # what it builds has what it needs of them
            brought = [p for p in brought if not self.language.sources.search(p)]
        pairs += [(p, p) for p in (*self.others, *brought, *files.places) if p not in made]
        pairs = list(dict.fromkeys(pairs))
        return tuple(place for _, place in pairs), files.left, pairs

    def _twice(self, one: Product, wanted: Sequence[Product], words: set[str]) -> bool:
        """Whether a program that nothing starts was built elsewhere under its name, too."""
        name = posixpath.basename(one.source)
        others = (p for p in wanted if p is not one and posixpath.basename(p.source) == name)
        own = {one.source, one.place}
        paths = {posixpath.normpath(posixpath.join(self.target.state.workdir, w)) for w in words}
        return bool(paths & {p.source for p in others}) and not own & paths and name not in words

    def _from_elsewhere(self, steps: Sequence[Step]) -> Iterator[str]:
        """Where files of other stages and images are put in front of the build."""
        for step in steps:
            copy = step.expanded
            if isinstance(copy, Copy) and copy.from_ is not None:
                place = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
                if place in ("/", step.before.workdir):
                    raise _Refusal("files of another stage are mixed with the sources", copy.line)
                yield place

    def _words(self, after: Sequence[Step]) -> Iterator[str]:
        """The words of commands, checks and settings, and of the RUNs behind the build."""
        yield from words_told(self.facts, self.target)
        for step in after:
            if isinstance(step.instruction, Run):
                yield from step.instruction.command.split()

    def _stage(self, lines: Sequence[str], copies: Sequence[tuple[str, str]]) -> str:
        editor = self.editor
        build, alias = stage_names(self.facts, self.target)
        head = f"FROM {self.runtime.image}" + (f" AS {alias}" if alias else "")
        environment: list[str] = []
        if self.at_start is not None and self.at_start.environment:
            self.environment = True
            environment = [f"ENV {' '.join(self.at_start.environment)}"]
        rows = [f"COPY --from={build} {_quoted(source, place)}" for source, place in copies]
        return "".join((editor.render(head), *lines, editor.render(*rows, *environment)))

    def _edits(self, text: str, steps: Sequence[Step], end: int) -> tuple[TextEdit, ...]:
        editor = self.editor
        edits: list[TextEdit] = []
        build, _ = stage_names(self.facts, self.target)
        if self.target.stage.from_.alias != build:
            edits += editor.name_stage(self.target.stage, build)
        if self.gone:
            edits += editor.delete(*self.gone)
        made = self.at_start
        build = made.build if made is not None else ""
        text = (editor.render(build) if build else "") + editor.newline + text
        if made is not None:
            if made.instruction in self.gone:
                raise _Refusal("its command stands before the build", made.instruction.line)
            edits.append(made.edit)
        edits += editor.insert_after(steps[end].instruction, text)
        return tuple(edits)

    def _text(self, one: Instruction) -> str:
        return self.editor.text[one.span.start : one.span.end]


def _quoted(source: str, place: str) -> str:
    if " " in source or " " in place:
        return f'["{source}", "{place}"]'
    return f"{source} {place}"
