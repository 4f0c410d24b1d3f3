"""What lies in a build context that no image needs, told by what it is and not by a list of names.

Each kind has its evidence: a virtual environment has a ``pyvenv.cfg``, a cache its tag or its
tool's own name, a dump begins as one. What programs write while they run is told apart: it is data.
"""

from __future__ import annotations

import posixpath
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from jettison.dockerfile.context import Kind
from jettison.ecosystem.dotnet.project import PROJECTS
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jettison.dockerfile.context import Context, ContextFile

__all__ = ["Sort", "Waste", "waste_of"]


class Sort(StrEnum):
    """What something unneeded is."""

    VCS = "version control"
    VIRTUALENV = "a virtual environment"
    NODE_MODULES = "installed Node packages"
    CACHE = "caches and bytecode"
    COVERAGE = "coverage reports"
    EDITOR = "files of editors and of the system"
    LOG = "logs"
    DUMP = "dumps and backups"
    OUTPUT = "build output"
    SECRET = "secrets"  # noqa: S105  (what it is called)
    TEST = "tests and their results"
    DOCS = "documentation"
    DEPLOYMENT = "deployment and CI"
    OTHER_APP = "another image's own folder"
    DATA = "data of the running program"


@record
class Waste:
    """A file, or a folder with all below it, that seems unneeded; ``hollow`` keeps the folder."""

    path: str
    sort: Sort
    size: int
    folder: bool
    hollow: bool = False


_CACHES = frozenset(
    """__pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .nox .hypothesis .ipynb_checkpoints
    .parcel-cache .sass-cache .turbo .nx .terraform .gradle .svelte-kit .angular .pytype
    .import_linter_cache""".split()
)
_EDITORS = frozenset({".idea", ".vscode", ".vs", ".fleet", ".settings", ".devcontainer"})
_EDITOR_FILES = regex(r"^(\.DS_Store|Thumbs\.db|desktop\.ini|.+~|\..+\.sw[op])$")
_COVERED = frozenset({"lcov.info", "lcov-report", "coverage-final.json", "clover.xml"})
_COVERAGE_FILES = regex(r"^(\.coverage(\.(?!toml$)[\w.-]+)?|coverage\.xml)$")
_LOG = regex(r"\.log(\.\d+)?(\.gz)?$")
_TESTS = frozenset({"tests", "test", "e2e", "cypress", "playwright", "__tests__", "spec"})
_TEST_FILE = regex(
    r"(^|/)(conftest\.py|test_[^/]*\.py|[^/]*_test\.(py|go)|[^/]*\.(test|spec|cy|e2e-spec)\.[cm]?[jt]sx?"
    r"|[^/]*_spec\.rb|(playwright|cypress)\.config\.\w+)$"
)
_RESULTS = frozenset({"playwright-report", "test-results", "storybook-static", "allure-results"})
_PAPER = regex(r"\.(md|rst|txt|adoc|png|jpe?g|svg|gif|pdf|drawio|puml|mmd|webp)$")
_DEPLOY_FILE = regex(r"(^|/)(Chart\.yaml|kustomization\.ya?ml|[^/]*\.(tf|tfvars|tfstate))$")
_MANIFEST = regex(rb"^apiVersion:", re.MULTILINE)
_DEPLOYS = frozenset({".github", ".gitlab", ".circleci", ".buildkite"})
_DATA = frozenset({"uploads", "upload", "media"})
_DUMPED = regex(rb"PGDMP|.{0,200}(PostgreSQL database|MySQL|MariaDB) dump", re.DOTALL)
_DUMP_NAME = regex(r"\.(sql|dump|bak|pgdump)(\.(gz|xz|bz2|zst))?$")
_ENV = regex(
    r"^\.env(?!.*[._-](example|sample|template|dist|defaults?)$)"
    r"(\.(?!example|sample|template|dist)[\w.-]+)?$"
)
_KEY_NAME = regex(
    r"(\.(pem|key|p8|ppk)|^id_(rsa|dsa|ecdsa|ed25519)|^\.?kubeconfig(\.ya?ml|\.conf)?|\.kubeconfig"
    r"|(service|firebase|gcp|google|credential|adminsdk)[\w.-]*\.json)$"
)
_PRIVATE = regex(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|^\s*(client-key-data|token|password):\s*\S", re.MULTILINE
)
_PACKED = 100_000


def waste_of(
    context: Context, root: Path, ignored: Callable[[str], bool], others: frozenset[str]
) -> Iterator[Waste]:
    """What seems unneeded, each outermost folder once, in the context's order.

    ``ignored`` tells whether the project's ``.gitignore`` files name a path, ``others`` are the
    folders that are contexts of their own.
    """
    skip = "\0"
    for file in context.files:
        if file.path.startswith(skip):
            continue
        found = (
            _folder(context, root, file, ignored, others)
            if file.kind is Kind.DIR
            else _file(root, file)
        )
        if found is not None:
            yield found
            if found.folder:
                skip = f"{found.path}/"


