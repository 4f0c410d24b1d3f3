"""The image starts from a full base image where the slim one serves.

## What it does
Finds images that start from ``python:3.12`` or ``node:22`` and the like, whose compilers, headers
and version control nothing in the image uses, and those that start from an image of uv's, where
nothing that runs calls uv, and those from ``nginx`` on Debian that serve files. Of images that
start from ``ruby:3.4`` it is advice.

## Why it matters
The full images are made for building: they have some 700 MB of development packages more than the
slim ones, which any image built from them carries along.

## Fix safety
Unsafe: what the image uses of its base is found in commands, code and, where it is known, in the
libraries that installed packages need; it is installed by name. What has to be compiled or comes
from a Git repository is still installed in the full image, in a stage of its own. nginx takes the
same version on Alpine, unless it passes requests on, loads modules or more than nginx runs.
Verified by a trial.

## Saving
Guessed: 600 to 900 MB; 40 to 70 MB for uv alone, 100 to 150 MB for nginx.

## References
* Docker Hub, "python", "Image Variants"
* Docker Hub, "node", "Image Variants"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.package_runs import services_of, sharing
from jettison.analysis.stages.runners import started_directly
from jettison.analysis.stages.split import Split, split_of
from jettison.analysis.system.building import installs_in_final
from jettison.analysis.system.full_base import full_base
from jettison.analysis.system.nginx_base import nginx_base
from jettison.dockerfile import DockerfileEditor
from jettison.ecosystem.ruby.images import official_ruby
from jettison.rules.model import (
    Advice,
    Aspect,
    Basis,
    Blocked,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Patch,
    Refused,
    Remedy,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.system.full_base import FullBase
    from jettison.analysis.system.nginx_base import NginxBase

CODE, NAME = "JT012", "full-base-image"
_SAVING = Saving(600_000_000, 900_000_000, Basis.GUESSED)
_NGINX = Saving(100_000_000, 150_000_000, Basis.GUESSED)
_UV_ALONE = Saving(40_000_000, 70_000_000, Basis.GUESSED)

_COMPOSE = {"compose.yaml": "services:\n  api:\n    build: .\n"}
_FLASK = {**_COMPOSE, "requirements.txt": "flask==3.0.3\n"}
_PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
_RUN = 'CMD ["flask", "run"]\n'
_UV_RUN = 'CMD ["/app/.venv/bin/flask", "run"]\n'
_CHECK = "HEALTHCHECK CMD curl -f http://localhost/\n"
VALID = (
    Example("slim already", {**_FLASK, "Dockerfile": f"FROM python:3.11-slim\n{_PIP}{_RUN}"}),
    Example("another image", {**_FLASK, "Dockerfile": f"FROM acme/python:3.11\n{_PIP}{_RUN}"}),
)
INVALID = (
    Example(
        "nothing is compiled",
        {**_FLASK, "Dockerfile": f"FROM python:3.11\n{_PIP}{_RUN}"},
        found=("Dockerfile:1",),
        after={"Dockerfile": f"FROM python:3.11-slim\n{_PIP}{_RUN}"},
    ),
    Example(
        "the health check calls curl",
        {**_FLASK, "Dockerfile": f"FROM python:3.11-bookworm\n{_PIP}{_CHECK}{_RUN}"},
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM python:3.11-slim-bookworm\n"
            "RUN apt-get update && apt-get install -y --no-install-recommends curl "
            f"&& rm -rf /var/lib/apt/lists/*\n{_PIP}{_CHECK}{_RUN}"
        },
    ),
    Example(
        "Git is needed for the install only",
        {
            **_COMPOSE,
            "requirements.txt": "idna @ git+https://example.org/idna@v3\n",
            "Dockerfile": f"FROM python:3.11\nWORKDIR /app\n{_PIP}{_RUN}",
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM python:3.11-slim AS base\nWORKDIR /app\n\n"
            "FROM python:3.11 AS build\nWORKDIR /app\nCOPY requirements.txt .\n"
            "RUN pip install --prefix=/install -r requirements.txt\n\n"
            f"FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n{_RUN}"
        },
    ),
    Example(
        "uv's own image",
        {
            **_COMPOSE,
            "pyproject.toml": "[project]\ndependencies = ['flask']\n",
            "Dockerfile": "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\nWORKDIR /app\n"
            f"COPY pyproject.toml .\nRUN uv sync\nCOPY . .\n{_UV_RUN}",
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM python:3.12-slim-bookworm AS base\nWORKDIR /app\n\n"
            "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS build\nWORKDIR /app\n"
            "COPY pyproject.toml .\nRUN uv sync\n\n"
            f"FROM base\nCOPY --from=build /app/.venv /app/.venv\nCOPY . .\n{_UV_RUN}"
        },
    ),
    Example(
        "nginx serves files",
        {
            **_COMPOSE,
            "a.html": "hi\n",
            "Dockerfile": "FROM nginx:1.27\nCOPY a.html /usr/share/nginx/html/\n",
        },
        found=("Dockerfile:1",),
        after={
            "Dockerfile": "FROM nginx:1.27-alpine\nCOPY a.html /usr/share/nginx/html/\n",
        },
    ),
    Example(
        "what it needs cannot be told",
        {
            **_COMPOSE,
            "requirements.txt": "mysqlclient==2.2.4\n",
            "Dockerfile": f"FROM python:3.11\n{_PIP}{_RUN}",
        },
        found=("Dockerfile:1",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every first stage of an image that starts from a full base image."""
    for target in facts.targets:
        same = (o for o in sharing(facts, target) if o.lineage[0] == target.lineage[0])
        if next(same, target).name != target.name:
            continue
        served = facts.of(nginx_base, target)
        if served is not None:
            yield _of_nginx(facts, target, served)
            continue
        found = facts.of(full_base, target)
        if found is None and official_ruby(target.base) == "full":
            yield _of_ruby(facts, target)
        if found is not None:
            key = Key(CODE, target.name)
            yield Finding(
                key,
                NAME,
                f"the image starts from {found.full}, which is made for building",
                target.dockerfile_name,
                target.lineage[0].from_.line,
                services_of(facts, target),
                _remedy(facts, target, found, key),
                saving=_saving(found),
            )


