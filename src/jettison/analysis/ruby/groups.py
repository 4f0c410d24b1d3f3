"""Installs of Bundler that bring the groups of development and tests into a production image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import (
    feeding_runs,
    folder_of,
)
from jettison.analysis.python.leaving import of_install
from jettison.analysis.ruby.use import against_leaving, in_production
from jettison.analysis.stages.gems import brings_gems
from jettison.dockerfile import Arg
from jettison.ecosystem.ruby.gemfile import Gems, read_gems
from jettison.patterns import regex
from jettison.shell import Manager, Verb
from jettison.source import Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.python.leaving import Leaving
    from jettison.shell import PackageCall

__all__ = ["leaving_gems"]

_LOCKS = {"Gemfile": "Gemfile.lock", "gems.rb": "gems.locked"}
_VARIABLES = ("BUNDLE_WITHOUT", "BUNDLE_ONLY", "BUNDLE_WITH", "BUNDLE_GEMFILE")
_CONFIGURED = regex(r"\bbundle config\b.*\b(without|only|with)\b")
_ENVIRONMENTS = frozenset({"RAILS_ENV", "RACK_ENV", "APP_ENV"})
_SETS = (2, 1)
"""The Bundler since which ``bundle config set`` is there; before, ``install`` has a flag."""


def leaving_gems(facts: Facts) -> Iterator[Leaving]:
    """The installs of gems that could leave out the groups that only development wants."""
    for target, run in feeding_runs(facts):
        for call in run.of(Manager.BUNDLE, Verb.INSTALL):
            found = _leaving(facts, target, run, call)
            if found is not None:
                yield found


def _leaving(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Leaving | None:
    if call.packages or call.subcommand_name not in ("install", "") or _limited(run, call):
        return None
    if not brings_gems(facts, target, run.stage) or not in_production(facts, target):
        return None
    folder = folder_of(run, call)
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    for manifest, lock in _LOCKS.items() if folder is not None else ():
        path = brought_from(target, landed, posixpath.join(folder or "/", manifest))
        beside = brought_from(target, landed, posixpath.join(folder or "/", lock))
        if path is None:
            continue
        text = facts.tree.read(project_path(target, path))
        locked = facts.tree.read(project_path(target, beside)) if beside else None
        if text is None:
            return None
        gems = read_gems(text.text, locked.text if locked is not None else "")
        if gems is None:
            return None
        where = posixpath.dirname(path)
        if isinstance(gems, str):
            refusal = gems
        else:
            refusal = _against(facts, target, run, call, gems=gems, folder=where)
        return _found(target, run, call, gems, refusal)
    return None


def _limited(run: PackageRun, call: PackageCall) -> bool:
    """Whether Bundler is told already which groups to install."""
    if call.flag("--without", "--with", "--only") is not None:
        return True
    if any(run.variable(name, call) for name in _VARIABLES):
        return True
    stage = run.editor.editor.file.stages[run.stage].instructions
    return any(_CONFIGURED.search(" ".join(one.logical.text.split())) for one in stage)


def _against(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, *, gems: Gems, folder: str
) -> str:
    for stage in target.dockerfile.stages:
        for one in stage.instructions:
            if isinstance(one, Arg) and any(pair.key in _ENVIRONMENTS for pair in one.pairs):
                return f"line {one.line} lets a build choose its environment"
    if target.files.get(posixpath.join(folder, ".bundle/config")) is not None:
        return "the context has settings of Bundler, which may take the place of the image's"
    return against_leaving(facts, target, run, call, gems=gems, folder=folder)


def _found(
    target: Target, run: PackageRun, call: PackageCall, gems: Gems | str, refusal: str
) -> Leaving:
    known = gems if isinstance(gems, Gems) else None
    groups = " ".join(known.groups) if known is not None else ""
    edits: tuple[TextEdit, ...] = ()
    title = f"bundle config set --local without '{groups}'"
    if known is not None and known.bundler >= _SETS:
        at = run.editor.span(call.command.span).start
        edits = (TextEdit(Span(at, at), f"{title} && ", run.editor.editor.origin),)
    elif known is not None:
        title = f"bundle install --without {groups}"
        verb = "" if call.subcommand_name else "install "
        edits = run.editor.add_flag(call, f"{verb}--without {groups}")
    names = sorted(known.named)[:12] if known is not None else []
    every = known.every if known is not None else frozenset[str]()
    return of_install(
        target,
        run,
        call,
        message="bundle install brings the groups of development and tests into a production image",
        title=title,
        packages=frozenset(f"gem:{name}" for name in every),
        edits=edits,
        evidence=f"the Gemfile lists for development: {', '.join(names)}" if names else "",
        refusal=refusal,
    )
