"""Prove a plan: try it, find what breaks it, take that back, and try again.

What a trial costs is hidden behind two functions: one plans again without some keys, one tries a
plan. So the search itself is pure, and is tested without an engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from jettison.changes.verdicts import concerned
from jettison.patterns import regex
from jettison.record import record
from jettison.rules import Basis, Grade, Kind, all_rules
from jettison.source import without_escapes
from jettison.trial.labels import services_of
from jettison.trial.launching.last_words import telling_lines
from jettison.trial.model import Side, Trial
from jettison.trial.outcomes import Differs, Passed, Unbuildable, Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jettison.changes import Plan
    from jettison.rules import Change
    from jettison.trial.model import Progress
    from jettison.trial.outcomes import Attempt, Row

__all__ = ["Proof", "describe", "prove"]

MOST_ATTEMPTS = 24
_DETAIL_LINES = 6
_ROW_LINES = 4
_PLACE = regex(r"\S.*:\d+$")
_UNCHANGED = Passed(Trial(Side.BEFORE, (), (), {}, 0, {}, 0, 0, 0.0), (), {})


@record
class Unit:
    """Changes that are applied together or not at all; a low ``tier`` makes likelier suspects."""

    changes: tuple[Change, ...]
    tier: int

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)


@record
class Proof:
    """What was kept of a plan, and why the rest was not.

    ``reverted`` has the evidence against each key that was taken back. ``attempt`` is the last
    one of ``plan``, measured if it passed; ``None`` where nothing was left to try. ``notes`` are
    for a person: what failed at one start and not at the next.
    """

    first: Plan
    plan: Plan
    attempt: Attempt | None
    reverted: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> Passed | None:
        """The attempt, if it passed."""
        return self.attempt if isinstance(self.attempt, Passed) else None


def prove(
    first: Plan,
    replan: Callable[[frozenset[str]], Plan],
    attempt: Callable[[Plan, bool], Attempt],
    progress: Progress,
    *,
    control: Callable[[], bool] | None = None,
    most_attempts: int = MOST_ATTEMPTS,
) -> Proof:
    """What of the plan passes its trial, found with at most ``most_attempts`` and two more.

    ``replan`` gives the plan without the changes of these keys; ``attempt`` tries a plan and
    measures it if told to. The first attempt is measured; while culprits are searched nothing is,
    and what passes in the end is measured again. ``control`` builds and compares the project
    without any change: whether that showed differences, which attempts then leave out. It is asked
    at most once, where a change is blamed only because the project was seen to work without it.
    """
    return _Search(first, replan, attempt, progress, most_attempts, control).run()


class _Varies(Exception):
    """The project differs from itself: what was tried so far says nothing."""


@dataclass(slots=True)
class _Search:
    first: Plan
    replan: Callable[[frozenset[str]], Plan]
    attempt: Callable[[Plan, bool], Attempt]
    progress: Progress
    budget: int
    control: Callable[[], bool] | None = None
    made: int = 0
    reverted: dict[str, str] = field(default_factory=dict)
    started_again: bool = False
    notes: list[str] = field(default_factory=list)
    known: dict[str, Attempt] = field(default_factory=dict)

    def run(self) -> Proof:
        plan = self.first
        if not plan.applied:
            return self._proof(plan, None)
        outcome = self._try(plan, measure=True)
        while not isinstance(outcome, Passed):
            self.progress.say(f"failed: {describe(outcome).splitlines()[0]}")
            if self._was_chance(plan, outcome):
                outcome = self._try(plan, measure=True)
                continue
            try:
                self._take_back(plan, outcome)
            except _Varies:
                self.known.clear()
            plan = self.replan(frozenset(self.reverted))
            if not plan.applied:
                return self._proof(plan, None)
            outcome = self._try(plan, measure=False)
            if isinstance(outcome, Passed):
                outcome = self._try(plan, measure=True)
        return self._proof(plan, outcome)

    def _was_chance(self, plan: Plan, outcome: Attempt) -> bool:
        """Whether services that did not start do so when the same is started again; asked once."""
        if not isinstance(outcome, Unhealthy) or self.started_again:
            return False
        self.started_again = True
        self.progress.say("starting the same once more")
        del self.known[plan.tree.diff()]
        if not isinstance(self._try(plan, measure=False), Passed):
            return False
        said = describe(outcome)
        self.notes.append(f"at one start of the changed project, and not at the next: {said}")
        return True

    def _proof(self, plan: Plan, outcome: Attempt | None) -> Proof:
        notes = tuple(self.notes)
        return Proof(self.first, plan, outcome, dict(self.reverted), self.made, notes)

    def _try(self, plan: Plan, *, measure: bool) -> Attempt:
        """The outcome of a plan; the same texts are not tried twice without measuring."""
        text = plan.tree.diff()
        if not measure and text in self.known:
            return self.known[text]
        self.made += 1
        outcome = self.attempt(plan, measure)
        self.known[text] = outcome
        return outcome

    def _take_back(self, plan: Plan, outcome: Attempt) -> None:
        """Excludes the culprit of a failed attempt, or all suspects if it is not found."""
        suspects = _suspects(plan, outcome)
        everything = _units(plan, frozenset())
        found = self._culprit(outcome, suspects)
        spent = self.made >= self.budget
        if found is None and not spent and len(suspects) < len(everything):
            suspects = everything
            found = self._culprit(outcome, suspects)
        if found is None:
            self._ask_control(outcome)
        if found is not None:
            unit, failing = found
            changes, evidence = unit.changes, describe(failing)
        else:
            changes = tuple(change for one in suspects for change in one)
            evidence = f"one of {len(changes)} changes, not told apart: {describe(outcome)}"
        for change in changes:
            self.reverted[str(change.key)] = evidence
            self.progress.say(f"taken back: {change.key}")

    def _culprit(self, outcome: Attempt, suspects: Sequence[Unit]) -> tuple[Unit, Attempt] | None:
        """The change (with its group) that breaks what passes without it, and how it did.

        Delta debugging between a set that passes and one that fails (Zeller and Hildebrandt,
        "Simplifying and Isolating Failure-Inducing Input", 2002, section 4). ``None`` where it
        fails without any of the suspects, too, or the budget is spent.
        """
        difference, passed, failing = list(suspects), False, outcome
        removed: list[Unit] = []
        while len(difference) > 1:
            likely = _likely(difference)
            found = self._without([*removed, *likely], failing)
            if found is None:
                return None
            if isinstance(found, Passed):
                difference, passed = likely, True
            else:
                removed += likely
                difference = [unit for unit in difference if unit not in likely]
                failing = found
        if difference and (passed or self._passes_without(difference, suspects, failing)):
            return difference[0], failing
        return None

    def _passes_without(
        self, culprit: Sequence[Unit], suspects: Sequence[Unit], failing: Attempt
    ) -> bool:
        """Whether anything passes at all: what would be tried next first, it is not tried twice."""
        tried = (self._without(units, failing) for units in (culprit, suspects))
        return any(isinstance(one, Passed) for one in tried)

    def _ask_control(self, failing: Attempt) -> None:
        """Whether a comparison disagrees because the project differs from itself, asked once."""
        control = self.control if isinstance(failing, Differs) else None
        if control is not None:
            self.control = None
            if control():
                raise _Varies

    def _without(self, units: Sequence[Unit], failing: Attempt) -> Attempt | None:
        """The outcome without some changes, ``None`` where there is no budget to try it.

        The project without any change counts as passed, as it was observed: unless it differs from
        itself. ``failing`` is what it is held against.
        """
        gone = {str(change.key) for unit in units for change in unit}
        plan = self.replan(frozenset(self.reverted) | gone)
        if not plan.applied:
            self._ask_control(failing)
            return _UNCHANGED
        if self.made >= self.budget and plan.tree.diff() not in self.known:
            return None
        self.progress.say(f"trying without {', '.join(sorted(gone))}")
        return self._try(plan, measure=False)


def _suspects(plan: Plan, outcome: Attempt) -> list[Unit]:
    """The changes that may have broken an attempt, with what cannot do without them, in units."""
    project = plan.before.project
    match outcome:
        case Unbuildable(dockerfile=dockerfile):
            names = {t.name for t in project.targets if t.dockerfile_name == dockerfile}
        case Unhealthy() | Differs():
            services = set(outcome.services)
            names = {t.name for t in project.targets if services & set(services_of(t))}
        case Passed():
            names = set()
        case _:
            assert_never(outcome)
    below = project.below(frozenset(names))
    units = _units(plan, _blamed(plan, outcome))
    near = [u for u in units if any(concerned(c, project) & below for c in u)]
    return near or units


def _blamed(plan: Plan, outcome: Attempt) -> frozenset[str]:
    """The keys of the changes that touched the line that cannot be built."""
    if isinstance(outcome, Unbuildable) and outcome.line:
        return plan.tree.blame(outcome.dockerfile, outcome.line)
    return frozenset()


def _units(plan: Plan, blamed: frozenset[str]) -> list[Unit]:
    """The applied changes, groups whole, the likeliest culprits first."""
    kinds = {rule.code: rule.kind for rule in all_rules()}
    groups: dict[str, list[Change]] = {}
    for change in plan.applied:
        groups.setdefault(change.group or str(change.key), []).append(change)

    def tier(unit: Sequence[Change]) -> int:
        if any(kinds.get(change.key.rule) is Kind.ENABLER for change in unit):
            return 3
        if any(str(change.key) in blamed for change in unit):
            return 0
        unsafe = any(c.grade is not Grade.SAFE or c.basis is Basis.GUESSED for c in unit)
        return 1 if unsafe else 2

    found = [Unit(tuple(group), tier(group)) for group in groups.values()]
    return sorted(found, key=lambda unit: unit.tier)


def _likely(units: Sequence[Unit]) -> list[Unit]:
    """The part of at least two units to leave out first: the best tier, or half of the only one."""
    best = [unit for unit in units if unit.tier == units[0].tier]
    return best if len(best) < len(units) else best[: (len(best) + 1) // 2]


def describe(outcome: Attempt) -> str:
    """What a failed attempt showed, the first line for itself."""
    match outcome:
        case Unbuildable():
            place = f"{outcome.dockerfile}:{outcome.line}" if outcome.line else outcome.dockerfile
            said = _last_lines(_step_output(outcome.log))
            return f"{place} cannot be built: {outcome.step}\n{said}".rstrip()
        case Unhealthy():
            names = ", ".join(outcome.services)
            return f"not healthy: {names}\n{_last_lines(outcome.details)}".rstrip()
        case Differs():
            rows = [row for row in outcome.rows if not row.same]
            most = _DETAIL_LINES if len(rows) == 1 else _ROW_LINES
            shown = [line for row in rows[:_DETAIL_LINES] for line in _row_lines(row, most)]
            more = len(rows) - _DETAIL_LINES
            return "\n".join([*shown, *([f"{more} more differences"] if more > 0 else [])])
        case Passed():
            return "passed"
        case _:
            assert_never(outcome)


def _row_lines(row: Row, most: int) -> list[str]:
    """What differs in a row, from the second line on set in."""
    first, *rest = (row.difference or f"{row.before} -> {row.after}").splitlines()
    if len(rest) >= most:  # what a program says last tells why it failed
        rest = [*rest[: most - 3], f"… {len(rest) - most + 2} more lines", rest[-1]]
    return [f"{row.service}: {row.what}: {first}", *(f"  {line}" for line in rest)]


def _step_output(log: str) -> str:
    """What the failed step printed, without the builder's excerpt of the Dockerfile behind it.

    The whole log where the step printed nothing.
    """
    lines = log.splitlines()
    ends = (
        at
        for at in range(len(lines) - 1)
        if _PLACE.match(lines[at]) and lines[at + 1].startswith("-----")
    )
    end = next(ends, len(lines))
    return "\n".join(lines[:end]) if any(map(str.strip, lines[:end])) else log


def _last_lines(text: str) -> str:
    """What a text ends with; where programs were when they failed is left out."""
    said = telling_lines(without_escapes(text).splitlines())
    return "\n".join(said[-_DETAIL_LINES:])
