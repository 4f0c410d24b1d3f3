"""How a stage that compiles a service becomes two: one that builds, and a small one that runs.

Everything up to the last RUN that builds stays where it is. The stage that runs gets what was set
before that, the programs, the files that the program reads, and all that stands behind it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.compiled.checks import REPEATED, Objections
from jettison.analysis.compiled.languages import LANGUAGES
from jettison.analysis.compiled.needs import FileFinder
from jettison.analysis.compiled.packages import lacking_programs, runtime_packages
from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.started import started
from jettison.dockerfile import DockerfileEditor, Run
from jettison.dockerfile.instructions import (
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Stopsignal,
    Volume,
    Workdir,
)
from jettison.record import record
from jettison.shell import is_shell, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.compiled.model import Code, Language, Product, Runtime
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Instruction, Step
    from jettison.source import TextEdit

__all__ = ["Separated", "Together", "separation_of"]

_SETTINGS = (Label, Maintainer, Expose, Volume, Stopsignal, Healthcheck, Entrypoint, Cmd)
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


@record
class Together:
    """Why a service stays in the image that compiles it; ``line`` (from 1) is where that stands."""

    reason: str
    line: int | None = None


@record
class Separated:
    """The edits that make two stages; ``runtime`` is the image of the one that runs.

    ``environment`` tells that settings of the compiler's leave. ``left`` are entries of the context
    that nothing names, and that are not in the image any more.
    """

    language: str
    edits: tuple[TextEdit, ...]
    runtime: Runtime
    places: tuple[str, ...]
    left: tuple[str, ...]
    environment: bool


class _Refusal(Exception):
    """It never leaves the module."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.together = Together(reason, line)


