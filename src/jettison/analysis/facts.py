"""All that rules may ask: the project, what was seen of it, and facts derived once."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from jettison.analysis.evidence import NO_EVIDENCE, Evidence
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from jettison.analysis.project import Project, Target
    from jettison.source import TextTree

T = TypeVar("T")


@record(cached=True)
class Facts:
    """A project as it is now (``project.tree`` has the changes), and the evidence of before.

    ``asked`` are the names of the EXTRAs that were asked for. ``gone`` are the packages that the
    changes in the tree let go, as their claims name them: the evidence still has them. Nothing in
    it changes; what is derived with :meth:`of` is computed once.
    """

    project: Project
    evidence: Evidence = NO_EVIDENCE
    asked: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    _derived: dict[tuple[object, ...], object] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def tree(self) -> TextTree:
        """The project's texts as they are now."""
        return self.project.tree

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets to look at: all that do not serve development only."""
        return tuple(target for target in self.project.targets if not target.development)

    def name_of(self, file: str) -> str:
        """A file of the project as its path in the tree, however it was written."""
        path = Path(file)
        return self.tree.relative(path) if path.is_absolute() else file

    def of(self, derive: Callable[[Facts, Target], T], target: Target) -> T:
        """What ``derive`` says of a target, asked once."""
        key = (derive, target.name)
        if key not in self._derived:
            self._derived[key] = derive(self, target)
        return cast("T", self._derived[key])

    def whole(self, derive: Callable[[Facts], T]) -> T:
        """What ``derive`` says of the whole project, asked once."""
        key = (derive,)
        if key not in self._derived:
            self._derived[key] = derive(self)
        return cast("T", self._derived[key])
