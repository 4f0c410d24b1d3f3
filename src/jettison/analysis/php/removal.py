"""The edits that take what PHP's extensions are compiled with out in the RUN that compiles them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.package_runs import PackageRun, package_runs
from jettison.analysis.system.package_moves import Move, move_of, options_of
from jettison.ecosystem.php.images import LIBRARIES_OF_ALPINE, LIBRARIES_OF_DEBIAN
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis.project import Target
    from jettison.analysis.system.building import BuildPackages
    from jettison.shell import Command, PackageCall

__all__ = ["Removal", "removing"]

_VIRTUAL = ".build-deps"
_PURGE = "apt-get purge -y --auto-remove"
_WIDTH = 88
_INDENT = regex(r"\n([ \t]+)\S")
_TRAILING = regex(r"&&[ \t]*[\\`]\r?\n")


@record
class Removal:
    """The edits, and the comments that they drop."""

    edits: tuple[TextEdit, ...]
    drops_comments: frozenset[str]


def removing(
    target: Target, runs: Sequence[PackageRun], calls: Sequence[BuildPackages], kind: str
) -> Removal | str:
    """How the packages of ``calls`` are removed where ``runs``, which become one, compile.

    ``kind`` is ``debian`` or ``alpine``. A text says why they cannot be.
    """
    run = runs[0]
    inside = [one for one in calls if one.run.run.span == run.run.span]
    before = [one for one in calls if one.run.run.span != run.run.span]
    edits: list[TextEdit] = []
    dropped: frozenset[str] = frozenset()
    for one in before:
        move = move_of(target, [one], to_stages=False)  # where nothing compiles
        if not isinstance(move, Move):
            return move
        edits += move.edits
        dropped |= move.drops_comments
    layout = _Layout(run)
    names = [package.name for one in calls for package in one.movable]
    if kind == "alpine":
        edits += _virtual(run, inside, layout)
        end = [layout.folded(LIBRARIES_OF_ALPINE), f"apk del {_VIRTUAL}"]
    else:
        end = [layout.folded(LIBRARIES_OF_DEBIAN), layout.named(_PURGE, names)]
        if before and not _lists_are_used(target, runs[-1]):
            end.append("rm -rf /var/lib/apt/lists/*")
    if before:
        edits += layout.put_first(_install(before, layout))
    later = [one.run for one in runs[1:]]
    last = layout.put_last([*(_body(one) for one in runs[1:]), *end])
    if not last:
        return "the RUN that compiles is no plain list of commands"
    edits += run.editor.editor.delete(*later) if later else ()
    return Removal((*edits, *last), dropped)


def _lists_are_used(target: Target, run: PackageRun) -> bool:
    """Whether a later RUN of the stage may install from the lists that this one has fetched."""
    later = package_runs(target, frozenset({run.stage}))
    return any(one.run.line > run.run.line and one.of(Manager.APT, Verb.INSTALL) for one in later)


def _body(run: PackageRun) -> str:
    """The commands of a RUN as they are written."""
    first, last = run.commands[0], run.commands[-1]
    start, end = run.editor.span(first.span).start, run.editor.span(last.span).end
    return run.editor.editor.text[start:end]


def _virtual(
    run: PackageRun, inside: Sequence[BuildPackages], layout: _Layout
) -> Iterator[TextEdit]:
    """On Alpine what only compiling needs is installed under a name by which it is removed."""
    for one in inside:
        gone = {package.span for package in one.movable}
        if all(package.span in gone for package in one.call.packages):
            yield from run.editor.add_flag(one.call, f"--virtual {_VIRTUAL}")
        else:
            yield from run.editor.drop_words(one.movable)
            yield from run.editor.append(_added([one], layout), after=one.call.command)


def _added(calls: Sequence[BuildPackages], layout: _Layout) -> str:
    """The command of apk that installs packages under the name."""
    flags = options_of(calls[0].run, calls[0].call)
    names = [package.text for one in calls for package in one.movable]
    program, verb = calls[0].call.program_name, calls[0].call.subcommand_name
    return layout.named(" ".join((program, verb, *flags, f"--virtual {_VIRTUAL}")), names)


def _install(before: Sequence[BuildPackages], layout: _Layout) -> list[str]:
    """The commands that install in the RUN that compiles what another did."""
    call: PackageCall = before[0].call
    if call.manager is Manager.APK:
        return [_added(before, layout)]
    flags = options_of(before[0].run, call)
    names = [package.text for one in before for package in one.movable]
    install = " ".join((call.program_name, call.subcommand_name, *flags))
    return [f"{call.program_name} update", layout.named(install, names)]


@record
class _Layout:
    """How the lines of a RUN go on."""

    run: PackageRun

    @property
    def _text(self) -> str:
        span = self.run.run.span
        return self.run.editor.editor.text[span.start : span.end]

    @property
    def _indent(self) -> str:
        return min(_INDENT.findall(self._text), key=len, default="    ")

    def _line(self, depth: int) -> str:
        editor = self.run.editor.editor
        return f" {editor.escape}{editor.newline}{self._indent * depth}"

    @property
    def _glue(self) -> str:
        if self.run.commands[0].name == "set" and "&&" not in self._text:
            return f";{self._line(1)}"
        trailing = _TRAILING.search(self._text) is not None
        return f" &&{self._line(1)}" if trailing else f"{self._line(1)}&& "

    def folded(self, lines: Sequence[str]) -> str:
        """One command, on several lines."""
        return self._line(2).join(lines)

    def named(self, head: str, names: Sequence[str]) -> str:
        """A command with names behind it, on several lines where it is long."""
        if len(head) + sum(len(name) + 1 for name in names) <= _WIDTH:
            return " ".join((head, *names))
        rows: list[str] = [""]
        for name in names:
            if rows[-1] and len(rows[-1]) + len(name) > _WIDTH:
                rows.append("")
            rows[-1] = f"{rows[-1]} {name}".strip()
        return self.folded([head, *rows])

    def put_first(self, commands: Sequence[str]) -> tuple[TextEdit, ...]:
        """The edit that runs commands before all others but ``set``."""
        editor = self.run.editor
        first: Command = next(c for c in self.run.commands if c.name != "set")
        at = editor.span(first.span).start
        return (TextEdit(Span(at, at), self._glue.join((*commands, "")), editor.editor.origin),)

    def put_last(self, commands: Sequence[str]) -> tuple[TextEdit, ...]:
        """The edits that run commands behind all others; none where that is not possible."""
        text = self._glue.join(commands)
        edits = self.run.editor.append(text)
        if self.run.editor.multiline:
            return edits
        return tuple(replace(edit, text=f"{self._glue}{text}") for edit in edits)
