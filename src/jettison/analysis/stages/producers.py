"""What each command of a RUN is for: system packages, producing artefacts, or anything else."""

from __future__ import annotations

import json
import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import folder_of, sharing
from jettison.analysis.running.documented import documented
from jettison.analysis.running.overlaid import overlaid
from jettison.analysis.running.started import started
from jettison.analysis.stages.artefacts import Artefact, Labelled, Part, Where, absolute
from jettison.analysis.stages.fetched_installers import fetched_installers
from jettison.analysis.stages.gems import GEMS, against_moving
from jettison.analysis.stages.looking import only_looks, written_places
from jettison.analysis.stages.python_installs import python_install
from jettison.ecosystem.node.package import COMPILERS
from jettison.shell import Manager, Verb, unwrap

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import Command, PackageCall

__all__ = [
    "builds_only",
    "is_global",
    "labels",
    "produces",
]

_SYSTEM = frozenset({Manager.APT, Manager.APK, Manager.DNF, Manager.ZYPPER})
_PYTHON = frozenset({Manager.PIP, Manager.UV, Manager.POETRY, Manager.PIPENV, Manager.PDM})
_NODE = frozenset({Manager.NPM, Manager.YARN, Manager.PNPM, Manager.BUN})
_OF_SYSTEM = ("/etc/", "/usr/")
_OF_MANAGERS = frozenset("dlx create link unlink publish pack set store patch audit".split())
_OF_AUTOLOADER = frozenset({"dump-autoload", "dumpautoload"})
_GLUE = frozenset({"cd", "set", "export", "", ".", "source", "echo", "true", ":"})
_OF_MODULES = frozenset({"npx", "pnpx", "bunx"})
_LIFECYCLE = frozenset("preinstall install postinstall prepublish preprepare prepare".split())


def produces(found: tuple[Labelled, ...]) -> bool:
    """Whether a RUN makes an artefact, or installs what only that needs."""
    return any(one.artefact is not None or one.refusal or one.tool for one in found)


def labels(facts: Facts, target: Target, run: PackageRun) -> tuple[Labelled, ...]:
    """A label for every command of a RUN, in order."""
    calls = {call.command.span: call for call in run.calls}
    found = []
    venv = ""
    fetched = fetched_installers(run.commands)
    for command in run.commands:
        venv = _activated(run, command) or venv
        call = calls.get(command.span)
        if command.span in fetched:
            own = frozenset({fetched[command.span]})
            found.append(Labelled(command, Part.BASE, installers=own))
        elif only_looks(command, call):
            found.append(Labelled(command, Part.GLUE, call=call))
        elif call is None:
            found.append(_plain(run, command))
        else:
            found.append(_call(facts, target, run, call, venv))
    return tuple(_writing(run, one, found) for one in found)


def _writing(run: PackageRun, one: Labelled, found: list[Labelled]) -> Labelled:
    """The label of a command that holds for others: what it writes belongs where it is wanted."""
    places = written_places(run, one.command) if one.part is Part.GLUE else ()
    made = [each.artefact.path for each in found if each.artefact and each.artefact.path]
    if all(any(place.startswith(f"{path}/") for path in made) for place in places):
        return one
    system = all(place.startswith(_OF_SYSTEM) for place in places)
    return replace(one, part=Part.BASE if system else Part.OTHER)


def _plain(run: PackageRun, command: Command) -> Labelled:
    words = [word.unquoted for word in unwrap(command)]
    name = posixpath.basename(words[0]) if words else ""
    place = _venv_made(run, name, words)
    if place:
        return Labelled(command, Part.BUILD, Artefact(Where.PLACE, place))
    if _compiles(name) or "node_modules/.bin/" in (words[0] if words else ""):
        return _whole(run, command)
    if name in ("rm", "find"):
        system = any(part in w for w in words for part in ("/var/lib/apt", "/var/cache/ap"))
        throw_away = ("-", "/tmp/")  # noqa: S108
        cache = all(w.startswith(throw_away) or "cache" in w for w in words[1:])
        if system:
            return Labelled(command, Part.BASE)
        return Labelled(command, Part.BUILD if cache else Part.OTHER)
    if name in _GLUE:
        return Labelled(command, Part.GLUE)
    return Labelled(command, Part.BASE if name == "corepack" else Part.OTHER)


def _compiles(name: str) -> bool:
    """Whether a program runs what Node's packages bring: it builds, wherever that is installed."""
    return name in _OF_MODULES or any(name in programs for programs in COMPILERS.values())


def _whole(run: PackageRun, command: Command) -> Labelled:
    """The label of a program of an installed package, which writes into the folder it runs in."""
    folder = run.step.before.workdir
    if folder == "/" or any(one.name == "cd" for one in run.commands):
        return Labelled(command, Part.BUILD, None, None, "the folder it runs in is not known")
    return Labelled(command, Part.BUILD, Artefact(Where.TREE, folder))


def _venv_made(run: PackageRun, name: str, words: list[str]) -> str:
    """The folder of the virtual environment that a command makes, or ``""``."""
    venv = name.startswith("python") and words[1:3] == ["-m", "venv"]
    if not (venv or name == "virtualenv"):
        return ""
    places = [word for word in words[3 if venv else 1 :] if not word.startswith("-")]
    return absolute(run, places[-1]) if places else ""


def _activated(run: PackageRun, command: Command) -> str:
    if command.name not in (".", "source") or len(command.words) != 2:
        return ""
    script = absolute(run, command.words[1].unquoted)
    return script.removesuffix("/bin/activate") if script.endswith("/bin/activate") else ""


