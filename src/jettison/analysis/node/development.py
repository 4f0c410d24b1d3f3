"""Installs of npm, Yarn, pnpm and Bun that bring the development dependencies into an image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.node.installs import (
    Install,
    build_runs,
    built_elsewhere,
    install_of,
    is_pruned,
    is_without_code,
    needed_at_run_time,
)
from jettison.analysis.node.locked import locked_development
from jettison.analysis.package_runs import (
    feeding_runs,
    reaching_stages,
    run_name,
    under_condition,
)
from jettison.analysis.python.leaving import CONDITIONAL, Leaving
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.stages.folder_copies import is_handed_on
from jettison.dockerfile import DockerfileEditor, Run
from jettison.ecosystem.node.managers import pnpm_major
from jettison.ecosystem.node.package import read_package
from jettison.patterns import regex
from jettison.shell import Manager, Verb
from jettison.source import Patch
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.dockerfile import Step

__all__ = ["leaving_node"]

_MANAGERS = (Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN)
_OTHER_YARN = regex(r"\bcorepack\b|\byarn\s+(set|policies)\b|\byarn@|@yarnpkg/")
_PRUNES_QUIETLY = 8  # the first pnpm whose prune knows --ignore-scripts
_FOR_ONE = {
    Manager.NPM: "npm ci --omit=dev --workspace NAME",
    Manager.YARN: "yarn workspaces focus NAME --production, or yarn install --production",
    Manager.PNPM: "pnpm --filter NAME deploy --prod FOLDER",
    Manager.BUN: "bun install --production --filter NAME",
}


def leaving_node(facts: Facts) -> Iterator[Leaving]:
    """The installs of front ends' and servers' packages that could leave out development's."""
    for target, run in feeding_runs(facts):
        reaches = run.stage in reaching_stages(facts, target)
        for call in (c for m in _MANAGERS for c in run.of(m, Verb.INSTALL)):
            install = install_of(facts, target, run, call)
            if install is None:
                continue
            look = _of_workspaces if install.spaces else _leaving
            found = look(facts, install, reaches=reaches)
            if found is not None:
                yield found


def _leaving(facts: Facts, one: Install, *, reaches: bool) -> Leaving | None:
    target = one.target
    built = build_runs(one)
    for_tools = reaches and not built and is_without_code(facts, one)
    if _berry(facts, one) or is_pruned(one) or _is_wanted(one) or for_tools:
        return None
    running = needed_at_run_time(facts, one)
    refusal, wants, why, patch, title = "", "", "", Patch(), ""
    if running:
        if not reaches:
            return None
        refusal = running
    elif not reaches and not is_handed_on(
        facts, one.target, one.run.stage, f"{one.folder.rstrip('/')}/node_modules"
    ):
        return None
    elif under_condition(one.run, one.call):
        refusal = CONDITIONAL
    elif elsewhere := built_elsewhere(one):
        refusal = f"the build on line {elsewhere[0].instruction.line}, in another stage, needs them"
    elif not built:
        scripts = [
            n for n in one.package.lifecycle if one.package.development_in([one.package.scripts[n]])
        ]
        ignored = one.call.flag("--ignore-scripts") is not None
        if scripts and not ignored:
            refusal = f"the script {scripts[0]} of package.json needs them when it installs"
        else:
            flag = _flag(one)
            title = f"{one.call.program_name} {one.call.subcommand_name or 'install'} {flag}"
            edits = one.run.editor.add_flag(one.call, flag)
            patch = Patch.of(target.dockerfile_name, edits)
    elif _is_made_once(one):
        refusal = "Bun has no prune, and a second install would lose what scripts generate"
    elif built[-1].instruction.line == one.run.run.line or not reaches:
        title = f"{_prune(one)} behind the build"
        patch, refusal = _pruned(one, built[-1])
    else:
        wants = f"JT011/{target.name}"
        why = f"the build on line {built[-1].instruction.line} needs them, in the image's own stage"
    names = sorted(one.package.development - one.package.dependencies)
    image = facts.evidence.image(target.name) if reaches else None
    brought, size, optional = locked_development(one.lock, one.folder, image)
    return Leaving(
        target,
        run_name(target, one.run, one.call.manager),
        target.dockerfile_name,
        one.run.run.line,
        f"{len(names)} development dependencies are installed into the image"
        + (", as by each install by name" if one.call.packages else ""),
        title,
        "DECLARED",
        frozenset(f"npm:{name}" for name in names),
        patch,
        (f"package.json lists for development: {', '.join(names[:12])}",),
        refusal,
        wants,
        why,
        size_bytes=size,
        optional=frozenset(f"npm:{name}" for name in optional),
        brought=frozenset(f"npm:{name}" for name in brought),
    )


