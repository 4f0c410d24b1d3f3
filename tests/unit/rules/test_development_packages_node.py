"""Development packages of Node that an image has: what goes, and what keeps them."""

from __future__ import annotations

import json

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules import Advice, Blocked, Refused
from jettison.rules.catalog.development_packages_in_image import RULE

PACKAGE = {
    "scripts": {"start": "node dist/server.js", "build": "esbuild a.js"},
    "dependencies": {"ms": "1"},
    "devDependencies": {"esbuild": "1", "eslint": "9"},
}
NODE = "FROM node:25-alpine{}\nWORKDIR /app\nCOPY . .\n"
NODES = {
    "no build": (
        NODE.format("") + "RUN npm ci\nCMD npm start\n",
        NODE.format("") + "RUN npm ci --omit=dev\nCMD npm start\n",
    ),
    "install and build in one RUN": (
        NODE.format("") + "RUN npm ci \\\n    && npm run build\nCMD npm start\n",
        NODE.format("") + "RUN npm ci \\\n    && npm run build \\\n    && npm prune --omit=dev\n"
        "CMD npm start\n",
    ),
    "the packages are copied from a build stage": (
        NODE.format(" AS build") + "RUN npm ci\nRUN npm run build\n"
        "FROM node:25-alpine\nCOPY --from=build /app /app\nWORKDIR /app\nCMD npm start\n",
        NODE.format(" AS build") + "RUN npm ci\nRUN npm run build && npm prune --omit=dev\n"
        "FROM node:25-alpine\nCOPY --from=build /app /app\nWORKDIR /app\nCMD npm start\n",
    ),
    "Yarn, which prunes when it installs": (
        NODE.format("") + "RUN yarn install && yarn build\nCMD node a\n",
        NODE.format("") + "RUN yarn install && yarn build "
        "&& yarn install --production --ignore-scripts --prefer-offline\nCMD node a\n",
    ),
    "pnpm": (
        NODE.format("") + "RUN pnpm install && pnpm run build\nCMD node a\n",
        NODE.format("") + "RUN pnpm install && pnpm run build && pnpm prune --prod\nCMD node a\n",
    ),
    "an install by name, which installs all others, too": (
        NODE.format(" AS build") + "RUN npm ci --omit=dev\nRUN npm i -D ts\nRUN npm run build\n"
        "FROM node:25-alpine\nCOPY --from=build /app /app\nWORKDIR /app\nCMD npm start\n",
        NODE.format(" AS build") + "RUN npm ci --omit=dev\nRUN npm i -D ts\n"
        "RUN npm run build && npm prune --omit=dev\n"
        "FROM node:25-alpine\nCOPY --from=build /app /app\nWORKDIR /app\nCMD npm start\n",
    ),
    "an install by name behind that of all": (
        NODE.format("") + "RUN npm ci\nRUN npm i pm2\nCMD npm start\n",
        NODE.format("") + "RUN npm ci --omit=dev\nRUN npm i --omit=dev pm2\nCMD npm start\n",
    ),
    "an install for all folders": (
        NODE.format("") + "RUN npm ci\nRUN npm i -g pm2\nCMD npm start\n",
        NODE.format("") + "RUN npm ci --omit=dev\nRUN npm i -g pm2\nCMD npm start\n",
    ),
    "an old npm that prunes": (
        "FROM node:14\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD node a\n",
        "FROM node:14\nWORKDIR /app\nCOPY . .\n"
        "RUN npm ci && npm run build && npm prune --production\nCMD node a\n",
    ),
    "an old npm": (
        "FROM node:14\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD npm start\n",
        "FROM node:14\nWORKDIR /app\nCOPY . .\nRUN npm ci --production\nCMD npm start\n",
    ),
}


@pytest.mark.parametrize(
    ("version", "flag"), [("", "--ignore-scripts"), ("@7", "--config.ignore-scripts=true")]
)
def test_pnpm_runs_no_scripts_whose_programs_it_takes_out(version: str, flag: str) -> None:
    text = (
        f"{NODE.format('')}RUN npm install -g pnpm{version}\n"
        "RUN pnpm install && pnpm run build\nCMD node a\n"
    )
    manifest = {
        "scripts": {"build": "nuxt build", "postinstall": "nuxt prepare"},
        "devDependencies": {"nuxt": "3"},
    }
    made = changed(planned(RULE, {"Dockerfile": text, "package.json": json.dumps(manifest)}))
    assert f"pnpm run build && pnpm prune --prod {flag}\n" in made["Dockerfile"]


