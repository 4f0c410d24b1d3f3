"""``docker-compose.prod.yml``: one door, monitoring, limits, secrets from outside."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from jettison.plan.compose_edit import shared_image_name
from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render
from jettison.plan.variant import Variant, from_context, retagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.analysis import Analysis, PythonImage, StaticSite
    from jettison.compose import Service

_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_MIB = 1024 * 1024
_STEP = 64 * _MIB
_DEFAULT_LIMIT = 512 * _MIB
_LEAST_LIMIT = 128 * _MIB
_HEADROOM = 3
_WORKERS = 4


def plan_production(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    sites: Sequence[StaticSite],
    memory: Mapping[str, int],
) -> tuple[PlannedFile, ...]:
    """The Compose file for production and what it mounts.

    ``images`` come with their production Dockerfiles. ``memory`` are measured bytes by service: a
    limit is three times that, else 512 MiB.
    """
    root = analysis.project.root
    secrets = _secrets(analysis)
    front, routes = _routes(analysis, images, sites)
    compose = render(
        "compose.prod.yml.j2",
        compose=analysis.project.compose_names[0],
        services=_variants(analysis, images, memory, secrets),
        front=front,
        workers=_WORKERS,
        web=[image.target.service for image, _ in images],
        provisioning=(root / "monitoring" / "grafana").is_dir(),
        secrets=sorted({*secrets, "GRAFANA_ADMIN_PASSWORD"}),
    )
    proxy = render("proxy.nginx.conf.j2", front=front, routes=routes)
    files = [
        PlannedFile(
            "docker-compose.prod.yml",
            compose,
            "stack for production: reverse proxy, monitoring, limits, secrets from outside",
        ),
        PlannedFile("nginx/reverse-proxy.conf", proxy, "reverse proxy of the production stack"),
    ]
    if not (root / "monitoring" / "prometheus.yml").is_file():
        scraped = render("prometheus.yml.j2", scraped=_scraped(images))
        files.append(PlannedFile("monitoring/prometheus.yml", scraped, "what Prometheus reads"))
    return tuple(files)


def _variants(
    analysis: Analysis,
    images: Sequence[tuple[PythonImage, str]],
    memory: Mapping[str, int],
    secrets: Mapping[str, str],
) -> list[Variant]:
    built = {
        run.service: (image, dockerfile)
        for image, dockerfile in images
        for run in image.target.runs
    }
    variants = []
    for name, service in analysis.project.compose.services.items():
        tag, path, builds = "", None, False
        if name in built:
            image, dockerfile = built[name]
            first = image.target.builders[0]
            tag = retagged(shared_image_name(analysis, first), "prod")
            path, builds = from_context(image.target, dockerfile), name == first
        variants.append(
            Variant(
                service=name,
                image=tag,
                dockerfile=path,
                builds=builds,
                environment=_secret_environment(service, secrets),
                memory_mb=_limit(memory.get(name)) // _MIB,
                publishes=bool(service.ports),
            )
        )
    return variants


def _secret_environment(
    service: Service, secrets: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    rows = (
        (key, _secret_value(key, plain or "", secrets))
        for key, plain in service.environment.items()
    )
    return tuple((key, value) for key, value in rows if value is not None)


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
