"""JT018: services are started themselves, wherever their commands stand."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.rules import Refused
from jettison.rules.catalog.started_by_installer import RULE

HEAD = "FROM python:3.11-slim\nRUN pip install uv\nWORKDIR /app\nCOPY . .\nRUN uv sync\n"
PATH = 'ENV PATH="/app/.venv/bin:$PATH"\n'
TOML = "[project]\ndependencies = ['flask']\n"
COMMANDS = {
    'CMD ["uv", "run", "--no-dev", "flask", "run"]': 'CMD ["flask", "run"]',
    'CMD ["uv", "run", "main.py"]': 'CMD ["python", "main.py"]',
    'CMD [ "uv",  "run", \\\n  "flask" ]': 'CMD [ "flask" ]',
    "CMD uv run alembic upgrade head && exec uv run flask run": "CMD alembic upgrade head"
    " && exec flask run",
    'CMD ["sh", "-c", "uv run flask db && uv run flask run"]': 'CMD ["sh", "-c", "flask db'
    ' && flask run"]',
    'HEALTHCHECK CMD uv run check.py\nCMD ["uv", "run", "flask"]': "HEALTHCHECK CMD python"
    ' check.py\nCMD ["flask"]',
    'ENTRYPOINT ["uv", "run", "flask"]\nCMD ["run"]': 'ENTRYPOINT ["flask"]\nCMD ["run"]',
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_image_lose_the_installer(command: str) -> None:
    made = planned(RULE, {"Dockerfile": f"{HEAD}{command}\n", "pyproject.toml": TOML})
    assert changed(made) == {"Dockerfile": f"{HEAD}{PATH}{COMMANDS[command]}\n"}
    assert made.left == ()


def test_a_run_behind_the_install_has_the_path_too() -> None:
    text = f'{HEAD}RUN uv run python manage.py collectstatic\nCMD ["uv", "run", "gunicorn", "a"]\n'
    made = planned(RULE, {"Dockerfile": text, "pyproject.toml": TOML})
    assert changed(made)["Dockerfile"] == (
        f'{HEAD}{PATH}RUN python manage.py collectstatic\nCMD ["gunicorn", "a"]\n'
    )


@pytest.mark.parametrize(("copied", "seen"), [("pyproject.toml", False), ("*.toml *.lock", True)])
def test_a_lock_file_that_the_install_has_not_seen_is_installed_by_uv_run(
    copied: str, *, seen: bool
) -> None:
    text = (
        f"FROM python:3.11-slim\nRUN pip install uv\nWORKDIR /app\nCOPY {copied} ./\nRUN uv sync\n"
        'COPY . .\nCMD ["uv", "run", "flask", "run"]\n'
    )
    made = planned(RULE, {"Dockerfile": text, "pyproject.toml": TOML, "uv.lock": "version = 1\n"})
    if seen:
        assert not made.left
        return
    (left,) = made.left
    assert isinstance(left.remedy, Refused)
    assert left.remedy.reason == (
        "uv run installs what uv.lock has, which uv sync on line 5 has not seen"
    )


def test_a_path_that_leads_there_is_not_set_again() -> None:
    text = f'{HEAD}{PATH}CMD ["uv", "run", "flask"]\n'
    made = planned(RULE, {"Dockerfile": text, "pyproject.toml": TOML})
    assert changed(made)["Dockerfile"] == f'{HEAD}{PATH}CMD ["flask"]\n'


def test_commands_of_compose_and_start_scripts_lose_it_too() -> None:
    files = {
        "Dockerfile": f'{HEAD}ENTRYPOINT ["./start.sh"]\nCMD ["uv", "run", "flask", "run"]\n',
        "start.sh": '#!/bin/sh\nset -e\nuv run alembic upgrade head\nexec "$@"\n',
        "pyproject.toml": TOML,
        "compose.yaml": "services:\n  web:\n    build: .\n    image: app\n"
        "  worker:\n    image: app\n    command: uv run celery -A app worker  # one\n"
        '  beat:\n    image: app\n    command: ["uv", "run", "celery", "-A", "app", "beat"]\n',
    }
    after = changed(planned(RULE, files))
    assert after["start.sh"] == '#!/bin/sh\nset -e\nalembic upgrade head\nexec "$@"\n'
    assert after["compose.yaml"] == files["compose.yaml"].replace(
        "uv run celery", "celery"
    ).replace('"uv", "run", ', "")
    assert after["Dockerfile"].endswith(f'ENTRYPOINT ["./start.sh"]\n{PATH}CMD ["flask", "run"]\n')


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("CMD uv run --extra gpu serve\n", {}),
        ('CMD ["nice", "uv", "run", "serve"]\n', {}),
        (
            'CMD ["uv", "run", "serve"]\n',
            {
                "compose.yaml": "services:\n  web:\n    build: .\n    healthcheck:\n"
                "      test: uv run check.py\n",
            },
        ),
        (
            "CMD flask run\n",
            {
                "compose.yaml": "services:\n  web:\n    build: .\n"
                "    command: uv run flask run --port $PORT\n",
                ".env": "PORT=5",
            },
        ),
    ],
)
def test_what_cannot_be_told_is_left_alone(command: str, files: dict[str, str]) -> None:
    made = planned(RULE, {"Dockerfile": HEAD + command, "pyproject.toml": TOML, **files})
    assert not changed(made)
    assert all(isinstance(one.remedy, Refused) for one in made.left)


def test_a_script_of_the_installer_is_no_program() -> None:
    head = HEAD.replace("uv sync", "pipenv install --system").replace(
        "install uv", "install pipenv"
    )
    files = {"Dockerfile": f"{head}CMD pipenv run start\n", "Pipfile": "[scripts]\nstart = 'x'\n"}
    (left,) = planned(RULE, files).left
    assert left.remedy == Refused("start is a script of pipenv's", 1)
    files["Dockerfile"] = f"{head}CMD pipenv run flask run\n"
    assert changed(planned(RULE, files)) == {"Dockerfile": f"{head}CMD flask run\n"}


HIDDEN = "FROM python:3.11-slim\nRUN pip install poetry\nWORKDIR /app\nCOPY . .\n"


def test_environment_that_poetry_keeps_for_itself_is_put_into_the_project() -> None:
    head, end = HIDDEN.replace("COPY . .\n", ""), "COPY . .\n# All of it\nRUN poetry install\n"
    text = f'{head}{end}CMD ["poetry", "run", "flask"]\n'
    made = planned(RULE, {"Dockerfile": text, "pyproject.toml": TOML})
    assert changed(made) == {
        "Dockerfile": f'{head}ENV POETRY_VIRTUALENVS_IN_PROJECT=1\n{end}{PATH}CMD ["flask"]\n',
        # Else a developer's own environment would take the place of the image's.
        ".dockerignore": ".venv\n",
    }


@pytest.mark.parametrize(
    ("text", "compose"),
    [
        (HIDDEN.replace("WORKDIR /app\n", ""), ""),
        (HIDDEN.replace("COPY", "ENV POETRY_VIRTUALENVS_PATH=/venvs\nCOPY"), ""),
        (HIDDEN, "services:\n  web:\n    build: .\n    volumes: ['.:/app']\n"),
    ],
)
def test_environment_that_cannot_be_moved_stays(text: str, compose: str) -> None:
    files = {
        "Dockerfile": f'{text}RUN poetry install\nCMD ["poetry", "run", "flask"]\n',
        "pyproject.toml": TOML,
    }
    if compose:
        files["compose.yaml"] = compose
    assert planned(RULE, files).found == ()
    assert planned(RULE, {**files, "poetry.toml": "[virtualenvs]\ncreate = false\n"}).found == ()


@pytest.mark.parametrize("ignore", [".venv\n", "*\n!pyproject.toml\n", "**/.venv\n"])
def test_an_environment_that_stays_out_already_needs_no_line(ignore: str) -> None:
    text = f'{HIDDEN}RUN poetry install\nCMD ["poetry", "run", "flask"]\n'
    files = {"Dockerfile": text, "pyproject.toml": TOML, ".dockerignore": ignore}
    assert set(changed(planned(RULE, files))) == {"Dockerfile"}


PIPENV = HEAD.replace("uv sync", "pipenv install --system").replace("install uv", "install pipenv")


@pytest.mark.parametrize(
    ("docker", "files", "reason"),
    [
        (f"{PIPENV}CMD pipenv run flask\n", {".env": "A=1\n", "Pipfile": ""}, ".env"),
        (f"ENV UV_ENV_FILE=.env\n{HEAD}CMD uv run flask\n", {}, "UV_ENV_FILE"),
        (
            f"{HEAD}CMD uv run flask\n".replace("uv sync", "uv sync --no-install-project"),
            {"pyproject.toml": f"{TOML}[build-system]\nrequires = ['hatchling']\n"},
            "installs the project",
        ),
        (
            f"{HIDDEN}RUN poetry install --no-root\nCMD poetry run start\n",
            {"pyproject.toml": "[tool.poetry.scripts]\nstart = 'shop:main'\n"},
            "script of poetry",
        ),
    ],
)
def test_an_installer_that_does_more_stays(docker: str, files: dict[str, str], reason: str) -> None:
    if docker.startswith("ENV"):
        line, _, rest = docker.partition("\n")
        docker = rest.replace("WORKDIR", f"{line}\nWORKDIR", 1)
    made = planned(RULE, {"pyproject.toml": TOML, **files, "Dockerfile": docker})
    assert not changed(made)
    (left,) = made.left
    assert reason in str(left.remedy)


def test_a_file_of_settings_that_is_not_read_is_no_reason() -> None:
    told = PIPENV.replace("WORKDIR", "ENV PIPENV_DONT_LOAD_ENV=1\nWORKDIR")
    files = {"Dockerfile": f"{told}CMD pipenv run flask\n", ".env": "A=1\n", "Pipfile": ""}
    assert changed(planned(RULE, files))["Dockerfile"] == f"{told}CMD flask\n"
