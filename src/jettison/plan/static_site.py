"""The Dockerfile and nginx configuration that serve a built front end."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.dockerfile import Cmd, Entrypoint
from jettison.plan.model import PlannedFile
from jettison.plan.rendering import render

if TYPE_CHECKING:
    from jettison.analysis.static_site import StaticSite

_INSTALL = {
    ("npm", True): "npm ci",
    ("npm", False): "npm install",
    ("yarn", True): "yarn install --frozen-lockfile",
    ("pnpm", True): "corepack enable && pnpm install --frozen-lockfile",
}
_ASSETS = {"vite": "/assets/", "react-scripts": "/static/", "craco": "/static/"}
_INLINE_SCRIPTS = frozenset({"react-scripts", "craco"})


def cannot_rewrite(site: StaticSite) -> str | None:
    """Why a site cannot be given to nginx, or ``None`` when it can."""
    if site.port < 1024:
        return f"it listens on port {site.port}, which needs root"
    return None


def nginx_conf_path(site: StaticSite) -> str:
    """Where the configuration goes, relative to the context."""
    return posixpath.join(site.folder, "nginx.conf")


def plan_static_site(site: StaticSite) -> tuple[PlannedFile, ...]:
    """The files for one site."""
    target = site.target
    text = target.dockerfile.source.text
    settings = [
        text[step.instruction.span.start : step.instruction.span.end]
        for step in target.steps
        if step.instruction.keyword in ("ENV", "ARG")
    ]
    commands = [
        text[step.instruction.span.start : step.instruction.span.end]
        for step in target.steps
        if isinstance(step.instruction, Cmd | Entrypoint)
    ]
    names = ["package.json", *([site.manifest.lock] if site.manifest.lock else [])]
    names += [n for n in (".npmrc", ".yarnrc.yml") if (target.context / site.folder / n).is_file()]
    services = ", ".join(run.service for run in target.runs)
    manager = site.manifest.manager
    dockerfile = render(
        "site.Dockerfile.j2",
        directives="",
        title=f"Image of {services}: the built files behind nginx.",
        name=target.dockerfile_name,
        global_args=[text[a.span.start : a.span.end] for a in target.dockerfile.global_args],
        base=target.stage.base,
        settings=settings,
        workdir=site.workdir,
        manifests=[posixpath.join(site.folder, name) for name in names],
        install=_INSTALL.get((manager, site.manifest.lock is not None), f"{manager} install"),
        folder=f"{site.folder}/" if site.folder else ".",
        dev_compose="docker-compose.dev.yml",
        dev_command="\n".join(commands) or f'CMD ["{manager}", "run", "{site.script}"]',
        build=f"{manager} run build",
        nginx_conf=nginx_conf_path(site),
        output=posixpath.join(site.workdir, site.output),
        port=site.port,
    )
    conf = render(
        "site.nginx.conf.j2",
        port=site.port,
        proxies=site.proxies,
        assets=_ASSETS.get(site.server.tool, "/assets/"),
        inline_scripts=site.server.tool in _INLINE_SCRIPTS,
    )
    in_project = posixpath.join(target.context_name, nginx_conf_path(site))
    return (
        PlannedFile(target.dockerfile_name, dockerfile, "static files behind nginx"),
        PlannedFile(in_project, conf, "nginx: routes, proxies, security headers"),
    )
