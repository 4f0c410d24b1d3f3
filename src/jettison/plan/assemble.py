"""From an analysis to a plan."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jettison.analysis import PythonImage, StaticSite
from jettison.errors import ProjectError
from jettison.plan.compose_edit import edit_compose
from jettison.plan.compose_variants import plan_development, plan_production
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
    files: list[PlannedFile] = []
    notes: list[str] = []
    images: list[tuple[PythonImage, str, str]] = []
    sites: list[StaticSite] = []
    refused: list[str] = []
    needed: dict[str, set[str]] = {}
    production: dict[str, tuple[str, ...]] = {}
    for target, image in zip(analysis.project.targets, analysis.images, strict=True):
        reason = _refusal(image)
        if reason is not None:
            refused.append(f"{target.dockerfile_name}: {reason}")
            needed.setdefault(target.context_name, set()).add("")
            continue
        match image:
            case PythonImage():
                lines, locked = _production(image, resolver)
                planned = plan_python_image(image, lines)
                files += planned.files
                notes += planned.notes
                notes += [] if locked else [_NOT_LOCKED.format(file=planned.requirements)]
                images.append((image, planned.dev_dockerfile, planned.prod_dockerfile))
                production[target.service] = lines
                paths = {*image.kept_paths, image.requirement_path}
                paths.add(posixpath.relpath(planned.requirements, target.context_name or "."))
            case StaticSite():
                files += plan_static_site(image)
                sites.append(image)
                paths = {f"{image.folder}/" if image.folder else "", nginx_conf_path(image)}
            case _:
                continue
        needed.setdefault(target.context_name, set()).update(paths)
    if not images and not sites:
        raise ProjectError(
            "no image of this project can be rewritten yet: " + "; ".join(refused),
            remedy="Jettison rewrites single-stage Python images that install a requirement file, "
            "and front ends that a development server serves.",
        )
    notes += [f"{reason}: left as it is." for reason in refused]
    files += _ignore_files(analysis, needed)
    compose, kept = edit_compose(analysis, [image for image, _, _ in images], sites)
    files.append(compose)
    notes += kept
    files.append(plan_development(analysis, [(i, dev) for i, dev, _ in images], sites))
    files += plan_production(analysis, [(i, prod) for i, _, prod in images], sites, memory)
    files += [plan_makefile(analysis.project), plan_size_check(analysis.project)]
    addressed = {"JT005", "JT009"}
    addressed |= _ADDRESSED_BY_PYTHON if images else set()
    addressed |= _ADDRESSED_BY_SITE if sites else set()
    return Plan(tuple(files), frozenset(addressed), tuple(notes), production)


_NOT_LOCKED = (
    "{file} lists what the services name without the packages those depend on, as no resolver "
    "could be asked: pip chooses their versions."
)


def _refusal(image: PythonImage | StaticSite | None) -> str | None:
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
