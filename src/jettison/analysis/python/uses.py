"""Where the code, the commands and the settings of an image use Python distributions."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import Started, started
from jettison.dockerfile import Add, Copy
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.code import standard_library
from jettison.ecosystem.python.names import (
    IMPLIED,
    distributions_of_executable,
    distributions_of_import,
)
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.python.installed import Installed
    from jettison.analysis.running.python_code import ImageCode
    from jettison.ecosystem.python.code import CodeFacts

__all__ = ["DirectUse", "Place", "Said", "UseFinder", "Uses"]

_DOTTED = regex(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+(:\w+)?$")
_WORDS = regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_DIALECT = regex(r"^[a-z0-9_]+\+([A-Za-z0-9_]+)")
_SHORTEST_PREFIX = 5
_STARTS = regex(
    rb"\b(subprocess|create_subprocess_\w+|Popen|os\.(system|popen|exec|spawn|posix_spawn)\w*"
    rb"|pexpect|plumbum|anyio\.run_process)\b"
)
# What only a tool reads: who copies it by name runs the tool there.
_CONFIGURES = MappingProxyType(
    {
        "pytest.ini": "pytest",
        "conftest.py": "pytest",
        "tests": "pytest",
        "test": "pytest",
        "tox.ini": "tox",
        ".coveragerc": "coverage",
        "mypy.ini": "mypy",
        ".flake8": "flake8",
        ".pylintrc": "pylint",
    }
)

Place = tuple[str, int]
"""A file of the project and a line from 1, 0 where that is not known."""


@record
class DirectUse:
    """A distribution that the project uses, how, and where; ``observed`` while it ran."""

    name: str
    why: str
    places: tuple[Place, ...] = ()
    observed: bool = False


@record
class Uses:
    """The distributions that a project uses itself, and the modules that it loads by name."""

    found: tuple[DirectUse, ...]
    modules: frozenset[str]


@record(cached=True)
class Said:
    """What an image's code and settings say; of the files alone that ``may_say`` lets pass."""

    image: ImageCode
    may_say: Callable[[bytes], bool] | None

    @property
    def settings(self) -> Mapping[str, Place]:
        """The words of settings files, with where each stands first."""
        return self.image.settings

    @cached_property
    def code(self) -> CodeFacts:
        """The facts of all code but the tests."""
        return self.image.base.summary(self.image.own, self.may_say)

    @cached_property
    def starts_programs(self) -> bool:
        """Whether any file of the code but the tests names what starts other programs."""
        contents = (self.image.base.content(file) for file in self.image.own)
        return any(content is not None and _STARTS.search(content) for content in contents)

    @cached_property
    def tests(self) -> CodeFacts:
        """The facts of the tests."""
        return self.image.base.summary(self.image.tests, self.may_say)


