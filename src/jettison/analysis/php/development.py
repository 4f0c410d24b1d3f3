"""Installs of Composer that bring the development packages into an image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import (
    feeding_runs,
    folder_of,
    reaching_stages,
)
from jettison.analysis.php.use import Use
from jettison.analysis.python.leaving import of_install
from jettison.analysis.stages.folder_copies import is_handed_on
from jettison.ecosystem.php.composer import read_composer
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.analysis.python.leaving import Leaving
    from jettison.ecosystem.php.composer import Composer
    from jettison.shell import PackageCall

__all__ = ["leaving_composer"]

_SET = regex(r"^(1|true|on|yes)$", re.IGNORECASE)


def leaving_composer(facts: Facts) -> Iterator[Leaving]:
    """The installs of Composer that could leave out the packages of ``require-dev``."""
    for target, run in feeding_runs(facts):
        for call in run.of(Manager.COMPOSER, Verb.INSTALL):
            found = _leaving(facts, target, run, call)
            if found is not None:
                yield found


def _leaving(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Leaving | None:
    if call.packages or call.subcommand_name not in ("install", "i"):
        return None
    if call.flag("--no-dev", "--dry-run", "--download-only") is not None:
        return None
    folder = folder_of(run, call)
    if _SET.match(run.variable("COMPOSER_NO_DEV", call)) or folder is None:
        return None
    if call.flag("-d", "--working-dir") is not None:
        return None
    if run.stage not in reaching_stages(facts, target) and not is_handed_on(
        facts, target, run.stage, posixpath.join(folder, "vendor")
    ):
        return None
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    path = brought_from(target, landed, posixpath.join(folder, "composer.json"))
    manifest = facts.tree.read(project_path(target, path)) if path else None
    if path is None or manifest is None:
        return None
    beside = posixpath.join(posixpath.dirname(path), "composer.lock")
    lock = facts.tree.read(project_path(target, beside))
    if lock is None:
        if '"require-dev"' not in manifest.text:
            return None
        refusal = "there is no composer.lock that says what the development packages give"
        return _found(target, run, call, None, refusal)
    composer = read_composer(manifest.text, lock.text)
    if composer is None:
        return None
    where = posixpath.dirname(path), folder
    refusal = Use(facts, target, composer, *where, run, call).found()
    return _found(target, run, call, composer, refusal)


def _found(
    target: Target, run: PackageRun, call: PackageCall, composer: Composer | None, refusal: str
) -> Leaving:
    names = sorted(composer.named) if composer is not None else []
    packages = composer.packages if composer is not None else frozenset()
    return of_install(
        target,
        run,
        call,
        message="composer install brings the packages of require-dev into the image",
        title="composer install --no-dev",
        packages=frozenset(f"composer:{name}" for name in packages),
        edits=run.editor.add_flag(call, "--no-dev"),
        evidence=f"composer.json lists for development: {', '.join(names[:12])}" if names else "",
        refusal=refusal,
    )
