"""Which targets serve a site with a server of Node, and the files that give it to nginx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.node.site_plans import COMPOSE, HEAD, planned, refusal, text

from jettison.analysis.evidence import NO_EVIDENCE
from jettison.changes.planner import plan
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path


def test_the_stage_stays_and_nginx_serves_what_it_builds(tmp_path: Path) -> None:
    made = planned(
        tmp_path, f'# Shop\n{HEAD}\n# for the proxy\nEXPOSE 5173\nCMD ["npm", "start"]\n'
    )
    assert text(made, "Dockerfile") == (
        "# Shop\nFROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\n\n"
        "RUN npm run build\n\nFROM nginx:alpine\nCOPY nginx.conf /etc/nginx/nginx.conf\n"
        "COPY --from=build /app/dist /usr/share/nginx/html\nUSER nginx\n"
        '# for the proxy\nEXPOSE 5173\nCMD ["nginx", "-g", "daemon off;"]\n'
    )
    assert "listen 5173;" in text(made, "nginx.conf")
    assert "charset utf-8;" in text(made, "nginx.conf"), "as the servers of Node say it"
    assert not made.left


@pytest.mark.parametrize(
    ("place", "why"),
    [("/app/dist", "front may run this image, and shares /app/dist"), ("/app/cache", "")],
)
def test_a_volume_of_the_site_by_which_another_serves_it(
    tmp_path: Path, place: str, why: str
) -> None:
    compose = (
        f"services:\n  front:\n    image: a/b\n    volumes: ['site:{place}']\nvolumes:\n  site:\n"
    )
    made = planned(tmp_path, f"{HEAD}CMD npm start\n", compose)
    assert (refusal(made) if made.left else "") == why


def test_notes_at_the_end_of_the_file_stay_there(tmp_path: Path) -> None:
    made = planned(tmp_path, f'{HEAD}EXPOSE 5173\nCMD ["npm", "start"]\n\n\n# docker build .')
    assert text(made, "Dockerfile").endswith(
        "RUN npm ci\nRUN npm run build\n\nFROM nginx:alpine\n"
        "COPY nginx.conf /etc/nginx/nginx.conf\n"
        "COPY --from=build /app/dist /usr/share/nginx/html\nUSER nginx\nEXPOSE 5173\n"
        'CMD ["nginx", "-g", "daemon off;"]\n\n\n# docker build .'
    )


@pytest.mark.parametrize(
    ("copies", "brings"),
    [
        ("COPY package*.json ./", False),
        ("COPY package.json yarn.lock vite.config.js .npmrc ./", False),
        ("COPY package.json ./\nCOPY src src", True),
        ("COPY package.json ./\nCOPY index.html ./", True),
        ("COPY package.json ./\nCOPY . /app/", True),
    ],
)
def test_a_site_whose_sources_are_nowhere_in_the_image_is_left(
    tmp_path: Path, copies: str, brings: bool
) -> None:
    lines = f'FROM node:25-alpine\nWORKDIR /app\n{copies}\nRUN npm i\nCMD ["npm","start"]\n'
    files = ("vite.config.js", "yarn.lock", ".npmrc", "index.html", "src/main.js")
    made = planned(tmp_path, lines, **dict.fromkeys(files, ""))
    assert bool(made.applied) is brings
    if not brings:
        assert refusal(made) == "no COPY brings the sources into the image"


@pytest.mark.parametrize(
    "command",
    ['["npm","run","dev"]', '["npx","vite","--host"]', "npm run dev", '["yarn","dev"]'],
)
def test_ways_to_start_a_development_server(tmp_path: Path, command: str) -> None:
    assert planned(tmp_path, f"{HEAD}CMD {command}\n").applied


@pytest.mark.parametrize("command", ['["npm","run","serve"]', '["node","x.js"]', '["npm","test"]'])
def test_other_commands_are_left_alone(tmp_path: Path, command: str) -> None:
    assert not planned(tmp_path, f"{HEAD}CMD {command}\n").found


def test_what_was_built_already_is_not_built_again(tmp_path: Path) -> None:
    made = planned(tmp_path, f'{HEAD}RUN npm run build\nCMD ["npm", "run", "preview"]\n')
    assert text(made, "Dockerfile").count("npm run build") == 1
    assert made.applied


def test_the_server_that_nobody_starts_is_not_installed(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        f"{HEAD}RUN npm run build\n\n# A simple server\nRUN npm install -g serve\nEXPOSE 5173\n"
        'CMD ["serve", "-s", "dist", "-l", "5173"]\n\n',
    )
    assert text(made, "Dockerfile").endswith(
        "RUN npm run build\n\nFROM nginx:alpine\nCOPY nginx.conf /etc/nginx/nginx.conf\n"
        "COPY --from=build /app/dist /usr/share/nginx/html\nUSER nginx\nEXPOSE 5173\n"
        'CMD ["nginx", "-g", "daemon off;"]\n'
    )
    assert not made.left


def test_a_build_runs_before_the_user_changes(tmp_path: Path) -> None:
    made = planned(tmp_path, f'{HEAD}USER node\nCMD ["npm", "start"]\n')
    assert "RUN npm run build\nUSER node\n" in text(made, "Dockerfile")


def test_a_health_check_that_nginx_cannot_make_is_rewritten(tmp_path: Path) -> None:
    compose = COMPOSE + (
        "    healthcheck:\n      test: [CMD, curl, -f, 'http://localhost:5173/up']\n"
    )
    dockerfile = (
        f"{HEAD}HEALTHCHECK --interval=9s CMD curl -f http://localhost:5173/\nCMD npm start\n"
    )
    made = planned(tmp_path, dockerfile, compose)
    assert "wget" in text(made, "compose.yaml")
    assert "http://127.0.0.1:5173/up" in text(made, "compose.yaml")
    assert (
        'HEALTHCHECK --interval=9s CMD ["wget", "-q", "--spider", "http://127.0.0.1:5173/"]\n'
        in text(made, "Dockerfile")
    )


def test_a_name_that_is_taken_or_shut_out_is_not_used(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        f"{HEAD}CMD npm start\n",
        **{"nginx.conf": "mine", ".dockerignore": "*\n!package.json\n"},
    )
    assert text(made, "nginx.conf") == "mine"
    assert text(made, ".dockerignore") == "*\n!package.json\n!nginx.site.conf\n"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("    volumes: ['.:/app']\n", "mounts the sources"),
        ("    user: node\n", "runs as node"),
    ],
)
def test_what_serves_development_or_another_user_is_left(
    tmp_path: Path, more: str, words: str
) -> None:
    assert words in refusal(planned(tmp_path, f"{HEAD}CMD npm start\n", COMPOSE + more))


@pytest.mark.parametrize("line", ["volumes: ['.:/app']", "user: '1000'"])
def test_a_reason_in_the_compose_file_names_it_within_the_project(
    tmp_path: Path, line: str
) -> None:
    made = planned(tmp_path, f'{HEAD}CMD ["npm", "start"]\n', f"{COMPOSE}    {line}\n")
    assert refusal(made).startswith("compose.yaml: web ")


def test_the_comment_behind_a_command_that_goes_is_declared(tmp_path: Path) -> None:
    compose = f"{COMPOSE}    command: npm start # as in the image\n    # the site\n"
    made = planned(tmp_path, f'{HEAD}CMD ["npm", "start"]\n', compose)
    assert not made.left
    assert "# as in the image" in made.applied[0].drops_comments
    assert "# the site\n" in text(made, "compose.yaml")


def test_a_site_of_many_pages_keeps_its_answers(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        "FROM node:25-alpine\nRUN npm install -g http-server\nWORKDIR /app\nCOPY . .\n"
        "RUN npm ci\nRUN npm run build\nEXPOSE 5173\n"
        'CMD ["http-server", "dist", "-p", "5173"]\n',
    )
    assert "http-server" not in text(made, "Dockerfile")
    conf = text(made, "nginx.conf")
    assert "try_files $uri $uri/ $uri.html =404;" in conf
    assert "falls back" not in conf
    assert not made.left


@pytest.mark.parametrize(
    ("run", "again"),
    [
        ("./node_modules/.bin/vite build", False),
        ("npm run build:prod", False),
        ("gatsby build", False),
        ("npx @11ty/eleventy", False),
        ('["npx", "@11ty/eleventy"]', False),
        ('["npm", "run", "build"]', False),
        ("npx @11ty/eleventy --version", True),
        ("npm run build-site", False),
        ("npm run lint", True),
    ],
)
def test_what_a_run_has_built_is_not_built_again(tmp_path: Path, run: str, *, again: bool) -> None:
    made = planned(tmp_path, f"{HEAD}RUN {run}\nEXPOSE 5173\nCMD npx serve -s dist -l 5173\n")
    assert not made.left
    assert ("RUN npm run build\n" in text(made, "Dockerfile")) is again


def workspace(root: Path, command: str, *, manager: str = "npm", **files: str) -> str:
    """The Dockerfile after the rule, of a site in a folder of a workspace."""
    spaces = {"pnpm-workspace.yaml": "packages: ['apps/*']\n"} if manager == "pnpm" else {}
    rest = {
        "package.json": json.dumps(
            {"workspaces": ["apps/*"], "scripts": {"dev": f"{manager} run dev -w web"}}
        ),
        "apps/web/package.json": json.dumps(
            {
                "name": "web",
                "scripts": {"dev": "vite", "build": "vite build"},
                "devDependencies": {"vite": "6"},
            }
        ),
        "apps/admin/package.json": '{"name": "admin", "scripts": {"dev": "node ."}}',
        **spaces,
        **files,
    }
    made = planned(root, f"{HEAD}CMD {command}\n", **rest)
    return text(made, "Dockerfile")


@pytest.mark.parametrize(
    ("command", "manager", "build"),
    [
        ("npm run dev -w web", "npm", "npm run build -w web"),
        ("npm run dev --workspace=apps/web", "npm", "npm run build --workspace=apps/web"),
        ("npm run dev", "npm", "npm run build -w web"),
        ("npm --prefix apps/web run dev", "npm", "npm run build --prefix apps/web"),
        ("cd apps/web && npm run dev", "npm", "cd apps/web && npm run build"),
        ("pnpm --filter web dev", "pnpm", "pnpm --filter web run build"),
        ("pnpm -C apps/web run dev --host", "pnpm", "pnpm -C apps/web run build"),
        ("yarn workspace web dev", "yarn", "yarn workspace web run build"),
        ("yarn --cwd apps/web dev", "yarn", "yarn --cwd apps/web run build"),
    ],
)
def test_a_site_in_a_workspace_is_built_there(
    tmp_path: Path, command: str, manager: str, build: str
) -> None:
    made = workspace(tmp_path, command, manager=manager)
    assert f"RUN {build}\n" in made
    assert "COPY --from=build /app/apps/web/dist /usr/share/nginx/html\n" in made
    assert "COPY apps/web/nginx.conf /etc/nginx/nginx.conf\n" in made


def test_a_site_needs_no_stages_for_its_packages_first(tmp_path: Path) -> None:
    docker = (
        "FROM node:22-alpine\nRUN npm install -g http-server @vue/cli\nWORKDIR /app\nCOPY . .\n"
        "RUN npm install\nRUN npm run build\nEXPOSE 8080\nCMD http-server dist\n"
    )
    package = '{"scripts": {"build": "vue-cli-service build"}, "devDependencies": {"sass": "1"}}'
    (tmp_path / "Dockerfile").write_text(docker)
    (tmp_path / "package.json").write_text(package)
    made = plan(TextTree(tmp_path), {})
    now = text(made, "Dockerfile")
    assert "FROM nginx:alpine\n" in now
    assert "AS base" not in now


@pytest.mark.parametrize(
    "command",
    [
        "npm run dev -w admin",
        "npm run dev -w none",
        "npm run dev -w web -w admin",
        "npm run dev --workspaces",
        "pnpm -r dev",
        "cd apps && npm run dev",
    ],
)
def test_what_is_not_one_site_is_left_alone(tmp_path: Path, command: str) -> None:
    root = '{"workspaces": ["apps/*"], "scripts": {"dev": "turbo dev"}}'
    assert "nginx" not in workspace(tmp_path, command, **{"package.json": root})


BUILT = (
    "FROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n\n"
    "# what serves\nFROM node:25-alpine AS web\nWORKDIR /srv\n"
)
SERVED = 'EXPOSE 5173\nCMD ["serve", "-s", "dist", "-l", "5173"]\n'


@pytest.mark.parametrize(
    "last",
    [
        f"RUN npm install -g serve\nCOPY --from=build /app/dist ./dist\n{SERVED}",
        f"COPY --from=build /app/dist dist\nRUN yarn global add serve && mkdir logs\n{SERVED}",
        "COPY --from=build /app ./\nEXPOSE 5173\nCMD npm run preview\n",
        "WORKDIR /\nCOPY --from=build --chown=node:node /app/dist/ /app/dist/\nUSER node\n"
        'EXPOSE 5173\nCMD ["serve", "-s", "/app/dist", "-l", "5173"]\n',
        "RUN corepack enable\nCOPY --from=build /app/package*.json ./\n"
        "COPY --from=build /app/node_modules ./node_modules\nCOPY --from=build /app/dist ./dist\n"
        'EXPOSE 5173\nCMD ["tini", "-g", "--", "npm", "run", "preview"]\n',
    ],
)
def test_a_last_stage_that_serves_what_another_has_built_becomes_nginxs(
    tmp_path: Path, last: str
) -> None:
    made = planned(tmp_path, f"{BUILT}{last}")
    kept, _, _ = BUILT.partition("FROM node:25-alpine AS web")
    assert text(made, "Dockerfile") == (
        f"{kept}FROM nginx:alpine AS web\nCOPY nginx.conf /etc/nginx/nginx.conf\n"
        "COPY --from=build /app/dist /usr/share/nginx/html\nUSER nginx\nEXPOSE 5173\n"
        'CMD ["nginx", "-g", "daemon off;"]\n'
    )
    assert "listen 5173;" in text(made, "nginx.conf")


def test_a_folder_that_is_served_where_it_was_copied_to_goes_to_nginx(tmp_path: Path) -> None:
    last = 'COPY --from=build /app/dist .\nEXPOSE 5173\nCMD ["serve", "-p", "5173", "-s", "."]\n'
    made = planned(tmp_path, f"{BUILT}{last}")
    assert "COPY --from=build /app/dist /usr/share/nginx/html\n" in text(made, "Dockerfile")


def test_a_site_that_another_stage_builds_for_itself_alone_is_built_where_it_is_served(
    tmp_path: Path,
) -> None:
    tests = "FROM node:25-alpine AS tests\nWORKDIR /app\nCOPY . .\nRUN npm run build\n\n"
    last = f'{HEAD}COPY --from=tests /app/report ./report\nCMD ["npm", "start"]\n'
    made = planned(tmp_path, f"{tests}{last}")
    assert "RUN npm run build\n\nFROM nginx:alpine\n" in text(made, "Dockerfile")


def test_a_server_of_all_that_the_image_has_is_no_site(tmp_path: Path) -> None:
    assert planned(tmp_path, f'{HEAD}RUN npm run build\nCMD ["serve", "-s", "."]\n').found == ()


def test_root_opens_a_port_that_some_engines_open_to_root_only(tmp_path: Path) -> None:
    last = 'COPY --from=build /app/dist dist\nCMD ["serve", "-s", "dist", "-l", "80"]\n'
    compose = COMPOSE.replace("5173:5173", "80:80")
    made = planned(tmp_path, f"{BUILT}{last}", compose)
    assert "USER" not in text(made, "Dockerfile")
    assert "without root" not in text(made, "nginx.conf")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            f"COPY --from=build /app/dist dist\nRUN sed -i s/a/b/ dist/index.html\n{SERVED}",
            "the RUN on line 11 may change what is served",
        ),
        (
            f"COPY --from=build /app/dist dist\nCOPY public/extra dist/extra\n{SERVED}",
            "line 11 adds to what is served",
        ),
    ],
)
def test_a_last_stage_that_changes_what_it_is_handed_is_left(
    tmp_path: Path, last: str, reason: str
) -> None:
    made = planned(tmp_path, f"{BUILT}{last}", COMPOSE, NO_EVIDENCE, **{"public/extra/a": ""})
    assert refusal(made) == reason


def test_what_the_stage_that_builds_is_not_seen_to_build_is_left(tmp_path: Path) -> None:
    stages = BUILT.replace("npm run build", "make").replace("dist", "dist")
    made = planned(tmp_path, f"{stages}COPY --from=build /app/dist dist\n{SERVED}")
    assert refusal(made) == "which RUN builds /app/dist is not known"


def test_a_comment_on_the_stage_that_names_node_goes(tmp_path: Path) -> None:
    stages = BUILT.replace("# what serves", "# 2: a small Node")
    notes = "# what serve takes\n# the port\n"
    made = planned(tmp_path, f"{stages}COPY --from=build /app/dist dist\n{notes}{SERVED}")
    now = text(made, "Dockerfile")
    assert "small Node" not in now
    assert "what serve takes" not in now
    assert "# the port\nEXPOSE 5173\n" in now


def test_a_little_init_in_front_of_the_server_goes_with_it(tmp_path: Path) -> None:
    entry = 'ENTRYPOINT ["/sbin/tini", "--"]\n'
    made = planned(tmp_path, f'{HEAD}{entry}CMD ["npm", "start"]\n')
    assert "tini" not in text(made, "Dockerfile")
    assert text(made, "Dockerfile").endswith('CMD ["nginx", "-g", "daemon off;"]\n')


@pytest.mark.parametrize(
    ("copy", "entry"),
    [
        ("", "/app/docker-entrypoint.sh"),
        ("", "./docker-entrypoint.sh"),
        ("COPY docker-entrypoint.sh /usr/local/bin/\n", "docker-entrypoint.sh"),
    ],
)
def test_an_entry_script_of_the_projects_own_may_do_more(
    tmp_path: Path, copy: str, entry: str
) -> None:
    files = {"docker-entrypoint.sh": 'sed -i s/a/$B/ dist/index.html\nexec "$@"\n'}
    head = f'{HEAD}{copy}ENTRYPOINT ["{entry}"]\nCMD ["npm", "start"]\n'
    assert planned(tmp_path, head, COMPOSE, NO_EVIDENCE, **files).found == ()
