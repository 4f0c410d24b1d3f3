"""Which listed Python distributions an image needs, with the reason for each verdict.

What the built image says (which distribution gives which module, what needs what) decides where it
is known; else names do, and then only well-known development tools may leave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.running.python_code import image_code
from jettison.analysis.running.started import started
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.code import standard_library
from jettison.ecosystem.python.names import (
    AMBIGUOUS,
    CHECKERS,
    IMPLIED,
    distributions_of_executable,
    distributions_of_import,
    is_development,
    may_import,
)
from jettison.ecosystem.python.optional import optional_needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jettison.analysis.evidence import Distribution
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.running.python_code import ImageCode
    from jettison.analysis.running.started import Started
    from jettison.ecosystem.python.code import CodeFacts

__all__ = ["Need", "Verdict", "needs_of"]

_DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+(:\w+)?$")
_WORDS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_DIALECT = re.compile(r"^[a-z0-9_]+\+([A-Za-z0-9_]+)")
_SHORTEST_PREFIX = 5
_NEEDS_IT = " needs it"


class Verdict(StrEnum):
    """What is known of a listed distribution."""

    NEEDED = "needed"
    TOOL = "a development tool"
    UNUSED = "used by nothing"


@dataclass(frozen=True, slots=True)
class Need:
    """The verdict on one listed distribution; ``reason`` is for a person to read."""

    name: str
    verdict: Verdict
    reason: str


def needs_of(
    facts: Facts, target: Target, listed: frozenset[str], *, why_kept: bool = False
) -> Mapping[str, Need]:
    """A verdict for every listed distribution (canonical names) of one target.

    UNUSED is given only where the built image is known. What a needed distribution needs, or loads
    where it is installed, is needed. ``why_kept`` asks for the best reason of what is needed, too;
    without it, and without a built image, only code that may name a development tool is parsed:
    all else is kept whatever code says.
    """
    image = facts.evidence.image(target.name)
    installed = image.distributions if image is not None else {}
    names = _Names(listed, installed)
    said, run = facts.of(image_code, target), facts.of(started, target)
    tools = frozenset(name for name in listed if _may_leave(name, known=name in installed))
    code = _Said(said, None if installed or why_kept else may_import(tools))
    reasons: dict[str, str] = {}
    for name, why in _direct(names, code, run, target):
        reasons.setdefault(name, why)
    _close(reasons, names)
    found = {name: _verdict(name, reasons, names, code) for name in sorted(listed)}
    return found | _with_tools(found, names)


def _with_tools(found: Mapping[str, Need], names: _Names) -> dict[str, Need]:
    """Verdicts on what only listed tools need: it goes, or stays, together with them."""
    why = {name: "" for name, need in found.items() if need.verdict is Verdict.TOOL}
    tools = frozenset(why)
    _close(why, names)
    return {
        name: Need(name, Verdict.TOOL, why[name])
        for name in why.keys() - tools
        if name in found and found[name].verdict is Verdict.UNUSED
    }


def _verdict(name: str, reasons: dict[str, str], names: _Names, code: _Said) -> Need:
    if name in reasons:
        return Need(name, Verdict.NEEDED, reasons[name])
    known = name in names.installed
    if _may_leave(name, known=known):
        only_tests = any(name in names.of_module(module) for module in code.tests.imports)
        why = "only tests import it" if only_tests else "nothing that the image runs uses it"
        return Need(name, Verdict.TOOL, why)
    if not known:
        return Need(name, Verdict.NEEDED, "kept, as the built image is not known")
    if code.code.unreadable:
        return Need(name, Verdict.NEEDED, f"{code.code.unreadable[0]} cannot be read")
    group = _plugs_into(names.installed[name], reasons, names, code)
    if group:
        return Need(name, Verdict.NEEDED, f"it is a plug-in for {group}")
    return Need(name, Verdict.UNUSED, "nothing imports, starts, names or needs it")


def _may_leave(name: str, *, known: bool) -> bool:
    """Whether a name is a development tool's; ``known`` tells that the built image has it."""
    return is_development(name) and (known or name not in AMBIGUOUS)


def _plugs_into(one: Distribution, reasons: dict[str, str], names: _Names, code: _Said) -> str:
    """The group of entry points by which something needed may find a distribution, or ``""``."""
    modules = {
        _squash(module.split(".", 1)[0])
        for name, why in reasons.items()
        if name in names.listed or not why.endswith(_NEEDS_IT)
        for module in (name, *(names.installed[name].modules if name in names.installed else ()))
    }
    for group in sorted(one.entry_point_groups - {"console_scripts", "gui_scripts"}):
        heads = {_squash(re.split(r"[._-]", group)[0]), _squash(group.split(".", 1)[0])}
        if group in code.code.strings or heads & modules:
            return group
    return ""


@dataclass(frozen=True)
class _Said:
    """What an image's code and settings say; of the files alone that ``may_say`` lets pass."""

    image: ImageCode
    may_say: Callable[[bytes], bool] | None

    @property
    def settings(self) -> frozenset[str]:
        return self.image.settings

    @cached_property
    def code(self) -> CodeFacts:
        return self.image.base.summary(self.image.own, self.may_say)

    @cached_property
    def tests(self) -> CodeFacts:
        return self.image.base.summary(self.image.tests, self.may_say)


