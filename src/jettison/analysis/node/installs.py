"""Installs of Node packages in a Dockerfile, and what of them needs the development packages."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.node.loaded_settings import loaded_settings
from jettison.analysis.package_runs import (
    feeding_stages,
    folder_of,
    package_runs,
    sharing,
)
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.root_needs import development_server
from jettison.analysis.running.started import started
from jettison.dockerfile import Cmd, Copy, DockerfileEditor, Entrypoint, Run
from jettison.ecosystem.node.package import NodePackage, imported_names, read_package
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import PackageCall

__all__ = [
    "Install",
    "build_runs",
    "built_elsewhere",
    "install_of",
    "is_pruned",
    "is_without_code",
    "needed_at_run_time",
]

_OMITTED = ("--omit", "--production", "--prod", "-P", "--only", "--include", "--dev", "-D")
_OMITTED_BESIDE = ("--omit", "--production", "--prod", "--only")
"""What leaves the others out where packages are added by name: ``-D`` says how those are saved."""
_SOURCE = regex(r"\.(c|m)?[jt]sx?$")
_CODE = regex(r"\.([cm]?[jt]sx?|coffee|vue|svelte|astro|html?|ejs|pug|hbs|graphql)$")
_TOOLING = regex(
    r"(^|/)(node_modules|tests?|__tests__|__mocks__|e2e|cypress|stories|coverage|\.[^/]+)/"
    r"|\.(test|spec|stories|config|d)\.[^/]*$|(^|/)(gulpfile|gruntfile|\.[^/]*rc)[^/]*$",
    re.IGNORECASE,
)
_BIGGEST = 512 * 1024
_FRAMEWORKS = frozenset(
    "next nuxt nuxi astro gatsby docusaurus vite remix react-router vinxi ng vue-cli-service "
    "react-scripts craco".split()
)
_FILE_SERVERS = frozenset({"serve", "http-server", "local-web-server", "live-server"})


@record
class Install:
    """One install: its call, the manifest (by its path in the context) and what that says."""

    target: Target
    run: PackageRun
    call: PackageCall
    folder: str
    package: NodePackage
    manifest: str
    lock: str | None
    spaces: bool = False
    """Whether the manifest is the root of workspaces."""


def install_of(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Install | None:
    """The install that a call makes with development packages, ``None`` for another call."""
    omitted = _OMITTED if not call.packages else _OMITTED_BESIDE
    if call.flag(*omitted, "-g", "--global", "--location") is not None:
        return None
    names = (
        ("install", "i", "add") if call.packages else ("install", "i", "ci", "clean-install", "")
    )
    if call.subcommand_name not in names or (call.packages and call.manager is not Manager.NPM):
        return None
    if run.variable("NODE_ENV", call) == "production" or run.variable("NPM_CONFIG_OMIT", call):
        return None
    if run.is_set("NPM_CONFIG_PRODUCTION", call) or run.variable("npm_config_omit", call):
        return None
    folder = folder_of(run, call)
    if folder is None:
        return None
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    path = brought_from(target, landed, f"{folder}/package.json")
    manifest = facts.tree.read(project_path(target, path)) if path else None
    if path is None or manifest is None:
        return None
    beside = posixpath.join(posixpath.dirname(path), "package-lock.json")
    lock = facts.tree.read(project_path(target, beside))
    locked = lock.text if lock is not None else None
    package = read_package(manifest.text, locked)
    if package is None:
        return None
    beside = posixpath.join(posixpath.dirname(path), "pnpm-workspace.yaml")
    spaces = bool(package.workspaces)
    spaces |= call.manager is Manager.PNPM and target.files.get(beside) is not None
    if not spaces and not package.development - package.dependencies:
        return None
    return Install(target, run, call, folder, package, path, locked, spaces)


def is_without_code(facts: Facts, one: Install) -> bool:
    """Whether the images start nothing, and lists are all that they get: they may be for tools."""
    for target in sharing(facts, one.target):
        if any(isinstance(step.instruction, Cmd | Entrypoint) for step in target.steps):
            return False
        if any(run.overrides_command or run.mounts for run in target.runs):
            return False
        if any(isinstance(s.expanded, Copy) and s.expanded.from_ is not None for s in target.steps):
            return False
        taken = landings(target, target.steps)
        code = (f.path for f in target.files.own if _CODE.search(f.path))
        if any(place.image_path(path) is not None for path in code for place in taken):
            return False
    return True


def needed_at_run_time(facts: Facts, one: Install) -> str:
    """Why a container needs a development dependency when it runs, or ``""``."""
    for target in sharing(facts, one.target):
        at_run_time = facts.of(started, target).at_run_time
        others = (*facts.of(overlaid, target), *facts.of(documented, target))
        for command in (*at_run_time, *others):
            name = one.package.development_in(command.words)
            if command.program in _FILE_SERVERS or command.words[:2] == ("npx", "serve"):
                return f"{command.program} in {command.origin} serves what a build makes"
            if name := name or development_server(command):
                return f"{name} runs in {command.origin}"
    folder = posixpath.dirname(one.manifest)
    if config := loaded_settings(facts, one.target, one.package, folder):
        return config
    for file in one.target.files.own:
        inside = not folder or file.path.startswith(f"{folder}/")
        own = file.path.removeprefix(f"{folder}/") if folder else file.path
        if not inside or not _SOURCE.search(own):
            continue
        if _TOOLING.search(own) or file.size > _BIGGEST:
            continue
        if own.endswith((".ts", ".tsx")) and one.call.manager is not Manager.BUN:  # which runs it
            continue
        name = _imports_development(one, file.path)
        if name and not build_runs(one):
            return f"{file.path} imports {name}"
    return ""


def _imports_development(one: Install, path: str) -> str:
    try:
        text = (one.target.context / path).read_text("utf-8", "replace")
    except OSError:
        return ""
    found = imported_names(text) & (one.package.development - one.package.dependencies)
    return min(found, default="")


def built_elsewhere(one: Install) -> list[Step]:
    """The RUNs of stages made from the install's stage that need a development dependency."""
    stages = one.target.dockerfile.stages
    return [
        step
        for stage in stages[one.run.stage + 1 :]
        if one.run.stage in feeding_stages(one.target.dockerfile, stage.index)
        for step in build_runs(one, stage.index)
    ]


