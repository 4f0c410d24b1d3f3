"""Installers of packages that a RUN fetches as their manuals tell to: a script of their makers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from jettison.shell import Connector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.shell import Command
    from jettison.source import Span

__all__ = ["fetched_installers"]

_SCRIPTS = {
    "https://install.python-poetry.org": "poetry",
    "https://astral.sh/uv/install.sh": "uv",
    "https://pdm-project.org/install-pdm.py": "pdm",
    "https://getcomposer.org/installer": "composer",
}
"""The addresses by the manuals; those of Python's make an environment of their own."""
_FETCHING = frozenset({"curl", "wget"})
_RUNNING = frozenset({"python", "python3", "sh", "bash", "php"})


def fetched_installers(commands: Sequence[Command]) -> Mapping[Span, str]:
    """The commands that fetch and run such a script, with the name of what it installs."""
    found = {}
    for fetch, run in pairwise(commands):
        if fetch.name not in _FETCHING or fetch.connector is not Connector.PIPE or fetch.nesting:
            continue
        if run.name not in _RUNNING or run.connector is Connector.OR:
            continue
        for word in fetch.words:
            name = _SCRIPTS.get(word.unquoted.rstrip("/"))
            if name is not None:
                found[fetch.span] = found[run.span] = name
    return found
