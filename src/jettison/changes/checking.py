"""``check``: what is wrong with a project's images, without an engine and without changes."""

from __future__ import annotations

import os
from dataclasses import field
from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE, Facts, Project, Selection, discover
from jettison.changes.inert import with_inert_refused
from jettison.changes.suppress import suppress, suppressible
from jettison.record import record
from jettison.rules import Blocked, Change, Kind, Refused, findings_of, rules_with
from jettison.source import TextTree
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jettison.analysis import Evidence
    from jettison.changes.model import Suppressed
    from jettison.rules import Finding, Key, Rule

__all__ = ["CheckRequest", "Checked", "check"]


@record
class CheckRequest:
    """What to check. ``only`` and ``skip`` are patterns of keys, ``extras`` names of EXTRAs.

    ``rules`` stand for those of the catalog. ``observe`` says what is known of the images that were
    built from the project: nothing by default.
    """

    project: Path
    selection: Selection = field(default_factory=Selection)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    rules: tuple[Rule, ...] | None = None
    observe: Callable[[Project], Evidence] = lambda _: NO_EVIDENCE


@record
class Checked:
    """A project's findings, in order of file, line and key.

    ``enablers`` are the changes that findings wait for (:class:`Blocked`), by the key waited for: a
    change, or why it cannot be made. ``unused`` are suppressions of nothing: file, line, message.
    """

    project: Project
    findings: tuple[Finding, ...]
    enablers: Mapping[str, Change | Refused]
    suppressed: tuple[Suppressed, ...] = ()
    unused: tuple[tuple[str, int, str], ...] = ()


def check(request: CheckRequest) -> Checked:
    """What the rules find in a project as its files are now.

    Raises ``ProjectError`` when there is nothing to build, ``UsageError`` for a selection that does
    not fit.
    """
    tree = TextTree(real(request.project))
    project = discover(tree, request.environment, request.selection)
    facts = Facts(project, request.observe(project), asked=request.extras)
    rules = request.rules if request.rules is not None else rules_with(request.extras)
    found = findings_of((rule for rule in rules if _shown(rule, request)), facts)
    found = with_inert_refused(facts, found)
    kept, suppressed, unused = suppress(found, tree, suppressible(project))
    named = tuple(finding for finding in kept if _named(finding.key, request))
    waited = {one.remedy.wants for one in named if isinstance(one.remedy, Blocked)}
    enablers = _enablers(facts, rules, found, waited) if waited else {}
    silent = () if request.only or request.skip else unused
    return Checked(project, named, enablers, suppressed, silent)


def _shown(rule: Rule, request: CheckRequest) -> bool:
    if rule.kind is Kind.EXTRA:
        return rule.extra in request.extras
    return rule.kind is not Kind.ENABLER


def _named(key: Key, request: CheckRequest) -> bool:
    if any(key.matches(pattern) for pattern in request.skip):
        return False
    return not request.only or any(key.matches(pattern) for pattern in request.only)


def _enablers(
    facts: Facts, rules: tuple[Rule, ...], found: tuple[Finding, ...], waited: set[str]
) -> Mapping[str, Change | Refused]:
    """What becomes of each key that a finding waits for; ``found`` is what the others found."""
    made: dict[str, Change | Refused] = {}
    extras = {rule.code for rule in rules if rule.kind is Kind.EXTRA}
    known = (finding for finding in found if finding.code not in extras)
    helpers = findings_of((rule for rule in rules if rule.kind is Kind.ENABLER), facts)
    for finding in sorted((*known, *helpers), key=lambda one: (one.file, one.line, one.key)):
        for want in waited:
            if finding.key.matches(want) and isinstance(finding.remedy, Change | Refused):
                made.setdefault(want, finding.remedy)
    return made
