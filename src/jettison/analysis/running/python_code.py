"""What the Python code and the settings that reach an image import and name."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.package_runs import feeding_stages
from jettison.compose.mount_kinds import MountKind
from jettison.ecosystem.python.code import CodeBase, CodeFacts, is_test_file
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile.context import ContextFile

__all__ = ["ImageCode", "image_code"]

_TOOLING = regex(
    r"(^|/)(docs?|tests?|testing|e2e|benchmarks?|\.[^/]+|node_modules|venv|env|site-packages)/"
    r"|(^|/)(noxfile|conftest|setup|locustfile|fabfile|pavement|dodo)\.py$"
)
# Code of a tool that loads its file by convention (a locustfile) runs without being named.
_TESTS = regex(
    r"(^|/)(tests?|testing|e2e|\.[^/]+|node_modules|venv|env|site-packages)/"
    r"|(^|/)(noxfile|conftest)\.py$"
)
_SETTINGS = regex(r"\.(ini|cfg|conf|toml|ya?ml|json|env|properties)$|(^|/)(\.env[^/]*|.*env)$")
_SETTINGS_FOLDER = regex(r"(^|/)(conf|config|configs|settings|etc)/[^/]+$")
_NOT_SETTINGS = regex(
    r"(^|/)(pyproject\.toml|setup\.cfg|tox\.ini|mypy\.ini|pytest\.ini|package(-lock)?\.json"
    r"|tsconfig.*\.json|jettison\.toml|mkdocs\.ya?ml|.*lock.*|\.pre-commit.*|docker-compose.*|compose\..*)$"
)
_WHOLE_WORD = rb"WORD(?!\w)(?:(?<!\wWORD)|(?<=\\[abfnrtv]WORD))"
_SEPARATORS = regex(r"[\s'\"=,;\[\]{}()]+")
_MOST_SETTINGS = 300
_BIGGEST_SETTINGS = 128 * 1024


@record(cached=True)
class ImageCode:
    """The Python files that can reach an image: ``own`` is all code but the ``tests``.

    ``settings`` are the words of settings files, with the file and the line (from 1) where each
    stands first. Parsing is what costs: :meth:`strings_with` does it for the few files that can
    have the answer.
    """

    base: CodeBase
    own: frozenset[str]
    tests: frozenset[str]
    settings: Mapping[str, tuple[str, int]]

    @cached_property
    def code(self) -> CodeFacts:
        """The facts of all code but the tests."""
        return self.base.summary(self.own)

    def strings_with(self, word: str) -> Iterator[str]:
        """The string constants of the code but the tests that have a whole word in them, sorted.

        A word that is written with escapes, or in two pieces, is not seen.
        """
        return (text for text in sorted(self._with(word).strings) if word in text)

    def commands(self, word: str) -> bool:
        """Whether a list or tuple of the code but the tests begins with just this word."""
        return word in self._with(word).commanded

    def _with(self, word: str) -> CodeFacts:
        """The facts of the files in which a whole word is written."""
        written = word.encode()
        if not self.base.says(written):
            return self.base.summary(())
        # The word comes first: what begins with letters is found fastest.
        whole = re.compile(_WHOLE_WORD.replace(b"WORD", re.escape(written)))
        return self.base.summary(
            self.own, lambda content: written in content and whole.search(content) is not None
        )


def image_code(_: Facts, target: Target) -> ImageCode:
    """What the code that can reach a target's image says, lazy imports included."""
    reached = tuple(_reached(target))
    folder = str(target.context)
    disk = {file.path: f"{folder}/{file.path}" for file in reached if file.path.endswith(".py")}
    base = CodeBase(disk)
    tests = frozenset(path for path in base.files if is_test_file(path) or _TESTS.search(path))
    return ImageCode(base, base.files - tests, tests, _settings(target, reached))


def _reached(target: Target) -> Iterator[ContextFile]:
    """The context's files that a COPY takes, or a bind mount may bring."""
    stages = feeding_stages(target.dockerfile, target.stage.index)
    steps = tuple(step for stage in sorted(stages) for step in target.all_steps[stage])
    taken = landings(target, steps)
    mounted = any(m.kind is MountKind.BIND for run in target.runs for m in run.mounts)
    for file in target.files.own:
        if mounted or any(one.image_path(file.path) is not None for one in taken):
            yield file


def _settings(target: Target, files: tuple[ContextFile, ...]) -> dict[str, tuple[str, int]]:
    """The words of settings files: those beside the code, or in a folder named for them."""
    words: dict[str, tuple[str, int]] = {}
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
        for number, row in enumerate(text.splitlines(), start=1):
            if row.lstrip().startswith(("#", ";")):
                continue
            for word in _SEPARATORS.split(row):
                words.setdefault(word, (file.path, number))
    return words
