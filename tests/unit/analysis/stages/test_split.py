"""One stage becomes three: what moves, what stays, and what is left alone with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import Facts, discover
from jettison.analysis.stages.split import NoSplit, Split, split_of
from jettison.source import TextTree, apply_edits

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
PIP = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"


def _made(folder: Path, dockerfile: str, **files: str) -> str | NoSplit:
    """The Dockerfile after the split, or why there is none."""
    files.setdefault("requirements.txt", "flask\n")
    for name, text in {"Dockerfile": dockerfile, **files}.items():
        (folder / name).write_text(text)
    facts = Facts(discover(TextTree(folder), {}))
    (target,) = facts.targets
    made = split_of(facts, target)
    return apply_edits(dockerfile, made.edits) if isinstance(made, Split) else made


def test_virtual_environment_moves_with_the_settings_that_lead_to_it(tmp_path: Path) -> None:
    text = (
        f'{HEAD}RUN python -m venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n{PIP}'
        'COPY . .\nCMD ["flask"]\n'
    )
    assert _made(tmp_path, text) == (
        "FROM python:3.11-slim AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f'RUN python -m venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n{PIP}\n'
        'FROM base\nCOPY --from=build /opt/venv /opt/venv\nENV PATH="/opt/venv/bin:$PATH"\n'
        'COPY . .\nCMD ["flask"]\n'
    )


def test_second_install_sees_what_the_first_one_installed(tmp_path: Path) -> None:
    made = _made(tmp_path, f"{HEAD}RUN pip install numpy\n{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert "RUN pip install --prefix=/install numpy\n" in made
    assert (
        "RUN PYTHONPATH=/install/lib/python3.11/site-packages "
        "pip install --prefix=/install -r requirements.txt\n"
    ) in made


def test_what_wheel_needs_is_not_taken_for_installed(tmp_path: Path) -> None:
    newer = "RUN pip install --upgrade pip setuptools wheel\n"
    made = _made(tmp_path, f"{HEAD}{newer}{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert "RUN pip install --prefix=/install --ignore-installed -r requirements.txt\n" in made
    assert made.index("AS build") < made.index(newer)
    several = _made(tmp_path, f"{HEAD}{newer}RUN pip install numpy\n{PIP}COPY . .\n")
    assert isinstance(several, str)
    assert "--ignore-installed" not in several, "the second would ignore the first one's, too"
    assert several.index(newer) < several.index("AS build")


def test_installers_that_come_together_stay_if_one_of_them_does(tmp_path: Path) -> None:
    text = f"{HEAD}RUN pip install -U pip virtualenv\n{PIP}COPY . .\nCMD virtualenv /env\n"
    made = _made(tmp_path, text)
    assert isinstance(made, str)
    assert made.index("pip install -U pip virtualenv") < made.index("AS build")


def test_an_install_finds_the_programs_of_the_one_before(tmp_path: Path) -> None:
    made = _made(tmp_path, f"{HEAD}RUN pip install cmake\n{PIP}COPY . .\n")
    assert isinstance(made, str)
    assert (
        "RUN PATH=/install/bin:$PATH PYTHONPATH=/install/lib/python3.11/site-packages "
        "pip install --prefix=/install -r requirements.txt\n"
    ) in made


def test_newer_pip_is_for_the_build_alone(tmp_path: Path) -> None:
    text = (
        f"{HEAD}COPY requirements.txt .\n"
        "RUN pip install --upgrade pip && pip install -r requirements.txt\nCOPY . .\n"
    )
    made = _made(tmp_path, text)
    assert isinstance(made, str)
    base, build, last = made.split("\n\n")
    assert base.endswith("WORKDIR /app")
    assert build.endswith(
        "RUN pip install --upgrade pip && pip install --prefix=/install -r requirements.txt"
    )
    assert last == "FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n"


PIPENV = "COPY Pipfile* ./\nRUN pipenv install --system --deploy\nCOPY . .\n"
LOCK = {
    "Pipfile": "[packages]\nflask = '*'\n",
    "Pipfile.lock": '{"default": {"flask": {"hashes": ["sha256:0"], "version": "==3.0"}}}',
}


def test_pipenv_goes_and_what_it_installs_comes_by_a_prefix(tmp_path: Path) -> None:
    made = _made(
        tmp_path,
        f'{HEAD}# The manager\nRUN pip install pipenv\n\nENV A=1\n{PIPENV}CMD ["flask", "run"]\n',
        **LOCK,
    )
    assert made == (
        "FROM python:3.11-slim AS base\nWORKDIR /app\n\nENV A=1\n\nFROM base AS build\n"
        "# The manager\nRUN python -m venv /opt/pipenv && /opt/pipenv/bin/pip install pipenv\n"
        "COPY Pipfile* ./\nRUN /opt/pipenv/bin/pipenv verify \\\n"
        "    && /opt/pipenv/bin/pipenv requirements --hash > /tmp/requirements.txt \\\n"
        "    && pip install --prefix=/install -r /tmp/requirements.txt\n\n"
        "FROM base\nCOPY --from=build /install /usr/local\nCOPY . .\n"
        'CMD ["flask", "run"]\n'
    )


def test_installer_beside_system_packages_leaves_them_in_place(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get update && apt-get install -y curl && pip install pipenv\n{PIPENV}"
    made = _made(tmp_path, text, **LOCK)
    assert isinstance(made, str)
    base, build, _ = made.split("\n\n")
    assert base.endswith("RUN apt-get update && apt-get install -y curl")
    assert build.startswith("FROM base AS build\nRUN python -m venv /opt/pipenv")


@pytest.mark.parametrize(
    ("command", "lock"),
    [
        ("pipenv install --system --skip-lock", LOCK["Pipfile.lock"]),
        ("pipenv install --system flask", LOCK["Pipfile.lock"]),
        ("pipenv install --system", '{"default": {"flask": {"git": "https://x/y"}}}'),
    ],
)
def test_what_pip_cannot_install_from_a_list_pipenv_does(
    command: str, lock: str, tmp_path: Path
) -> None:
    text = f"{HEAD}RUN pip install pipenv\nCOPY Pipfile* ./\nRUN {command}\nCOPY . .\n"
    made = _made(tmp_path, text, **{**LOCK, "Pipfile.lock": lock})
    assert isinstance(made, str)
    assert f"RUN {command}\n" in made
    assert "COPY --from=build /usr/local/bin /usr/local/bin\n" in made


def test_a_cache_that_goes_calls_no_installer(tmp_path: Path) -> None:
    install = PIPENV.replace("--deploy", "&& rm -rf ~/.cache/pipenv")
    text = f"{HEAD}RUN pip install pipenv\n{install}"
    made = _made(tmp_path, text, **LOCK)
    assert isinstance(made, str)
    assert "pipenv" not in made.split("FROM base AS build")[0]


@pytest.mark.parametrize(
    "end",
    [
        'CMD ["pipenv", "run", "flask"]\n',
        "RUN pipenv run flask assets\n",
        'COPY start.sh /\nCMD ["/start.sh"]\n',
    ],
)
def test_installer_that_something_else_calls_stays(end: str, tmp_path: Path) -> None:
    text = f"{HEAD}RUN pip install pipenv\n{PIPENV}{end}"
    start = "#!/bin/sh\nexec pipenv run flask\n"
    made = _made(tmp_path, text, **LOCK, **{"start.sh": start})
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


def test_poetry_that_installs_into_the_system_has_a_place_of_its_own(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install poetry==1.8.3\nCOPY pyproject.toml .\n"
        "RUN poetry config virtualenvs.create false \\\n    && poetry install\nCOPY . .\n"
    )
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert made == (
        "FROM python:3.11-slim AS base\nWORKDIR /app\n\nFROM base AS build\n"
        "RUN python -m venv /opt/poetry && /opt/poetry/bin/pip install poetry==1.8.3\n"
        "COPY pyproject.toml .\n"
        "RUN /opt/poetry/bin/poetry config virtualenvs.create false \\\n"
        "    && /opt/poetry/bin/poetry install\n\nFROM base\n"
        "COPY --from=build /usr/local/lib/python3.11/site-packages "
        "/usr/local/lib/python3.11/site-packages\n"
        "COPY --from=build /usr/local/bin /usr/local/bin\nCOPY . .\n"
    )


def test_a_newer_pip_stays_where_all_of_the_systems_python_is_copied(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install --upgrade pip\nRUN pip install poetry==1.8.3\n"
        "COPY pyproject.toml .\n"
        "RUN poetry config virtualenvs.create false && poetry install\nCOPY . .\n"
    )
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert "RUN pip install --upgrade pip\n" in base
    assert build.startswith("RUN python -m venv /opt/poetry")


@pytest.mark.parametrize("tool", ["poetry", "pipenv"])
def test_a_newer_pip_that_one_call_brings_with_an_installer_goes_along(
    tmp_path: Path, tool: str
) -> None:
    installs = {
        "poetry": "COPY pyproject.toml .\nRUN poetry config virtualenvs.create false\n"
        "RUN poetry install\n",
        "pipenv": "COPY Pipfile Pipfile.lock ./\nRUN pipenv install --system --deploy\n",
    }
    text = f"{HEAD}RUN pip install --upgrade pip {tool}\n{installs[tool]}COPY . .\n"
    files = {"pyproject.toml": "", "Pipfile": "", "Pipfile.lock": "{}"}
    made = _made(tmp_path, text, **files)
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert "pip" not in base
    assert f"/opt/{tool} && /opt/{tool}/bin/pip install --upgrade pip {tool}\n" in build


def test_poetry_with_an_environment_in_the_project_needs_no_place(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install poetry\nRUN poetry config virtualenvs.in-project true\n"
        "COPY pyproject.toml .\nRUN poetry install\nCOPY . .\n"
    )
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert isinstance(made, str)
    _, build, last = made.split("\n\n")
    assert build.startswith("FROM base AS build\nRUN pip install poetry\nRUN poetry config")
    assert last.startswith("FROM base\nCOPY --from=build /app/.venv /app/.venv\n")


def test_an_installer_that_its_makers_script_brings_goes(tmp_path: Path) -> None:
    fetch = "RUN curl -sSL https://install.python-poetry.org | python3 -\n"
    path = "ENV PATH=/root/.local/bin:$PATH POETRY_VIRTUALENVS_CREATE=false\n"
    install = "COPY pyproject.toml .\nRUN poetry install\n"
    text = f"{HEAD}{fetch}{path}{install}COPY . .\nCMD python app.py\n"
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert made == (
        f"FROM python:3.11-slim AS base\nWORKDIR /app\n{path}\n"
        f"FROM base AS build\n{fetch}{install}\nFROM base\n"
        "COPY --from=build /usr/local/lib/python3.11/site-packages "
        "/usr/local/lib/python3.11/site-packages\n"
        "COPY --from=build /usr/local/bin /usr/local/bin\nCOPY . .\nCMD python app.py\n"
    )
    made = _made(tmp_path, text.replace("python app.py", "poetry run python app.py"))
    assert isinstance(made, str)
    assert fetch in made.split("FROM base AS build")[0]


def test_an_installer_is_taken_out_of_a_run_that_installs_what_fetches_it(tmp_path: Path) -> None:
    fetch = "curl -sSL https://install.python-poetry.org | python3 -"
    rest = "ENV PATH=/root/.local/bin:$PATH\n"
    text = (
        f"{HEAD}RUN apt-get update && apt-get install -y curl \\\n    && {fetch} \\\n"
        f"    && rm -rf /var/lib/apt/lists/*\n{rest}COPY pyproject.toml .\n"
        "RUN poetry config virtualenvs.create false && poetry install\nCOPY . .\nCMD flask run\n"
    )
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert isinstance(made, str)
    assert made.startswith(
        "FROM python:3.11-slim AS base\nWORKDIR /app\nRUN apt-get update && apt-get install -y curl"
        f" \\\n    && rm -rf /var/lib/apt/lists/*\n{rest}\nFROM base AS build\nRUN {fetch}\n"
    )


@pytest.mark.parametrize(
    "fetch",
    [
        "RUN curl -sSL https://other.example/install.py | python3 -\n",
        "RUN curl -sSL https://install.python-poetry.org > a.py && python3 a.py\n",
        "RUN curl https://install.python-poetry.org | tee a.py | python3 -\n",
        "RUN curl https://install.python-poetry.org | python3 - || true\n",
    ],
)
def test_what_another_script_brings_stays(tmp_path: Path, fetch: str) -> None:
    text = (
        f"{HEAD}{fetch}ENV POETRY_VIRTUALENVS_CREATE=false\nCOPY pyproject.toml .\n"
        "RUN poetry install\nCOPY . .\nCMD python app.py\n"
    )
    made = _made(tmp_path, text, **{"pyproject.toml": ""})
    assert not isinstance(made, str) or fetch in made.split("FROM base AS build")[0]


def test_uv_that_is_copied_from_its_image_goes(tmp_path: Path) -> None:
    uv = "COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uvx /bin/\n"
    made = _made(tmp_path, f'{HEAD}{uv}\nCOPY . .\nRUN uv sync\nCMD ["/app/.venv/bin/flask"]\n')
    assert made == (
        f"FROM python:3.11-slim AS base\nWORKDIR /app\nCOPY . .\n\nFROM base AS build\n{uv}"
        "RUN uv sync\n\nFROM base\nCOPY --from=build /app/.venv /app/.venv\n"
        'CMD ["/app/.venv/bin/flask"]\n'
    )
    made = _made(tmp_path, f"{HEAD}{uv}COPY . .\nRUN uv sync\nCMD uv run flask\n")
    assert isinstance(made, str)
    assert uv in made.split("FROM base AS build")[0]


def test_installer_of_another_environment_is_not_moved_past_it(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install pipenv\nENV PATH=/opt/x/bin:$PATH\n"
        "COPY Pipfile ./\nRUN pipenv install --system\nCOPY . .\n"
    )
    made = _made(tmp_path, text, **LOCK)
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


def test_file_that_no_later_copy_brings_is_not_lost(tmp_path: Path) -> None:
    made = _made(tmp_path, f"{HEAD}COPY requirements.txt /etc/list\n{PIP}")
    assert isinstance(made, str)
    base = made.split("FROM base AS build")[0]
    assert "COPY requirements.txt /etc/list\n" in base
    assert "COPY requirements.txt .\n" in base


def test_alias_of_the_target_stays_on_the_stage_that_runs(tmp_path: Path) -> None:
    text = f"FROM python:3.11-slim AS web\n{PIP}COPY . .\n"
    made = _made(tmp_path, text)
    assert isinstance(made, str)
    assert made.startswith("FROM python:3.11-slim AS base\n")
    assert "\nFROM base AS web\n" in made


def test_names_of_other_stages_are_not_taken(tmp_path: Path) -> None:
    text = f"FROM scratch AS build\nCOPY requirements.txt /\n\n{HEAD}{PIP}COPY . .\n"
    made = _made(tmp_path, text)
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
    made = _made(tmp_path, text)
    assert isinstance(made, NoSplit)
    assert reason is None or reason in made.reason


def test_editable_requirement_in_the_list_is_seen(tmp_path: Path) -> None:
    made = _made(tmp_path, f"{HEAD}{PIP}", **{"requirements.txt": "-e ./lib\n"})
    assert isinstance(made, NoSplit)


@pytest.mark.parametrize("command", ["npx tsc", "tsc -p .", "node_modules/.bin/prisma generate"])
def test_program_of_a_package_builds_in_its_folder(command: str, tmp_path: Path) -> None:
    text = "FROM node:25-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\n\nCOPY . .\n"
    made = _made(tmp_path, f"{text}RUN {command}\n\nEXPOSE 80\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\nCOPY package.json .\n"
        f"RUN npm install\nCOPY . .\nRUN {command}\n\n"
        "FROM base\nCOPY --from=build /app /app\n\nEXPOSE 80\n"
    )


NODE = "FROM node:25-alpine\nWORKDIR /app\n"


def test_compiler_for_all_folders_moves_unless_it_runs(tmp_path: Path) -> None:
    body = "RUN npm i -g typescript\nCOPY . .\nRUN npm install && tsc\n"
    made = _made(tmp_path, f"{NODE}{body}CMD node a.js\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f"{body}\nFROM base\nCOPY --from=build /app /app\nCMD node a.js\n"
    )
    made = _made(tmp_path, f"{NODE}{body}CMD tsc --watch\n", **{"package.json": "{}"})
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
    made = _made(tmp_path, f"{NODE}{body}CMD node dist/main\n", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\n\nFROM base AS build\n"
        f"{body}\nFROM base\nCOPY --from=build /app /app\nCMD node dist/main\n"
    )


def test_compiler_alone_is_no_reason_for_stages(tmp_path: Path) -> None:
    assert isinstance(_made(tmp_path, f"{NODE}RUN npm i -g typescript\nCMD node a\n"), NoSplit)


def test_settings_between_the_sources_and_the_install_hold_nothing_up(tmp_path: Path) -> None:
    text = f"{NODE}COPY . /app\nEXPOSE 80\nRUN npm install && npm run build\nCMD node a\n"
    assert _made(tmp_path, text, **{"package.json": "{}"}) == (
        "FROM node:25-alpine AS base\nWORKDIR /app\nEXPOSE 80\n\nFROM base AS build\n"
        "COPY . /app\nRUN npm install && npm run build\n\n"
        "FROM base\nCOPY --from=build /app /app\nCMD node a\n"
    )


def test_variables_between_the_sources_and_the_install_stay_and_the_sources_go(
    tmp_path: Path,
) -> None:
    behind = "EXPOSE 80\nENV HOST=0.0.0.0\nRUN npm install && npm run build\nCMD node a\n"
    made = _made(tmp_path, f"{NODE}COPY . .\n{behind}", **{"package.json": "{}"})
    assert made == (
        "FROM node:25-alpine AS base\nWORKDIR /app\nEXPOSE 80\nENV HOST=0.0.0.0\n\n"
        "FROM base AS build\nCOPY . .\nRUN npm install && npm run build\n\n"
        "FROM base\nCOPY --from=build /app /app\nCMD node a\n"
    )


def test_sources_that_a_variable_names_stay_in_front_of_those_that_are_set(tmp_path: Path) -> None:
    behind = "ENV HOST=0.0.0.0\nRUN npm install && npm run build\nCMD node a\n"
    made = _made(tmp_path, f"{NODE}ARG D=.\nCOPY $D .\n{behind}", **{"package.json": "{}"})
    assert isinstance(made, str)
    assert "COPY $D .\nENV HOST" in made


def test_install_with_scripts_takes_the_whole_folder(tmp_path: Path) -> None:
    text = "FROM node:25-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\n"
    manifest = '{"scripts": {"postinstall": "node make.js"}}'
    made = _made(tmp_path, text, **{"package.json": manifest})
    assert isinstance(made, str)
    assert "COPY --from=build /app /app\n" in made


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("supervisord.conf", "[program:web]\ncommand=pipenv run flask run\n"),
        ("start.py", "import os\nos.system('pipenv run flask run')\n"),
    ],
)
def test_installer_that_settings_or_code_call_stays(name: str, text: str, tmp_path: Path) -> None:
    dockerfile = f"{HEAD}RUN pip install pipenv\n{PIPENV}CMD python start.py\n"
    made = _made(tmp_path, dockerfile, **LOCK, **{name: text})
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


def test_what_a_shell_writes_between_the_installs_is_not_lost(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{PIP}RUN echo key=1 > /etc/shop.conf\n"
        "RUN pip install gunicorn && echo done >> /etc/other\nCOPY . .\n"
    )
    made = _made(tmp_path, text)
    assert isinstance(made, str)
    base, _, rest = made.partition("FROM base AS build\n")
    assert "RUN echo key=1 > /etc/shop.conf\nRUN echo done >> /etc/other\n" in base
    assert "echo" not in rest
    (tmp_path / "other").mkdir()
    unknown = _made(tmp_path / "other", f"{HEAD}{PIP}RUN echo 1 > version\n{PIP}COPY . .\n")
    assert isinstance(unknown, NoSplit)
    assert unknown.line == 5


def test_what_is_written_into_a_folder_that_is_copied_whole_stays_there(tmp_path: Path) -> None:
    text = (
        "FROM node:25\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build && echo 1 > dist/v\n"
    )
    made = _made(tmp_path, f"{text}CMD node dist\n", **{"package.json": "{}"})
    assert isinstance(made, str)
    assert (
        "RUN npm run build && echo 1 > dist/v\n\nFROM base\nCOPY --from=build /app /app\n" in made
    )


@pytest.mark.parametrize(
    "line",
    ["ls -la", "pip list", "python --version && pip freeze", "echo hi", "cat requirements.txt"],
)
def test_a_look_round_holds_nothing_up(line: str, tmp_path: Path) -> None:
    made = _made(tmp_path, f"{HEAD}{PIP}RUN {line}\nRUN pip install gunicorn\nCOPY . .\n")
    assert isinstance(made, str)
    assert f"RUN {line}\n" in made


@pytest.mark.parametrize("program", ["yarn tsc", "pnpm tsc -p .", "yarn next build"])
def test_yarn_and_pnpm_run_programs_by_name(program: str, tmp_path: Path) -> None:
    text = f"FROM node:25\nWORKDIR /app\nCOPY . .\nRUN yarn\nRUN {program}\nCMD node dist\n"
    made = _made(tmp_path, text, **{"package.json": "{}"})
    assert isinstance(made, str)
    assert f"RUN {program}\n\nFROM base\nCOPY --from=build /app /app\n" in made


def test_pnpm_goes_to_the_build_unless_it_starts_something(tmp_path: Path) -> None:
    text = (
        "FROM node:25\nWORKDIR /app\nCOPY . .\nRUN npm install -g pnpm\n"
        "RUN pnpm install && pnpm run build\n"
    )
    made = _made(tmp_path, f"{text}CMD node .output\n", **{"package.json": "{}"})
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert "COPY . .\nRUN npm install -g pnpm\n" in build
    assert "pnpm" not in base
    (tmp_path / "other").mkdir()
    kept = _made(tmp_path / "other", f"{text}CMD pnpm start\n", **{"package.json": "{}"})
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
    made = _made(tmp_path, text, **{"package.json": "{}"})
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert ("COPY . ." in build, "COPY . ." in base) == (moves, not moves)
    assert run in base


UV = "FROM {}\nWORKDIR /app\nCOPY . .\nRUN {}\nCMD flask run\n"


@pytest.mark.parametrize(
    ("base", "command", "files", "fetched"),
    [
        ("python:3.11-slim", "uv sync", {}, False),
        ("python:3.11-slim", "uv sync", {"requires": ">=3.13"}, True),
        ("python:3.11-slim", "uv sync", {"requires": ">=3.9,<3.12"}, False),
        ("python:3.11-slim", "uv sync", {"requires": "==3.11.*"}, False),
        ("python:3.11-slim", "uv sync", {"version": "3.12\n"}, True),
        ("python:3.12-slim", "uv sync", {"version": "cpython-3.12.4\n", "requires": ">=3"}, False),
        ("python:3.11-slim", "uv sync --python 3.13", {}, True),
        ("python:3.11-slim", "UV_PYTHON_DOWNLOADS=never uv sync", {"version": "3.12"}, False),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm", "uv sync", {"version": "3.12"}, False),
        ("ghcr.io/astral-sh/uv:debian", "uv sync", {}, True),
        ("ghcr.io/astral-sh/uv:python3.12-alpine", "uv sync", {"version": "3.13"}, True),
    ],
)
def test_a_python_that_uv_fetches_is_not_left_behind(
    tmp_path: Path, base: str, command: str, files: dict[str, str], *, fetched: bool
) -> None:
    required = f"requires-python = '{files['requires']}'\n" if "requires" in files else ""
    given = {"pyproject.toml": f"[project]\nname = 'a'\n{required}"}
    if "version" in files:
        given[".python-version"] = files["version"]
    made = _made(tmp_path, UV.format(base, command), **given)
    assert isinstance(made, NoSplit) is fetched
    assert not isinstance(made, NoSplit) or "Python of its own" in made.reason


@pytest.mark.parametrize(
    ("install", "copied"),
    [
        ("pdm install --prod", "/app/.venv"),
        ("pdm install -g -p .", ""),
        ("pdm config python.use_venv false && pdm install", ""),
    ],
)
def test_pdm_installs_into_an_environment_unless_it_is_told_not_to(
    tmp_path: Path, install: str, copied: str
) -> None:
    text = f"{HEAD}RUN pip install pdm\nCOPY pyproject.toml pdm.lock ./\nRUN {install}\nCOPY . .\n"
    made = _made(tmp_path, text, **{"pyproject.toml": "", "pdm.lock": ""})
    venv = isinstance(made, str) and "COPY --from=build /app/.venv /app/.venv" in made
    assert venv == bool(copied)
