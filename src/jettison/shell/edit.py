"""Edits of a shell script inside another text: words and commands dropped, text added.

Every function takes the whole text and spans of it. What is cut takes one separator along: the
blank before a word, its whole line where it has one to itself, a connector before or behind a
command. A comment heads the words or commands that follow it up to the next comment, and goes when
all of them go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jettison.record import record
from jettison.shell.syntax import Connector
from jettison.source import Span, TextEdit
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jettison.shell.gaps import Gap, Layout
    from jettison.shell.syntax import Command, Script

__all__ = ["appended", "chain_of", "top_commands", "without_commands", "without_words"]

_LIST: Final = (Connector.AND, Connector.SEQUENCE, Connector.NEWLINE)


def top_commands(script: Script) -> tuple[Command, ...]:
    """The commands that lie in no other one, as those of ``$(...)`` and ``sh -c '...'`` do."""
    found: list[Command] = []
    for command in sorted(script.commands, key=lambda c: (c.span.start, -c.span.end)):
        if not found or command.span.start >= found[-1].span.end:
            found.append(command)
    return tuple(found)


def chain_of(script: Script, *, piped: bool = False) -> tuple[Command, ...] | None:
    """The commands of a script that is one plain list, each of which can be taken out.

    ``None`` for anything grouped, piped, negated, in the background, with an alternative, or not
    understood; ``;`` and newlines only count where the script stops at an error. What a command
    holds within itself (``$(...)``) does not matter. With ``piped`` a list may have pipes, whose
    commands can be taken out together.
    """
    commands = top_commands(script)
    if script.problems or not commands:
        return None
    for command in commands:
        if command.nesting or command.negated:
            return None
        if command.connector not in (None, *_LIST, *((Connector.PIPE,) if piped else ())):
            return None
        if command.connector in (Connector.SEQUENCE, Connector.NEWLINE):
            last = command is commands[-1]
            if not (last or script.stops_on_error):
                return None
    return commands


@record
class _Run:
    """Neighbours ``first`` to ``last`` of some units, all of which go; ``gaps`` are all gaps."""

    units: Sequence[Span]
    gaps: Sequence[Gap]
    first: int
    last: int

    @property
    def lead(self) -> Gap | None:
        """The gap before it."""
        return self.gaps[self.first - 1] if self.first else None

    @property
    def trail(self) -> Gap | None:
        """The gap behind it."""
        return self.gaps[self.last] if self.last < len(self.gaps) else None

    @property
    def start(self) -> int:
        return self.units[self.first].start

    @property
    def end(self) -> int:
        return self.units[self.last].end

    def lines(self, lead: Gap, trail: Gap) -> Span:
        """Its whole lines; with the comments above if the next lines have their own."""
        headed = lead.comment is not None and trail.comment is not None
        top = lead.comment if headed else lead.last
        return Span(sure(top), sure(trail.first))

    def parts(self) -> list[_Run]:
        """The same in pieces, one for each comment within."""
        heads = [
            at
            for at in range(self.first + 1, self.last + 1)
            if self.gaps[at - 1].comment is not None
        ]
        starts = [self.first, *heads]
        ends = [*(at - 1 for at in heads), self.last]
        return [
            _Run(self.units, self.gaps, one, other) for one, other in zip(starts, ends, strict=True)
        ]


def without_words(
    layout: Layout, text: str, units: Sequence[Span], gone: frozenset[Span]
) -> tuple[TextEdit, ...]:
    """Edits that cut some of the words of one command; its first word stays."""
    gaps = layout.gaps(text, units)
    cuts: list[Span] = []
    for run in _runs(units, gaps, [unit in gone for unit in units]):
        if run.lead is None:
            continue
        if run.trail is None:
            cuts.append(Span(run.lead.start, run.end))
            continue
        cuts += (_word_cut(part) for part in run.parts())
    return tuple(TextEdit(cut, "") for cut in cuts)


def _word_cut(run: _Run) -> Span:
    lead, trail = sure(run.lead), sure(run.trail)
    if lead.last is None:
        return Span(lead.start, run.end)
    if trail.first is None:
        return Span(run.start, trail.end)
    return run.lines(lead, trail)


def without_commands(
    layout: Layout, text: str, commands: Sequence[Command], base: int, gone: frozenset[Span]
) -> tuple[TextEdit, ...] | None:
    """Edits that cut commands with one connector each; ``None`` where one of them cannot go.

    ``commands`` are those of :func:`top_commands`, and their spans and ``gone`` count from
    ``base``. A command goes where plain ``&&``, ``;`` or a new line joins it to the next or the
    one before, and it is no part of an alternative or a condition, nor of a pipe of which some
    stays.
    """
    units = [Span(base + c.span.start, base + c.span.end) for c in commands]
    gaps = layout.gaps(text, units)
    edits: list[TextEdit] = []
    for run in _runs(units, gaps, [command.span in gone for command in commands]):
        if any(commands[at].negated for at in range(run.first, run.last + 1)):
            return None
        if not all(gap.plain or gap.other == "|" for gap in gaps[run.first : run.last]):
            return None
        cuts = _command_cuts(run)
        if cuts is None:
            return None
        edits += (TextEdit(cut, "") for cut in cuts)
    return tuple(edits)


def _command_cuts(run: _Run) -> list[Span] | None:
    lead, trail = run.lead, run.trail
    if (lead is not None and lead.binds) or (trail is not None and trail.binds):
        return None
    before = lead if lead is not None and lead.plain else None
    behind = trail if trail is not None and trail.plain else None
    if before is None:
        return None if behind is None else _first_cuts(run, behind)
    if behind is None:
        return [_last_cut(run, before)]
    return list(_joined(_middle_cut(part) for part in run.parts()))


def _joined(cuts: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring cuts in order, those that overlap as one."""
    last: Span | None = None
    for cut in cuts:
        if last is not None and cut.start < last.end:
            last = Span(last.start, max(last.end, cut.end))
            continue
        if last is not None:
            yield last
        last = cut
    if last is not None:
        yield last


