"""Groups and extras for development that Poetry, uv, PDM, Pipenv and pip install."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, installed, planned

from jettison.rules import Advice, Refused
from jettison.rules.catalog.development_packages_in_image import RULE

GROUPS = {
    "poetry install --no-root": ("poetry install --only main --no-root", "tool.poetry"),
    "uv sync --frozen": ("uv sync --no-dev --frozen", "uv"),
    "pdm install": ("pdm install --prod", "uv"),
}


@pytest.mark.parametrize("command", GROUPS)
def test_groups_for_development_are_left_out(command: str) -> None:
    after, kind = GROUPS[command]
    pyproject = (
        "[tool.poetry.dependencies]\nflask = '*'\n[tool.poetry.group.dev.dependencies]\n"
        "pytest = '*'\n"
        if kind == "tool.poetry"
        else "[project]\ndependencies = ['flask']\n[dependency-groups]\ndev = ['pytest>=8']\n"
    )
    docker = f"FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN {command}\nCMD flask run\n"
    files = {"Dockerfile": docker, "pyproject.toml": pyproject, "main.py": "import flask\n"}
    made = planned(RULE, files)
    assert changed(made) == {"Dockerfile": docker.replace(command, after)}
    assert made.left == ()
    files["main.py"] = "import pytest\n"
    assert isinstance(planned(RULE, files).left[0].remedy, Refused)


def test_pipenv_loses_its_flag() -> None:
    docker = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pipenv install --dev --system\n"
    files = {"Dockerfile": docker, "Pipfile": "[packages]\nflask='*'\n[dev-packages]\npytest='*'\n"}
    after = docker.replace(" --dev", "")
    assert changed(planned(RULE, files)) == {"Dockerfile": after}


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        (
            "Pipfile",
            "[packages]\nflask = '*'\nBlack = '*'\npytest = '*'\n",
            "pipenv install --system",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nflask = '*'\n'black' = '*'\npytest = '*'\n",
            "poetry install --only main",
        ),
    ],
)
def test_tools_in_a_main_list_are_told_of(name: str, text: str, command: str) -> None:
    docker = f"FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN {command}\nCMD python main.py\n"
    files = {"Dockerfile": docker, "main.py": "import flask\n", name: text}
    (left,) = planned(RULE, files).left
    assert isinstance(left.remedy, Advice)
    assert (left.file, left.line) == (name, 3)
    assert left.message.endswith(": black, pytest")
    assert left.saving is not None
    image = installed("Dockerfile", "flask", "black!", "pytest!")
    (left,) = planned(RULE, files, image).left
    assert left.saving is not None
    assert left.saving.low_bytes == 2
    files["main.py"] = "import pytest, black\n"
    assert not planned(RULE, files, image).found


@pytest.mark.parametrize("groups", ["['httpx', 'pytest']", "['fastapi', 'httpx', 'pytest']"])
def test_what_others_bring_stays_without_the_group(groups: str) -> None:
    docker = (
        "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN uv sync\nCMD .venv/bin/uvicorn main:app\n"
    )
    files = {
        "Dockerfile": docker,
        "main.py": "import fastapi\nimport httpx\n",
        "pyproject.toml": "[project]\ndependencies = ['fastapi', 'uvicorn', 'openai']\n"
        f"[dependency-groups]\ndev = {groups}\n",
    }
    image = installed(
        "Dockerfile",
        "fastapi: starlette",
        "starlette",
        "uvicorn",
        "openai: httpx",
        "httpx",
        "pytest!",
    )
    (change,) = planned(RULE, files, image).applied
    assert change.claim.packages == {"python:pytest"}
    image = installed("Dockerfile", "fastapi", "uvicorn", "openai", "httpx", "pytest!")
    assert not planned(RULE, files, image).applied


DEBUG = {
    "if DEBUG:\n    INSTALLED_APPS.append('debug_toolbar.apps')\n": True,
    "if settings.DEBUG and x:\n    import debug_toolbar\n": True,
    "if DEBUG:\n    pass\nelse:\n    import debug_toolbar\n": False,
    "if DEBUG:\n    import debug_toolbar\nimport debug_toolbar\n": False,
    "if not DEBUG:\n    import debug_toolbar\n": False,
}


@pytest.mark.parametrize("code", DEBUG)
def test_what_only_debugging_loads_may_leave_with_its_group(code: str) -> None:
    docker = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN poetry install\nCMD gunicorn main:app\n"
    pyproject = (
        "[tool.poetry.dependencies]\ngunicorn = '*'\n"
        "[tool.poetry.group.dev.dependencies]\ndjango-debug-toolbar = '*'\n"
    )
    files = {"Dockerfile": docker, "pyproject.toml": pyproject, "main.py": code}
    made = planned(RULE, files)
    assert ("--only main" in changed(made).get("Dockerfile", "")) is DEBUG[code]
    files["requirements.txt"] = "gunicorn\ndjango-debug-toolbar\n"
    files["Dockerfile"] = docker.replace("poetry install", "pip install -r requirements.txt")
    assert "requirements.txt" not in changed(planned(RULE, files))


@pytest.mark.parametrize(
    "run",
    [
        "if [ $DEV = true ]; then poetry install; else poetry install --no-dev; fi",
        "[ $DEV = true ] && poetry install",
        "poetry install || poetry install --no-dev",
    ],
)
def test_an_install_under_a_condition_is_left(run: str) -> None:
    files = {
        "Dockerfile": f"FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
        "CMD python main.py\n",
        "main.py": "import flask\n",
        "pyproject.toml": "[tool.poetry.dependencies]\nflask = '3'\n"
        "[tool.poetry.group.dev.dependencies]\npytest = '8'\n",
    }
    made = planned(RULE, files)
    assert changed(made) == {}
    assert {type(one.remedy) for one in made.left} == {Refused}


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("--with prod", "poetry install --without dev --with prod"),
        ("--with prod,dev", "poetry install --with prod,dev"),
        ("", "poetry install --without dev"),
    ],
)
def test_a_group_that_is_asked_for_says_nothing_of_the_others(words: str, after: str) -> None:
    text = (
        "[tool.poetry.dependencies]\nflask = '3'\n[tool.poetry.group.dev.dependencies]\n"
        "ruff = '*'\n[tool.poetry.group.prod.dependencies]\ngunicorn = '*'\n"
    )
    command = f"poetry install {words}".rstrip()
    docker = (
        "FROM python:3.11-slim\nWORKDIR /app\nRUN pip install poetry==1.8.0\nCOPY . .\n"
        f"RUN {command}\nCMD python main.py\n"
    )
    made = planned(
        RULE, {"Dockerfile": docker, "pyproject.toml": text, "main.py": "import flask\n"}
    )
    assert changed(made).get("Dockerfile", docker) == docker.replace(command, after)
    told = [one for one in made.left if "it is told to install dev" in str(one.remedy)]
    assert len(told) == ("dev" in words)


_EXTRAS = "[project]\ndependencies = ['flask']\n[project.optional-dependencies]\n"
_EXTRAS += "dev = ['pytest', 'flask[async]']\npg = ['psycopg2']\n"


_CFG = "[options]\ninstall_requires =\n  flask\n[options.extras_require]\ndev =\n  pytest\n"


@pytest.mark.parametrize(
    ("settings", "text", "command", "after"),
    [
        ("pyproject.toml", _EXTRAS, "pip install -e '.[dev,pg]'", "pip install -e '.[pg]'"),
        ("pyproject.toml", _EXTRAS, "uv pip install --system .[dev]", "uv pip install --system ."),
        ("setup.cfg", _CFG, "pip install /app[dev]", "pip install /app"),
        ("setup.cfg", _CFG, "pip install .[pg]", "pip install .[pg]"),
        ("pyproject.toml", _EXTRAS, "pip install .[$WHAT]", "pip install .[$WHAT]"),
        ("pyproject.toml", _EXTRAS, "pip install .[dev] && pytest", "pip install .[dev] && pytest"),
    ],
)
def test_extras_for_development_are_left_out(
    settings: str, text: str, command: str, after: str
) -> None:
    docker = f"FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN {command}\nCMD python main.py\n"
    files = {settings: text, "main.py": "import flask\n", "Dockerfile": docker}
    made = planned(RULE, files)
    assert not made.dropped
    assert changed(made).get("Dockerfile", docker) == docker.replace(command, after)


@pytest.mark.parametrize(("words", "count"), [("--with dev", 1), ("", 0), ("--only main", 0)])
def test_a_list_that_poetry_writes_for_pip_is_looked_at(words: str, count: int) -> None:
    text = "[tool.poetry.dependencies]\nflask = '3'\n[tool.poetry.group.dev.dependencies]\n"
    docker = (
        f"FROM python:3.11-slim\nCOPY . .\nRUN poetry export -f requirements.txt {words} -o r.txt\n"
        "RUN pip install -r r.txt\nCMD python main.py\n"
    )
    files = {"pyproject.toml": f"{text}ruff = '*'\n", "main.py": "import flask\n"}
    left = planned(RULE, {**files, "Dockerfile": docker}).left
    assert len([one for one in left if "it is told to install dev" in str(one.remedy)]) == count
