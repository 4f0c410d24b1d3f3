"""What a static site's server is told is kept by nginx, or is a reason: ports, origins, proxies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.node.site_plans import COMPOSE, HEAD, planned, refusal, text

from jettison.analysis.evidence import Evidence, ImageEvidence
from jettison.rules import Change

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("tool", "reason"), [("react-scripts start", ""), ("vite", "its command sets PORT")]
)
def test_a_port_that_is_set_as_it_is_by_itself(tmp_path: Path, tool: str, reason: str) -> None:
    package = {"scripts": {"start": tool, "build": "react-scripts build"}}
    command = 'CMD ["sh", "-c", "PORT=${PORT:-3000} npm start"]\n'
    files = {"package.json": json.dumps(package)}
    made = planned(tmp_path, HEAD + command, "services:\n  web:\n    build: .\n", **files)
    assert (refusal(made) if made.left else "") == reason


@pytest.mark.parametrize(
    ("port", "listens"),
    [("ENV PORT=9000\n", "listen 9000;"), ("", "")],
)
def test_a_port_that_only_the_run_knows_keeps_the_server(
    tmp_path: Path, port: str, listens: str
) -> None:
    text_of = f"{HEAD}{port}CMD npx vite --host --port $PORT\n"
    made = planned(tmp_path, text_of, "services:\n  web:\n    build: .\n")
    if listens:
        assert listens in text(made, "nginx.conf")
    else:
        assert refusal(made) == "its command takes the port from a variable"


@pytest.mark.parametrize(
    ("version", "config", "any_origin"),
    [
        ("4.4.9", "export default {}", True),
        ("5.4.11", "export default {}", True),
        ("5.4.12", "export default {}", False),
        ("6.0.8", "export default {}", True),
        ("7.1.0", "export default {}", False),
        ("5.4.11", "export default { preview: { cors: false } }", False),
    ],
)
def test_origins_that_the_preview_allowed_are_allowed(
    tmp_path: Path, version: str, config: str, *, any_origin: bool
) -> None:
    lock = json.dumps({"packages": {"node_modules/vite": {"version": version}}}, indent=2)
    files = {"package-lock.json": lock, "vite.config.js": config}
    made = planned(tmp_path, f'{HEAD}RUN npm run build\nCMD ["npm", "run", "preview"]\n', **files)
    assert ("Access-Control-Allow-Origin" in text(made, "nginx.conf")) is any_origin


def test_origins_go_by_what_the_image_holds_not_by_a_lock_file_that_it_may_not_use(
    tmp_path: Path,
) -> None:
    lock = json.dumps({"packages": {"node_modules/vite": {"version": "5.4.11"}}}, indent=2)
    image = ImageEvidence("web", node_versions={"/app/node_modules/vite": "5.4.21"})
    made = planned(
        tmp_path,
        f'{HEAD}RUN npm run build\nCMD ["npm", "run", "preview"]\n',
        COMPOSE,
        Evidence({"web": image}),
        **{"package-lock.json": lock},
    )
    assert "Access-Control-Allow-Origin" not in text(made, "nginx.conf")


@pytest.mark.parametrize(("flag", "any_origin"), [("--cors ", True), ("", False)])
def test_origins_that_serve_was_told_to_allow(
    tmp_path: Path, flag: str, *, any_origin: bool
) -> None:
    made = planned(tmp_path, f"{HEAD}RUN npm run build\nCMD npx serve {flag}-l 5173 -s dist\n")
    assert ("Access-Control-Allow-Origin" in text(made, "nginx.conf")) is any_origin


def test_settings_read_at_the_start_become_those_of_the_build(tmp_path: Path) -> None:
    setting = 'VITE_API: "${API:-x}"\n'
    compose = f"{COMPOSE}    command: npm run dev\n    environment:\n      {setting}"
    made = planned(tmp_path, f"{HEAD}CMD npm start\n", compose)
    assert "ARG VITE_API\nRUN npm run build\n" in text(made, "Dockerfile")
    assert text(made, "compose.yaml") == (
        f"services:\n  web:\n    build:\n      context: .\n      args:\n        {setting}"
        "    ports: ['5173:5173']\n"
    )
    (change,) = made.applied
    assert isinstance(change, Change)
    assert any("VITE_API" in reason for reason in change.reasons)


def test_a_port_that_nobody_reaches_is_said(tmp_path: Path) -> None:
    compose = COMPOSE.replace("5173", "8080")
    assert "listens on port 5173" in refusal(planned(tmp_path, f"{HEAD}CMD npm start\n", compose))


def test_what_is_passed_on_keeps_its_rewrite_and_host(tmp_path: Path) -> None:
    config = (
        "export default { server: { proxy: { '/api': { target: 'http://api:8000/v1',"
        " rewrite: (p) => p.replace(/^\\/api/, '') } } } }"
    )
    made = planned(tmp_path, f"{HEAD}CMD npm start\n", **{"vite.config.js": config})
    conf = text(made, "nginx.conf")
    assert 'rewrite "^/api/?(.*)$" /v1/$1 break;' in conf
    assert conf.index("set $upstream_1 http://api:8000;") < conf.index("rewrite ")
    assert "proxy_set_header Host $http_host;" in conf


def test_settings_of_serve_are_a_reason(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        f"{HEAD}RUN npm run build\nCMD npx serve dist -l 5173\n",
        **{"public/serve.json": "{}"},
    )
    assert refusal(made) == "public/serve.json: serve has settings of its own"


CONFIG = (
    "const env = loadEnv(mode, process.cwd(), '');\n"
    "export default { server: { proxy: { '/api': env.API_URL ?? 'http://api:1' } } }\n"
)


def test_a_variable_that_told_the_proxy_goes(tmp_path: Path) -> None:
    compose = f"{COMPOSE}    environment:\n      API_URL: http://back:2\n      OTHER: x\n"
    made = planned(tmp_path, f"{HEAD}CMD npm start\n", compose, **{"vite.config.ts": CONFIG})
    assert "http://back:2" in text(made, "nginx.conf")
    assert text(made, "compose.yaml") == f"{COMPOSE}    environment:\n      OTHER: x\n"
    assert any("API_URL" in reason for reason in made.applied[0].reasons)


def test_settings_files_are_read_where_the_configuration_does(tmp_path: Path) -> None:
    files = {"vite.config.ts": CONFIG, ".env": "API_URL=http://a:1\n"}
    files[".env.development"] = "API_URL=http://b:2\n"
    made = planned(tmp_path, f"{HEAD}CMD npm start\n", **files)
    assert "http://b:2" in text(made, "nginx.conf")


def test_a_build_that_would_fix_other_settings_is_not_made(tmp_path: Path) -> None:
    files = {".env.development": "VITE_API=/dev\n", ".env.production": "VITE_API=/\n"}
    assert "VITE_API" in refusal(planned(tmp_path, f"{HEAD}CMD npm start\n", **files))


ANGULAR = {
    "package.json": json.dumps(
        {
            "scripts": {"start": "ng serve --host 0.0.0.0", "build": "ng build"},
            "devDependencies": {"@angular/cli": "18.2.0"},
        }
    ),
    "angular.json": json.dumps(
        {
            "projects": {
                "shop": {
                    "architect": {
                        "build": {
                            "builder": "@angular/build:application",
                            "configurations": {
                                "production": {
                                    "fileReplacements": [
                                        {"replace": "src/e.ts", "with": "src/e.prod.ts"}
                                    ]
                                }
                            },
                            "defaultConfiguration": "production",
                        },
                        "serve": {
                            "options": {"buildTarget": "shop:build:", "port": 5173},
                            "configurations": {
                                "development": {
                                    "buildTarget": "shop:build:development",
                                    "proxyConfig": "proxy.conf.json",
                                }
                            },
                            "defaultConfiguration": "development",
                        },
                    }
                }
            }
        }
    ),
    "proxy.conf.json": '{"/api": {"target": "http://api:8080"}}',
    "src/e.ts": "export const e = { production: false, api: '/api' };\n",
    "src/e.prod.ts": "export const e = { production: true, api: '/api' };\n",
}


def test_angular_is_built_and_its_proxy_becomes_that_of_nginx(tmp_path: Path) -> None:
    head = HEAD.replace("RUN npm ci\n", "RUN npm ci\nRUN npm install -g @angular/cli\n")
    made = planned(tmp_path, f'{head}CMD ["npm", "start"]\n', **ANGULAR)
    assert text(made, "Dockerfile") == (
        "FROM node:25-alpine AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n\n"
        "FROM nginx:alpine\nCOPY nginx.conf /etc/nginx/nginx.conf\n"
        "COPY --from=build /app/dist/shop/browser /usr/share/nginx/html\nUSER nginx\n"
        'CMD ["nginx", "-g", "daemon off;"]\n'
    )
    assert "location /api {" in text(made, "nginx.conf")
    assert "listen 5173;" in text(made, "nginx.conf")


def test_a_global_angular_that_the_project_does_not_list_stays(tmp_path: Path) -> None:
    head = HEAD.replace("RUN npm ci\n", "RUN npm ci\nRUN npm install -g @angular/cli\n")
    package = ANGULAR["package.json"].replace("@angular/cli", "@angular/core")
    files = {**ANGULAR, "package.json": package}
    made = planned(tmp_path, f'{head}CMD ["ng", "serve"]\n', **files)
    assert "RUN npm install -g @angular/cli\nRUN npm run build\n" in text(made, "Dockerfile")


def test_an_environment_that_only_the_build_has_is_refused(tmp_path: Path) -> None:
    files = {**ANGULAR, "src/e.prod.ts": ANGULAR["src/e.prod.ts"].replace("/api", "https://x.org")}
    made = planned(tmp_path, f'{HEAD}CMD ["npm", "start"]\n', **files)
    assert refusal(made) == "src/e.prod.ts: the build has another e.ts: src/e.prod.ts"
