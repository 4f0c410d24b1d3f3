"""Which paths of a build context something names: instructions, commands, code, settings."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jettison.analysis.running.started import started
from jettison.dockerfile import Add, Copy, Run
from jettison.dockerfile.context import Kind, copy_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.dockerfile import Step

__all__ = ["Ignored", "Names", "names_of"]

_CODE = re.compile(
    r"\.(py|pyi|[cm]?[jt]sx?|vue|svelte|rb|php|go|rs|java|kt|cs|ex|exs|sh|bash|html|j2|jinja2?"
    r"|ini|cfg|conf|ya?ml|toml|json|properties|env|txt|in)$|(^|/)(Procfile|Rakefile|Gemfile|\w+file)$"
)
_NOT_CODE = re.compile(
    r"(^|/)((docker-)?compose[^/]*\.ya?ml|Makefile|Dockerfile[^/]*|Jenkinsfile|[^/]*lock[^/]*"
    r"|tsconfig[^/]*\.json|pytest\.ini|tox\.ini|mypy\.ini|mkdocs\.ya?ml|\.[^/]+\.ya?ml"
    r"|eslint[^/]*|jest\.config\.\w+|vitest\.config\.\w+|README[^/]*|[^/]*\.md)$"
)
_TOOLING = re.compile(r"(^|/)(pyproject\.toml|setup\.(cfg|py)|package\.json)$")
_SPLIT = re.compile(r"[\s'\"`=,;()\[\]{}<>|&]+")
_BIGGEST = 256 * 1024
_MOST = 4000
_DEEPEST = 12
_DOTENV = re.compile(r"dotenv|env_file|decouple|environs|read_env|envdir|config\.from_prefixed")
_LOADERS = re.compile(r'"(vite|react-scripts|next|nuxt|@vue/cli-service|astro|@angular/cli)"\s*:')
_VERSIONED = re.compile(
    r"setuptools[_-]scm|hatch-vcs|versioneer|dynamic-versioning|\bpbr\b|versioningit|ReadBuildInfo"
    r"|git rev-parse|git describe|gitRevision|git-rev|vergen|dunamai"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What is named: ``copied`` are the sources of COPY and of bind mounts.

    ``heads`` are what words of code, commands and settings begin with, up to a slash or a dot,
    ``inner`` the paths within them. ``whole`` tells that an instruction takes the whole context.
    """

    copied: frozenset[str]
    heads: frozenset[str]
    inner: frozenset[str]
    workdirs: frozenset[str]
    reads_dotenv: bool
    reads_history: bool
    whole: bool

    def asks_for(self, path: str) -> bool:
        """Whether an instruction names a path, or something below it, as its source."""
        below = f"{path}/"
        return any(one == path or one.startswith(below) for one in self.copied)

    def takes_along(self, path: str) -> bool:
        """Whether an instruction names a folder above a path."""
        return any(path.startswith(f"{one}/") for one in self.copied)

    def mentions(self, path: str) -> bool:
        """Whether code, a command or a setting names a path, its base name or what is below it."""
        name = posixpath.basename(path)
        return path in self.heads or name in self.heads or self.spells_out(path)

    def spells_out(self, path: str) -> bool:
        """Whether the whole path, or something below it, is named; its base name does not do."""
        if "/" in path and path in self.inner:
            return True
        return path in self.heads or any(
            posixpath.join(place, path) in self.heads for place in self.workdirs
        )


def names_of(facts: Facts, targets: tuple[Target, ...], waste: frozenset[str]) -> Names:
    """What the Dockerfiles of one context, its code and its commands name.

    ``waste`` are paths whose own text is not read: what is unneeded names nothing.
    """
    copied: set[str] = set()
    words: set[str] = set()
    scripts: set[str] = set()
    whole = False
    history = False
    for target in targets:
        for steps in target.all_steps:
            for step in steps:
                for source in _sources(step):
                    if source in ("", "."):
                        whole = True
                    copied.update(_matching(target, source))
        for command in started(facts, target).commands:
            words.update(_word(word) for word in command.words)
            history = history or "git" in command.words
        scripts |= started(facts, target).scripts
    first = targets[0]
    dotenv = False
    waiting: list[tuple[str, frozenset[str]]] = []
    for path, size in _texts(first, waste):
        found = _read(f"{first.context}/{path}", size)
        if path.endswith((".sh", ".bash")) and path not in scripts:
            waiting.append((path, found[0]))
            continue
        plain = not _TOOLING.search(path)
        words |= found[0] if plain else {one for one in found[0] if _is_file(first, path, one)}
        dotenv, history = dotenv or found[1], history or found[2]
    heads, inner = _parts(words)
    for path, more in waiting:
        if posixpath.basename(path) in heads or path in heads or path in inner:
            others = _parts(more)
            heads, inner = heads | others[0], inner | others[1]
    workdirs = {s.after.workdir for t in targets for steps in t.all_steps for s in steps}
    return Names(
        frozenset(copied - {""}), heads, inner, frozenset(workdirs), dotenv, history, whole
    )


