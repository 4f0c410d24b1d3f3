"""``docker-compose.dev.yml``: sources mounted, servers that reload."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.copies import image_path, placements
from jettison.plan.compose_edit import shared_image_name
from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render
from jettison.plan.variant import Variant, from_context, retagged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jettison.analysis import Analysis, PythonImage, StaticSite


def plan_development(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    sites: Sequence[StaticSite],
) -> PlannedFile:
    """The Compose file for work on the code; ``images`` come with their development Dockerfiles."""
    services = [v for image, dockerfile in images for v in _python(analysis, image, dockerfile)]
    services += [variant for site in sites for variant in _site(analysis, site)]
    compose = analysis.project.compose_names[0]
    text = render("compose.dev.yml.j2", compose=compose, services=services)
    return PlannedFile("docker-compose.dev.yml", text, "stack for work on the code: hot reload")


def _python(analysis: Analysis, image: PythonImage, dockerfile: str) -> Iterator[Variant]:
    first = image.target.builders[0]
    for run in image.target.runs:
        yield Variant(
            service=run.service,
            image=retagged(shared_image_name(analysis, first), "dev"),
            dockerfile=from_context(image.target, dockerfile),
            builds=run.service == first,
            volumes=_mounts(image),
            environment=_reload(image, run.service),
        )


def _site(analysis: Analysis, site: StaticSite) -> Iterator[Variant]:
    folder = posixpath.join(site.target.context_name, site.folder)
    for run in site.target.runs:
        yield Variant(
            service=run.service,
            image=retagged(shared_image_name(analysis, site.target.service), "dev"),
            target="dev",
            builds=True,
            volumes=(
                f"./{folder}:{site.workdir}" if folder else f".:{site.workdir}",
                posixpath.join(site.workdir, "node_modules"),
            ),
        )


def _mounts(image: PythonImage) -> tuple[str, ...]:
    """The kept folders and files mounted where the image has them."""
    places = placements(image.target)
    rows = []
    for path in image.kept_paths:
        place = image_path(places, path.rstrip("/"))
        if place is not None:
            host = posixpath.join(image.target.context_name, path.rstrip("/"))
            rows.append(f"./{host}:{place}")
    return tuple(rows)


def _reload(image: PythonImage, service: str) -> tuple[tuple[str, str], ...]:
    """Environment that makes a service's server reload (uvicorn, gunicorn and Flask read it)."""
    programs = {use.program for use in image.reach.uses if use.service == service and not use.check}
    known = (
        ("uvicorn", "UVICORN_RELOAD", "true"),
        ("gunicorn", "GUNICORN_CMD_ARGS", "--reload"),
        ("flask", "FLASK_DEBUG", "1"),
    )
    return tuple((name, value) for program, name, value in known if program in programs)
