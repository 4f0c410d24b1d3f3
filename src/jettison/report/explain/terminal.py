"""An explained Dockerfile for a terminal."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, assert_never

from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from jettison.analysis.context.explain import ContextTake, InlineTake, RemoteTake, StageTake
from jettison.report.figures import byte_count, clipped, clipped_path, counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from jettison.analysis.context.explain import (
        Ending,
        ExplainedInstruction,
        ExplainedStage,
        Explanation,
        Need,
        Take,
        Value,
    )
    from jettison.dockerfile import Healthcheck

__all__ = ["render_explanation"]

_DEEPEST = 8
_MOST_ROWS = 40


def render_explanation(explanation: Explanation) -> RenderableType:
    """The tree of stages, then every stage with its instructions and its settings at the end."""
    parts: list[RenderableType] = [_header(explanation), Text()]
    parts += _needs(explanation)
    if explanation.global_args:
        parts += [Text(), _global_args(explanation)]
    for stage in explanation.stages:
        parts += [Text(), _stage(explanation, stage)]
    if explanation.notices:
        parts += [Text(), *_notices(explanation)]
    return Group(*parts)


def _header(explanation: Explanation) -> Text:
    built = sum(stage.built for stage in explanation.stages)
    text = Text(clipped(explanation.dockerfile.source.name), style="bold")
    stages = counted(len(explanation.stages), "stage")
    target = explanation.stages[explanation.target.index]
    text.append(f": the target is {_title(target)}; {built} of {stages} built", style="not bold")
    context = explanation.context
    if context is not None:
        text.append(f"\ncontext {clipped(explanation.context_name or '.')}", style="not bold")
        entries = sum(file.kind.value != "dir" for file in context.files)
        sent = f": {counted(entries, 'file')}, {byte_count(context.size)} sent, "
        name = explanation.ignore_name
        sent += "no ignore file" if name is None else f"ignore file {clipped(name)}"
        text.append(sent, style="not bold")
    return text


def _title(stage: ExplainedStage) -> str:
    name = stage.stage.name
    number = f"stage {stage.stage.index}"
    return number if name is None else f"{clipped(name, 60)} ({number})"


def _needs(explanation: Explanation) -> Iterator[Tree]:
    """Trees of what is needed: the target's, those that got too deep, those that are not built."""
    seen: set[int] = set()
    roots = [explanation.target.index]
    while roots:
        index = roots.pop(0)
        if index not in seen:
            yield _tree_of(explanation, index, seen, roots)
    rest = [stage for stage in explanation.stages if not stage.built]
    if rest:
        tree = Tree(Text("not built", style="bold yellow"), guide_style="dim")
        for stage in rest:
            needs = ", ".join(_need_label(explanation, [need]).plain for need in stage.needs[:5])
            label = Text(f"{_title(stage)}, line {stage.line}", style="yellow")
            tree.add(_cut(label.append(f"  needs {needs}", style="dim")))
        yield tree


def _tree_of(explanation: Explanation, root: int, seen: set[int], deeper: list[int]) -> Tree:
    tree = Tree(_stage_label(explanation.stages[root]), guide_style="dim")
    todo = [(tree, root, 0)]
    while todo:
        node, index, depth = todo.pop()
        if index in seen:
            node.label = _cut(Text.assemble(_text(node), ("  see above", "dim")))
            continue
        if depth > _DEEPEST:
            node.label = _cut(Text.assemble(_text(node), ("  see below", "dim")))
            deeper.append(index)
            continue
        seen.add(index)
        below = []
        for needs in _grouped(explanation.stages[index].needs):
            child = node.add(_need_label(explanation, needs))
            stage = needs[0].stage
            if stage is not None:
                below.append((child, stage, depth + 1))
        todo += reversed(below)
    return tree


def _text(node: Tree) -> Text:
    return node.label if isinstance(node.label, Text) else Text(str(node.label))


def _grouped(needs: tuple[Need, ...]) -> list[list[Need]]:
    groups: dict[int | str, list[Need]] = {}
    for need in needs:
        groups.setdefault(need.name if need.stage is None else need.stage, []).append(need)
    return list(groups.values())


def _stage_label(stage: ExplainedStage) -> Text:
    return _cut(Text(f"{_title(stage)}, line {stage.line}", style="bold green"))


def _need_label(explanation: Explanation, needs: list[Need]) -> Text:
    need = needs[0]
    if need.stage is None:
        label = Text(f"image {clipped(need.name, 100)}" if need.name != "scratch" else "scratch")
        label.stylize("magenta")
    else:
        label = Text(_title(explanation.stages[need.stage]), style="green")
    by = ", ".join(f"{one.keyword} in line {one.line}" for one in needs[:4])
    by += f" and {len(needs) - 4} more" if len(needs) > 4 else ""
    return _cut(label.append(f"  {by}", style="dim"))


def _cut(text: Text) -> Text:
    """A text that takes one line, its end cut off where it is too long."""
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def _global_args(explanation: Explanation) -> Tree:
    tree = Tree(Text("before the first FROM", style="bold"), guide_style="dim")
    for shown in explanation.global_args:
        _instruction(explanation, tree, shown)
    return tree


