"""Whether an image of Node has Python for node-gyp alone, which compiles addons by it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import package_runs
from jettison.patterns import regex
from jettison.shell import Manager, Verb

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.shell import PackageCall

__all__ = ["PYTHONS", "python_for_gyp"]

PYTHONS = frozenset(
    "python3 python python2 python-is-python3 python3-minimal py3-pip python3-pip py3-setuptools "
    "python3-setuptools python3-distutils py3-packaging python3-packaging".split()
)
"""Python, and what of its packages serves installs alone: node-gyp needs setuptools of late."""
_COMPILERS = frozenset({"make", "g++", "gcc", "build-essential", "build-base", "alpine-sdk"})
_CALLS = regex(r"['\"`/\s]python3?['\"`\s]|\.py['\"`]")
_WANTING = regex(
    r"\"[^\"]*(python|youtube-dl|yt-?dlp|ytdl)[^\"]*\"\s*:",
)
_CODE = (".js", ".ts", ".mjs", ".cjs", ".mts", ".jsx", ".tsx")
_MOST_FILES = 4000


def python_for_gyp(facts: Facts, target: Target, call: PackageCall) -> bool:
    """Whether a call installs Python beside compilers, and nothing else seems to want it.

    Other packages of Python's, calls of pip, scripts in Python and code that names it all might.
    """
    names = {package.name for package in call.packages}
    if not names & _COMPILERS or _others(target):
        return False
    return not facts.of(_named, target)


def _others(target: Target) -> bool:
    """Whether something else of Python's is installed."""
    for run in package_runs(target):
        if run.of(Manager.PIP) or run.of(Manager.UV) or run.of(Manager.POETRY):
            return True
        for manager in (Manager.APT, Manager.APK):
            for call in run.of(manager, Verb.INSTALL):
                names = {package.name for package in call.packages} - PYTHONS
                if any(name.startswith(("py3-", "python", "yt-dlp")) for name in names):
                    return True
    return False


def _named(facts: Facts, target: Target) -> bool:
    """Whether the project has code in Python, or names it."""
    for count, file in enumerate(target.files.own):
        name = posixpath.basename(file.path)
        if count > _MOST_FILES or name.endswith(".py"):
            return True
        if not name.endswith(_CODE) and name != "package.json":
            continue
        source = facts.tree.read(project_path(target, file.path))
        if source is None:
            continue
        found = (_WANTING if name == "package.json" else _CALLS).search(source.text)
        if found is not None:
            return True
    return False