class UseFinder:
    """Finds what a target uses of what is ``listed`` and ``installed``.

    For one of the ``tools`` a plain word may be anything: only a module's name counts. What is
    ``declared`` for development may be used where ``DEBUG`` is set.
    """

    def __init__(
        self,
        facts: Facts,
        target: Target,
        code: Said,
        installed: Installed,
        *,
        listed: frozenset[str] = frozenset(),
        tools: frozenset[str] = frozenset(),
        declared: frozenset[str] = frozenset(),
    ) -> None:
        self.facts, self.target, self.installed = facts, target, installed
        self.listed, self.tools, self.declared = listed, tools, declared
        self.all = listed | frozenset(installed.distributions)
        own = facts.of(started, target)
        self.code = code
        others = (*facts.of(overlaid, target), *facts.of(documented, target))
        self.run = Started((*own.commands, *others), own.scripts)

    def uses(self) -> Uses:
        """All of them; the surest reasons come first."""
        return Uses(tuple(self._found()), frozenset(self._modules()))

    def _found(self) -> Iterator[DirectUse]:
        yield from self._opened()
        for module in sorted(self.code.code.imports):
            if module.partition(".")[0] not in standard_library():
                for name in self._without_debugging(module, self._of_module(module)):
                    yield DirectUse(name, f"import {module}", self._places(module))
        yield from self._commanded()
        yield from self._spawned()
        yield from self._configured()
        yield from self._dotted()
        yield from self._implied()
        yield from self._worded()

    def _modules(self) -> Iterator[str]:
        """The modules that the project imports, names or starts."""
        yield from self.code.code.imports
        yield from self._dotted_texts()
        for command in self.run.commands:
            yield from (word for word in command.words if _DOTTED.match(word))
            for at, word in enumerate(command.words):
                if command.words[at - 1 : at] == ("-m",):
                    yield from (word, f"{word}.__main__")
            for name in self.installed.of_program(command.program):
                yield from self.installed.scripts(name)

    def _of_module(self, module: str) -> frozenset[str]:
        """The distributions that give a dotted module."""
        return self.installed.of_module(module) or distributions_of_import(module, self.all)

    def _without_debugging(self, text: str, names: frozenset[str]) -> frozenset[str]:
        """The distributions that a text names; not declared ones that only debugging names."""
        return names - self.declared if text in self.code.code.debugging else names

    def _of_program(self, program: str) -> frozenset[str]:
        return self.installed.of_program(program) or distributions_of_executable(program, self.all)

    def _opened(self) -> Iterator[DirectUse]:
        """What was seen to be loaded while the stack ran, where that was watched."""
        for name, path in sorted(self.facts.evidence.used.get(self.target.name, {}).items()):
            yield DirectUse(name, f"{path} was opened while it ran", observed=True)

    def _commanded(self) -> Iterator[DirectUse]:
        for command in self.run.commands:
            places = self._origin(command.origin, command.line)
            for name in self._of_program(command.program):
                yield DirectUse(name, f"{command.program} in {command.origin}", places)
            for at, word in enumerate(command.words):
                bare = word.partition("=")[2] if word.startswith("-") and "=" in word else word
                for part in bare.split():
                    module = _DOTTED.match(part) or command.words[at - 1 : at] == ("-m",)
                    dotted = self._of_module(part) if module else frozenset[str]()
                    exact = frozenset({canonicalize_name(part)}) & self.listed
                    for name in dotted | exact:
                        yield DirectUse(name, f"{part} in {command.origin}", places)

    def _spawned(self) -> Iterator[DirectUse]:
        """What the code may start: the first word of a list, or of a string that has more of it."""
        code = self.code.code
        texts = code.leading | {t for t in code.strings if " " in t and "\n" not in t}
        first = {text: text.split(maxsplit=1)[0] for text in texts if text.strip()}
        named = [
            (text, program)
            for text, program in first.items()
            if program == program.lower() and self._of_program(program)
        ]
        for text, program in sorted(named) if named and self.code.starts_programs else ():
            for name in self._of_program(program):
                yield DirectUse(name, f'the program "{_short(program)}"', self._places(text))

    def _configured(self) -> Iterator[DirectUse]:
        """The tools whose settings, or whose tests, an instruction copies by their names."""
        for step in self.target.steps:
            copy = step.expanded
            for source in copy.sources if isinstance(copy, Copy | Add) else ():
                tool = _CONFIGURES.get(posixpath.basename(posixpath.normpath(source)))
                if tool in self.listed:
                    place = (self.target.dockerfile_name, copy.line)
                    yield DirectUse(tool, f"line {copy.line} copies {source}", (place,))

    def _dotted(self) -> Iterator[DirectUse]:
        """Distributions whose modules a string names by a dotted name, or with an underscore."""
        for text in sorted(self._dotted_texts()):
            if text.partition(".")[0] not in standard_library():
                for name in self._without_debugging(text, self._of_module(text)):
                    yield DirectUse(name, f'the string "{_short(text)}"', self._places(text))

    def _dotted_texts(self) -> frozenset[str]:
        code = self.code.code
        texts = code.strings | frozenset(self.code.settings) | self._values()
        found = {text for text in texts if _DOTTED.match(text)}
        return frozenset(
            found | {text for text in code.listed if "_" in text and text.isidentifier()}
        )

    def _implied(self) -> Iterator[DirectUse]:
        words = {
            word for command in self.run.commands for word in (command.program, *command.words)
        }
        code = self.code.code
        seen = code.names | code.strings | words | self._values() | frozenset(self.code.settings)
        ordered = sorted(seen)
        for row in IMPLIED:
            if row.distribution in self.all:
                match = next((text for text in ordered if row.pattern.search(text)), None)
                if match is not None:
                    why = f"{row.reason} ({_short(match)})"
                    yield DirectUse(row.distribution, why, self._places(match))

    def _worded(self) -> Iterator[DirectUse]:
        """Distributions that a word of a string, setting or variable names, as drivers are."""
        texts = self.code.code.strings | frozenset(self.code.settings) | self._values()
        texts |= {word for command in self.run.commands for word in command.words}
        plain = [text for text in sorted(texts) if not re.search(r"\s", text) and len(text) < 500]
        words = {_squash(token): (token, text) for text in plain for token in _WORDS.findall(text)}
        dialects = {_squash(one): (one, text) for text in plain for one in _DIALECT.findall(text)}
        for name in sorted(self.listed - self.tools):
            hit = self._word_of(name, words, dialects)
            if hit is not None:
                yield DirectUse(name, f'the word "{_short(hit[0])}"', self._places(hit[1]))

    def _word_of(
        self,
        name: str,
        words: Mapping[str, tuple[str, str]],
        dialects: Mapping[str, tuple[str, str]],
    ) -> tuple[str, str] | None:
        """The word that names a distribution or a module of it, or the dialect of a URL."""
        known = self.installed.distributions.get(name)
        modules = known.modules if known is not None else frozenset[str]()
        own = {_squash(text) for text in (name, *modules) if text.count(".") < 2}
        for text in sorted(own):
            if text in words:
                return words[text]
        for text, hit in dialects.items():
            if len(text) >= _SHORTEST_PREFIX and any(one.startswith(text) for one in own):
                return hit
        return None

    def _values(self) -> frozenset[str]:
        runs = self.target.runs
        found = {value for run in runs for value in run.environment.values() if value}
        return frozenset(found | set(self.target.state.env.values()))

    def _places(self, text: str) -> tuple[Place, ...]:
        """Where a text stands: in the code, in a settings file, or with a service's variables."""
        place = self.code.code.places.get(text) or self.code.settings.get(text)
        if place is not None:
            return ((project_path(self.target, place[0]), place[1]),)
        for run in self.target.runs:
            if text in run.environment.values() and run.file:
                return (self._of_service(run.file, run.line),)
        return ()

    def _origin(self, origin: str, line: int) -> tuple[Place, ...]:
        """Where a command stands."""
        if line:
            return ((self.target.dockerfile_name, line),)
        if self.facts.tree.has(origin):
            return ((origin, 0),)
        for run in self.target.runs:
            if run.service and run.file and origin.startswith(f"{run.service}'s "):
                return (self._of_service(run.file, run.line),)
        return ((self.target.dockerfile_name, 0),)

    def _of_service(self, file: str, line: int) -> Place:
        root = f"{self.facts.project.root}/"
        return file.removeprefix(root), line


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _short(text: str) -> str:
    """What may be shown of a value: never a URL's credentials."""
    if "://" in text:
        return text.partition("://")[0] + "://…"
    return text if len(text) <= 40 else text[:37] + "…"
