"""A shell text to its commands, by way of tree-sitter's Bash grammar."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Final

import tree_sitter_bash
from tree_sitter import Language, Parser

from jettison.record import record
from jettison.shell.heredocs import blank_heredocs
from jettison.shell.parsing_words import (
    FoundCommand,
    FoundRedirection,
    Source,
    read_command,
    read_redirection,
)
from jettison.shell.syntax import (
    Command,
    Connector,
    Nesting,
    Script,
    SyntaxProblem,
)
from jettison.shell.texts import Traced, join_lines
from jettison.shell.wrappers import reads_script, shell_argument

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["parse_commands"]

_LANGUAGE: Final = Language(tree_sitter_bash.language())
_MOST_SHELLS: Final = 8
_DEEPEST: Final = 100
_COMMANDS: Final = frozenset(
    {
        "command",
        "declaration_command",
        "test_command",
        "unset_command",
        "variable_assignment",
        "variable_assignments",
    }
)
_REDIRECTS: Final = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_CONNECTORS: Final = {
    "&&": Connector.AND,
    "||": Connector.OR,
    ";": Connector.SEQUENCE,
    "&": Connector.BACKGROUND,
    "|": Connector.PIPE,
    "|&": Connector.PIPE,
    "\n": Connector.NEWLINE,
}
_NESTINGS: Final = {
    "subshell": Nesting.SUBSHELL,
    "compound_statement": Nesting.GROUP,
    "do_group": Nesting.LOOP,
    "else_clause": Nesting.BRANCH,
    "case_item": Nesting.CASE,
    "function_definition": Nesting.FUNCTION,
    "command_substitution": Nesting.SUBSTITUTION,
    "process_substitution": Nesting.SUBSTITUTION,
}
_CONDITIONS: Final = frozenset({"if_statement", "elif_clause", "while_statement"})


@lru_cache(maxsize=4096)
def parse_commands(text: str, *, escape: str | None = None) -> Script:
    """The commands of a shell text, those inside ``sh -c '...'`` and ``$(...)`` included.

    With ``escape``, the Dockerfile's escape character, ``text`` is read as a RUN body stands in a
    Dockerfile: continued lines are joined and comment lines among them dropped first. Spans are
    offsets into ``text`` either way. Never raises: what is not shell becomes a problem.
    """
    traced = Traced.of(text) if escape is None else join_lines(text, escape)
    commands, problems = _parse(traced, (), 0)
    return Script(text, tuple(commands), tuple(problems))


def _parse(
    text: Traced, nesting: tuple[Nesting, ...], depth: int
) -> tuple[list[Command], list[SyntaxProblem]]:
    walk = _walk(text, nesting)
    commands: list[Command] = []
    problems = walk.problems
    for found in walk.commands:
        more, faults = _unfold(found, depth)
        commands += more
        problems += faults
    return commands, problems


def _unfold(found: FoundCommand, depth: int) -> tuple[list[Command], list[SyntaxProblem]]:
    """The command, and after it those that it gives to a shell to run."""
    script = _inner_script(found)
    if script is None or depth >= _MOST_SHELLS:
        return [found.command], []
    commands, problems = _parse(script, (*found.command.nesting, Nesting.SHELL), depth + 1)
    return [found.command, *commands], problems


def _walk(text: Traced, nesting: tuple[Nesting, ...]) -> _Walk:
    """The commands as the grammar finds them, without here-documents if those mislead it."""
    walk = _Walk(Source.of(text, text.text), nesting)
    walk.run()
    if not walk.problems or "<<" not in text.text:
        return walk
    blanked, places = blank_heredocs(text.text)
    other = _Walk(Source.of(Traced(blanked, text.origins), text.text, places), nesting)
    other.run()
    return other if len(other.problems) < len(walk.problems) else walk


def _inner_script(found: FoundCommand) -> Traced | None:
    """What a shell is given to run: after ``-c``, or as a here-document."""
    argument = shell_argument(found.command)
    if argument is not None:
        return found.values[argument]
    return found.body if found.body is not None and reads_script(found.command) else None


@record
class _Scope:
    """A list of commands; each occurrence in the text has a number of its own."""

    number: int
    nesting: tuple[Nesting, ...]


class _Walk:
    """The tree in text order, with a stack of its own: trees are as deep as lists are long."""

    def __init__(self, source: Source, nesting: tuple[Nesting, ...]) -> None:
        self.source = source
        self.commands: list[FoundCommand] = []
        self.problems: list[SyntaxProblem] = []
        self.numbers = count()
        self.last: dict[int, int | None] = {}
        self.negate = False
        self.leading: dict[int, list[FoundRedirection]] = {}
        self.top = self.scope(nesting)

    def scope(self, nesting: tuple[Nesting, ...]) -> _Scope:
        return _Scope(next(self.numbers), nesting)

    def run(self) -> None:
        tree = Parser(_LANGUAGE).parse(self.source.data)
        todo = [(tree.root_node, self.top)]
        while todo:
            node, scope = todo.pop()
            todo += reversed(self.visit(node, scope))

    def visit(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        kind = node.type
        if node.is_error or node.is_missing:
            what = f"missing {kind}" if node.is_missing else "not understood"
            self.problems.append(SyntaxProblem(what, self.source.span(node)))
        if len(scope.nesting) > _DEEPEST:
            self.problems.append(SyntaxProblem("nested too deeply", self.source.span(node)))
            return []
        if kind in _COMMANDS:
            return self.command(node, scope)
        if kind in _REDIRECTS:
            return self.redirect(node, scope)
        if not node.is_named:
            self.token(kind, scope)
            return []
        if kind in _CONDITIONS:
            return self.conditional(node, scope)
        if kind in _NESTINGS:
            self.enter(scope)
            scope = self.scope((*scope.nesting, _NESTINGS[kind]))
        children = node.children
        if kind == "c_style_for_statement":
            children = [child for child in children if child.type in _NESTINGS]
        return [(child, scope) for child in children]

    def token(self, kind: str, scope: _Scope) -> None:
        if kind == "!":
            self.negate = True
        index = self.last.get(scope.number)
        if kind in _CONNECTORS and index is not None:
            found = self.commands[index]
            command = replace(found.command, connector=_CONNECTORS[kind])
            self.commands[index] = replace(found, command=command)
            self.last[scope.number] = None

    def enter(self, scope: _Scope) -> None:
        """Something begins in a list: what was before it without a token ended with its line."""
        self.token("\n", scope)
        self.last[scope.number] = None

    def command(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        self.enter(scope)
        found = read_command(self.source, node)
        command = replace(found.command, nesting=scope.nesting, negated=self.negate)
        self.negate = False
        self.add(replace(found, command=command), scope)
        return [(child, self.scope(scope.nesting)) for child in found.inner]

    def add(self, found: FoundCommand, scope: _Scope) -> None:
        for redirection in self.leading.pop(scope.number, ()):
            found = found.with_redirection(redirection)
        self.last[scope.number] = len(self.commands)
        self.commands.append(found)

    def redirect(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        found = read_redirection(self.source, node)
        index = self.last.get(scope.number)
        if index is None and found.words:
            self.enter(scope)
            span = found.redirection.span
            empty = Command((), (), (), span, nesting=scope.nesting, negated=self.negate)
            self.add(FoundCommand(empty, ()), scope)
            self.negate = False
            index = self.last[scope.number]
        if index is not None:
            self.commands[index] = self.commands[index].with_redirection(found)
        elif node.parent is not None and node.parent.child_by_field_name("body") is None:
            self.leading.setdefault(scope.number, []).append(found)
        apart = [(child, self.scope(scope.nesting)) for child in found.inner]
        return [*((child, scope) for child in found.following), *apart]

    def conditional(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        self.enter(scope)
        inner = self.scope((*scope.nesting, Nesting.CONDITION))
        out: list[tuple[Node, _Scope]] = []
        for child in node.children:
            if child.type in ("then", "do_group", "elif_clause", "else_clause"):
                branch = (*scope.nesting, Nesting.BRANCH) if child.type == "then" else scope.nesting
                inner = self.scope(branch)
            out.append((child, inner))
        return out