def separation_of(facts: Facts, target: Target) -> Separated | Together | None:
    """How the target's image is parted from its compiler; ``None`` where it has none."""
    for language in LANGUAGES:
        runtime = language.runtime(facts, target)
        if runtime is None:
            continue
        try:
            if isinstance(runtime, str):
                raise _Refusal(runtime, target.lineage[0].from_.line)
            return _Separator(facts, target, language, runtime).separate()
        except _Refusal as refusal:
            return refusal.together
    return None


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
    gone: list[Instruction] = field(default_factory=list)
    environment: bool = False

    def __post_init__(self) -> None:
        self.editor = DockerfileEditor(self.target.dockerfile)

    def separate(self) -> Separated:
        self._check_stage()
        steps = tuple(s for s in self.target.all_steps[self.target.stage.index] if not s.triggered)
        end = self._last_build(steps)
        self.code = self.language.code(self.facts, self.target)
        against = Objections(self.facts, self.target, self.language, self.runs)
        refusal = against.first(steps, end, self.products, self.code)
        if refusal is not None:
            raise _Refusal(*refusal)
        lines = list(self._lines(steps, end))
        places, left, copies = self._copies(steps, end)
        text = self._stage(lines, copies)
        return Separated(
            self.language.name,
            self._edits(text, steps, end),
            self.runtime,
            places,
            left,
            self.environment,
        )

    def _check_stage(self) -> None:
        target, stage = self.target, self.target.stage
        if len(target.lineage) != 1:
            raise _Refusal("it is built from another stage", stage.from_.line)
        if stage.index != len(target.dockerfile.stages) - 1:
            raise _Refusal("another stage comes after it", stage.from_.line)
        if "$" in stage.base and stage.base_name is None:
            raise _Refusal("its base image is not known", stage.from_.line)
        if "@" in stage.base:
            raise _Refusal("the base image is pinned by its digest", stage.from_.line)
        for instruction in stage.instructions:
            if isinstance(instruction, Onbuild):
                raise _Refusal("it has ONBUILD", instruction.line)

    def _last_build(self, steps: Sequence[Step]) -> int:
        """The number of the last step that builds; the products are noted."""
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
        if not found or not any(not one.tool for one in self.products):
            raise _Refusal(f"no RUN builds a program with {self.language.name}")
        return found[-1]

    def _lines(self, steps: Sequence[Step], end: int) -> Iterator[str]:
        """What the last stage repeats of what stands before the build's end, or takes over."""
        kept = [*steps[end + 1 :], *(s for s in steps[:end] if _is_setting(s.instruction))]
        rest = " ".join(self._text(step.instruction) for step in kept)
        packages = dict.fromkeys(self._packages())
        if packages:
            yield self.editor.render(_install(self.runtime.alpine, tuple(packages)))
        folders = [s for s in steps[: end + 1] if isinstance(s.instruction, Workdir)]
        if not any(self._repeated(run) for run in self.runs.values()):
            folders = folders[-1:]
        for at, step in enumerate(steps[: end + 1]):
            one = step.instruction
            if isinstance(one, _SETTINGS):
                self.gone.append(one)
                yield self.editor.block_text(one)
            elif isinstance(one, Env):
                yield from self._env(one)
            elif isinstance(one, Arg):
                if any(re.search(rf"\$\{{?{re.escape(pair.key)}\b", rest) for pair in one.pairs):
                    yield self._text(one) + self.editor.newline
            elif step in folders:
                yield self.editor.render(f"WORKDIR {step.after.workdir}")
            elif at in self.runs:
                yield self._repeated(self.runs[at])

    def _packages(self) -> Iterator[str]:
        """The system packages that the last stage has to have."""
        for run in self.runs.values():
            copied = self.runtime.debian and self.code.secure
            yield from runtime_packages(self.facts, self.target, self.code, run, copied=copied)
        yield from lacking_programs(self.facts, self.target, self.code, self.runtime)

    def _env(self, one: Env) -> Iterator[str]:
        gone = [pair for pair in one.pairs if self.language.variables.fullmatch(pair.key)]
        if len(gone) == len(one.pairs):
            self.environment = True
            return
        if gone:
            self.environment = True
            text = self.editor.text
            kept = [text[p.span.start : p.span.end] for p in one.pairs if p not in gone]
            yield self.editor.render("ENV " + " ".join(kept))
            return
        yield self._text(one) + self.editor.newline

    def _repeated(self, run: PackageRun) -> str:
        """What of a RUN before the end of the build the last stage has to have, too."""
        if self.language.products(self.facts, self.target, run) is not None:
            return ""
        kept = [
            command
            for command in run.commands
            if (words := unwrap(command)) and posixpath.basename(words[0].unquoted) in REPEATED
        ]
        if not kept or any(command.nesting for command in kept):
            return ""
        return run.editor.text_of(kept) + self.editor.newline

    def _copies(
        self, steps: Sequence[Step], end: int
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[str, str]]]:
        """What is copied from the build: the places, what is left, pairs of source and place."""
        landed = landings(self.target, tuple(steps[: end + 1]))
        words = set(self._words(steps[end + 1 :]))
        finder = FileFinder(self.facts, self.target, self.language, self.code, landed)
        files = finder.find(words)
        secure = self.runtime.debian and self.code.secure
        pairs = [(_CERTIFICATES, _CERTIFICATES)] if secure else []
        wanted = (p for p in self.products if not p.tool or posixpath.basename(p.place) in words)
        pairs += [(p.source, p.source if p.source in words else p.place) for p in wanted]
        made = {place for _, place in pairs}
        pairs += [(p, p) for p in files.places if p not in made]
        pairs = list(dict.fromkeys(pairs))
        return tuple(place for _, place in pairs), files.left, pairs

    def _words(self, after: Sequence[Step]) -> Iterator[str]:
        """The words of commands, checks and settings, and of the RUNs behind the build."""
        for one in sharing(self.facts, self.target):
            for command in self.facts.of(started, one).at_run_time:
                yield from command.words
            for run in one.runs:
                for text in (*run.argv, *run.check, *(v or "" for v in run.environment.values())):
                    yield from re.split(r"[\s=,;:'\"]+", text)
                    yield text
            yield from one.state.env.values()
        for step in after:
            if isinstance(step.instruction, Run):
                yield from step.instruction.command.split()

    def _stage(self, lines: Sequence[str], copies: Sequence[tuple[str, str]]) -> str:
        editor = self.editor
        build = self._build_name()
        head = f"FROM {self.runtime.image}"
        if self._asked_for():
            head += f" AS {self.target.stage.from_.alias}"
        rows = [f"COPY --from={build} {_quoted(source, place)}" for source, place in copies]
        return "".join((editor.render(head), *lines, editor.render(*rows)))

    def _edits(self, text: str, steps: Sequence[Step], end: int) -> tuple[TextEdit, ...]:
        editor = self.editor
        edits: list[TextEdit] = []
        if self.target.stage.from_.alias is None or self._asked_for():
            edits += editor.name_stage(self.target.stage, self._build_name())
        if self.gone:
            edits += editor.delete(*self.gone)
        edits += editor.insert_after(steps[end].instruction, editor.newline + text)
        return tuple(edits)

    def _asked_for(self) -> bool:
        """Whether the stage is built by its name."""
        alias = self.target.stage.from_.alias
        if alias is None:
            return False
        project = self.facts.project
        for one in project.sharing(self.target):
            if one.name.endswith(f":{alias}"):
                return True
            for name in one.builders:
                build = project.compose.services[name].build if project.compose else None
                if build is not None and build.target:
                    return True
        return False

    def _build_name(self) -> str:
        alias = self.target.stage.from_.alias
        if alias is not None and not self._asked_for():
            return alias
        taken = {stage.name for stage in self.target.dockerfile.stages}
        return next(
            n for n in ("build", "compile", "build-stage", "compile-stage") if n not in taken
        )

    def _text(self, one: Instruction) -> str:
        return self.editor.text[one.span.start : one.span.end]


def _is_setting(one: Instruction) -> bool:
    return isinstance(one, (Env, *_SETTINGS))


def _quoted(source: str, place: str) -> str:
    if " " in source or " " in place:
        return f'["{source}", "{place}"]'
    return f"{source} {place}"


def _install(alpine: bool, packages: Sequence[str]) -> str:
    names = " ".join(packages)
    if alpine:
        return f"RUN apk add --no-cache {names}"
    return (
        f"RUN apt-get update && apt-get install -y --no-install-recommends {names} "
        "&& rm -rf /var/lib/apt/lists/*"
    )
