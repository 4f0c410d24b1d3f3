"""What a RUN leaves behind in its layer, and commands put behind a RUN that remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.record import record
from jettison.shell.edit import top_commands
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from jettison.analysis.package_runs import PackageRun
    from jettison.shell import Manager, PackageCall

__all__ = ["CANNOT_APPEND", "Leftover", "appended_to", "may_append", "sudo_of"]

CANNOT_APPEND = "the RUN does not end in a plain command, behind which another could stand"


@record
class Leftover:
    """What one manager leaves in a RUN; ``refusal`` says why ``edits`` cannot mend it.

    ``drops_comments`` are the comment lines that go with it; ``subject`` tells what a manager
    leaves twice apart.
    """

    manager: Manager
    what: str
    title: str
    edits: tuple[TextEdit, ...]
    paths: tuple[str, ...]
    saving: tuple[int, int]
    singular: bool = True
    refusal: str = ""
    drops_comments: frozenset[str] = frozenset()
    subject: str = ""


def may_append(run: PackageRun) -> bool:
    """Whether a command behind a RUN is run when all of it went well."""
    return _is_plain(run) or _ends_in_semicolon(run)


def _is_plain(run: PackageRun) -> bool:
    """Whether ``&& command`` behind a RUN is run when all of it went well, whatever it holds."""
    last = top_commands(run.editor.script)[-1:]
    if not last or last[0].name in ("exit", "exec", ""):
        return False
    if run.run.script is not None:
        # A line of its own hides how the line before it ended, where no error stops the script.
        return run.editor.chain is not None
    return bool(run.editor.append("true")) and not _tail(run)


def _ends_in_semicolon(run: PackageRun) -> bool:
    """Whether the RUN is a list that ends in a semicolon, behind which more can stand."""
    chain = run.editor.chain
    return bool(chain) and run.editor.script.stops_on_error and _tail(run) == ";"


def _tail(run: PackageRun) -> str:
    """What stands behind the last command of a RUN, without blanks and continuations."""
    text = run.editor.script.text
    last = max((command.span.end for command in run.commands), default=0)
    return text[last:].replace(run.editor.editor.escape, "").strip()


def appended_to(run: PackageRun, command: str) -> tuple[TextEdit, ...]:
    """The edits that run a command at the end of a RUN, in its layout."""
    if run.run.script is not None or not _tail(run):
        return run.editor.append(command)
    editor = run.editor.editor
    start, end = run.run.span.start, run.run.span.end
    at = start + len(editor.text[start:end].rstrip(" \t"))
    if not run.editor.multiline:
        return (TextEdit(Span(at, end), f" {command}"),)
    last = editor.text[start:end].splitlines()[-1]
    indent = last[: len(last) - len(last.lstrip())]
    return (TextEdit(Span(at, end), f" {editor.escape}{editor.newline}{indent}{command}"),)


def sudo_of(call: PackageCall) -> str:
    """``sudo `` where a call has it."""
    return "sudo " if call.command.name == "sudo" else ""
