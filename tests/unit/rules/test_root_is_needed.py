"""What needs root, and keeps it."""

from __future__ import annotations

import json

import pytest
from tests.unit.rules.planning import planned

from jettison.rules import Advice, Blocked, Refused
from jettison.rules.catalog.runs_as_root import RULE

HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
CMD = 'CMD ["python", "app.py"]\n'


@pytest.mark.parametrize(
    "tail",
    [
        f"EXPOSE 80\n{CMD}",
        "CMD gunicorn -b :80 app\n",
        "CMD gosu me python app.py\n",
        "CMD apt-get update && python app.py\n",
        "CMD uwsgi --uid www --http :8000\n",
        "CMD supervisord -n\n",
        "CMD cron -f\n",
        f"RUN useradd me\n{CMD}",
        f"COPY app.py /root/.local/app.py\n{CMD}",
        f"RUN curl x | sh\nENV PATH=/root/.local/bin:$PATH\n{CMD}",
        "CMD sh start.sh\n",
    ],
)
def test_what_needs_root_keeps_it(tail: str) -> None:
    files = {"Dockerfile": HEAD + tail, "app.py": "", "start.sh": "chown -R me /app\nexec a\n"}
    made = planned(RULE, files)
    assert [type(one.remedy) for one in made.left] == [Refused]


def test_a_folder_of_the_host_is_a_reason() -> None:
    compose = "services:\n  a:\n    build: .\n    volumes: ['./data:/app/data']\n"
    made = planned(RULE, {"Dockerfile": HEAD + CMD, "compose.yaml": compose, "app.py": ""})
    assert [type(one.remedy) for one in made.left] == [Refused]


def test_nginx_is_advice() -> None:
    made = planned(RULE, {"Dockerfile": "FROM nginx:alpine\nCOPY . /usr/share/nginx/html\n"})
    assert [type(one.remedy) for one in made.left] == [Advice]


@pytest.mark.parametrize("base", ["gcr.io/distroless/python3", "bitnami/python:3.11", "scratch"])
def test_bases_whose_user_is_not_known_are_no_finding(base: str) -> None:
    assert planned(RULE, {"Dockerfile": f"FROM {base}\nCMD ['x']\n"}).found == ()


@pytest.mark.parametrize(
    "run",
    [
        "mkdir -p /root/.parallel && touch /root/.parallel/will-cite",
        "echo x > ~/.toolrc",
        "HOME=/cfg tool setup",
        'cp a "$HOME"/.a',
    ],
)
def test_settings_in_the_home_of_root_are_a_reason(run: str) -> None:
    files = {"Dockerfile": f"{HEAD}RUN {run}\n{CMD}", "app.py": "print(1)\n"}
    assert [type(one.remedy) for one in planned(RULE, files).left] == [Refused]


@pytest.mark.parametrize(
    ("run", "command", "reason"),
    [
        ("RUN corepack enable", "pnpm start", "lets corepack keep pnpm"),
        ("RUN corepack enable && corepack prepare yarn@4", "yarn start", "keep yarn"),
        ("RUN npm i -g pnpm", "pnpm start", "pnpm keeps pnpm@9.1.0"),
        ("RUN npm i -g pnpm@10", "pnpm start", "pnpm keeps pnpm@9.1.0"),
        ("RUN npm i -g pnpm@9", "pnpm start", ""),
        ("RUN npm i -g pnpm@9.1.0", "pnpm start", ""),
        ("RUN corepack enable", "node index.js", ""),
        ("RUN corepack disable && npm i -g pnpm@9", "pnpm start", ""),
        ("ENV COREPACK_HOME=/corepack\nRUN corepack enable", "pnpm start", ""),
    ],
)
def test_a_manager_in_roots_home_would_be_fetched_at_each_start(
    run: str, command: str, reason: str
) -> None:
    manifest = '{"scripts": {"start": "node index.js"}, "packageManager": "pnpm@9.1.0+sha256.a"}'
    text = f"FROM node:20-alpine\n{run}\nWORKDIR /app\nCOPY . .\nCMD {command}\n"
    made = planned(RULE, {"Dockerfile": text, "index.js": "", "package.json": manifest})
    (found,) = made.found
    assert (reason in found.remedy.reason) if isinstance(found.remedy, Refused) else not reason


