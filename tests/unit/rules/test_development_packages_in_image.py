"""Development packages: which leave, which stay, and where their lines go."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, installed, planned

from jettison.changes import plan
from jettison.rules import Refused, find_rule
from jettison.rules.catalog.development_packages_in_image import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

    from jettison.analysis import Evidence

PIP = (
    "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install -r requirements.txt\nCOPY . .\nCMD python main.py\n"
)
MAIN = {"Dockerfile": PIP, "main.py": "import flask\n"}


def test_a_section_goes_with_its_heading_and_hashes_stay_with_their_line() -> None:
    text = (
        "# web\nflask==3.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n\n"
        "# lint, please keep sorted\nblack==24.1  # formatter\n\n# more\nrequests==2.0\n"
    )
    made = planned(RULE, {**MAIN, "requirements.txt": text})
    assert changed(made) == {
        "requirements.txt": "# web\nflask==3.0 \\\n    --hash=sha256:aa \\\n"
        "    --hash=sha256:bb\n\n# more\nrequests==2.0\n",
        "requirements-dev.txt": "-r requirements.txt\n\nblack==24.1  # formatter\n",
    }
    assert made.left == ()


def test_a_list_for_development_that_is_there_gets_what_it_lacks() -> None:
    files = {
        **MAIN,
        "requirements.txt": "flask==3.0\nblack==24.1\npytest==8.0\n",
        "requirements-dev.txt": "-r requirements.txt\npytest==8.0",
    }
    made = planned(RULE, files)
    assert changed(made) == {
        "requirements.txt": "flask==3.0\n",
        "requirements-dev.txt": "-r requirements.txt\npytest==8.0\nblack==24.1\n",
    }


@pytest.mark.parametrize(
    ("build", "kept"),
    [(".", True), ("{context: ., dockerfile: Dockerfile}", True),
     ("{context: ., dockerfile: Dockerfile.test}", False), ("{context: ., target: test}", False)],
)  # fmt: skip
def test_what_another_compose_file_runs_in_the_same_image_stays(build: str, *, kept: bool) -> None:
    tests = f"services:\n  tests:\n    build: {build}\n    command: wait-for api -- pytest -v\n"
    files = {
        **MAIN,
        "compose.yaml": "services:\n  web:\n    build: .\n",
        "docker-compose.tests.yml": tests,
        "requirements.txt": "flask==3.0\nblack==24.1\npytest==8.0\n",
    }
    assert ("pytest==8.0" in changed(planned(RULE, files))["requirements.txt"]) is kept


def test_a_production_list_takes_another_name_where_there_is_one() -> None:
    files = {
        **MAIN,
        "requirements.txt": "flask==3.0\npytest==8.0\n",
        "requirements.prod.txt": "mine\n",
        "tox.ini": "[testenv]\ndeps = -rrequirements.txt\n",
    }
    made = planned(RULE, files)
    assert set(changed(made)) == {"Dockerfile", "requirements.production.txt"}
    assert "requirements.prod.txt" not in changed(made)["Dockerfile"]


def test_a_list_for_development_by_its_name_gets_no_production_list() -> None:
    docker = PIP.replace("requirements.txt", "requirements-dev.txt")
    files = {"Dockerfile": docker, "main.py": "import flask, pytest\n"}
    made = planned(RULE, {**files, "requirements-dev.txt": "flask\npytest\nblack\n"})
    assert not changed(made)
    assert "one for development" in str(made.left[0].remedy)


def test_a_copy_under_another_name_needs_only_another_source() -> None:
    docker = PIP.replace("COPY requirements.txt .", "COPY requirements.txt /tmp/requirements.txt")
    docker = docker.replace("-r requirements.txt", "-r /tmp/requirements.txt")
    files = {
        "Dockerfile": docker,
        "main.py": "import flask\n",
        "requirements.txt": "flask\npytest\n",
        "Makefile": "dev:\n\tpip install -r requirements.txt\n",
    }
    after = changed(planned(RULE, files))["Dockerfile"]
    assert "COPY requirements.prod.txt /tmp/requirements.txt" in after
    assert "-r /tmp/requirements.txt" in after


def test_an_ignore_file_that_keeps_the_new_list_out_is_a_reason() -> None:
    files = {
        **MAIN,
        "requirements.txt": "flask\npytest\n",
        "Makefile": "dev:\n\tpip install -r requirements.txt\n",
        ".dockerignore": "*\n!requirements.txt\n!main.py\n",
    }
    made = planned(RULE, files)
    assert isinstance(made.left[0].remedy, Refused)
    assert changed(made) == {}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("CMD pytest", ""),
        ("CMD python -m pytest", ""),
        ('CMD ["sh", "-c", "exec pytest"]', ""),
        ("HEALTHCHECK CMD pytest --version", ""),
        ("RUN pytest -q", ""),
        ("CMD python main.py", "def f():\n    import pytest\n"),
        ("CMD python main.py", "__import__('x')\nA = 'pytest.main'\n"),
    ],
)
def test_what_is_run_or_imported_late_stays(command: str, code: str) -> None:
    files = {
        "Dockerfile": PIP.replace("CMD python main.py", command),
        "main.py": f"import flask\n{code}",
        "requirements.txt": "flask\npytest\n",
    }
    assert planned(RULE, files).found == ()


def test_tests_do_not_keep_their_tools() -> None:
    files = {
        **MAIN,
        "tests/test_a.py": "import pytest, factory\n",
        "requirements.txt": "flask\npytest\n",
    }
    assert changed(planned(RULE, files))["requirements.txt"] == "flask\n"


def test_every_image_that_installs_the_list_has_a_say() -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: .\n  b:\n    build:\n      context: .\n"
        "      dockerfile: B\n",
        "Dockerfile": PIP,
        "B": PIP.replace("python main.py", "black --version"),
        "main.py": "import flask\n",
        "requirements.txt": "flask\nblack\npytest\n",
    }
    assert changed(planned(RULE, files))["requirements.txt"] == "flask\nblack\n"


def test_without_the_image_nothing_but_tools_leaves() -> None:
    files = {**MAIN, "requirements.txt": "flask\nrequests\nnumpy\nwheel\n"}
    assert planned(RULE, files).found == ()


def test_with_the_image_unused_packages_leave_by_a_change_of_their_own() -> None:
    evidence = installed("Dockerfile", "flask: werkzeug", "werkzeug", "numpy", "pytest!: iniconfig")
    files = {**MAIN, "requirements.txt": "flask\nwerkzeug\nnumpy\npytest\n"}
    made = planned(RULE, files, evidence)
    assert {str(one.key) for one in made.applied} == {
        "JT003/Dockerfile/tools",
        "JT003/Dockerfile/unused",
    }
    assert changed(made)["requirements.txt"] == "flask\nwerkzeug\n"


@pytest.mark.parametrize(
    "code",
    [
        "import flask\nE = 'openpyxl'\n",
        "import flask\nU = 'mysql+openpyxl://x'\n",
        "import flask, pandas\n",
        "import flask\nA = ['openpyxl.reader']\n",
    ],
)
def test_what_is_named_or_loaded_on_demand_stays(code: str) -> None:
    evidence = installed("Dockerfile", "flask", "openpyxl", "pandas: excel?openpyxl")
    files = {**MAIN, "main.py": code, "requirements.txt": "flask\nopenpyxl\npandas\n"}
    left = changed(planned(RULE, files, evidence)).get("requirements.txt", "openpyxl")
    assert "openpyxl" in left


def test_words_of_a_run_are_dropped() -> None:
    tail = "COPY . .\nCMD flask run\n"
    docker = f"FROM python:3.11\nRUN pip install flask pytest==8 \\\n    black\n{tail}"
    made = planned(RULE, {"Dockerfile": docker, "app.py": "import flask\n"})
    assert changed(made)["Dockerfile"] == f"FROM python:3.11\nRUN pip install flask\n{tail}"


def test_code_of_a_tool_that_finds_its_file_itself_keeps_what_it_imports() -> None:
    files = {
        "Dockerfile": PIP.replace("CMD python main.py", 'ENTRYPOINT ["locust", "--headless"]'),
        "locustfile.py": "from faker import Faker\nfrom locust import HttpUser\n",
        "requirements.txt": "faker\nlocust\npytest\n",
    }
    assert changed(planned(RULE, files))["requirements.txt"] == "faker\nlocust\n"


def test_a_list_under_a_condition_is_left() -> None:
    docker = PIP.replace(
        "pip install -r requirements.txt",
        "if [ $DEV = 1 ]; then pip install -r requirements.txt; fi",
    )
    files = {**MAIN, "Dockerfile": docker, "requirements.txt": "flask\npytest\n"}
    assert changed(planned(RULE, files)) == {}


def test_lines_that_tell_why_go_with_the_package_above() -> None:
    text = (
        "#\n# made by pip-compile\n#\nblack==24.1\n    # via -r requirements.in\n"
        "click==8.1\n    # via\n    #   black\n    #   flask\nflask==3.0\n"
        "    # via -r requirements.in\npytest==8.0\n    # via\n    #   -r requirements.in\n"
    )
    made = planned(RULE, {**MAIN, "requirements.txt": text})
    assert not made.dropped
    assert changed(made)["requirements.txt"] == (
        "#\n# made by pip-compile\n#\nclick==8.1\n    # via\n    #   black\n    #   flask\n"
        "flask==3.0\n    # via -r requirements.in\n"
    )


def test_what_a_listed_tool_needs_goes_with_the_tool_only() -> None:
    evidence = installed("Dockerfile", "flask", "numpy", "iniconfig", "pytest!: iniconfig")
    files = {**MAIN, "requirements.txt": "flask\niniconfig\nnumpy\npytest\n"}
    made = planned(RULE, files, evidence)
    claims = {one.key.subject: set(one.claim.packages) for one in made.applied}
    assert claims == {
        "tools": {"python:iniconfig", "python:pytest"},
        "unused": {"python:numpy"},
    }


KEPT_BY_THE_IMAGE = {
    "kept code imports it where it is there": ("flask: templating?jinja2", "jinja2"),
    "a tool that kept code requires": ("flask: jinja2", "jinja2!"),
}


@pytest.mark.parametrize("title", KEPT_BY_THE_IMAGE)
def test_what_kept_distributions_use_stays(title: str) -> None:
    rows = KEPT_BY_THE_IMAGE[title]
    files = {**MAIN, "requirements.txt": "flask\njinja2\n"}
    assert changed(planned(RULE, files, installed("Dockerfile", *rows))) == {}


@pytest.mark.parametrize(
    ("row", "tool"),
    [
        ("flask: contrib.pytest?pytest", "pytest!"),
        ("flask: testclient?httpx", "httpx"),
        ("flask: ?pytest", "pytest!"),
    ],
)
def test_helpers_for_tests_keep_no_tools(row: str, tool: str) -> None:
    name = tool.removesuffix("!")
    files = {**MAIN, "requirements.txt": f"flask\n{name}\n"}
    made = planned(RULE, files, installed("Dockerfile", row, tool))
    assert changed(made)["requirements.txt"] == "flask\n"
    assert {change.basis.word for change in made.applied} == {"read"}


def test_a_heading_of_the_list_says_what_is_for_development() -> None:
    text = "flask\n\n# Docs\nmarkdown\n"
    unused = installed("Dockerfile", "flask: ext?markdown", "markdown")
    made = planned(RULE, {**MAIN, "requirements.txt": text}, unused)
    assert changed(made)["requirements.txt"] == "flask\n"
    assert made.applied[0].basis.word == "declared"
    loaded = installed("Dockerfile", "flask: ?markdown", "markdown")
    assert changed(planned(RULE, {**MAIN, "requirements.txt": text}, loaded)) == {}
    production = text.replace("Docs", "Docs in production")
    assert changed(planned(RULE, {**MAIN, "requirements.txt": production}, unused)) == {}


def test_what_the_image_does_not_show_stays() -> None:
    files = {**MAIN, "requirements.txt": "flask\npytest\n"}
    assert planned(RULE, files, installed("Dockerfile", "flask")).found == ()


def test_what_brings_something_that_is_used_and_not_listed_stays() -> None:
    evidence = installed("Dockerfile", "flask", "twilio: aiohttp", "aiohttp: yarl", "yarl", "left")
    files = {**MAIN, "main.py": "import flask\nimport yarl\n"}
    files["requirements.txt"] = "flask\nleft\ntwilio\n"
    assert changed(planned(RULE, files, evidence))["requirements.txt"] == "flask\ntwilio\n"


def test_what_was_opened_while_it_ran_stays_with_what_it_needs() -> None:
    evidence = replace(
        installed("Dockerfile", "flask", "numpy", "iniconfig", "pytest: iniconfig"),
        used={"Dockerfile": {"pytest": "/site-packages/pytest/__init__.py"}},
    )
    files = {**MAIN, "requirements.txt": "flask\niniconfig\nnumpy\npytest\n"}
    made = planned(RULE, files, evidence)
    claims = {one.key.subject: set(one.claim.packages) for one in made.applied}
    assert claims == {"unused": {"python:numpy"}}


def test_a_program_of_two_packages_is_that_of_the_listed_one() -> None:
    package = {"devDependencies": {"@playwright/test": "1"}}
    bins = {
        "node_modules/@playwright/test": {"dev": True, "bin": {"playwright": "cli.js"}},
        "node_modules/playwright": {"dev": True, "bin": {"playwright": "cli.js"}},
    }
    files = {
        "Dockerfile": "FROM node:20\nCOPY package*.json ./\nRUN npm ci\nCMD npx playwright\n",
        "package.json": json.dumps(package),
        "package-lock.json": json.dumps({"lockfileVersion": 3, "packages": bins}),
    }
    made = planned(RULE, files)
    assert changed(made) == {}


def test_the_image_for_work_on_the_code_keeps_its_tools() -> None:
    files = {**MAIN, "requirements.txt": "flask\npytest\n"}
    alone = planned(RULE, {**files, "Dockerfile.prod": MAIN["Dockerfile"]})
    assert set(changed(alone)) == {"Dockerfile.prod", "requirements.prod.txt"}
    other = planned(RULE, {**files, "api.Dockerfile.prod": MAIN["Dockerfile"]})
    assert "requirements.txt" in changed(other)


_DOCS = "flask\n\n# Docs\nmkdocs\n"


def _used(rows: tuple[str, ...], *names: str) -> Evidence:
    used = {name: f"/site-packages/{name}/__init__.py" for name in names}
    return replace(installed("Dockerfile", *rows), used={"Dockerfile": used})


def test_what_kept_code_only_loads_where_it_is_there_is_not_missed() -> None:
    rows = ("flask: log?colorama", "mkdocs: colorama", "colorama")
    files = {**MAIN, "requirements.txt": _DOCS}
    (change,) = planned(RULE, files, _used(rows, "flask", "colorama")).applied
    assert change.claim.packages == {"python:mkdocs"}
    assert change.claim.unmissed == {"python:colorama"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("flask", "mkdocs: colorama", "colorama"), ""),
        (("flask: templating?jinja2", "mkdocs: jinja2", "jinja2"), "import flask.templating\n"),
    ],
)
def test_what_the_application_loads_keeps_what_brings_it(rows: tuple[str, ...], code: str) -> None:
    opened = rows[-1]
    files = {**MAIN, "main.py": f"import flask\n{code}", "requirements.txt": _DOCS}
    assert planned(RULE, files, _used(rows, "flask", opened)).applied == ()


def test_what_comes_with_something_optional_is_explained_by_it() -> None:
    rows = ("flask: cli?rich", "mkdocs: rich", "rich: pygments", "pygments")
    files = {**MAIN, "requirements.txt": f"{_DOCS}pygments\n"}
    (change,) = planned(RULE, files, _used(rows, "flask", "rich", "pygments")).applied
    assert change.claim.packages == {"python:mkdocs", "python:pygments"}
    assert change.claim.unmissed == {"python:rich", "python:pygments"}


def test_what_left_by_one_change_keeps_nothing_from_the_next() -> None:
    """The image still has the tools when the list without them is read: they use nothing now."""
    files = {
        **MAIN,
        "Makefile": "docs:\n\tpip install -r requirements.txt\n",
        "requirements.txt": "flask==3.0\nprotobuf==6.0\n\n# Docs\nmkdocs==1.6\n",
    }
    made = planned(RULE, files, installed("Dockerfile", "flask", "protobuf", "mkdocs: ?protobuf"))
    assert changed(made)["requirements.prod.txt"].endswith("\nflask==3.0\n")


def test_what_jettisons_own_settings_say_is_no_use() -> None:
    files = {
        **MAIN,
        "requirements.txt": "flask==3.0\nrequests==2.0\n",
        "jettison.toml": '[trial]\nrequests = ["/health"]\n',
    }
    made = planned(RULE, files, installed("Dockerfile", "flask", "requests"))
    assert changed(made)["requirements.txt"] == "flask==3.0\n"


def test_a_server_that_a_platform_may_start_stays() -> None:
    files = {**MAIN, "requirements.txt": "flask==3.0\ngunicorn==22.0\nrequests==2.0\n"}
    made = planned(RULE, files, installed("Dockerfile", "flask", "gunicorn", "requests"))
    assert changed(made)["requirements.txt"] == "flask==3.0\ngunicorn==22.0\n"


def test_what_stays_of_a_manifest_brings_its_needs_itself(tmp_path: Path) -> None:
    evidence = installed("Dockerfile", "gunicorn: packaging", "packaging", "black: packaging")
    lock = {"default": {"gunicorn": {"hashes": ["sha256:0"]}}}
    files = {
        "Dockerfile": "FROM python:3.11-slim\nRUN pip install pipenv\nWORKDIR /app\nCOPY . .\n"
        "RUN pipenv install --system --dev\nCMD gunicorn main:app\n",
        "Pipfile": "[packages]\ngunicorn = '*'\n[dev-packages]\nblack = '*'\n",
        "Pipfile.lock": json.dumps(lock),
        "main.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    rules = [RULE, find_rule("JT002"), find_rule("JT011")]
    made = plan(TextTree(tmp_path), {}, rules=rules, evidence=evidence)
    after = changed(made)["Dockerfile"]
    assert "pipenv requirements --hash > /tmp/requirements.txt" in after


def test_comments_name_the_list_that_is_installed() -> None:
    head = "FROM python:3.11-slim\nWORKDIR /app\n"
    text = (
        f"{head}# Only requirements.txt\nCOPY requirements.txt .\n"
        "# Install\nRUN pip install -r requirements.txt\nCOPY main.py .\nCMD python main.py\n"
    )
    files = {
        "README.md": "pip install -r requirements.txt\n",
        "Dockerfile": text,
        "main.py": "import flask\n",
        "requirements.txt": "flask==3.0\npytest==8.0\n",
    }
    made = planned(RULE, files)
    assert not made.dropped
    assert changed(made)["Dockerfile"] == text.replace("requirements", "requirements.prod")
