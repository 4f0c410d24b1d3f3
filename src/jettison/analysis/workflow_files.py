"""The files that say how people and machines work with a project: CI, scripts, documentation."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts

__all__ = ["workflow_texts"]

_PATTERNS = (
    ".github/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".travis.yml",
    ".circleci/*.yml",
    ".readthedocs.y*ml",
    ".devcontainer/*",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    "Makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.y*ml",
    "tox.ini",
    "noxfile.py",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "README*",
    "CONTRIBUTING*",
    "DEVELOP*",
    "INSTALL*",
    "*.sh",
    "docs/*.md",
    "docs/*.rst",
    "scripts/*",
    "bin/*",
)
_MOST_FILES = 200
_BIGGEST = 256 * 1024


def workflow_texts(facts: Facts) -> Mapping[str, str]:
    """The texts of these files in the project's root and its contexts, by path; big ones not."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(islice(_paths(facts), _MOST_FILES)):
        source = facts.tree.read(path)
        if source is not None and len(source.text) <= _BIGGEST:
            found[path] = source.text
    return found


def _paths(facts: Facts) -> Iterator[str]:
    root = facts.project.root
    folders = {"", *(target.context_name for target in facts.project.targets)}
    for folder in sorted(folders):
        for pattern in _PATTERNS:
            for place in sorted((root / folder).glob(pattern)):
                if place.is_file():
                    yield place.relative_to(root).as_posix()
