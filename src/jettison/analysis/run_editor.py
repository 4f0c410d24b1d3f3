"""Edits of one RUN: its commands and words, taken out or added where they stand in the file."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.shell import Connector, PackageCall, Script, package_calls_of, parse_commands
from jettison.shell.edit import (
    appended,
    chain_of,
    top_commands,
    without_commands,
    without_words,
)
from jettison.shell.gaps import Layout
from jettison.source import Span, TextEdit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jettison.dockerfile import Run
    from jettison.dockerfile.editor import DockerfileEditor
    from jettison.shell import Command, Flag, Package, Word

__all__ = ["RunEditor"]


@record(cached=True)
class RunEditor:
    """Operations on one RUN of ``editor``'s file; each returns edits of the file's text.

    Spans of ``script`` count from ``base``, an offset into the file. The exec form has no commands
    that could be edited.
    """

    editor: DockerfileEditor
    run: Run

    @cached_property
    def _place(self) -> Span:
        """Where the script is in the file."""
        heredoc = self.run.script
        if heredoc is not None:
            return heredoc.span
        return self.run.command_span

    @property
    def base(self) -> int:
        """The offset in the file from which the script's spans count."""
        return self._place.start

    @cached_property
    def script(self) -> Script:
        """The script as it stands in the file; no commands for the exec form."""
        if self.run.argv is not None:
            return Script("", ())
        return parse_commands(self._body, escape=self._escape)

    @cached_property
    def calls(self) -> tuple[PackageCall, ...]:
        """The package manager calls in it."""
        if self.run.argv is not None:
            return ()
        return package_calls_of(self._body, escape=self._escape)

    @property
    def _body(self) -> str:
        """The script as it stands in the file."""
        return self.editor.text[self._place.start : self._place.end]

    @property
    def _escape(self) -> str | None:
        """What continues a line of it in the file's way; ``None`` in a here-document."""
        return None if self.run.script is not None else self.editor.escape

    @cached_property
    def chain(self) -> tuple[Command, ...] | None:
        """The commands, if each of them can be taken out alone; see ``shell.edit.chain_of``."""
        return chain_of(self.script)

    def parted(self, apart: Callable[[Command], object]) -> bool:
        """Whether it is a list that can be taken apart by what ``apart`` says of each command.

        The commands of a pipe have to go the same way.
        """
        if self.run.script is not None:
            return False
        chain = chain_of(self.script, piped=True)
        return chain is not None and all(
            apart(one) == apart(other)
            for one, other in pairwise(chain)
            if one.connector is Connector.PIPE
        )

    @property
    def multiline(self) -> bool:
        """Whether the RUN is written on several lines."""
        return "\n" in self.editor.text[self.run.span.start : self.run.span.end]

    @cached_property
    def _commands(self) -> tuple[Command, ...]:
        """The commands that lie in no other one."""
        return top_commands(self.script)

    @cached_property
    def _layout(self) -> Layout:
        """How the script's lines go on: here-documents are the shell's, all else the file's."""
        if self.run.script is not None:
            return Layout(self._place, "\\", within=False)
        return Layout(self._place, self.editor.escape, within=True)

    def span(self, span: Span) -> Span:
        """A span of the script as one of the file."""
        return Span(self.base + span.start, self.base + span.end)

    def drop_words(self, words: Iterable[Word | Package | Flag]) -> tuple[TextEdit, ...]:
        """Cut words with the blank, or the continued line, that they leave.

        A command's name stays, and so does a word within quotes that is a part of another.
        """
        spans = [word.span for word in words]
        edits: list[TextEdit] = []
        for command in self.script.commands:
            units = _units(command)
            gone = {unit for unit in units if any(_holds(span, unit) for span in spans)}
            if any(_nested(command, other) for other in self.script.commands):
                gone -= {u for u in gone if not any(_holds(u, s) for s in spans)}
            if gone:
                placed = [self.span(unit) for unit in units]
                named = frozenset(self.span(unit) for unit in gone)
                edits += without_words(self._layout, self.editor.text, placed, named)
        return self._named(edits)

    def drop_commands(self, commands: Iterable[Command]) -> tuple[TextEdit, ...]:
        """Cut commands, each with one connector; the whole block where only ``set`` is left.

        Nothing where one of them cannot go: a part of a pipe, an alternative or a condition.
        """
        gone = frozenset(command.span for command in commands)
        if not gone:
            return ()
        if all(c.span in gone or (c.name == "set" and not c.nesting) for c in self._commands):
            return self.editor.delete(self.run)
        known = gone <= {command.span for command in self._commands}
        return self._named(self._without(gone) or ()) if known else ()

    def _without(self, gone: frozenset[Span]) -> tuple[TextEdit, ...] | None:
        text = self.editor.text
        return without_commands(self._layout, text, self._commands, self.base, gone)

    def add_flag(self, call: PackageCall, flag: str) -> tuple[TextEdit, ...]:
        """Add an option behind a call's subcommand."""
        at = self.base + call.end_of_subcommand
        return (TextEdit(Span(at, at), f" {flag}", self.editor.origin),)

    def append(
        self, text: str, after: Command | None = None, *, own_line: bool = False
    ) -> tuple[TextEdit, ...]:
        """Run ``text`` after a command, or at the end where none is given, in the RUN's layout.

        With ``own_line`` it gets one in a RUN that is written on a single line, too.
        Nothing where no plain list goes on there: in the exec form, in a pipe, in the background.
        """
        if not self._commands or self.script.problems:
            return ()
        at = self._end_of_list() if after is None else self._end_of(after)
        if at is None:
            return ()
        if self.run.script is not None:
            return self._line_behind(at, text)
        units = [self.span(command.span) for command in self._commands]
        serial = self.script.stops_on_error and all(
            c.connector in (None, Connector.SEQUENCE) for c in self._commands
        )
        sign = ";" if serial else "&&"
        edit = appended(self._layout, self.editor.text, units, at, text, connector=sign)
        if own_line and not self.multiline and edit.text.startswith(" && "):
            line_end = f" {self.editor.escape}{self.editor.newline}"
            edit = replace(edit, text=f"{line_end}   {edit.text}")
        return self._named([edit])

    def _end_of(self, command: Command) -> int | None:
        """Where a command of a plain list ends; ``None`` for any other."""
        if command.connector not in (None, Connector.AND, Connector.SEQUENCE, Connector.NEWLINE):
            return None
        return self.base + command.span.end

    def _end_of_list(self) -> int | None:
        """Where the script ends, closing brackets included; ``None`` where nothing can follow."""
        last = max(self._commands, key=lambda command: command.span.end)
        start = self.base + last.span.end
        heredocs = [r.heredoc for c in self._commands for r in c.redirections if r.heredoc]
        if heredocs or (self.run.heredocs and self.run.script is None):
            return start if not last.nesting else None
        tail = self.editor.text[start : self._place.end]
        closing = tail.rstrip(f" \t\r\n{self._layout.mark}")
        if last.connector is Connector.BACKGROUND or closing.endswith("&"):
            return None
        if not closing.strip(" \t\r\n;") or closing.lstrip().startswith("#"):
            return start
        if "#" in closing:
            return None
        return start + len(closing.rstrip(" \t\r\n;"))

    def _line_behind(self, at: int, text: str) -> tuple[TextEdit, ...]:
        """A line of a here-document behind the one that ``at`` is in."""
        end = self.editor.text.find("\n", at, self._place.end)
        line_start = self.editor.text.rfind("\n", 0, at) + 1
        indent = _indent(self.editor.text[max(line_start, self._place.start) : at])
        newline = self.editor.newline
        if end < 0:
            place = self._place.end
            return (TextEdit(Span(place, place), f"{newline}{indent}{text}", self.editor.origin),)
        return (TextEdit(Span(end + 1, end + 1), f"{indent}{text}{newline}", self.editor.origin),)

    def replace_command(self, command: Command, text: str) -> tuple[TextEdit, ...]:
        """Write a command anew."""
        return (TextEdit(self.span(command.span), text, self.editor.origin),)

    def text_of(self, commands: Sequence[Command]) -> str:
        """The RUN with just these commands of its list, without comments above or line end.

        A leading ``set`` stays as long as there is more than one command that it stops.
        """
        kept = {command.span for command in commands}
        chain = self._commands
        first = chain[0] if chain else None
        listed = any(command.connector is not Connector.AND for command in chain[:-1])
        if first is not None and first.name == "set" and listed and len(kept - {first.span}) > 1:
            kept.add(first.span)
        gone = frozenset(command.span for command in chain if command.span not in kept)
        cuts = self._without(gone) if gone else ()
        span = self.run.span
        text = self.editor.text[span.start : span.end]
        if cuts is None:
            head = self.editor.text[span.start : self.base].split("\n")[0]
            whole = (self._text(command) for command in chain if command.span in kept)
            return f"{head.rstrip(' ' + self.editor.escape)} {' && '.join(whole)}"
        moved = (
            replace(cut, span=Span(cut.span.start - span.start, cut.span.end - span.start))
            for cut in cuts
        )
        return self._tidy(apply_edits(text, moved))

    def _text(self, command: Command) -> str:
        place = self.span(command.span)
        return self.editor.text[place.start : place.end]

    def _tidy(self, text: str) -> str:
        """A RUN on one line where its only line came to stand on a continued line alone."""
        lines = text.split("\n")
        head = lines[0].rstrip(" \t\r")
        if len(lines) != 2 or not head.endswith(self.editor.escape) or self.run.script is not None:
            return text
        head = head[:-1].rstrip()
        if not all(word.startswith("--") for word in head.split()[1:]):
            return text
        return f"{head} {lines[1].lstrip()}"

    def comments_in(self, edits: Iterable[TextEdit]) -> frozenset[str]:
        """The comment lines within what edits cut, stripped: for ``Change.drops_comments``."""
        found = set()
        for edit in edits:
            for line in self.editor.text[edit.span.start : edit.span.end].splitlines():
                if line.strip().startswith("#"):
                    found.add(line.strip())
        return frozenset(found)

    def _named(self, edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
        return tuple(replace(edit, origin=self.editor.origin) for edit in edits)


def _units(command: Command) -> list[Span]:
    """The words, assignments and redirections of a command in text order."""
    spans = {word.span for word in command.words}
    spans |= {assignment.span for assignment in command.assignments}
    spans |= {redirection.span for redirection in command.redirections}
    return sorted(spans)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _nested(outer: Command, inner: Command) -> bool:
    return inner is not outer and _holds(outer.span, inner.span)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