def _last_cut(run: _Run, lead: Gap) -> Span:
    """A cut of what ends a list, with the connector before."""
    if lead.by_line:
        return Span(sure(lead.first) - lead.line_end, run.end)
    return Span(lead.start, run.end)


def _first_cuts(run: _Run, trail: Gap) -> list[Span]:
    """Cuts of what begins a list, with the connector behind."""
    if trail.comment is None or trail.first is None:
        return [Span(run.start, trail.end)]
    if trail.mark == trail.first - trail.line_end:
        return [Span(run.start, trail.comment)]
    cut = Span(run.start, max(trail.mark, run.end))
    if trail.leading:
        return [cut, Span(sure(trail.connector_start), trail.end)]
    return [cut]


def _middle_cut(run: _Run) -> Span:
    lead, trail = sure(run.lead), sure(run.trail)
    if lead.first is None:
        return Span(lead.start, run.end)
    if trail.first is None:
        return Span(run.start, trail.end)
    if (lead.leading and trail.leading) or (lead.trailing and trail.trailing):
        return run.lines(lead, trail)
    return Span(lead.start, run.end)


def _runs(units: Sequence[Span], gaps: Sequence[Gap], gone: Sequence[bool]) -> list[_Run]:
    found: list[_Run] = []
    at = 0
    while at < len(units):
        if not gone[at]:
            at += 1
            continue
        first = at
        while at + 1 < len(units) and gone[at + 1]:
            at += 1
        found.append(_Run(units, gaps, first, at))
        at += 1
    return found


def appended(
    layout: Layout, text: str, units: Sequence[Span], at: int, new: str, *, connector: str = "&&"
) -> TextEdit:
    """The edit that runs ``new`` behind the command that ends at ``at``, in the list's layout.

    ``units`` are the list's commands. The separator nearest before ``at`` is what it follows.
    """
    gaps = layout.gaps(text, units)
    nearest = sorted(gaps, key=lambda gap: (gap.start >= at, abs(gap.start - at)))
    broken = next((gap for gap in nearest if gap.plain and gap.last is not None), None)
    newline = layout.newline(text)
    if broken is None:
        indent = layout.indent(text)
        glue = f"{'' if connector == ';' else ' '}{connector} "
        if indent is not None:
            glue = f" {layout.mark}{newline}{indent}{connector} "
    elif broken.leading:
        blank = text[sure(broken.connector_start) + len(broken.connector) : broken.end]
        glue = f" {layout.mark}{newline}{text[sure(broken.last) : broken.connector_start]}"
        glue += f"{connector}{blank or ' '}"
    else:
        space = "" if broken.connector == ";" else " "
        written = broken.connector if broken.connector in ("&&", ";") else connector
        glue = f"{space}{written} {layout.mark}{newline}{text[sure(broken.last) : broken.end]}"
    return TextEdit(Span(at, at), glue + new)