@pytest.mark.parametrize("title", NODES)
def test_development_dependencies_are_left_out(title: str) -> None:
    text, after = NODES[title]
    files = {"package.json": json.dumps(PACKAGE), "yarn.lock": "# yarn lockfile v1\n"}
    made = planned(RULE, {"Dockerfile": text, **files})
    assert changed(made) == {"Dockerfile": after}
    assert made.left == ()


@pytest.mark.parametrize(
    ("run", "files", "found"),
    [
        ("yarn", {}, True),
        ("yarn", {".yarnrc.yml": ""}, False),
        ("yarn", {"yarn.lock": "__metadata:\n"}, False),
        ("corepack enable && yarn", {}, False),
        ("yarn set version stable && yarn", {}, False),
    ],
)
def test_yarn_is_the_first_one_unless_something_tells_of_another(
    run: str, files: dict[str, str], *, found: bool
) -> None:
    text = NODE.format("") + f"RUN {run}\nCMD node a\n"
    made = planned(RULE, {"Dockerfile": text, "package.json": json.dumps(PACKAGE), **files})
    assert bool(made.found) is found


@pytest.mark.parametrize(
    ("commands", "others"),
    [
        ("RUN npm ci\nCMD npx esbuild --serve\n", {}),
        ("RUN npm ci\nCMD node -r esbuild/register a.js\n", {}),
        ("RUN npm ci\nCMD npm start\n", {"scripts": {"prepare": "esbuild a", "start": "node a"}}),
    ],
)
def test_what_needs_them_when_it_runs_keeps_them(commands: str, others: dict[str, object]) -> None:
    package = json.dumps({**PACKAGE, **others})
    made = planned(RULE, {"Dockerfile": NODE.format("") + commands, "package.json": package})
    assert [type(one.remedy) for one in made.left] == [Refused]


def test_a_build_in_the_image_waits_for_its_stage() -> None:
    text = NODE.format("") + "RUN npm ci\nRUN npm run build\nCMD npm start\n"
    made = planned(RULE, {"Dockerfile": text, "package.json": json.dumps(PACKAGE)})
    assert isinstance(made.left[0].remedy, Blocked)
    assert made.left[0].remedy.wants == "JT011/Dockerfile"


def test_a_stage_that_another_builds_with_keeps_them() -> None:
    text = (
        "FROM node:25 AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n"
        "FROM node:25 AS build\nWORKDIR /app\nCOPY --from=deps /app/node_modules node_modules\n"
        "COPY . .\nRUN npm run build\nFROM node:25\nWORKDIR /app\n"
        "COPY --from=build /app/dist dist\n{}CMD npm start\n"
    )
    package = json.dumps(PACKAGE)
    assert planned(RULE, {"Dockerfile": text.format(""), "package.json": package}).found == ()
    copied = text.format("COPY --from=deps /app/node_modules node_modules\n")
    made = planned(RULE, {"Dockerfile": copied, "package.json": package})
    assert [type(one.remedy) for one in made.left] == [Refused]


def test_a_stage_that_is_thrown_away_is_no_problem() -> None:
    text = (
        NODE.format(" AS build") + "RUN npm ci && npm run build\n"
        "FROM nginx:alpine\nCOPY --from=build /app/dist /usr/share/nginx/html\n"
    )
    made = planned(RULE, {"Dockerfile": text, "package.json": json.dumps(PACKAGE)})
    assert made.found == ()


SERVER = (
    "FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n"
    'CMD ["node", "server.js"]\n'
)


def node_project(scripts: dict[str, str], compose: dict[str, str]) -> dict[str, str]:
    package = {"scripts": scripts, "dependencies": {}, "devDependencies": {"nodemon": "3"}}
    return {
        "Dockerfile": SERVER,
        "server.js": "\n",
        "package.json": json.dumps(package),
        "package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {}}),
        "compose.yaml": "services:\n  api:\n    build: .\n",
        **compose,
    }


