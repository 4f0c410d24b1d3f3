"""Whether a step of an image's history is an instruction of a Dockerfile.

Builders write a step down in their own ways: with variables replaced or not, sources as digests,
paths made absolute, flags left out. Sources: those of :mod:`jettison.oci.created_by`.
"""

from __future__ import annotations

import posixpath
import re
from enum import IntEnum
from typing import TYPE_CHECKING

from jettison.dockerfile import FileInstruction, Run, State, Workdir, all_states
from jettison.errors import SourceError
from jettison.imaging.said import joined, plain, without_flags
from jettison.oci.created_by import are_arguments
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.dockerfile import Dockerfile, Instruction
    from jettison.imaging.said import SaidStep

_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\w+)")
_DIGESTED = re.compile(r"(?:(file|dir|multi):)?\S+ in (\S.*)")
_SPELLING = re.compile(r"[^\w/.=:-]+")
_GLOB = re.compile(r"[*?\[]")


class Likeness(IntEnum):
    """How much a step is like an instruction, as a weight."""

    NONE = 0
    KEYWORD = 1
    """The same keyword, of an instruction that makes no layer."""
    SETTING = 4
    """The same words, of an instruction that makes no layer."""
    LIKELY = 8
    """What can be compared is the same, and the rest is not in the file or the history."""
    PATH = 12
    """The same path of WORKDIR, or the same target of COPY."""
    SAME = 20
    """The same words."""


@record
class FileStep:
    """An instruction of the file as the builders may have written it down.

    ``texts`` are all ways to write it, blanks as one. ``stage`` is the number of the stage that
    it was found in and ``line`` where it is given.
    """

    keyword: str
    line: int
    stage: int
    instruction: Instruction
    expanded: Instruction
    texts: frozenset[str]
    before: State
    after: State

    @property
    def makes_files(self) -> bool:
        """Whether a layer of it is to be expected; a WORKDIR's folder may be there already."""
        return self.keyword in ("RUN", "COPY", "ADD")


def file_steps(dockerfile: Dockerfile) -> tuple[tuple[FileStep, ...], ...]:
    """The steps of each stage, its base stage's triggers first.

    Where variables cannot be replaced, instructions are taken as they are written.
    """
    empty = State()
    try:
        return tuple(
            tuple(
                _file_step(each.instruction, each.expanded, each.before, each.after) for each in one
            )
            for one in all_states(dockerfile)
        )
    except SourceError:
        return tuple(
            tuple(_file_step(each, each, empty, empty) for each in stage.instructions)
            for stage in dockerfile.stages
        )


def _file_step(
    instruction: Instruction, expanded: Instruction, before: State, after: State
) -> FileStep:
    return FileStep(
        keyword=instruction.keyword,
        line=instruction.line,
        stage=instruction.stage or 0,
        instruction=instruction,
        expanded=expanded,
        texts=frozenset(map(plain, _texts(instruction, expanded, after))),
        before=before,
        after=after,
    )


def _texts(instruction: Instruction, expanded: Instruction, after: State) -> Iterator[str]:
    operands = instruction.logical.text.strip()[len(instruction.keyword) :]
    yield operands
    yield without_flags(operands)
    match expanded:
        case Run():
            yield from _run_texts(expanded)
        case FileInstruction():
            yield " ".join((*_sources(expanded), expanded.destination))
        case Workdir():
            yield after.workdir
            yield expanded.path
        case _:
            pass


def _run_texts(run: Run) -> Iterator[str]:
    yield run.command
    if run.argv is not None:
        yield " ".join(run.argv)
    if run.script is not None:
        yield run.script.text
        yield f"/dev/pipes/{run.script.name}"
        yield f"{run.command}\n{run.script.text}"
    elif run.heredocs:
        yield run.command + "".join(f"\n{each.content}{each.name}" for each in run.heredocs)
        yield run.command + "".join(f"\n{each.content}" for each in run.heredocs)


def _sources(files: FileInstruction) -> tuple[str, ...]:
    return (*files.sources, *(f"<<{each.name}" for each in files.heredocs))


def likeness(step: FileStep, said: SaidStep) -> Likeness:
    """How much the history's words are like the file's instruction."""
    if step.keyword != said.keyword:
        return Likeness.NONE
    match step.expanded:
        case Run():
            same = not step.texts.isdisjoint(said.texts)
            return _same(same or _is_exec_form(step.expanded, said.operands))
        case FileInstruction():
            return _files_likeness(step, step.expanded, said)
        case Workdir():
            return _workdir_likeness(step, said)
        case _ if _same_setting(step, said.operands):
            return Likeness.SETTING
        case _:
            return Likeness.KEYWORD


def _same(same: bool) -> Likeness:
    return Likeness.SAME if same else Likeness.NONE


def _is_exec_form(run: Run, operands: str) -> bool:
    """Whether the operands are build arguments, then an exec form's words without a shell."""
    command = plain(" ".join(run.argv or ()))
    if not command or not operands.endswith(f" {command}"):
        return False
    return are_arguments(operands.removesuffix(command))


def _files_likeness(step: FileStep, files: FileInstruction, said: SaidStep) -> Likeness:
    if digested := _DIGESTED.fullmatch(said.operands):
        return _digested_likeness(step, files, said, digested)
    if said.operands in step.texts:
        return Likeness.SAME
    sources = plain(" ".join(_sources(files)))
    target = said.operands.removeprefix(f"{sources} ")
    if target != said.operands and _same_path(files.destination, target, said):
        return Likeness.PATH
    return _likely(any(_fits(text, said.operands) for text in step.texts))


def _digested_likeness(
    step: FileStep, files: FileInstruction, said: SaidStep, digested: re.Match[str]
) -> Likeness:
    """The likeness to ``COPY file:… in target``; several sources are ``multi:``."""
    sources, target = _sources(files), digested[2]
    if not any(map(_GLOB.search, sources)) and (digested[1] == "multi") != (len(sources) > 1):
        return Likeness.NONE
    written = _target(step.instruction)
    if target in (written, files.destination) or _same_path(files.destination, target, said):
        return Likeness.PATH
    return _likely(_fits(written, target))


def _target(instruction: Instruction) -> str:
    return instruction.destination if isinstance(instruction, FileInstruction) else ""


def _workdir_likeness(step: FileStep, said: SaidStep) -> Likeness:
    if any(text == said.operands or _same_path(text, said.operands, said) for text in step.texts):
        return Likeness.PATH
    return _likely(any(_fits(text, said.operands) for text in step.texts))


def _same_path(path: str, target: str, said: SaidStep) -> bool:
    """Whether the history's absolute path is that of the file, seen from where it was then.

    Where that is not known the file's path has to be its end.
    """
    if not target.startswith("/") or "$" in path:
        return False
    whole = joined(said.workdir, path)
    if whole is None and (end := posixpath.normpath(path)) != ".":
        return posixpath.normpath(target).endswith(f"/{end}")
    return whole == posixpath.normpath(target)


def _likely(likely: bool) -> Likeness:
    return Likeness.LIKELY if likely else Likeness.NONE


def _fits(written: str, words: str) -> bool:
    """Whether the words are what is written, with other values of variables."""
    first, *rest = _VARIABLE.split(written.replace('"', ""))
    if not rest or not words.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        at = words.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return words.endswith(rest[-1]) and len(words) - len(rest[-1]) >= at


def _same_setting(step: FileStep, operands: str) -> bool:
    words = _SPELLING.sub("", operands)
    return any(words.endswith(_SPELLING.sub("", text)) for text in step.texts if text)
