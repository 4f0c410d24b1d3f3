"""Try the EXTRAs of a plan that passed its trial, and take back what does not work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.changes.verdicts import Reached, State
from jettison.trial.extras.model import ExtraTrial
from jettison.trial.extras.trying import extras_of, try_extras

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.changes import Plan
    from jettison.trial import Progress
    from jettison.trial.extras.launching import Bench
    from jettison.trial.extras.trying import Known
    from jettison.trial.prove import Proof

__all__ = ["prove_extras"]


def prove_extras(
    proof: Proof,
    replan: Callable[[frozenset[str]], Plan],
    bench: Callable[[Plan, int], Bench],
    measured: Callable[[], str],
    progress: Progress,
) -> tuple[Proof, ExtraTrial]:
    """The proof without the EXTRAs that do not work, and how far the others came.

    ``replan`` gives the plan without some keys, ``bench`` a copy of a plan's tree for the round of
    that number (from 1). ``measured`` gives the report in JSON. EXTRAs alter nothing of the stack
    itself, so what its trial showed stays.
    """
    if proof.passed is None:
        untried = Reached(State.APPLIED, "not tried: the stack itself passed no trial")
        keys = {str(change.key): untried for _, change in extras_of(proof.plan)}
        return proof, ExtraTrial(keys)
    known: Known = {}
    reverted = dict(proof.reverted)
    plan = proof.plan
    number = 0
    while extras_of(plan):
        number += 1
        tried = try_extras(bench(plan, number), plan, measured, known)
        if not tried.failed:
            return replace(proof, plan=plan, reverted=reverted), tried
        for key, evidence in tried.failed.items():
            progress.say(f"taken back: {key}: {evidence.splitlines()[0]}")
        reverted.update(tried.failed)
        plan = replan(frozenset(reverted))
    return replace(proof, plan=plan, reverted=reverted), ExtraTrial()