def _parts(words: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What words begin with, up to a slash or a dot, and the paths of two names or more in them."""
    heads: set[str] = set()
    inner: set[str] = set()
    for word in words:
        heads.add(word)
        if "/" in word:
            names = word.split("/")
            heads.update("/".join(names[:end]) for end in range(1, len(names)))
            if len(names) < _DEEPEST:
                inner.update(
                    "/".join(names[start:end])
                    for start in range(len(names))
                    for end in range(start + 2, len(names) + 1)
                )
        elif "." in word:
            heads.add(word.partition(".")[0])
    return frozenset(heads), frozenset(inner)


def _sources(step: Step) -> Iterator[str]:
    one = step.expanded
    if isinstance(one, Add) or (isinstance(one, Copy) and one.from_ is None):
        for source in one.sources:
            if "://" not in source:
                yield posixpath.normpath(f"/{source}")[1:]
    elif isinstance(one, Run):
        for mount in one.mounts:
            if mount.type == "bind" and mount.from_ is None:
                yield posixpath.normpath(f"/{mount.source or ''}")[1:]


def _matching(target: Target, source: str) -> Iterator[str]:
    if not any(c in source for c in "*?["):
        yield source
        return
    found = [one.path for one in copy_sources(target.files, (source,))]
    roots = {one for one in found if posixpath.dirname(one) not in found}
    yield from roots


def _texts(target: Target, waste: frozenset[str]) -> Iterator[tuple[str, int]]:
    count, skip = 0, "\0"
    for file in target.files.files:
        if file.path.startswith(skip):
            continue
        if file.path in waste:
            skip = f"{file.path}/"
            continue
        if file.kind is not Kind.FILE or file.size > _BIGGEST:
            continue
        if _CODE.search(file.path) and not _NOT_CODE.search(file.path):
            yield file.path, file.size
            count += 1
            if count >= _MOST:
                return


@lru_cache(maxsize=16384)
def _read(path: str, size: int) -> tuple[frozenset[str], bool, bool]:
    del size
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
    except OSError:
        return frozenset(), False, False
    return _said(content, path.endswith("package.json"))


@lru_cache(maxsize=1024)
def _said(content: bytes, manifest: bool) -> tuple[frozenset[str], bool, bool]:
    """The words of a text, whether it reads a ``.env`` file, and whether it reads the history."""
    text = content.decode("utf-8", "replace")
    words = frozenset(_word(word) for word in {*_SPLIT.split(text)} if 1 < len(word) < 120)
    dotenv = bool(_DOTENV.search(text)) or (manifest and bool(_LOADERS.search(text)))
    return words, dotenv, bool(_VERSIONED.search(text))


def _is_file(target: Target, beside: str, word: str) -> bool:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(beside), word))
    found = target.files.get(path)
    return found is not None and found.kind is not Kind.DIR


def _word(word: str) -> str:
    return word.removeprefix("./").rstrip("/,.:")


class Ignored:
    """Whether ``.gitignore`` files name a path of a context (gitignore(5), ``!`` left out)."""

    def __init__(self, root: Path, folder: str) -> None:
        self._root = root / folder
        names = folder.split("/")[:-1]
        above = [root / "/".join(names[:count]) for count in range(len(names) + 1)]
        self._above = [place for place in above if place != self._root]
        self._files: dict[Path, tuple[re.Pattern[str], ...]] = {}

    def __call__(self, path: str) -> bool:
        """Whether a path, or a folder above it, is ignored."""
        place = self._root / path
        folders = [*self._above, self._root]
        for part in path.split("/")[:-1]:
            folders.append(folders[-1] / part)
        for folder in folders:
            name = place.relative_to(folder).as_posix()
            if any(rule.match(name) for rule in self._rules(folder)):
                return True
        return False

    def _rules(self, folder: Path) -> tuple[re.Pattern[str], ...]:
        if folder not in self._files:
            try:
                text = (folder / ".gitignore").read_text("utf-8", "replace")
            except OSError:
                text = ""
            self._files[folder] = tuple(_rules_in(text.splitlines()))
        return self._files[folder]


def _rules_in(lines: Iterable[str]) -> Iterator[re.Pattern[str]]:
    for line in lines:
        rule = line.strip()
        if not rule or rule.startswith(("#", "!")):
            continue
        rule = rule.rstrip("/")
        anchored = "/" in rule
        body = re.escape(rule.removeprefix("/").removeprefix("**/"))
        body = body.replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        prefix = "" if anchored and not rule.startswith("**/") else "(?:.*/)?"
        yield re.compile(f"^{prefix}{body}(?:/.*)?$")