def _of_workspaces(facts: Facts, one: Install, *, reaches: bool) -> Leaving | None:
    """Advice for an install of workspaces: which member needs which is not followed."""
    if not reaches or is_pruned(one) or _is_wanted(one) or needed_at_run_time(facts, one):
        return None
    above = posixpath.dirname(one.manifest)
    prefix = f"{above}/" if above else ""
    names: set[str] = set()
    for file in one.target.files.files:
        own = file.path.removeprefix(prefix)
        if not file.path.startswith(prefix) or posixpath.basename(own) != "package.json":
            continue
        source = facts.tree.read(project_path(one.target, file.path))
        package = read_package(source.text, None) if source is not None else None
        if package is not None and "node_modules" not in own.split("/"):
            names |= package.development - package.dependencies
    if not names or one.call.packages:
        return None
    return Leaving(
        one.target,
        run_name(one.target, one.run, one.call.manager),
        one.target.dockerfile_name,
        one.run.run.line,
        f"{len(names)} development dependencies of workspaces are installed into the image",
        "",
        "DECLARED",
        frozenset(f"npm:{name}" for name in names),
        evidence=(f"their manifests list for development: {', '.join(sorted(names)[:12])}",),
        advice="Let the image that runs have one member's packages for production: "
        f"{_FOR_ONE[one.call.manager]}.",
    )


def _berry(facts: Facts, one: Install) -> bool:
    """Whether this is Yarn 2 or later, which has no such flag.

    Without a lock file it is Yarn 1, which images of Node bring, unless something tells of another.
    """
    if one.call.manager is not Manager.YARN:
        return False
    folder = posixpath.dirname(one.manifest)
    lock = facts.tree.read(project_path(one.target, posixpath.join(folder, "yarn.lock")))
    if lock is not None:
        return "__metadata:" in lock.text
    named = str(one.package.data.get("packageManager", "yarn@1"))
    settings = one.target.files.get(posixpath.join(folder, ".yarnrc.yml"))
    told = _OTHER_YARN.search(one.target.dockerfile.text)
    return not named.startswith("yarn@1") or settings is not None or told is not None


def _flag(one: Install) -> str:
    if one.call.manager in (Manager.YARN, Manager.BUN):
        return "--production"
    if one.call.manager is Manager.PNPM:
        return "--prod"
    stage = one.target.dockerfile.stages[one.run.stage]
    version = re.search(r"node:(\d+)", stage.base_name or stage.base)
    return "--production" if version and int(version[1]) < 16 else "--omit=dev"


def _prune(one: Install) -> str:
    """The command that takes the development packages out again, as the manager has it."""
    if one.call.manager is Manager.YARN:  # which has no prune, and does it when it installs
        return "yarn install --production --ignore-scripts --prefer-offline"
    if one.call.manager is Manager.BUN:
        return "rm -rf node_modules && bun install --production"
    program = one.call.program_name
    quiet = ""
    if one.call.manager is Manager.PNPM and one.package.lifecycle:  # whose prune runs them, too
        before = one.target.dockerfile.text
        major = pnpm_major(before, one.package.data.get("packageManager"))
        old = isinstance(major, int) and major < _PRUNES_QUIETLY
        quiet = " --config.ignore-scripts=true" if old else " --ignore-scripts"
    return f"{program} prune {_flag(one)}{quiet}"


def _is_wanted(one: Install) -> bool:
    """Whether a development dependency is installed by name, and no build is known to need it."""
    return one.call.flag("-D", "--save-dev", "--dev") is not None and not build_runs(one)


def _is_made_once(one: Install) -> bool:
    """Whether Bun installs, and scripts make code in ``node_modules``."""
    generates = "prisma" in one.package.dependencies | one.package.development
    return one.call.manager is Manager.BUN and bool(one.package.lifecycle or generates)


def _pruned(one: Install, build: Step) -> tuple[Patch, str]:
    """The patch that takes the development packages out again behind the last build."""
    run = sure_of(Run, build.instruction)
    if one.call.flag("--prefix", "-C", "--cwd", "--dir") is not None:
        return Patch(), f"{one.call.program_name} is told another folder"
    if run.argv is not None:
        return Patch(), f"the build on line {run.line} is in exec form"
    editor = RunEditor(DockerfileEditor(one.target.dockerfile), run)
    if editor.chain is None:
        return Patch(), f"the build on line {run.line} is no plain chain of commands"
    if run.line != one.run.run.line and build.before.workdir != one.folder:
        return Patch(), "the build runs in another folder"
    return Patch.of(one.target.dockerfile_name, editor.append(_prune(one))), ""
