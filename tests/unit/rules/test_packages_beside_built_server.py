"""Servers of Node that have all that they need, parted from the packages of their build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import Evidence, ImageEvidence
from jettison.changes import plan
from jettison.rules import Advice, Refused, find_rule
from jettison.rules.catalog.packages_beside_built_server import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.changes import Plan

_HEAD = "FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
_START = 'CMD ["npm", "start"]\n'


def _package(**changed: object) -> str:
    manifest = {
        "scripts": {"build": "next build", "start": "next start"},
        "dependencies": {"next": "15.4.1"},
        "devDependencies": {"typescript": "5.8.3"},
    }
    return json.dumps({**manifest, **changed})


def _next(dockerfile: str, files: Mapping[str, str] | None = None, image: str = "") -> Plan:
    texts = {
        "compose.yaml": "services:\n  web:\n    build: .\n",
        "package.json": _package(),
        "next.config.ts": "const c: NextConfig = { output: 'standalone' };\nexport default c;\n",
        "app/page.tsx": "export default () => <p>hi</p>;\n",
        "Dockerfile": dockerfile,
        **(files or {}),
    }
    evidence = Evidence({"web": ImageEvidence("web", files={image: 1})}) if image else Evidence()
    return planned(RULE, texts, evidence)


def _last(made: Plan) -> list[str]:
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    assert made.applied, made.left
    return now.text.rpartition("\nFROM ")[2].splitlines()


def _why(made: Plan) -> str:
    (finding,) = made.left
    assert isinstance(finding.remedy, Refused), finding
    return finding.remedy.reason


_COPIES = [
    "COPY --from=build /app/.next/standalone /app",
    "COPY --from=build /app/.next/static /app/.next/static",
]


def test_the_server_of_next_runs_by_itself() -> None:
    assert _last(_next(_HEAD + _START)) == [
        "node:22-alpine",
        "WORKDIR /app",
        *_COPIES,
        "ENV HOSTNAME=0.0.0.0",
        'CMD ["node", "server.js"]',
    ]


@pytest.mark.parametrize(
    ("command", "env", "after"),
    [
        ("CMD npm start\n", "ENV HOSTNAME=0.0.0.0", "CMD node server.js"),
        (
            'CMD ["sh", "-c", "PORT=${PORT:-3000} npm run start"]\n',
            "ENV HOSTNAME=0.0.0.0",
            'CMD ["node", "server.js"]',
        ),
        ("CMD npx next start -p $PORT\n", "ENV HOSTNAME=0.0.0.0", "CMD node server.js"),
        (
            'ENTRYPOINT ["npx", "next", "start", "-H", "127.0.0.1", "--port=80"]\n',
            "ENV HOSTNAME=127.0.0.1 PORT=80",
            'ENTRYPOINT ["node", "server.js"]',
        ),
        (
            'CMD ["node", "node_modules/next/dist/bin/next", "start"]\n',
            "ENV HOSTNAME=0.0.0.0",
            'CMD ["node", "server.js"]',
        ),
    ],
)
def test_it_listens_where_it_did(command: str, env: str, after: str) -> None:
    assert _last(_next(_HEAD + command))[-2:] == [env, after]


def test_localhost_of_a_check_may_mean_the_other_protocol() -> None:
    check = "HEALTHCHECK CMD wget -q --spider http://localhost:3000/\n"
    assert "ENV HOSTNAME=::" in _last(_next(f"{_HEAD}{check}{_START}"))


def test_what_the_code_names_and_settings_of_packages_come_along() -> None:
    files = {
        "package.json": _package(dependencies={"next": "15.4.1", "next-i18next": "15.4.2"}),
        "next-i18next.config.js": "",
        "lib/posts.ts": "import fs from 'fs';\nfs.readdirSync(join(process.cwd(), 'data', 'a'));",
        "data/a/one.md": "",
        "lib/menu.ts": "export const image = 'icons/menu.png';\n",
        "icons/menu.png": "",
        "shop.sqlite": "",
        "public/a.txt": "",
        "notes.txt": "",
        "README.md": "",
    }
    assert _last(_next(_HEAD + _START, files))[2:-2] == [
        *_COPIES,
        "COPY --from=build /app/public /app/public",
        "COPY --from=build /app/data/a /app/data/a",
        "COPY --from=build /app/next-i18next.config.js /app/next-i18next.config.js",
        "COPY --from=build /app/shop.sqlite /app/shop.sqlite",
    ]


def test_packages_of_the_system_stay_but_for_the_compiler() -> None:
    tools = "RUN apk add --no-cache g++ make python3 libc6-compat ffmpeg\n"
    head = _HEAD.replace("COPY . .\n", f"{tools}COPY . .\n")
    assert "RUN apk add --no-cache libc6-compat ffmpeg" in _last(_next(head + _START))


def test_variables_of_the_build_are_there_when_it_runs() -> None:
    head = _HEAD.replace("RUN npm ci", "ARG API\nENV API=$API NPM_CONFIG_LOGLEVEL=warn\nRUN npm ci")
    assert _last(_next(head + _START))[1:4] == ["WORKDIR /app", "ARG API", "ENV API=$API"]


@pytest.mark.parametrize(
    ("dockerfile", "files", "reason"),
    [
        (_HEAD + 'CMD ["npm", "start", "--", "--turbo"]\n', {}, "is told --turbo"),
        (_HEAD + 'CMD ["sh", "-c", "npm run build && npm start"]\n', {}, "runs `next build`"),
        (
            _HEAD + _START,
            {
                "package.json": _package(
                    scripts={
                        "build": "next build",
                        "start": "next start",
                        "prestart": "prisma migrate deploy",
                    }
                )
            },
            "runs `prisma migrate deploy`",
        ),
        (
            _HEAD + _START,
            {
                "package.json": _package(
                    scripts={"build": "next build && node seed.js", "start": "next start"}
                )
            },
            "what `node seed.js` leaves",
        ),
        (
            _HEAD.replace("RUN npm run", "RUN npx prisma db push\nRUN npm run") + _START,
            {},
            "what `prisma db` leaves",
        ),
        (_HEAD + _START, {".env.local": "A=1\n"}, "reads .env.local"),
        (
            _HEAD + _START,
            {"compose.yaml": "services:\n  web:\n    build: .\n    volumes: ['.:/app']\n"},
            "mounts something over /app",
        ),
        (
            _HEAD + _START,
            {
                "compose.yaml": "services:\n  web:\n    build: .\n"
                "    volumes: ['kept:/app/.next']\n"
                "volumes: {kept: {}}\n"
            },
            "over /app/.next",
        ),
        (
            _HEAD + _START,
            {"compose.yaml": "services:\n  web:\n    build: .\n    command: npm start\n"},
            "has a command of its own",
        ),
        (
            _HEAD + _START.replace("start", 'start", "--", "-p", "80'),
            {"compose.yaml": "services:\n  web:\n    build: .\n    environment: {PORT: 81}\n"},
            "PORT is set to something else",
        ),
        (
            _HEAD + _START,
            {"next.config.ts": "const c = { output: x ? 'standalone' : y };\n"},
            "next.config.ts computes output",
        ),
        (
            _HEAD + "USER node\n" + "RUN npm run build\n" + _START,
            {},
            "USER stands before the build",
        ),
        (
            _HEAD.replace("/app", "/srv/web") + "COPY package-lock.json /srv/\n" + _START,
            {"package-lock.json": "{}"},
            "/srv has a package-lock.json",
        ),
    ],
)
def test_what_is_refused(dockerfile: str, files: Mapping[str, str], reason: str) -> None:
    made = _next(dockerfile, files)
    assert not made.applied
    assert reason in _why(made)


def test_an_image_without_the_folder_is_left_alone() -> None:
    reason = _why(_next(_HEAD + _START, image="/app/.next/BUILD_ID"))
    assert "has no /app/.next/standalone" in reason
    # An image in which nothing was built tells nothing: a change of ours builds there.
    assert _next(_HEAD + _START, image="/app/package.json").applied


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        (_HEAD + 'CMD ["npm", "run", "dev"]\n', {}),
        (_HEAD + _START, {"package.json": _package(dependencies={"next": "12.1.0"})}),
        (_HEAD.replace("RUN npm run build\n", "") + _START, {}),
    ],
)
def test_what_makes_no_such_folder(dockerfile: str, files: Mapping[str, str]) -> None:
    made = _next(dockerfile, files)
    assert not made.found


def test_the_setting_is_made_where_it_can_be() -> None:
    made = _next(
        _HEAD + _START, {"next.config.ts": "export default {};\n"}, "/app/.next/static/a.js"
    )
    assert _last(made)[2:4] == _COPIES
    now = made.tree.read("next.config.ts")
    assert now is not None
    assert now.text == "export default { output: 'standalone' };\n"


@pytest.mark.parametrize(
    "files",
    [
        {"next.config.ts": "export default () => ({});\n"},
        {"next.config.ts": "export default { basePath: process.env.BASE };\n"},
        {"next.config.ts": "const { BASE } = process.env;\nexport default { basePath: BASE };\n"},
        {"next.config.ts": "export default {};\n", "README.md": "docker exec web npx next info\n"},
        {
            "next.config.ts": "export default {};\n",
            "package.json": _package(dependencies={"next": "14.2.3"}),
            "app/page.tsx": "import Image from 'next/image';\n",
        },
    ],
)
def test_a_setting_that_cannot_be_made_is_advice(files: Mapping[str, str]) -> None:
    compose = "services:\n  web:\n    container_name: web\n    build: .\n"
    (finding,) = _next(_HEAD + _START, {"compose.yaml": compose, **files}).left
    assert isinstance(finding.remedy, Advice)
    assert "in next.config.ts" in finding.remedy.text


def test_a_variable_that_the_build_knows_is_no_reason() -> None:
    reads = {"next.config.ts": "export default { basePath: process.env.BASE };\n"}
    assert _next(f"{_HEAD}ENV BASE=/a\n{_START}", reads).applied
    assert _next(_HEAD + _START, {**reads, ".env": "BASE=/a\n"}).applied
    assert not _next(_HEAD + _START, {**reads, ".env": "BASES=/a\n"}).applied


def test_sharp_resizes_images_and_so_does_a_later_next() -> None:
    page = {"app/page.tsx": "import Image from 'next/image';\n"}
    plain = {"next.config.ts": "export default {};\n"}
    with_sharp = _package(dependencies={"next": "14.2.3", "sharp": "0.33.0"})
    assert _next(_HEAD + _START, {**page, **plain}).applied
    assert _next(_HEAD + _START, {**page, **plain, "package.json": with_sharp}).applied


def test_what_is_exported_already_is_no_finding() -> None:
    assert not _next(_HEAD + _START, {"next.config.ts": "({ output: 'export' });\n"}).found


def test_packages_of_another_stage_do_not_come_along() -> None:
    deps = "FROM node:22-alpine AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n\n"
    copy = "COPY --from=deps /app/node_modules ./node_modules\n"
    head = _HEAD.replace("RUN npm ci\n", "").replace("COPY . .\n", f"{copy}COPY . .\n")
    assert _last(_next(deps + head + _START))[1:4] == ["WORKDIR /app", *_COPIES]


_NUXT = json.dumps(
    {
        "scripts": {
            "build": "nuxt build",
            "preview": "nuxt preview",
            "postinstall": "nuxt prepare",
        },
        "dependencies": {"nuxt": "^3.13.0"},
    }
)


def _nuxt(command: str, **files: str) -> Plan:
    return _next(_HEAD + command, {"package.json": _NUXT, "next.config.ts": "", **files})


@pytest.mark.parametrize(
    "command",
    [
        'CMD ["node", ".output/server/index.mjs"]\n',
        'CMD ["npm", "run", "preview"]\n',
        'CMD ["npx", "nuxi", "preview"]\n',
        'ENTRYPOINT ["node", "/app/.output/server/index.mjs"]\n',
    ],
)
def test_nuxt_runs_what_it_has_built(command: str) -> None:
    first, *rest, last = _last(_nuxt(command, **{"server/api/a.ts": "", "assets/a.css": ""}))
    assert first == "node:22-alpine"
    assert rest == ["WORKDIR /app", "COPY --from=build /app/.output /app/.output"]
    assert last.endswith('.output/server/index.mjs"]')
    assert '"node"' in last


@pytest.mark.parametrize(
    ("command", "files", "reason"),
    [
        ('CMD ["npm", "run", "preview"]\n', {".env": "A=1\n"}, "reads .env"),
        ('CMD ["node", "-r", "dotenv/config", ".output/server/index.mjs"]\n', {}, "is told -r"),
        (
            'CMD ["node", ".output/server/index.mjs"]\n',
            {"nuxt.config.ts": "({ nitro: { preset: 'bun' } })"},
            "builds for bun",
        ),
        (
            'CMD ["node", ".output/server/index.mjs"]\n',
            {"package.json": _NUXT.replace('{"nuxt"', '{"@prisma/client": "6", "nuxt"')},
            "Prisma",
        ),
    ],
)
def test_nuxt_that_is_left_alone(command: str, files: Mapping[str, str], reason: str) -> None:
    assert reason in _why(_nuxt(command, **files))


def test_nuxt_2_has_no_such_folder() -> None:
    old = _NUXT.replace("^3.13.0", "^2.17.0")
    assert not _nuxt('CMD ["npx", "nuxt", "start"]\n', **{"package.json": old}).found


def test_all_rules_together(tmp_path: Path) -> None:
    """The stage is parted, not split in three, and its user can write what Next.js writes."""
    texts = {
        "package.json": _package(),
        "package-lock.json": "{}",
        "next.config.mjs": "export default { output: 'standalone' };\n",
        "app/page.tsx": "export const revalidate = 60;\n",
        "Dockerfile": _HEAD.replace("22-alpine", "22") + _START,
    }
    for name, text in texts.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    made = plan(TextTree(tmp_path), {})
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text == (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json package-lock.json ./\n"
        "RUN npm ci\nCOPY . .\nRUN npm run build\n\nFROM node:22-slim\nWORKDIR /app\n"
        + "".join(f"{line}\n" for line in _COPIES)
        + "ENV HOSTNAME=0.0.0.0\nRUN mkdir -p /app/.next/cache /app/.next/server \\\n"
        "    && chown -R node:node /app/.next/cache /app/.next/server\n"
        'USER node\nCMD ["node", "server.js"]\n'
    )


def test_a_typed_configuration_needs_typescript_when_it_starts(tmp_path: Path) -> None:
    texts = {
        "package.json": _package(),
        "next.config.ts": "export default {};\n",
        "Dockerfile": _HEAD + _START,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    made = plan(TextTree(tmp_path), {}, rules=[find_rule("JT003"), find_rule("JT011")])
    assert not made.applied
    assert "compiles next.config.ts with typescript" in _why(made)


_TWO = f"{_HEAD.replace('alpine', 'alpine AS builder', 1)}\nFROM node:22-alpine\nWORKDIR /app\n"
_STATIC = "COPY --from=builder /app/.next/static ./.next/static\n"
_OWN = 'ENV HOSTNAME=0.0.0.0\nCMD ["node", "server.js"]\n'


def _second(made: Plan) -> str:
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text.removeprefix(_TWO)


def test_packages_that_are_copied_beside_the_build_are_not() -> None:
    copies = (
        "COPY --from=builder /app/package*.json ./\nCOPY --from=builder /app/.next ./.next\n"
        "COPY --from=builder /app/public ./public\n# All\n"
        "COPY --from=builder /app/node_modules ./node_modules\n"
        "COPY --from=builder /app/next.config.ts /app/content ./\n"
    )
    assert _second(_next(f"{_TWO}{copies}{_START}")) == (
        f"COPY --from=builder /app/.next/standalone ./\n{_STATIC}"
        "COPY --from=builder /app/public ./public\n"
        f"COPY --from=builder /app/next.config.ts /app/content ./\n{_OWN}"
    )


def test_of_the_whole_folder_the_server_is_copied_and_what_the_code_names() -> None:
    files = {
        "public/a.txt": "",
        "data/a.json": "",
        "lib/a.ts": "import fs from 'fs';\nfs.readFileSync(join(process.cwd(), 'data/a.json'));\n",
    }
    whole = "COPY --from=builder --chown=node /app ./\nUSER node\n"
    from_ = "COPY --from=builder --chown=node /app"
    assert _second(_next(f"{_TWO}{whole}{_START}", files)) == (
        f"{from_}/.next/standalone ./\n{from_}/.next/static ./.next/static\n"
        f"{from_}/public ./public\n{from_}/data/a.json ./data/a.json\nUSER node\n{_OWN}"
    )


def test_packages_beside_what_nuxt_built() -> None:
    copies = (
        "COPY --from=builder /app/.output ./.output\n"
        "COPY --from=builder /app/node_modules ./node_modules\n"
    )
    for command in (
        'CMD ["npx", "nuxi", "preview"]\n',
        'CMD ["node", ".output/server/index.mjs"]\n',
    ):
        made = _next(f"{_TWO}{copies}{command}", {"package.json": _NUXT, "next.config.ts": ""})
        assert _second(made) == (
            'COPY --from=builder /app/.output ./.output\nCMD ["node", ".output/server/index.mjs"]\n'
        )
        (change,) = made.applied
        assert bool(change.claim.unmissed) == ("nuxi" in command)


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("COPY --from=builder /app/.next ./.next\nCOPY --from=builder /app/node_modules "
         "./node_modules\nRUN npm rebuild\n", "may read the packages"),
        ("COPY --from=builder /app ./\nRUN npm prune --omit=dev\n", "may read the packages"),
        ("COPY --from=builder /app/.next ./.next\n"
         "COPY --from=builder /app/node_modules /app/scripts ./\n", "several things"),
    ],
)  # fmt: skip
def test_what_the_second_stage_does_with_the_packages_is_refused(rest: str, reason: str) -> None:
    assert reason in _why(_next(f"{_TWO}{rest}{_START}"))


@pytest.mark.parametrize("run", ["npx prisma db push", "curl -o data.json https://example.org/"])
def test_what_the_build_leaves_beside_is_not_known(run: str) -> None:
    head = _TWO.replace("RUN npm run build\n", f"RUN {run}\nRUN npm run build\n")
    made = _next(f"{head}COPY --from=builder /app ./\n{_START}")
    assert "it is not known what `" in _why(made)


@pytest.mark.parametrize(
    "rest",
    [
        f"COPY --from=builder /app/.next/standalone ./\n{_STATIC}",
        "COPY --from=builder /app/.next ./.next\nCOPY package.json ./\nRUN npm ci --omit=dev\n",
        "COPY --from=builder /app/.next /srv/.next\nCOPY --from=builder /app/node_modules /srv/n\n",
    ],
)
def test_a_stage_without_such_copies_has_nothing_to_mend(rest: str) -> None:
    made = _next(f"{_TWO}{rest}{_START}")
    assert not made.found
