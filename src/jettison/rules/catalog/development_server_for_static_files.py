"""A development server serves what a build would make static files.

## What it does
Finds Node images whose command is a development server (Vite, react-scripts, Angular, Vue,
webpack, Parcel) of a package that also has a ``build`` script.

## Why it matters
The image carries Node, npm and hundreds of megabytes of development dependencies to serve a
megabyte of files, compiles while users wait, and opens a server that its authors do not harden.

## Fix safety
Unsafe: nginx serves the built files, with the development server's proxies and its fallback to
``index.html``. Values that the server read from the environment when it started are fixed at build
time. Verified by a trial.

## Saving
Heuristic: the Node base image and ``node_modules``, 300 MB to 1 GB.

## References
* Vite documentation, "Building for Production"
* nginx documentation, "ngx_http_core_module: try_files"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.rules.model import Applicability, Basis, Example, Finding, Rule, Saving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jettison.analysis import Analysis

CODE, NAME = "JT004", "development-server-for-static-files"

_FILES = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "package.json": '{"scripts": {"start": "vite", "serve": "node server.js",'
    ' "build": "vite build"}}\n',
}
_DOCKERFILE = "FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
VALID = (
    Example(
        "a server of one's own",
        {**_FILES, "Dockerfile": _DOCKERFILE + 'CMD ["npm", "run", "serve"]\n'},
    ),
)
INVALID = (
    Example(
        "npm start is Vite",
        {**_FILES, "Dockerfile": _DOCKERFILE + 'CMD ["npm", "start"]\n'},
        expected=("Dockerfile:5",),
    ),
)


def check(analysis: Analysis) -> Iterator[Finding]:
    """A finding for every target that runs a development server."""
    for site in analysis.static_sites:
        commands = [s.instruction for s in site.target.steps if s.instruction.keyword == "CMD"]
        yield Finding(
            code=CODE,
            name=NAME,
            message=f"{site.manifest.manager} {site.script} runs {site.server.tool}'s development "
            f"server; `build` makes static files in {site.output}/",
            file=site.target.dockerfile_name,
            line=commands[-1].line if commands else site.target.stage.from_.line,
            services=tuple(run.service for run in site.target.runs),
            applicability=Applicability.UNSAFE,
            saving=Saving(300_000_000, 1_000_000_000, Basis.HEURISTIC),
            evidence=tuple(f"{p.prefix} is forwarded to {p.upstream}" for p in site.proxies),
        )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A development server serves what a build would make static files.",
    since="0.1.0",
    applicability=Applicability.UNSAFE,
    see_also=(),
    check=check,
    valid=VALID,
    invalid=INVALID,
)
