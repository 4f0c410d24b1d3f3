"""The analysis of a whole project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis.clutter import Clutter, clutter_of, kind_of_unused
from jettison.analysis.python_image import PythonImage, read_python_image
from jettison.analysis.static_site import StaticSite, read_static_site
from jettison.dockerfile.context import Kind

if TYPE_CHECKING:
    from jettison.analysis.project import Project, Target


@dataclass(frozen=True, slots=True)
class UnusedContext:
    """Context files that no image of the project needs, by what they are; bytes on disk."""

    bytes_by_kind: dict[str, int]
    total_bytes: int
    unused_bytes: int
    unused_top: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A project and what each of its targets turned out to be."""

    project: Project
    images: tuple[PythonImage | StaticSite | None, ...]
    _unused: dict[tuple[str, str | None], UnusedContext] = field(default_factory=dict, repr=False)

    @property
    def python_images(self) -> tuple[PythonImage, ...]:
        """The targets that install Python requirements."""
        return tuple(image for image in self.images if isinstance(image, PythonImage))

    @property
    def static_sites(self) -> tuple[StaticSite, ...]:
        """The targets that run a development server for static files."""
        return tuple(image for image in self.images if isinstance(image, StaticSite))

    def needed_paths(self, context_name: str) -> frozenset[str] | None:
        """The context paths that images built from a context need, folders with a slash.

        ``None`` when a target of that context is of no known kind: then anything may be needed.
        """
        needed: set[str] = set()
        for target, image in zip(self.project.targets, self.images, strict=True):
            if target.context_name != context_name:
                continue
            match image:
                case PythonImage():
                    needed.update(image.kept_paths)
                    needed.update(line.file for line in image.requirements.lines)
                    needed.add(image.requirement_path)
                case StaticSite():
                    needed.add(f"{image.folder}/" if image.folder else "")
                case None:
                    return None
        return None if "" in needed else frozenset(needed)

    def unused_context(self, target: Target) -> UnusedContext:
        """What the context of ``target`` sends although no image needs it."""
        key = (target.context_name, target.ignore_name)
        if key not in self._unused:
            self._unused[key] = self._find_unused(target)
        return self._unused[key]

    def _find_unused(self, target: Target) -> UnusedContext:
        needed = self.needed_paths(target.context_name)
        by_kind: dict[str, int] = {}
        tops: dict[str, int] = {}
        unused = 0
        for file in target.files.files:
            if file.kind is not Kind.FILE:
                continue
            kind: str | None = clutter_of(file.path)
            top = file.path.split("/", 1)[0]
            if kind is None and needed is not None and not _is_needed(file.path, needed):
                kind = kind_of_unused(top) or "used by no image"
                tops[top] = tops.get(top, 0) + file.size
            if kind is not None:
                by_kind[kind] = by_kind.get(kind, 0) + file.size
                unused += file.size
        return UnusedContext(
            bytes_by_kind=dict(sorted(by_kind.items(), key=lambda item: -item[1])),
            total_bytes=target.files.size,
            unused_bytes=unused,
            unused_top=tuple(sorted(tops)),
        )


def analyze(project: Project) -> Analysis:
    """The analysis of every target."""
    images = tuple(read_static_site(t) or read_python_image(t) for t in project.targets)
    return Analysis(project, images)


def _is_needed(path: str, needed: frozenset[str]) -> bool:
    return path in needed or any(one.endswith("/") and path.startswith(one) for one in needed)


__all__ = ["Analysis", "Clutter", "UnusedContext", "analyze"]
