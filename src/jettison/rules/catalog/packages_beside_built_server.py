"""A server that has all that it needs is run beside all packages of its build.

## What it does
Finds images, of a single stage or with a stage that copies packages from the one that builds, whose
build makes a self-contained server: Next.js with
``output: 'standalone'`` in its configuration makes ``.next/standalone``; Nitro (Nuxt 3, Analog,
SolidStart, TanStack Start) makes ``.output``. Where Next.js is not asked for that and its settings
are an object that is written down, they are made to ask; where there are none, a new
``next.config.mjs`` asks. For other settings it is advice, and production packages are installed in
a stage of their own (JT011).

## Why it matters
The packages that the server loads are in that folder, traced file by file. All that was installed
for the build, its caches and the sources are in the image a second time or for nothing: 300 MB to
1 GB.

## Fix safety
Unsafe: a second stage from the same image gets the server's folder, for Next.js ``.next/static``
and ``public`` as well, the system packages that do not only serve building, and what the code names
by a path. ``next start``, ``nuxt start`` and ``nuxt preview`` become the server's own start, with
its port and with ``HOSTNAME``, by which Next.js listens on all addresses. ``output`` is not set
where settings depend on the start (``publicRuntimeConfig``), and where images are resized before
Next.js 15 without sharp, which its own server then wants; ``next start`` outside the image warns of
it and works, ``next dev`` and Vercel take no notice. A configuration that only
running it could tell, a command that needs the packages (migrations, ``docker compose exec web
npm …``), a mount over the built files or another preset than a server of Node is refused. Verified
by a trial.

## Saving
Guessed: 200 to 900 MB.

## References
* Next.js documentation, "output"; "Self-Hosting"
* Nitro documentation, "Node.js" (deploy)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.compiled.splitting import Together
from jettison.analysis.node.copied_packages import BesideServer
from jettison.analysis.node.self_contained import SelfContained, self_contained
from jettison.analysis.package_runs import first_of, services_of
from jettison.rules.model import (
    Advice,
    Aspect,
    Basis,
    Change,
    Claim,
    Example,
    Finding,
    Grade,
    Key,
    Level,
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

CODE, NAME = "JT031", "packages-beside-built-server"

_SAVING = Saving(200_000_000, 900_000_000, Basis.GUESSED)
_NEXT = {
    "compose.yaml": "services:\n  web:\n    build: .\n",
    "package.json": '{"scripts": {"build": "next build", "start": "next start -p 8080"},'
    ' "dependencies": {"next": "15.4.1"}}\n',
    "next.config.mjs": "export default {\n  output: 'standalone',\n};\n",
    "app/page.jsx": "export default () => <p>hi</p>;\n",
    "public/logo.svg": "<svg/>\n",
}
_HEAD = "FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\nEXPOSE 8080\n"
_BUILD = "FROM node:22-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n\n"
_SERVED = (
    f"{_BUILD}FROM node:22-alpine\nWORKDIR /app\n"
    "COPY --from=build /app/.next/standalone /app\n"
    "COPY --from=build /app/.next/static /app/.next/static\n"
    "COPY --from=build /app/public /app/public\nENV HOSTNAME=0.0.0.0 PORT=8080\n"
    'EXPOSE 8080\nCMD ["node", "server.js"]\n'
)
VALID = (
    Example(
        "only the server is copied",
        {
            **_NEXT,
            "Dockerfile": f"{_BUILD}FROM node:22-alpine\nWORKDIR /app\n"
            "COPY --from=build /app/.next/standalone ./\nCOPY --from=build /app/public ./public\n"
            'COPY --from=build /app/.next/static ./.next/static\nCMD ["node", "server.js"]\n',
        },
    ),
)
INVALID = (
    Example(
        "Next.js with its own server",
        {**_NEXT, "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n'},
        found=("Dockerfile:7",),
        after={"Dockerfile": _SERVED},
    ),
    Example(
        "Nuxt",
        {
            "compose.yaml": _NEXT["compose.yaml"],
            "package.json": '{"scripts": {"build": "nuxt build"},'
            ' "dependencies": {"nuxt": "^3.13.0"}}\n',
            "Dockerfile": f'{_HEAD}CMD ["node", ".output/server/index.mjs"]\n',
        },
        found=("Dockerfile:7",),
        after={
            "Dockerfile": f"{_BUILD}FROM node:22-alpine\nWORKDIR /app\n"
            "COPY --from=build /app/.output /app/.output\n"
            'EXPOSE 8080\nCMD ["node", ".output/server/index.mjs"]\n'
        },
    ),
    Example(
        "it is not asked for",
        {
            **_NEXT,
            "next.config.mjs": "export default {};\n",
            "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n',
        },
        found=("Dockerfile:7",),
        after={
            "next.config.mjs": "export default { output: 'standalone' };\n",
            "Dockerfile": _SERVED,
        },
    ),
    Example(
        "it is not asked for, and the settings depend on the start: nothing is changed",
        {
            **_NEXT,
            "next.config.mjs": "export default {\n"
            "  publicRuntimeConfig: { url: process.env.URL },\n};\n",
            "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n',
        },
        found=("Dockerfile:7",),
    ),
    Example(
        "whether it is asked for only running the configuration tells",
        {
            **_NEXT,
            "next.config.mjs": "export default {\n"
            "  output: process.env.DOCKER ? 'standalone' : undefined,\n};\n",
            "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n',
        },
        found=("Dockerfile:7",),
    ),
    Example(
        "a command needs the packages",
        {
            **_NEXT,
            "README.md": "`docker compose exec web npm run seed`\n",
            "Dockerfile": _HEAD + 'CMD ["npm", "start"]\n',
        },
        found=("Dockerfile:7",),
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """A finding for every image with a self-contained server and all packages beside it."""
    for target in facts.targets:
        if not first_of(facts, target):
            continue
        found = facts.of(self_contained, target)
        if found is None:
            continue
        key = Key(CODE, target.name)
        commands = [o for o in target.stage.instructions if o.keyword.upper() == "CMD"]
        could = "makes" if found.way is not None else "could make"
        yield Finding(
            key,
            NAME,
            f"{found.framework} {could} {found.folder}, which has all that runs,"
            " and the image has all packages",
            target.dockerfile_name,
            commands[-1].line if commands else target.stage.from_.line,
            services_of(facts, target),
            _remedy(target, found, key),
            Level.WARNING if found.way is not None else Level.NOTE,
            saving=_SAVING,
        )


def _remedy(target: Target, found: SelfContained, key: Key) -> Remedy:
    way = found.way
    if way is None:
        return Advice(
            f"Set output: 'standalone' in {found.file}, look whether the site stays the same, and"
            " copy .next/standalone, .next/static and public alone (`jettison optimize` does that)."
        )
    if isinstance(way, Together):
        named = found.file == target.dockerfile_name or way.reason.startswith(found.file)
        at = "" if named else f"{found.file}: "
        return Refused(f"{at}{way.reason}", way.line)
    reasons = [f"comes along: {', '.join(way.places)}"] if way.places else []
    patch = Patch.of(target.dockerfile_name, way.edits)
    if found.asks is not None:
        name, asking = found.asks
        patch |= asking
        reasons.insert(0, f"{name} asks for {found.folder}; `next start` elsewhere warns of that")
    if way.command:
        reasons.append("the server is started itself, without its packages' programs")
    left = [name for name in way.left if ".config." not in name]
    if left:
        reasons.append(f"stays behind, as no code or setting names it: {', '.join(left)}")
    altered = {Aspect.ENV} if way.environment else set()
    if way.command:
        altered.add(Aspect.CMD if way.command == "CMD" else Aspect.ENTRYPOINT)
    return Change(
        key,
        f"run what {found.framework} has built, by itself",
        patch,
        Grade.UNSAFE,
        Basis.DECLARED,
        alters=frozenset(altered),
        claim=Claim(paths=("/",), unmissed=found.unmissed),
        saving=_SAVING,
        drops_comments=way.drops_comments if isinstance(way, BesideServer) else frozenset(),
        reasons=tuple(reasons),
    )


RULE = Rule(
    code=CODE,
    name=NAME,
    summary="A server that has all that it needs is run beside all packages of its build.",
    since="0.1.0",
    grade=Grade.UNSAFE,
    check=check,
    valid=VALID,
    invalid=INVALID,
)
