"""The settings before and after each instruction of a stage.

Source: Dockerfile reference, "Understand how ARG and FROM interact", "Scope"; BuildKit,
``frontend/dockerfile/dockerfile2llb/convert.go``.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.arguments import DEFAULT_PLATFORM, global_scope
from jettison.dockerfile.expanding import Expander, expand_with
from jettison.dockerfile.expansion import ExpansionError, expand
from jettison.dockerfile.problems import problem
from jettison.dockerfile.state import Growing, State
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.dockerfile.stages import Dockerfile, Stage

__all__ = ["Settings", "Step", "all_states", "final_state", "states"]

_NOT_IN_ENV = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_BUDGET = 1 << 26
_STEP_COST = 1 << 11
_COPY_COST = 1 << 6


@record
class Step:
    """One instruction of a stage with the settings before and after it.

    ``expanded`` is the instruction with its variables replaced and its quotes removed where the
    engine does so. ``triggered`` says that the base stage's ONBUILD caused it.
    """

    instruction: kinds.Instruction
    expanded: kinds.Instruction
    before: State
    after: State
    triggered: bool = False


@record(kw_only=True)
class Settings:
    """What a build is asked for, beside the Dockerfile.

    ``base`` are the settings of the image that the stage, or the first of the stages it is built
    from, starts from; nothing is known of that image where it is not given. ``build_platform`` is
    ``platform`` and ``target`` the last stage where they are not given.
    """

    build_args: Mapping[str, str] = field(default_factory=dict)
    base: State = field(default_factory=State)
    platform: str = DEFAULT_PLATFORM
    build_platform: str | None = None
    target: str | None = None


def states(
    dockerfile: Dockerfile,
    stage: Stage,
    *,
    build_args: Mapping[str, str] | None = None,
    base_env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> tuple[Step, ...]:
    """A step for every instruction of ``stage``, the triggers of its base stage first.

    ``build_args`` and ``base_env`` (variables of the base image) add to ``settings``. Raises
    ``DockerfileError`` where an expansion fails.
    """
    build = _build(dockerfile, settings or Settings(), build_args or {}, base_env or {})
    steps, _ = build.line(stage)
    return steps


def final_state(
    dockerfile: Dockerfile,
    stage: Stage,
    *,
    build_args: Mapping[str, str] | None = None,
    base_env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> State:
    """The settings at the end of ``stage``: those of its image. Parameters: see :func:`states`."""
    build = _build(dockerfile, settings or Settings(), build_args or {}, base_env or {})
    _, state = build.line(stage)
    return state


def all_states(
    dockerfile: Dockerfile,
    *,
    build_args: Mapping[str, str] | None = None,
    base_env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> tuple[tuple[Step, ...], ...]:
    """The steps of every stage, each stage computed once. Parameters: see :func:`states`.

    Every stage that starts from an image starts from the same ``base``; ask :func:`states` stage
    by stage where the images differ.
    """
    build = _build(dockerfile, settings or Settings(), build_args or {}, base_env or {})
    found: list[tuple[Step, ...]] = []
    ends: list[State] = []
    for stage in dockerfile.stages:
        start = build.base if stage.base_stage is None else ends[stage.base_stage]
        steps, end = build.run(stage, start)
        found.append(steps)
        ends.append(end)
    return tuple(found)


def _build(
    dockerfile: Dockerfile,
    settings: Settings,
    build_args: Mapping[str, str],
    base_env: Mapping[str, str],
) -> _Build:
    given = {**settings.build_args, **build_args}
    scope = global_scope(
        dockerfile.global_args,
        given,
        settings.platform,
        build_platform=settings.build_platform,
        target=settings.target or dockerfile.target.name or "default",
        escape=dockerfile.directives.escape,
    )
    base = settings.base
    if base_env:
        base = replace(base, env={**base.env, **base_env})
    return _Build(dockerfile, given, scope, base)


class _Build:
    """One build: what is given to it, and what is left of its budget for expansions."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        build_args: Mapping[str, str],
        scope: Mapping[str, str],
        base: State,
    ) -> None:
        self._dockerfile = dockerfile
        self._build_args = build_args
        self._scope = scope
        self._escape = dockerfile.directives.escape
        self._left = _BUDGET
        self.base = base

    def line(self, stage: Stage) -> tuple[tuple[Step, ...], State]:
        """The steps and the end of a stage, after those of the stages that it is built from."""
        ancestry = [stage]
        while (base := ancestry[-1].base_stage) is not None:
            ancestry.append(self._dockerfile.stages[base])
        steps: tuple[Step, ...] = ()
        state = self.base
        for each in reversed(ancestry):
            steps, state = self.run(each, state)
        return steps, state

    def run(self, stage: Stage, start: State) -> tuple[tuple[Step, ...], State]:
        """The steps and the end of a stage that starts at ``start``."""
        growing = Growing(start)
        state = growing.start()
        self._left -= _COPY_COST * growing.copied
        steps: list[Step] = []
        work = [(each, True) for each in start.onbuild]
        work += [(each, False) for each in stage.instructions]
        for instruction, triggered in work:
            expander = Expander(state.variables, self._escape)
            try:
                expanded = expand_with(expander, instruction)
                if isinstance(expanded, kinds.Arg):
                    after = self._after_args(growing, state, expanded)
                else:
                    after = growing.after(state, expanded)
                self._spend(expander.size + growing.size + _STEP_COST)
            except ExpansionError as error:
                at = stage.from_.span if triggered else instruction.operands_span
                raise problem(self._dockerfile.source, at, str(error)) from error
            growing.size = 0
            steps.append(Step(instruction, expanded, state, after, triggered))
            state = after
        return tuple(steps), state

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ExpansionError("the file's values are too long together")

    def _after_args(self, growing: Growing, state: State, instruction: kinds.Arg) -> State:
        for pair in instruction.pairs:
            if pair.key in self._build_args:
                value: str | None = self._build_args[pair.key]
            elif pair.value is not None:
                value = expand(pair.value, state.variables, escape=self._escape)
                self._spend(len(value))
            else:
                value = self._scope.get(pair.key)
            if value is not None:
                given = {pair.key: value}
                state = growing.set_args(state, given, {} if pair.key in _NOT_IN_ENV else given)
        return state
