"""What becomes of pip, Poetry, Pipenv, uv and PDM when an image is split into stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.stages.split_plans import HEAD, PIP, split_in

from jettison.analysis.stages.split import NoSplit

if TYPE_CHECKING:
    from pathlib import Path


def test_installers_that_come_together_stay_if_one_of_them_does(tmp_path: Path) -> None:
    text = f"{HEAD}RUN pip install -U pip virtualenv\n{PIP}COPY . .\nCMD virtualenv /env\n"
    made = split_in(tmp_path, text)
    assert isinstance(made, str)
    assert made.index("pip install -U pip virtualenv") < made.index("AS build")


def test_newer_pip_is_for_the_build_alone(tmp_path: Path) -> None:
    text = (
        f"{HEAD}COPY requirements.txt .\n"
        "RUN pip install --upgrade pip && pip install -r requirements.txt\nCOPY . .\n"
    )
    made = split_in(tmp_path, text)
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
    made = split_in(
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
    made = split_in(tmp_path, text, **LOCK)
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
    made = split_in(tmp_path, text, **{**LOCK, "Pipfile.lock": lock})
    assert isinstance(made, str)
    assert f"RUN {command}\n" in made
    assert "COPY --from=build /usr/local/bin /usr/local/bin\n" in made


def test_a_cache_that_goes_calls_no_installer(tmp_path: Path) -> None:
    install = PIPENV.replace("--deploy", "&& rm -rf ~/.cache/pipenv")
    text = f"{HEAD}RUN pip install pipenv\n{install}"
    made = split_in(tmp_path, text, **LOCK)
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
    made = split_in(tmp_path, text, **LOCK, **{"start.sh": start})
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


def test_poetry_that_installs_into_the_system_has_a_place_of_its_own(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install poetry==1.8.3\nCOPY pyproject.toml .\n"
        "RUN poetry config virtualenvs.create false \\\n    && poetry install\nCOPY . .\n"
    )
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
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
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
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
    made = split_in(tmp_path, text, **files)
    assert isinstance(made, str)
    base, _, build = made.partition("FROM base AS build\n")
    assert "pip" not in base
    assert f"/opt/{tool} && /opt/{tool}/bin/pip install --upgrade pip {tool}\n" in build


def test_poetry_with_an_environment_in_the_project_needs_no_place(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install poetry\nRUN poetry config virtualenvs.in-project true\n"
        "COPY pyproject.toml .\nRUN poetry install\nCOPY . .\n"
    )
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
    assert isinstance(made, str)
    _, build, last = made.split("\n\n")
    assert build.startswith("FROM base AS build\nRUN pip install poetry\nRUN poetry config")
    assert last.startswith("FROM base\nCOPY --from=build /app/.venv /app/.venv\n")


def test_an_installer_that_its_makers_script_brings_goes(tmp_path: Path) -> None:
    fetch = "RUN curl -sSL https://install.python-poetry.org | python3 -\n"
    path = "ENV PATH=/root/.local/bin:$PATH POETRY_VIRTUALENVS_CREATE=false\n"
    install = "COPY pyproject.toml .\nRUN poetry install\n"
    text = f"{HEAD}{fetch}{path}{install}COPY . .\nCMD python app.py\n"
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
    assert made == (
        f"FROM python:3.11-slim AS base\nWORKDIR /app\n{path}\n"
        f"FROM base AS build\n{fetch}{install}\nFROM base\n"
        "COPY --from=build /usr/local/lib/python3.11/site-packages "
        "/usr/local/lib/python3.11/site-packages\n"
        "COPY --from=build /usr/local/bin /usr/local/bin\nCOPY . .\nCMD python app.py\n"
    )
    made = split_in(tmp_path, text.replace("python app.py", "poetry run python app.py"))
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
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
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
    made = split_in(tmp_path, text, **{"pyproject.toml": ""})
    assert not isinstance(made, str) or fetch in made.split("FROM base AS build")[0]


def test_uv_that_is_copied_from_its_image_goes(tmp_path: Path) -> None:
    uv = "COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uvx /bin/\n"
    made = split_in(tmp_path, f'{HEAD}{uv}\nCOPY . .\nRUN uv sync\nCMD ["/app/.venv/bin/flask"]\n')
    assert made == (
        f"FROM python:3.11-slim AS base\nWORKDIR /app\nCOPY . .\n\nFROM base AS build\n{uv}"
        "RUN uv sync\n\nFROM base\nCOPY --from=build /app/.venv /app/.venv\n"
        'CMD ["/app/.venv/bin/flask"]\n'
    )
    made = split_in(tmp_path, f"{HEAD}{uv}COPY . .\nRUN uv sync\nCMD uv run flask\n")
    assert isinstance(made, str)
    assert uv in made.split("FROM base AS build")[0]


def test_installer_of_another_environment_is_not_moved_past_it(tmp_path: Path) -> None:
    text = (
        f"{HEAD}RUN pip install pipenv\nENV PATH=/opt/x/bin:$PATH\n"
        "COPY Pipfile ./\nRUN pipenv install --system\nCOPY . .\n"
    )
    made = split_in(tmp_path, text, **LOCK)
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("supervisord.conf", "[program:web]\ncommand=pipenv run flask run\n"),
        ("start.py", "import os\nos.system('pipenv run flask run')\n"),
    ],
)
def test_installer_that_settings_or_code_call_stays(name: str, text: str, tmp_path: Path) -> None:
    dockerfile = f"{HEAD}RUN pip install pipenv\n{PIPENV}CMD python start.py\n"
    made = split_in(tmp_path, dockerfile, **LOCK, **{name: text})
    assert isinstance(made, str)
    assert "RUN pip install pipenv" in made.split("FROM base AS build")[0]


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
    made = split_in(tmp_path, UV.format(base, command), **given)
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
    made = split_in(tmp_path, text, **{"pyproject.toml": "", "pdm.lock": ""})
    venv = isinstance(made, str) and "COPY --from=build /app/.venv /app/.venv" in made
    assert venv == bool(copied)
