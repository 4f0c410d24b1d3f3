"""The EXTRAs on projects of many kinds: nothing of the author's is overwritten, what does not fit
is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.examples import RULES, changed, lay

from jettison.analysis.evidence import Evidence
from jettison.changes import Plan, Policy, plan
from jettison.compose import read_compose
from jettison.rules import Kind
from jettison.source import Patch, Span, TextEdit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.compose import ComposeProject
    from jettison.source import TextTree

_EXTRAS = tuple(rule for rule in RULES if rule.kind is Kind.EXTRA)
_ALL = frozenset(rule.extra for rule in _EXTRAS)
_PYTHON = (
    "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nCMD ['python', 'app.py']\n"
).replace("'", '"')
_FLASK = {"requirements.txt": "flask==3.0.3\n", "app.py": "import flask\n", "Dockerfile": _PYTHON}
_SITE = {
    "compose.yaml": "services:\n  ui:\n    build: ui\n    ports: ['3000:80']\n",
    "ui/Dockerfile": "FROM nginx:alpine\nCOPY public /usr/share/nginx/html\n",
    "ui/public/index.html": "<p>hello</p>\n",
}


def _plan(tree: TextTree, extras: frozenset[str] = _ALL) -> Plan:
    made = plan(tree, {}, policy=Policy(extras=extras), rules=_EXTRAS)
    assert not made.dropped
    return made


def _overlaid(folder: Path, made: Plan, *names: str) -> ComposeProject:
    """The stack with overlays, as Compose reads it."""
    texts = {folder / name: made.tree.read(name) for name in names}
    laid = {path: source.text for path, source in texts.items() if source is not None}
    assert len(laid) == len(names)
    return read_compose(list(laid), environment={}, laid=laid, lacking=[])


def test_no_file_of_the_authors_is_overwritten(tmp_path: Path) -> None:
    own = {
        "docker-compose.prod.yml": "# MINE\nservices:\n  web:\n    restart: always\n",
        "docker-compose.dev.yml": "# MINE\nservices: {}\n",
        "Dockerfile.prod": "# MINE\nFROM python:3.11-slim\n",
        "Dockerfile.dev": "# MINE\nFROM python:3.11-slim\n",
        "nginx/reverse-proxy.conf": "# MINE\n",
        "scripts/check_image_sizes.py": "# MINE\n",
        "docs/docker-optimization.md": "mine\n",
        "Makefile": "docker-reset:\n\techo mine\n",
    }
    compose = "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n"
    made = _plan(lay(tmp_path, {**_FLASK, "compose.yaml": compose, **own}))
    files = changed(made)
    assert not (set(own) - {"Makefile"}) & set(files)
    assert files["Makefile"].startswith(own["Makefile"])
    assert files["Makefile"].count("\ndocker-reset:") + 1 == 1
    assert {
        "docker-compose.jettison-prod.yml",
        "docker-compose.jettison-dev.yml",
        "Dockerfile.jettison-prod",
        "nginx/reverse-proxy.jettison.conf",
        "scripts/check_image_sizes.jettison.py",
        "docs/docker-optimization.jettison.md",
    } <= set(files)
    assert "Dockerfile.jettison-prod" in files["docker-compose.jettison-prod.yml"]
    assert "reverse-proxy.jettison.conf" in files["docker-compose.jettison-prod.yml"]
    said = [reason for change in made.applied for reason in change.reasons]
    assert any("docker-compose.prod.yml" in reason for reason in said)


def test_files_of_a_run_before_are_kept_as_they_are(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n"
    before = {**_FLASK, "compose.yaml": compose}
    files = {**before, **changed(_plan(lay(tmp_path / "one", before)))}
    files["docker-compose.prod.yml"] += "  # edited by hand\n"
    assert changed(_plan(lay(tmp_path / "two", files))) == {}


def test_without_compose_there_are_no_compose_files(tmp_path: Path) -> None:
    files = changed(_plan(lay(tmp_path, _FLASK)))
    assert not [path for path in files if "compose" in path or "monitoring" in path]
    assert "docker compose" not in files["Makefile"]
    assert "docker build -t" in files["Makefile"]


def test_a_static_site_gets_no_monitoring_and_no_python(tmp_path: Path) -> None:
    files = changed(_plan(lay(tmp_path, _SITE)))
    text = "\n".join(files.values())
    assert "prometheus" not in text
    assert "grafana" not in text
    assert "PYTHONDONTWRITEBYTECODE" not in text
    assert not [path for path in files if path.startswith("ui/Dockerfile")]


def test_limits_and_jobs_stay_as_the_author_has_them(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n    mem_limit: 300m\n"
        "    networks: [back]\n  migrate:\n    build: .\n    command: python m.py\n"
        "    restart: 'no'\n  seed:\n    build: .\n    command: python s.py\n"
        "  late:\n    build: .\n    ports: ['9000:9000']\n    depends_on:\n      seed:\n"
        "        condition: service_completed_successfully\nnetworks:\n  back:\n"
    )
    tree = lay(tmp_path, {**_FLASK, "compose.yaml": compose})
    made = _plan(tree)
    stack = _overlaid(tmp_path, made, "compose.yaml", "docker-compose.prod.yml")
    assert stack.services["web"].limits.memory == 300 * 1024 * 1024
    assert stack.services["migrate"].restart == "no"
    assert stack.services["seed"].restart is None
    assert stack.services["late"].restart == "unless-stopped"
    assert stack.services["reverse_proxy"].networks == ("back",)
    assert not any(stack.services[name].ports for name in ("web", "late"))
    assert "deploy" not in changed(made)["docker-compose.prod.yml"]


def test_limits_come_from_what_was_measured(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n  big:\n    build: .\n"
        "  own:\n    build: .\n    mem_limit: 300m\n  silent:\n    build: .\n"
        "  java:\n    build: java\n  cache:\n    image: redis:7\n"
    )
    files = {**_FLASK, "java/Dockerfile": "FROM eclipse-temurin:17\nCMD java -jar a.jar\n"}
    tree = lay(tmp_path, {**files, "compose.yaml": compose})
    used = {"web": 50, "big": 100, "own": 90, "java": 90, "cache": 5}
    evidence = Evidence(memory={name: mb << 20 for name, mb in used.items()})
    policy = Policy(extras=frozenset({"variants"}))
    made = plan(tree, {}, policy=policy, rules=_EXTRAS, evidence=evidence)
    stack = _overlaid(tmp_path, made, "compose.yaml", "docker-compose.prod.yml")
    limits = {name: one.limits.memory for name, one in stack.services.items()}
    mb = 1 << 20
    assert limits == {
        "web": 256 * mb,
        "big": 448 * mb,
        "own": 300 * mb,
        "silent": None,
        "java": None,
        "cache": None,
    }
    assert "four times what a trial took" in changed(made)["docker-compose.prod.yml"]


@pytest.mark.parametrize(
    ("value", "secret"),
    [("hunter2", True), ("30", False), ("/run/secrets/key", False), ("true", False)],
)
def test_secrets_are_required_and_nothing_else(tmp_path: Path, value: str, *, secret: bool) -> None:
    compose = f"services:\n  web:\n    build: .\n    environment:\n      API_TOKEN: '{value}'\n"
    made = _plan(lay(tmp_path, {**_FLASK, "compose.yaml": compose}), frozenset({"variants"}))
    text = changed(made)["docker-compose.prod.yml"]
    assert ("${API_TOKEN:?set API_TOKEN}" in text) == secret
    assert value not in text


def test_sources_are_mounted_where_the_original_image_has_them(tmp_path: Path) -> None:
    files: Mapping[str, str] = {
        "compose.yaml": "services:\n  web:\n    build: .\n    ports: ['3000:3000']\n",
        "Dockerfile": "FROM node:25-alpine\nWORKDIR /srv\nCOPY package.json .\nRUN npm install\n"
        'COPY . .\nCMD ["node", "src/server.js"]\n',
        "package.json": '{"name": "x"}\n',
        "src/server.js": "",
    }
    made = _plan(lay(tmp_path, files), frozenset({"variants"}))
    stack = _overlaid(tmp_path, made, "compose.yaml", "docker-compose.dev.yml")
    mounts = {mount.target: mount.source for mount in stack.services["web"].mounts}
    assert mounts == {"/srv": str(tmp_path), "/srv/node_modules": None}


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM golang:1.23\nWORKDIR /srv\nCOPY . .\nRUN go build -o run .\nCMD ["./run"]\n',
        "FROM node:25\nWORKDIR /srv\nCOPY . .\nRUN npm ci && npm run build\n"
        'CMD ["node", "dist/main.js"]\n',
        "FROM node:25 AS build\nCOPY . .\nRUN npm ci\n"
        "FROM nginx:alpine\nCOPY --from=build /x /usr/share/nginx/html\n",
    ],
    ids=["go", "typescript", "built-site"],
)
def test_sources_are_not_mounted_over_what_was_built_from_them(
    tmp_path: Path, dockerfile: str
) -> None:
    compose = "services:\n  web:\n    build: .\n    ports: ['3000:3000']\n"
    files = {"compose.yaml": compose, "Dockerfile": dockerfile, "package.json": "{}\n"}
    made = _plan(lay(tmp_path, files), frozenset({"variants"}))
    assert "docker-compose.dev.yml" not in changed(made)


def test_own_monitoring_files_are_used(tmp_path: Path) -> None:
    files = {
        **_FLASK,
        "compose.yaml": "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n",
        "monitoring/prometheus.yml": "rule_files:\n  - alerts.yml\n",
        "monitoring/alerts.yml": "groups: []\n",
        "monitoring/grafana/provisioning/dashboards/all.yml": "providers:\n"
        "  - options:\n      path: /var/lib/grafana/dashboards\n",
        "monitoring/grafana/dashboards/web.json": "{}\n",
    }
    made = _plan(lay(tmp_path, files), frozenset({"monitoring"}))
    assert set(changed(made)) == {"docker-compose.prod.yml"}
    stack = _overlaid(tmp_path, made, "compose.yaml", "docker-compose.prod.yml")
    mounts = {mount.target: mount.source for mount in stack.services["grafana"].mounts}
    assert mounts["/etc/grafana/provisioning"] == str(tmp_path / "monitoring/grafana/provisioning")
    assert mounts["/var/lib/grafana/dashboards"] == str(tmp_path / "monitoring/grafana/dashboards")
    rules = {mount.target for mount in stack.services["prometheus"].mounts}
    assert "/etc/prometheus/alerts.yml" in rules
    assert set(stack.volumes) >= {"prometheus_data", "grafana_data"}


def test_nothing_is_made_that_was_not_asked_for(tmp_path: Path) -> None:
    assert changed(_plan(lay(tmp_path, _SITE), frozenset())) == {}


def _with(tree: TextTree, path: str, before: str, after: str) -> TextTree:
    """The tree with a text of one of its files replaced, as an applied change would."""
    source = tree.read(path)
    assert source is not None
    at = source.text.index(before)
    return tree.edited(Patch.of(path, [TextEdit(Span(at, at + len(before)), after)]))


def test_development_keeps_the_original_image_with_what_it_copies(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: .\n"
    tree = lay(tmp_path, {**_FLASK, "compose.yaml": compose, ".dockerignore": "*.md\n"})
    tree = _with(tree, "Dockerfile", "requirements.txt", "requirements.prod.txt")
    tree = _with(tree, ".dockerignore", "*.md\n", "*.md\nrequirements.txt\n")
    files = changed(_plan(tree, frozenset({"variants"})))
    assert files["Dockerfile.dev"] == _PYTHON
    assert files["Dockerfile.dev.dockerignore"] == "*.md\n"
    assert "dockerfile: Dockerfile.dev" in files["docker-compose.dev.yml"]


def test_development_has_back_what_a_change_took_out_of_the_stack(tmp_path: Path) -> None:
    rest = "    command: npm start\n    volumes: ['./src:/srv/src']\n"
    files = {
        "compose.yaml": f"services:\n  web:\n    build: .\n    ports: ['3000:3000']\n{rest}",
        "Dockerfile": "FROM node:25-alpine\nWORKDIR /srv\nCOPY . .\nRUN npm install\n",
        "package.json": "{}\n",
        "src/server.js": "",
    }
    tree = _with(lay(tmp_path, files), "compose.yaml", rest, "")
    made = _plan(tree, frozenset({"variants"}))
    stack = _overlaid(tmp_path, made, "compose.yaml", "docker-compose.dev.yml")
    assert stack.services["web"].argv == ("npm", "start")
    mounts = {mount.target: mount.source for mount in stack.services["web"].mounts}
    assert mounts == {"/srv/src": str(tmp_path / "src")}


def test_the_development_image_has_what_another_change_took_out_of_the_list(tmp_path: Path) -> None:
    files = {
        **_FLASK,
        "compose.yaml": "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n",
        "requirements.txt": "flask==3.0.3\npytest==8.0.0\n",
        "tests/test_app.py": "import pytest\n",
    }
    made = plan(lay(tmp_path, files), {}, policy=Policy(extras=_ALL), rules=RULES)
    texts = changed(made)
    assert "pytest" in texts["requirements-dev.txt"]
    assert "pytest" not in texts["requirements.txt"]
    assert (
        "RUN pip install -r requirements.txt\n"
        "COPY requirements.txt requirements-dev.txt ./\n"
        "RUN pip install -r requirements-dev.txt\n"
    ) in texts["Dockerfile.dev"]
