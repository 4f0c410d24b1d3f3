"""A rule, a finding, and what is said of a saving before anything was built."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jettison.analysis import Analysis


class Applicability(StrEnum):
    """What a rule's fix may change (architecture, "A rule is one file").

    ``SAFE`` leaves the run-time contract of the target unchanged; ``UNSAFE`` may not, and is kept
    only when a trial verified it; ``DISPLAY_ONLY`` is advice.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


class Basis(StrEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    MODELLED = "modelled"
    HEURISTIC = "heuristic"


@dataclass(frozen=True, slots=True)
class Saving:
    """Bytes that a fix is expected to save, uncompressed; never summed into a headline."""

    low_bytes: int
    high_bytes: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a place, told to a person; ``line`` counts from 1."""

    code: str
    name: str
    message: str
    file: str
    line: int
    services: tuple[str, ...]
    applicability: Applicability
    saving: Saving | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A small project that a rule does or does not complain about.

    ``files`` maps paths to contents; ``expected`` are the ``file:line`` places of the findings.
    """

    title: str
    files: Mapping[str, str]
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its module's docstring is its documentation page."""

    code: str
    name: str
    summary: str
    since: str
    applicability: Applicability
    see_also: tuple[str, ...]
    check: Callable[[Analysis], Iterator[Finding]]
    valid: tuple[Example, ...]
    invalid: tuple[Example, ...]


def findings_of(rules: Iterable[Rule], analysis: Analysis) -> tuple[Finding, ...]:
    """What the rules find, in order of file, line and code."""
    found = (finding for rule in rules for finding in rule.check(analysis))
    return tuple(sorted(found, key=lambda f: (f.file, f.line, f.code)))
