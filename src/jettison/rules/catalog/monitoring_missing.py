"""Services have metrics that nothing collects.

## What it does
Asked for by `--with monitoring`: adds Prometheus and Grafana to the production Compose file, with
the project's own configuration where it has one.

## Why it matters
Metrics that nobody reads are work for nothing.

## Fix safety
Safe for the stack itself: only the production overlay is changed, and new files are made. Nothing
is done where no service answers `/metrics` and the project has no files for Prometheus, as for a
static site.

## Saving
None.

## References
* Prometheus documentation, "Configuration"
* Grafana documentation, "Provision Grafana"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.variants.metrics import Monitoring, monitoring, scraped_services
from jettison.analysis.variants.overlays import from_compose
from jettison.errors import JettisonError
from jettison.rules.model import (
    Basis,
    Change,
    Example,
    Finding,
    Grade,
    Key,
    Kind,
    Level,
    Patch,
    Refused,
    Rule,
)
from jettison.rules.overlay_patch import (
    networks_of,
    overlay_patch,
    production_overlay,
    runs_image,
)
from jettison.rules.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.variants.overlays import Overlay
    from jettison.compose import EditValue

CODE, NAME, EXTRA = "JT053", "monitoring-missing", "monitoring"
PROMETHEUS, GRAFANA = "prometheus", "grafana"

_CONFIG = "monitoring/prometheus.yml"
_COMPOSE = 'services:\n  api:\n    build: .\n    ports: ["8000:8000"]\n'
_DOCKERFILE = "FROM python:3.11-slim\nCOPY api.py /srv/\nCMD python /srv/api.py\n"
_FILES = {"compose.yaml": _COMPOSE, "Dockerfile": _DOCKERFILE, "api.py": "route('/metrics')\n"}
VALID = (
    Example("a service without metrics", {**_FILES, "api.py": "route('/')\n"}),
    Example(
        "it is there",
        {**_FILES, "compose.yaml": f"{_COMPOSE}  prometheus:\n    image: prom/prometheus\n"},
    ),
)
_AFTER = """\
# Written by Jettison: for production.
# Use: docker compose -f compose.yaml -f docker-compose.prod.yml up --build -d

services:
  prometheus:
    image: prom/prometheus:latest
    volumes:
      - ./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml:ro
      - prometheus_data:/prometheus
    restart: unless-stopped
  grafana:
    image: grafana/grafana:latest
    environment:
      GF_SECURITY_ADMIN_PASSWORD: "${GRAFANA_ADMIN_PASSWORD:?set GRAFANA_ADMIN_PASSWORD}"
    ports:
      - "127.0.0.1:${GRAFANA_PORT:-3001}:3000"
    volumes:
      - grafana_data:/var/lib/grafana
    depends_on:
      - prometheus
    restart: unless-stopped
volumes:
  prometheus_data: {}
  grafana_data: {}
"""
_SCRAPED = """\
# Written by Jettison: what Prometheus asks, and how often.
global:
  scrape_interval: 15s

scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]

  - job_name: api
    metrics_path: /metrics
    static_configs:
      - targets: ["api:8000"]
"""
INVALID = (
    Example(
        "a service with metrics",
        _FILES,
        found=("compose.yaml:1", "compose.yaml:1"),
        after={"docker-compose.prod.yml": _AFTER, _CONFIG: _SCRAPED},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for each of both that metrics lack, if monitoring was asked for."""
    there = production_overlay(facts) if EXTRA in facts.asked else None
    if there is None or runs_image(facts, "prometheus"):
        return
    scraped = facts.whole(scraped_services)
    own = facts.whole(monitoring)
    if not scraped and not own.prometheus:
        return
    names = tuple(service.name for service, _ in scraped)
    place = facts.project.compose_names[0]
    for service, (message, change) in _SERVICES.items():
        if f"\n  {service}:" in (there.text or ""):
            continue
        remedy: Change | Refused
        try:
            remedy = change(facts, there, own)
        except JettisonError as error:
            remedy = Refused(str(error))
        key = Key(CODE, "", service)
        yield Finding(key, NAME, message, place, 1, names, remedy, level=Level.NOTE)


def _collecting(facts: Facts, there: Overlay, own: Monitoring) -> Change:
    scraped = facts.whole(scraped_services)
    definition = _prometheus(facts, own, networks_of([service for service, _ in scraped]))
    patch = overlay_patch(facts, there, {PROMETHEUS: definition}, volumes=("prometheus_data",))
    reason = f"{own.prometheus} is the project's own" if own.prometheus else f"{_CONFIG} is new"
    if not own.prometheus:
        rows = [(service.name, f"{service.name}:{port}") for service, port in scraped]
        patch |= Patch({}, {_CONFIG: render("prometheus.yml.j2", scraped=rows)})
    title = f"Prometheus, in {there.path}"
    key = Key(CODE, "", PROMETHEUS)
    return Change(key, title, patch, Grade.SAFE, Basis.DECLARED, reasons=(reason,))


def _showing(facts: Facts, there: Overlay, own: Monitoring) -> Change:
    scraped = facts.whole(scraped_services)
    definition = _grafana(facts, own, networks_of([service for service, _ in scraped]))
    patch = overlay_patch(facts, there, {GRAFANA: definition}, volumes=("grafana_data",))
    title = f"Grafana, in {there.path}"
    key, needs = Key(CODE, "", GRAFANA), frozenset({str(Key(CODE, "", PROMETHEUS))})
    return Change(key, title, patch, Grade.SAFE, Basis.DECLARED, needs=needs)


def _prometheus(facts: Facts, own: Monitoring, networks: tuple[str, ...]) -> dict[str, EditValue]:
    config = from_compose(facts, own.prometheus or _CONFIG)
    rules = (
        f"{from_compose(facts, rule)}:/etc/prometheus/{rule.rpartition('/')[2]}:ro"
        for rule in own.rules
    )
    mounts = [
        f"{config}:/etc/prometheus/prometheus.yml:ro",
        *rules,
        "prometheus_data:/prometheus",
    ]
    service: dict[str, EditValue] = {
        "image": "prom/prometheus:latest",
        "volumes": mounts,
        "restart": "unless-stopped",
    }
    return service | ({"networks": list(networks)} if networks else {})


def _grafana(facts: Facts, own: Monitoring, networks: tuple[str, ...]) -> dict[str, EditValue]:
    mounts = ["grafana_data:/var/lib/grafana"]
    if own.provisioning:
        mounts.append(f"{from_compose(facts, own.provisioning)}:/etc/grafana/provisioning:ro")
    if own.dashboards is not None:
        folder, place = own.dashboards
        mounts.append(f"{from_compose(facts, folder)}:{place}:ro")
    password = "${GRAFANA_ADMIN_PASSWORD:?set GRAFANA_ADMIN_PASSWORD}"  # noqa: S105  (a variable)
    service: dict[str, EditValue] = {
        "image": "grafana/grafana:latest",
        "environment": {"GF_SECURITY_ADMIN_PASSWORD": password},
        "ports": ["127.0.0.1:${GRAFANA_PORT:-3001}:3000"],
        "volumes": mounts,
        "depends_on": ["prometheus"],
        "restart": "unless-stopped",
    }
    return service | ({"networks": list(networks)} if networks else {})


_SERVICES = {
    PROMETHEUS: ("services have metrics that nothing collects", _collecting),
    GRAFANA: ("services have metrics that nothing shows", _showing),
}
RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Services have metrics that nothing collects.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
