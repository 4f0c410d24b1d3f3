"""Which listed Python distributions an image needs, with the reason for each verdict.

What the built image says (which distribution gives which module, what needs and imports what, what
a tool says it is for) decides where it is known; else names do, and then only well-known
development tools may leave.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from jettison.analysis.python.installed import Installed, Needs
from jettison.analysis.python.uses import Said, UseFinder
from jettison.analysis.running.python_code import image_code
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.ecosystem.python.names import (
    AMBIGUOUS,
    distributions_of_import,
    is_development,
    may_import,
)
from jettison.ecosystem.python.optional import optional_needs
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.python.uses import Place

__all__ = ["Need", "Verdict", "in_use", "needs_of", "optional_with"]

# Who deploys an image may start it with another command: Heroku's, Render's, a chart's.
_SERVERS = frozenset({"daphne", "granian", "gunicorn", "hypercorn", "uvicorn", "uwsgi", "waitress"})
_NAMES = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_EXTRAS: Mapping[str, frozenset[str]] = MappingProxyType({})


class Verdict(StrEnum):
    """What is known of a listed distribution."""

    NEEDED = "needed"
    UNKNOWN = "kept, as too little is known"
    TOOL = "a development tool"
    UNUSED = "used by nothing"


@record
class Need:
    """The verdict on one listed distribution; ``reason`` is for a person to read.

    ``basis`` is the name of a :class:`~jettison.rules.Basis`, ``places`` are where it is used.
    ``optional`` are those, of it and what it brings along, that were opened while the image ran,
    but only as what stays loads them where they are there.
    """

    name: str
    verdict: Verdict
    reason: str
    basis: str
    places: tuple[Place, ...] = ()
    optional: frozenset[str] = frozenset()


def needs_of(
    facts: Facts,
    target: Target,
    listed: frozenset[str],
    declared: Mapping[str, str] = _NOTHING,
    extras: Mapping[str, frozenset[str]] = _NO_EXTRAS,
    *,
    why_kept: bool = False,
    staying: frozenset[str] = frozenset(),
) -> Mapping[str, Need]:
    """A verdict for every listed distribution (canonical names) of one target.

    ``declared`` are those that the project lists for development, with where; ``extras`` are what
    it asks for of each whose line is known. ``staying`` are distributions that are installed
    whatever becomes of the listed ones. UNUSED is given only
    where the built image is known. What a needed distribution needs, or loads where it is
    installed, is needed. ``why_kept`` asks for the best reason of what is needed, too; without it,
    and without a built image, only code that may name a development tool is parsed: all else is
    kept whatever code says.
    """
    judge = _Judge(facts, target, listed, declared, extras, why_kept=why_kept, staying=staying)
    found = {name: judge.verdict(name) for name in sorted(listed)}
    found |= judge.with_tools(found)
    return {name: judge.with_optional(need) for name, need in found.items()}


def in_use(facts: Facts, target: Target) -> frozenset[str]:
    """The installed distributions that a target's code, commands and settings use in the end."""
    installed = facts.of(installed_of, target)
    judge = _Judge(facts, target, frozenset(installed.distributions), _NOTHING, _NO_EXTRAS)
    return frozenset(judge.reasons) & frozenset(installed.distributions)


def optional_with(facts: Facts, target: Target, names: frozenset[str]) -> frozenset[str]:
    """What was opened of what only these distributions bring along, and need not be there again.

    Code that stays loads it only where it is there. What an extra that was asked for needs is
    installed without them, too.
    """
    return _Judge(facts, target, names, _NOTHING, _NO_EXTRAS).optional_with(names)


def installed_of(facts: Facts, target: Target) -> Installed:
    """What is installed in a target's image; nothing where that is not known."""
    image = facts.evidence.image(target.name)
    return Installed(image.distributions if image is not None else {})


def _once_listed(facts: Facts) -> frozenset[str]:
    """What the texts that changes touched named before: the image still has what left by them."""
    texts = []
    for path, (before, _) in facts.tree.changed().items():
        if before is not None:
            texts.append(before.text)
            continue
        for place in sorted((facts.tree.root / path).parent.glob("*.txt")):
            beside = facts.tree.original(place.relative_to(facts.tree.root).as_posix())
            texts.append(beside.text if beside is not None else "")
    words = {word for text in texts for word in _NAMES.findall(text)}
    return frozenset(map(canonicalize_name, words))


@record
class _Reason:
    text: str
    basis: str
    places: tuple[Place, ...] = ()


