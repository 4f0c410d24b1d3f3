"""A shell text to its commands, by way of tree-sitter's Bash grammar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final

import tree_sitter_bash
from tree_sitter import Language, Parser

from jettison.shell.parsing_words import Source, read_command, read_redirection
from jettison.shell.syntax import (
    Command,
    Connector,
    Nesting,
    Redirection,
    Script,
    SyntaxProblem,
)
from jettison.shell.texts import Traced, join_lines
from jettison.shell.wrappers import shell_argument
from jettison.source import Span

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["parse_commands"]

_LANGUAGE: Final = Language(tree_sitter_bash.language())
_MOST_SHELLS: Final = 8
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
    source = Source.of(text)
    tree = Parser(_LANGUAGE).parse(source.data)
    walk = _Walk(source, nesting)
    walk.run(tree.root_node)
    commands: list[Command] = []
    for command, words in walk.commands:
        commands.append(command)
        argument = shell_argument(command)
        if argument is not None and depth < _MOST_SHELLS:
            inner = words[argument]
            found, problems = _parse(inner, (*command.nesting, Nesting.SHELL), depth + 1)
            commands += found
            walk.problems += problems
    return commands, walk.problems


@dataclass(frozen=True, slots=True)
class _Scope:
    """A list of commands; each occurrence in the text has a number of its own."""

    number: int
    nesting: tuple[Nesting, ...]


class _Walk:
    """The tree in text order, with a stack of its own: trees are as deep as lists are long."""

    def __init__(self, source: Source, nesting: tuple[Nesting, ...]) -> None:
        self.source = source
        self.commands: list[tuple[Command, tuple[Traced, ...]]] = []
        self.problems: list[SyntaxProblem] = []
        self.numbers = count()
        self.last: dict[int, int | None] = {}
        self.negate = False
        self.top = self.scope(nesting)

    def scope(self, nesting: tuple[Nesting, ...]) -> _Scope:
        return _Scope(next(self.numbers), nesting)

    def run(self, root: Node) -> None:
        todo = [(root, self.top)]
        while todo:
            node, scope = todo.pop()
            todo += reversed(self.visit(node, scope))

    def visit(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        kind = node.type
        if node.is_error or node.is_missing:
            what = f"missing {kind}" if node.is_missing else "not understood"
            self.problems.append(SyntaxProblem(what, self.source.span(node)))
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
        return [(child, scope) for child in node.children]

    def token(self, kind: str, scope: _Scope) -> None:
        if kind == "!":
            self.negate = True
        index = self.last.get(scope.number)
        if kind in _CONNECTORS and index is not None:
            self.update(index, connector=_CONNECTORS[kind])
            self.last[scope.number] = None

    def update(
        self,
        index: int,
        *,
        connector: Connector | None = None,
        redirection: Redirection | None = None,
    ) -> None:
        command, words = self.commands[index]
        if connector is not None:
            command = replace(command, connector=connector)
        if redirection is not None:
            start = min(command.span.start, redirection.span.start)
            end = max(command.span.end, redirection.span.end)
            more = (*command.redirections, redirection)
            command = replace(command, redirections=more, span=Span(start, end))
        self.commands[index] = (command, words)

    def enter(self, scope: _Scope) -> None:
        """Something begins in a list: what was before it without a token ended with its line."""
        self.token("\n", scope)
        self.last[scope.number] = None

    def command(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        self.enter(scope)
        command, words, inner = read_command(self.source, node)
        command = replace(command, nesting=scope.nesting, negated=self.negate)
        self.negate = False
        self.last[scope.number] = len(self.commands)
        self.commands.append((command, words))
        return [(child, self.scope(scope.nesting)) for child in inner]

    def redirect(self, node: Node, scope: _Scope) -> list[tuple[Node, _Scope]]:
        redirection, inner, following = read_redirection(self.source, node)
        index = self.last.get(scope.number)
        if index is not None:
            self.update(index, redirection=redirection)
        apart = [(child, self.scope(scope.nesting)) for child in inner]
        return [*((child, scope) for child in following), *apart]

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
