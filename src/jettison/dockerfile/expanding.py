"""An instruction with its variables replaced, as the engine sees it when it runs.

Source: BuildKit, ``frontend/dockerfile/instructions/commands.go`` (which operands are expanded)
and ``dockerfile2llb/convert.go``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.dockerfile import instructions as kinds
from jettison.dockerfile.expansion import Lexer
from jettison.dockerfile.flags import mount_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.dockerfile.heredocs import Heredoc

__all__ = ["Expander", "expand_instruction", "expand_with"]

_BODY = Lexer(ignore_quotes=True)


class Expander:
    """Expands words under the variables at one place and counts the characters that come out."""

    def __init__(self, variables: Mapping[str, str], escape: str) -> None:
        self._variables = variables
        self._lexer = Lexer(escape=escape)
        self.size = 0

    def one(self, word: str) -> str:
        """``word`` as one word; raises ``ExpansionError``."""
        expanded = self._lexer.expand(word, self._variables)
        self.size += len(expanded)
        return expanded

    def maybe(self, word: str | None) -> str | None:
        """``word`` as one word, ``None`` where the operand is missing."""
        return None if word is None else self.one(word)

    def each(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """As many words as ``words``: blanks in variables split none of them."""
        return tuple([self.one(word) for word in words])

    def split(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words that ``words`` become when blanks in variables split them."""
        found: list[str] = []
        for word in words:
            found += self._lexer.words(word, self._variables)
        self.size += sum(map(len, found))
        return tuple(found)

    def body(self, heredoc: Heredoc) -> Heredoc:
        """A here-document with its variables replaced, unless its name is quoted."""
        if not heredoc.expand:
            return heredoc
        content = _BODY.expand(heredoc.content, self._variables)
        self.size += len(content)
        return replace(heredoc, content=content)


def expand_instruction(
    instruction: kinds.Instruction, variables: Mapping[str, str], escape: str = "\\"
) -> kinds.Instruction:
    """The instruction with expanded operands; flags and spans stay those of the file.

    Commands are left to the shell and FROM to the global scope; ARG's defaults are expanded one
    after the other, see :func:`states`. Raises ``ExpansionError``.
    """
    return expand_with(Expander(variables, escape), instruction)


def expand_with(expander: Expander, instruction: kinds.Instruction) -> kinds.Instruction:
    """The instruction with operands expanded by ``expander``, which counts what comes out."""
    match instruction:
        case kinds.Copy() | kinds.Add():
            return _files(expander, instruction)
        case kinds.Env() | kinds.Label():
            pairs = [
                replace(pair, key=expander.one(pair.key), value=expander.one(pair.value))
                for pair in instruction.pairs
            ]
            return replace(instruction, pairs=tuple(pairs))
        case kinds.User():
            return replace(instruction, user=expander.one(instruction.user))
        case kinds.Workdir():
            return replace(instruction, path=expander.one(instruction.path))
        case kinds.Stopsignal():
            return replace(instruction, signal=expander.one(instruction.signal))
        case kinds.Volume():
            return replace(instruction, paths=expander.each(instruction.paths))
        case kinds.Expose():
            return replace(instruction, ports=expander.split(instruction.ports))
        case kinds.Run():
            mounts = tuple([_mount(expander, mount) for mount in instruction.mounts])
            return replace(instruction, mounts=mounts)
        case _:
            return instruction


def _files(expander: Expander, instruction: kinds.Copy | kinds.Add) -> kinds.Copy | kinds.Add:
    expanded = replace(
        instruction,
        chown=expander.maybe(instruction.chown),
        chmod=expander.maybe(instruction.chmod),
        sources=expander.each(instruction.sources),
        destination=expander.one(instruction.destination),
        heredocs=tuple([expander.body(heredoc) for heredoc in instruction.heredocs]),
    )
    if isinstance(expanded, kinds.Add):
        return replace(expanded, checksum=expander.maybe(expanded.checksum))
    return expanded


def _mount(expander: Expander, mount: kinds.Mount) -> kinds.Mount:
    return mount_with(
        tuple([(key, expander.maybe(value)) for key, value in mount.fields]), mount.span
    )
