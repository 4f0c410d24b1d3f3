"""The variables that an instruction of a Dockerfile uses, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.dockerfile import (
    Arg,
    CommandInstruction,
    ExpansionError,
    Run,
    expand,
    expand_instruction,
)
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from jettison.dockerfile import Stage, Step

__all__ = ["Value", "args_of", "values_of_from", "values_of_step"]

_REFERENCE = regex(r"(?<![\\$])\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))")
_SETS = regex(r"(?:\bfor\s+|\bread\s+(?:-r\s+)?|(?<![\w-]))([A-Za-z_]\w*)(?:\+?=|\s+in\b)")
_POSIX_SHELLS = frozenset("sh bash ash dash zsh ksh".split())


@record
class Value:
    """A variable that an instruction uses or, with ARG, sets, and its value.

    ``value`` is ``None`` where the file gives it none: then it is empty, unless the base image or
    the build sets it. ``assumed`` marks the ``PATH`` of an image that is not known. ``by_shell``
    tells that the shell replaces it when the image is built, unless the command sets it itself.
    """

    name: str
    value: str | None
    assumed: bool = False
    by_shell: bool = False


def values_of_from(stage: Stage, scope: Mapping[str, str], escape: str) -> tuple[Value, ...]:
    """The variables that a stage's FROM uses; ``scope`` is the global one."""
    seen = _Seen(scope)
    for text in (stage.base, stage.platform or ""):
        try:
            expand(text, seen, escape=escape)
        except ExpansionError:
            continue
    return tuple(Value(name, value) for name, value in seen.found.items())


def values_of_step(step: Step, escape: str, *, unknown_path: bool) -> tuple[Value, ...]:
    """The variables that an instruction uses; ``unknown_path``: only the image knows its PATH."""
    seen = _Seen(step.before.variables)
    written = step.instruction
    own: list[Value] = []
    if isinstance(written, Arg):
        for pair in written.pairs:
            if pair.value is not None:
                expand(pair.value, seen, escape=escape)
        own += args_of(written, step.after.args)
    else:
        expand_instruction(written, seen, escape)
    named = {value.name for value in own}
    used = [Value(name, value) for name, value in seen.found.items() if name not in named]
    by_shell = _values_of_shell(step, seen.found)
    return tuple(
        replace(value, assumed=True) if unknown_path and value.name == "PATH" else value
        for value in (*used, *own, *by_shell)
    )


def args_of(arg: Arg, values: Mapping[str, str]) -> Iterator[Value]:
    """The values of ARG's names, unless they are what is written."""
    for pair in arg.pairs:
        value = values.get(pair.key)
        if value is None or value != pair.value:
            yield Value(pair.key, value)


def _values_of_shell(step: Step, already: Mapping[str, str | None]) -> Iterator[Value]:
    """The build's variables that a command in shell form mentions; only RUN sees ARGs."""
    written = step.instruction
    if not isinstance(written, CommandInstruction) or written.argv is not None:
        return
    shell = step.before.shell[0] if step.before.shell else ""
    if shell.rpartition("/")[2] not in _POSIX_SHELLS:
        return
    text = written.command
    variables = step.before.variables if isinstance(written, Run) else step.before.env
    if isinstance(written, Run):
        text += "".join(f"\n{one.content}" for one in written.heredocs if one.expand)
    mentioned = dict.fromkeys(one[1] or one[2] for one in _REFERENCE.finditer(text))
    own = {one[1] for one in _SETS.finditer(text)} if mentioned else set()
    for name in mentioned:
        value = variables.get(name)
        if value is not None and name not in own and name not in already:
            yield Value(name, value, by_shell=True)


class _Seen(Mapping[str, str]):
    """Variables that remember which of them were asked for, with their values."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.found: dict[str, str | None] = {}

    def __getitem__(self, name: str) -> str:
        self.found[name] = self._variables.get(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)
