"""The Compose files that go on top of the project's own: for development and for production."""

from __future__ import annotations

import math
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.plan.compose_edit import shared_image_name
from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis import Analysis, PythonImage, StaticSite, Target

_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_STEP = 64 * 1024 * 1024
_DEFAULT_LIMIT = 512 * 1024 * 1024
_LEAST_LIMIT = 128 * 1024 * 1024
_HEADROOM = 3


@dataclass(frozen=True, slots=True)
class Variant:
    """What an override says of one service."""

    service: str
    image: str
    dockerfile: str | None = None
    target: str | None = None
    builds: bool = False
    volumes: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    memory_mb: int = 0
    publishes: bool = False


def plan_development(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    sites: Sequence[StaticSite],
) -> PlannedFile:
    """``docker-compose.dev.yml``: sources mounted, servers that reload."""
    variants = []
    for image, dockerfile in images:
        first = image.target.builders[0]
        name = f"{_untagged(shared_image_name(analysis, first))}:dev"
        volumes = tuple(_mounts(image))
        for run in image.target.runs:
            variants.append(
                Variant(
                    service=run.service,
                    image=name,
                    dockerfile=_in_context(image.target, dockerfile),
                    builds=run.service == first,
                    volumes=volumes,
                    environment=_reload(image, run.service),
                )
            )
    for site in sites:
        folder = posixpath.join(site.target.context_name, site.folder)
        for run in site.target.runs:
            variants.append(
                Variant(
                    service=run.service,
                    image=f"{_untagged(shared_image_name(analysis, site.target.service))}:dev",
                    target="dev",
                    builds=True,
                    volumes=(
                        f"./{folder}:{site.workdir}" if folder else f".:{site.workdir}",
                        posixpath.join(site.workdir, "node_modules"),
                    ),
                )
            )
    text = render(
        "compose.dev.yml.j2", compose=analysis.project.compose_names[0], services=variants
    )
    return PlannedFile("docker-compose.dev.yml", text, "stack for work on the code: hot reload")


def plan_production(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    sites: Sequence[StaticSite],
    memory: Mapping[str, int],
) -> tuple[PlannedFile, ...]:
    """``docker-compose.prod.yml`` and what it mounts.

    ``memory`` are measured bytes by service: limits are three times that, else 512 MiB.
    """
    services = analysis.project.compose.services
    built: dict[str, Variant] = {}
    for image, dockerfile in images:
        first = image.target.builders[0]
        name = f"{_untagged(shared_image_name(analysis, first))}:prod"
        for run in image.target.runs:
            built[run.service] = Variant(
                service=run.service,
                image=name,
                dockerfile=_in_context(image.target, dockerfile),
                builds=run.service == first,
            )
    secrets = _secrets(analysis)
    variants = []
    for service, spec in services.items():
        base = built.get(service, Variant(service, ""))
        environment = tuple(
            (key, value)
            for key, plain in spec.environment.items()
            if (value := _secret_value(key, plain or "", secrets)) is not None
        )
        variants.append(
            Variant(
                service=service,
                image=base.image,
                dockerfile=base.dockerfile,
                builds=base.builds,
                environment=environment,
                memory_mb=_limit(memory.get(service)) // (1024 * 1024),
                publishes=bool(spec.ports),
            )
        )
    front, routes = _routes(analysis, images, sites)
    scraped = _scraped(images)
    has_config = (analysis.project.root / "monitoring" / "prometheus.yml").is_file()
    provisioning = (analysis.project.root / "monitoring" / "grafana").is_dir()
    files = [
        PlannedFile(
            "docker-compose.prod.yml",
            render(
                "compose.prod.yml.j2",
                compose=analysis.project.compose_names[0],
                services=variants,
                front=front,
                workers=4,
                web=[image.target.service for image, _ in images],
                provisioning=provisioning,
                secrets=sorted({*secrets, "GRAFANA_ADMIN_PASSWORD"}),
            ),
            "stack for production: reverse proxy, monitoring, limits, secrets from outside",
        ),
        PlannedFile(
            "nginx/reverse-proxy.conf",
            render("proxy.nginx.conf.j2", front=front, routes=routes),
            "reverse proxy of the production stack",
        ),
    ]
    if not has_config:
        files.append(
            PlannedFile(
                "monitoring/prometheus.yml",
                render("prometheus.yml.j2", scraped=scraped),
                "what Prometheus reads",
            )
        )
    return tuple(files)