def test_what_another_compose_file_starts_in_the_image_stays() -> None:
    overlay = "services:\n  api:\n    command: npm run dev -- -L\n"
    made = planned(
        RULE, node_project({"dev": "nodemon server.js"}, {"docker-compose.dev.yml": overlay})
    )
    assert changed(made) == {}
    (left,) = made.left
    assert isinstance(left.remedy, Refused)
    assert "nodemon runs in api's command in docker-compose.dev.yml" in left.remedy.reason


def test_another_compose_file_that_builds_an_image_of_its_own_says_nothing() -> None:
    overlay = (
        "services:\n  api:\n    build:\n      target: dev\n    command: [nodemon, server.js]\n"
    )
    made = planned(RULE, node_project({}, {"docker-compose.dev.yml": overlay}))
    assert "npm ci --omit=dev" in changed(made)["Dockerfile"]


@pytest.mark.parametrize("command", ["npm i -g typescript", "yarn global add @nestjs/cli"])
def test_compilers_of_the_build_wait_for_a_stage_of_their_own(command: str) -> None:
    text = NODE.format("") + f"RUN {command}\nRUN npm ci --omit=dev && npm run build\n"
    files = {"Dockerfile": f"{text}CMD node a.js\n", "package.json": "{}"}
    (found,) = planned(RULE, files).left
    assert isinstance(found.remedy, Blocked)
    assert found.remedy.wants == "JT011/Dockerfile"


@pytest.mark.parametrize(
    ("command", "start"),
    [("npm i -g typescript", "tsc -w"), ("npm i -g pm2", "node a"), ("npm i -g serve", "serve d")],
)
def test_what_may_run_for_all_folders_stays(command: str, start: str) -> None:
    text = NODE.format("") + f"RUN {command}\nRUN npm ci --omit=dev\nCMD {start}\n"
    assert not planned(RULE, {"Dockerfile": text, "package.json": "{}"}).found


def test_a_framework_s_development_server_needs_its_packages() -> None:
    package = {
        "scripts": {"dev": "next dev"},
        "dependencies": {"next": "15"},
        "devDependencies": {"typescript": "5"},
    }
    text = NODE.format("") + "RUN npm ci\nCMD npm run dev\n"
    (found,) = planned(RULE, {"Dockerfile": text, "package.json": json.dumps(package)}).left
    assert isinstance(found.remedy, Refused)
    assert found.remedy.reason.startswith("next runs in ")


@pytest.mark.parametrize(
    ("tail", "for_tools"),
    [
        ("", True),
        ("COPY server.js .\n", False),
        ('ENTRYPOINT ["node"]\n', False),
        ("COPY --from=alpine /etc/hosts /app/\n", False),
    ],
)
def test_an_image_that_gets_lists_and_starts_nothing_is_for_its_tools(
    tail: str, *, for_tools: bool
) -> None:
    text = f"FROM node:25-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\n{tail}"
    files = {"package.json": json.dumps(PACKAGE), "server.js": "\n", "Dockerfile": text}
    made = planned(RULE, files)
    assert (not made.found) is for_tools
    assert ("Dockerfile" not in changed(made)) is for_tools


@pytest.mark.parametrize(
    ("install", "files", "words"),
    [
        ("npm ci", {"package.json": '{"workspaces": ["api"]}'}, "--omit=dev --workspace NAME"),
        ("yarn", {"package.json": '{"workspaces": ["api"]}'}, "yarn workspaces focus NAME"),
        (
            "pnpm i",
            {"package.json": "{}", "pnpm-workspace.yaml": "packages: [api]\n"},
            "pnpm --filter NAME deploy --prod",
        ),
    ],
)
def test_development_packages_of_workspaces_are_told_of(
    install: str, files: dict[str, str], words: str
) -> None:
    member = {"api/package.json": json.dumps({"name": "api", "devDependencies": {"jest": "29"}})}
    text = NODE.format("") + f"RUN {install}\nCMD node api/a.js\n"
    (left,) = planned(RULE, {**files, **member, "Dockerfile": text}).left
    assert "1 development dependencies of workspaces" in left.message
    assert isinstance(left.remedy, Advice)
    assert words in left.remedy.text
