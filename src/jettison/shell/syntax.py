"""What a shell script is made of, as far as rules ask.

Source of the terms: POSIX.1-2024, "Shell Command Language".
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from jettison.record import record

if TYPE_CHECKING:
    from jettison.source import Span

__all__ = [
    "Assignment",
    "Command",
    "Connector",
    "Heredoc",
    "Nesting",
    "Redirection",
    "Script",
    "SyntaxProblem",
    "Word",
]


class Connector(Enum):
    """What stands between a command and the next of the same list."""

    AND = "&&"
    OR = "||"
    SEQUENCE = ";"
    BACKGROUND = "&"
    PIPE = "|"
    NEWLINE = "\n"


class Nesting(Enum):
    """Something that holds a list of commands."""

    SUBSHELL = "( )"
    GROUP = "{ }"
    CONDITION = "if, while or until"
    BRANCH = "then or else"
    LOOP = "do"
    CASE = "case"
    FUNCTION = "function"
    SUBSTITUTION = "$( )"
    SHELL = "sh -c"


@record
class Word:
    """A word of a command.

    ``text`` is as written. ``unquoted`` is without quotes and with expansions as written;
    ``value`` is the same, but ``None`` where the word holds an expansion (``$x``, ``$(...)``,
    ``<(...)``) and so is not known. Patterns (``*``), braces and ``~`` are left alone.
    """

    text: str
    unquoted: str
    expands: bool
    span: Span

    @property
    def value(self) -> str | None:
        """The word's value where it is known without running anything."""
        return None if self.expands else self.unquoted


@record
class Assignment:
    """``name=value`` in front of a command or alone; ``appends`` for ``+=``."""

    name: str
    value: Word
    span: Span
    appends: bool = False


@record
class Heredoc:
    """A here-document: ``literal`` where its delimiter is quoted, ``strips_tabs`` for ``<<-``."""

    delimiter: str
    body: str
    span: Span
    literal: bool = False
    strips_tabs: bool = False


@record
class Redirection:
    """``operator`` (``>``, ``>>``, ``<``, ``2>&1`` gives ``>&``), with what it points to.

    ``descriptor`` is the number in front, if any; ``heredoc`` is set for ``<<`` and ``<<-``.
    ``span`` does not cover a here-document's body.
    """

    operator: str
    target: Word | None
    span: Span
    descriptor: int | None = None
    heredoc: Heredoc | None = None


@record
class Command:
    """A simple command, ``[`` and ``export`` included.

    ``words`` starts with the command's name; it is empty for assignments alone. ``connector`` is
    ``None`` for the last command of its list and before a compound command's end. ``nesting`` goes
    from the outside in. ``span`` covers assignments, words and redirections.
    """

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...]
    redirections: tuple[Redirection, ...]
    span: Span
    connector: Connector | None = None
    nesting: tuple[Nesting, ...] = ()
    negated: bool = False

    @property
    def name(self) -> str:
        """The first word without its folders; ``""`` where there is none or it is not known."""
        value = self.words[0].value if self.words else None
        return value.rpartition("/")[2] if value else ""

    @property
    def arguments(self) -> tuple[Word, ...]:
        """The words after the name."""
        return self.words[1:]

    @property
    def heredoc(self) -> Heredoc | None:
        """The here-document that the command reads, the last one where there are several."""
        found = [item.heredoc for item in self.redirections if item.heredoc is not None]
        return found[-1] if found else None


@record
class SyntaxProblem:
    """A place that is no shell, or not shell that the grammar knows."""

    message: str
    span: Span


@record
class Script:
    """The commands of a text in the order in which they start; spans are offsets into ``text``.

    Where there are ``problems``, the commands are what could be made out round them.
    """

    text: str
    commands: tuple[Command, ...]
    problems: tuple[SyntaxProblem, ...] = ()

    @property
    def stops_on_error(self) -> bool:
        """Whether ``set -e`` stands at the top of the script, before every other command."""
        for command in self.commands:
            if command.name != "set" or command.nesting:
                return False
            values = [word.value or "" for word in command.arguments]
            if "errexit" in values or any(_sets_e(value) for value in values):
                return True
        return False


def _sets_e(value: str) -> bool:
    return value.startswith("-") and not value.startswith("--") and "e" in value
