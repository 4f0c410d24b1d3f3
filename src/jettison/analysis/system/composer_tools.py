"""What Composer unpacks and fetches packages with, and nothing else of an image does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import folder_of, package_runs, reaching_stages, sharing
from jettison.analysis.running.worked_in import made_to_work_in
from jettison.analysis.stages.installers import called
from jettison.analysis.stages.split import Split, split_of
from jettison.compose.mount_kinds import MountKind
from jettison.ecosystem.php.images import php_system
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

__all__ = ["COMPOSERS_OWN", "only_composer_uses"]

COMPOSERS_OWN = frozenset({"git", "unzip", "zip", "p7zip-full", "p7zip", "7zip"})
"""The system packages that Composer's own image installs for it."""
_LITTLE = frozenset({"unzip", "zip"})
_SYSTEM = (Manager.APT, Manager.APK)
_PROGRAMS = {"p7zip-full": "7z", "p7zip": "7z", "7zip": "7z"}
_STARTS = regex(r"\b(exec|shell_exec|system|passthru|proc_open|popen|Process)\b|`")
_OF_GIT = regex(r'"name"\s*:\s*"[^"]*\bgit')
_NOT_OWN = ("vendor/", "node_modules/", "tests/")
_ENDINGS = (".php", ".phtml", ".inc")


def only_composer_uses(facts: Facts, target: Target, package: str) -> bool:
    """Whether an official image of PHP has a package for Composer alone, which only builds it.

    All that Composer installs is, or can be, installed in a stage that the image copies from.
    """
    program = _PROGRAMS.get(package, package)
    return facts.of(_composer_builds, target) and not _code_calls(facts, target, program)


def _composer_builds(facts: Facts, target: Target) -> bool:
    """Whether Composer only installs, in a stage that is no part of the image or could be none.

    No stage is worth it for what is next to nothing.
    """
    if not php_system(target.base) or made_to_work_in(facts, target):
        return False
    if facts.of(called, target) & {"composer", "composer.phar"}:
        return False
    runs = [one for one in package_runs(target) if one.of(Manager.COMPOSER)]
    installs = [(one, call) for one in runs for call in one.of(Manager.COMPOSER, Verb.INSTALL)]
    places = [folder_of(run, call) for run, call in installs]
    mounts = [m for one in sharing(facts, target) for run in one.runs for m in run.mounts]
    binds = [mount for mount in mounts if mount.kind is MountKind.BIND]
    for place in places:
        if place is None or any(bind.covers(place) for bind in binds):
            return False
    split = facts.of(split_of, target)
    moved = split.moved if isinstance(split, Split) else ()
    reaching = reaching_stages(facts, target)
    own = [one for one in runs if one.stage in reaching]
    system = (c for run in package_runs(target) for m in _SYSTEM for c in run.of(m, Verb.INSTALL))
    weighty = any(p.name in COMPOSERS_OWN - _LITTLE for call in system for p in call.packages)
    return weighty and bool(installs) and all(one.run.line in moved for one in own)


def _code_calls(facts: Facts, target: Target, program: str) -> bool:
    """Whether code of the application may start a program, or a package of it for Git does."""
    named = re.compile(rf"['\"`(\s/]{re.escape(program)}['\"`\s]")
    for file in target.files.own:
        name = file.path.rpartition("/")[2]
        lock = program == "git" and name in ("composer.lock", "composer.json")
        if file.path.startswith(_NOT_OWN) or not (lock or name.endswith(_ENDINGS)):
            continue
        source = facts.tree.read(project_path(target, file.path))
        if source is None:
            continue
        if lock and _OF_GIT.search(source.text):
            return True
        if not lock and named.search(source.text) and _STARTS.search(source.text):
            return True
    return False
