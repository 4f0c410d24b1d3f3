"""There are no variants of the stack for development and production.

## What it does
Asked for by `--with variants`: makes Compose files that go on top of the project's own, one for
work on the code (the original image, its sources mounted, servers that reload) and one for
production (secrets required from the environment, services started again; after a trial the images
that the project builds have a limit of memory by what their services used in it). The original
Dockerfile is kept as `Dockerfile.dev` where the optimized one differs; `Dockerfile.prod` is the
optimized one without bytecode caches, for Python.

## Why it matters
An image without compilers and development packages is not one to work in.

## Fix safety
Safe: only files that are not there yet. Where the author has files of these names, others are
taken. Nothing in the stack itself changes.

## Saving
None; `Dockerfile.prod` is smaller by the bytecode, for a slower first start.

## References
* Docker documentation, "Merge Compose files", "Use Compose in production"
* pip documentation, "pip install --no-compile"
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.finding_files import development_name
from jettison.analysis.variants.development import (
    DevelopmentRun,
    development_ignore,
    development_runs,
)
from jettison.analysis.variants.overlays import (
    Overlay,
    from_context,
    image_name,
    overlay,
    retagged,
)
from jettison.analysis.variants.production import ProductionService, production_services, secrets
from jettison.record import record
from jettison.rules.development_image import development_dockerfile
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
    Rule,
)
from jettison.rules.production_image import production_dockerfile
from jettison.rules.rendering import render
from jettison.sure import sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME, EXTRA = "JT051", "variants-missing", "variants"

_FILES = {
    "docker-compose.yml": (
        "name: shop\nservices:\n  api:\n    build: .\n    environment:\n"
        '      API_KEY: quite-secret\n    ports: ["8000:8000"]\n'
    ),
    "Dockerfile": (
        "FROM python:3.11-slim\nWORKDIR /srv\nCOPY requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY shop shop\n"
        'CMD ["uvicorn", "shop.main:app"]\n'
    ),
    "requirements.txt": "uvicorn==0.30.0\n",
    "shop/main.py": "app = None\n",
}
_DEV = """\
# Written by Jettison: for work on the code. Sources are mounted, servers reload.
# Use: docker compose -f docker-compose.yml -f docker-compose.dev.yml up --build

services:
  api:
    image: shop-api:dev
    environment:
      UVICORN_RELOAD: "true"
    volumes:
      - ./shop:/srv/shop
"""
_PROD = """\
# Written by Jettison: for production. Secrets come from the environment and have no default.
# Limits of memory are yours to set, from what the services need under load.
#
# Set before use: API_KEY
# Use: docker compose -f docker-compose.yml -f docker-compose.prod.yml up --build -d

services:
  api:
    image: shop-api:prod
    build:
      dockerfile: Dockerfile.prod
    environment:
      API_KEY: "${API_KEY:?set API_KEY}"
    restart: unless-stopped
"""
_PROD_IMAGE = """\
FROM python:3.11-slim
# Written by Jettison: as Dockerfile, without bytecode caches
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv
COPY requirements.txt .
RUN pip install --no-compile --no-cache-dir -r requirements.txt
COPY shop shop
CMD ["uvicorn", "shop.main:app"]
"""
VALID = (
    Example(
        "both are there",
        {
            **_FILES,
            "docker-compose.dev.yml": _DEV,
            "docker-compose.prod.yml": _PROD,
        },
    ),
)
INVALID = (
    Example(
        "a service in Python",
        _FILES,
        found=("docker-compose.yml:1", "docker-compose.yml:1"),
        after={
            "docker-compose.dev.yml": _DEV,
            "docker-compose.prod.yml": _PROD,
            "Dockerfile.prod": _PROD_IMAGE,
        },
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for each of the two variants that is not there, if they were asked for."""
    if EXTRA not in facts.asked:
        return
    targets = [target for target in facts.targets if _varies(facts, target)]
    development = _development(facts, targets)
    if development is not None:
        yield _finding(facts, "dev", "development", development)
    production = _production(facts, targets)
    if production is not None:
        yield _finding(facts, "prod", "production", production)


def _varies(facts: Facts, target: Target) -> bool:
    """Whether a target gets variants: a service's, or one without Compose that is none itself."""
    if facts.project.compose_names:
        return bool(target.builders)
    return "prod" not in posixpath.basename(target.dockerfile_name).lower()


@record
class _Files:
    files: dict[str, str]
    reasons: tuple[str, ...]


@record
class _Row:
    """A service in the template of an overlay."""

    image: str
    dockerfile: str = ""
    target: str = ""
    run: DevelopmentRun | None = None
    service: ProductionService | None = None