def _untagged(image: str) -> str:
    head, _, tail = image.rpartition("/")
    return posixpath.join(head, tail.partition(":")[0].partition("@")[0])


def _in_context(target: Target, dockerfile: str) -> str:
    """A Dockerfile's path as a build section names it: from the context."""
    return posixpath.relpath(dockerfile, target.context_name or ".")


def _mounts(image: PythonImage) -> list[str]:
    """The kept folders and files mounted where the image has them."""
    from jettison.analysis.copies import image_path, placements  # noqa: PLC0415

    places = placements(image.target)
    rows = []
    for path in image.kept_paths:
        place = image_path(places, path.rstrip("/"))
        host = posixpath.join(image.target.context_name, path.rstrip("/"))
        if place is not None:
            rows.append(f"./{host}:{place}")
    return rows


def _reload(image: PythonImage, service: str) -> tuple[tuple[str, str], ...]:
    """Environment that makes a service's server reload (uvicorn, gunicorn and Flask read it)."""
    programs = {use.program for use in image.reach.uses if use.service == service and not use.check}
    rows = []
    if "uvicorn" in programs:
        rows.append(("UVICORN_RELOAD", "true"))
    if "gunicorn" in programs:
        rows.append(("GUNICORN_CMD_ARGS", "--reload"))
    if "flask" in programs:
        rows.append(("FLASK_DEBUG", "1"))
    return tuple(rows)


def _limit(measured: int | None) -> int:
    if not measured:
        return _DEFAULT_LIMIT
    return max(_LEAST_LIMIT, math.ceil(_HEADROOM * measured / _STEP) * _STEP)


def _secrets(analysis: Analysis) -> dict[str, str]:
    """The secret-looking variables of all services, with their present values."""
    found: dict[str, str] = {}
    for service in analysis.project.compose.services.values():
        for key, value in service.environment.items():
            if value and _SECRET.search(key) and "://" not in value and not value.startswith("/"):
                found.setdefault(key, value)
    return found


def _secret_value(key: str, plain: str, secrets: Mapping[str, str]) -> str | None:
    """What production says for a variable that is a secret or has one in its URL."""
    if key in secrets:
        return f"${{{key}:?set {key}}}"
    if "://" not in plain:
        return None
    for name, value in secrets.items():
        marked = f":{value}@"
        if marked in plain:
            head, _, tail = plain.partition(marked)
            return f"{_dollars(head)}:${{{name}:?set {name}}}@{_dollars(tail)}"
    return None


def _dollars(text: str) -> str:
    return text.replace("$", "$$")


def _routes(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    sites: Sequence[StaticSite],
) -> tuple[str, list[tuple[str, str]]]:
    """Where the reverse proxy sends everything, and the prefixes that go elsewhere."""
    if sites:
        site = sites[0]
        routes = [(proxy.prefix, proxy.upstream) for proxy in site.proxies]
        return f"{site.target.service}:{site.port}", routes
    for image, _ in images:
        for run in image.target.runs:
            if run.ports:
                return f"{run.service}:{run.ports[0].target}", []
    for service in analysis.project.compose.services.values():
        if service.build is not None and service.ports:
            return f"{service.name}:{service.ports[0].target}", []
    return f"{analysis.project.targets[0].service}:80", []


def _scraped(images: Sequence[tuple[PythonImage, str]]) -> list[tuple[str, str]]:
    return [
        (run.service, f"{run.service}:{run.ports[0].target}")
        for image, _ in images
        for run in image.target.runs
        if run.ports and "/metrics" in image.code.strings
    ][:1]
