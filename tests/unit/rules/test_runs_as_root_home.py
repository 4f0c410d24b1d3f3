"""The ordinary user: what lies in root's home, where another user does not find it."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import changed, planned
from tests.unit.rules.test_runs_as_root import CMD, HEAD, after

from jettison.analysis import Evidence
from jettison.rules import Refused
from jettison.rules.catalog.runs_as_root import RULE


@pytest.mark.parametrize(
    "command",
    [
        "npx playwright install firefox",
        "python -m playwright install --with-deps chromium",
        "pip install poetry && poetry install --only main",
        "pipenv install --deploy",
        "python -m nltk.downloader punkt",
        "uv tool install ruff",
    ],
)
def test_what_lies_in_roots_home_is_not_left_to_another_user(command: str) -> None:
    text = f"{HEAD}RUN {command}\n{CMD}"
    made = planned(RULE, {"Dockerfile": text, "app.py": "print(1)\n"})
    (left,) = made.left
    assert isinstance(left.remedy, Refused)
    assert "line 4 puts something into root's home" in left.remedy.reason


@pytest.mark.parametrize(
    "lines",
    [
        "ENV PLAYWRIGHT_BROWSERS_PATH=/opt/browsers\nRUN npx playwright install firefox\n",
        "RUN poetry config virtualenvs.in-project true && poetry install\n",
        "ENV POETRY_VIRTUALENVS_CREATE=false\nRUN poetry install\n",
        "RUN pipenv install --system --deploy\n",
    ],
)
def test_what_a_setting_keeps_elsewhere_is_no_reason(lines: str) -> None:
    assert "USER app" in after(f"{HEAD}{lines}{CMD}")


@pytest.mark.parametrize(
    "command",
    [
        """python -c "import nltk; nltk.download('punkt')\"""",
        """python -c "from transformers import pipeline; pipeline('fill-mask')\"""",
        "python fetch.py",
        "python -m fetch",
    ],
)
def test_what_code_fetches_at_the_build_lies_in_roots_home(command: str) -> None:
    fetch = "from sentence_transformers import SentenceTransformer\nSentenceTransformer('mini')\n"
    files = {
        "Dockerfile": f"{HEAD}RUN {command}\n{CMD}",
        "app.py": "print(1)\n",
        "fetch.py": fetch,
    }
    (left,) = planned(RULE, files).left
    assert isinstance(left.remedy, Refused)
    assert "line 4 may fetch something into root's home" in left.remedy.reason
    told = files["Dockerfile"].replace("WORKDIR", "ENV HF_HOME=/models NLTK_DATA=/nltk\nWORKDIR")
    assert "USER app" in changed(planned(RULE, {**files, "Dockerfile": told}))["Dockerfile"]


HOME = "from pathlib import Path\nSTATIC_ROOT = Path.home() / 'collected'\n"


@pytest.mark.parametrize(
    ("lines", "settings", "refused"),
    [
        ("RUN python manage.py collectstatic --noinput\n", HOME, True),
        ("RUN ./manage.py collectstatic --noinput\n", HOME, True),
        ("RUN python manage.py collectstatic --noinput\n", "STATIC_ROOT = 'static'\n", False),
        ("RUN python -m pip install django\n", HOME, False),
        ('RUN python -c "import json, ssl"\n', HOME, False),
        ("", HOME, False),
    ],
)
def test_code_that_names_its_home_and_ran_as_root_finds_nothing_in_another(
    lines: str, settings: str, *, refused: bool
) -> None:
    files = {
        "Dockerfile": f"{HEAD}{lines}{CMD}",
        "app.py": "print(1)\n",
        "manage.py": "#!/usr/bin/env python\n",
        "demo/settings.py": settings,
    }
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is refused
    assert not refused or "demo/settings.py names its user's home" in str(found.remedy)


def test_what_was_seen_to_be_opened_in_roots_home_is_a_reason() -> None:
    files = {"Dockerfile": HEAD + CMD, "app.py": "print(1)\n"}
    seen = {"Dockerfile": frozenset({"/root/.cache/pip/a", "/root/.cache/whisper/base.pt"})}
    (left,) = planned(RULE, files, Evidence(opened=seen)).left
    assert "/root/.cache/whisper/base.pt" in str(left.remedy)
    del seen["Dockerfile"]
    assert planned(RULE, files, Evidence(opened=seen)).applied


def test_an_environment_in_roots_home_is_told_by_the_run_that_makes_it() -> None:
    run = "RUN pip install pipenv && pipenv install\n"
    files = {"Dockerfile": HEAD + run + CMD, "app.py": "print(1)\n", "Pipfile": ""}
    place = "/root/.local/share/virtualenvs/app-1/lib/python3.11/site-packages/flask/app.py"
    seen = Evidence(opened={"Dockerfile": frozenset({place})})
    (left,) = planned(RULE, files, seen).left
    assert "line 4 puts something into root's home: pipenv install" in str(left.remedy)
    files["Dockerfile"] = f"{HEAD}ENV PIPENV_VENV_IN_PROJECT=1\n{run}{CMD}"
    assert planned(RULE, files, seen).applied


@pytest.mark.parametrize(
    ("line", "refused"), [("", True), ("ENV PUPPETEER_CACHE_DIR=/app/.cache\n", False)]
)
def test_a_browser_that_an_install_fetches_lies_in_roots_home(line: str, *, refused: bool) -> None:
    text = f"FROM node:22-slim\n{line}WORKDIR /app\nCOPY . .\nRUN npm install\nCMD node app.js\n"
    package = '{"dependencies": {"puppeteer": "24"}}\n'
    made = planned(RULE, {"Dockerfile": text, "package.json": package, "app.js": "1\n"})
    assert isinstance(made.found[0].remedy, Refused) is refused


@pytest.mark.parametrize(("version", "refused"), [("3.13", True), ("3.11", False)])
def test_a_python_that_uv_keeps_in_roots_home_is_a_reason(version: str, *, refused: bool) -> None:
    files = {
        "Dockerfile": f"{HEAD}RUN uv sync\n{CMD}",
        "app.py": "print(1)\n",
        ".python-version": f"{version}\n",
    }
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is refused


def test_a_path_of_an_installer_that_has_moved_is_no_reason() -> None:
    path = 'ENV PATH="/root/.local/bin:$PATH"\n'
    cmd = 'CMD ["python", "app.py"]\n'
    files = {"app.py": "print(1)\n"}
    head = f"FROM python:3.11-slim\n{path}WORKDIR /app\nCOPY app.py .\n"
    assert changed(planned(RULE, {"Dockerfile": head + cmd, **files}))
    installs = f"{head}RUN curl -sSL https://example.org/install.py | python3 -\n"
    (left,) = planned(RULE, {"Dockerfile": installs + cmd, **files}).left
    assert isinstance(left.remedy, Refused)
    assert "PATH names a folder in root's home" in left.remedy.reason
