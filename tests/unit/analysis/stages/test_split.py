"""One stage becomes three: what moves, what stays, and what is left alone with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.stages.split_plans import HEAD, PIP, split_in

from jettison.analysis.stages.split import NoSplit

if TYPE_CHECKING:
    from pathlib import Path


def test_virtual_environment_moves_with_the_settings_that_lead_to_it(tmp_path: Path) -> None:
    text = (
        f'{HEAD}RUN python -m venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n{PIP}'
        'COPY . .\nCMD ["flask"]\n'
    )
    assert split_in(tmp_path, text) == (
        "FROM python:3.11-slim AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f'RUN python -m venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n{PIP}\n'
        'FROM base\nCOPY --from=build /opt/venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n'
        'COPY . .\nCMD ["flask"]\n'
    )


def test_second_install_sees_what_the_first_one_installed(tmp_path: Path) -> None:
    made = split_in(tmp_path, f"{HEAD}RUN pip install numpy\n{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert "RUN pip install --prefix=/install numpy\n" in made
    assert (
        "RUN PYTHONPATH=/install/lib/python3.11/site-packages "
        "pip install --prefix=/install -r requirements.txt\n"
    ) in made


def test_what_wheel_needs_is_not_taken_for_installed(tmp_path: Path) -> None:
    newer = "RUN pip install --upgrade pip setuptools wheel\n"
    made = split_in(tmp_path, f"{HEAD}{newer}{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert "RUN pip install --prefix=/install --ignore-installed -r requirements.txt\n" in made
    assert made.index("AS build") < made.index(newer)
    several = split_in(tmp_path, f"{HEAD}{newer}RUN pip install numpy\n{PIP}COPY . .\n")
    assert isinstance(several, str)
    assert "--ignore-installed" not in several, "the second would ignore the first one's, too"
    assert several.index(newer) < several.index("AS build")


def test_an_install_finds_the_programs_of_the_one_before(tmp_path: Path) -> None:
    made = split_in(tmp_path, f"{HEAD}RUN pip install cmake\n{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert (
        "RUN PATH=/install/bin:$PATH PYTHONPATH=/install/lib/python3.11/site-packages "
        "pip install --prefix=/install -r requirements.txt\n"
    ) in made


def test_file_that_no_later_copy_brings_is_not_lost(tmp_path: Path) -> None:
    made = split_in(tmp_path, f"{HEAD}COPY requirements.txt /etc/list\n{PIP}")
    assert isinstance(made, str)
    base = made.split("FROM base AS build")[0]
    assert "COPY requirements.txt /etc/list\n" in base
    assert "COPY requirements.txt .\n" in base


def test_alias_of_the_target_stays_on_the_stage_that_runs(tmp_path: Path) -> None:
    text = f"FROM python:3.11-slim AS web\n{PIP}COPY . .\n"
    made = split_in(tmp_path, text)
    assert isinstance(made, str)
    assert made.startswith("FROM python:3.11-slim AS base\n")
    assert "\nFROM base AS web\n" in made


def test_names_of_other_stages_are_not_taken(tmp_path: Path) -> None:
    text = f"FROM scratch AS build\nCOPY requirements.txt /\n\n{HEAD}{PIP}COPY . .\n"
    made = split_in(tmp_path, text)
    assert isinstance(made, str)
    assert "FROM base AS build-image\n" in made
    assert "COPY --from=build-image /install /usr/local\n" in made


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD}COPY . .\nRUN pip install -e .\n", "editable"),
        (f"{HEAD}USER app\n{PIP}", "installed as app"),
        (f"{HEAD}RUN pip install --user flask\n", "system's Python"),
        (f"FROM debian:12\n{PIP}", "not known"),
        (f"{HEAD}ONBUILD RUN true\n{PIP}", "ONBUILD"),
        (f"{HEAD}{PIP}RUN ./patch.sh\nRUN pip install numpy\n", "may need this RUN"),
        (f"{HEAD}RUN cd /x && apt-get update && pip install numpy\n", "taken apart"),
        (f"{HEAD}RUN apt-get remove gcc && pip install numpy\n", "removes system packages"),
        ("FROM golang:1.22\nCOPY . .\nRUN go build .\n", None),
    ],
)
def test_what_is_not_understood_is_left_alone(
    text: str, reason: str | None, tmp_path: Path
) -> None:
    made = split_in(tmp_path, text)
    assert isinstance(made, NoSplit)
    assert reason is None or reason in made.reason


def test_editable_requirement_in_the_list_is_seen(tmp_path: Path) -> None:
    made = split_in(tmp_path, f"{HEAD}{PIP}", **{"requirements.txt": "-e ./lib\n"})
    assert isinstance(made, NoSplit)


@pytest.mark.parametrize("command", ["npx tsc", "tsc -p .", "node_modules/.bin/prisma generate"])
def test_program_of_a_package_builds_in_its_folder(command: str, tmp_path: Path) -> None:
    text = "FROM node:25-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\n\nCOPY . .\n"
    made = split_in(tmp_path, f"{text}RUN {command}\n\nEXPOSE 80\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\nCOPY package.json .\n"
        f"RUN npm install\nCOPY . .\nRUN {command}\n\n"
        "FROM base\nCOPY --from=build /app /app\n\nEXPOSE 80\n"
    )


NODE = "FROM node:25-alpine\nWORKDIR /app\n"


def test_compiler_for_all_folders_moves_unless_it_runs(tmp_path: Path) -> None:
    body = "RUN npm i -g typescript\nCOPY . .\nRUN npm install && tsc\n"
    made = split_in(tmp_path, f"{NODE}{body}CMD node a.js\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f"{body}\nFROM base\nCOPY --from=build /app /app\nCMD node a.js\n"
    )
    made = split_in(tmp_path, f"{NODE}{body}CMD tsc --watch\n", **{"package.json": "{}"})
    assert isinstance(made, str)
    assert "RUN npm i -g typescript\n\nFROM base AS build\n" in made


@pytest.mark.parametrize(
    ("package", "command"),
    [("@nestjs/cli", "nest build"), ("@angular/cli", "ng build"), ("vite", "vite build --base /")],
)
def test_what_runs_such_a_compiler_moves_with_it(
    package: str, command: str, tmp_path: Path
) -> None:
    body = f"RUN npm i -g {package}\nRUN npm ci\nCOPY . .\nRUN {command}\n"
    made = split_in(tmp_path, f"{NODE}{body}CMD node dist/main\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f"{body}\nFROM base\nCOPY --from=build /app /app\nCMD node dist/main\n"
    )


def test_compiler_alone_is_no_reason_for_stages(tmp_path: Path) -> None:
    assert isinstance(split_in(tmp_path, f"{NODE}RUN npm i -g typescript\nCMD node a\n"), NoSplit)


def test_settings_between_the_sources_and_the_install_hold_nothing_up(tmp_path: Path) -> None:
    text = f"{NODE}COPY . /app\nEXPOSE 80\nRUN npm install && npm run build\nCMD node a\n"
    assert split_in(tmp_path, text, **{"package.json": "{}"}) == (
        "FROM node:25-alpine AS base\nWORKDIR /app\nEXPOSE 80\n\nFROM base AS build\n"
        "COPY . /app\nRUN npm install && npm run build\n\n"
        "FROM base\nCOPY --from=build /app /app\nCMD node a\n"
    )


def test_variables_between_the_sources_and_the_install_stay_and_the_sources_go(
    tmp_path: Path,
) -> None:
    behind = "EXPOSE 80\nENV HOST=0.0.0.0\nRUN npm install && npm run build\nCMD node a\n"
    made = split_in(tmp_path, f"{NODE}COPY . .\n{behind}", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\nEXPOSE 80\nENV HOST=0.0.0.0\n\n"
        "FROM base AS build\nCOPY . .\nRUN npm install && npm run build\n\n"
        "FROM base\nCOPY --from=build /app /app\nCMD node a\n"
    )


def test_sources_that_a_variable_names_stay_in_front_of_those_that_are_set(tmp_path: Path) -> None:
    behind = "ENV HOST=0.0.0.0\nRUN npm install && npm run build\nCMD node a\n"
    made = split_in(tmp_path, f"{NODE}ARG D=.\nCOPY $D .\n{behind}", **{"package.json": "{}"})
    assert isinstance(made, str)
    assert "COPY $D .\nENV HOST" in made


def test_install_with_scripts_takes_the_whole_folder(tmp_path: Path) -> None:
    text = "FROM node:25-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\n"
    manifest = '{"scripts": {"postinstall": "node make.js"}}'
    made = split_in(tmp_path, text, **{"package.json": manifest})
    assert isinstance(made, str)
    assert "COPY --from=build /app /app\n" in made


def test_what_a_shell_writes_between_the_installs_is_not_lost(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{PIP}RUN echo key=1 > /etc/shop.conf\n"
        "RUN pip install gunicorn && echo done >> /etc/other\nCOPY . .\n"
    )
    made = split_in(tmp_path, text)
    assert isinstance(made, str)
    base, _, rest = made.partition("FROM base AS build\n")
    assert "RUN echo key=1 > /etc/shop.conf\nRUN echo done >> /etc/other\n" in base
    assert "echo" not in rest
    (tmp_path / "other").mkdir()
    unknown = split_in(tmp_path / "other", f"{HEAD}{PIP}RUN echo 1 > version\n{PIP}COPY . .\n")
    assert isinstance(unknown, NoSplit)
    assert unknown.line == 5


def test_what_is_written_into_a_folder_that_is_copied_whole_stays_there(tmp_path: Path) -> None:
    text = (
        "FROM node:25\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build && echo 1 > dist/v\n"
    )
    made = split_in(tmp_path, f"{text}CMD node dist\n", **{"package.json": "{}"})
    assert isinstance(made, str)
    assert (
        "RUN npm run build && echo 1 > dist/v\n\nFROM base\nCOPY --from=build /app /app\n" in made
    )


@pytest.mark.parametrize(
    "line",
    ["ls -la", "pip list", "python --version && pip freeze", "echo hi", "cat requirements.txt"],
)
def test_a_look_round_holds_nothing_up(line: str, tmp_path: Path) -> None:
    made = split_in(tmp_path, f"{HEAD}{PIP}RUN {line}\nRUN pip install gunicorn\nCOPY . .\n")
    assert isinstance(made, str)
    assert f"RUN {line}\n" in made


@pytest.mark.parametrize("program", ["yarn tsc", "pnpm tsc -p .", "yarn next build"])
def test_yarn_and_pnpm_run_programs_by_name(program: str, tmp_path: Path) -> None:
    text = f"FROM node:25\nWORKDIR /app\nCOPY . .\nRUN yarn\nRUN {program}\nCMD node dist\n"
    made = split_in(tmp_path, text, **{"package.json": "{}"})
    assert isinstance(made, str)
    assert f"RUN {program}\n\nFROM base\nCOPY --from=build /app /app\n" in made


def test_pnpm_goes_to_the_build_unless_it_starts_something(tmp_path: Path) -> None:
    text = (
        "FROM node:25\nWORKDIR /app\nCOPY . .\nRUN npm install -g pnpm\n"
        "RUN pnpm install && pnpm run build\n"
    )
    made = split_in(tmp_path, f"{text}CMD node .output\n", **{"package.json": "{}"})
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert "COPY . .\nRUN npm install -g pnpm\n" in build
    assert "pnpm" not in base
    (tmp_path / "other").mkdir()
    kept = split_in(tmp_path / "other", f"{text}CMD pnpm start\n", **{"package.json": "{}"})
    assert isinstance(kept, str)
    assert "npm install -g pnpm" in kept.partition("FROM base AS build\n")[0]


@pytest.mark.parametrize(
    ("run", "moves"),
    [
        ("npm install -g pnpm", True),
        ("apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", True),
        ("corepack enable && corepack prepare pnpm@9 --activate", True),
        ("corepack enable && corepack install", False),
        ("npm install -g ./tool", False),
        ("apt-get update && apt-get install -y ./own.deb", False),
        ("apt-get update && apt-get install -y $(cat packages.txt)", False),
    ],
)
def test_sources_go_to_the_build_past_what_needs_none_of_them(
    run: str, tmp_path: Path, *, moves: bool
) -> None:
    text = f"{NODE}COPY . .\nRUN {run}\nRUN pnpm install && pnpm build\nCMD pnpm start && curl x\n"
    made = split_in(tmp_path, text, **{"package.json": "{}"})
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert ("COPY . ." in build, "COPY . ." in base) == (moves, not moves)
    assert run in base
