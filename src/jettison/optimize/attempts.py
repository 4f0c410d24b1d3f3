"""The attempts of a run: plans that are tried, and the project as it is for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.trial.let_go import NOTHING, LetGo
from jettison.trial.outcomes import Differs

if TYPE_CHECKING:
    from jettison.analysis.project import Project
    from jettison.changes import Plan
    from jettison.engine import Engine
    from jettison.optimize.staging import Staging
    from jettison.source import TextTree
    from jettison.trial import Progress
    from jettison.trial.outcomes import Attempt, Observation, TrialSettings

__all__ = ["Attempts"]


@dataclass(slots=True)
class Attempts:
    """Tries plans against what was observed before any change.

    ``varying`` are the comparisons (service and what is compared) in which the project differs from
    itself when it is built again: no attempt makes them.
    """

    engine: Engine
    run_id: str
    settings: TrialSettings
    progress: Progress
    staging: Staging
    observation: Observation
    made: int = 0
    varying: set[tuple[str, str]] = field(default_factory=set)

    def attempt(self, plan: Plan, measure: bool) -> Attempt:
        """How the project does with a plan's changes; only with ``measure`` it is weighed."""
        let_go = LetGo(plan.within)
        return self._tried(plan.after.project, plan.tree, plan.unmissed, let_go, measure=measure)

    def control(self, project: Project, tree: TextTree) -> bool:
        """Whether the project as it is differs from itself when it is built again.

        What it differs in is noted in ``varying``.
        """
        self.progress.say("building and asking the project as it is once more")
        again = self._tried(project, tree, frozenset(), NOTHING, measure=True)
        rows = again.rows if isinstance(again, Differs) else ()
        found = {(row.service, row.what) for row in rows if not row.same}
        for service, what in sorted(found):
            self.progress.say(f"{service}: {what} differs with each build: not compared")
        self.varying |= found
        return bool(found)

    def _tried(
        self,
        project: Project,
        tree: TextTree,
        unmissed: frozenset[str],
        let_go: LetGo,
        *,
        measure: bool,
    ) -> Attempt:
        from jettison.trial.attempt import attempt

        self.made += 1
        fresh = measure and self.made > 1
        # No two images of a run have one name: the older one would be left without any.
        label = f"{'after' if measure else 'try'}{self.made if self.made > 1 else ''}"
        return attempt(
            self.engine,
            project,
            self.staging.changed(tree, fresh=fresh),
            run_id=self.run_id,
            settings=self.settings,
            progress=self.progress,
            before=self.observation,
            label=label,
            measure=measure,
            unmissed=unmissed,
            let_go=let_go,
            varying=frozenset(self.varying),
        )