def _folder(
    context: Context,
    root: Path,
    file: ContextFile,
    ignored: Callable[[str], bool],
    others: frozenset[str],
) -> Waste | None:
    path, name = file.path, posixpath.basename(file.path)
    inside = frozenset(posixpath.basename(one.path) for one in context.entries(path))
    sort = _certain(name, inside)
    if sort is None and name in ("dist", "build", "out", ".next", ".output") and ignored(path):
        beside = posixpath.join(posixpath.dirname(path), "package.json")
        sort = Sort.OUTPUT if context.get(beside) is not None else None
    if sort is None and _is_of_dotnet(context, path, inside):
        sort = Sort.OUTPUT
    if sort is None and path in others:
        sort = Sort.OTHER_APP
    hollow = sort is None and name in _DATA
    if hollow:
        sort = Sort.DATA
    below = None
    if sort is None and "/" not in path:
        below = _below(context, path)
        sort = _by_content(root, path, below)
    if sort is None:
        return None
    below = _below(context, path) if below is None else below
    return Waste(path, sort, sum(one.size for one in below), folder=True, hollow=hollow)


def _is_of_dotnet(context: Context, path: str, inside: frozenset[str]) -> bool:
    """Whether a folder is ``bin`` or ``obj`` of a project of .NET, by what the compiler puts in."""
    folder, _, name = path.rpartition("/")
    if name not in ("bin", "obj") or not any(
        one.path.endswith(PROJECTS) for one in context.entries(folder)
    ):
        return False
    restored = any(one == "project.assets.json" or ".nuget." in one for one in inside)
    return bool(inside & {"Debug", "Release"}) or (name == "obj" and restored)


def _certain(name: str, inside: frozenset[str]) -> Sort | None:
    """What a folder is by its own mark."""
    if name == ".git" and "HEAD" in inside:
        return Sort.VCS
    if name in (".hg", ".svn"):
        return Sort.VCS
    if "pyvenv.cfg" in inside:
        return Sort.VIRTUALENV
    if name == "node_modules":
        return Sort.NODE_MODULES
    if name in _CACHES:
        return Sort.CACHE
    if "CACHEDIR.TAG" in inside:
        return Sort.OUTPUT if name == "target" else Sort.CACHE
    if name in ("htmlcov", ".nyc_output") or (inside & _COVERED and name != "src"):
        return Sort.COVERAGE
    if name in _EDITORS:
        return Sort.EDITOR
    return Sort.TEST if name in _RESULTS else None


def _by_content(root: Path, path: str, files: tuple[ContextFile, ...]) -> Sort | None:
    """What a folder on top is by its name and what is in it."""
    if not files:
        return None
    if path in _DEPLOYS or any(_DEPLOY_FILE.search(one.path) for one in files):
        return Sort.DEPLOYMENT
    if path in _TESTS and any(_TEST_FILE.search(one.path) for one in files):
        return Sort.TEST
    if path in ("docs", "doc") and all(_PAPER.search(one.path) for one in files):
        return Sort.DOCS
    if all(one.path.endswith((".yaml", ".yml", ".md")) for one in files):
        found = [_MANIFEST.search(_head(root / one.path, 4096)) for one in files]
        if any(found):
            return Sort.DEPLOYMENT
    if all(_is_dump(root, one) for one in files):
        return Sort.DUMP
    return None


def _file(root: Path, file: ContextFile) -> Waste | None:
    name = posixpath.basename(file.path)
    sort = None
    if file.kind is not Kind.FILE:
        return None
    if name == ".git" or _EDITOR_FILES.search(name):
        sort = Sort.VCS if name == ".git" else Sort.EDITOR
    elif _COVERAGE_FILES.search(name):
        sort = Sort.COVERAGE
    elif _ENV.search(name) or (_KEY_NAME.search(name) and _has_key(root / file.path)):
        sort = Sort.SECRET
    elif _LOG.search(name):
        sort = Sort.LOG
    elif _is_dump(root, file):
        sort = Sort.DUMP
    elif name.startswith("celerybeat-schedule") or _is_database(root, file):
        sort = Sort.DATA
    return None if sort is None else Waste(file.path, sort, file.size, folder=False)


def _has_key(path: Path) -> bool:
    """Whether the beginning of a file has a private key or what logs somebody in."""
    return _PRIVATE.search(_head(path, 16384).replace(b"\0", b"")) is not None  # UTF-16, too


def _is_dump(root: Path, file: ContextFile) -> bool:
    name = posixpath.basename(file.path)
    if file.size < _PACKED or not _DUMP_NAME.search(name):
        return False
    head = _head(root / file.path, 512)
    return name.endswith((".gz", ".xz", ".bz2", ".zst", ".bak")) or bool(_DUMPED.match(head))


def _is_database(root: Path, file: ContextFile) -> bool:
    name = file.path.lower()
    if not name.endswith((".sqlite", ".sqlite3", ".db", ".db3")):
        return False
    return _head(root / file.path, 16).startswith(b"SQLite format 3")


def _below(context: Context, folder: str) -> tuple[ContextFile, ...]:
    found: list[ContextFile] = []
    waiting = [folder]
    while waiting:
        for one in context.entries(waiting.pop()):
            if one.kind is Kind.DIR:
                waiting.append(one.path)
            else:
                found.append(one)
    return tuple(found)


def _head(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""
