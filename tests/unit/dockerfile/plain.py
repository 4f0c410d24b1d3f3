"""Instructions as BuildKit's parser lists them, to hold ours against theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile import (
    Arg,
    CommandInstruction,
    Env,
    Expose,
    FileInstruction,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.heredocs import heredoc_word

if TYPE_CHECKING:
    from collections.abc import Sequence


def flags_of(ours: Instruction) -> list[str]:
    """The flags as text without quotes."""
    return [
        f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value}"
        for flag in ours.flags
    ]


def args_of(ours: Instruction) -> list[str]:
    """Our operands, as :func:`comparable` leaves theirs."""
    match ours:
        case From():
            return [ours.image, *([ours.alias] if ours.alias else [])]
        case Healthcheck():
            return ["NONE"] if ours.disabled else ["CMD", *_command(ours)]
        case CommandInstruction():
            return _command(ours)
        case FileInstruction():
            return [*ours.sources, ours.destination]
        case Env() | Label():
            return [part for pair in ours.pairs for part in (pair.key, pair.value)]
        case Arg():
            return [p.key if p.value is None else f"{p.key}={p.value}" for p in ours.pairs]
        case Expose():
            return list(ours.ports)
        case Volume():
            return list(ours.paths)
        case Shell():
            return list(ours.argv)
        case _:
            return [_only(ours)]


def _only(ours: Instruction) -> str:
    match ours:
        case User():
            return ours.user
        case Workdir():
            return ours.path
        case Stopsignal():
            return ours.signal
        case Maintainer():
            return ours.name
        case _:
            raise AssertionError(ours.keyword)


def comparable(ours: Instruction, theirs: Sequence[str]) -> list[str]:
    """Their operands without what our types do not hold: AS, here-documents' words, case."""
    match ours:
        case From():
            return [*theirs[:1], *theirs[2:]]
        case Healthcheck():
            return [theirs[0].upper(), *theirs[1:]]
        case FileInstruction():
            return [arg for arg in theirs if heredoc_word(arg) is None]
        case Volume():
            return [arg.strip() for arg in theirs]
        case _:
            return list(theirs)


def _command(ours: CommandInstruction) -> list[str]:
    if ours.argv is not None:
        return list(ours.argv)
    return [ours.command] if ours.command else []