class _Judge:
    """The verdicts on the distributions of one target."""

    def __init__(
        self,
        facts: Facts,
        target: Target,
        listed: frozenset[str],
        declared: Mapping[str, str],
        extras: Mapping[str, frozenset[str]],
        *,
        why_kept: bool = True,
        staying: frozenset[str] = frozenset(),
    ) -> None:
        self.listed, self.declared = listed, declared
        self.installed = facts.of(installed_of, target)
        self.known = facts.evidence.image(target.name) is not None
        leaving = frozenset(name for name in listed if _may_leave(name))
        whole = self.known or why_kept
        self.code = Said(facts.of(image_code, target), None if whole else may_import(leaving))
        self.tools = frozenset(
            name for name, one in self.installed.distributions.items() if one.purpose
        )
        self.reasons: dict[str, _Reason] = {}
        by_name = frozenset[str]() if self.known else frozenset(filter(is_development, listed))
        tools = self.tools | frozenset(declared) | by_name
        finder = UseFinder(
            facts,
            target,
            self.code,
            self.installed,
            listed=listed,
            tools=tools,
            declared=frozenset(declared),
        )
        used = finder.uses()
        observed: dict[str, _Reason] = {}
        for use in used.found:
            if use.observed:
                observed[use.name] = _Reason(use.why, "OBSERVED")
            else:
                basis = "READ" if self.known else "DECLARED"
                self.reasons.setdefault(use.name, _Reason(use.why, basis, use.places))
        self.besides = self.installed.besides(listed | facts.whole(_once_listed))
        self.besides |= staying & self.installed.names
        for name in self.besides - self.tools:
            self.reasons.setdefault(name, _Reason("it is installed besides", "READ"))
        self.needs = Needs(
            self.installed,
            listed,
            self.tools,
            frozenset(declared),
            extras,
            self.installed.reached(used.modules, later=True),
            self.installed.reached(used.modules, later=False),
            self.installed.named(used.modules),
        )
        self._close(self.reasons)
        self._observe(observed)
        while self._keep_who_brings():
            self._close(self.reasons)
        self.observed = frozenset(observed)
        self.optional = self.observed - self.reasons.keys()

    def optional_with(self, names: frozenset[str]) -> frozenset[str]:
        """What was opened of what only ``names`` bring, as the rest imports it in a branch."""
        kept = self.needs.brought(self.besides)
        there = self.observed & (self.needs.brought(names) - kept)
        return self._explained(there, kept) - self.needs.sure(kept)

    def _observe(self, observed: Mapping[str, _Reason]) -> None:
        """Counts what was opened, but for what only an import that may fail explains."""
        while more := observed.keys() - self.reasons.keys() - self._unsure(observed):
            self.reasons.update({name: observed[name] for name in more})
            self._close(self.reasons)
        for name in observed.keys() & self.reasons.keys():
            self.reasons[name] = replace(observed[name], places=self.reasons[name].places)

    def _unsure(self, observed: Mapping[str, _Reason]) -> frozenset[str]:
        return self._explained(frozenset(observed) - self.reasons.keys(), frozenset(self.reasons))

    def _explained(self, observed: frozenset[str], kept: frozenset[str]) -> frozenset[str]:
        """What is opened where it is there: what is kept imports it in a branch or a function.

        And what such a distribution needs or imports itself.
        """
        found: set[str] = set()
        grown = True
        while grown:
            more = {
                name
                for importer in (*kept, *found)
                if importer in self.installed
                for name in self.needs.optional(importer, surely=importer in found)
            }
            grown = not more & observed <= found
            found |= more & observed
        return frozenset(found)

    def _keep_who_brings(self) -> bool:
        """Keeps what alone brings a distribution that is used and not listed; whether any was."""
        there = self.needs.brought(name for name in self.reasons if name in self.listed)
        there |= self.needs.brought(self.besides)
        for name in sorted(self.reasons.keys() - there - self.listed):
            if name not in self.installed:
                continue
            for other in sorted((self.listed & self.installed.names) - self.reasons.keys()):
                if name in self.needs.brought((other,)):
                    used = self.reasons[name]
                    why = f"it brings {name}: {used.text}"
                    self.reasons[other] = _Reason(why, used.basis, used.places)
                    return True
        return False

    def _close(self, reasons: dict[str, _Reason]) -> None:
        """Adds what the needed distributions need, in turn."""
        waiting = list(reasons)
        while waiting:
            name = waiting.pop()
            for other, why, basis in self._needed_by(name):
                if other not in reasons:
                    reasons[other] = _Reason(why, basis)
                    waiting.append(other)

    def _needed_by(self, name: str) -> Iterator[tuple[str, str, str]]:
        if name in self.installed:
            for use in self.needs.of(name):
                yield use.name, use.why, "READ"
        elif not self.known:
            for other in sorted(optional_needs(name) & self.listed):
                yield other, f"{name} needs it", "GUESSED"

    def with_tools(self, found: Mapping[str, Need]) -> dict[str, Need]:
        """Verdicts on what only listed tools need: it goes, or stays, together with them."""
        leaving = {name: need for name, need in found.items() if need.verdict is Verdict.TOOL}
        why = dict.fromkeys(leaving, "")
        waiting = sorted(leaving)
        while waiting:
            name = waiting.pop()
            one = self.installed.distributions.get(name)
            for other in sorted(one.requires if one is not None else ()):
                if other not in why:
                    why[other] = f"only {name} needs it"
                    waiting.append(other)
        return {
            name: Need(name, Verdict.TOOL, why[name], "READ")
            for name in why.keys() - leaving.keys()
            if name in found and found[name].verdict is Verdict.UNUSED
        }

    def verdict(self, name: str) -> Need:
        """The verdict on a listed distribution."""
        reason = self.reasons.get(name)
        if reason is not None:
            return Need(name, Verdict.NEEDED, reason.text, reason.basis, reason.places)
        extended = self._extends(name)
        if extended:
            return Need(name, Verdict.NEEDED, f"it extends {extended}, which is used", "READ")
        if not self.known:
            return self._by_name(name)
        if name not in self.installed:
            why = "the built image does not show it installed"
            return Need(name, Verdict.UNKNOWN, why, "READ")
        one = self.installed.distributions[name]
        only_tests = self._only_tests(name)
        if name in self.declared:
            why = f"{self.declared[name]}, and nothing that the image runs uses it"
            return Need(name, Verdict.TOOL, why, "DECLARED")
        if one.purpose or only_tests:
            why = "only tests import it" if only_tests else f'it is "{one.purpose}" by its metadata'
            return Need(name, Verdict.TOOL, why, "READ")
        if self.code.code.unreadable:
            why = f"{self.code.code.unreadable[0]} cannot be read"
            return Need(name, Verdict.UNKNOWN, why, "READ")
        group = self._plugs_into(name)
        if group:
            return Need(name, Verdict.NEEDED, f"it is a plug-in for {group}", "READ")
        if name in self.optional:
            return Need(name, Verdict.NEEDED, "it was opened while it ran", "OBSERVED")
        if name in _SERVERS:
            why = "it is a server that a platform's own command may start"
            return Need(name, Verdict.UNKNOWN, why, "GUESSED")
        return Need(name, Verdict.UNUSED, "nothing imports, starts, names or needs it", "READ")

    def with_optional(self, need: Need) -> Need:
        """A verdict with what was opened of what leaves by it, and need not be there again."""
        if need.verdict not in (Verdict.TOOL, Verdict.UNUSED) or need.name not in self.installed:
            return need
        return replace(need, optional=self.optional & self.needs.brought((need.name,)))

    def _extends(self, name: str) -> str:
        """The tool that is used after all and that a listed distribution is a plug-in of."""
        kept = (one for one in self.reasons if one in self.tools or is_development(one))
        return next((one for one in sorted(kept) if name.startswith(f"{one}-")), "")

    def _by_name(self, name: str) -> Need:
        """The verdict where the image is not known: only what a table knows for a tool may go.

        Without code of the project in it, the tool may be all that the image is for.
        """
        if not self.code.image.own and name not in self.declared:
            why = "no Python code of the project is in the image"
            return Need(name, Verdict.UNKNOWN, why, "GUESSED")
        if _may_leave(name):
            only_tests = any(
                name in self._owners(module) for module in sorted(self.code.tests.imports)
            )
            why = "only tests import it" if only_tests else "nothing that the image runs uses it"
            basis = "DECLARED" if name in self.declared else "GUESSED"
            return Need(name, Verdict.TOOL, why, basis)
        return Need(name, Verdict.UNKNOWN, "kept, as the built image is not known", "GUESSED")

    def _owners(self, module: str) -> frozenset[str]:
        return self.installed.of_module(module) or distributions_of_import(module, self.listed)

    def _only_tests(self, name: str) -> bool:
        return any(name in self._owners(module) for module in self.code.tests.imports)

    def _plugs_into(self, name: str) -> str:
        """The group of entry points by which something needed may find it, or ``""``."""
        groups = {group for group, _ in self.installed.distributions[name].entry_points}
        modules = {
            _squash(module.partition(".")[0])
            for needed in self.reasons
            for module in (needed, *self._modules(needed))
        }
        for group in sorted(groups - {"console_scripts", "gui_scripts"}):
            heads = {_squash(re.split(r"[._-]", group)[0]), _squash(group.partition(".")[0])}
            if group in self.code.code.strings or heads & modules:
                return group
        return ""

    def _modules(self, name: str) -> frozenset[str]:
        one = self.installed.distributions.get(name)
        return one.modules if one is not None else frozenset()


def _may_leave(name: str) -> bool:
    """Whether a name is a development tool's and nothing else's, by the table."""
    return is_development(name) and name not in AMBIGUOUS


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
