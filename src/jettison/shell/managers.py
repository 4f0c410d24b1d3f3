"""What package managers there are, what their calls do, and what it takes to read one."""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final

from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PYTHON", "Grammar", "Manager", "Verb"]

PYTHON: Final = r"(python|pypy)(\d+(\.\d+)?)?"


class Manager(Enum):
    """A family of programs that share a package database and, mostly, a command line."""

    APT = "apt"  # apt, apt-get, aptitude
    APK = "apk"
    DNF = "dnf"  # dnf, yum, microdnf, tdnf
    ZYPPER = "zypper"
    PIP = "pip"  # pip, pip3, python -m pip
    UV = "uv"  # uv sync, uv add, uv pip install
    POETRY = "poetry"
    PIPENV = "pipenv"
    PDM = "pdm"
    CONDA = "conda"  # conda, mamba, micromamba
    NPM = "npm"
    PNPM = "pnpm"
    YARN = "yarn"
    BUN = "bun"
    BUNDLE = "bundle"
    GEM = "gem"
    COMPOSER = "composer"
    GO = "go"
    CARGO = "cargo"


class Verb(Enum):
    """What a call does."""

    INSTALL = "install"
    REMOVE = "remove"
    UPDATE = "update"  # fetches the index of packages
    UPGRADE = "upgrade"  # replaces installed packages by newer ones
    AUTOREMOVE = "autoremove"  # removes what nothing needs
    CLEAN = "clean"  # empties the manager's own caches
    DOWNLOAD = "download"
    BUILD = "build"
    RUN = "run"
    OTHER = "other"


@record
class Grammar:
    """One command line.

    ``programs`` are the words that select it, the first a regular expression. ``valued`` options
    take a value, of which some name files that list packages and some a package. ``bare`` is the
    verb of a call without any. ``clusters`` says whether ``-ab`` means ``-a -b``.
    """

    manager: Manager
    programs: tuple[tuple[str, ...], ...]
    verbs: Mapping[tuple[str, ...], Verb]
    valued: frozenset[str] = frozenset()
    requirement_options: frozenset[str] = frozenset()
    package_options: frozenset[str] = frozenset()
    bare: Verb = Verb.OTHER
    clusters: bool = True
    takes_packages: frozenset[Verb] = field(
        default=frozenset({Verb.INSTALL, Verb.REMOVE, Verb.UPGRADE, Verb.DOWNLOAD})
    )

    def may_be(self, name: str) -> bool:
        """Whether a program of this name can select this grammar."""
        return any(re.fullmatch(program[0], name) for program in self.programs)

    def selects(self, words: tuple[str, ...]) -> int:
        """How many words select this grammar; 0 where it is another program."""
        for program in self.programs:
            if len(words) < len(program):
                continue
            first = re.fullmatch(program[0], words[0].rpartition("/")[2])
            if first and words[1 : len(program)] == program[1:]:
                return len(program)
        return 0

    def verb(self, words: tuple[str, ...]) -> tuple[Verb, int]:
        """The verb, and how many words name it."""
        for length in (3, 2, 1):
            verb = self.verbs.get(words[:length]) if len(words) >= length else None
            if verb is not None:
                return verb, length
        if not words:
            return self.bare, 0
        return Verb.OTHER, 1