def _development(facts: Facts, targets: list[Target]) -> _Files | None:
    there = _overlay(facts, "dev")
    if there is not None and there.text is not None:
        return None
    files: dict[str, str] = {}
    rows: list[_Row] = []
    for target in targets:
        dockerfile, text = _development_image(facts, target)
        runs = development_runs(facts, target)
        if text is not None and (runs or there is None):
            files[dockerfile] = text
            ignored = development_ignore(facts, target)
            if ignored is not None:
                files[f"{dockerfile}.dockerignore"] = ignored
        stage = _development_stage(target)
        named = "" if stage else dockerfile
        rows += [_development_row(facts, target, run, named, stage) for run in runs]
    if there is not None and rows:
        text = render(
            "compose.dev.yml.j2",
            services=rows,
            files=_flags(facts, there),
            reloads=any(row.run is not None and row.run.environment for row in rows),
        )
        files[there.path] = text
    return _Files(files, _taken(there)) if files else None


def _development_image(facts: Facts, target: Target) -> tuple[str, str | None]:
    """The Dockerfile for work on the code, and its text if it is to be made."""
    name = f"{target.dockerfile_name}.dev"
    if facts.tree.has(name):
        return name, None
    before, now = facts.tree.original(target.dockerfile_name), target.dockerfile.source
    if before is None or before.text == now.text or _development_stage(target):
        return target.dockerfile_name, None
    return name, development_dockerfile(facts, target)


def _development_stage(target: Target) -> str:
    """The stage that the author made for it, or ``""``."""
    names = (stage.name for stage in target.dockerfile.stages if stage.name)
    return next((name for name in names if development_name(name)), "")


def _development_row(
    facts: Facts, target: Target, run: DevelopmentRun, dockerfile: str, stage: str
) -> _Row:
    service = sure(facts.project.compose).services[run.service]
    other = dockerfile if dockerfile != target.dockerfile_name else ""
    builds = service.build is not None
    return _Row(
        retagged(image_name(facts, service), "dev"),
        from_context(target, other) if builds and other else "",
        stage if builds else "",
        run=run,
    )


def _production(facts: Facts, targets: list[Target]) -> _Files | None:
    there = _overlay(facts, "prod")
    if there is not None and there.text is not None:
        return None
    files: dict[str, str] = {}
    images: dict[str, tuple[Target, str]] = {}
    for target in targets:
        text = production_dockerfile(target)
        if text is None:
            continue
        name = f"{target.dockerfile_name}.prod"
        if facts.tree.has(name):
            if there is None:
                continue
            name = f"{target.dockerfile_name}.jettison-prod"
        if not facts.tree.has(name):
            files[name] = text
        images.update(dict.fromkeys(target.services, (target, name)))
    if there is not None:
        rows = [_production_row(facts, one, images) for one in production_services(facts)]
        said = [r for r in rows if r.image or (r.service and _says(r.service))]
        if said:
            files[there.path] = render(
                "compose.prod.yml.j2",
                services=said,
                files=_flags(facts, there),
                secrets=sorted(secrets(facts)),
                limited=any(r.service is not None and r.service.memory for r in said),
            )
    return _Files(files, _taken(there)) if files else None


def _production_row(
    facts: Facts, one: ProductionService, images: dict[str, tuple[Target, str]]
) -> _Row:
    service = sure(facts.project.compose).services[one.service]
    if one.service not in images:
        return _Row("", service=one)
    target, name = images[one.service]
    builds = service.build is not None
    tag = retagged(image_name(facts, service), "prod")
    return _Row(tag, from_context(target, name) if builds else "", service=one)


def _says(one: ProductionService) -> bool:
    return one.restart or bool(one.environment) or bool(one.memory)


def _overlay(facts: Facts, variant: str) -> Overlay | None:
    return overlay(facts, variant) if facts.project.compose_names else None


def _flags(facts: Facts, there: Overlay) -> str:
    return " ".join(f"-f {name}" for name in (*facts.project.compose_names, there.path))


def _taken(there: Overlay | None) -> tuple[str, ...]:
    if there is None or not there.taken:
        return ()
    name = posixpath.basename(there.path)
    return (f"{', '.join(there.taken)} is the author's own and is left as it is: hence {name}",)


def _finding(facts: Facts, variant: str, word: str, made: _Files) -> Finding:
    project = facts.project
    key = Key(CODE, "", variant)
    place = (
        project.compose_names[0] if project.compose_names else project.targets[0].dockerfile_name
    )
    services = tuple(dict.fromkeys(name for t in facts.targets for name in t.services))
    change = Change(
        key,
        f"a variant for {word}: {', '.join(made.files)}",
        Patch({}, made.files),
        Grade.SAFE,
        Basis.DECLARED,
        reasons=made.reasons,
    )
    message = f"there is no variant of the stack for {word}"
    return Finding(key, NAME, message, place, 1, services, change, level=Level.NOTE)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="There are no variants of the stack for development and production.",
    since="0.1.0",
    grade=Grade.SAFE,
    kind=Kind.EXTRA,
    level=Level.NOTE,
    extra=EXTRA,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
