"""A whole Dockerfile: its instructions, its stages, and which stage needs which.

Source: Dockerfile reference, "FROM", "COPY --from", "RUN --mount"; BuildKit,
``frontend/dockerfile/dockerfile2llb/convert.go``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.dockerfile.instructions import Copy, From, Onbuild, Run
from jettison.dockerfile.problems import did_you_mean, problem
from jettison.dockerfile.tokens import tokens_of
from jettison.errors import UsageError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.dockerfile.instructions import Arg, Instruction
    from jettison.dockerfile.lines import Directive, Lines
    from jettison.dockerfile.tokens import Token
    from jettison.source import SourceText, Span

__all__ = ["Directives", "Dockerfile", "Reference", "Stage"]

_LONGEST_INDEX = 9
_NUMBER = re.compile(r"[-+]?0*([0-9]+)")


@record
class Directives:
    """The parser directives at the top: ``escape`` is a backslash where nothing is said."""

    escape: str
    syntax: str | None
    check: str | None
    found: tuple[Directive, ...]


@record
class Reference:
    """One need of a stage: the instruction, what it names as written, and the stage that is.

    ``stage`` is ``None`` where an image (or ``scratch``) is named.
    """

    instruction: Instruction
    name: str
    stage: int | None


@record
class Stage:
    """A build stage.

    ``name`` is lower case, as the engine compares it. ``base`` is FROM's image as written and
    ``base_name`` the same with its variables replaced by their defaults (``None`` where that
    fails or gives nothing); ``base_stage`` is the number of the earlier stage that it names,
    ``None`` for an image. ``platform`` is as written, ``platform_name`` has its variables
    replaced. ``instructions`` are those after FROM. ``references`` are what they name, FROM's
    first; ``triggered`` what its ONBUILD instructions make a stage need that is built from it.
    ``span`` runs from FROM through the last instruction.
    """

    index: int
    name: str | None
    base: str
    base_name: str | None
    base_stage: int | None
    platform: str | None
    platform_name: str | None
    from_: From
    instructions: tuple[Instruction, ...]
    references: tuple[Reference, ...]
    triggered: tuple[Reference, ...]
    span: Span


@record(cached=True)
class Dockerfile:
    """A parsed Dockerfile; its text is ``source.text``, untouched.

    ``instructions`` are all of them in order, ``global_args`` the ARGs before the first FROM.
    """

    source: SourceText
    lines: Lines
    directives: Directives
    instructions: tuple[Instruction, ...]
    global_args: tuple[Arg, ...]
    stages: tuple[Stage, ...]

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The lossless tokens: their texts joined are the file's text."""
        return tokens_of(self.lines)

    @property
    def text(self) -> str:
        """The file's text, exactly."""
        return self.source.text

    @property
    def target(self) -> Stage:
        """The stage that is built when none is named: the last one."""
        return self.stages[-1]

    def stage(self, name: str | int) -> Stage:
        """The stage of that name (in any case) or number.

        Raises ``UsageError`` with the nearest name where there is none. Of stages with one name
        the last one counts, as in BuildKit.
        """
        wanted = str(name).lower()
        for stage in reversed(self.stages):
            if stage.name == wanted:
                return stage
        index = int(wanted) if wanted.isascii() and wanted.isdecimal() else -1
        if len(wanted) <= _LONGEST_INDEX and 0 <= index < len(self.stages):
            return self.stages[index]
        names = [stage.name for stage in self.stages if stage.name]
        raise UsageError(
            f"{self.source.name} has no stage {name}",
            remedy=did_you_mean(wanted, names)
            or (f"Its stages are {', '.join(names)}." if names else "None of its stages is named."),
        )

    def references(self, stage: Stage) -> tuple[Reference, ...]:
        """What ``stage`` names: its FROM, its base stage's ONBUILD, and its own instructions."""
        triggered = () if stage.base_stage is None else self.stages[stage.base_stage].triggered
        return (stage.references[0], *triggered, *stage.references[1:])

    def dependencies(self, stage: Stage) -> tuple[Stage | str, ...]:
        """What ``stage`` needs, once each in the order of mention: stages, or names of images.

        From its FROM, its ``COPY --from`` and its ``RUN --mount=from=``. An image's name is as
        written, except FROM's, whose variables have their defaults where that is possible.
        """
        found: dict[int | str, Stage | str] = {}
        for reference in self.references(stage):
            if reference.stage is not None:
                found.setdefault(reference.stage, self.stages[reference.stage])
                continue
            is_base = isinstance(reference.instruction, From)
            name = stage.base_name or stage.base if is_base else reference.name
            found.setdefault(name, name)
        return tuple(found.values())

    def closure(self, target: Stage) -> tuple[Stage, ...]:
        """The stages that a build of ``target`` builds, in their order in the file.

        That is the order in which they are built: a stage that needs a later one cannot be.
        """
        count = len(self.stages)
        done = {target.index}
        pending = [target.index]
        while pending:
            for need in self._needs(pending.pop()):
                if need not in done:
                    done.add(need)
                    pending.append(need)
        return tuple([self.stages[node] for node in sorted(done) if node < count])

    def _needs(self, node: int) -> Iterator[int]:
        """The nodes that a node needs: stages by number, then the triggers of each stage."""
        count = len(self.stages)
        if node >= count:
            named = self.stages[node - count].triggered
        else:
            named = self.stages[node].references
            base = self.stages[node].base_stage
            if base is not None:
                yield base
                if self.stages[base].triggered:
                    yield base + count
        for reference in named:
            if reference.stage is not None:
                yield reference.stage


