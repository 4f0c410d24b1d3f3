"""The steps of an image's history, ready to be compared with a Dockerfile's instructions."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.oci.created_by import command_of, told
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FLAGS = re.compile(r"(?:--\S+\s+)+")
_CHECKSUMS = re.compile(r"(?::(?:\w+:)?[0-9a-f]{64})+$")
"""What buildah puts after a command that has files mounted."""


@record
class SaidStep:
    """A step of the history, ready to be compared; blanks are one.

    ``texts`` are all that its words may stand for and ``workdir`` is the working directory
    before it, ``None`` where no step tells it or a variable is in it.
    """

    keyword: str
    operands: str
    texts: frozenset[str]
    workdir: str | None


def said_steps(history: Iterable[str]) -> Iterator[SaidStep]:
    """The steps of a history's ``created_by``, in order from its first one."""
    shell = ""
    workdir: str | None = None
    for created_by in history:
        step = told(created_by)
        words = plain(without_flags(step.operands))
        texts = {words}
        if step.keyword == "RUN":
            operands = _CHECKSUMS.sub("", step.operands)
            commands = {operands, command_of(operands), command_of(operands, shell)}
            texts |= {plain(each) for each in commands}
            texts |= {plain(without_flags(each)) for each in commands}
        yield SaidStep(step.keyword, words, frozenset(texts), workdir)
        if step.keyword == "SHELL":
            shell = words.strip("[]") if '"' not in words else ""
        elif step.keyword == "WORKDIR":
            workdir = joined(workdir, words)


def joined(workdir: str | None, path: str) -> str | None:
    """The path as seen from the working directory; ``None`` where that cannot be known."""
    if "$" in path or (workdir is None and not path.startswith("/")):
        return None
    return posixpath.normpath(posixpath.join(workdir or "/", path))


def without_flags(operands: str) -> str:
    """The operands after the flags."""
    match = _FLAGS.match(operands.lstrip())
    return operands.lstrip()[match.end() :] if match else operands


def plain(text: str) -> str:
    """The text with every run of blanks as one."""
    return " ".join(text.split())
