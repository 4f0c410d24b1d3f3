"""Build tools: whose images hold them, in as many findings as there are reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.changes import plan
from jettison.rules import Advice, Refused, find_rule
from jettison.rules.catalog.build_tools_in_image import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

STAGES = """\
FROM node:20-slim AS assets
RUN apt-get update && apt-get install -y build-essential
COPY package.json .
RUN npm install
COPY . .
CMD ["bash"]

FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y gcc libpq-dev
COPY requirements.txt .
RUN pip install --prefix=/install -r requirements.txt

FROM python:3.11-slim AS app
RUN apt-get update && apt-get install -y curl libpq-dev
COPY --from=build /install /usr/local
COPY . .
CMD ["curl", "localhost"]
"""
FILES = {
    "Dockerfile": STAGES,
    "requirements.txt": "psycopg2==2.9\n",
    "package.json": "{}",
    "compose.yaml": (
        "services:\n  js:\n    build:\n      context: .\n      target: assets\n"
        "  web:\n    build:\n      context: .\n      target: app\n"
    ),
}


def test_an_image_is_judged_by_its_own_stages() -> None:
    made = planned(RULE, FILES)
    found = {one.line: one for one in made.found}
    assert found[2].services == ("js",)
    assert found[14].services == ("web",)
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert "install -y curl libpq5\n" in now.text


def test_headers_alone_are_not_said_to_weigh_what_a_compiler_weighs() -> None:
    found = {one.line: one for one in planned(RULE, FILES).found}
    assert found[14].saving is not None
    assert found[2].saving is not None
    assert found[14].saving.high_bytes < found[2].saving.low_bytes


def test_packages_that_stay_for_one_reason_are_one_finding() -> None:
    text = (
        "FROM php:8-apache\nRUN apt-get update && apt-get install -y libgmp-dev libicu-dev "
        "libzip-dev && docker-php-ext-install gmp intl zip\nCOPY . .\n"
    )
    (one,) = planned(RULE, {"Dockerfile": text}).found
    assert one.message == "libgmp-dev, libicu-dev, libzip-dev stay in the image that runs"


@pytest.mark.parametrize(
    ("code", "stays"),
    [
        ("raise ValueError('make sure that the file is there')\n", False),
        ("import subprocess\nsubprocess.run(['make', 'all'])\n", True),
        ("import os\nos.system('make -C /srv all')\n", True),
        ("import os\nos.system('make all')\n", True),
    ],
)
def test_a_sentence_is_no_call(code: str, *, stays: bool) -> None:
    text = (
        "FROM python:3.11-slim\nWORKDIR /app\nRUN apt-get update && apt-get install -y make\n"
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
        "CMD python main.py\n"
    )
    made = planned(RULE, {"Dockerfile": text, "requirements.txt": "flask\n", "main.py": code})
    assert bool(made.found) is not stays


def test_what_freezes_a_program_needs_the_binutils_of_the_compiler() -> None:
    text = (
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc build-essential\n"
        "COPY . .\nRUN pip install pyinstaller\nRUN pyinstaller --onefile main.py\n"
    )
    made = planned(RULE, {"Dockerfile": text, "main.py": "print()\n"})
    assert made.applied == ()
    assert [str(one.remedy.reason) for one in made.left if isinstance(one.remedy, Refused)] == [
        "the RUN on line 5 calls pyinstaller"
    ]


def test_the_title_says_where_the_packages_go() -> None:
    titles = {one.key.subject: one.title for one in planned(RULE, FILES).applied}
    assert titles == {"apt:libpq-dev": "leave out what only serves building"}


def test_installs_of_one_run_are_one_run_in_the_stage_that_builds(tmp_path: Path) -> None:
    text = (
        "FROM python:3.11-slim\n\nRUN apt-get update \\\n"
        "  # dependencies for building\n  && apt-get install -y build-essential \\\n"
        "  # dependencies of psycopg\n  && apt-get install -y libpq-dev \\\n"
        "  && rm -rf /var/lib/apt/lists/*\n\n"
        "COPY requirements.txt /requirements.txt\nRUN pip install -r /requirements.txt\n"
        "COPY . .\nCMD python main.py\n"
    )
    files = {"Dockerfile": text, "requirements.txt": "psycopg2\n", "main.py": ""}
    for name, body in files.items():
        (tmp_path / name).write_text(body)
    made = plan(TextTree(tmp_path), {}, rules=[RULE, find_rule("JT011")])
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert "  # dependencies of psycopg\n  && apt-get install -y libpq5 \\\n" in now.text
    assert "# dependencies for building" not in now.text
    assert now.text.count("apt-get update") == 2
    assert (
        "FROM base AS build\nRUN apt-get update && apt-get install -y build-essential libpq-dev "
        "&& rm -rf /var/lib/apt/lists/*\n"
    ) in now.text


_PIP = (
    "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD python main.py\n"
)


def _with_stage(folder: Path, runs: str) -> str:
    """What the plan makes of a Dockerfile whose only stage has these RUNs and installs psycopg2."""
    files = {
        "Dockerfile": f"FROM python:3.11-slim\n\n{runs}\n{_PIP}",
        "requirements.txt": "psycopg2\n",
        "main.py": "",
    }
    for name, body in files.items():
        (folder / name).write_text(body)
    rules = [find_rule(code) for code in ("JT002", "JT008", "JT011")]
    made = plan(TextTree(folder), {}, rules=rules)
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text


def test_what_moves_fetches_the_lists_that_another_run_had_fetched(tmp_path: Path) -> None:
    text = _with_stage(
        tmp_path, "# For the wheels\nRUN apt-get update\nRUN apt-get install -y gcc\n"
    )
    assert (
        "FROM base AS build\n# For the wheels\nRUN apt-get update && apt-get install -y gcc\n"
        in text
    )
    assert text.count("apt-get") == 2


def test_lists_that_another_run_needs_are_fetched_for_each(tmp_path: Path) -> None:
    runs = "RUN apt-get update && apt-get install -y nginx\nRUN apt-get install -y gcc\n"
    text = _with_stage(tmp_path, runs)
    assert "AS build\nRUN apt-get update && apt-get install -y gcc\n" in text
    assert "RUN apt-get update && apt-get install -y nginx && rm -rf /var/lib/apt/lists/*\n" in text


@pytest.mark.parametrize(
    ("command", "stays"),
    [("", False), ("HEALTHCHECK CMD curl -f localhost\n", True)],
)
def test_what_only_fetches_an_installer_goes_with_it(
    tmp_path: Path, command: str, *, stays: bool
) -> None:
    fetch = "curl -sSL https://install.python-poetry.org | python3 -"
    files = {
        "Dockerfile": "FROM python:3.11-slim\n"
        f"RUN apt-get update && apt-get install -y curl && {fetch}"
        "\nENV PATH=/root/.local/bin:$PATH\nCOPY pyproject.toml .\nRUN poetry config"
        f" virtualenvs.create false && poetry install\nCOPY . .\n{command}CMD python main.py\n",
        "pyproject.toml": "",
        "main.py": "",
    }
    for name, body in files.items():
        (tmp_path / name).write_text(body)
    made = plan(TextTree(tmp_path), {}, rules=[RULE, find_rule("JT011")])
    now = made.tree.read("Dockerfile")
    assert now is not None
    base, build = now.text.split("FROM base AS build\n")
    assert ("install -y curl" in base) is stays
    assert ("install -y curl" in build) is not stays
    assert f"RUN {fetch}\n" in build


def test_a_client_that_a_run_of_the_image_calls_is_not_told() -> None:
    text = (
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y curl\n"
        "RUN curl -sSL https://install.python-poetry.org | python3 -\nCMD poetry run a\n"
    )
    assert not planned(RULE, {"Dockerfile": text}).found


@pytest.mark.parametrize(
    ("comment", "moves"),
    [
        ("# Install build tools (gcc)", True),
        ("# gcc and libpq-dev,\n# for psycopg2", True),
        ("# Install system dependencies", False),
        ("# Build tools and curl", False),
        ("# Compiler, and what the program starts", False),
        ("# Dependencias para compilar psycopg2", True),
    ],
)
def test_a_comment_goes_with_all_that_it_tells_of(
    tmp_path: Path, comment: str, *, moves: bool
) -> None:
    run = "RUN apt-get update && apt-get install -y gcc libpq-dev curl\n"
    text = _with_stage(tmp_path, f"{comment}\n{run}")
    assert (f"AS build\n{comment}\nRUN apt-get update && apt-get install -y gcc" in text) is moves
    assert text.count(comment) == 1


@pytest.mark.parametrize(
    ("others", "stays"),
    [
        ({}, False),
        ({"tools/a.py": ""}, True),
        (
            {"server.js": "import { execFile } from 'node:child_process'; execFile('python3');"},
            True,
        ),
        ({"package.json": '{"dependencies": {"yt-dlp-exec": "1"}}'}, True),
    ],
)
def test_python_beside_compilers_in_an_image_of_node_is_for_addons(
    tmp_path: Path, others: dict[str, str], *, stays: bool
) -> None:
    files = {
        "Dockerfile": "FROM node:20-alpine\nWORKDIR /app\nRUN apk add --no-cache python3 make g++\n"
        "COPY package.json .\nRUN npm install\nCOPY . .\nCMD node server.js\n",
        "package.json": '{"dependencies": {"bcrypt": "5"}}',
        "server.js": "",
        **others,
    }
    for name, body in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(body)
    made = plan(TextTree(tmp_path), {}, rules=[RULE, find_rule("JT011")])
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert ("python3" in now.text.split("FROM base AS build")[0]) is stays


@pytest.mark.parametrize("python", ["python3 py3-setuptools", "py3-pip", "python3 py3-pip"])
@pytest.mark.parametrize(("more", "stays"), [("", False), ("RUN pip3 install a\n", True)])
def test_what_python_installs_by_leaves_with_the_python_of_node_gyp(
    tmp_path: Path, python: str, more: str, *, stays: bool
) -> None:
    text = (
        f"FROM node:20-alpine\nWORKDIR /app\nRUN apk add --no-cache {python} make g++\n{more}"
        "COPY package.json .\nRUN npm install\nCOPY . .\nCMD node server.js\n"
    )
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "package.json").write_text('{"dependencies": {"bcrypt": "5"}}')
    (tmp_path / "server.js").write_text("")
    now = plan(TextTree(tmp_path), {}, rules=[RULE, find_rule("JT011")]).tree.read("Dockerfile")
    assert now is not None
    assert (python in now.text.split("FROM base AS build")[0]) is stays


def test_python_alone_is_none_of_node_gyp() -> None:
    text = "FROM node:20-alpine\nRUN apk add --no-cache python3\nRUN npm i -g a\nCMD a\n"
    assert not planned(RULE, {"Dockerfile": text}).found


def test_a_little_tool_is_not_worth_a_stage() -> None:
    files = {
        "Dockerfile": "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y make\n"
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD python a.py\n",
        "requirements.txt": "flask==3.0\n",
        "a.py": "",
    }
    made = planned(RULE, files)
    assert not changed(made)
    assert isinstance(made.found[0].remedy, Advice)


@pytest.mark.parametrize("base", ["debian:bookworm-slim", "ubuntu:24.04"])
def test_what_python_brings_along_is_not_known_of_other_images(base: str) -> None:
    files = {
        "Dockerfile": "FROM rust:1.80 AS build\nRUN cargo build\n"
        f"FROM {base}\nRUN apt-get update && apt-get install -y libssl-dev ca-certificates\n"
        'COPY --from=build /target/api /api\nCMD ["/api"]\n',
    }
    made = planned(RULE, files)
    assert not changed(made)
    assert "not known" in str(made.found[0].remedy)


STRAY = {
    "it goes to the stage that calls it": (
        "FROM python:3.11-slim AS base\n# uv\nRUN pip install uv\nWORKDIR /app\n\n"
        "FROM base AS build\nCOPY . .\nRUN uv sync\n\n"
        'FROM base\nCOPY --from=build /app /app\nCMD ["/app/.venv/bin/flask"]\n',
        "FROM python:3.11-slim AS base\nWORKDIR /app\n\n"
        "FROM base AS build\n# uv\nRUN pip install uv\nCOPY . .\nRUN uv sync\n\n"
        'FROM base\nCOPY --from=build /app /app\nCMD ["/app/.venv/bin/flask"]\n',
    ),
    "no stage calls the one of the last": (
        "FROM python:3.11-slim AS build\nRUN pip install uv\nWORKDIR /app\nCOPY . .\nRUN uv sync\n"
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y curl && pip install uv\n"
        'COPY --from=build /app /app\nCMD ["/app/.venv/bin/flask"]\n',
        None,
    ),
    "a start script calls it": (
        "FROM python:3.11-slim AS base\nRUN pip install uv\nWORKDIR /app\n"
        "FROM base AS build\nCOPY . .\nRUN uv sync\n"
        "FROM base\nCOPY --from=build /app /app\nCMD uv run flask\n",
        None,
    ),
    "what it makes is copied together with it": (
        "FROM python:3.11-slim AS base\nRUN pip install poetry\nWORKDIR /app\n"
        "ENV POETRY_VIRTUALENVS_CREATE=false\nFROM base AS build\nCOPY . .\nRUN poetry install\n"
        "FROM base\nCOPY --from=build /usr/local /usr/local\nCMD flask\n",
        None,
    ),
}


@pytest.mark.parametrize("title", STRAY)
def test_installer_of_a_file_with_stages(title: str) -> None:
    text, after = STRAY[title]
    files = {"Dockerfile": text, "pyproject.toml": "[project]\ndependencies = ['flask']\n"}
    assert changed(planned(RULE, files)).get("Dockerfile") == after


def test_wheels_of_another_stage_are_installed_without_a_compiler() -> None:
    head = (
        "FROM python:3.11-slim AS wheels\nRUN apt-get update && apt-get install -y gcc\n"
        "COPY requirements.txt .\nRUN pip wheel -w /wheels -r requirements.txt\n"
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc curl\n"
        "COPY --from=wheels /wheels /wheels\n"
    )
    for install in ("/wheels/*", "--no-index --find-links=/wheels -r requirements.txt"):
        text = f"{head}RUN pip install {install}\nCMD flask run\n"
        made = changed(planned(RULE, {"Dockerfile": text, "requirements.txt": "flask\n"}))
        assert made == {"Dockerfile": text.replace("gcc curl", "curl")}
    text = f"{head}RUN pip install --find-links=/wheels -r requirements.txt\nCMD flask run\n"
    files = {"Dockerfile": text, "requirements.txt": "flask\n"}
    assert not changed(planned(RULE, files))  # pip may take what has to be compiled from the index


_STAGED = (
    "FROM python:3.11-slim AS base\nRUN apt-get update && apt-get install -y gcc make curl\n"
    "FROM base AS build\nCOPY requirements.txt .\n"
    "RUN pip install --prefix=/install -r requirements.txt\n"
    "FROM base\nCOPY --from=build /install /usr/local\n"
)


def test_a_later_run_that_only_removes_what_moves_goes_too() -> None:
    removal = "# not wanted any more\nRUN apt-get purge -y gcc && apt-get autoremove -y\n"
    files = {"Dockerfile": f"{_STAGED}{removal}CMD flask run\n", "requirements.txt": "flask\n"}
    made = changed(planned(RULE, files))["Dockerfile"]
    assert "purge" not in made
    assert "install -y curl\nFROM base AS build\nRUN apt-get update" in made


@pytest.mark.parametrize(
    "removal",
    [
        "RUN apt-get purge -y gcc curl\n",
        "RUN apt-get purge -y gcc && touch /ready\n",
        "RUN apt-get autoremove -y\n",
    ],
)
def test_a_later_run_that_does_more_than_that_keeps_it(removal: str) -> None:
    files = {"Dockerfile": f"{_STAGED}{removal}CMD flask run\n", "requirements.txt": "flask\n"}
    made = changed(planned(RULE, files)).get("Dockerfile", files["Dockerfile"])
    assert removal in made
    assert "install -y gcc" in made


def test_what_moves_on_alpine_fetches_the_index_itself() -> None:
    text = (
        "FROM python:3.12-alpine AS base\nRUN apk update\nRUN apk add -U curl gcc\n"
        "FROM base AS build\nRUN pip install --prefix=/install flask\n"
        "FROM base\nCOPY --from=build /install /usr/local\n"
    )
    after = changed(planned(RULE, {"Dockerfile": text}))["Dockerfile"]
    assert "FROM base AS build\nRUN apk add --no-cache gcc\n" in after


@pytest.mark.parametrize(
    "run",
    [
        "R -e \"install.packages('xml2')\"",
        "install2.r xml2",
        "mix deps.get && mix deps.compile",
    ],
)
def test_what_other_languages_compile_needs_headers(run: str) -> None:
    text = f"FROM debian:12\nRUN apt-get update && apt-get install -y libxml2-dev\nRUN {run}\n"
    (left,) = planned(RULE, {"Dockerfile": f"{text}CMD ls\n"}).left
    assert isinstance(left.remedy, Refused)
    assert left.remedy.reason.startswith("the RUN on line 3 calls ")


@pytest.mark.parametrize(
    ("base", "stays"),
    [
        ("mcr.microsoft.com/dotnet/aspnet:8.0", True),
        ("microsoft/dotnet:2.1-aspnetcore-runtime", True),
        ("debian:12", False),
    ],
)
def test_a_program_of_dotnet_may_load_what_only_headers_name(base: str, *, stays: bool) -> None:
    text = (
        "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nCOPY . /src\n"
        f"RUN dotnet publish /src -o /out\nFROM {base}\n"
        "RUN apt-get update && apt-get install -y libc6-dev libgdiplus\n"
        "COPY --from=build /out /app\nCMD /app/a\n"
    )
    made = planned(RULE, {"Dockerfile": text})
    assert (not made.applied) is stays
