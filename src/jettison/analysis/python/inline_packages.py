"""Development tools that a RUN names among the packages for pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import first_of, package_runs, reaching_stages, sharing
from jettison.analysis.python.leaving import Leaving, least_basis, optional_of
from jettison.analysis.python.needs import Verdict, needs_of
from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.shell import Manager, Verb
from jettison.source import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.python.needs import Need
    from jettison.shell import Package
    from jettison.source import TextEdit

__all__ = ["leaving_inline"]

_INSTALLERS = frozenset({"build", "hatch", "pip", "pip-tools", "setuptools", "setuptools-scm"})


def leaving_inline(facts: Facts) -> Iterator[Leaving]:
    """The development tools that RUNs of the image's own stages install by name."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        for run in package_runs(target, reaching_stages(facts, target)):
            found = _tools(facts, target, run)
            tools = [package for package, _ in found]
            if tools and run.editor.chain is not None:
                names = sorted(canonicalize_name(one.name) for one in tools)
                edits = _edits(run, tools)
                yield Leaving(
                    target,
                    f"tools:{names[0]}",
                    target.dockerfile_name,
                    run.run.line,
                    f"development tools are installed: {', '.join(names)}",
                    f"do not install {', '.join(names)}",
                    least_basis(need for _, need in found),
                    frozenset(f"python:{name}" for name in names),
                    Patch.of(target.dockerfile_name, edits),
                    tuple(f"{one.name}: {need.reason}" for one, need in found),
                    drops_comments=run.editor.comments_in(edits),
                    optional=optional_of(need for _, need in found),
                )


def _tools(facts: Facts, target: Target, run: PackageRun) -> list[tuple[Package, Need]]:
    calls = run.of(Manager.PIP, Verb.INSTALL)
    packages = [
        one
        for call in calls
        for one in call.packages
        if one.known and not one.is_path and not one.is_url
    ]
    listed = frozenset(canonicalize_name(one.name) for one in packages) - _INSTALLERS - {"wheel"}
    if not listed:
        return []
    tools: dict[str, Need] | None = None
    for one in sharing(facts, target):
        needs = needs_of(facts, one, listed)
        here = {name: need for name, need in needs.items() if need.verdict is Verdict.TOOL}
        tools = here if tools is None else {n: here[n] for n in tools if n in here}
    named = ((one, canonicalize_name(one.name)) for one in packages)
    return [(one, tools[name]) for one, name in named if tools and name in tools]


def _edits(run: PackageRun, tools: list[Package]) -> tuple[TextEdit, ...]:
    spans = {one.span for one in tools}
    empty = [
        call
        for call in run.of(Manager.PIP, Verb.INSTALL)
        if call.packages and not call.requirements and {p.span for p in call.packages} <= spans
    ]
    gone = {one.span for call in empty for one in call.packages}
    words = [one for one in tools if one.span not in gone]
    edits = run.editor.drop_commands([call.command for call in empty]) if empty else ()
    return (*edits, *(run.editor.drop_words(words) if words else ()))
