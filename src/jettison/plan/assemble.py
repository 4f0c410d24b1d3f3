"""From an analysis to a plan."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jettison.analysis import PythonImage, StaticSite
from jettison.errors import ProjectError
from jettison.plan.compose_development import plan_development
from jettison.plan.compose_edit import edit_compose
from jettison.plan.compose_production import plan_production
from jettison.plan.dockerignore import plan_ignore_file
from jettison.plan.extras import plan_makefile, plan_size_check
from jettison.plan.model import Plan, PlannedFile
from jettison.plan.python_image import can_rewrite, plan_python_image
from jettison.plan.static_site import cannot_rewrite, nginx_conf_path, plan_static_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis import Analysis, Target
    from jettison.plan.model import Resolver

_PYTHON_TAG = re.compile(r":(\d+\.\d+)")
_ADDRESSED_BY_PYTHON = frozenset({"JT001", "JT002", "JT003", "JT006", "JT007", "JT008"})
_ADDRESSED_BY_SITE = frozenset({"JT001", "JT004"})


def make_plan(analysis: Analysis, resolver: Resolver, memory: Mapping[str, int]) -> Plan:
    """The new files of a project.

    ``memory`` are measured bytes by service, for limits. Raises ``ProjectError`` when no image of
    the project is of a kind that can be rewritten, saying why for each.
    """
    draft = _Draft(analysis, resolver)
    for target, image in zip(analysis.project.targets, analysis.images, strict=True):
        draft.add(target, image)
    if not draft.images and not draft.sites:
        raise ProjectError(
            "no image of this project can be rewritten yet: " + "; ".join(draft.refused),
            remedy="Jettison rewrites single-stage Python images that install a requirement file, "
            "and front ends that a development server serves.",
        )
    draft.add_shared_files(memory)
    return draft.plan()


@dataclass(slots=True)
class _Draft:
    """A plan while it grows; ``images`` come with their development and production Dockerfiles."""

    analysis: Analysis
    resolver: Resolver
    files: list[PlannedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    images: list[tuple[PythonImage, str, str]] = field(default_factory=list)
    sites: list[StaticSite] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    needed: dict[str, set[str]] = field(default_factory=dict)

    def add(self, target: Target, image: PythonImage | StaticSite | None) -> None:
        """Plans one target's own files, or notes why it is left as it is."""
        reason = _refusal(target, image)
        if reason is not None:
            self.refused.append(f"{target.dockerfile_name}: {reason}")
            self.needed.setdefault(target.context_name, set()).add("")
        elif isinstance(image, PythonImage):
            self._add_python(target, image)
        elif isinstance(image, StaticSite):
            self.files += plan_static_site(image)
            self.sites.append(image)
            folder = f"{image.folder}/" if image.folder else ""
            self.needed.setdefault(target.context_name, set()).update(
                {folder, nginx_conf_path(image)}
            )

    def _add_python(self, target: Target, image: PythonImage) -> None:
        lines, locked = _production(image, self.resolver)
        planned = plan_python_image(image, lines)
        self.files += planned.files
        self.notes += planned.notes
        if not locked:
            self.notes.append(_NOT_LOCKED.format(file=planned.requirements))
        self.images.append((image, planned.dev_dockerfile, planned.prod_dockerfile))
        requirements = posixpath.relpath(planned.requirements, target.context_name or ".")
        self.needed.setdefault(target.context_name, set()).update(
            {*image.kept_paths, image.requirement_path, requirements}
        )

    def add_shared_files(self, memory: Mapping[str, int]) -> None:
        """Plans what belongs to the whole project."""
        analysis = self.analysis
        self.notes += [f"{reason}: left as it is." for reason in self.refused]
        self.files += _ignore_files(analysis, self.needed)
        compose, kept = edit_compose(analysis, [image for image, _, _ in self.images], self.sites)
        self.files.append(compose)
        self.notes += kept
        dev = [(image, dockerfile) for image, dockerfile, _ in self.images]
        prod = [(image, dockerfile) for image, _, dockerfile in self.images]
        self.files.append(plan_development(analysis, dev, self.sites))
        self.files += plan_production(analysis, prod, self.sites, memory)
        self.files += [plan_makefile(analysis.project), plan_size_check(analysis.project)]

    def plan(self) -> Plan:
        """The finished plan."""
        addressed = {"JT005", "JT009"}
        addressed |= _ADDRESSED_BY_PYTHON if self.images else set()
        addressed |= _ADDRESSED_BY_SITE if self.sites else set()
        return Plan(tuple(self.files), frozenset(addressed), tuple(self.notes))


_NOT_LOCKED = (
    "{file} lists what the services name without the packages those depend on, as no resolver "
    "could be asked: pip chooses their versions."
)


def _refusal(target: Target, image: PythonImage | StaticSite | None) -> str | None:
    if len(target.dockerfile.stages) > 1:
        return "it has several stages already"
    match image:
        case PythonImage():
            return can_rewrite(image)
        case StaticSite():
            return cannot_rewrite(image)
        case None:
            return "neither a Python image with a requirement file nor a front end"


def _production(image: PythonImage, resolver: Resolver) -> tuple[tuple[str, ...], bool]:
    """The production requirement lines with a heading, and whether all versions are pinned."""
    wanted = [need.text for need in image.kept]
    constraints = [line.text for line in image.requirements.lines if line.pinned]
    version = _PYTHON_TAG.search(image.target.stage.base_name or image.target.stage.base)
    locked = resolver.lock(
        wanted, constraints, version[1] if version else "3.11", image.target.context
    )
    head = (
        f"# Written by Jettison from {image.requirement_path}: what the services import, run or",
        "# load on demand, with all that it depends on. Change that file, then run jettison again.",
        *image.requirements.options,
    )
    if locked is not None:
        return (*head, *locked), True
    return (*head, *wanted), False


def _ignore_files(analysis: Analysis, needed: Mapping[str, set[str]]) -> list[PlannedFile]:
    planned: dict[str, PlannedFile] = {}
    for target in analysis.project.targets:
        paths = needed.get(target.context_name, {""})
        if "" in paths:
            paths = _everything(target)
        file = plan_ignore_file(target, paths)
        if file is not None:
            planned.setdefault(file.path, file)
    return list(planned.values())


def _everything(target: Target) -> set[str]:
    """All top-level entries: what to keep when anything may be needed."""
    tops = {entry.path.split("/", 1)[0] for entry in target.files.files}
    return {f"{top}/" if (target.context / top).is_dir() else top for top in tops}
