"""How far each target of a proven plan has come, and what a run ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.changes.verdicts import Reached, State
from jettison.errors import ExitCode
from jettison.patterns import regex
from jettison.trial.labels import services_of
from jettison.trial.launching.last_words import main_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis.project import Target
    from jettison.changes import Plan
    from jettison.changes.verdicts import Verdict
    from jettison.trial.outcomes import Observation
    from jettison.trial.prove import Proof

__all__ = ["exit_code", "reached", "unreachable"]

HOW_TO_PROBE = (
    "To have it compared, give the service a health check or a published port, or name a path in "
    "[trial] requests of jettison.toml, or a command in [trial] commands"
)
_NOTHING = "nothing to compare"
_ENDED = regex(r"--- .+? \((.*)\)")


def reached(proof: Proof, observation: Observation) -> dict[str, Reached]:
    """How far each target has come, by name.

    *Verified* takes that each of its services ran before and after, that something was compared
    for each, and that it all agreed.
    """
    return {
        target.name: _reached(target, proof, observation)
        for target in proof.plan.after.project.targets
    }


def unreachable(made: Plan, observation: Observation) -> dict[str, Reached]:
    """How far targets can come at most that did not build, or did not come up, before; by name."""
    targets = made.after.project.targets
    found = {target.name: _at_most(target, observation) for target in targets}
    return {name: reached for name, reached in found.items() if reached is not None}


def _at_most(target: Target, observation: Observation) -> Reached | None:
    if target.name in observation.unbuilt:
        reason = f"it could not be built before: {observation.unbuilt[target.name]}"
        return Reached(State.APPLIED, reason)
    down = [name for name in services_of(target) if name in observation.built_only]
    return _built({name: observation.built_only[name] for name in down}) if down else None


def _built(missing: Mapping[str, str]) -> Reached:
    """Built, and no more, for the reasons by service."""
    said = "; ".join(f"{service}: {_in_a_line(why)}" for service, why in missing.items())
    # What was learned of a service may tell how already, or that it fails by itself.
    helps = _NOTHING in said and "[trial]" not in said
    return Reached(State.BUILT, f"{said}. {HOW_TO_PROBE}" if helps else said)


def _in_a_line(said: str) -> str:
    """How a service failed and what names the cause, of what :func:`log_end` has of it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    head = _ENDED.fullmatch(lines[0]) if len(lines) > 1 else None
    return f"{head[1]}: {main_line(said.partition(lines[0])[2])}" if head is not None else said


def _reached(target: Target, proof: Proof, observation: Observation) -> Reached:
    passed = proof.passed
    limit = _at_most(target, observation)
    if target.name in observation.unbuilt and limit is not None:
        return limit
    if passed is None:
        return Reached(State.APPLIED, "nothing of the plan passed a trial")
    services = services_of(target)
    missing = {}
    for service in services:
        if service in observation.built_only:
            missing[service] = observation.built_only[service]
        elif service in passed.without_comparison:
            missing[service] = f"{_NOTHING} ({passed.without_comparison[service]})"
        elif not any(r.service == service and r.same and r.exercises for r in passed.rows):
            missing[service] = _NOTHING
    if missing:
        return _built(missing)
    count = sum(row.service in services for row in passed.rows)
    return Reached(State.VERIFIED, f"{count} comparisons agree")


def exit_code(proof: Proof, verdicts: Sequence[Verdict]) -> ExitCode:
    """What a run ends with: 0 only if all that is kept is verified."""
    if not proof.first.applied:
        return ExitCode.OK
    if proof.passed is None:
        return ExitCode.TRIAL_FAILED
    if not any(row.exercises for row in proof.passed.rows):
        return ExitCode.UNCOMPARED
    short = (State.APPLIED, State.BUILT)
    return ExitCode.TRIAL_FAILED if any(v.state in short for v in verdicts) else ExitCode.OK
