"""Measure what a build costs after a small change, with all else in the builder's cache."""

from __future__ import annotations

import posixpath
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from jettison.analysis.landing import brought_from, landings
from jettison.analysis.package_runs import feeding_stages, folder_of, package_runs
from jettison.ecosystem.python.code import is_test_file
from jettison.patterns import regex
from jettison.record import record
from jettison.report.model import Rebuild
from jettison.source import Patch, Span, TextEdit, TextTree
from jettison.trial.builds import build_stack
from jettison.trial.labels import safe_name
from jettison.trial.launching.isolation import without
from jettison.trial.launching.stack import assemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Project, Target
    from jettison.engine import Engine
    from jettison.optimize.staging import Staging
    from jettison.trial import Progress
    from jettison.trial.outcomes import Observation, TrialSettings
    from jettison.trial.prove import Proof

__all__ = ["Rebuilding", "edited_files"]

_Files: TypeAlias = "Mapping[str, frozenset[str]]"

_CODE = regex(r"\.(py|[mc]?[jt]sx?|vue|svelte|go|rs|java|kt|rb|php|cs|ex|html|css)$")
_LISTS = regex(
    r"(^|/)(requirements[^/]*\.(txt|in)|package\.json|pyproject\.toml|Pipfile|setup\.cfg|go\.mod"
    r"|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|[^/]+\.csproj)$"
)


@record
class _Side:
    """A side's project and its texts, and how it calls itself in names of images."""

    project: Project
    tree: TextTree
    label: str


@dataclass(slots=True)
class Rebuilding:
    """Builds of what passed, on both sides, after a change of one line."""

    engine: Engine
    proof: Proof
    observation: Observation
    staging: Staging
    run_id: str
    settings: TrialSettings
    progress: Progress

    def measure(self) -> tuple[Rebuild, ...]:
        """What building costs after a line of code, and after a line of a package list.

        A blank line is added to the same file of the code on both sides, and to the lists of
        packages of each. A build that found nothing in the cache, or failed, is not counted.
        Nothing is built where that is not wanted, or nothing passed.
        """
        if not self.settings.rebuilds or self.proof.passed is None:
            return ()
        first, last = self.proof.plan.before, self.proof.plan.after
        after = _Side(last.project, last.tree, "after")
        before = _Side(first.project, TextTree(self.staging.project), "before")
        code = self._same_file(edited_files(first.project), edited_files(last.project))
        lists = [edited_files(one.project, lists=True) for one in (after, before)]
        return (
            *self._both("one line of code", "code", (after, code), (before, code)),
            *self._both(
                "one line of a package list", "lists", (after, lists[0]), (before, lists[1])
            ),
        )

    def _same_file(self, first: _Files, last: _Files) -> _Files:
        """One file of each service that both sides build from: one that it was seen to open."""
        project, opened = self.proof.plan.before.project, self.observation.evidence.opened
        found = {}
        for service in first.keys() & last.keys():
            target = project.target_of(service)
            paths = opened.get(target.name, ()) if target is not None else ()
            seen = {posixpath.basename(path) for path in paths}
            both = first[service] & last[service]
            ranked = sorted(both, key=lambda one: (posixpath.basename(one) not in seen, one))
            if ranked:
                found[service] = frozenset(ranked[:1])
        return found

    def _both(
        self, what: str, name: str, after: tuple[_Side, _Files], before: tuple[_Side, _Files]
    ) -> Iterator[Rebuild]:
        later, earlier = (self._built(*one, what, name) for one in (after, before))
        for services, seconds in earlier.items():
            again = next((s for names, s in later.items() if set(names) & set(services)), None)
            if again is not None and any(one in before[1] for one in services):
                yield Rebuild(services, what, seconds, again)

    def _built(
        self, side: _Side, files: _Files, what: str, name: str
    ) -> dict[tuple[str, ...], float]:
        """The seconds of each build that took something from the cache, by its services."""
        self.progress.status(f"building again after {what} ({side.label})")
        names = sorted({path for paths in files.values() for path in paths})
        tree = self.staging.changed(_with_lines(side.tree, names, self.run_id), fresh=False)
        stack = assemble(self.engine, side.project, tree.resolve(), self.settings)
        left = dict.fromkeys(self.observation.dropped, "left out before")
        stack.model = without(stack.model, left)
        built = build_stack(
            self.engine,
            stack,
            run_id=self.run_id,
            label=f"again-{side.label}-{name}",
            cold=False,
            settings=self.settings,
            stop_early=True,
            progress=self.progress,
        )
        return {one.services: one.seconds for one in built.measures if one.cached_steps}


def edited_files(project: Project, *, lists: bool = False) -> dict[str, frozenset[str]]:
    """The files of each service's own build to which a line is added, as paths of the project.

    They are code, or the lists of packages that a COPY names (the context's own where none does).
    """
    found = {}
    for target in project.targets:
        if not target.development:
            files = frozenset(_files(target, lists=lists))
            names = target.builders or (safe_name(target.name),)
            found.update({name: files for name in names if files})
    return found


def _files(target: Target, *, lists: bool) -> Iterable[str]:
    stages = sorted(feeding_stages(target.dockerfile, target.stage.index))
    taken = landings(target, tuple(s for stage in stages for s in target.all_steps[stage]))
    wanted = _LISTS if lists else _CODE
    files = [
        file.path
        for file in target.files.own
        if wanted.search(file.path)
        and not is_test_file(file.path)
        and any(one.image_path(file.path) is not None for one in taken)
    ]
    if lists:
        named = {one.source for one in taken if not one.folder}
        files = [one for one in files if one in named] or [one for one in files if "/" not in one]
        files += [one for one in _required(target, frozenset(stages), taken) if one not in files]
    return (posixpath.normpath(posixpath.join(target.context_name, one)) for one in files)


def _required(target: Target, stages: frozenset[int], taken: tuple[Landing, ...]) -> Iterator[str]:
    """The context's files that installs name as lists of requirements, whatever they are called."""
    for run in package_runs(target, stages):
        for call in run.calls:
            folder = folder_of(run, call)
            for one in call.requirements if folder is not None else ():
                found = brought_from(target, taken, posixpath.join(folder or "/", one.path))
                if found is not None:
                    yield found


def _with_lines(tree: TextTree, names: Iterable[str], run_id: str) -> TextTree:
    """The tree with a blank line at the end of files; what is no text stays as it is.

    The spaces in it, an even number as lock files want it, tell the run: what an earlier one has
    built must not come from the cache.
    """
    blank = " " * (2 + 2 * (zlib.crc32(run_id.encode()) % 2500))
    edits = {}
    for name in names:
        source = tree.read(name)
        if source is not None:
            end = len(source.text)
            edits[name] = (TextEdit(Span(end, end), f"\n{blank}\n"),)
    return tree.edited(Patch(edits, {}))
