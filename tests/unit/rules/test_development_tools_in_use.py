"""Development tools that somebody uses in the image all the same: which uses count."""

from __future__ import annotations

import json

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules import Advice
from jettison.rules.catalog.development_packages_in_image import RULE

PIP = (
    "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nCMD python main.py\n"
)
MAIN = {"Dockerfile": PIP, "main.py": "import flask\n"}


def test_tests_that_another_compose_file_starts_keep_their_tool() -> None:
    files = {
        **MAIN,
        "requirements.txt": "flask==3.0\npytest==8.0\nblack==24.1\n",
        "compose.yaml": "services:\n  api:\n    build: .\n",
        "docker-compose.test.yml": "services:\n  api:\n    command: pytest -q\n",
    }
    assert changed(planned(RULE, files))["requirements.txt"] == "flask==3.0\npytest==8.0\n"


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("README.md", "docker-compose exec api pytest tests -v", True),
        ("README.md", "`docker compose exec -T -e CI=1 api python -m pytest`", True),
        (
            "Makefile",
            "test:\n\tdocker compose -f compose.yaml run --rm api sh -c 'pytest -q'\n",
            True,
        ),
        (".github/workflows/ci.yml", "run: docker exec shop-api-1 pytest", True),
        ("README.md", "docker exec -it shop_api pytest", True),
        ("README.md", "docker compose exec worker pytest", False),
        ("README.md", "docker run --rm api pytest", False),
        ("README.md", "pip install -e . && pytest", False),
    ],
)
def test_what_people_are_told_to_run_in_the_container_stays(
    name: str, text: str, *, kept: bool
) -> None:
    files = {
        **MAIN,
        "compose.yaml": "services:\n  api:\n    build: .\n    container_name: shop_api\n"
        "  worker:\n    image: other\n",
        "requirements.txt": "flask==3.0\npytest==8.0\npytest-cov==5.0\nblack==24.1\n",
        name: text,
    }
    made = planned(RULE, files)
    left = changed(made)["requirements.txt"]
    assert ("pytest==8.0\npytest-cov==5.0" in left) is kept
    assert "black" not in left


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("docker build -t shop .\ndocker run --network n shop bash -c 'cd a;pytest -q'\n", True),
        ("docker buildx build \\\n  --tag=me/shop:1 .\ndocker run -e A=1 me/shop:1 pytest\n", True),
        ("          tags: shop\n          docker run --rm shop bash -c 'cd a; pytest'\n", True),
        ("docker build -t shop .\ndocker run other pytest\n", False),
        ("docker run python:3.11 pytest\n", False),
    ],
)
def test_what_runs_in_an_image_that_a_workflow_builds_stays(text: str, *, kept: bool) -> None:
    files = {**MAIN, "requirements.txt": "flask==3.0\npytest==8.0\nblack==24.1\n"}
    made = planned(RULE, {**files, ".github/workflows/ci.yml": text})
    left = changed(made)["requirements.txt"]
    assert ("pytest==8.0" in left) is kept
    assert "black" not in left


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("import subprocess\nsubprocess.run(['ruff', 'check', path])\n", True),
        ("import os\nos.system('ruff check ' + path)\n", True),
        ("import asyncio\ncmd = ['ruff', path]\nrun = asyncio.create_subprocess_exec\n", True),
        ("import subprocess\nsubprocess.run(['git', 'ruff'])\n", False),
        ("import subprocess\nprint('Ruff is not called')\n", False),
        ("TOOLS = ['ruff', 'mypy']\n", False),
    ],
)
def test_tools_that_the_code_starts_stay(code: str, *, kept: bool) -> None:
    files = {**MAIN, "main.py": code, "requirements.txt": "flask==3.0\nruff==0.9\npytest==8.0\n"}
    after = changed(planned(RULE, files))["requirements.txt"]
    assert after == ("flask==3.0\nruff==0.9\n" if kept else "flask==3.0\n")


def test_tools_whose_settings_are_copied_by_name_stay() -> None:
    files = {
        **MAIN,
        "Dockerfile": PIP.replace("COPY . .", "COPY main.py pytest.ini ./"),
        "pytest.ini": "[pytest]\n",
        "requirements.txt": "flask==3.0\npytest==8.0\npytest-django==4.1\nblack==24.1\n",
    }
    left = changed(planned(RULE, files))["requirements.txt"]
    assert left == "flask==3.0\npytest==8.0\npytest-django==4.1\n"


def test_comments_of_settings_name_nothing() -> None:
    files = {
        **MAIN,
        "alembic.ini": "[post_write_hooks]\n# black.entrypoint = black\n; hooks = black\n",
        "requirements.txt": "flask==3.0\nblack==24.1\n",
    }
    assert changed(planned(RULE, files))["requirements.txt"] == "flask==3.0\n"


def test_a_build_of_another_package_may_need_them() -> None:
    package = {"dependencies": {"ms": "2"}, "devDependencies": {"typescript": "5"}}
    files = {
        "compose.yaml": "services:\n  api:\n    build: .\n",
        "package.json": json.dumps(package),
        "Dockerfile": "FROM node:25-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
        "RUN npm --workspace lib run build\nCMD node server.js\n",
    }
    assert "--omit=dev" not in changed(planned(RULE, files)).get("Dockerfile", "")


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM python:3.11-slim\nRUN pip install --no-cache-dir sphinx\nWORKDIR /docs\n",
        "FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        "COPY docs /docs\nCMD mkdocs serve\n",
    ],
)
def test_an_image_without_code_may_be_there_for_its_tools(dockerfile: str) -> None:
    files = {"requirements.txt": "mkdocs==1.6\npytest==8.0\n", "docs/index.md": "# A\n"}
    made = planned(RULE, {**files, "Dockerfile": dockerfile})
    assert not changed(made)
    assert not made.found


def test_a_generated_list_is_its_generators_to_write() -> None:
    """And what only another one of the list brings is not named: hashes ask for all of it."""
    listed = (
        "# This file is autogenerated by pip-compile with Python 3.11\n"
        "#    pip-compile --generate-hashes requirements.in\n#\n"
        "flask==3.0 \\\n    --hash=sha256:aa\n    # via -r requirements.in\n"
        "pytest==8.0 \\\n    --hash=sha256:bb\n    # via -r requirements.in\n"
        "vcrpy==8.3 \\\n    --hash=sha256:cc\n    # via flask\n"
    )
    made = planned(RULE, {**MAIN, "requirements.txt": listed})
    assert not changed(made)
    (left,) = made.left
    assert left.remedy == Advice(
        "Take pytest out of requirements.in, and generate requirements.txt again."
    )
    assert (left.file, left.line) == ("requirements.txt", 7)
