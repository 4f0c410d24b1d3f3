"""Lines added to an ignore file such that exactly what was meant stays out, and nothing else."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jettison.dockerfile.context import Kind
from jettison.dockerfile.ignore import IgnoreFile
from jettison.record import record
from jettison.source import Patch, SourceText, Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile.context import Context
    from jettison.dockerfile.ignore.file import Inherited

__all__ = ["IgnoreLine", "ignore_patch", "sent_with"]


@record
class IgnoreLine:
    """A pattern, and the files (no folders) of the context that it is to keep out.

    ``roots`` are the outermost paths of these files, folders with a slash at their end.
    """

    pattern: str
    files: frozenset[str]
    size: int
    what: str
    roots: tuple[str, ...] = ()


def ignore_patch(
    facts: Facts, target: Target, lines: Sequence[IgnoreLine]
) -> tuple[Patch, tuple[IgnoreLine, ...]]:
    """The patch that adds lines to the ignore file that holds, and those that it adds.

    They go to the end, or in front of the author's first re-inclusion where one may mean the same
    files. A line that would keep out more than it is meant to, or less, is left out, and so are all
    where the ignore file is a link to another file. Without an ignore file the context gets one.
    """
    name = target.ignore_name
    source = facts.tree.read(name) if name is not None else None
    if name is not None and (facts.tree.root / name).is_symlink():
        return Patch(), ()
    if name is None or source is None:
        made = posixpath.join(target.context_name, ".dockerignore")
        kept = _fitting(target.files, SourceText(made, ""), 0, lines)
        text = "".join(f"{line.pattern}\n" for line in kept)
        return (Patch(files={made: text}) if kept else Patch()), kept
    best: tuple[tuple[IgnoreLine, ...], int] = ((), 0)
    places = (_first_negation(source), len(source.text))
    for at in dict.fromkeys(places if _bear_on(source, lines) else reversed(places)):
        kept = _fitting(target.files, source, at, lines)
        if len(kept) > len(best[0]):
            best = kept, at
    kept, at = best
    if not kept:
        return Patch(), ()
    edit = TextEdit(Span(at, at), _inserted(source, at, [line.pattern for line in kept]))
    return Patch.of(name, [edit]), kept


def sent_with(context: Context, ignore: IgnoreFile) -> frozenset[str]:
    """The files (no folders) of a context that an ignore file lets through."""
    lines = tuple(pattern.text for pattern in ignore.patterns)
    if lines not in context.sent:
        context.sent[lines] = _sent(context, ignore)
    return context.sent[lines]


def _sent(context: Context, ignore: IgnoreFile) -> frozenset[str]:
    folders: dict[str, Inherited | None] = {"": ignore.root}

    def above(folder: str) -> Inherited | None:
        if folder not in folders:
            parent = above(folder.rpartition("/")[0])
            found = None if parent is None else ignore.descend(folder, parent)
            if found is not None and found.decision.excluded:
                found = found if ignore.reaches_below(folder, found) else None
            folders[folder] = found
        return folders[folder]

    sent = set()
    for file in context.files:
        if file.kind is Kind.DIR:
            continue
        handed = above(file.path.rpartition("/")[0])
        if handed is not None and not ignore.descend(file.path, handed).decision.excluded:
            sent.add(file.path)
    return frozenset(sent)


def _fitting(
    context: Context, source: SourceText, at: int, lines: Sequence[IgnoreLine]
) -> tuple[IgnoreLine, ...]:
    """Of the lines those that do what they should, put in at a place."""
    before = frozenset(one.path for one in context.files if one.kind is not Kind.DIR)
    if _does(context, source, at, lines, before):
        return tuple(lines)
    single = tuple(line for line in lines if _does(context, source, at, [line], before))
    return single if single and _does(context, source, at, single, before) else ()


def _does(
    context: Context,
    source: SourceText,
    at: int,
    lines: Sequence[IgnoreLine],
    before: frozenset[str],
) -> bool:
    added = _inserted(source, at, [line.pattern for line in lines])
    text = SourceText(source.name, source.text[:at] + added + source.text[at:])
    wanted = before - frozenset[str]().union(*(line.files for line in lines))
    return sent_with(context, IgnoreFile.parse(text)) == wanted


def _inserted(source: SourceText, at: int, patterns: Iterable[str]) -> str:
    newline = "\r\n" if "\r\n" in source.text else "\n"
    glue = newline if at and source.text[at - 1] != "\n" else ""
    return glue + "".join(f"{pattern}{newline}" for pattern in patterns)


def _bear_on(source: SourceText, lines: Iterable[IgnoreLine]) -> bool:
    """Whether a re-inclusion may be meant for what one of the lines names."""
    rows = (row.strip() for row in source.text.splitlines())
    parts = {part for row in rows if row.startswith("!") for part in row[1:].split("/") if part}
    names = {line.pattern.rpartition("/")[2] for line in lines}
    return any(
        fnmatchcase(part, name) or fnmatchcase(name, part) for part in parts for name in names
    )


def _first_negation(source: SourceText) -> int:
    """Where the first ``!`` line begins, the comments right above it included."""
    at = 0
    start: int | None = None
    for row in source.text.splitlines(keepends=True):
        if row.startswith("#"):
            start = at if start is None else start
        elif row.lstrip().startswith("!"):
            return at if start is None else start
        else:
            start = None
        at += len(row)
    return len(source.text)
