"""Requirement files as pip reads them (pip documentation, "Requirements File Format")."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.patterns import regex
from jettison.record import record
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jettison.source import SourceText

    Read = Callable[[str], SourceText | None]

__all__ = ["RequirementFile", "RequirementLine", "read_requirements", "without_lines"]

_COMMENT = regex(r"(^|\s)#.*$")
_OPTION = regex(r"\s--(hash|config-settings|global-option)[=\s]\S+")
_INCLUDE = regex(r"^(-r|--requirement|-c|--constraint)[=\s]*(\S+)$")
_PLAIN = regex(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\s*(==)\s*[0-9]+(?:\.[0-9]+)*)?", re.ASCII)
_MOST_DEPTH = 20


@record
class RequirementLine:
    """One requirement: ``name`` in canonical form (PEP 503), ``text`` without its hashes.

    ``span`` covers its lines in ``file``, continuations and the last line end included.
    ``heading`` is the comment above it and the lines before it, up to a blank line; ``""`` if none.
    """

    name: str
    text: str
    extras: frozenset[str]
    pinned: bool
    file: str
    line: int
    span: Span
    heading: str = ""


@dataclass(slots=True)
class RequirementFile:
    """A requirement file with all that it includes.

    ``options`` are the lines that are no requirement (``--index-url`` and the like). ``opaque``
    are requirements without a name that can be read (a bare URL, a local path, an editable).
    ``unread`` are included files that are missing, outside the project or part of a ring.
    """

    path: str
    lines: list[RequirementLine] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)

    @property
    def own(self) -> list[RequirementLine]:
        """The requirements of the file itself."""
        return [line for line in self.lines if line.file == self.path]


def read_requirements(read: Read, path: str) -> RequirementFile | None:
    """The requirement file at ``path`` with the files it includes; ``None`` if it is not there."""
    found = RequirementFile(path)
    source = read(path)
    if source is None:
        return None
    _take(read, source, path, (path,), found)
    return found


def _take(
    read: Read, source: SourceText, path: str, parents: tuple[str, ...], found: RequirementFile
) -> None:
    headings = _headings(source.text)
    for number, span, text in _logical_lines(source.text):
        include = _INCLUDE.match(text)
        if include:
            name = posixpath.normpath(posixpath.join(posixpath.dirname(path), include[2]))
            if include[1] in ("-c", "--constraint"):
                found.options.append(text)
                continue
            inner = None if name.startswith("..") or name in parents else read(name)
            if inner is None or len(parents) > _MOST_DEPTH:
                found.unread.append(include[2])
                continue
            found.included.append(name)
            _take(read, inner, name, (*parents, name), found)
        elif text.startswith(("-e", "--editable")):
            found.opaque.append(text)
        elif text.startswith("-"):
            found.options.append(text)
        else:
            line = _requirement(text, path, number, span)
            if line is None:
                found.opaque.append(text)
            else:
                found.lines.append(replace(line, heading=headings.get(number, "")))


def _headings(text: str) -> dict[int, str]:
    """The comment that heads each line, by the line's number."""
    found: dict[int, str] = {}
    heading, last = "", ""
    for number, raw in enumerate(text.splitlines(), start=1):
        row = raw.strip()
        if not row:
            heading = ""
        elif row.startswith("#"):
            # An indented comment is pip-compile's, of the line above.
            if raw.startswith("#"):
                heading = row if last.startswith("#") is False else f"{heading} {row}"
        else:
            found[number] = heading.strip("# -=*")
        last = row
    return found


def _logical_lines(text: str) -> Iterator[tuple[int, Span, str]]:
    pending, start, first, at = "", 0, 1, 0
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        if not pending:
            start, first = at, number
        at += len(raw)
        bare = raw.rstrip("\r\n")
        if bare.endswith("\\"):
            pending += bare[:-1] + " "
            continue
        row = _COMMENT.sub("", pending + bare).strip().removeprefix("\ufeff")
        pending = ""
        if row:
            yield first, Span(start, at), row
    if pending.strip():
        yield first, Span(start, at), pending.strip()


