"""What a build context sends, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jettison.report.figures import byte_count, clipped, clipped_path, counted, one_line, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from jettison.analysis.context.use import ContextUse, FolderUse, Suggestion

__all__ = ["render_context"]

_ROWS = 15
_INNER_SHARE = 0.02
_INNER_DEPTH = 3
_NUMBERS = ("files", "bytes", "share", "unused", "entries", "line")


def render_context(name: str, uses: Sequence[ContextUse], *, whole: bool = False) -> RenderableType:
    """What each ignore file makes of the context ``name``; ``whole`` leaves no row out."""
    parts: list[RenderableType] = []
    for use in uses:
        parts += [Text()] if parts else []
        parts += _part(name, use, whole=whole)
    return Group(*parts)


def _part(name: str, use: ContextUse, *, whole: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [_header(name, use)]
    if use.folders:
        parts += [Text(), _folders(use, whole=whole)]
    for section in (_suggestions, _guesses, _unused, _kept_out):
        rows = section(use, whole=whole)
        if rows is not None:
            parts += [Text(), rows]
    if use.uses:
        parts += [Text(), _takes(use, whole=whole)]
    if use.problems:
        parts += [Text(), *_problems(use, whole=whole)]
    return parts


def _header(name: str, use: ContextUse) -> Text:
    text = Text(clipped(name), style="bold")
    sent = f": {counted(use.files, 'file')}, {byte_count(use.size)} sent to the builder"
    text.append(sent, style="not bold")
    ignore = "no ignore file" if use.ignore is None else f"ignore file {clipped(use.ignore.name)}"
    text.append(f"\n{ignore}", style="not bold dim")
    for build in use.builds:
        stage = f", stage {clipped(build.target)}" if build.target else ""
        by = f", for {clipped(', '.join(build.services))}" if build.services else ""
        text.append(f"\nbuilt with {clipped(build.name)}{stage}{by}", style="not bold dim")
    if not use.builds:
        text.append("\nno Dockerfile: what is used is not known", style="not bold yellow")
    return text


def _titled(title: str, table: Table) -> Group:
    return Group(Text(title, style="bold"), table)


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in heads:
        if head in _NUMBERS:
            table.add_column(head, justify="right", no_wrap=True)
        else:
            table.add_column(head, overflow="fold")
    return table


def _folders(use: ContextUse, *, whole: bool) -> Group:
    table = _table("folder", "files", "bytes", "share", "unused", "would exclude it")
    shown = list(_rows(use, whole=whole))
    for one in shown:
        table.add_row(
            Text("  " * one.depth + _folder_name(one.path)),
            f"{one.files:,}",
            byte_count(one.size),
            share(one.size, use.size),
            share(one.unused_size, one.size) if use.builds else "-",
            _against(one),
        )
    tops = sum(not one.depth for one in use.folders)
    left = tops - sum(not one.depth for one in shown)
    if left:
        table.add_row(Text(f"and {counted(left, 'more folder')}", style="dim"))
    return _titled("Sent, by folder", table)


def _against(one: FolderUse) -> Text:
    if one.pattern is None:
        return Text()
    text = f"{clipped(one.pattern)}  {one.kind}"
    return Text(f"{text}?" if one.doubtful else text, style="dim" if one.doubtful else "yellow")


def _folder_name(path: str) -> str:
    return f"{clipped(path.rpartition('/')[2])}/" if path else "(files)"


def _rows(use: ContextUse, *, whole: bool) -> Iterator[FolderUse]:
    """The folders on top, and of those in them the big ones, down to where a pattern helps."""
    tops = 0
    closed: str | None = None
    for one in use.folders:
        if closed is not None and one.path.startswith(closed):
            continue
        closed = None
        tops += not one.depth
        if not whole:
            small = one.size < _INNER_SHARE * use.size or one.depth >= _INNER_DEPTH
            if (one.depth and small) or tops > _ROWS:
                closed = f"{one.path}/"
                continue
        if one.pattern is not None and not one.doubtful:
            closed = f"{one.path}/"
        yield one


def _suggestions(use: ContextUse, *, whole: bool) -> Group | None:
    sure = [one for one in use.suggestions if one.asked_for is None and not one.doubtful]
    held = [one for one in use.suggestions if one.asked_for is not None]
    if not sure and not held:
        return None
    title = f"Could stay out: {_amount(sure)}, {share(_size(sure), use.size)} of what is sent"
    return _titled(title, _patterns((*_cut(sure, whole=whole), *held), sure, whole=whole))


def _guesses(use: ContextUse, *, whole: bool) -> Group | None:
    found = [one for one in use.suggestions if one.doubtful]
    if not found:
        return None
    title = f"Perhaps as well: {_amount(found)}, judged by the name alone and taken with the rest"
    return _titled(title, _patterns(_cut(found, whole=whole), found, whole=whole))


def _amount(found: Sequence[Suggestion]) -> str:
    files = sum(one.files for one in found)
    return f"{counted(files, 'file')}, {byte_count(_size(found))}"


def _size(found: Sequence[Suggestion]) -> int:
    return sum(one.size for one in found)


def _cut(found: Sequence[Suggestion], *, whole: bool) -> Sequence[Suggestion]:
    return found if whole else found[:_ROWS]


def _patterns(
    shown: Sequence[Suggestion], counted_rows: Sequence[Suggestion], *, whole: bool
) -> Table:
    table = _table("pattern", "files", "bytes", "what it is")
    for one in shown:
        _suggestion(table, one)
    _rest(table, counted_rows, whole=whole)
    return table


def _suggestion(table: Table, one: Suggestion) -> None:
    kind = Text(one.kind)
    if one.asked_for is not None:
        dockerfile, instruction = one.asked_for
        where = f"{clipped_path(dockerfile)}:{instruction.line}"
        kind.append(f", but {where} asks for nothing else", style="yellow")
    table.add_row(Text(clipped(one.pattern)), f"{one.files:,}", byte_count(one.size), kind)


def _unused(use: ContextUse, *, whole: bool) -> RenderableType | None:
    if not use.builds:
        return None
    if use.whole is not None:
        taker = use.whole.instruction
        where = f"{clipped(use.whole.dockerfile)}:{taker.line}"
        said = one_line(taker.logical.text, 80)
        return Text.assemble(
            ("Used by no instruction: ", "bold"),
            f"nothing, as {where} takes the whole context ({said})",
        )
    title = f"Used by no instruction: {counted(use.unused_files, 'file')}, "
    title += f"{byte_count(use.unused_size)}, {share(use.unused_size, use.size)} of what is sent"
    table = _table("path", "files", "bytes", "would exclude it")
    for one in use.unused if whole else use.unused[:_ROWS]:
        table.add_row(
            Text(clipped(one.path) + ("/" if one.folder else "")),
            f"{one.files:,}",
            byte_count(one.size),
            Text(f"{clipped(one.pattern)}  {one.kind}", style="yellow"),
        )
    _rest(table, use.unused, whole=whole)
    return _titled(title, table)


def _kept_out(use: ContextUse, *, whole: bool) -> Group | None:
    if not use.kept_out:
        return None
    table = _table("pattern", "line", "entries", "bytes", "such as")
    for one in use.kept_out if whole else use.kept_out[:_ROWS]:
        table.add_row(
            Text(clipped(one.pattern.text)),
            str(one.pattern.line),
            f"{one.entries:,}",
            "not weighed" if one.size is None else byte_count(one.size),
            Text(", ".join(clipped(path, 40) for path in one.examples), style="dim"),
        )
    _rest(table, use.kept_out, whole=whole)
    title = "Kept out by the ignore file"
    if any(one.size is None for one in use.kept_out):
        title += "; folders that stay out are not entered, --all weighs them"
    return _titled(title, table)


def _takes(use: ContextUse, *, whole: bool) -> Group:
    table = _table("instruction", "", "files", "bytes")
    for one in use.uses if whole else use.uses[:_ROWS]:
        table.add_row(
            Text(f"{clipped_path(one.dockerfile)}:{one.instruction.line}"),
            Text(one_line(one.instruction.logical.text, 80), style="dim"),
            f"{one.take.files:,}",
            byte_count(one.take.size),
        )
    _rest(table, use.uses, whole=whole)
    return _titled("Taken by", table)


def _rest(table: Table, rows: Sequence[object], *, whole: bool) -> None:
    if not whole and len(rows) > _ROWS:
        table.add_row(Text(f"and {len(rows) - _ROWS:,} more", style="dim"))


def _problems(use: ContextUse, *, whole: bool) -> Iterable[Text]:
    yield Text("Problems", style="bold red")
    for one in use.problems if whole else use.problems[:_ROWS]:
        yield Text(f"  {clipped(one.where)}: {clipped(one.message, 400)}", style="red")
    if not whole and len(use.problems) > _ROWS:
        yield Text(f"  and {len(use.problems) - _ROWS:,} more", style="dim")
