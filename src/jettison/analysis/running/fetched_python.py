"""Whether uv fetches a Python of its own, which it keeps outside of the environment."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import brought_from, landings, project_path, steps_before
from jettison.analysis.package_runs import folder_of, package_runs
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.package_runs import PackageRun
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["fetches_python"]

_NEVER = frozenset({"never", "manual", "false", "0"})
_WITHOUT = regex(r"(^|/)(debian|ubuntu|alpine|buildpack-deps|uv)(:(?!.*python)[^/]*)?$")
_OF_BASE = regex(r"(?:^|/)python:(3\.\d+)|/uv:(?:[\w.]+-)?python(3\.\d+)")
_VERSION = regex(r"(?:cpython[-@]?|python)?(3\.\d+)")
_REQUIRED = regex(r"^requires-python\s*=\s*['\"]([^'\"]+)", re.MULTILINE)
_PATCHES = 40
_PLACE = "/uv/python/"


def fetches_python(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    """Why a call of uv leaves an environment that leads to a Python elsewhere, or ``""``.

    The built image tells; else the base's version and what the project asks for.
    """
    image = facts.evidence.image(target.name)
    if image is not None and image.files:
        there = any(_PLACE in path for path in image.files)
        return "uv has fetched a Python of its own" if there else ""
    if run.variable("UV_PYTHON_DOWNLOADS", call).lower() in _NEVER:
        return ""
    if run.variable("UV_PYTHON_PREFERENCE", call) == "only-system" or any(
        run.is_set(name, call) for name in ("UV_NO_PYTHON_DOWNLOADS", "UV_NO_MANAGED_PYTHON")
    ):
        return ""
    named = _OF_BASE.search(target.base)
    minor = (named[1] or named[2]) if named else ""
    if not minor:
        bare = _WITHOUT.search(target.base.partition("@")[0]) is not None
        lacks = bare and not any(_installs_python(target))
        return f"uv fetches a Python of its own, as {target.base} has none" if lacks else ""
    asked = _asked(facts, target, run, call)
    return "" if _is_met(asked, minor) else f"uv fetches a Python of its own: {asked}"


def _installs_python(target: Target) -> Iterator[bool]:
    for run in package_runs(target):
        for manager in (Manager.APT, Manager.APK):
            for call in run.of(manager, Verb.INSTALL):
                yield any(one.name.startswith("python3") for one in call.packages)


def _asked(facts: Facts, target: Target, run: PackageRun, call: PackageCall) -> str:
    """The version that a call asks for, or what the project requires of it; ``""`` for none."""
    flag = call.flag("--python", "-p")
    told = (flag.value or "") if flag is not None else run.variable("UV_PYTHON", call)
    folder = folder_of(run, call)
    if told or folder is None:
        return told
    landed = landings(target, steps_before(target, run.stage, run.run.line))
    texts = {}
    for name in (".python-version", "pyproject.toml"):
        path = brought_from(target, landed, posixpath.join(folder, name))
        source = facts.tree.read(project_path(target, path)) if path else None
        texts[name] = source.text if source is not None else ""
    pinned = texts[".python-version"].strip().partition("\n")[0].strip()
    required = _REQUIRED.search(texts["pyproject.toml"])
    return pinned or (required[1] if required else "")


def _is_met(asked: str, minor: str) -> bool:
    """Whether a Python of a minor version is one that is asked for; where in doubt, yes."""
    found = _VERSION.match(asked)
    if found is not None:
        return found[1] == minor
    if not asked or asked[0] not in "<>=!~":
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(asked)
    except InvalidSpecifier:
        return True
    return any(wanted.contains(f"{minor}.{patch}") for patch in range(_PATCHES))
