"""A Dockerfile as text that people can check, for the golden files."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from jettison.dockerfile import (
    Heredoc,
    Instruction,
    Mount,
    Onbuild,
    Pair,
    Run,
    Stage,
    all_states,
    parse,
)
from jettison.dockerfile.instructions import ArgPair
from jettison.errors import DockerfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.dockerfile import Dockerfile, State
    from jettison.source import SourceText

_SHARED = {field.name for field in fields(Instruction)} | {"command_text"}
_MOUNT = ("type", "from_", "source", "target", "id", "sharing", "readonly", "required", "env")


def dump(source: SourceText) -> str:
    """What ``source`` means, or the error that it is, as the golden files have it."""
    try:
        dockerfile = parse(source)
        return "\n".join([*_dockerfile(dockerfile), ""])
    except DockerfileError as error:
        parts = [str(error), error.details, error.remedy]
        return "\n".join([part for part in parts if part] + [""])


def _dockerfile(dockerfile: Dockerfile) -> Iterator[str]:
    directives = dockerfile.directives
    yield f"escape {directives.escape}  syntax {directives.syntax}  check {directives.check}"
    for instruction in dockerfile.instructions:
        yield from _instruction(dockerfile, instruction)
    for stage, steps in zip(dockerfile.stages, all_states(dockerfile), strict=True):
        yield ""
        yield f"stage {stage.index} {stage.name or '-'}: {stage.base_name} on {stage.platform_name}"
        needs = dockerfile.dependencies(stage)
        yield f"  needs {', '.join(map(_name, needs))}"
        yield f"  builds {', '.join(map(_name, dockerfile.closure(stage)))}"
        for step in steps:
            if step.expanded != step.instruction or step.triggered:
                mark = "triggered" if step.triggered else "expanded"
                shown = " ".join(_operands(step.expanded))
                yield f"  {mark} line {step.instruction.line} {step.expanded.keyword} {shown}"
        if steps:
            yield from _state(steps[-1].after)


def _name(need: Stage | str) -> str:
    return f"stage {need.index}" if isinstance(need, Stage) else need


def _instruction(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[str]:
    source = dockerfile.source
    last = source.position(max(instruction.span.start, instruction.span.end - 1)).line
    yield ""
    yield from (f"# {comment}" for comment in instruction.comments)
    flags = [
        f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value}"
        for flag in instruction.flags
    ]
    yield " ".join([f"{instruction.line}-{last}", instruction.keyword, *flags])
    yield from (f"  {operand}" for operand in _operands(instruction))
    if isinstance(instruction, Onbuild):
        yield from (f"  {operand}" for operand in _operands(instruction.instruction))


def _operands(instruction: Instruction) -> Iterator[str]:
    for field in fields(instruction):
        if field.name in _SHARED or field.name.endswith(("_span", "_spans")):
            continue
        value = getattr(instruction, field.name)
        match value:
            case () if field.name == "argv":
                yield "argv=()"
            case None | () | False:
                continue
            case Instruction():
                yield f"{value.keyword}:"
            case tuple() if isinstance(value[0], (Pair, ArgPair, Mount, Heredoc)):
                yield from map(_part, value)
            case _:
                yield f"{field.name}={value!r}"
    if isinstance(instruction, Run) and instruction.script is not None:
        yield "script"


def _part(part: object) -> str:
    match part:
        case Pair() | ArgPair():
            return f"{part.key!r}: {part.value!r}"
        case Mount():
            given = {name: getattr(part, name) for name in _MOUNT}
            return "mount " + " ".join(f"{k}={v}" for k, v in given.items() if v is not None)
        case Heredoc():
            how = " ".join(word for word in ("expand", "chomp") if getattr(part, word))
            return f"heredoc {part.name!r} {how} {part.text!r}"
        case _:
            raise AssertionError(part)


def _state(state: State) -> Iterator[str]:
    yield f"  ends as {state.user or '-'} in {state.workdir}, shell {list(state.shell)}"
    yield f"  env {dict(state.env)}"
    for name in ("args", "labels"):
        values = dict(getattr(state, name))
        if values:
            yield f"  {name} {values}"
    for name in ("exposed", "volumes"):
        names = sorted(getattr(state, name))
        if names:
            yield f"  {name} {names}"
    yield f"  entrypoint {state.entrypoint} cmd {state.cmd}"
    if state.healthcheck is not None:
        yield f"  healthcheck {' '.join(_operands(state.healthcheck))}"
    if state.stopsignal is not None:
        yield f"  stopsignal {state.stopsignal}"