@dataclass(frozen=True, slots=True)
class _Names:
    """The listed names and, where the image is known, what is installed."""

    listed: frozenset[str]
    installed: Mapping[str, Distribution]

    @property
    def all(self) -> frozenset[str]:
        return self.listed | frozenset(self.installed)

    def of_module(self, module: str) -> frozenset[str]:
        """The distributions that give a dotted module."""
        parts = module.partition(":")[0].split(".")
        by_name = distributions_of_import(module, self.all)
        for length in range(len(parts), 0, -1):
            wanted = ".".join(parts[:length])
            found = frozenset(n for n, one in self.installed.items() if wanted in one.modules)
            if found:
                # Of the many that share a namespace the one that is named like the module.
                return (found & by_name) or found
        return by_name

    def of_program(self, program: str) -> frozenset[str]:
        """The distributions that install a program."""
        found = frozenset(n for n, one in self.installed.items() if program in one.executables)
        return found or distributions_of_executable(program, self.all)

    def needed_by(self, name: str) -> frozenset[str]:
        """What a distribution needs, and what it loads where it is installed."""
        known = self.installed.get(name)
        # What an image needs is partly read from extras that nobody may have asked for: no
        # service needs a linter or a test runner that way.
        declared = (known.requires if known is not None else frozenset[str]()) - CHECKERS
        return declared | (optional_needs(name) & self.all)


def _direct(names: _Names, code: _Said, run: Started, target: Target) -> Iterator[tuple[str, str]]:
    for module in sorted(code.code.imports):
        if module.split(".", 1)[0] not in standard_library():
            for name in names.of_module(module):
                yield name, f"import {module}"
    yield from _commanded(names, run)
    yield from _implied(names, code, run, target)
    yield from _named(names, code, run, target)


def _commanded(names: _Names, run: Started) -> Iterator[tuple[str, str]]:
    for command in run.commands:
        for name in names.of_program(command.program):
            yield name, f"{command.program} in {command.origin}"
        for at, word in enumerate(command.words):
            bare = word.partition("=")[2] if word.startswith("-") and "=" in word else word
            for part in bare.split():
                module = _DOTTED.match(part) or command.words[at - 1 : at] == ("-m",)
                dotted = names.of_module(part) if module else frozenset[str]()
                exact = frozenset({canonicalize_name(part)}) & names.listed
                for name in dotted | exact:
                    yield name, f"{part} in {command.origin}"


def _values(target: Target) -> frozenset[str]:
    found = {value for run in target.runs for value in run.environment.values() if value}
    return frozenset(found | set(target.state.env.values()))


def _implied(names: _Names, code: _Said, run: Started, target: Target) -> Iterator[tuple[str, str]]:
    words = {word for command in run.commands for word in (command.program, *command.words)}
    facts = code.code
    seen = facts.names | facts.strings | words | _values(target) | code.settings
    ordered = sorted(seen)
    for row in IMPLIED:
        if row.distribution in names.all:
            match = next((text for text in ordered if row.pattern.search(text)), None)
            if match is not None:
                yield row.distribution, f"{row.reason} ({_short(match)})"


def _named(names: _Names, code: _Said, run: Started, target: Target) -> Iterator[tuple[str, str]]:
    """Distributions that a string, a setting or a variable names, as plug-ins and drivers are."""
    texts = code.code.strings | code.settings | _values(target)
    texts |= {word for command in run.commands for word in command.words}
    plain = [text for text in sorted(texts) if not re.search(r"\s", text) and len(text) < 500]
    squashed = {_squash(token): token for text in plain for token in _WORDS.findall(text)}
    dialects = {_squash(one): one for text in plain for one in _DIALECT.findall(text)}
    yield from _dotted(names, code)
    for name in sorted(names.listed):
        # For a tool a plain word may be anything.
        hit = None if is_development(name) else _word_of(name, names, squashed, dialects)
        if hit is not None:
            yield name, f'the word "{_short(hit)}"'


def _dotted(names: _Names, code: _Said) -> Iterator[tuple[str, str]]:
    """Distributions whose modules a string names by a dotted name, or one with an underscore."""
    texts = {text for text in code.code.strings | code.settings if _DOTTED.match(text)}
    texts |= {text for text in code.code.listed if "_" in text and text.isidentifier()}
    for text in sorted(texts):
        if text.split(".", 1)[0] not in standard_library():
            for name in names.of_module(text):
                yield name, f'the string "{_short(text)}"'


def _word_of(
    name: str, names: _Names, words: Mapping[str, str], dialects: Mapping[str, str]
) -> str | None:
    """The word that names a distribution or a module of it, or the dialect of a URL that does."""
    known = names.installed.get(name)
    modules = known.modules if known is not None else frozenset[str]()
    own = {_squash(text) for text in (name, *modules)}
    for text in sorted(own):
        if text in words:
            return words[text]
    for text, token in dialects.items():
        if len(text) >= _SHORTEST_PREFIX and any(one.startswith(text) for one in own):
            return token
    return None


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _close(reasons: dict[str, str], names: _Names) -> None:
    """Add what the needed distributions need, in turn."""
    waiting = list(reasons)
    while waiting:
        name = waiting.pop()
        for other in sorted(names.needed_by(name)):
            if other not in reasons:
                reasons[other] = f"{name}{_NEEDS_IT}"
                waiting.append(other)


def _short(text: str) -> str:
    """What may be shown of a value: never a URL's credentials."""
    if "://" in text:
        return text.partition("://")[0] + "://…"
    return text if len(text) <= 40 else text[:37] + "…"
