"""A server of Node serves what a build makes static files.

## What it does
Finds images whose command is a development server (Vite, react-scripts, CRACO, Angular, Vue, Astro,
Docusaurus, Gatsby, Eleventy) or a small server of built files (``vite preview``, ``astro preview``,
``docusaurus serve``, ``gatsby serve``, ``serve``, ``http-server``) of a site that builds to static
files, in the image's folder or in a workspace of npm, Yarn or pnpm. Of several stages the last one
may get what it serves from the one that builds.

## Why it matters
The image carries Node, npm and hundreds of megabytes of development dependencies to serve a
megabyte of files, compiles while users wait, and opens a server that its authors do not harden.

## Fix safety
Unsafe: the stage stays as the build stage, and nginx serves the built files on the same port, with
the server's proxies and its fallback to ``index.html``. A last stage that is handed what another
has built becomes nginx's, unless it changes or adds to what is served. Settings that the server
read from the environment when it started are fixed at build time, or in nginx's configuration if
they told the proxy, and said so. A proxy or a configuration that only running it could tell is left
alone, with the line, and so is a site whose ``.env`` files, or files that Angular puts in place of
others, tell a build something else than the server.
Verified by a trial.

## Saving
The Node base image and ``node_modules``, 100 MB to 1 GB.

## References
* Vite documentation, "Building for Production"
* nginx documentation, "ngx_http_core_module: try_files", "ngx_http_proxy_module"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.node.static_site import NoSite, StaticSite, static_site
from jettison.analysis.package_runs import first_of, services_of
from jettison.ecosystem.node.devserver import Unreadable
from jettison.errors import ComposeError, UsageError
from jettison.rules.model import (
    Aspect,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Refused,
    Rule,
    Saving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target

CODE, NAME = "JT004", "development-server-for-static-files"

_PACKAGE = (
    '{"scripts": {"start": "vite", "serve": "node server.js", "build": "vite build"},'
    ' "devDependencies": {"vite": "5.4.11"}}\n'
)
_COMPOSE = "services:\n  web:\n    build: .\n"
_FILES = {"compose.yaml": _COMPOSE, "package.json": _PACKAGE, "index.html": "<p>hi</p>\n"}
_HEAD = "FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
VALID = (
    Example(
        "a server of one's own", {**_FILES, "Dockerfile": _HEAD + 'CMD ["npm", "run", "serve"]\n'}
    ),
    Example(
        "nginx serves the files",
        {
            **_FILES,
            "Dockerfile": "FROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\n"
            "RUN npm install && npm run build\nFROM nginx:alpine\n"
            "COPY --from=build /app/dist /usr/share/nginx/html\n",
        },
    ),
)
INVALID = (
    Example(
        "npm start is Vite, whose proxy is a program",
        {
            **_FILES,
            "vite.config.js": "export default {\n  server: {\n    proxy: proxies(),\n  },\n};\n",
            "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n',
        },
        found=("Dockerfile:5",),
    ),
)
_ALTERS = frozenset(
    {
        Aspect.USER,
        Aspect.WORKDIR,
        Aspect.ENTRYPOINT,
        Aspect.CMD,
        Aspect.ENV,
        Aspect.HEALTHCHECK,
        Aspect.STOPSIGNAL,
        Aspect.SHELL,
        Aspect.BASE,
        Aspect.VOLUMES,
    }
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every target that serves a site with a server of Node."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        site = facts.of(static_site, target)
        if site is None:
            continue
        saving = Saving(100_000_000, 1_000_000_000, Basis.GUESSED)
        commands = [one for one in target.stage.instructions if one.keyword.upper() == "CMD"]
        kind = "server of built files" if site.server.built else "development server"
        yield Finding(
            Key(CODE, target.name),
            NAME,
            f"`{site.command}` runs {site.server.tool}'s {kind} for what builds to static files",
            target.dockerfile_name,
            commands[-1].line if commands else target.stage.from_.line,
            services_of(facts, target),
            _remedy(facts, target, site, saving),
            saving=saving,
            evidence=()
            if isinstance(site, NoSite)
            else tuple(
                f"{one.prefix or 'the rest'} is passed on to {one.scheme}://{one.host}{one.path}"
                for one in site.config.proxies
            ),
        )


def _remedy(
    facts: Facts, target: Target, site: StaticSite | NoSite, saving: Saving
) -> Change | Refused:
    if isinstance(site, NoSite):
        at = f"{site.file}: " if site.file and site.file != target.dockerfile_name else ""
        return Refused(f"{at}{site.reason}", site.line)
    from jettison.analysis.node.site_edits import (
        baked_in,
        site_patch,
    )

    try:
        patch, gone = site_patch(facts, site)
    except Unreadable as error:
        return Refused(error.reason, error.line)
    except (ComposeError, UsageError) as error:
        return Refused(str(error))
    passed = tuple(
        f"nginx passes {one.prefix or 'what is no file'} on to {one.scheme}://{one.host}{one.path}"
        for one in site.config.proxies
    )
    return Change(
        Key(CODE, target.name),
        f"nginx serves what {site.build or 'the build'} makes, on port {site.port}",
        patch,
        Grade.UNSAFE,
        Basis.DECLARED,
        alters=_ALTERS,
        claim=Claim(paths=("/",), base=True),
        saving=saving,
        drops_comments=gone,
        reasons=(
            f"the build's files are in {site.output}",
            *passed,
            *baked_in(site),
        ),
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A server of Node serves what a build makes static files.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
