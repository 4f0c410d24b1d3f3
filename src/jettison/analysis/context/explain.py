"""What a Dockerfile does, stage by stage, and what each instruction takes from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.context.takes import (
    ContextTake,
    InlineTake,
    RemoteTake,
    StageTake,
    Take,
    Taker,
    other_takes,
)
from jettison.analysis.variables import Value, args_of, values_of_from, values_of_step
from jettison.dockerfile import (
    DEFAULT_PLATFORM,
    Arg,
    Env,
    Instruction,
    Settings,
    State,
    Step,
    all_states,
    global_scope,
    platform_args,
    states,
)
from jettison.errors import DockerfileError
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.dockerfile import Dockerfile, Reference, Stage
    from jettison.dockerfile.context import Context

__all__ = [
    "ContextTake",
    "Ending",
    "ExplainedInstruction",
    "ExplainedStage",
    "Explanation",
    "InlineTake",
    "Need",
    "Notice",
    "RemoteTake",
    "StageTake",
    "Take",
    "Value",
    "explain",
    "steps_of_stages",
]

_MOST_PROBLEMS = 5
_PROXIES = "http_proxy https_proxy ftp_proxy no_proxy all_proxy".split()
_PREDEFINED = frozenset(
    [*_PROXIES, *map(str.upper, _PROXIES), "SOURCE_DATE_EPOCH", *platform_args(DEFAULT_PLATFORM)]
)


@record
class Notice:
    """Something that a reader should know; ``line`` counts from 1, ``None`` for the whole file."""

    line: int | None
    message: str


@record
class Need:
    """A stage or an image that a stage needs: ``keyword`` at ``line`` names it.

    ``name`` has FROM's variables replaced, as far as they have values. ``stage`` is ``None`` for
    an image.
    """

    line: int
    keyword: str
    name: str
    stage: int | None


@record
class ExplainedInstruction:
    """An instruction with the values of its variables and what it takes from elsewhere.

    ``triggered`` says that the base stage's ONBUILD caused it; lines count from 1.
    """

    instruction: Instruction
    expanded: Instruction
    line: int
    last_line: int
    triggered: bool
    values: tuple[Value, ...]
    takes: tuple[Take, ...]


@record
class Ending:
    """The settings at the end of a stage.

    ``base_image`` is the image that the stage, or the first of those it is built from, starts
    from. ``known`` are the keywords of the settings that the file itself decides; the others are
    the image's own. ``env`` are the variables that the file sets.
    """

    state: State
    base_image: str
    known: frozenset[str]
    env: Mapping[str, str]


@record
class ExplainedStage:
    """A stage; ``built`` tells that the target needs it. Lines count from 1.

    ``ending`` is ``None`` where the settings of a stage that is not built cannot be told.
    """

    stage: Stage
    line: int
    last_line: int
    built: bool
    needs: tuple[Need, ...]
    instructions: tuple[ExplainedInstruction, ...]
    ending: Ending | None


@record
class Explanation:
    """A Dockerfile explained; ``stages`` are in the order of the file.

    ``context_name`` and ``ignore_name`` are how the context and its ignore file are called.
    """

    dockerfile: Dockerfile
    target: Stage
    build_args: Mapping[str, str]
    context: Context | None
    context_name: str | None
    ignore_name: str | None
    global_args: tuple[ExplainedInstruction, ...]
    stages: tuple[ExplainedStage, ...]
    notices: tuple[Notice, ...]


def explain(
    dockerfile: Dockerfile,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    context: Context | None = None,
    context_name: str | None = None,
    ignore_name: str | None = None,
) -> Explanation:
    """What a build of ``target`` (the last stage where it is not given) does.

    Raises ``UsageError`` where there is no such stage and ``DockerfileError`` where a variable of
    a stage that is built cannot be expanded. Without a context nothing is said of its files.
    """
    goal = dockerfile.target if target is None else dockerfile.stage(target)
    given = dict(build_args or {})
    settings = Settings(build_args=given, target=goal.name or str(goal.index) if target else None)
    steps, notices = steps_of_stages(dockerfile, goal, settings)
    work = _Work(dockerfile, settings, None if context is None else Taker(context))
    built = {stage.index for stage in dockerfile.closure(goal)}
    stages = tuple(
        work.stage(stage, steps[stage.index], built=stage.index in built)
        for stage in dockerfile.stages
    )
    found = [*notices, *_unused_args(dockerfile, given), *_of_stages(stages)]
    found += _of_context(context, stages)
    return Explanation(
        dockerfile=dockerfile,
        target=goal,
        build_args=given,
        context=context,
        context_name=context_name,
        ignore_name=ignore_name,
        global_args=work.global_args(),
        stages=stages,
        notices=tuple(sorted(found, key=lambda one: one.line or 0)),
    )


def steps_of_stages(
    dockerfile: Dockerfile, target: Stage, settings: Settings
) -> tuple[tuple[tuple[Step, ...] | None, ...], tuple[Notice, ...]]:
    """The steps of every stage; ``None`` for one that ``target`` does not need and that fails.

    Raises ``DockerfileError`` for the others, as a build does.
    """
    try:
        return all_states(dockerfile, settings=settings), ()
    except DockerfileError:
        needed = {stage.index for stage in dockerfile.closure(target)}
    found: list[tuple[Step, ...] | None] = []
    notices: list[Notice] = []
    for stage in dockerfile.stages:
        try:
            found.append(states(dockerfile, stage, settings=settings))
        except DockerfileError as error:
            if stage.index in needed:
                raise
            found.append(None)
            notices.append(Notice(error.line, f"a build of this stage would fail: {error.reason}"))
    return tuple(found), tuple(notices)


class _Work:
    """What explaining one file's stages needs to have at hand."""

    def __init__(self, dockerfile: Dockerfile, settings: Settings, taker: Taker | None) -> None:
        self._dockerfile = dockerfile
        self._escape = dockerfile.directives.escape
        self._taker = taker
        self._below: list[_Below] = []
        self._scope = global_scope(
            dockerfile.global_args,
            settings.build_args,
            DEFAULT_PLATFORM,
            target=settings.target or dockerfile.target.name or "default",
            escape=self._escape,
        )

    def global_args(self) -> tuple[ExplainedInstruction, ...]:
        """The ARGs before the first FROM, with the values that FROM sees."""
        return tuple(
            self._explained(arg, arg, tuple(args_of(arg, self._scope)), ())
            for arg in self._dockerfile.global_args
        )

    def stage(self, stage: Stage, steps: tuple[Step, ...] | None, *, built: bool) -> ExplainedStage:
        """One stage; those before it must have been asked for."""
        above = self._below[stage.base_stage] if stage.base_stage is not None else None
        base = above.base if above else stage.base_name or stage.base
        keywords = set(above.keywords if above else ())
        env = set(above.env if above else ())
        names = {one.name: one.stage for one in self._dockerfile.references(stage)[1:]}
        found = [
            self._explained(
                stage.from_, stage.from_, values_of_from(stage, self._scope, self._escape), ()
            )
        ]
        for step in steps or ():
            takes = tuple(self._takes(step.expanded, names))
            unknown_path = base != "scratch" and "PATH" not in env
            values = values_of_step(step, self._escape, unknown_path=unknown_path)
            shown = self._explained(
                step.instruction, step.expanded, values, takes, triggered=step.triggered
            )
            found.append(shown)
            keywords.add(step.expanded.keyword)
            if isinstance(step.expanded, Env):
                env.update(pair.key for pair in step.expanded.pairs)
        state = steps[-1].after if steps else above.state if above else State()
        below = _Below(base, frozenset(keywords), frozenset(env), state)
        self._below.append(below)
        return ExplainedStage(
            stage=stage,
            line=stage.from_.line,
            last_line=self._last_line(stage.instructions[-1:] or (stage.from_,)),
            built=built,
            needs=tuple(_need(one, stage) for one in self._dockerfile.references(stage)),
            instructions=tuple(found),
            ending=None if steps is None else _ending(below),
        )

    def _explained(
        self,
        instruction: Instruction,
        expanded: Instruction,
        values: tuple[Value, ...],
        takes: tuple[Take, ...],
        *,
        triggered: bool = False,
    ) -> ExplainedInstruction:
        return ExplainedInstruction(
            instruction=instruction,
            expanded=expanded,
            line=instruction.line,
            last_line=self._last_line((instruction,)),
            triggered=triggered,
            values=values,
            takes=takes,
        )

    def _last_line(self, instructions: tuple[Instruction, ...]) -> int:
        span = instructions[-1].span
        return self._dockerfile.source.position(max(span.start, span.end - 1)).line

    def _takes(self, expanded: Instruction, names: Mapping[str, int | None]) -> Iterator[Take]:
        if self._taker is not None:
            yield from self._taker.takes(expanded)
        for take in other_takes(expanded):
            if isinstance(take, StageTake):
                yield StageTake(take.name, names.get(take.name), take.sources, take.mounted)
            else:
                yield take


