"""Which files of a folder say what is built: Compose files and Dockerfiles, and which of them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from jettison.compose.finding import find_compose_files
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["SKIPPED_FOLDERS", "compose_choice", "development_name", "dockerfiles"]

_COMPOSE_FOLDERS: Final = ("docker", "deploy", "deployment", "compose", ".docker", "infra", "ops")
_COMPOSE_NAME: Final = regex(
    r"^(docker-)?compose[._-](.+)\.ya?ml$|^(.+)\.(docker-)?compose\.ya?ml$"
)
_PLAIN_COMPOSE: Final = regex(r"^(docker-)?compose.*\.ya?ml$")
_DOCKERFILE: Final = regex(
    r"^(dockerfile|containerfile)$|^(dockerfile|containerfile)[._-].+|.+\.(dockerfile|containerfile)$",
    re.IGNORECASE,
)
_NOT_DOCKERFILE: Final = regex(
    r"\.(dockerignore|md|txt|py|sh|j2|jinja2?|tmpl|tpl|template|in|erb|bak|orig|swp|json|ya?ml|rst|html?|js|ts|go)$",
    re.IGNORECASE,
)
_PRODUCTION: Final = regex(r"(^|[._-])(prod|production|deploy|release)([._-]|$)", re.IGNORECASE)
_DEVELOPMENT: Final = regex(
    r"(^|[._-])(dev|devel|development|local|debug|tests?|testing|ci|e2e|lint|playwright|cypress)"
    r"([._-]|$)",
    re.IGNORECASE,
)
_DEVELOPMENT_FOLDERS: Final = frozenset(
    """
    .devcontainer devcontainer tests test e2e testdata fixtures .github .circleci .gitlab dev devel
    development local playwright cypress
    """.split()
)
SKIPPED_FOLDERS: Final = frozenset(
    """
    .git .hg .svn node_modules venv .venv env __pycache__ .tox .nox site-packages .mypy_cache
    .jettison vendor bower_components .next .nuxt .cache .gradle .terraform
    """.split()
)
MANIFESTS: Final = frozenset(
    """
    requirements.txt pyproject.toml setup.py Pipfile package.json go.mod Cargo.toml pom.xml
    build.gradle build.gradle.kts Gemfile composer.json mix.exs Makefile CMakeLists.txt
    """.split()
)
"""Files that a folder with code of its own has at its top."""
_MOST_FOLDERS: Final = 20_000
_DEEPEST: Final = 6


def development_name(name: str) -> bool:
    """Whether a file's, stage's or service's name says that it serves development or tests only."""
    return _DEVELOPMENT.search(name) is not None and _PRODUCTION.search(name) is None


def production_siblings(name: str, others: Sequence[str]) -> tuple[str, ...]:
    """The files beside one that are called as it is but for a word that says production.

    None where another is called so but for a word that says development: then it is not that.
    """
    if _PRODUCTION.search(name) is not None or _called(name, others, _DEVELOPMENT):
        return ()
    return _called(name, others, _PRODUCTION)


def _called(name: str, others: Sequence[str], word: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(one for one in others if one != name and word.sub(r"\3", one).strip("._-") == name)


def serves_docker(name: str) -> bool:
    """Whether a file is there for Docker alone: a Dockerfile, an ignore file, a Compose file."""
    compose = _PLAIN_COMPOSE.match(name) or _COMPOSE_NAME.match(name)
    return bool(_DOCKERFILE.match(name) or compose) or name.endswith((".dockerignore", ".md"))


def development_path(path: str, *, folders: bool) -> bool:
    """Whether a Dockerfile's name, or with ``folders`` a folder above it, says so."""
    *above, name = path.lower().split("/")
    return development_name(name) or (folders and not _DEVELOPMENT_FOLDERS.isdisjoint(above))


def compose_choice(root: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The Compose files of a project: Compose's own choice in the root or in a folder for it.

    Where no folder has a file that Compose finds by itself, a single file with a name of its own
    (``docker-compose.prod.yml``) is taken, one for production before any other.
    """
    for folder in (root, *(root / name for name in _COMPOSE_FOLDERS)):
        if folder.is_dir() and (found := find_compose_files(folder, environment)):
            return found
    for folder in (root, *(root / name for name in _COMPOSE_FOLDERS)):
        named = _named_compose(folder)
        if named:
            return (named[0],)
    return ()


def _named_compose(folder: Path) -> list[Path]:
    """Compose files with other names, production's first; none that serves development only."""
    if not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir() if _COMPOSE_NAME.match(entry.name))
    wanted = [name for name in names if not development_name(name)]
    wanted.sort(key=lambda name: (_PRODUCTION.search(name) is None, name))
    return [folder / name for name in wanted]


def compose_files(root: Path) -> tuple[str, ...]:
    """All Compose files in the root and in the folders for them, relative to the root."""
    found = []
    for folder in (root, *(root / name for name in _COMPOSE_FOLDERS)):
        if folder.is_dir():
            found += [
                entry.relative_to(root).as_posix()
                for entry in sorted(folder.iterdir())
                if _PLAIN_COMPOSE.match(entry.name) or _COMPOSE_NAME.match(entry.name)
            ]
    return tuple(dict.fromkeys(found))


def dockerfiles(root: Path) -> Iterator[str]:
    """The paths, relative to the root, of files that are named as Dockerfiles are; sorted.

    Folders that hold installed packages or version control are not entered, links not followed,
    and the walk ends at six levels and 20,000 folders.
    """
    levels = [(os.fspath(root), "", 0)]
    count = 0
    found: list[str] = []
    while levels and count < _MOST_FOLDERS:
        folder, prefix, depth = levels.pop()
        count += 1
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED_FOLDERS and depth < _DEEPEST:
                            levels.append((entry.path, f"{prefix}{entry.name}/", depth + 1))
                    elif _DOCKERFILE.match(entry.name) and not _NOT_DOCKERFILE.search(entry.name):
                        found.append(prefix + entry.name)
        except OSError:
            continue
    yield from sorted(found)
