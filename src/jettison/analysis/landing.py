"""Which file of the context a path of the image came from, at any RUN of any stage."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.dockerfile import Add, Copy
from jettison.dockerfile.context import Kind
from jettison.dockerfile.ignore.paths import BadPattern, glob_matches, has_wildcard
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.project import Target
    from jettison.dockerfile import FileInstruction, Step

_FOLDERS = frozenset({"/", "/tmp", "/opt", "/srv", "/usr/src", "/root", "/home", "/etc", "/var"})  # noqa: S108

__all__ = ["Landing", "brought_from", "landings", "project_path", "steps_before"]


@record
class Landing:
    """One entry of the context that a COPY or ADD takes: where it comes from and where it lands.

    ``source`` is relative to the context, ``""`` for all of it; ``place`` is absolute in the
    image. ``word`` is the number of the source in the instruction. A folder's contents land in
    ``place``.
    """

    instruction: FileInstruction
    word: int
    source: str
    place: str
    folder: bool

    def context_path(self, image_path: str) -> str | None:
        """The context's path that lands at ``image_path`` by this, or ``None``."""
        if image_path == self.place:
            return self.source
        prefix = self.place.rstrip("/") + "/"
        if self.folder and image_path.startswith(prefix):
            # What is asked for below "/" may have a second slash.
            return posixpath.join(self.source, image_path.removeprefix(prefix).lstrip("/"))
        return None

    def image_path(self, context_path: str) -> str | None:
        """Where a path of the context lands by this, or ``None``."""
        if context_path == self.source:
            return self.place
        prefix = f"{self.source}/" if self.source else ""
        if self.folder and context_path.startswith(prefix):
            # Asked for every file: a path of the context has no root that a join would take.
            between = "" if self.place.endswith("/") else "/"
            return f"{self.place}{between}{context_path[len(prefix) :]}"
        return None


def steps_before(target: Target, stage: int, line: int) -> tuple[Step, ...]:
    """The steps in front of a line of a stage, with those of the stages it is built from."""
    own = tuple(step for step in target.all_steps[stage] if step.instruction.line < line)
    base = target.dockerfile.stages[stage].base_stage
    while base is not None:
        own = (*target.all_steps[base], *own)
        base = target.dockerfile.stages[base].base_stage
    return own


def landings(target: Target, steps: tuple[Step, ...]) -> tuple[Landing, ...]:
    """What the COPYs and ADDs among ``steps`` take from the context, in order."""
    return tuple(landing for step in steps for landing in _of(target, step))


def brought_from(target: Target, found: tuple[Landing, ...], image_path: str) -> str | None:
    """The context's path that lies at an image path after ``found``; the last one wins."""
    path = f"/{posixpath.normpath(image_path).lstrip('/')}"  # two slashes at the front would stay
    for landing in reversed(found):
        source = landing.context_path(path)
        if source is not None and (not source or target.files.get(source) is not None):
            return source
    return None


def project_path(target: Target, context_path: str) -> str:
    """A path of the context as a path of the project."""
    return posixpath.normpath(posixpath.join(target.context_name, context_path))


def _of(target: Target, step: Step) -> Iterator[Landing]:
    copy = step.expanded
    written = step.instruction
    if not isinstance(copy, Copy | Add) or not isinstance(written, Copy | Add):
        return
    if isinstance(copy, Copy) and (copy.from_ is not None or copy.parents):
        return
    base = posixpath.normpath(posixpath.join(step.before.workdir, copy.destination))
    into = copy.destination.endswith(("/", "/.")) or copy.destination in (".", "..")
    into = into or len(copy.sources) > 1 or base == step.before.workdir or base in _FOLDERS
    for word, source in enumerate(copy.sources):
        if "://" in source:
            continue
        for path in _entries(target, posixpath.normpath(f"/{source}").lstrip("/")):
            entry = target.files.get(path) if path else None
            folder = not path or (entry is not None and entry.kind is Kind.DIR)
            place = base if folder or not into else posixpath.join(base, posixpath.basename(path))
            yield Landing(written, word, path, place, folder)


def _entries(target: Target, source: str) -> Iterator[str]:
    if not has_wildcard(source):
        yield source
        return
    folder = posixpath.dirname(source)
    if has_wildcard(folder):
        return
    for entry in target.files.entries(folder):
        try:
            if glob_matches(posixpath.basename(source), posixpath.basename(entry.path)):
                yield entry.path
        except BadPattern:
            return
