"""Which files of the context a compiled program reads when it runs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.analysis.context.names import Ignored
from jettison.analysis.landing import brought_from, project_path
from jettison.dockerfile.context import Kind
from jettison.patterns import regex
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jettison.analysis.compiled.model import Code, Language
    from jettison.analysis.facts import Facts
    from jettison.analysis.landing import Landing
    from jettison.analysis.project import Target

__all__ = ["FileFinder", "NeededFiles"]

_PATTERN = regex(r"[*?\[{%$<]")
_SETTINGS = regex(r"\.(ya?ml|toml|json|ini|conf|cfg|env|properties|hcl|sh)$|(^|/)\.env$")
_STEMS = regex(r"(?P<stem>[^/]+)\.(ya?ml|toml|json|ini|env|properties|hcl)$")
_FILE_OF_SETTINGS = regex(
    r"[\w./-]{0,100}\.(?:env|ya?ml|toml|json|ini|conf|properties)|(?:[\w./-]{0,100}/)?\.env(?:\.\w{1,20})?"
)
_DEPLOYMENT = regex(
    r"\A(?=.*^apiVersion:)(?=.*^kind:)|\A(?=.*^(?:on|\"on\"):)(?=.*^jobs:)",
    re.DOTALL | re.MULTILINE,
)
_WORDS = regex(r"[\s'\"`=,;()\[\]<>|&]+")
_BIGGEST = 128 * 1024
_LONGEST = 200
_MOST = 400


@record
class NeededFiles:
    """Paths of the image, and the top entries of the context that nothing names."""

    places: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(slots=False)
class FileFinder:
    """Looks for what has to come along of the context, which ``landed`` brought to the build.

    ``unmissed`` are folders, with a slash at their ends, and files that only building read.
    """

    facts: Facts
    target: Target
    language: Language
    code: Code
    landed: tuple[Landing, ...]
    unmissed: frozenset[str] = frozenset()
    hits: set[str] = field(default_factory=set)

    def find(self, words: Iterable[str]) -> NeededFiles:
        """The files that are needed; ``words`` are those of commands and settings."""
        strings = {*self.code.strings, *words}
        if self.code.whole:
            self.hits |= {path.partition("/")[0] for path in self.data}
        self.hits |= {n for n in self.code.folders if n in self.folders or self._folder(n)}
        folders = tuple(one for one in self.unmissed if one.endswith("/"))
        for path in self.facts.evidence.opened.get(self.target.name, frozenset()):
            source = brought_from(self.target, self.landed, path)
            built = path in self.unmissed or path.startswith(folders)
            if source and source in self.data and not built:
                self.hits.add(source)
        seen: set[str] = set()
        waiting = strings
        while waiting and len(seen) < _MOST:
            for one in waiting:
                self._take(one)
            fresh = {p for p in self.data if self._hit(p) and p not in seen}
            seen |= fresh
            waiting = {word for path in fresh for word in self._words_in(path)}
        self.hits |= set(self._wholes())
        return NeededFiles(tuple(self._places()), tuple(self._left()))

    @cached_property
    def data(self) -> frozenset[str]:
        """The files of the context that reach the build and that not only the build reads."""
        return frozenset(
            file.path
            for file in self.target.files.files
            if file.kind is not Kind.DIR
            and not self.language.sources.search(file.path)
            and self._place(file.path)
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """The data and all folders above it."""
        found = set(self.data)
        for path in self.data:
            folder = posixpath.dirname(path)
            while folder:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The data by base name, and settings by their name without its ending, too."""
        found: dict[str, list[str]] = {}
        for path in self.data:
            name = posixpath.basename(path)
            if "." in name:
                found.setdefault(name, []).append(path)
            stem = _STEMS.search(path)
            if stem is not None and path.count("/") < 3 and not self._is_deployment(path):
                found.setdefault(stem["stem"], []).append(path)
        return found

    def _is_deployment(self, path: str) -> bool:
        """Whether a file tells a cluster or a service of CI what to run: no program reads it."""
        if not path.endswith((".yml", ".yaml")):
            return False
        source = self.facts.tree.read(project_path(self.target, path))
        return source is not None and _DEPLOYMENT.search(source.text) is not None

    def _folder(self, path: str) -> bool:
        """Whether the context has a folder at a path that reaches the build."""
        return bool(self.target.files.entries(path)) and bool(self._place(path))

    def _place(self, path: str) -> str:
        for landing in reversed(self.landed):
            place = landing.image_path(path)
            if place is not None:
                return place
        return ""

    def _take(self, text: str) -> None:
        if not text or len(text) > _LONGEST or any(blank in text for blank in " \n\t"):
            return
        self.hits.update(self.names.get(text, ()))
        path = text.removeprefix("file:").removeprefix("//")
        parts = []
        for part in path.split("/"):
            if _PATTERN.search(part):
                break
            parts.append(part)
        path = posixpath.normpath("/".join(parts) or ".") if path != "/" else "."
        if path in (".", "/", "..") or not path:
            return
        place = posixpath.join(self.target.state.workdir, path)
        plain = re.sub(r"^(\.\./)+", "", path).lstrip("/")
        for source in (brought_from(self.target, self.landed, place), plain):
            if source and source in self.folders:
                self.hits.add(source)

    def _hit(self, path: str) -> bool:
        return path in self.hits or any(path.startswith(f"{hit}/") for hit in self.hits)

    def _wholes(self) -> Iterable[str]:
        """The folders of which each file is needed, and one more would be as well."""
        files = [one.path for one in self.target.files.files if one.kind is not Kind.DIR]
        for folder in {posixpath.dirname(hit) for hit in self.hits} - {""}:
            below = [path for path in files if path.startswith(f"{folder}/")]
            if len(below) > 1 and all(map(self._hit, below)):
                yield folder

    def _words_in(self, path: str) -> frozenset[str]:
        file = self.target.files.get(path)
        if file is None or file.size > _BIGGEST or not _SETTINGS.search(path):
            return frozenset()
        source = self.facts.tree.read(project_path(self.target, path))
        return frozenset(_WORDS.split(source.text)) if source is not None else frozenset()

    def absent(self) -> tuple[str, ...]:
        """Files of settings that the code names, and that only lie where somebody builds.

        They are not here, and the project's ``.gitignore`` keeps them out of what others fetch.
        """
        ignored = Ignored(self.facts.project.root, self.target.context_name)
        found = set()
        for text in {*self.code.strings, *(n for n in self.code.folders if n.startswith("."))}:
            if not _FILE_OF_SETTINGS.fullmatch(text):
                continue
            path = posixpath.normpath(text.removeprefix(self.target.state.workdir).lstrip("/"))
            here = self.names.get(posixpath.basename(path)) or self.target.files.get(path)
            if not here and not path.startswith("..") and ignored(path):
                found.add(path)
        return tuple(sorted(found))

    def _places(self) -> Iterable[str]:
        for path in sorted(self.hits):
            if not any(path.startswith(f"{hit}/") for hit in self.hits):
                yield from self._places_of(path)

    def _places_of(self, path: str) -> Iterable[str]:
        """Where a path lies in the image: its folder there, or each file of it by itself."""
        place = self._place(path)
        if place:
            return (place,)
        inside = sorted(one for one in self.data if one.startswith(f"{path}/"))
        found = [self._place(one) for one in inside]
        tails = [one.removeprefix(path) for one in inside]
        above = {p.removesuffix(t) for p, t in zip(found, tails, strict=True) if p.endswith(t)}
        if len(above) == 1 and all(p.endswith(t) for p, t in zip(found, tails, strict=True)):
            return tuple(above - {""}) or found
        return found

    def _left(self) -> Iterable[str]:
        tops = sorted({path.partition("/")[0] for path in self.data})
        for top in tops:
            if not any(hit == top or hit.startswith(f"{top}/") for hit in self.hits):
                yield f"{top}/" if self.target.files.entries(top) else top