@record
class _Below:
    """What a stage leaves to those that are built from it."""

    base: str
    keywords: frozenset[str]
    env: frozenset[str]
    state: State


def _ending(below: _Below) -> Ending:
    known = below.keywords
    if "ENTRYPOINT" in known:
        known |= {"CMD"}
    if below.base == "scratch":
        known |= {"USER", "WORKDIR", "SHELL", "ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL"}
    env = {key: value for key, value in below.state.env.items() if key in below.env}
    return Ending(below.state, below.base, known, env)


def _need(reference: Reference, stage: Stage) -> Need:
    instruction = reference.instruction
    is_base = instruction is stage.from_ and stage.base_stage is None
    name = stage.base_name or stage.base if is_base else reference.name
    return Need(instruction.line, instruction.keyword, name, reference.stage)


def _unused_args(dockerfile: Dockerfile, given: Mapping[str, str]) -> Iterator[Notice]:
    declared = {
        pair.key for one in dockerfile.instructions if isinstance(one, Arg) for pair in one.pairs
    }
    for name in given:
        if name not in declared and name not in _PREDEFINED and not name.startswith("BUILDKIT_"):
            yield Notice(None, f"no ARG takes the build argument {name}")


def _of_stages(stages: tuple[ExplainedStage, ...]) -> Iterator[Notice]:
    for one in stages:
        if one.stage.base_name is None:
            yield Notice(one.line, f"{one.stage.base} names no image: its variables have no value")
        for need in one.needs:
            if need.stage is not None and need.stage >= one.stage.index:
                yield Notice(need.line, f"{need.name} is a later stage, which is not built by then")
        for shown in one.instructions:
            yield from _of_takes(shown)


def _of_takes(shown: ExplainedInstruction) -> Iterator[Notice]:
    for take in shown.takes:
        for source in take.unmatched if isinstance(take, ContextTake) else ():
            yield Notice(shown.line, source.sentence)


def _of_context(context: Context | None, stages: tuple[ExplainedStage, ...]) -> Iterator[Notice]:
    problems = context.problems if context is not None else ()
    for one in problems[:_MOST_PROBLEMS]:
        yield Notice(None, f"{one.path} of the context cannot be read: {one.message}")
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        yield Notice(None, f"{more} more entries of the context cannot be read")
    takes = [
        take
        for stage in stages
        for shown in stage.instructions
        for take in shown.takes
        if isinstance(take, ContextTake) and take.wanted.sources != (".",)
    ]
    missing = [one for take in takes for one in take.unmatched if one.stops and not one.pattern]
    if missing and not any(take.files for take in takes):
        yield Notice(None, "no file that is named is in the context: is that another folder?")
