"""Where the installs of Python's managers put what they install."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import folder_of
from jettison.analysis.python.base import python_minor
from jettison.analysis.stages.artefacts import Artefact, Labelled, Part, Where, absolute
from jettison.ecosystem.python.names import INSTALLERS
from jettison.shell import Manager

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["python_install"]

_WITH_SETUPTOOLS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11")
_WITH_ENVIRONMENTS = frozenset({Manager.POETRY.value, Manager.PIPENV.value, Manager.PDM.value})
_ELSEWHERE = ("--target", "-t", "--user", "--prefix", "--root", "--python")
_PIP_VARIABLES = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")


def python_install(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, venv: str
) -> Labelled:
    """The label of an install of a manager of Python; ``venv`` is the environment that holds."""
    command, manager = call.command, call.manager
    names = {package.name.lower() for package in call.packages}
    venv = venv or _environment(run, call)
    installers = bool(names) and names <= INSTALLERS and not call.requirements
    if manager in (Manager.PIP, Manager.UV) and installers:
        if venv:
            return Labelled(command, Part.BUILD, Artefact(Where.PLACE, venv), call)
        apart = _alone(names) if _only_installs(facts, target, call) else frozenset[str]()
        return Labelled(command, Part.BASE, call=call, installers=apart)
    if manager is Manager.UV and call.subcommand_name in ("tool install", "python install"):
        return Labelled(command, Part.BASE, call=call)
    refusal = _editable(facts, target, run, call)
    if manager is Manager.PIP or (manager is Manager.UV and "pip" in call.subcommand_name):
        system = manager is Manager.PIP or call.flag("--system") or run.is_set("UV_SYSTEM_PYTHON")
        if call.flag(*_ELSEWHERE) or any(run.variable(v, call) for v in _PIP_VARIABLES):
            refusal = refusal or "it does not install into the system's Python"
        if not venv and not system:
            refusal = refusal or "it is not known where uv installs"
        made = Artefact(Where.PLACE, venv) if venv else Artefact(Where.PREFIX)
        return Labelled(command, Part.BUILD, made, call, refusal)
    return _managed(facts, target, run, call, venv=venv, refusal=refusal)


def _alone(names: set[str]) -> frozenset[str]:
    """The installers that one call of pip brings, without a pip that is newer for one of them.

    Where that one has an environment of its own, the newer pip goes along into it.
    """
    own = names & _WITH_ENVIRONMENTS
    return frozenset(own if len(own) == 1 and names - own <= {"pip", "wheel"} else names)


def _only_installs(facts: Facts, target: Target, call: PackageCall) -> bool:
    """Whether what a call of pip brings is wanted by installs alone, but for its programs."""
    if call.manager is not Manager.PIP or call.command.nesting:
        return False
    setuptools = [one for one in call.packages if one.name.lower() == "setuptools"]
    if not setuptools:
        return True
    # Code loads pkg_resources; official images have a setuptools of their own up to 3.11.
    own = python_minor(facts, target) in _WITH_SETUPTOOLS
    return own and all(one.version is None for one in setuptools)


def _by_list(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> bool:
    """Whether pip can install what Pipenv would, from a list that Pipenv writes.

    ``pipenv requirements`` is there since 2022.4.8; pip wants a hash of all, or of nothing.
    """
    known = {"--system", "--deploy", "--dev", "-d", "--ignore-pipfile", "--clear", "-v"}
    plain = not call.packages and not call.requirements and not call.command.assignments
    if not plain or call.command.redirections or any(f.name not in known for f in call.flags):
        return False
    version = re.search(r"pipenv[=~]=\s*(\d{4})\.(\d+)", run.editor.editor.text)
    if version and (int(version[1]), int(version[2])) < (2022, 5):
        return False
    folder = folder_of(run, call)
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    path = brought_from(target, landed, f"{folder}/Pipfile.lock") if folder else None
    source = facts.tree.read(project_path(target, path)) if path else None
    try:
        lock = json.loads(source.text) if source is not None else None
    except ValueError:
        return False
    if not isinstance(lock, dict):
        return False
    sections = (lock.get(name, {}) for name in ("default", "develop"))
    rows = [row for section in sections if isinstance(section, dict) for row in section.values()]
    return all(isinstance(row, dict) and row.get("hashes") for row in rows)


def _managed(
    facts: Facts, target: Target, run: PackageRun, call: PackageCall, *, venv: str, refusal: str
) -> Labelled:
    """The label of an install of a manager that makes environments of its own."""
    command, manager = call.command, call.manager
    folder = folder_of(run, call)
    inside = folder is not None and folder != "/"
    site = Artefact(Where.SITE)
    own = Artefact(Where.PLACE, f"{folder}/.venv") if inside else None
    if venv:
        own, site = Artefact(Where.PLACE, venv), Artefact(Where.PLACE, venv)
    made: Artefact | None = None
    if manager is Manager.UV:
        chosen = run.variable("UV_PROJECT_ENVIRONMENT", call)
        made = Artefact(Where.PLACE, absolute(run, chosen)) if chosen else own
    elif manager is Manager.POETRY:
        made = own if _in_project(run) else site if _no_environment(run) else None
    elif manager is Manager.PIPENV:
        local = run.is_set("PIPENV_VENV_IN_PROJECT", call)
        if _by_list(facts, target, run, call):
            site = Artefact(Where.PLACE, venv) if venv else Artefact(Where.PREFIX)
        made = site if call.flag("--system") else own if local else None
    elif manager is Manager.PDM:
        everywhere = call.flag("--global", "-g") is not None
        made = site if everywhere else None if _without_venv(run, call) else own
    if made is None:
        refusal = refusal or f"it is not known where {call.program_name} installs"
    return Labelled(command, Part.BUILD, made, call, refusal)


def _no_environment(run: PackageRun) -> bool:
    value = run.variable("POETRY_VIRTUALENVS_CREATE").lower()
    return value in ("false", "0") or _configured(run, "virtualenvs.create", "false")


def _without_venv(run: PackageRun, call: PackageCall) -> bool:
    """Whether PDM is told to make no virtual environment."""
    value = run.variable("PDM_USE_VENV", call).lower()
    return value in ("false", "0") or _configured(run, "python.use_venv", "false")


def _in_project(run: PackageRun) -> bool:
    value = run.variable("POETRY_VIRTUALENVS_IN_PROJECT").lower()
    return value in ("true", "1") or _configured(run, "virtualenvs.in-project", "true")


def _configured(run: PackageRun, setting: str, value: str) -> bool:
    """Whether ``poetry config`` sets something in this RUN or in one before it."""
    for instruction in run.editor.editor.file.stages[run.stage].instructions:
        if instruction.line > run.run.line:
            break
        text = " ".join(instruction.logical.text.split())
        if f"{setting} {value}" in text:
            return True
    return False


def _environment(run: PackageRun, call: PackageCall) -> str:
    """The virtual environment that a call installs into by its path or by PATH, or ``""``."""
    program = call.program[0].unquoted
    if "/" in program and call.manager is Manager.PIP:
        place = absolute(run, posixpath.dirname(posixpath.dirname(program)) or ".")
        return "" if place in ("/usr", "/usr/local", "/") else place
    first = run.step.before.env.get("PATH", "").partition(":")[0]
    root = run.variable("VIRTUAL_ENV", call)
    if root and (first == f"{root}/bin" or call.manager in (Manager.UV, Manager.POETRY)):
        return absolute(run, root)
    return posixpath.dirname(first) if first.endswith(("venv/bin", "env/bin")) else ""


def _editable(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    if any(flag.name in ("-e", "--editable") for flag in call.flags):
        return "an editable install leaves the package in its source folder"
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    for requirement in call.requirements:
        place = posixpath.join(run.step.before.workdir, requirement.path)
        path = brought_from(target, landed, place)
        source = facts.tree.read(project_path(target, path)) if path else None
        for line in source.text.splitlines() if source is not None else ():
            if line.strip().startswith(("-e", "--editable", "--target", "--prefix")):
                return f"{requirement.path} has an editable install"
    return ""
