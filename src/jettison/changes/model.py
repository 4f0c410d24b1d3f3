"""What may be changed, and what a plan is."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from jettison.record import record
from jettison.rules import Basis, Grade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis import Facts
    from jettison.rules import Change, Finding, Key
    from jettison.source import TextTree


@record
class Policy:
    """Which changes may be applied.

    ``only`` and ``skip`` are patterns of keys (see :meth:`Key.matches`), ``excluded`` the keys that
    a trial took back. ``extras`` are the EXTRAs asked for by name. ``inert`` allows unsafe changes
    of images that start nothing, too, which no trial could try.
    """

    grades: frozenset[Grade] = frozenset({Grade.SAFE, Grade.UNSAFE})
    least: Basis = Basis.GUESSED
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    extras: frozenset[str] = frozenset()
    inert: bool = False

    @classmethod
    def without_trial(cls) -> Policy:
        """What may be written without having been tried: SAFE, and DECLARED or better."""
        return cls(grades=frozenset({Grade.SAFE}), least=Basis.DECLARED)


@record
class Suppressed:
    """A finding that a comment with a reason silences; ``line`` is the comment's, from 1."""

    finding: Finding
    file: str
    line: int
    reason: str


@record
class Plan:
    """Changes laid over a tree.

    ``found`` are the findings of the tree as it was; ``left`` those of the tree after all changes.
    ``applied`` are the changes in the order in which they were laid on, and ``dropped`` says of
    each change (by key) that was possible but not laid on, why. ``before`` and ``after`` are the
    facts of both trees.
    """

    found: tuple[Finding, ...]
    applied: tuple[Change, ...]
    tree: TextTree
    left: tuple[Finding, ...]
    before: Facts
    after: Facts
    dropped: Mapping[Key, str] = field(default_factory=dict)
    suppressed: tuple[Suppressed, ...] = ()
    unused_suppressions: tuple[tuple[str, int, str], ...] = ()

    @property
    def mended(self) -> tuple[Finding, ...]:
        """The findings that are gone: their rule, run on the new tree, no longer finds them."""
        still = {finding.key for finding in self.left}
        return tuple(finding for finding in self.found if finding.key not in still)

    @property
    def unmissed(self) -> frozenset[str]:
        """Packages and paths of images that services may have opened and need not find again."""
        return frozenset().union(*(change.claim.unmissed for change in self.applied))

    @property
    def within(self) -> Mapping[str, str]:
        """Folders of images that leave packages which stay, each with the key of its change."""
        return {f: str(change.key) for change in self.applied for f in change.claim.within}
