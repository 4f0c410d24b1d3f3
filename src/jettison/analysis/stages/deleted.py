"""What a COPY brings from the context and a RUN behind it deletes: a later layer frees nothing."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.context.ignore_lines import IgnoreLine, ignore_patch
from jettison.analysis.context.removing import is_forced, readable_run, removed_sources
from jettison.analysis.context.tally import pattern_of
from jettison.analysis.landing import landings
from jettison.analysis.package_runs import PackageRun, reaching_stages
from jettison.analysis.stages.behind_code import files_of_install
from jettison.dockerfile import Copy, Run
from jettison.dockerfile.context import Kind
from jettison.record import record
from jettison.source import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import Command, Word
    from jettison.source import TextEdit

__all__ = ["Deleted", "deleted_files"]

_HARMLESS = frozenset(
    "rm mkdir chmod chown chgrp echo printf true : set touch useradd adduser groupadd addgroup "
    "usermod curl wget sleep date id whoami".split()
)
"""Programs that read no file of a folder of code."""


@record
class Deleted:
    """What one RUN deletes of what a COPY brought: paths of the context, and their bytes.

    ``patch`` keeps it out of the context and takes the words out of the RUN; ``refusal`` says why
    there is none, with the line (from 1) where that stands. ``drops_comments`` are the comments
    that go with a RUN.
    """

    run: Run
    paths: tuple[str, ...]
    size_bytes: int
    patch: Patch
    refusal: str = ""
    line: int = 0
    drops_comments: frozenset[str] = frozenset()


def deleted_files(facts: Facts, target: Target, group: tuple[Target, ...]) -> Iterator[Deleted]:
    """What RUNs of the stages that reach an image delete; ``group`` shares the ignore file."""
    for stage in sorted(reaching_stages(facts, target)):
        own = target.dockerfile.stages[stage].instructions
        steps = tuple(s for s in target.all_steps[stage] if s.instruction in own)
        for at, step in enumerate(steps):
            run = readable_run(target, stage, step)
            if run is not None:
                found = _Case(facts, target, group, steps, at, run).found()
                if found is not None:
                    yield found


@dataclass
class _Case:
    """One RUN of a stage, ``steps[at]``, and what it may delete."""

    facts: Facts
    target: Target
    group: tuple[Target, ...]
    steps: tuple[Step, ...]
    at: int
    run: PackageRun
    words: dict[str, list[tuple[Command, Word]]] = field(default_factory=dict)
    copies: list[Step] = field(default_factory=list)

    def found(self) -> Deleted | None:
        self._name()
        if not self.words:
            return None
        refusal, line = self._against()
        if not refusal:
            taken = {path: place for path in self.words if (place := self._taken(path))}
            if len(taken) == len(self.words):
                file, line = next(iter(taken.values()))
                refusal = f"{file}:{line} takes it, too"
            else:
                self.words = {p: found for p, found in self.words.items() if p not in taken}
        size = sum(sum(self._files(path).values()) for path in self.words)
        paths = tuple(self.words)
        if refusal:
            return Deleted(self.run.run, paths, size, Patch(), refusal, line)
        lines = [self._line(path) for path in paths]
        patch, kept = ignore_patch(self.facts, self.target, lines)
        if len(kept) < len(lines):
            reason = f"the lines of {self.target.ignore_name} contradict such lines"
            return Deleted(self.run.run, paths, size, Patch(), reason, self.run.run.line)
        edits, comments = self._edits()
        if not edits and not all(is_forced(c) for found in self.words.values() for c, _ in found):
            reason = "the command that deletes it cannot be taken out"
            return Deleted(self.run.run, paths, size, Patch(), reason, self.run.run.line)
        patch |= Patch.of(self.target.dockerfile_name, edits)
        return Deleted(self.run.run, paths, size, patch, drops_comments=comments)

    def _name(self) -> None:
        """Notes the paths that the RUN deletes, and the COPYs that brought them."""
        step = self.steps[self.at]
        for before in self.steps[: self.at]:
            for landing in landings(self.target, (before,)):
                for command in self._removing():
                    for word, path in removed_sources(self.target, landing, step, command):
                        if not self._files(path):
                            continue
                        self.words.setdefault(path, []).append((command, word))
                        if before not in self.copies:
                            self.copies.append(before)

    def _removing(self) -> Iterator[Command]:
        """The commands of the RUN that always delete, in the working folder."""
        for command in self.run.commands:
            if command.name in ("cd", "pushd"):
                return
            if command.name == "rm" and not command.nesting:
                yield command

    def _files(self, path: str) -> dict[str, int]:
        """The files at a path of the context or below it, with their bytes."""
        below = f"{path}/"
        return {
            one.path: one.size
            for one in self.target.files.files
            if one.kind is not Kind.DIR and (one.path == path or one.path.startswith(below))
        }

    def _line(self, path: str) -> IgnoreLine:
        files = self._files(path)
        folder = path not in files
        return IgnoreLine(
            pattern_of(path),
            frozenset(files),
            sum(files.values()),
            "what a RUN deletes",
            (f"{path}/" if folder else path,),
        )

    def _against(self) -> tuple[str, int]:
        """Why the files have to be in the context, with the line, ``""`` for no reason."""
        first = min(self.steps.index(one) for one in self.copies)
        for step in self.steps[first + 1 : self.at + 1]:
            one = step.instruction
            if isinstance(one, Run) and self._reads(step):
                same = one is self.run.run
                what = "what it runs before" if same else f"the RUN on line {one.line}"
                return f"{what} may read it", one.line
        return "", 0

    def _taken(self, path: str) -> tuple[str, int] | None:
        """Where another instruction takes a path of the context, or ``None``."""
        for target in self.group:
            for stage, steps in enumerate(target.all_steps):
                for step in steps:
                    mine = stage == self.run.stage and (
                        target.dockerfile_name == self.target.dockerfile_name
                    )
                    if mine and any(
                        step.instruction.span == c.instruction.span for c in self.copies
                    ):
                        continue
                    if self._takes(target, step, path):
                        return target.dockerfile_name, step.instruction.line
        return None

    def _takes(self, target: Target, step: Step, path: str) -> bool:
        """Whether an instruction takes a path of the context, or may do so."""
        for landing in landings(target, (step,)):
            named = landing.source == path or landing.source.startswith(f"{path}/")
            if named or landing.image_path(path) is not None:
                return True
        one = step.expanded
        if isinstance(one, Copy) and one.from_ is None and any("*" in s for s in one.sources):
            return True
        mounts = one.mounts if isinstance(one, Run) else ()
        return any(m.type == "bind" and m.from_ is None for m in mounts)

    def _reads(self, step: Step) -> bool:
        """Whether a RUN, up to the command that deletes, may read what is deleted."""
        run = readable_run(self.target, self.run.stage, step)
        if run is None or run.run.mounts:
            return True
        last = None
        if step is self.steps[self.at]:
            last = max(c.span.start for found in self.words.values() for c, _ in found)
        calls = {call.command.span: call for call in run.calls}
        for command in run.commands:
            if last is not None and command.span.start > last:
                break
            call = calls.get(command.span)
            if call is None:
                if command.name not in _HARMLESS or command.redirections:
                    return True
                paths = (posixpath.join(step.before.workdir, w.unquoted) for w in command.arguments)
                if command.name != "rm" and any(map(self._is_deleted, paths)):
                    return True
                continue
            wanted = [files_of_install(self.facts, self.target, c, run, call) for c in self.copies]
            if None in wanted or any(map(self._is_deleted, (p for w in wanted for p in w or ()))):
                return True
        return False

    def _is_deleted(self, place: str) -> bool:
        """Whether a file of the image is among what is deleted."""
        for landing in landings(self.target, tuple(self.copies)):
            source = landing.context_path(posixpath.normpath(place))
            if source and any(source == p or source.startswith(f"{p}/") for p in self.words):
                return True
        return False

    def _edits(self) -> tuple[tuple[TextEdit, ...], frozenset[str]]:
        """The RUN without the words, or without the commands that have no others."""
        gone: list[Command] = []
        edits: list[TextEdit] = []
        by_command: dict[Command, list[Word]] = {}
        for found in self.words.values():
            for command, word in found:
                by_command.setdefault(command, []).append(word)
        for command, words in by_command.items():
            paths = [w for w in command.arguments if not w.unquoted.startswith("-")]
            mine = {word.span for word in words}
            if all(word.span in mine for word in paths):
                gone.append(command)
            else:
                edits += self.run.editor.drop_words(_once(words))
        if gone:
            cut = self.run.editor.drop_commands(gone)
            if not cut:
                return (), frozenset()
            edits += cut
        whole = self.run.editor.editor.comments([self.run.run])
        covered = any(
            e.span.start <= self.run.run.span.start and self.run.run.span.end <= e.span.end
            for e in edits
        )
        return tuple(edits), whole if covered else self.run.editor.comments_in(edits)


def _once(words: Iterable[Word]) -> list[Word]:
    """Words without those that two COPYs brought."""
    return list({word.span: word for word in words}.values())
