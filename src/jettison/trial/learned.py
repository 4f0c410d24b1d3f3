"""What is learned inside of containers: how commands end, and what can be imported."""

from __future__ import annotations

import shlex
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.engine import Sandbox

__all__ = ["HOST", "Command", "Imports", "Ran"]

HOST = "this machine"
"""Stands for a service where a command runs outside of all: no service can have a space."""

_IN_SERVICE = regex(r"([a-zA-Z0-9][\w.-]*):(?:\s+|$)")


@record
class Command:
    """A command to run in a service's container, or on this machine (:data:`HOST`).

    ``name`` is what a person calls it: the same on both sides, even where an interpreter lies
    elsewhere. ``found`` tells that nobody asked for it, ``test`` that only its exit code counts,
    ``in_place`` that it runs in the folder of the container's first process.
    """

    service: str
    name: str
    words: tuple[str, ...] = field(compare=False)
    found: bool = field(default=True, compare=False)
    test: bool = False
    in_place: bool = field(default=False, compare=False)

    @property
    def what(self) -> str:
        """The command for a person: ``command …`` or ``test …``."""
        return f"{'test' if self.test else 'command'} {self.name}"

    @classmethod
    def asked(cls, service: str, words: Sequence[str]) -> Command:
        """A command of the settings."""
        return cls(service, shlex.join(words), tuple(words), found=False)

    @classmethod
    def asked_test(cls, service: str, words: Sequence[str]) -> Command:
        """A test that runs in a service's container."""
        return cls(service, shlex.join(words), tuple(words), found=False, test=True)

    @classmethod
    def parsed_test(cls, text: str) -> Command:
        """The test in ``SERVICE: COMMAND``, else one for this machine's shell.

        A service is a name and a colon with a space behind it. Raises ``ValueError`` where there is
        no command, or its quotes are not closed.
        """
        inside = _IN_SERVICE.match(text.strip())
        if inside:
            words = shlex.split(text.strip()[inside.end() :])
            if words:
                return cls.asked_test(inside[1], words)
        elif text.strip():
            return cls(HOST, " ".join(text.split()), ("sh", "-c", text), found=False, test=True)
        raise ValueError("no command")


@record
class Ran:
    """How a command ended; ``lines`` are its output's with what changes by itself masked.

    ``varying`` are the lines (from 0) that differed when it was run again. ``again`` tells that it
    is the second try, as the first ended otherwise than before. Of a test the lines are the last,
    and ``passed`` is how many tests it says to have passed, ``None`` where it does not tell.
    """

    exit_code: int
    lines: tuple[str, ...]
    said: str = ""
    varying: frozenset[int] = frozenset()
    again: bool = False
    passed: int | None = None

    @property
    def proves(self) -> bool:
        """Whether it ended well, and not as a test that ran nothing."""
        return self.exit_code == 0 and self.passed != 0

    def worse_than(self, before: Ran) -> bool:
        """Whether it ended otherwise, or fewer tests passed."""
        if self.exit_code != before.exit_code or self.passed is None or before.passed is None:
            return self.exit_code != before.exit_code
        return self.passed < before.passed


@record
class Imports:
    """What an image's code of one language imports, and what came of it.

    ``files`` are the application's that its commands reach, with what is wrong with each (``""``
    for nothing); ``imports`` what each of them imports, by name, with the line. ``modules`` and
    ``own`` say of other packages' modules and of the application's whether they can be had:
    ``""`` and ``True`` for yes, ``None`` where that was not tried. ``packages`` gives the package
    of each top module. ``unreached`` are modules of the application that nothing names, ``beside``
    the names of what lies in the working folder. ``failed`` says why nothing of it is known, though
    the image has the language's program. ``lacking`` are packages' modules that cannot be imported
    without a top module that only the other image has, with that; ``place`` is where it was read.
    """

    language: str
    files: Mapping[str, str]
    imports: Mapping[str, Mapping[str, int]]
    packages: Mapping[str, str]
    modules: Mapping[str, str | None]
    own: Mapping[str, bool]
    unreached: tuple[str, ...] = ()
    beside: frozenset[str] = frozenset()
    words: tuple[str, ...] = field(default=(), compare=False)
    failed: str = ""
    lacking: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    place: tuple[str, Sandbox] | None = field(default=None, compare=False)

    def fails(self, name: str) -> str | None:
        """Why a name cannot be imported, ``""`` where it can, ``None`` where that is not known."""
        if name in self.own:
            return "" if self.own[name] else f"no module {name}"
        return self.modules.get(name)
