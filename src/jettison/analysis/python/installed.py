"""What the distributions of a built image say of each other: modules, needs, imports."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.ecosystem.python.names import distributions_of_import
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.analysis.evidence import Distribution

__all__ = ["Installed", "Needs"]

# Modules of a library that only the tests of those who use it load, or a type checker:
# starlette.testclient, celery.contrib.pytest, numpy.testing; sqlalchemy.ext.mypy.
_HELPER = regex(r"(^|\.)_?(test|pytest|conftest|mypy)\w*(\.|$)")
_NEVER = frozenset(
    "dev develop development test tests testing doc docs lint linting typing types typecheck mypy "
    "qa ci".split()
)
_INSTALLERS = frozenset({"pdm", "pip", "pipenv", "poetry", "setuptools", "uv", "wheel"})


@dataclass
class Installed:
    """The distributions of an image by canonical name; none where it is not known."""

    distributions: Mapping[str, Distribution]
    _owners: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, one in self.distributions.items():
            for module in (*one.modules, *one.code):
                self._owners.setdefault(module, set()).add(name)

    @property
    def names(self) -> frozenset[str]:
        """The canonical names of all."""
        return frozenset(self.distributions)

    def __contains__(self, name: object) -> bool:
        return name in self.distributions

    def of_module(self, module: str) -> frozenset[str]:
        """The distributions that give a dotted module; of a shared name space the nearest."""
        found = self._owners.get(self.nearest(module), set())
        # Of the many that share a namespace the one that is named like the module.
        named = distributions_of_import(module, frozenset(self.distributions))
        return (frozenset(found) & named) or frozenset(found)

    def owners(self, module: str) -> frozenset[str]:
        """The distributions that have a module of that very name."""
        return frozenset(self._owners.get(module, ()))

    def nearest(self, module: str) -> str:
        """The longest part of a dotted name that is a module here, ``""`` if none is."""
        name = module.partition(":")[0]
        while name and name not in self._owners:
            name = name.rpartition(".")[0]
        return name

    def of_program(self, program: str) -> frozenset[str]:
        """The distributions that install a program."""
        return frozenset(n for n, one in self.distributions.items() if program in one.executables)

    def besides(self, listed: frozenset[str]) -> frozenset[str]:
        """What another command than that with the ``listed`` installed: what nothing needs."""
        needed = frozenset[str]().union(*(one.requires for one in self.distributions.values()))
        return frozenset(self.distributions) - listed - needed - _INSTALLERS

    def scripts(self, name: str) -> frozenset[str]:
        """The modules that a distribution's programs start."""
        entries = self.distributions[name].entry_points
        return frozenset(module for group, module in entries if group == "console_scripts")

    def reached(self, modules: Iterable[str], *, later: bool) -> frozenset[str]:
        """The modules that are loaded with some; with ``later`` those that they may load, too."""
        waiting = [nearest for module in modules if (nearest := self.nearest(module))]
        found: set[str] = set()
        while waiting:
            module = waiting.pop()
            if module in found:
                continue
            found.add(module)
            above = module.rpartition(".")[0]
            if above:
                waiting.append(above)
            for owner in self._owners.get(module, ()):
                code = self.distributions[owner].code.get(module)
                if code is not None:
                    waiting += code.loads
                    waiting += code.later if later else ()
        return frozenset(found)

    def named(self, modules: Iterable[str]) -> frozenset[str]:
        """The modules below a top that some name, and those that these load."""
        found = {nearest for module in modules if "." in (nearest := self.nearest(module))}
        for module in tuple(found):
            for owner in self._owners.get(module, ()):
                code = self.distributions[owner].code.get(module)
                found |= code.loads if code is not None else set()
        return frozenset(found)

    def extras_of(self, name: str) -> frozenset[str]:
        """What the extras need that somebody may have asked for: those that are all there.

        What asked for a distribution at the top is not in an image, so this is a guess, on the side
        of keeping; extras for development are left out.
        """
        extras = self.distributions[name].extras
        there = (
            needs
            for extra, needs in extras.items()
            if not _NEVER.intersection(re.split(r"[-_.]", extra))
            and needs <= set(self.distributions)
        )
        return frozenset[str]().union(*there)


@record
class Needs:
    """What the distributions that a project installs need of each other.

    ``listed`` are those that may leave; ``tools`` are for testing or checking code by their own
    metadata, ``declared`` what the project lists for development. ``asked`` are the extras that the
    project asks for, by distribution, of those whose lines are known. ``reached`` are the modules
    that the project may load, ``loaded`` those that are loaded with what it imports,
    ``named`` those that it imports by their own name, and what these load at once.
    """

    installed: Installed
    listed: frozenset[str]
    tools: frozenset[str]
    declared: frozenset[str]
    asked: Mapping[str, frozenset[str]]
    reached: frozenset[str]
    loaded: frozenset[str]
    named: frozenset[str] = frozenset()

    def brought(self, names: Iterable[str]) -> frozenset[str]:
        """What is installed with some: what they need by their metadata and the asked extras."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            one = self.installed.distributions.get(name)
            if name in found or one is None:
                continue
            found.add(name)
            waiting += one.requires
            for extra in self.asked.get(name, ()):
                waiting += one.extras.get(extra, ())
        return frozenset(found)

    def of(self, name: str) -> Iterator[Use]:
        """What a distribution needs, or loads where it is installed.

        Of tools only what the metadata requires, and what modules that are loaded cannot be loaded
        without; of what is declared for development also what these load where it is there. Of what
        else is listed all modules count, but for those that help testing; what nobody lists or
        needs is there by chance.
        """
        one = self.installed.distributions[name]
        for other in sorted(one.requires):
            yield Use(other, f"{name} needs it")
        if name in self.asked:
            for extra in sorted(self.asked[name]):
                for other in sorted(one.extras.get(extra, ())):
                    yield Use(other, f"{name}[{extra}] needs it")
        else:
            for other in sorted(self.installed.extras_of(name) - self.tools - self.declared):
                yield Use(other, f"{name} has an extra that needs it")
        for module, code in sorted(one.code.items()):
            for target in sorted(code.loads | code.later):
                for other in self.installed.owners(target):
                    if other != name and self._counts(module, other, sure=target in code.loads):
                        yield Use(other, f"{name} imports it, in {module}")

    def optional(self, name: str, *, surely: bool) -> frozenset[str]:
        """What a distribution imports in a branch or a function; ``surely`` what it needs, too."""
        one = self.installed.distributions[name]
        targets = {
            target
            for code in one.code.values()
            for target in (*code.later, *(code.loads if surely else ()))
        }
        found = frozenset[str]().union(*map(self.installed.owners, targets))
        return (found | (one.requires if surely else frozenset())) - {name}

    def sure(self, names: Iterable[str]) -> frozenset[str]:
        """What modules of these distributions that are loaded cannot be loaded without."""
        targets = {
            target
            for name in names
            for module, code in self.installed.distributions[name].code.items()
            if module in self.loaded
            for target in code.loads
        }
        return frozenset[str]().union(*map(self.installed.owners, targets))

    def _counts(self, module: str, other: str, *, sure: bool) -> bool:
        """Whether what a module imports, ``sure`` if it cannot be loaded without, is needed."""
        loaded = module in self.loaded
        if loaded and sure:
            return True
        if other in self.tools:
            return False
        if other not in self.listed:
            return module in self.named
        if other in self.declared:
            return loaded
        return module in self.reached or not _HELPER.search(module)


@record
class Use:
    """A distribution that another one uses, and how, for a person to read."""

    name: str
    why: str
