"""Whether an image of Ruby is for production, and why it needs gems of other groups."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import reaching_stages, sharing
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.ruby.code import uses
from jettison.patterns import regex
from jettison.shell import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import ServiceRun, Target
    from jettison.analysis.running.started import StartedCommand
    from jettison.ecosystem.ruby.gemfile import Gems
    from jettison.shell import PackageCall

__all__ = ["against_leaving", "in_production"]

_NAMES = ("RAILS_ENV", "RACK_ENV", "APP_ENV")
_BY_COMMAND = regex(r"(?:-e|--env|--environment)[ =]production\b|R(?:AILS|ACK)_ENV=production\b")
_CODE = regex(r"\.(rb|ru|rake)$|(^|/)(Rakefile|config\.ru)$")
_NEVER = regex(
    r"(^|/)(spec|test|tests|features|vendor|node_modules|bin|\.[^/]+)/"
    r"|(^|/)config/environments/(development|test)\.rb$|(^|/)(Guardfile|Gemfile|gems\.rb)$"
)
_SEEDS = regex(r"(^|/)db/(seeds\b|fixtures/)")
_SEEDING = regex(r"\bdb:(seed|setup|reset|prepare)")
_LOADS = frozenset("rails rake ruby rackup puma unicorn thin sidekiq hanami rspec cucumber".split())
_ADAPTERS = frozenset({"sqlite3", "pg", "mysql2", "trilogy"})
_SECTION = regex(r"^(development|test):.*?(?=^\w|\Z)", re.MULTILINE | re.DOTALL)
_PROGRAMS = {"rspec": "rspec-core", "erblint": "erb_lint", "haml-lint": "haml_lint"}
"""Programs that have another name than their gem."""
_MOST_FILES = 8000


def in_production(facts: Facts, target: Target) -> bool:
    """Whether all that runs an image does so in the environment of production."""
    runs = [(one, run) for one in sharing(facts, target) for run in one.runs]
    return bool(runs) and all(_is_production(one, run) for one, run in runs)


def _is_production(target: Target, run: ServiceRun) -> bool:
    values = {run.environment.get(name) or target.state.env.get(name) or "" for name in _NAMES}
    values -= {""}
    return values == {"production"} or (
        not values and _BY_COMMAND.search(" ".join(run.argv)) is not None
    )


def against_leaving(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, *, gems: Gems, folder: str
) -> str:
    """Why gems of the groups are needed, or ``""``; ``folder`` has the Gemfile, in the context."""
    other = _other_environment(facts, target, run, call)
    return other or _called(facts, target, gems) or _used(facts, target, gems, folder)


def _other_environment(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    """The RUN behind the install that loads the program in another environment."""
    editor = DockerfileEditor(target.dockerfile)
    for stage in {*reaching_stages(facts, target), run.stage}:
        for step in target.all_steps[stage]:
            one = step.instruction
            if not isinstance(one, Run) or (stage == run.stage and one.line < run.run.line):
                continue
            known = {step.before.variables.get(name, "") for name in _NAMES}
            for command in RunEditor(editor, one).script.commands:
                words = [posixpath.basename(word.unquoted) for word in unwrap(command)]
                if one.line == run.run.line and command.span.start <= call.command.span.start:
                    continue
                inner = words[2:] if words[:2] == ["bundle", "exec"] else words
                own = {a.value.unquoted for a in command.assignments if a.name in _NAMES}
                if inner and inner[0] in _LOADS and (own or known - {""}) != {"production"}:
                    return f"the RUN on line {one.line} loads the program outside of production"
    return ""


def _commands(facts: Facts, target: Target) -> Iterator[StartedCommand]:
    for one in sharing(facts, target):
        yield from facts.of(started, one).commands
        yield from facts.of(overlaid, one)
        yield from facts.of(documented, one)


def _called(facts: Facts, target: Target, gems: Gems) -> str:
    for command in _commands(facts, target):
        for word in command.words:
            name = posixpath.basename(word)
            if _PROGRAMS.get(name, name) in gems.every:
                return f"{name} runs in {command.origin}"
        if "rails" in command.words and "test" in command.words:
            return f"rails test runs in {command.origin}"
    return ""


def _used(facts: Facts, target: Target, gems: Gems, folder: str) -> str:
    """The first file of the application that uses one of the gems."""
    given = tuple(sorted(gems.requires))
    lines = (" ".join(command.words) for command in _commands(facts, target))
    seeding = any(_SEEDING.search(line) for line in lines)
    prefix = f"{folder}/" if folder else ""
    count = 0
    for file in target.files.own:
        inner = file.path.removeprefix(prefix)
        if not file.path.startswith(prefix) or _NEVER.search(inner):
            continue
        if inner == "config/database.yml":
            left = _SECTION.sub("", _text(facts, target, file.path))
            for name in sorted(gems.named & _ADAPTERS):
                if name in left or name.removesuffix("2") in left:
                    return f"{file.path} names {name} for other environments, too"
        if not _CODE.search(inner) or (_SEEDS.search(inner) and not seeding):
            continue
        count += 1
        if count > _MOST_FILES:
            return "the project has more files than are read"
        text = _text(facts, target, file.path)
        for name in sorted(gems.every):
            if uses(text, name, given if name in gems.named else ()):
                return f"{file.path} uses {name}"
    return ""


def _text(facts: Facts, target: Target, path: str) -> str:
    source = facts.tree.read(project_path(target, path))
    return source.text if source is not None else ""
