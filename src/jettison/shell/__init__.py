"""A RUN body to commands with spans, and the package manager calls among them."""

from jettison.shell.managers import Manager, Verb
from jettison.shell.packages import (
    Flag,
    Package,
    PackageCall,
    Requirement,
    package_calls,
    package_calls_of,
)
from jettison.shell.parsing import parse_commands
from jettison.shell.syntax import (
    Assignment,
    Command,
    Connector,
    Heredoc,
    Nesting,
    Redirection,
    Script,
    SyntaxProblem,
    Word,
)
from jettison.shell.wrappers import is_shell, unwrap

__all__ = [
    "Assignment",
    "Command",
    "Connector",
    "Flag",
    "Heredoc",
    "Manager",
    "Nesting",
    "Package",
    "PackageCall",
    "Redirection",
    "Requirement",
    "Script",
    "SyntaxProblem",
    "Verb",
    "Word",
    "is_shell",
    "package_calls",
    "package_calls_of",
    "parse_commands",
    "unwrap",
]
