"""Installs of npm, Yarn, pnpm and Bun that bring the development dependencies into an image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.node.loaded_settings import loaded_settings
from jettison.analysis.node.locked import locked_development
from jettison.analysis.package_runs import (
    feeding_runs,
    feeding_stages,
    folder_of,
    package_runs,
    reaching_stages,
    run_name,
    sharing,
    under_condition,
)
from jettison.analysis.python.leaving import CONDITIONAL, Leaving
from jettison.analysis.run_editor import RunEditor
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.root_needs import development_server
from jettison.analysis.running.started import started
from jettison.dockerfile import Cmd, Copy, DockerfileEditor, Entrypoint, Run
from jettison.ecosystem.node.managers import pnpm_major
from jettison.ecosystem.node.package import NodePackage, imported_names, read_package
from jettison.patterns import regex
from jettison.record import record
from jettison.shell import Manager, Verb
from jettison.source import Patch
from jettison.sure import sure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step
    from jettison.shell import PackageCall

__all__ = ["leaving_node"]

_MANAGERS = (Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN)
_OMITTED = ("--omit", "--production", "--prod", "-P", "--only", "--include", "--dev", "-D")
_OMITTED_BESIDE = ("--omit", "--production", "--prod", "--only")
"""What leaves the others out where packages are added by name: ``-D`` says how those are saved."""
_SOURCE = regex(r"\.(c|m)?[jt]sx?$")
_CODE = regex(r"\.([cm]?[jt]sx?|coffee|vue|svelte|astro|html?|ejs|pug|hbs|graphql)$")
_OTHER_YARN = regex(r"\bcorepack\b|\byarn\s+(set|policies)\b|\byarn@|@yarnpkg/")
_PRUNES_QUIETLY = 8  # the first pnpm whose prune knows --ignore-scripts
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
_FOR_ONE = {
    Manager.NPM: "npm ci --omit=dev --workspace NAME",
    Manager.YARN: "yarn workspaces focus NAME --production, or yarn install --production",
    Manager.PNPM: "pnpm --filter NAME deploy --prod FOLDER",
    Manager.BUN: "bun install --production --filter NAME",
}
_FILE_SERVERS = frozenset({"serve", "http-server", "local-web-server", "live-server"})


@record
class _Install:
    target: Target
    run: PackageRun
    call: PackageCall
    folder: str
    package: NodePackage
    manifest: str
    lock: str | None
    spaces: bool = False
    """Whether the manifest is the root of workspaces."""


def leaving_node(facts: Facts) -> Iterator[Leaving]:
    """The installs of front ends' and servers' packages that could leave out development's."""
    for target, run in feeding_runs(facts):
        reaches = run.stage in reaching_stages(facts, target)
        for call in (c for m in _MANAGERS for c in run.of(m, Verb.INSTALL)):
            install = _install(facts, target, run, call)
            if install is None:
                continue
            look = _of_workspaces if install.spaces else _leaving
            found = look(facts, install, reaches=reaches)
            if found is not None:
                yield found


def _install(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> _Install | None:
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
    return _Install(target, run, call, folder, package, path, locked, spaces)


def _leaving(facts: Facts, one: _Install, *, reaches: bool) -> Leaving | None:
    target = one.target
    built = _build_runs(one)
    for_tools = reaches and not built and _is_without_code(facts, one)
    if _berry(facts, one) or _is_pruned(one) or _is_wanted(one) or for_tools:
        return None
    running = _needed_at_run_time(facts, one)
    refusal, wants, why, patch, title = "", "", "", Patch(), ""
    if running:
        if not reaches:
            return None
        refusal = running
    elif not reaches and not _modules_copied(facts, one):
        return None
    elif under_condition(one.run, one.call):
        refusal = CONDITIONAL
    elif elsewhere := _built_elsewhere(one):
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


def _of_workspaces(facts: Facts, one: _Install, *, reaches: bool) -> Leaving | None:
    """Advice for an install of workspaces: which member needs which is not followed."""
    if not reaches or _is_pruned(one) or _is_wanted(one) or _needed_at_run_time(facts, one):
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


def _berry(facts: Facts, one: _Install) -> bool:
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


def _flag(one: _Install) -> str:
    if one.call.manager in (Manager.YARN, Manager.BUN):
        return "--production"
    if one.call.manager is Manager.PNPM:
        return "--prod"
    stage = one.target.dockerfile.stages[one.run.stage]
    version = re.search(r"node:(\d+)", stage.base_name or stage.base)
    return "--production" if version and int(version[1]) < 16 else "--omit=dev"


def _prune(one: _Install) -> str:
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


def _is_without_code(facts: Facts, one: _Install) -> bool:
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


def _needed_at_run_time(facts: Facts, one: _Install) -> str:
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
        if name and not _build_runs(one):
            return f"{file.path} imports {name}"
    return ""


def _imports_development(one: _Install, path: str) -> str:
    try:
        text = (one.target.context / path).read_text("utf-8", "replace")
    except OSError:
        return ""
    found = imported_names(text) & (one.package.development - one.package.dependencies)
    return min(found, default="")


def _built_elsewhere(one: _Install) -> list[Step]:
    """The RUNs of stages made from the install's stage that need a development dependency."""
    stages = one.target.dockerfile.stages
    return [
        step
        for stage in stages[one.run.stage + 1 :]
        if one.run.stage in feeding_stages(one.target.dockerfile, stage.index)
        for step in _build_runs(one, stage.index)
    ]


def _build_runs(one: _Install, stage: int | None = None) -> list[Step]:
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


def _modules_copied(facts: Facts, one: _Install) -> bool:
    """Whether a stage that reaches an image copies the packages that this one installed."""
    place = f"{one.folder.rstrip('/')}/node_modules"
    name = one.target.dockerfile.stages[one.run.stage].name
    for stage in sorted(reaching_stages(facts, one.target)):
        for step in one.target.all_steps[stage]:
            copy = step.expanded
            if not isinstance(copy, Copy) or copy.from_ is None:
                continue
            if copy.from_.lower() not in (name, str(one.run.stage)):
                continue
            for source in copy.sources:
                path = posixpath.normpath(posixpath.join("/", source))
                if place == path or place.startswith(path.rstrip("/") + "/"):
                    return True
    return False


def _is_pruned(one: _Install) -> bool:
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


def _is_wanted(one: _Install) -> bool:
    """Whether a development dependency is installed by name, and no build is known to need it."""
    return one.call.flag("-D", "--save-dev", "--dev") is not None and not _build_runs(one)


def _is_made_once(one: _Install) -> bool:
    """Whether Bun installs, and scripts make code in ``node_modules``."""
    generates = "prisma" in one.package.dependencies | one.package.development
    return one.call.manager is Manager.BUN and bool(one.package.lifecycle or generates)


def _pruned(one: _Install, build: Step) -> tuple[Patch, str]:
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