def _stage(explanation: Explanation, stage: ExplainedStage) -> Tree:
    label = Text(_title(stage), style="bold green" if stage.built else "bold yellow")
    what = f"  lines {stage.line} to {stage.last_line}"
    if stage.stage.index == explanation.target.index:
        what += ", the target"
    label.append(what if stage.built else f"{what}, not built", style="dim")
    tree = Tree(_cut(label), guide_style="dim")
    for shown in stage.instructions:
        _instruction(explanation, tree, shown)
    if stage.ending is not None:
        end = tree.add(Text("at the end", style="bold"))
        end.add(_ending(stage.ending))
    return tree


def _instruction(explanation: Explanation, tree: Tree, shown: ExplainedInstruction) -> None:
    instruction = shown.instruction
    text = one_line(instruction.logical.text)
    label = Text(f"{shown.line:>4} ", style="dim")
    keyword = text[: len(instruction.keyword)]
    label.append(keyword, style="bold cyan").append(text[len(keyword) :], style="none")
    if shown.triggered:
        label.append("  from the base stage's ONBUILD", style="dim")
    node = tree.add(_cut(label))
    if shown.values:
        values = Text(style="dim")
        values.append(", ".join(map(_value, shown.values[:12])), style="blue")
        node.add(values)
    for take in shown.takes:
        node.add(Text(_take(explanation, take), style="green"))
        for one in take.unmatched if isinstance(take, ContextTake) else ():
            node.add(Text(clipped(one.sentence), style="bold yellow"))


def _value(value: Value) -> str:
    text = (
        "is not set here" if value.value is None else f"→ {clipped(value.value, 60) or '(empty)'}"
    )
    mark = " (assumed)" if value.assumed else ""
    return f"${value.name} {text}{mark}"


def _take(explanation: Explanation, take: Take) -> str:
    match take:
        case ContextTake():
            if not take.files:
                return "takes no file from the context"
            verb = "sees" if take.wanted.mounted else "takes"
            text = f"{verb} {counted(take.files, 'file')}, {byte_count(take.size)} of the context"
            big = [f"{clipped_path(one.path)} {byte_count(one.size)}" for one in take.biggest]
            return f"{text}; biggest {', '.join(big)}" if take.files > 1 else text
        case StageTake():
            verb = "sees" if take.mounted else "takes"
            sources = ", ".join(clipped(one, 60) for one in take.sources[:6])
            if take.stage is None:
                return f"{verb} {sources} of the image or named context {clipped(take.name, 80)}"
            return f"{verb} {sources} of {_title(explanation.stages[take.stage])}"
        case RemoteTake():
            return f"fetches {', '.join(clipped(one, 100) for one in take.sources)}"
        case InlineTake():
            names = ", ".join(clipped(one, 60) for one in take.names)
            return f"writes {names} from its own text, {byte_count(take.size)}"
        case _:
            assert_never(take)


def _ending(ending: Ending) -> Table:
    state = ending.state
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    image = Text(f"as in {clipped(ending.base_image, 100)}", style="dim")
    argv = {"entrypoint": state.entrypoint, "cmd": state.cmd}
    plain = {"user": state.user or "root", "workdir": state.workdir}
    for name, text in plain.items():
        table.add_row(name, Text(clipped(text)) if name.upper() in ending.known else image)
    for name, words in argv.items():
        known = name.upper() in ending.known
        table.add_row(name, Text("none" if words is None else _words(words)) if known else image)
    table.add_row("shell", Text(_words(state.shell)) if "SHELL" in ending.known else image)
    check = state.healthcheck
    table.add_row("healthcheck", image if check is None and not _whole(ending) else _check(check))
    if state.stopsignal:
        table.add_row("stop signal", Text(clipped(state.stopsignal)))
    for name, values in (("env", ending.env), ("labels", state.labels)):
        for number, (key, value) in enumerate(islice(values.items(), _MOST_ROWS)):
            head = "" if number else name
            table.add_row(head, Text(f"{clipped(key, 60)}={clipped(value)}"))
        if len(values) > _MOST_ROWS:
            table.add_row("", Text(f"and {len(values) - _MOST_ROWS:,} more", style="dim"))
    for name, names in (("exposed", state.exposed), ("volumes", state.volumes)):
        if names:
            table.add_row(name, Text(clipped(", ".join(names))))
    if not _whole(ending):
        table.add_row("", Text(f"and what {clipped(ending.base_image, 100)} sets", style="dim"))
    return table


def _whole(ending: Ending) -> bool:
    """Whether nothing comes from an image that is not known."""
    return ending.base_image == "scratch"


def _check(check: Healthcheck | None) -> Text:
    if check is None or check.disabled:
        return Text("none")
    return Text(_words(check.argv) if check.argv is not None else one_line(check.command))


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{clipped(word)}"' for word in words) + "]"


def _notices(explanation: Explanation) -> Iterator[Text]:
    yield Text("Warnings", style="bold yellow")
    for notice in explanation.notices:
        where = "" if notice.line is None else f"line {notice.line}: "
        yield Text(f"  {where}{clipped(notice.message, 400)}", style="yellow")