def _requirement(text: str, path: str, number: int, span: Span) -> RequirementLine | None:
    bare = _OPTION.sub("", f" {text}").strip()
    plain = _PLAIN.fullmatch(bare)
    if plain is not None:
        name, extras, pinned = plain[1], frozenset[str](), plain[2] is not None
    else:
        # Many a file has nothing but plain lines, and this takes long to import.
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            requirement = Requirement(bare)
        except InvalidRequirement:
            return None
        name, extras = requirement.name, frozenset(requirement.extras)
        pinned = any(one.operator in ("==", "===") for one in requirement.specifier)
    return RequirementLine(
        name=canonicalize_name(name),
        text=bare,
        extras=extras,
        pinned=pinned,
        file=path,
        line=number,
        span=span,
    )


def without_lines(
    source: SourceText, lines: list[RequirementLine]
) -> tuple[tuple[Span, ...], frozenset[str]]:
    """The spans to cut so that ``lines`` are gone, and the comment lines that go with them.

    A block of comment lines goes when every requirement that it heads goes: those up to the next
    blank line or the next comment. The ``# via`` lines of pip-compile belong to the line above.
    Of the blank lines round what is gone one stays.
    """
    gone = {line.span.start for line in lines}
    rows = _rows(source.text, {line.span.start: line.span for line in lines})
    cut = [kind == "line" and span.start in gone for kind, span in rows]
    comments: set[str] = set()
    for at, (kind, span) in enumerate(rows):
        if kind == "below" and cut[at - 1]:
            cut[at] = True
            comments.add(source.text[span.start : span.end].strip())
    for head, (kind, _) in enumerate(rows):
        if kind != "comment" or (head and rows[head - 1][0] == "comment"):
            continue
        body = head
        while body < len(rows) and rows[body][0] == "comment":
            body += 1
        end = body
        while end < len(rows) and rows[end][0] in ("line", "below"):
            end += 1
        if end > body and all(cut[body:end]):
            for at in range(head, body):
                cut[at] = True
                span = rows[at][1]
                comments.add(source.text[span.start : span.end].strip())
    _drop_blanks(rows, cut)
    mark = len(source.text) - len(source.text.removeprefix("\ufeff"))  # which the file needs
    spans = (span for (_, span), out in zip(rows, cut, strict=True) if out)
    return tuple(Span(max(mark, one.start), one.end) for one in spans), frozenset(comments)


def _rows(text: str, known: dict[int, Span]) -> list[tuple[str, Span]]:
    """The text as blank lines, comment lines, those below what they tell of, and logical lines."""
    spans = {span.start: span for _, span, _ in _logical_lines(text)} | known
    rows: list[tuple[str, Span]] = []
    at = 0
    while at < len(text):
        if at in spans:
            rows.append(("line", spans[at]))
            at = spans[at].end
            continue
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline + 1
        kind = "comment" if text[at:end].strip() else "blank"
        last = rows[-1][0] if rows else ""
        via = last == "line" and text[at:end].strip().startswith("# via")
        if kind == "comment" and text[at].isspace() and (via or last == "below"):
            kind = "below"
        rows.append((kind, Span(at, end)))
        at = end
    return rows


def _drop_blanks(rows: list[tuple[str, Span]], cut: list[bool]) -> None:
    """Let a blank line go where the ones on both sides of what is gone would meet."""
    last: str | None = None
    since = False
    for at, (kind, _) in enumerate(rows):
        if cut[at]:
            since = True
        elif kind == "blank" and since and last in (None, "blank"):
            cut[at] = True
        else:
            last, since = kind, False
    # Nothing but blank lines in front of the end of the file.
    if since or any(cut):
        at = len(rows) - 1
        while at >= 0 and (cut[at] or rows[at][0] == "blank"):
            if any(cut[at:]):
                cut[at] = True
            at -= 1
