"""What is asked of ``optimize``, and what it would try: all that needs no engine."""

from __future__ import annotations

import os
from dataclasses import field, replace
from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE, Selection, discover
from jettison.changes import Policy, plan
from jettison.record import record
from jettison.source import TextTree
from jettison.source.real import real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jettison.analysis import Evidence
    from jettison.analysis.targets import Contexts
    from jettison.changes import Plan
    from jettison.engine import Engine
    from jettison.rules import Key
    from jettison.trial.outcomes import TrialSettings

__all__ = ["OptimizeRequest", "given_evidence", "planned", "propose"]


@record
class OptimizeRequest:
    """What to optimize and how.

    ``out`` is where the optimized tree goes, ``apply`` changes the project itself; with neither
    nothing is written. ``find_engine`` is asked only for a ``trial``. ``unsafe`` keeps changes that
    no trial verified. ``asks`` tells that the trial runs commands or tests of the project, which
    may show what becomes of images that start nothing, too. ``images_before`` are images that were
    built from the project (``REF`` or ``REF=NAME``), asked where there is no trial to build them.
    ``only`` and ``skip`` are patterns of keys, ``extras`` names of EXTRAs.
    """

    project: Path
    find_engine: Callable[[], Engine]
    out: Path | None = None
    apply: bool = False
    trial: bool = True
    selection: Selection = field(default_factory=Selection)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()
    unsafe: bool = False
    asks: bool = False
    keep_images: bool = False
    allow_dirty: bool = False
    images_before: tuple[str, ...] = ()
    settings: TrialSettings | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def policy(self) -> Policy:
        """What may be changed: with a trial all that it can show to be right."""
        inert = self.unsafe or self.asks
        policy = Policy(only=self.only, skip=self.skip, extras=self.extras, inert=inert)
        if self.trial or self.unsafe:
            return policy
        strict = Policy.without_trial()
        return replace(policy, grades=strict.grades, least=strict.least)

    def names(self, key: Key) -> bool:
        """Whether a finding is one that was asked about."""
        if any(key.matches(pattern) for pattern in self.skip):
            return False
        return not self.only or any(key.matches(pattern) for pattern in self.only)


def propose(request: OptimizeRequest) -> Plan:
    """What a run would try, without building and without writing anything."""
    tree = TextTree(real(request.project))
    return planned(request, tree, given_evidence(request, tree), request.policy)


def given_evidence(request: OptimizeRequest, tree: TextTree) -> Evidence:
    """What the images that were built before say, ``NO_EVIDENCE`` where none is named."""
    if not request.images_before:
        return NO_EVIDENCE
    from jettison.optimize.before import evidence_of

    project = discover(tree, request.environment, request.selection)
    return evidence_of(project, request.images_before)


def planned(
    request: OptimizeRequest,
    tree: TextTree,
    evidence: Evidence,
    policy: Policy,
    contexts: Contexts | None = None,
) -> Plan:
    """The plan for ``tree`` under ``policy``."""
    return plan(
        tree,
        request.environment,
        selection=request.selection,
        evidence=evidence,
        policy=policy,
        contexts=contexts,
    )
