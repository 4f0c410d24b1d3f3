"""Package manager calls, in every spelling: what each installs, and where its words are.

``package_calls(script)`` gives the calls; ``call.packages`` the packages with their spans::

    for call in package_calls(parse_commands(text)):
        if call.manager is Manager.APT and call.verb is Verb.INSTALL:
            for package in call.packages: ...
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jettison.record import record
from jettison.shell.grammars import GRAMMARS
from jettison.shell.managers import PYTHON, Grammar, Manager, Verb
from jettison.shell.parsing import parse_commands
from jettison.shell.specs import split_spec
from jettison.shell.wrappers import unwrap
from jettison.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.shell.syntax import Command, Script, Word

__all__ = [
    "Flag",
    "Manager",
    "Package",
    "PackageCall",
    "Requirement",
    "Verb",
    "package_calls",
    "package_calls_of",
]


@record
class Flag:
    """An option: ``text`` as written, ``name`` alone, ``value`` where it takes one.

    ``span`` covers the value too, also where that is a word of its own.
    """

    text: str
    name: str
    value: str | None
    span: Span


@record
class Package:
    """Something to install or remove.

    ``text`` is the word without quotes, ``version`` the rest of it that says which version, with
    its operator where the manager has several (``>=2,<3``), ``None`` where it says nothing.
    ``known`` is false where the name holds an expansion. ``span`` is the whole word.
    """

    text: str
    name: str
    version: str | None
    span: Span
    known: bool = True

    @property
    def is_path(self) -> bool:
        """Whether this is a file or folder of the build rather than a name."""
        return self.name.startswith((".", "/", "~", "file:")) or self.name.endswith(
            (".whl", ".deb", ".rpm", ".apk", ".tar.gz", ".tgz", ".zip", ".gem")
        )

    @property
    def is_url(self) -> bool:
        """Whether this is fetched from an address of its own."""
        return "://" in self.text or self.text.startswith("git@")


@record
class Requirement:
    """A file that lists packages: ``-r x``, or ``-c x`` (``constrains``)."""

    path: str
    span: Span
    constrains: bool = False
    known: bool = True


@record
class PackageCall:
    """One call of a package manager.

    ``program`` is the words that select it (``apt-get``; ``python``, ``-m``, ``pip``),
    ``subcommand`` the words that select the verb (``install``; ``cache``, ``clean``).
    ``global_flags`` stand before the subcommand, ``flags`` after it.
    """

    manager: Manager
    verb: Verb
    program: tuple[Word, ...]
    subcommand: tuple[Word, ...]
    global_flags: tuple[Flag, ...]
    flags: tuple[Flag, ...]
    packages: tuple[Package, ...]
    requirements: tuple[Requirement, ...]
    command: Command

    @property
    def program_name(self) -> str:
        """``apt-get``, ``apt``, ``pip3``, ``uv pip``: the program as it is called."""
        names = [word.unquoted.rpartition("/")[2] for word in self.program]
        if "-m" in names:
            names = names[names.index("-m") + 1 :]
        return " ".join(names)

    @property
    def subcommand_name(self) -> str:
        """``install``, ``cache clean``; ``""`` where the manager was called without."""
        return " ".join(word.unquoted for word in self.subcommand)

    def flag(self, *names: str) -> Flag | None:
        """The last flag with one of these names, global ones included.

        A letter is found in a cluster too: ``-y`` in ``-qqy``.
        """
        for flag in reversed((*self.global_flags, *self.flags)):
            if flag.name in names or any(_in_cluster(name, flag) for name in names):
                return flag
        return None

    @property
    def end_of_subcommand(self) -> int:
        """The offset at which a flag can be inserted, a blank in front."""
        words = self.subcommand or self.program
        return words[-1].span.end


def _in_cluster(name: str, flag: Flag) -> bool:
    return (
        len(name) == 2
        and re.fullmatch(r"-[A-Za-z]{2,}", flag.name) is not None
        and flag.value is None
        and name[0] == "-"
        and name[1] in flag.name[1:]
    )


def package_calls(script: Script) -> tuple[PackageCall, ...]:
    """The package manager calls of a script in text order, behind ``sudo`` and in ``sh -c`` too."""
    found = (_read_call(command) for command in script.commands)
    return tuple(call for call in found if call is not None)


@lru_cache(maxsize=4096)
def package_calls_of(text: str, *, escape: str | None = None) -> tuple[PackageCall, ...]:
    """The package manager calls of a text, read as :func:`parse_commands` does."""
    return package_calls(parse_commands(text, escape=escape))


_PYTHON: Final = re.compile(PYTHON)
_ASKS: Final = frozenset({"--version", "-v", "-V", "--help", "-h"})


@lru_cache(maxsize=1024)
def _candidates(name: str) -> tuple[Grammar, ...]:
    return tuple(grammar for grammar in GRAMMARS if grammar.may_be(name))


def _read_call(command: Command) -> PackageCall | None:
    words = unwrap(command)
    if not words:
        return None
    values = [word.value or "" for word in words]
    name = values[0].rpartition("/")[2]
    skipped = 0
    if _PYTHON.fullmatch(name):
        # python -u -m pip
        while values[1 + skipped : 2 + skipped] and re.match("-[^m]", values[1 + skipped]):
            skipped += 1
    for grammar in _candidates(name):
        length = grammar.selects((name, *values[1 + skipped : 4 + skipped]))
        if length:
            return _Reader(grammar, command, words, length + skipped).read()
    return None


class _Reader:
    def __init__(
        self, grammar: Grammar, command: Command, words: tuple[Word, ...], length: int
    ) -> None:
        self.grammar = grammar
        self.command = command
        self.program = words[:length]
        self.words = words
        self.at = length
        self.only_operands = False
        self.requirements: list[Requirement] = []

    def read(self) -> PackageCall:
        global_flags = self.flags_here()
        verb, count = self.grammar.verb(tuple(w.value or "" for w in self.words[self.at :][:3]))
        if count == 0 and any(flag.name in _ASKS for flag in global_flags):
            verb = Verb.OTHER
        subcommand = self.words[self.at : self.at + count]
        self.at += count
        flags: list[Flag] = []
        packages: list[Package] = []
        while self.at < len(self.words):
            flags += self.flags_here()
            if self.at < len(self.words):
                packages += self.operand(self.words[self.at], verb)
                self.at += 1
        return PackageCall(
            self.grammar.manager,
            verb,
            self.program,
            subcommand,
            global_flags,
            tuple(flags),
            (*self.flag_packages((*global_flags, *flags)), *packages),
            tuple(self.requirements),
            self.command,
        )

    def operand(self, word: Word, verb: Verb) -> tuple[Package, ...]:
        if verb not in self.grammar.takes_packages:
            return ()
        name, version = split_spec(self.grammar.manager, word.unquoted)
        known = not (word.expands and any(mark in name for mark in "$`"))
        return (Package(word.unquoted, name, version, word.span, known),)

    def flag_packages(self, flags: Iterable[Flag]) -> tuple[Package, ...]:
        """Packages that hang on an option, as ``pip install -e .`` has them."""
        return tuple(
            Package(
                flag.value,
                *split_spec(self.grammar.manager, flag.value),
                flag.span,
                "$" not in flag.value,
            )
            for flag in flags
            if flag.name in self.grammar.package_options and flag.value is not None
        )

    def flags_here(self) -> tuple[Flag, ...]:
        flags: list[Flag] = []
        while self.at < len(self.words):
            word = self.words[self.at]
            text = word.unquoted
            if self.only_operands or not text.startswith("-") or text == "-":
                break
            self.at += 1
            if text == "--":
                self.only_operands = True
                break
            flags.append(self.flag(word, text))
        return tuple(flags)

    def flag(self, word: Word, text: str) -> Flag:
        name, equals, value = text.partition("=")
        found: str | None = value if equals else None
        span, spelled = word.span, word.text
        if name not in self.grammar.valued and self.grammar.clusters:
            letter = self.valued_letter(text)
            if letter:
                name = f"-{text[letter]}"
                found = text[letter + 1 :] or None
        if found is None and name in self.grammar.valued and self.value_follows():
            follower = self.words[self.at]
            self.at += 1
            found = follower.unquoted
            span = Span(word.span.start, max(word.span.end, follower.span.end))
            spelled = f"{word.text} {follower.text}"
        if found is not None and name in self.grammar.requirement_options:
            constrains = name in ("-c", "--constraint", "--constraints")
            self.requirements.append(Requirement(found, span, constrains, "$" not in found))
        return Flag(spelled, name, found, span)

    def value_follows(self) -> bool:
        """Whether the next word can be a value; what looks like an option is none."""
        if self.at >= len(self.words):
            return False
        text = self.words[self.at].unquoted
        return not text.startswith("-") or text == "-"

    def valued_letter(self, text: str) -> int:
        """Where in a cluster (``-qr``) the letter stands that takes a value; 0 for nowhere."""
        if not re.match("-[A-Za-z]", text):
            return 0
        for at in range(1, len(text)):
            if not text[at].isalpha():
                return 0
            if f"-{text[at]}" in self.grammar.valued:
                return at
        return 0