def build_runs(one: Install, stage: int | None = None) -> list[Step]:
    """The RUNs of a stage (the install's, its own RUN included) that may need development packages.

    A script of the manifest may need them even where it names none: a framework's build reads
    settings that load compilers and plug-ins.
    """
    found = []
    for step in one.target.all_steps[one.run.stage if stage is None else stage]:
        run = step.instruction
        if not isinstance(run, Run) or (stage is None and run.line < one.run.run.line):
            continue
        editor = RunEditor(DockerfileEditor(one.target.dockerfile), run)
        after = one.call.command.span.end if run.line == one.run.run.line else -1
        words = [
            [word.unquoted for word in command.words]
            for command in editor.script.commands
            if command.span.start > after
        ]
        if run.argv is not None:
            words = [list(run.argv)]
        package = one.package
        needing = (package.development_in(w) or package.runs(w) or _builds(w) for w in words)
        if any(needing):
            found.append(step)
    return found


def _builds(words: list[str]) -> bool:
    """Whether a framework builds, whose settings may load any package."""
    names = [word.rpartition("/")[2] for word in words]
    at = next((i for i, name in enumerate(names) if name in _FRAMEWORKS), None)
    return at is not None and bool({"build", "generate", "vite:build"}.intersection(names[at:]))


def is_pruned(one: Install) -> bool:
    """Whether the stage takes the development packages out again."""
    for run in package_runs(one.target, frozenset({one.run.stage})):
        if run.run.line >= one.run.run.line:
            for call in run.of(one.call.manager, Verb.AUTOREMOVE):
                if call.subcommand_name == "prune":
                    return True
            for call in run.of(one.call.manager, Verb.INSTALL):
                later = call.command.span != one.call.command.span and not call.packages
                if later and call.flag(*_OMITTED) is not None:
                    return True
    return False