@pytest.mark.parametrize(
    ("volume", "refused"),
    [("./data:/app/data", True), ("state:/app/state", True), ("./c.conf:/etc/c.conf", False)],
)
def test_a_published_image_of_the_same_folder_may_be_this_one(
    volume: str, *, refused: bool
) -> None:
    compose = (
        f"services:\n  bot:\n    image: acme/bot:main\n    volumes: ['{volume}']\n"
        "volumes: {state: {}}\n"
    )
    files = {"Dockerfile": HEAD + CMD, "app.py": "print(1)\n", "compose.yaml": compose}
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is refused


def test_what_an_installer_keeps_in_roots_home_goes_with_another_change() -> None:
    text = (
        "FROM python:3.11-slim\nRUN pip install poetry\nWORKDIR /app\nCOPY . .\n"
        "RUN poetry install\nCMD poetry run python app.py\n"
    )
    files = {"Dockerfile": text, "app.py": "print(1)\n", "pyproject.toml": ""}
    (found,) = planned(RULE, files).found
    assert found.remedy == Blocked(
        "JT018/Dockerfile/poetry", "line 5 puts something into root's home: poetry install"
    )


@pytest.mark.parametrize(
    ("command", "refused"),
    [("tail -f /dev/null", True), ("sh -c 'sleep infinity'", True), ("python app.py", False)],
)
def test_a_container_that_only_waits_is_for_people(command: str, *, refused: bool) -> None:
    compose = f"services:\n  a:\n    build: .\n    command: {command}\n"
    files = {"Dockerfile": HEAD + CMD, "app.py": "print(1)\n", "compose.yaml": compose}
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is refused


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"compose.yaml": "services:\n  a:\n    image: x/y\n    depends_on: [z]\n"},
            "cannot be read",
        ),
        ({"Dockerfile": f"{HEAD}ADD https://x.org/s6-overlay.tar.xz /tmp/\n{CMD}"}, "s6"),
        (
            {
                "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD npm start\n",
                "package.json": '{"scripts": {"start": "react-app-rewired start"}}',
            },
            "react-app-rewired",
        ),
    ],
)
def test_what_may_need_root_out_of_sight(files: dict[str, str], reason: str) -> None:
    given = {"Dockerfile": HEAD + CMD, "app.py": "print(1)\n", **files}
    (found,) = planned(RULE, given).found
    assert isinstance(found.remedy, Refused)
    assert reason in found.remedy.reason


@pytest.mark.parametrize(
    ("start", "tool"),
    [
        ("nest start --watch", "nest"),
        ("tsc -p . && node dist/main.js", "tsc"),
        ("prisma db push && node dist/main.js", "prisma"),
        ("npx prisma generate && node main.js", "prisma"),
        ("babel src -d dist && node dist/main.js", "babel"),
        ("vue-cli-service serve", "vue-cli-service"),
        ("npx @11ty/eleventy --serve", "eleventy"),
        ("prisma migrate deploy && node dist/main.js", ""),
        ("tsc --noEmit && node main.js", ""),
        ("prisma db push --skip-generate && node main.js", ""),
    ],
)
def test_what_compiles_at_the_start_writes_beside_the_code(start: str, tool: str) -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD npm start\n",
        "package.json": json.dumps({"scripts": {"start": start}}),
        "main.js": "",
    }
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is bool(tool)
    if isinstance(found.remedy, Refused):
        assert f"{tool} in the script start of package.json writes" in found.remedy.reason


def test_an_image_for_others_to_build_on_is_left() -> None:
    made = planned(RULE, {"Dockerfile": HEAD, "app.py": "print(1)\n"})
    assert [type(one.remedy) for one in made.left] == [Advice]


def test_what_builds_a_package_when_it_starts_stays_roots() -> None:
    files = {"Dockerfile": f"{HEAD}CMD sh build.sh\n", "build.sh": "make\ndpkg-buildpackage -b\n"}
    (left,) = planned(RULE, files).left
    assert isinstance(left.remedy, Refused)
    assert left.remedy.reason == "dpkg-buildpackage in build.sh is for root"
