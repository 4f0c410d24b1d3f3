"""Every service of the production stack is published by itself.

## What it does
Asked for by `--with proxy`: adds a reverse proxy (nginx) to the production Compose file, with its
configuration in `nginx/reverse-proxy.conf`, and publishes nothing but the proxy there.

## Why it matters
One door is easier to guard, to encrypt and to log than one for each service.

## Fix safety
Safe for the stack itself: only the production overlay is changed, and new files are made. A project
that runs a proxy of its own gets no second one.

## Saving
None.

## References
* nginx documentation, "ngx_http_proxy_module"
* Compose specification, "Reset value"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.variants.overlays import free_name, from_compose
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
from jettison.rules.rendering import Texts, render
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.variants.overlays import Overlay
    from jettison.compose import EditValue, Service

CODE, NAME, EXTRA = "JT052", "proxy-missing", "proxy"
SERVICE = "reverse_proxy"

_PROXIES = ("traefik", "caddy", "haproxy", "envoy", "nginx-proxy", "nginx", "swag", "kong")
_SERVERS = ("nginx", "httpd", "caddy", "nginx-unprivileged")
_COMPOSE = 'services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n'
_FILES = {"compose.yaml": _COMPOSE, "Dockerfile": 'FROM debian\nCMD ["/srv/run"]\n'}


def _conf(front: str) -> str:
    return render("proxy.nginx.conf.j2", front=front)


VALID = (
    Example(
        "a proxy of its own",
        {**_FILES, "compose.yaml": f"{_COMPOSE}  door:\n    image: traefik:3\n"},
    ),
    Example(
        "nothing is published", {**_FILES, "compose.yaml": "services:\n  web:\n    build: .\n"}
    ),
)
_AFTER = """\
# Written by Jettison: for production.
# Use: docker compose -f compose.yaml -f docker-compose.prod.yml up --build -d

services:
  web:
    ports: !reset []
  reverse_proxy:
    image: nginx:alpine
    ports:
      - "${HTTP_PORT:-80}:8080"
    volumes:
      - ./nginx/reverse-proxy.conf:/etc/nginx/conf.d/default.conf:ro
    depends_on:
      - web
    healthcheck:
      test: ["CMD", "wget", "-q", "--spider", "http://127.0.0.1:8080/.reverse-proxy-health"]
      interval: 30s
      timeout: 5s
      retries: 3
    restart: unless-stopped
"""
INVALID = (
    Example(
        "a published service",
        _FILES,
        found=("compose.yaml:1",),
        after=Texts(
            {
                "docker-compose.prod.yml": _AFTER,
                "nginx/reverse-proxy.conf": lambda: _conf("web:8000"),
            }
        ),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding where services are published and no proxy is there, if it was asked for."""
    there = production_overlay(facts) if EXTRA in facts.asked else None
    if there is None or _has_proxy(facts, there):
        return
    front = _front(facts)
    if front is None:
        return
    key = Key(CODE, "", "")
    remedy: Change | Refused
    try:
        remedy = _change(facts, there, key, front)
    except JettisonError as error:
        remedy = Refused(str(error))
    if front.network_mode is not None:
        remedy = Refused(f"{front.name} has network_mode {front.network_mode}: none can reach it")
    yield Finding(
        key,
        NAME,
        "every service of the production stack is published by itself",
        facts.project.compose_names[0],
        1,
        (front.name,),
        remedy,
        level=Level.NOTE,
    )


def _has_proxy(facts: Facts, there: Overlay) -> bool:
    return runs_image(facts, *_PROXIES) or f"\n  {SERVICE}:" in (there.text or "")


def _front(facts: Facts) -> Service | None:
    """The service that a visitor sees: a web server's, else the first that is built here."""
    compose = sure(facts.project.compose)
    built = [
        (target, compose.services[run.service])
        for target in facts.targets
        for run in target.runs
        if run.service and any(port.protocol == "tcp" for port in run.ports)
    ]
    for target, service in built:
        base = target.base.rpartition("/")[2].partition(":")[0]
        if base in _SERVERS:
            return service
    return built[0][1] if built else None


def _change(facts: Facts, there: Overlay, key: Key, front: Service) -> Change:
    compose = sure(facts.project.compose)
    conf, present = free_name(facts, "nginx/reverse-proxy.conf")
    port = next(port.target for port in front.ports if port.protocol == "tcp")
    service: dict[str, EditValue] = {
        "image": "nginx:alpine",
        "ports": ["${HTTP_PORT:-80}:8080"],
        "volumes": [f"{from_compose(facts, conf)}:/etc/nginx/conf.d/default.conf:ro"],
        "depends_on": [front.name],
        "healthcheck": {
            "test": [
                "CMD",
                "wget",
                "-q",
                "--spider",
                "http://127.0.0.1:8080/.reverse-proxy-health",
            ],
            "interval": "30s",
            "timeout": "5s",
            "retries": 3,
        },
        "restart": "unless-stopped",
    }
    if networks := networks_of([front]):
        service["networks"] = list(networks)
    published = [name for name, one in compose.services.items() if one.ports]
    patch = overlay_patch(facts, there, {SERVICE: service}, unpublished=published)
    if present is None:
        patch |= Patch({}, {conf: _conf(f"{front.name}:{port}")})
    return Change(
        key,
        f"a reverse proxy in front of {front.name}, in {there.path}",
        patch,
        Grade.SAFE,
        Basis.DECLARED,
        reasons=(f"it passes everything on to {front.name}:{port}",),
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="Every service of the production stack is published by itself.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