def with_references(source: SourceText, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages with what they name; raises where a stage's number is wrong or they go round."""
    by_name = {stage.name: stage.index for stage in stages if stage.name}
    linked = []
    for stage in stages:
        triggers = [each.instruction for each in stage.instructions if isinstance(each, Onbuild)]
        references = (
            Reference(stage.from_, stage.base, stage.base_stage),
            *_named(source, by_name, len(stages), stage.instructions),
        )
        triggered = tuple(_named(source, by_name, len(stages), triggers))
        linked.append(replace(stage, references=references, triggered=triggered))
    closing = _closing(linked)
    if closing is not None:
        raise problem(
            source,
            closing.instruction.span,
            f"{closing.name} needs a stage that needs it",
            remedy="Take the files from a stage or an image that does not depend on this one.",
        )
    return tuple(linked)


def _named(
    source: SourceText, by_name: dict[str, int], count: int, instructions: Iterable[Instruction]
) -> Iterator[Reference]:
    for instruction in instructions:
        if isinstance(instruction, Copy) and instruction.from_:
            index = _copied_stage(source, by_name, count, instruction)
            yield Reference(instruction, instruction.from_, index)
        elif isinstance(instruction, Run):
            for mount in instruction.mounts:
                if mount.from_:
                    yield Reference(instruction, mount.from_, by_name.get(mount.from_.lower()))


def _copied_stage(
    source: SourceText, by_name: dict[str, int], count: int, copy: Copy
) -> int | None:
    name = copy.from_ or ""
    number = _NUMBER.fullmatch(name)
    if number is None:
        return by_name.get(name.lower())
    index = int(number[1]) if len(number[1]) <= _LONGEST_INDEX else count
    if index >= count or name.startswith("-"):
        flag = copy.flag("from")
        raise problem(
            source,
            flag.span if flag else copy.span,
            f"there is no stage {name}",
            remedy=f"The last stage is {count - 1}; a name is safer than a number.",
        )
    return index


def _closing(stages: list[Stage]) -> Reference | None:
    """A reference that closes a circle, or ``None``.

    FROM and ONBUILD are left out, as in BuildKit: a circle through them stops the build of a
    target that needs it, and no other.
    """
    state = [0] * len(stages)

    def needs(index: int) -> Iterator[Reference]:
        return iter(stages[index].references[1:])

    for root in range(len(stages)):
        pending = [(root, needs(root))] if not state[root] else []
        state[root] = state[root] or 1
        while pending:
            index, references = pending[-1]
            reference = next(references, None)
            if reference is None:
                state[index] = 2
                pending.pop()
            elif reference.stage is not None:
                if state[reference.stage] == 1:
                    return reference
                if state[reference.stage] == 0:
                    state[reference.stage] = 1
                    pending.append((reference.stage, needs(reference.stage)))
    return None
