"""What an installer does besides when it starts a program: settings, names, installs."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import feeding_stages, folder_of, package_runs
from jettison.compose.mount_kinds import MountKind
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["aliases_of", "does_more"]

_ALIASES = {
    "pipenv": (("scripts",),),
    "pdm": (("tool", "pdm", "scripts"),),
    # Poetry starts them without the project being installed, too.
    "poetry": (("tool", "poetry", "scripts"), ("project", "scripts")),
}


def does_more(facts: Facts, target: Target, runner: str) -> str:
    """Why an installer does more than start a program: it gives settings, or installs; ``""``."""
    environments = [target.state.env, *(run.environment for run in target.runs)]
    if runner == "uv" and any(one.get("UV_ENV_FILE") for one in environments):
        return "UV_ENV_FILE gives it settings"
    toml = facts.tree.read(project_path(target, "pyproject.toml"))
    text = toml.text if toml is not None else ""
    if runner == "pdm" and "env_file" in text:
        return "pyproject.toml names a file of settings for pdm run"
    syncs = [
        (run, call)
        for run in package_runs(target, feeding_stages(target.dockerfile, target.stage.index))
        for call in run.of(Manager.UV, Verb.INSTALL)
        if call.subcommand_name == "sync"
    ]
    if runner == "uv" and not any(one.get("UV_NO_SYNC") for one in environments):
        for run, call in syncs:
            if _locks_later(target, run, call):
                sync = f"uv sync on line {run.run.line}"
                return f"uv run installs what uv.lock has, which {sync} has not seen"
    left = all(call.flag("--no-install-project", "--no-install-workspace") for _, call in syncs)
    package = re.search(r"^\[build-system\]|^package\s*=\s*true", text, re.MULTILINE) is not None
    if runner == "uv" and syncs and left and package:
        return "uv run installs the project itself when it starts"
    if runner != "pipenv" or any(one.get("PIPENV_DONT_LOAD_ENV") for one in environments):
        return ""
    place = posixpath.join(target.state.workdir, ".env")
    mounted = any(
        m.kind is MountKind.BIND and m.covers(place) for r in target.runs for m in r.mounts
    )
    if mounted or brought_from(target, landings(target, target.steps), place) is not None:
        return "pipenv run gives it the settings of .env"
    return ""


def _locks_later(target: Target, run: PackageRun, call: PackageCall) -> bool:
    """Whether the lock file comes into the image behind an install: uv then installs by it."""
    folder = folder_of(run, call)
    if not folder:
        return False
    place = posixpath.join(folder, "uv.lock")
    before = landings(target, steps_before(target, run.stage, run.run.line))
    brought = brought_from(target, landings(target, target.steps), place)
    return brought is not None and brought_from(target, before, place) is None


def aliases_of(facts: Facts, target: Target, runner: str) -> frozenset[str]:
    """The scripts that an installer knows by a name of their own."""
    name = "Pipfile" if runner == "pipenv" else "pyproject.toml"
    source = facts.tree.read(project_path(target, name))
    if source is None or runner not in _ALIASES:
        return frozenset()
    whole = "--no-root" not in target.dockerfile.text and "package-mode" not in source.text
    if runner == "poetry" and whole:
        return frozenset()
    found: set[str] = set()
    for table in _ALIASES[runner]:
        heading = r"\.".join(table)
        section = re.search(rf"(?ms)^\[{heading}\]\s*$(.*?)(?=^\[|\Z)", source.text)
        found.update(re.findall(r"(?m)^([\w-]+)\s*=", section[1]) if section else ())
    return frozenset(found)
