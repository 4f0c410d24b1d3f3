"""Which listed distributions the running services need, with the reason for each verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from jettison.ecosystem.python.code import standard_library
from jettison.ecosystem.python.names import (
    IMPLIED,
    distributions_of_executable,
    distributions_of_import,
    is_development,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.commands import CommandReach
    from jettison.analysis.project import Target
    from jettison.ecosystem.python.code import CodeBase, CodeFacts
    from jettison.ecosystem.python.requirements import RequirementFile

_DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")


class Verdict(StrEnum):
    """What is known of a listed distribution."""

    IMPORTED = "imported"
    COMMAND = "run as a command"
    IMPLIED = "loaded on demand"
    UNCERTAIN = "kept, as not every import could be resolved"
    DEVELOPMENT = "development tool"
    UNUSED = "named by nothing that runs"


@dataclass(frozen=True, slots=True)
class Need:
    """The verdict on one listed distribution; ``reason`` is for a person to read."""

    name: str
    text: str
    file: str
    line: int
    verdict: Verdict
    reason: str

    @property
    def kept(self) -> bool:
        """Whether production asks for it."""
        return self.verdict not in (Verdict.DEVELOPMENT, Verdict.UNUSED)


def decide(
    requirements: RequirementFile,
    code: CodeFacts,
    reach: CommandReach,
    base: CodeBase,
    target: Target,
    *,
    certain: bool,
) -> tuple[Need, ...]:
    """A verdict for every listed distribution, in the file's order.

    A distribution that is only a dependency of a needed one is UNUSED here: the resolver brings it
    back at its listed version. Where an import cannot be told (``certain`` is false, or it belongs
    to no listed distribution), only known development tools are dropped.
    """
    listed = frozenset(line.name for line in requirements.lines)
    reasons: dict[str, tuple[Verdict, str]] = {}
    unresolved = False
    for module, names in _imported(code, base, listed):
        for name in names:
            reasons.setdefault(name, (Verdict.IMPORTED, f"import {module}"))
        unresolved = unresolved or not names
    for name, origin in _commanded(reach, listed):
        reasons.setdefault(name, (Verdict.COMMAND, origin))
    for name, why in _implied(code, reach, target, listed):
        reasons.setdefault(name, (Verdict.IMPLIED, why))
    for name, text in _named_by_strings(code, listed):
        reasons.setdefault(name, (Verdict.IMPLIED, f'the string "{text}"'))
    needs = []
    for line in requirements.lines:
        verdict, why = reasons.get(line.name, (Verdict.UNUSED, "nothing imports or runs it"))
        if verdict is Verdict.UNUSED and is_development(line.name):
            verdict, why = Verdict.DEVELOPMENT, "a development tool that no service runs"
        elif verdict is Verdict.UNUSED and not certain:
            verdict, why = Verdict.UNCERTAIN, "code that cannot be read may use it"
        elif verdict is Verdict.UNUSED and unresolved and not line.pinned:
            verdict, why = Verdict.UNCERTAIN, "an import of the code belongs to no listed name"
        needs.append(Need(line.name, line.text, line.file, line.line, verdict, why))
    return tuple(needs)


def _imported(
    code: CodeFacts, base: CodeBase, listed: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for module in sorted(code.imports):
        top = module.split(".", 1)[0]
        if top in standard_library() or base.is_local(module):
            names = distributions_of_import(module, listed) if base.is_local(module) else None
            if not names:
                continue
            yield module, names
            continue
        yield module, distributions_of_import(module, listed)


def _commanded(reach: CommandReach, listed: frozenset[str]) -> Iterator[tuple[str, str]]:
    for use in reach.uses:
        if not use.words:
            continue
        for name in distributions_of_executable(use.program, listed):
            yield name, f"{use.program} in {use.origin}"
        for word in use.words:
            name = canonicalize_name(word) if re.fullmatch(r"[A-Za-z0-9._-]+", word) else ""
            if name in listed and not word.startswith("-"):
                yield name, f"{word} in {use.origin}"


def _implied(
    code: CodeFacts, reach: CommandReach, target: Target, listed: frozenset[str]
) -> Iterator[tuple[str, str]]:
    words = {word for use in reach.uses for word in (use.program, *use.words)}
    values = {value for run in target.runs for value in run.environment.values() if value}
    values |= set(target.state.env.values())
    seen = code.names | code.strings | words | values
    for row in IMPLIED:
        if row.distribution not in listed:
            continue
        match = next((text for text in sorted(seen) if row.pattern.search(text)), None)
        if match is not None:
            yield row.distribution, f"{row.reason} ({_short(match)})"


def _named_by_strings(code: CodeFacts, listed: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Distributions whose modules a string names, as plug-ins and class paths do."""
    for text in sorted(code.strings):
        dotted = _DOTTED.match(text) is not None
        module = dotted or (text in code.listed and text.isidentifier())
        if not module or text.split(".", 1)[0] in standard_library():
            continue
        for name in distributions_of_import(text, listed):
            # A plain word in a list may be anything; one with an underscore is a module's name.
            if not is_development(name) or (not dotted and "_" in text):
                yield name, text


def _short(text: str) -> str:
    """What may be shown of a value: never a URL's credentials."""
    if "://" in text:
        return text.partition("://")[0] + "://…"
    return text if len(text) <= 40 else text[:37] + "…"
