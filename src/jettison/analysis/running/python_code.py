"""What the Python code and the settings that reach an image import and name."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import feeding_stages
from jettison.compose.services import MountKind
from jettison.dockerfile.context import Kind
from jettison.ecosystem.python.code import CodeBase, CodeFacts, is_test_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile.context import ContextFile

__all__ = ["ImageCode", "image_code", "own_files"]

_TOOLING = re.compile(
    r"(^|/)(docs?|tests?|testing|e2e|benchmarks?|\.[^/]+|node_modules|venv|env|site-packages)/"
    r"|(^|/)(noxfile|conftest|setup|locustfile|fabfile|pavement|dodo)\.py$"
)
# Code of a tool that loads its file by convention (a locustfile) runs without being named.
_TESTS = re.compile(
    r"(^|/)(tests?|testing|e2e|\.[^/]+|node_modules|venv|env|site-packages)/"
    r"|(^|/)(noxfile|conftest)\.py$"
)
_SETTINGS = re.compile(r"\.(ini|cfg|conf|toml|ya?ml|json|env|properties)$|(^|/)(\.env[^/]*|.*env)$")
_FOREIGN = re.compile(r"(^|/)(node_modules|site-packages|bower_components|\.(?!env)[^/]+)/")
_SETTINGS_FOLDER = re.compile(r"(^|/)(conf|config|configs|settings|etc)/[^/]+$")
_NOT_SETTINGS = re.compile(
    r"(^|/)(pyproject\.toml|setup\.cfg|tox\.ini|mypy\.ini|pytest\.ini|package(-lock)?\.json"
    r"|tsconfig.*\.json|mkdocs\.ya?ml|.*lock.*|\.pre-commit.*|docker-compose.*|compose\..*)$"
)
_MOST_SETTINGS = 300
_BIGGEST_SETTINGS = 128 * 1024


@dataclass(frozen=True, slots=True)
class ImageCode:
    """The facts of all code but the tests, and of the settings.

    ``tests`` are the facts of the tests; ``settings`` the words of settings files.
    """

    code: CodeFacts
    tests: CodeFacts
    settings: frozenset[str]


def image_code(_: Facts, target: Target) -> ImageCode:
    """What the code that can reach a target's image says, lazy imports included."""
    reached = tuple(_reached(target))
    disk = {file.path: target.context / file.path for file in reached if file.path.endswith(".py")}
    base = CodeBase(disk)
    tooling = {path for path in base.files if is_test_file(path) or _TESTS.search(path)}
    return ImageCode(
        base.summary(base.files - tooling),
        base.summary(tooling),
        frozenset(_settings(target, reached)),
    )


def _reached(target: Target) -> Iterator[ContextFile]:
    """The context's files that a COPY takes, or a bind mount may bring."""
    stages = feeding_stages(target.dockerfile, target.stage.index)
    steps = tuple(step for stage in sorted(stages) for step in target.all_steps[stage])
    taken = landings(target, steps)
    mounted = any(m.kind is MountKind.BIND for run in target.runs for m in run.mounts)
    for file in own_files(target):
        if mounted or any(one.image_path(file.path) is not None for one in taken):
            yield file


def own_files(target: Target) -> Iterator[ContextFile]:
    """The context's regular files that are not of others: installed packages, repositories."""
    environments = tuple(
        f"{posixpath.dirname(file.path)}/"
        for file in target.files.files
        if posixpath.basename(file.path) == "pyvenv.cfg" and "/" in file.path
    )
    for file in target.files.files:
        foreign = file.path.startswith(environments) or _FOREIGN.search(file.path)
        if file.kind is Kind.FILE and not foreign:
            yield file


def _settings(target: Target, files: tuple[ContextFile, ...]) -> Iterator[str]:
    """The words of settings files: those beside the code, or in a folder named for them."""
    beside = {posixpath.dirname(file.path) for file in files if file.path.endswith(".py")} | {""}
    found = [
        file
        for file in files
        if _SETTINGS.search(file.path)
        and not _NOT_SETTINGS.search(file.path)
        and not _TOOLING.search(file.path)
        and file.size <= _BIGGEST_SETTINGS
        and (posixpath.dirname(file.path) in beside or _SETTINGS_FOLDER.search(file.path))
    ]
    for file in found[:_MOST_SETTINGS]:
        try:
            text = (target.context / file.path).read_text("utf-8", "replace")
        except OSError:
            continue
        yield from re.split(r"[\s'\"=,;\[\]{}()]+", text)
