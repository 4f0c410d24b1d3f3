"""Whether what Bundler and RubyGems install can be copied from a stage that builds."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import folder_of, reaching_stages, sharing
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.dockerfile import Copy
from jettison.ecosystem.ruby.images import GEMS, official_ruby
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["GEMS", "against_moving", "brings_gems", "elsewhere"]

_FLAGS = (
    "--path", "--deployment", "--standalone", "--system", "--binstubs", "--user-install", "-i",
    "--install-dir", "-n", "--bindir",
)  # fmt: skip
_PLACES = regex(r"\bbundle config\b.*\b(path|deployment|bin)\b")
_HARMLESS = frozenset({"config", "check", "info", "list", "show", "env", "version", "doctor"})
_LOCKS = {"Gemfile": "Gemfile.lock", "gems.rb": "gems.locked"}
_PLATFORM = regex(r"^PLATFORMS\n((?:  .+\n)+)", re.MULTILINE)
_INSTALLING = frozenset({"install", "update", "add"})


def against_moving(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    """Why what a call installs is not below the folder of the image's gems alone, or ``""``."""
    kind = official_ruby(target.base)
    if not kind:
        return f"what {call.program_name} makes is not followed"
    if kind == "full":
        return f"{target.base} has compilers of its own"
    if elsewhere(run, call):
        return f"it is not known where {call.program_name} installs"
    sub = call.subcommand_name.partition(" ")[0]
    if call.verb is not Verb.INSTALL and sub not in _HARMLESS:
        return f"what {call.program_name} {sub} changes is not followed"
    if call.manager is Manager.BUNDLE and call.verb is Verb.INSTALL:
        return _at_start(facts, target) or _lock(facts, target, run, call)
    return ""


def brings_gems(facts: Facts, target: Target, stage: int) -> bool:
    """Whether an image gets the gems of a stage: by itself, or as their folder is copied."""
    reaching = reaching_stages(facts, target)
    if stage in reaching:
        return True
    if not official_ruby(target.base):
        return False
    name = target.dockerfile.stages[stage].name
    for other in reaching:
        for step in target.all_steps[other]:
            copy = step.expanded
            if not isinstance(copy, Copy) or copy.from_ is None:
                continue
            mine = copy.from_.lower() in (name, str(stage))
            if mine and GEMS in (posixpath.normpath(source) for source in copy.sources):
                return True
    return False


def elsewhere(run: PackageRun, call: PackageCall) -> bool:
    """Whether gems, or what belongs to them, go to another folder than that of the image."""
    names = ("BUNDLE_PATH", "GEM_HOME", "BUNDLE_APP_CONFIG", "BUNDLE_BIN")
    if {run.variable(name, call) for name in names} - {"", GEMS}:
        return True
    if run.variable("BUNDLE_DEPLOYMENT", call) and not run.variable("BUNDLE_PATH", call):
        return True
    stage = run.editor.editor.file.stages[run.stage].instructions
    configured = any(_PLACES.search(" ".join(one.logical.text.split())) for one in stage)
    return configured or call.flag(*_FLAGS) is not None


def _at_start(facts: Facts, target: Target) -> str:
    """Why gems are compiled when a container runs, or ``""``."""
    for one in sharing(facts, target):
        commands = facts.of(started, one).at_run_time
        for command in (*commands, *facts.of(overlaid, one), *facts.of(documented, one)):
            names = [posixpath.basename(word) for word in command.words]
            at = names.index("bundle") if "bundle" in names else -1
            verb = next((w for w in names[at + 1 :] if not w.startswith("-")), "install")
            if at >= 0 and verb in _INSTALLING:
                return f"{command.origin} has Bundler install gems when it runs"
    return ""


def _lock(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    """Why an install writes a lock file that the program wants, or ``""``."""
    folder = folder_of(run, call)
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    for manifest, lock in _LOCKS.items() if folder is not None else ():
        if brought_from(target, landed, posixpath.join(folder or "/", manifest)) is None:
            continue
        path = brought_from(target, landed, posixpath.join(folder or "/", lock))
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is None:
            return f"Bundler writes the {lock} that is not in the context"
        found = _PLATFORM.search(source.text)
        platforms = found[1].split() if found else []
        if any(one == "ruby" or "linux" in one for one in platforms):
            return ""
        return f"{lock} names no platform of Linux: Bundler writes it anew"
    return "which Gemfile Bundler installs is not known"
