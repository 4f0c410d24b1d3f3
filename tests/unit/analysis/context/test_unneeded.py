"""What an ignore file should keep out, and what it must let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import Evidence
from jettison.changes.planner import plan
from jettison.rules import Advice, find_rule
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.changes.model import Plan

BIG = "x" * 200_000
COMPOSE = "services:\n  api:\n    build: .\n"
BASE = {
    "compose.yaml": COMPOSE,
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ['python', 'main.py']\n",
    "main.py": "print()\n",
}
VENV = {"venv/pyvenv.cfg": "", "venv/big": BIG}


def planned(root: Path, files: dict[str, str]) -> Plan:
    for name, text in {**BASE, **files}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return plan(TextTree(root), {}, rules=[find_rule("JT005")])


def ignored(root: Path, files: dict[str, str]) -> list[str]:
    found = planned(root, files).tree.read(".dockerignore")
    return found.text.splitlines() if found is not None else []


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        (VENV, ["venv"]),
        ({"web/node_modules/a": BIG}, ["**/node_modules"]),
        ({"app/__pycache__/a.pyc": BIG, "tests/__pycache__/b.pyc": BIG}, ["**/__pycache__"]),
        ({".git/HEAD": "ref: x", ".git/objects/a": BIG}, [".git"]),
        ({"cov/lcov.info": BIG}, ["cov"]),
        ({"logs/a.log.1": BIG, "logs/b.log": BIG, "logs/.gitkeep": ""}, ["logs/*.log*"]),
        ({"db.dump": f"PGDMP{BIG}"}, ["db.dump"]),
        ({"id_rsa": "-----BEGIN RSA PRIVATE KEY-----\n"}, ["id_rsa"]),
        ({"kubeconfig.yaml": "users:\n- user:\n    client-key-data: LS0=\n"}, ["kubeconfig.yaml"]),
        ({"kubeconfig": "clusters: []\n"}, []),
        (
            {"google-key.json": '{"private_key": "-----BEGIN PRIVATE KEY-----"}'},
            ["google-key.json"],
        ),
        ({".env": "TOKEN=1"}, [".env"]),
        ({"tests/test_a.py": BIG}, ["tests"]),
        ({"infra/main.tf": BIG}, ["infra"]),
    ],
)
def test_what_is_there_for_nothing_gets_a_line(
    tmp_path: Path, files: dict[str, str], lines: list[str]
) -> None:
    assert ignored(tmp_path, files) == lines


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "open('logs/a.log')\n", "logs/a.log": BIG},
        {"main.py": "import tests.data\n", "tests/test_a.py": BIG},
        {"main.py": "from pathlib import Path\nPath('docs')\n", "docs/a.md": BIG},
        {"main.py": "load('keys/app.key')\n", "keys/app.key": "-----BEGIN PRIVATE KEY-----\n"},
        {"certs/ca.pem": "-----BEGIN CERTIFICATE-----\n", "data.csv": BIG, "templates/a.html": BIG},
        {"start.sh": "exec venv/bin/python\n", "Dockerfile": "FROM x\nCOPY . /\nCMD sh start.sh\n"}
        | VENV,
        {"requirements.txt": "setuptools_scm\n", ".git/HEAD": "", ".git/objects/a": BIG},
        {"a.csproj": '<PackageReference Include="MinVer" />', ".git/HEAD": "", ".git/a": BIG},
        {"pom.xml": "<artifactId>git-commit-id-maven-plugin<", ".git/HEAD": "", ".git/a": BIG},
        {"a.gemspec": "s.files = `git ls-files`\n", ".git/HEAD": "", ".git/a": BIG},
        {"web/.env": "VITE_NAME=Shop\n"},
        {"tests/test_a.py": BIG, "Dockerfile": "FROM x\nCOPY . .\nRUN pytest\n"},
    ],
)
def test_what_something_names_is_sent(tmp_path: Path, files: dict[str, str]) -> None:
    assert ignored(tmp_path, files) == []


def test_node_modules_stay_where_no_image_installs_them(tmp_path: Path) -> None:
    files = {"node_modules/a.js": BIG, "package.json": "{}"}
    plain = {**files, "Dockerfile": "FROM node:25-alpine\nCOPY . .\nCMD node a.js\n"}
    assert ignored(tmp_path, plain) == []
    installing = plain["Dockerfile"].replace("CMD", "RUN npm ci\nCMD")
    assert ignored(tmp_path, {**plain, "Dockerfile": installing}) == ["node_modules"]


def test_the_authors_lines_win(tmp_path: Path) -> None:
    lines = "# what we send\n*\n!main.py\n!src\n!src/keep.log\n"
    files = {
        ".dockerignore": lines,
        "src/__pycache__/a.pyc": BIG,
        "src/keep.log": BIG,
        "src/other.log": BIG,
        "venv/pyvenv.cfg": BIG,
    }
    assert ignored(tmp_path, files) == [*lines.splitlines(), "**/__pycache__", "src/other.log"]


def test_a_second_dockerfile_of_the_context_is_heeded(tmp_path: Path) -> None:
    files = {"Dockerfile.test": "FROM x\nCOPY tests /tests\n", "tests/test_a.py": BIG}
    compose = COMPOSE + "  check:\n    build: {context: ., dockerfile: Dockerfile.test}\n"
    assert ignored(tmp_path, {**files, "compose.yaml": compose}) == []


def test_a_dotenv_that_the_program_reads_is_only_named(tmp_path: Path) -> None:
    made = planned(tmp_path, {"main.py": "from dotenv import load_dotenv\n", ".env": "TOKEN=1"})
    assert not made.applied
    assert [type(one.remedy) for one in made.left] == [Advice]


def test_a_dotenv_that_a_framework_reads_unnamed_is_only_named(tmp_path: Path) -> None:
    code = "import { ConfigModule } from '@nestjs/config';\nConfigModule.forRoot();\n"
    made = planned(tmp_path, {"src/app.module.ts": code, ".env": "TOKEN=1"})
    assert ".dockerignore" not in made.tree.pieces


def test_a_dotenv_that_pipenv_reads_for_the_program_is_only_named(tmp_path: Path) -> None:
    compose = COMPOSE + "    command: pipenv run python main.py\n"
    made = planned(tmp_path, {"compose.yaml": compose, ".env": "TOKEN=1"})
    assert not made.applied
    assert [type(one.remedy) for one in made.left] == [Advice]


def test_a_dotenv_whose_variables_compose_passes_may_leave(tmp_path: Path) -> None:
    compose = COMPOSE + "    environment: {TOKEN: '${TOKEN}'}\n"
    files = {"main.py": "load_dotenv()\n", ".env": "TOKEN=1", "compose.yaml": compose}
    assert ignored(tmp_path, files) == [".env"]
    assert planned(tmp_path, files).unmissed == {"/app/.env"}


def test_a_dotenv_that_nothing_reads_is_not_given_otherwise(tmp_path: Path) -> None:
    made = planned(tmp_path, {".env": "TOKEN=1"})
    assert made.applied
    assert made.unmissed == frozenset()


def test_data_is_named_unless_a_volume_holds_it(tmp_path: Path) -> None:
    made = planned(tmp_path, {"uploads/a.jpg": BIG, ".gitignore": "uploads/\n"})
    assert [(str(one.key), type(one.remedy)) for one in made.left] == [
        ("JT005/api/data:uploads", Advice)
    ]
    compose = COMPOSE + "    volumes: ['up:/app/uploads']\nvolumes: {up: {}}\n"
    assert ignored(tmp_path, {"compose.yaml": compose}) == ["uploads/*"]


def test_another_images_folder_leaves_when_nothing_names_it(tmp_path: Path) -> None:
    compose = COMPOSE + "  web:\n    build: web\n"
    files = {"web/Dockerfile": "FROM x\nCOPY . .\n", "web/a.js": BIG, "compose.yaml": compose}
    assert ignored(tmp_path, files) == ["web"]


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM x\nWORKDIR /app\nCOPY . .\nWORKDIR /app/parts/web\nRUN npm i\n"},
        {"Dockerfile": "FROM x\nWORKDIR /app\nCOPY . .\nWORKDIR parts/web/src\nRUN npm i\n"},
        {"package.json": '{"workspaces": ["parts/*"]}'},
        {"package.json": "{}", "pnpm-workspace.yaml": "packages: ['parts/*']\n"},
    ],
)
def test_another_images_folder_stays_where_an_image_works_in_it_or_installs_it(
    tmp_path: Path, files: dict[str, str]
) -> None:
    own = {
        "compose.yaml": COMPOSE + "  web:\n    build: parts/web\n",
        "parts/web/Dockerfile": "FROM x\nCOPY . .\n",
        "parts/web/package.json": "{}",
        "parts/web/src/a.js": BIG,
    }
    assert ignored(tmp_path, {**own, **files}) == []


def test_what_a_service_opened_while_it_ran_is_let_through(tmp_path: Path) -> None:
    files = {**BASE, "tests/a.txt": BIG, "docs/b.md": BIG, ".env": "TOKEN=1", "a.log": BIG}
    planned(tmp_path, files)
    opened = frozenset({"/app/tests/a.txt", "/app/.env", "/app/a.log"})
    seen = Evidence(opened={"api": opened})
    found = plan(TextTree(tmp_path), {}, rules=[find_rule("JT005")], evidence=seen)
    made = found.tree.read(".dockerignore")
    assert made is not None
    assert made.text.splitlines() == ["a.log", "docs"], "a log is made anew"


KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "files",
    [
        {"internal/test/ca_private.pem": KEY},
        {"tests/.env.ci": "DB_PASSWORD=a\n"},
        {".env": "COMPOSE_PROJECT_NAME=shop\n"},
        {".env.tests.e2e.example": "DB_PASSWORD=a\n"},
    ],
)
def test_what_protects_nothing_is_no_secret(tmp_path: Path, files: dict[str, str]) -> None:
    assert planned(tmp_path, files).found == ()


@pytest.mark.parametrize("files", [{"config/ca_private.pem": KEY}, {"tests/.env": "TOKEN=a\n"}])
def test_what_may_protect_something_is_one(tmp_path: Path, files: dict[str, str]) -> None:
    assert planned(tmp_path, files).found


@pytest.mark.parametrize("source", ["*", "*.*", "./*"])
def test_a_star_names_nothing_that_it_takes(tmp_path: Path, source: str) -> None:
    files = {"Dockerfile": f"FROM x\nCOPY {source} ./\nCMD a\n", ".vscode/a.json": BIG, "a.py": ""}
    assert ignored(tmp_path, files) == [".vscode"]


def test_a_star_behind_a_dot_names_what_it_takes(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM x\nCOPY .vs* ./\nCMD a\n", ".vscode/a.json": BIG, "a.py": ""}
    assert ignored(tmp_path, files) == []
