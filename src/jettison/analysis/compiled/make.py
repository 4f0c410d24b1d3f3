"""What a ``make`` of a build calls, by the Makefile of the context."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, project_path
from jettison.ecosystem.makefiles import commands_of
from jettison.shell import parse_commands, unwrap

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target

__all__ = ["made_by_make"]

_HARMLESS = frozenset("echo printf mkdir rm true : test [ go chmod gofmt git date set".split())


def made_by_make(
    facts: Facts, target: Target, landed: tuple[Landing, ...], folder: str, words: tuple[str, ...]
) -> tuple[tuple[str, ...], ...] | str | None:
    """The words of the calls of Go that ``make`` with these words makes, each without ``go``.

    A reason where it calls something that may leave files; ``None`` where no Makefile or no call of
    Go is found.
    """
    if any(word.startswith("-") or "=" in word for word in words):
        return None
    lines: list[str] = []
    for name in ("GNUmakefile", "makefile", "Makefile"):
        path = brought_from(target, landed, posixpath.join(folder, name))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is None:
            continue
        for one in words or ("",):
            try:
                found = commands_of(source.text, one)
            except ValueError:
                return None
            if found is None:
                return None
            lines += found
        break
    calls = []
    for line in lines:
        for command in parse_commands(line).commands:
            inner = [word.unquoted for word in unwrap(command)]
            program = posixpath.basename(inner[0]) if inner else ""
            if program == "go":
                calls.append(tuple(inner[1:]))
            elif program and program not in _HARMLESS:
                return f"it is not known what `{program}` of make leaves for the program"
    return tuple(calls) or None
