"""Sites that a generator of pages makes, served by its own server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.rules import Refused
from jettison.rules.catalog.development_server_for_static_files import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.changes import Plan

_HEAD = "FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_TOOLS = {
    "astro": ("astro dev", "astro preview", "astro build", "dist", 4321),
    "docusaurus": ("docusaurus start", "docusaurus serve", "docusaurus build", "build", 3000),
    "gatsby": ("gatsby develop", "gatsby serve", "gatsby build", "public", 9000),
    "eleventy": ("eleventy --serve", "eleventy --serve", "eleventy", "_site", 8080),
    "craco": ("craco start", "craco start", "craco build", "build", 3000),
}


def _site(tool: str, command: str, files: Mapping[str, str] | None = None) -> Plan:
    develop, serve, build, *_ = _TOOLS[tool]
    scripts = {"dev": develop, "serve": serve, "build": build}
    texts = {
        "compose.yaml": "services:\n  web:\n    build: .\n",
        "package.json": json.dumps({"scripts": scripts, "devDependencies": {tool: "1"}}),
        "Dockerfile": f"{_HEAD}{command}",
        **(files or {}),
    }
    return planned(RULE, texts)


def _text(made: Plan, name: str) -> str:
    found = made.tree.read(name)
    assert found is not None
    return found.text


def _why(made: Plan) -> str:
    (finding,) = made.left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason


@pytest.mark.parametrize("tool", _TOOLS)
def test_what_it_builds_is_served_by_nginx(tool: str) -> None:
    made = _site(tool, 'RUN npm run build\nCMD ["npm", "run", "serve"]\n')
    *_, output, port = _TOOLS[tool]
    after = _text(made, "Dockerfile").splitlines()
    assert f"COPY --from=build /app/{output} /usr/share/nginx/html" in after
    assert after.count("RUN npm run build") == 1
    assert f"listen {port};" in _text(made, "nginx.conf")


def test_what_its_own_program_has_built_is_not_built_again() -> None:
    made = _site("gatsby", 'RUN gatsby build\nCMD ["npm", "run", "serve"]\n')
    assert "RUN npm run build" not in _text(made, "Dockerfile")


def test_its_development_server_is_built_instead() -> None:
    made = _site("astro", 'CMD ["npm", "run", "dev", "--", "--host", "--port", "80"]\n')
    assert "RUN npm run build\n\nFROM nginx:alpine\n" in _text(made, "Dockerfile")
    conf = _text(made, "nginx.conf")
    assert "listen 80;" in conf
    assert "try_files $uri $uri/index.html $uri.html =404;" in conf
    assert "error_page 404 /404.html;" in conf


def test_its_configuration_tells_base_port_and_folder() -> None:
    config = (
        "export default defineConfig({\n  base: '/docs',\n  outDir: './www',\n"
        "  server: { port: 3000, host: true },\n});\n"
    )
    made = _site("astro", 'CMD ["npm", "run", "serve"]\n', {"astro.config.mjs": config})
    assert "/app/www /usr/share/nginx/html/docs" in _text(made, "Dockerfile")
    assert "listen 3000;" in _text(made, "nginx.conf")


def test_variables_that_its_code_names_become_arguments_of_the_build() -> None:
    files = {
        "src/pages/index.astro": "---\nconst api = import.meta.env.API;\n---\n",
        "compose.yaml": "services:\n  web:\n    build: .\n"
        "    environment:\n      API: http://api\n      PORT: '4321'\n      OTHER: '1'\n",
    }
    made = _site("astro", 'CMD ["npm", "run", "dev"]\n', files)
    assert "ARG API\nRUN npm run build\n" in _text(made, "Dockerfile")
    assert "OTHER: '1'" in _text(made, "compose.yaml")
    assert "args:\n        API: http://api\n" in _text(made, "compose.yaml")


@pytest.mark.parametrize(
    ("tool", "files", "reason"),
    [
        ("astro", {"astro.config.mjs": "({ adapter: node() })"}, "a server may answer"),
        ("astro", {"astro.config.mjs": "({ output: 'server' })"}, "sets output"),
        ("astro", {"astro.config.mjs": "({ redirects: {} })"}, "redirects"),
        ("astro", {"astro.config.mjs": "({ base: process.env.BASE })"}, "base in"),
        ("astro", {"src/pages/a.astro": "export const prerender = false"}, "only a server gives"),
        ("docusaurus", {"docs/a.md": "---\ndraft: true\n---\n"}, "only a server gives"),
        ("gatsby", {"gatsby-config.js": "module.exports = { pathPrefix: '/x' }"}, "pathPrefix"),
        ("gatsby", {"src/api/a.js": ""}, "functions"),
        ("gatsby", {"src/pages/a.js": "export async function getServerData() {}"}, "a server"),
        ("gatsby", {"src/pages/app/[...].js": ""}, "only the browser knows"),
        ("gatsby", {"src/pages/[id]/edit.tsx": ""}, "only the browser knows"),
        ("gatsby", {"gatsby-node.js": "page.matchPath = '/app/*'"}, "only the browser knows"),
        ("eleventy", {".eleventy.js": "module.exports = () => ({ pathPrefix: x })"}, "pathPrefix"),
        ("craco", {"craco.config.js": "module.exports = { devServer: {} }"}, "sets devServer"),
    ],
)
def test_what_a_web_server_cannot_keep(tool: str, files: Mapping[str, str], reason: str) -> None:
    made = _site(tool, 'CMD ["npm", "run", "dev"]\n', files)
    assert not made.applied
    assert reason in _why(made)


def test_pages_that_gatsby_makes_of_its_data_are_files() -> None:
    files = {"src/pages/{Post.slug}.js": "", "src/[x].js": ""}
    assert _site("gatsby", 'CMD ["npm", "run", "dev"]\n', files).applied


def test_a_page_that_is_a_draft_was_never_served_by_what_was_built() -> None:
    files = {"docs/a.md": "---\ndraft: true\n---\n"}
    assert _site("docusaurus", 'CMD ["npm", "run", "serve"]\n', files).applied


def test_options_that_name_other_folders_are_refused() -> None:
    made = _site("docusaurus", 'CMD ["npm", "run", "serve", "--", "--dir", "out"]\n')
    assert "is told --dir" in _why(made)


def test_eleventy_that_only_builds_is_no_server() -> None:
    assert not _site("eleventy", 'CMD ["npx", "eleventy"]\n').found


def test_node_of_the_system_builds_a_site_as_well() -> None:
    text = (
        "FROM amazonlinux:2023\nRUN dnf install -y nodejs\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
        'CMD ["npm", "run", "dev"]\n'
    )
    now = _text(_site("astro", "", {"Dockerfile": text}), "Dockerfile")
    assert now.startswith("FROM amazonlinux:2023 AS build\n")
    assert "\nFROM nginx:alpine\n" in now
