"""The fixpoint: find, select, order, lay on, check, and again until nothing is proposed.

Pure and deterministic: the same texts, evidence and policy give the same plan, in whatever order
the rules were discovered. Taking a change back is planning again with its key excluded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jettison.analysis import NO_EVIDENCE, Facts, Selection, discover
from jettison.analysis.targets import Contexts
from jettison.changes.contract import broken_promise
from jettison.changes.inert import with_inert_refused
from jettison.changes.model import Plan, Policy
from jettison.changes.suppress import suppress, suppressible
from jettison.errors import JettisonError
from jettison.rules import (
    Aspect,
    Blocked,
    Change,
    Key,
    Kind,
    Refused,
    findings_of,
    rules_with,
)
from jettison.source import Patch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis import Evidence
    from jettison.changes.model import Suppressed
    from jettison.rules import Finding, Rule
    from jettison.source import TextTree

__all__ = ["plan"]

_MOST_ROUNDS = 60
_MOST_RESTARTS = 20
_ORDER = {Kind.ENABLER: 0, Kind.PROBLEM: 1, Kind.REPAIR: 2, Kind.EXTRA: 3}


def plan(
    tree: TextTree,
    environment: Mapping[str, str],
    *,
    selection: Selection | None = None,
    evidence: Evidence = NO_EVIDENCE,
    policy: Policy | None = None,
    rules: Sequence[Rule] | None = None,
    contexts: Contexts | None = None,
) -> Plan:
    """The plan for a tree: what is wrong with it, and what was laid over it.

    Raises ``ProjectError`` when there is nothing to analyse, ``UsageError`` for a selection that
    does not fit. An enabler that nothing made use of is not part of the plan.
    """
    wanted = policy or Policy()
    given = rules if rules is not None else rules_with(wanted.extras)
    chosen = tuple(sorted(given, key=lambda rule: rule.code))
    walked = contexts or Contexts()
    for _ in range(_MOST_RESTARTS):
        planner = _Planner(environment, selection or Selection(), evidence, wanted, chosen, walked)
        made = planner.run(tree)
        idle = _idle_enablers(made, planner.waited)
        if not idle:
            return made
        wanted = replace(wanted, excluded=wanted.excluded | idle)
    raise AssertionError("an enabler was used in one plan and not in the next")


def _idle_enablers(made: Plan, waited: Mapping[str, set[Key]]) -> frozenset[str]:
    """The enablers that were applied although what waited for them was not mended."""
    left = {finding.key for finding in made.left}
    applied = {str(change.key) for change in made.applied}
    return frozenset(name for name, keys in waited.items() if name in applied and keys <= left)


@dataclass(slots=True)
class _Planner:
    """One run to the fixpoint: what was laid on, dropped, and waited for."""

    environment: Mapping[str, str]
    selection: Selection
    evidence: Evidence
    policy: Policy
    rules: tuple[Rule, ...]
    contexts: Contexts
    applied: list[Change] = field(default_factory=list)
    dropped: dict[Key, str] = field(default_factory=dict)
    waited: dict[str, set[Key]] = field(default_factory=dict)
    kinds: dict[str, Rule] = field(default_factory=dict)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    found_then: dict[Key, int] = field(default_factory=dict)

    def run(self, tree: TextTree) -> Plan:
        self.kinds = {rule.code: rule for rule in self.rules}
        first = facts = self._facts(tree)
        found, suppressed, unused = self._find(facts)
        start = findings = found
        for _ in range(_MOST_ROUNDS):
            batch = self._select(findings)
            if not batch:
                break
            facts = self._lay_on(facts, batch)
            findings, *_ = self._find(facts)
        return Plan(
            found=start,
            applied=tuple(self.applied),
            tree=facts.project.tree,
            left=self._explained(findings),
            before=first,
            after=facts,
            dropped=dict(self.dropped),
            suppressed=suppressed,
            unused_suppressions=unused,
        )

    def _facts(self, tree: TextTree, changes: Sequence[Change] = ()) -> Facts:
        """The facts of a tree with these changes in it, besides those that were applied."""
        project = discover(tree, self.environment, self.selection, self.contexts)
        claims = (change.claim.packages for change in (*self.applied, *changes))
        gone = frozenset[str]().union(*claims)
        return Facts(project, self.evidence, self.policy.extras, gone)

    def _find(
        self, facts: Facts
    ) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[tuple[str, int, str], ...]]:
        rules = (rule for rule in self.rules if self._wanted_rule(rule))
        found = findings_of(rules, facts)
        if not self.policy.inert:
            found = with_inert_refused(facts, found)
        kept, silent, unused = suppress(found, facts.tree, suppressible(facts.project))
        return kept, silent, unused

    def _wanted_rule(self, rule: Rule) -> bool:
        return rule.kind is not Kind.EXTRA or rule.extra in self.policy.extras

    def _select(self, findings: Sequence[Finding]) -> list[Change]:
        """The changes to lay on in this round, best first."""
        self.found = Counter(_rule_and_target(finding.key) for finding in findings)
        blocked: dict[str, set[Key]] = {}
        for finding in findings:
            if isinstance(finding.remedy, Blocked) and self._named(finding.key):
                blocked.setdefault(finding.remedy.wants, set()).add(finding.key)
        done = {str(change.key) for change in self.applied}
        chosen: dict[Key, Change] = {}
        for finding in findings:
            change = finding.remedy
            if not isinstance(change, Change) or change.key in self.dropped:
                continue
            rule = self.kinds[change.key.rule]
            waiting = frozenset[Key]().union(
                *(keys for want, keys in blocked.items() if change.key.matches(want))
            )
            if rule.kind is Kind.ENABLER and not waiting:
                continue
            reason = self._forbidden(change, rule, done, wanted=bool(waiting))
            if reason is not None:
                if reason:
                    self.dropped[change.key] = reason
                continue
            if rule.kind is Kind.ENABLER:
                self.waited.setdefault(str(change.key), set()).update(waiting)
            chosen.setdefault(change.key, change)
        ordered = sorted(chosen.values(), key=self._rank)
        first = min((self._wave(change) for change in ordered), default=0)
        return [change for change in ordered if self._wave(change) == first]

    def _wave(self, change: Change) -> int:
        """When a change may be laid on: what looks at the others' result waits for them."""
        rule = self.kinds[change.key.rule]
        return 2 if rule.kind is Kind.EXTRA else int(rule.late) - int(rule.early)

    def _rank(self, change: Change) -> tuple[bool, bool, int, Key]:
        kind = self.kinds[change.key.rule].kind
        structural = _is_structural(change, kind)
        return not structural, not _starts_anew(change), _ORDER[kind], change.key

    def _kind(self, key: Key) -> Kind:
        rule = self.kinds.get(key.rule)
        return rule.kind if rule is not None else Kind.PROBLEM

    def _named(self, key: Key) -> bool:
        policy = self.policy
        if any(key.matches(pattern) for pattern in policy.skip):
            return False
        return not policy.only or any(key.matches(pattern) for pattern in policy.only)

    def _forbidden(self, change: Change, rule: Rule, done: set[str], *, wanted: bool) -> str | None:
        """Why a change may not be laid on; ``""`` where it may be later, ``None`` where it may."""
        policy, key = self.policy, change.key
        if str(key) in policy.excluded:
            return "taken back"
        if str(key) in done and self.found[_rule_and_target(key)] >= self.found_then[key]:
            return "it was applied and its finding is still there"
        helper = wanted or rule.kind is Kind.REPAIR
        if any(key.matches(pattern) for pattern in policy.skip):
            return "skipped"
        if not helper and not self._named(key):
            return "not asked for"
        if change.grade not in policy.grades:
            return "only a trial could show that it is right"
        if change.basis < policy.least:
            return f"it is {change.basis.word}: a trial must show that it is right"
        if any(not any(_is(one, need) for one in done) for need in change.needs):
            return ""
        return None

    def _lay_on(self, facts: Facts, batch: list[Change]) -> Facts:
        """The facts after what fits together of the batch; singly where it breaks something."""
        together = _compatible(batch, self.kinds)
        made, reason = self._tried(facts, together)
        if made is not None:
            self._note(together)
            return made
        if len(together) == 1:
            self.dropped[together[0].key] = reason
            return facts
        for change in _whole_groups(together):
            made, reason = self._tried(facts, change)
            if made is not None:
                self._note(change)
                return made
            self.dropped.update(dict.fromkeys((one.key for one in change), reason))
        return facts

    def _note(self, changes: Sequence[Change]) -> None:
        """Notes what was laid on, and how many findings its rule had.

        As they become fewer, one with the same key is another one: two RUNs may install gcc.
        """
        self.applied += changes
        for change in changes:
            self.found_then[change.key] = self.found[_rule_and_target(change.key)]

    def _tried(self, facts: Facts, changes: Sequence[Change]) -> tuple[Facts | None, str]:
        """The facts with the changes, or why they cannot be made."""
        tree = facts.project.tree
        try:
            tree = tree.edited(_merged(changes))
            made = self._facts(tree, changes)
        except JettisonError as error:
            return None, str(error)
        reason = broken_promise(facts, made, changes)
        return (None, reason) if reason is not None else (made, "")

    def _explained(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """What is left, a finding that waits for a refused change refused for that reason."""
        refused = {str(f.key): f.remedy for f in findings if isinstance(f.remedy, Refused)}
        shown = []
        for finding in findings:
            remedy = finding.remedy
            if isinstance(remedy, Blocked) and remedy.wants in refused:
                other = refused[remedy.wants]
                refusal = Refused(f"{remedy.why}: {other.reason}", other.line)
                shown.append(replace(finding, remedy=refusal))
            elif self._kind(finding.key) not in (Kind.ENABLER, Kind.EXTRA):
                shown.append(finding)
        return tuple(shown)


def _rule_and_target(key: Key) -> tuple[str, str]:
    return key.rule, key.target


def _is(key: str, pattern: str) -> bool:
    return key == pattern or key.startswith(f"{pattern}/")


def _merged(changes: Sequence[Change]) -> Patch:
    """All changes as one patch, each edit in the name of its change."""
    whole = Patch()
    for change in changes:
        origin = str(change.key)
        edits = {
            path: tuple(replace(edit, origin=edit.origin or origin) for edit in found)
            for path, found in change.patch.edits.items()
        }
        whole |= Patch(edits, change.patch.files)
    return whole


def _compatible(batch: Sequence[Change], kinds: Mapping[str, Rule]) -> list[Change]:
    """The first changes of a batch that do not touch the same text, groups whole.

    A structural change is the only one of its files in a round, as the others look at instructions
    that it moves to other stages.
    """
    taken: list[Change] = []
    closed: set[str] = set()
    for group in _whole_groups(batch):
        paths = {path for change in group for path in change.patch.paths}
        exclusive = any(_is_structural(one, kinds[one.key.rule].kind) for one in group)
        used = {path for change in taken for path in change.patch.paths}
        if closed & paths or (exclusive and used & paths):
            continue
        if any(_clash(one, other) for one in group for other in taken):
            continue
        taken += group
        if exclusive:
            closed |= paths
    return taken


def _is_structural(change: Change, kind: Kind) -> bool:
    """Whether a change moves instructions to other stages, or starts a stage from an image."""
    return kind is Kind.ENABLER or Aspect.BASE in change.alters or _starts_anew(change)


def _starts_anew(change: Change) -> bool:
    """Whether a change lets all of an image go but what it copies: no stage has to be split."""
    return "/" in change.claim.paths


def _whole_groups(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.group or str(change.key), []).append(change)
    return list(groups.values())


def _clash(one: Change, other: Change) -> bool:
    """Whether two changes touch the same characters, insert at one place, or make one file."""
    if set(one.patch.files) & set(other.patch.files):
        return True
    for path, edits in one.patch.edits.items():
        for edit in edits:
            for theirs in other.patch.edits.get(path, ()):
                span, their = edit.span, theirs.span
                if span.start <= their.end and their.start <= span.end:
                    return True
    return False
