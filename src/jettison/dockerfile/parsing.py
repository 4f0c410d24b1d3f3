"""Text to a :class:`~jettison.dockerfile.stages.Dockerfile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile.arguments import DEFAULT_PLATFORM, global_scope
from jettison.dockerfile.expansion import ExpansionError, expand
from jettison.dockerfile.instructions import Arg, From
from jettison.dockerfile.lines import Lines, read_lines
from jettison.dockerfile.problems import problem
from jettison.dockerfile.reading import read_instruction
from jettison.dockerfile.stages import (
    Directives,
    Dockerfile,
    Stage,
    with_references,
)
from jettison.dockerfile.syntax import instruction_name
from jettison.source import SourceText, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.dockerfile.instructions import Instruction

__all__ = ["parse", "parse_text"]

_LONGEST_LINE = 1 << 16


def parse_text(
    text: str,
    name: str = "Dockerfile",
    *,
    build_args: Mapping[str, str] | None = None,
    platform: str = DEFAULT_PLATFORM,
) -> Dockerfile:
    """The Dockerfile that ``text`` is; see :func:`parse`."""
    return parse(SourceText(name, text), build_args=build_args, platform=platform)


def parse(
    source: SourceText,
    *,
    build_args: Mapping[str, str] | None = None,
    platform: str = DEFAULT_PLATFORM,
) -> Dockerfile:
    """The Dockerfile of ``source``.

    ``build_args`` and ``platform`` only matter where a FROM names a stage by a variable. Raises
    ``DockerfileError`` for what no engine would build. Source: Dockerfile reference; BuildKit.
    """
    lines = read_lines(source.text)
    directives = _directives(source, lines)
    _check_lengths(source)
    instructions, heads = _instructions(source, lines)
    global_args = tuple(arg for arg in instructions[: heads[0][0]] if isinstance(arg, Arg))
    scope = global_scope(global_args, build_args or {}, platform, escape=lines.escape)
    stages = _stages(instructions, heads, scope, lines.escape)
    stages = with_references(source, stages)
    return Dockerfile(source, lines, directives, instructions, global_args, stages)


def _instructions(
    source: SourceText, lines: Lines
) -> tuple[tuple[Instruction, ...], list[tuple[int, From]]]:
    """The instructions in order, and every FROM with its place among them."""
    found: list[Instruction] = []
    heads: list[tuple[int, From]] = []
    for each in lines.instructions:
        opens = each.inner_keyword is None and instruction_name(each.keyword.text) == "FROM"
        stage = len(heads) - 1 + opens
        instruction = read_instruction(source, lines.escape, each, stage if stage >= 0 else None)
        if isinstance(instruction, From):
            heads.append((len(found), instruction))
        elif not heads and not isinstance(instruction, Arg):
            raise problem(
                source,
                instruction.keyword_span,
                f"{instruction.keyword} before the first FROM",
                remedy="Only ARG may come before FROM; begin a stage with FROM IMAGE.",
            )
        found.append(instruction)
    if not heads:
        raise problem(
            source,
            Span(0, 0),
            "there is no FROM" if found else "there are no instructions",
            remedy="Begin with FROM IMAGE, or FROM scratch.",
        )
    return tuple(found), heads


def _check_lengths(source: SourceText) -> None:
    """Raise for a line that BuildKit's scanner has no room for."""
    if len(source.text) * 4 < _LONGEST_LINE:
        return
    at = 0
    for line in source.text.split("\n"):
        if len(line) * 4 >= _LONGEST_LINE:
            size = len(line.encode("utf-8", "replace"))
            if size >= _LONGEST_LINE:
                message = f"a line of {size:,} bytes; {_LONGEST_LINE - 1:,} are the most"
                raise problem(source, Span(at, at + len(line)), message)
        at += len(line) + 1


def _directives(source: SourceText, lines: Lines) -> Directives:
    if lines.repeated is not None:
        message = f"the directive {lines.repeated.name} is given twice"
        raise problem(source, lines.repeated.span, message)
    values = {directive.name: directive for directive in lines.directives}
    escape = values.get("escape")
    if escape is not None and escape.value not in ("\\", "`"):
        raise problem(
            source,
            escape.value_span,
            f"the escape character is \\ or `, not {escape.value}",
            remedy="Write # escape=\\ or # escape=`.",
        )
    syntax, check = values.get("syntax"), values.get("check")
    return Directives(
        lines.escape,
        syntax.value if syntax else None,
        check.value if check else None,
        lines.directives,
    )


def _stages(
    instructions: tuple[Instruction, ...],
    heads: list[tuple[int, From]],
    scope: Mapping[str, str],
    escape: str,
) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    by_name: dict[str, int] = {}
    ends = [*(head for head, _ in heads[1:]), len(instructions)]
    for index, ((head, from_), end) in enumerate(zip(heads, ends, strict=True)):
        base_name = _expanded(from_.image, scope, escape)
        stages.append(
            Stage(
                index=index,
                name=from_.alias.lower() if from_.alias else None,
                base=from_.image,
                base_name=base_name,
                base_stage=by_name.get(base_name or ""),
                platform=from_.platform,
                platform_name=_expanded(from_.platform, scope, escape),
                from_=from_,
                instructions=instructions[head + 1 : end],
                references=(),
                triggered=(),
                span=Span(from_.span.start, instructions[end - 1].span.end),
            )
        )
        if from_.alias:
            by_name[from_.alias.lower()] = index
    return tuple(stages)


def _expanded(word: str | None, scope: Mapping[str, str], escape: str) -> str | None:
    try:
        return expand(word, scope, escape=escape) or None if word else None
    except ExpansionError:
        return None