def _of_nginx(facts: Facts, target: Target, found: NginxBase) -> Finding:
    """The finding for nginx's image on Debian."""
    first = target.lineage[0]
    key = Key(CODE, target.name)
    remedy: Remedy = Refused(found.refusal, found.line)
    if not found.refusal:
        remedy = Change(
            key,
            f"start from {found.alpine}",
            Patch.of(
                target.dockerfile_name,
                DockerfileEditor(target.dockerfile).set_base(first, found.alpine),
            ),
            Grade.UNSAFE,
            Basis.GUESSED,
            alters=frozenset({Aspect.BASE}),
            claim=Claim(base=True),
            saving=_NGINX,
            reasons=(f"{found.alpine} has the same nginx, and nothing else is run",),
        )
    return Finding(
        key,
        NAME,
        f"the image starts from {found.image}, which has Debian around nginx",
        target.dockerfile_name,
        first.from_.line,
        services_of(facts, target),
        remedy,
        saving=_NGINX,
    )


def _of_ruby(facts: Facts, target: Target) -> Finding:
    """Advice for Ruby's full image: what gems are linked with only the installed ones tell."""
    return Finding(
        Key(CODE, target.name),
        NAME,
        f"the image starts from {target.base}, which is made for building",
        target.dockerfile_name,
        target.lineage[0].from_.line,
        services_of(facts, target),
        Advice(
            "Install gems in a stage from this image, copy /usr/local/bundle into one from its slim"
            " tag, and add the libraries that `ldd` of the gems' .so files names."
        ),
        saving=_SAVING,
    )


def _saving(found: FullBase) -> Saving:
    return _UV_ALONE if found.full.endswith("-slim") else _SAVING


def _remedy(facts: Facts, target: Target, found: FullBase, key: Key) -> Remedy:
    if found.refusal:
        return _moved_first(facts, target, found) or Refused(found.refusal, found.line)
    if found.builds:
        line = installs_in_final(facts, target)
        split = facts.of(split_of, target)
        if line is not None and isinstance(split, Split):
            return Blocked(f"JT011/{target.name}", f"{found.builds}, in the image's own stage")
        if line is not None:
            reason = "" if isinstance(split, Split) else f"; {split.reason}"
            return Refused(f"{found.builds}, in the image's own stage{reason}", line)
    edits = found.edits(target)
    if isinstance(edits, str):
        return Refused(edits)
    reasons = [f"{found.slim} is the same without what building needs"]
    if found.packages:
        reasons.append(f"installed by name, as it is used: {', '.join(found.packages)}")
    if found.builds:
        reasons.append(f"{found.builds}: the stage that builds keeps the full image")
    return Change(
        key,
        f"start from {found.slim}",
        Patch.of(target.dockerfile_name, edits),
        Grade.UNSAFE,
        Basis.READ if found.read else Basis.GUESSED,
        alters=frozenset({Aspect.BASE}),
        claim=Claim(base=True),
        saving=_saving(found),
        reasons=tuple(reasons),
    )


def _moved_first(facts: Facts, target: Target, found: FullBase) -> Blocked | None:
    """The change that starts the service itself, where only its start by uv stands against it."""
    if not found.refusal.endswith(" calls uv"):
        return None
    direct = (one for one in started_directly(facts, target) if one.runner == "uv")
    if all(one.refusal for one in direct):
        return None
    return Blocked(f"JT018/{target.name}/uv", found.refusal)


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="The image starts from a full base image where the slim one serves.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