def _call(facts: Facts, target: Target, run: PackageRun, call: PackageCall, venv: str) -> Labelled:
    manager, command = call.manager, call.command
    if manager in _SYSTEM:
        return Labelled(command, Part.BASE, call=call)
    if manager in _PYTHON:
        if call.verb is not Verb.INSTALL:
            config = call.verb in (Verb.CLEAN, Verb.OTHER) and manager is not Manager.UV
            if manager is Manager.UV and call.subcommand_name == "venv":
                rest = [w.unquoted for w in command.words if w.span.start > call.end_of_subcommand]
                places = [word for word in rest if not word.startswith("-")]
                made = Artefact(Where.PLACE, absolute(run, places[-1] if places else ".venv"))
                return Labelled(command, Part.BUILD, made, call)
            return Labelled(command, Part.BUILD if config else Part.OTHER, call=call)
        return python_install(facts, target, run, call, venv)
    if manager in _NODE:
        return _node(facts, target, run, call)
    if manager is Manager.COMPOSER:
        return _composer(run, call)
    if manager in (Manager.BUNDLE, Manager.GEM):
        return _ruby(facts, target, run, call)
    if manager in (Manager.GO, Manager.CARGO, Manager.CONDA):
        why = f"what {call.program_name} makes is not followed"
        return Labelled(command, Part.BUILD, None, call, why)
    return Labelled(command, Part.OTHER, call=call)


def _composer(run: PackageRun, call: PackageCall) -> Labelled:
    """The label of a call of Composer: its scripts may write anywhere below the application."""
    folder = folder_of(run, call)
    makes = call.verb is Verb.INSTALL or call.subcommand_name in _OF_AUTOLOADER
    if makes and not call.packages and folder not in (None, "/"):
        return Labelled(call.command, Part.BUILD, Artefact(Where.TREE, folder or ""), call)
    part = Part.BUILD if call.verb is Verb.CLEAN else Part.OTHER
    return Labelled(call.command, part, call=call)


def _ruby(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Labelled:
    """The label of a call of Bundler or RubyGems, which install below one folder."""
    if call.verb is Verb.RUN and call.manager is Manager.BUNDLE:
        return Labelled(call.command, Part.OTHER, call=call)
    made = Artefact(Where.PLACE, GEMS)
    return Labelled(call.command, Part.BUILD, made, call, against_moving(facts, target, run, call))


def _node(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> Labelled:
    command = call.command
    verb = call.verb
    if is_global(call):
        if builds_only(facts, target, call):
            return Labelled(command, Part.BUILD, call=call, tool=True)
        return Labelled(command, Part.BASE, call=call)
    if verb in (Verb.CLEAN, Verb.UPDATE) or call.subcommand_name.startswith(("config", "set")):
        return Labelled(command, Part.BUILD, call=call)
    if call.subcommand_name.startswith("prune"):
        return Labelled(command, Part.BUILD, call=call)
    program = verb is Verb.OTHER and call.manager in (Manager.YARN, Manager.PNPM)
    if program and call.subcommand_name not in _OF_MANAGERS:
        return replace(_whole(run, command), call=call)
    if verb not in (Verb.INSTALL, Verb.RUN, Verb.BUILD):
        return Labelled(command, Part.OTHER, call=call)
    folder = folder_of(run, call)
    if folder is None:
        return Labelled(command, Part.BUILD, None, call, "the folder it runs in is not known")
    workdir = run.step.before.workdir
    whole = workdir if workdir != "/" and folder.startswith(workdir) else folder
    if whole == "/":
        why = "it installs into the root folder, which cannot be copied whole"
        whole_made: Artefact | None = None
    else:
        why, whole_made = "", Artefact(Where.TREE, whole)
    if verb is not Verb.INSTALL or call.packages or _spreads(facts, target, run, folder):
        return Labelled(command, Part.BUILD, whole_made, call, why)
    made = Artefact(Where.PLACE, f"{folder.rstrip('/')}/node_modules")
    return Labelled(command, Part.BUILD, made, call)


def is_global(call: PackageCall) -> bool:
    """Whether a call of a manager of Node installs for all folders."""
    everywhere = call.flag("-g", "--global", "--location") is not None
    return everywhere or call.subcommand_name.startswith("global")


def builds_only(facts: Facts, target: Target, call: PackageCall) -> bool:
    """Whether no service runs a program of the packages that a call installs for all folders.

    A program may also be started by the code: only compilers that this is not done with count.
    """
    names = {package.name for package in call.packages}
    programs = {program for name in names for program in COMPILERS.get(name, ())}
    if not names or not names <= COMPILERS.keys():
        return False
    commands = [c for one in sharing(facts, target) for c in facts.of(started, one).at_run_time]
    for one in sharing(facts, target):
        commands += [*facts.of(overlaid, one), *facts.of(documented, one)]
    return not any(programs.intersection(command.words) for command in commands)


def _spreads(facts: Facts, target: Target, run: PackageRun, folder: str) -> bool:
    """Whether an install may write outside ``node_modules``: scripts, workspaces, Plug'n'Play."""
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    texts = {}
    for name in ("package.json", ".yarnrc.yml", "pnpm-workspace.yaml"):
        path = brought_from(target, landed, f"{folder}/{name}")
        source = facts.tree.read(project_path(target, path)) if path else None
        if source is not None:
            texts[name] = source.text
    if texts.keys() - {"package.json"}:
        return True
    try:
        manifest = json.loads(texts.get("package.json", "{}"))
    except ValueError:
        return True
    if not isinstance(manifest, dict):
        return True
    scripts = manifest.get("scripts")
    has = isinstance(scripts, dict) and bool(_LIFECYCLE & set(scripts))
    return has or "workspaces" in manifest
