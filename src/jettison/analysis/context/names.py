"""Which paths of a build context something names: instructions, commands, code, settings."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from jettison.analysis.landing import landings
from jettison.analysis.running.started import started
from jettison.dockerfile import Add, Copy, Run
from jettison.dockerfile.context import Kind, copy_sources
from jettison.patterns import regex
from jettison.record import record
from jettison.source.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import Started
    from jettison.dockerfile import Step

__all__ = ["Ignored", "Names"]

_CODE = regex(
    r"\.(py|pyi|[cm]?[jt]sx?|vue|svelte|rb|php|go|rs|java|kt|cs|ex|exs|sh|bash|html|j2|jinja2?"
    r"|ini|cfg|conf|ya?ml|toml|json|properties|env|txt|in"
    r"|[cfv][sb]proj|props|targets|gradle|kts|gemspec)$|(^|/)pom\.xml$"
    r"|(^|/)(Procfile|Rakefile|Gemfile|\w+file)$"
)
_NOT_CODE = regex(
    r"(^|/)((docker-)?compose[^/]*\.ya?ml|Makefile|Dockerfile[^/]*|Jenkinsfile|[^/]*lock[^/]*"
    r"|tsconfig[^/]*\.json|pytest\.ini|tox\.ini|mypy\.ini|mkdocs\.ya?ml|\.[^/]+\.ya?ml"
    r"|eslint[^/]*|jest\.config\.\w+|vitest\.config\.\w+|README[^/]*|[^/]*\.md)$"
)
_TOOLING = regex(r"(^|/)(pyproject\.toml|setup\.(cfg|py)|package\.json)$")
_SPLIT = regex(r"[\s'\"`=,;()\[\]{}<>|&]+")
_BIGGEST = 256 * 1024
_MOST = 4000
_DEEPEST = 12
_DOTENV = (
    "dotenv",
    "env_file",
    "decouple",
    "environs",
    "read_env",
    "envdir",
    "config.from_prefixed",
    "@nestjs/config",
    "@prisma/client",
    "@strapi/",
    "@adonisjs/",
    "@redwoodjs/",
    "@medusajs/",
    "env-cmd",
    "env-file",
    "loadEnvFile",
)
_LOADERS = regex(r'"(vite|react-scripts|next|nuxt|@vue/cli-service|astro|@angular/cli)"\s*:')
_VERSIONED = (
    "setuptools_scm",
    "setuptools-scm",
    "hatch-vcs",
    "versioneer",
    "dynamic-versioning",
    "versioningit",
    "ReadBuildInfo",
    "git rev-parse",
    "git ls-files",
    "Nerdbank.GitVersioning",
    "MinVer",
    "GitVersion",
    "GitInfo",
    "git-commit-id",
    "buildnumber-maven-plugin",
    "git-properties",
    "git-version",
    "axion-release",
    "nebula.release",
    "git describe",
    "gitRevision",
    "git-rev",
    "vergen",
    "dunamai",
)
_PBR = regex(r"\bpbr\b")


class Names:
    """What the Dockerfiles of one context, its code, its settings and its commands name.

    ``waste`` are paths whose own text is not read: what is unneeded names nothing. ``asked`` are
    the paths of which the questions are, or of which something below: files without their names
    are not taken apart. ``copied`` are the sources of COPY and of bind mounts; ``whole`` tells that
    an instruction takes the whole context.
    """

    def __init__(
        self,
        facts: Facts,
        targets: tuple[Target, ...],
        waste: frozenset[str],
        asked: frozenset[str],
    ) -> None:
        self._facts, self._targets, self._waste, self._asked = facts, targets, waste, asked
        steps = [(one, step) for one in targets for steps in one.all_steps for step in steps]
        sources = [(one, source) for one, step in steps for source in _sources(step)]
        sources = [(one, _without_star(source)) for one, source in sources]
        self.whole = any(source in ("", ".") for _, source in sources)
        found = {path for one, source in sources for path in _matching(one, source)}
        self.copied = frozenset(found - {""})
        self._workdirs = frozenset(step.after.workdir for _, step in steps)

    def asks_for(self, path: str) -> bool:
        """Whether an instruction names a path, or something below it, as its source."""
        below = f"{path}/"
        return any(one == path or one.startswith(below) for one in self.copied)

    def takes_along(self, path: str) -> bool:
        """Whether an instruction names a folder above a path."""
        return any(path.startswith(f"{one}/") for one in self.copied)

    def sends(self, path: str) -> bool:
        """Whether a build sends a path: BuildKit fetches only what instructions take."""
        return self.whole or self.takes_along(path) or self.asks_for(path)

    def mentions(self, path: str) -> bool:
        """Whether code, a command or a setting names a path, its base name or what is below it."""
        name = posixpath.basename(path)
        return path in self._heads or name in self._heads or self.spells_out(path)

    def spells_out(self, path: str) -> bool:
        """Whether the whole path, or something below it, is named; its base name does not do."""
        if "/" in path and path in self._inner:
            return True
        return (
            path in self._heads
            or any(posixpath.join(place, path) in self._heads for place in self._workdirs)
            or self._works_in(path)
        )

    def _works_in(self, path: str) -> bool:
        """Whether a ``WORKDIR`` is where a folder of the context lands, or below that."""
        places = {one.image_path(path) for one in self._landed} - {None}
        return any(
            workdir == place or workdir.startswith(f"{place}/")
            for workdir in self._workdirs
            for place in places
        )

    @cached_property
    def _landed(self) -> tuple[Landing, ...]:
        return tuple(
            one
            for target in self._targets
            for steps in target.all_steps
            for one in landings(target, steps)
        )

    @cached_property
    def reads_dotenv(self) -> bool:
        """Whether the code reads a ``.env`` file."""
        return any(text.reads_dotenv for path, text in self._texts if self._speaks(path))

    @cached_property
    def reads_history(self) -> bool:
        """Whether a command or the code reads the history of version control."""
        commands = (one for target in self._targets for one in self._started(target).commands)
        return any("git" in command.words for command in commands) or any(
            text.reads_history for path, text in self._texts if self._speaks(path)
        )

    @property
    def _heads(self) -> frozenset[str]:
        """What words begin with, up to a slash or a dot."""
        return self._said[0]

    @property
    def _inner(self) -> frozenset[str]:
        """The paths within words."""
        return self._said[1]

    @cached_property
    def _said(self) -> tuple[frozenset[str], frozenset[str]]:
        first = self._targets[0]
        words = {
            _word(word)
            for target in self._targets
            for command in self._started(target).commands
            for word in command.words
        }
        waiting: list[tuple[str, frozenset[str]]] = []
        names = {posixpath.basename(path) for path in self._asked}
        names |= {posixpath.basename(path) for path, _ in self._texts if not self._speaks(path)}
        for path, text in self._texts:
            if not any(name in text.text for name in names):
                continue
            if not self._speaks(path):
                waiting.append((path, text.words))
            elif _TOOLING.search(path):
                words |= {one for one in text.words if _is_file(first, path, one)}
            else:
                words |= text.words
        heads, inner = _parts(words)
        for path, more in waiting:
            if posixpath.basename(path) in heads or path in heads or path in inner:
                others = _parts(more)
                heads, inner = heads | others[0], inner | others[1]
        return heads, inner

    @cached_property
    def _texts(self) -> tuple[tuple[str, _Text], ...]:
        first = self._targets[0]
        found = _texts(first, self._waste)
        return tuple((path, _read(f"{first.context}/{path}", size)) for path, size in found)

    def _speaks(self, path: str) -> bool:
        """Whether a file counts at once: a script does if it is started, or named by others."""
        return not path.endswith((".sh", ".bash")) or any(
            path in self._started(target).scripts for target in self._targets
        )

    def _started(self, target: Target) -> Started:
        return self._facts.of(started, target)


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
                yield posixpath.normpath(f"/{source}").lstrip("/")
    elif isinstance(one, Run):
        for mount in one.mounts:
            if mount.type == "bind" and mount.from_ is None:
                yield posixpath.normpath(f"/{mount.source or ''}").lstrip("/")


def _without_star(source: str) -> str:
    """The folder of which a source takes all (``*``, ``src/*.*``): it names nothing in there."""
    folder, _, last = source.rpartition("/")
    every = last[:1] in ("*", "?") and not any(char.isalnum() for char in last)
    return folder if every else source


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


@record(cached=True)
class _Text:
    """The text of a file of code or settings; ``manifest`` tells that it is a ``package.json``."""

    text: str
    manifest: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """What stands between blanks, quotes and brackets."""
        return frozenset(_word(one) for one in {*_SPLIT.split(self.text)} if 1 < len(one) < 120)

    @cached_property
    def reads_dotenv(self) -> bool:
        """Whether it reads a ``.env`` file."""
        if any(word in self.text for word in _DOTENV):
            return True
        return self.manifest and _LOADERS.search(self.text) is not None

    @cached_property
    def reads_history(self) -> bool:
        """Whether it reads the history of version control."""
        if any(word in self.text for word in _VERSIONED):
            return True
        return "pbr" in self.text and _PBR.search(self.text) is not None


@lru_cache(maxsize=16384)
def _read(path: str, size: int) -> _Text:
    del size
    try:
        content = read_bytes(path)
    except OSError:
        return _Text("", manifest=False)
    return _Text(content.decode("utf-8", "replace"), path.endswith("package.json"))


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
