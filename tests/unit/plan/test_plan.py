"""Plans for small projects of many kinds: names do not matter, and nothing needed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.analysis import analyze, discover
from jettison.compose import read_compose
from jettison.dockerfile import Copy, Run, parse_text
from jettison.dockerfile.context import read_context
from jettison.dockerfile.ignore import IgnoreFile
from jettison.errors import ProjectError
from jettison.plan import make_plan
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jettison.plan import Plan


class _Resolver:
    """Pins nothing: the wanted lines come back as they are."""

    def lock(
        self, wanted: Sequence[str], constraints: Sequence[str], python: str, folder: Path
    ) -> tuple[str, ...]:
        del constraints, python, folder
        return tuple(wanted)


def _plan(folder: Path) -> Plan:
    return make_plan(analyze(discover(folder, {})), _Resolver(), {})


def _text(plan: Plan, path: str) -> str:
    text = plan.text_of(path)
    assert text is not None, path
    return text


def _copied(plan: Plan, dockerfile: str = "Dockerfile") -> set[str]:
    stage = parse_text(_text(plan, dockerfile)).target
    copies = [i for i in stage.instructions if isinstance(i, Copy) and i.from_ is None]
    return {source for copy in copies for source in copy.sources}


def _apt(plan: Plan, stage: str | int) -> set[str]:
    found = parse_text(_text(plan, "Dockerfile")).stage(stage)
    runs = [i.command for i in found.instructions if isinstance(i, Run)]
    return {word for run in runs if "apt-get" in run for word in run.split()}


_SHOP = {
    "docker-compose.yml": """\
services:
  web:
    build: .
    command: gunicorn wares.site:application -b 0.0.0.0:9000
    ports: ["9000:9000"]
    healthcheck:
      test: curl -f http://localhost:9000/ping || exit 1
  jobs:
    build: .
    command: python -m wares.jobs
    healthcheck:
      test: ["CMD-SHELL", "pgrep python"]
""",
    "Dockerfile": """\
FROM python:3.12-slim
ENV LANG=C.UTF-8
WORKDIR /srv/shop
RUN apt-get update && apt-get install -y build-essential libpq-dev procps curl git libxyz1
COPY deps/base.txt deps/base.txt
RUN pip install -r deps/base.txt
COPY . .
RUN chmod +x wares/run.sh
EXPOSE 9000
CMD ["gunicorn", "wares.site:application"]
""",
    "deps/base.txt": "flask==3.0.0\ngunicorn==22.0\npsycopg2==2.9.9\nruff==0.5\nboto3==1.34\n",
    "wares/__init__.py": "",
    "wares/site.py": "import flask\nimport psycopg2\nopen('data/prices.csv')\n",
    "wares/jobs.py": "from wares import site\n",
    "data/prices.csv": "1\n",
    "notebooks/x.ipynb": "{}",
    "spec/test_site.py": "import wares.site\n",
}


def test_what_the_services_need_is_kept(project: Callable[[dict[str, str]], Path]) -> None:
    plan = _plan(project(dict(_SHOP)))
    assert _copied(plan) == {"wares/", "data/prices.csv"}
    lines = _text(plan, "deps/base.prod.txt")
    assert "flask==3.0.0" in lines
    assert "psycopg2==2.9.9" in lines
    assert "gunicorn==22.0" in lines
    assert "ruff" not in lines
    assert "boto3" not in lines


def test_system_packages_go_where_they_belong(project: Callable[[dict[str, str]], Path]) -> None:
    plan = _plan(project(dict(_SHOP)))
    assert {"build-essential", "libpq-dev"} <= _apt(plan, "builder")
    runtime = _apt(plan, "runtime")
    assert {"libpq5", "procps", "libxyz1"} <= runtime, "psycopg2 links to libpq; jobs runs pgrep"
    assert not {"build-essential", "libpq-dev", "curl", "git"} & runtime


def test_the_new_dockerfile_keeps_what_the_old_one_said(
    project: Callable[[dict[str, str]], Path],
) -> None:
    text = _text(_plan(project(dict(_SHOP))), "Dockerfile")
    for line in (
        "ENV LANG=C.UTF-8",
        "WORKDIR /srv/shop",
        "RUN chmod +x wares/run.sh",
        "EXPOSE 9000",
        'CMD ["gunicorn", "wares.site:application"]',
        "USER appuser",
    ):
        assert line in text
    assert "http://127.0.0.1:9000/ping" in text


def test_compose_shares_the_image_and_asks_without_curl(
    project: Callable[[dict[str, str]], Path],
) -> None:
    folder = project(dict(_SHOP))
    plan = _plan(folder)
    (folder / "docker-compose.yml").write_text(_text(plan, "docker-compose.yml"))
    services = read_compose([folder / "docker-compose.yml"], environment={}).services
    assert services["web"].build is not None
    assert services["jobs"].build is None
    assert services["jobs"].image == services["web"].image
    check = services["web"].healthcheck
    assert check is not None
    assert check.test[:3] == ("CMD", "python", "-c")
    other = services["jobs"].healthcheck
    assert other is not None
    assert other.test == ("CMD-SHELL", "pgrep python")


def test_a_second_plan_of_the_result_changes_nothing_more(
    project: Callable[[dict[str, str]], Path],
) -> None:
    folder = project(dict(_SHOP))
    for file in _plan(folder).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    with pytest.raises(ProjectError, match="several stages already"):
        _plan(folder)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {
                "Dockerfile": "FROM python:3.12-alpine\nCOPY deps/base.txt .\n"
                "RUN pip install -r base.txt\n"
            },
            "alpine",
        ),
        ({"Dockerfile": "FROM golang:1.25\nCOPY . .\nRUN go build\n"}, "neither"),
        (
            {
                "Dockerfile": "FROM python:3.12-slim\nCOPY deps/base.txt .\n"
                "RUN pip install -r base.txt && make everything\n"
            },
            "does other work",
        ),
    ],
)
def test_what_is_not_understood_is_left_alone(
    project: Callable[[dict[str, str]], Path], changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(ProjectError, match=reason):
        _plan(project({**_SHOP, **changes}))


def test_code_in_a_subfolder(project: Callable[[dict[str, str]], Path]) -> None:
    plan = _plan(
        project(
            {
                "compose.yml": "services:\n  api:\n    build:\n      context: .\n"
                "      dockerfile: docker/api.Dockerfile\n    command: uvicorn core.app:app\n",
                "docker/api.Dockerfile": "FROM python:3.11-slim\nWORKDIR /code\n"
                "COPY server/requirements.txt .\nRUN pip install -r requirements.txt\n"
                "COPY server/ /code/\n",
                "server/requirements.txt": "fastapi==0.115\nuvicorn==0.30\nblack==24\n",
                "server/core/__init__.py": "",
                "server/core/app.py": "import fastapi\n",
            }
        )
    )
    assert _copied(plan, "docker/api.Dockerfile") == {"server/core/"}
    assert "COPY --chown=appuser:appuser server/core/ ./core/" in _text(
        plan, "docker/api.Dockerfile"
    )
    assert plan.text_of("server/requirements.prod.txt") is not None


def test_unreadable_code_keeps_everything_but_tools(
    project: Callable[[dict[str, str]], Path],
) -> None:
    plan = _plan(project({**_SHOP, "wares/site.py": "def broken(:\n"}))
    lines = _text(plan, "deps/base.prod.txt")
    assert "boto3" in lines
    assert "ruff" not in lines
    assert any("could not be told" in note for note in plan.notes)


def test_source_mounts_move_to_the_development_file(
    project: Callable[[dict[str, str]], Path],
) -> None:
    compose = _SHOP["docker-compose.yml"].replace(
        '    ports: ["9000:9000"]', '    ports: ["9000:9000"]\n    volumes:\n      - .:/srv/shop'
    )
    plan = _plan(project({**_SHOP, "docker-compose.yml": compose}))
    assert "volumes:" not in _text(plan, "docker-compose.yml")
    assert "./wares:/srv/shop/wares" in _text(plan, "docker-compose.dev.yml")


def test_secrets_have_no_default_in_production(project: Callable[[dict[str, str]], Path]) -> None:
    compose = _SHOP["docker-compose.yml"] + (
        "    environment:\n      DB_PASSWORD: hunter2\n      URL: postgres://u:hunter2@db/x\n"
    )
    text = _text(
        _plan(project({**_SHOP, "docker-compose.yml": compose})), "docker-compose.prod.yml"
    )
    assert "hunter2" not in text
    assert "${DB_PASSWORD:?set DB_PASSWORD}" in text


def test_the_ignore_file_keeps_its_lines_and_never_hides_what_is_copied(
    project: Callable[[dict[str, str]], Path],
) -> None:

    folder = project({**_SHOP, ".dockerignore": "# ours\n*.tmp\n", "venv/x.py": "", "big.bin": "x"})
    plan = _plan(folder)
    text = _text(plan, ".dockerignore")
    assert text.startswith("# ours\n*.tmp\n")
    for file in plan.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    sent = {f.path for f in read_context(folder, IgnoreFile.parse(SourceText("x", text))).files}
    assert {"wares/site.py", "data/prices.csv", "deps/base.prod.txt"} <= sent
    assert not {"venv/x.py", "big.bin", "notebooks/x.ipynb", "Dockerfile"} & sent


def test_a_django_project(project: Callable[[dict[str, str]], Path]) -> None:
    plan = _plan(
        project(
            {
                "compose.yml": "services:\n  web:\n    build: .\n"
                "    command: gunicorn site_.wsgi:application\n",
                "Dockerfile": "FROM python:3.12-slim\nWORKDIR /code\nCOPY requirements.txt .\n"
                "RUN pip install -r requirements.txt\nCOPY . .\n"
                "RUN python manage.py collectstatic --noinput\n",
                "requirements.txt": "Django==5.0\ngunicorn==22.0\ndjango-crispy-forms==2.1\n"
                "django-debug-toolbar==4.3\nblack==24.1\n",
                "manage.py": "import django\nimport os\n"
                "os.environ['DJANGO_SETTINGS_MODULE'] = 'site_.settings'\n",
                "site_/__init__.py": "",
                "site_/wsgi.py": "import django\n",
                "site_/settings.py": "INSTALLED_APPS = ['crispy_forms', 'polls', 'debug_toolbar']\n"
                "COLOURS = ['black', 'white']\n",
                "polls/__init__.py": "",
                "polls/templates/polls/index.html": "",
                "tests/test_polls.py": "",
            }
        )
    )
    assert _copied(plan) == {"site_/", "polls/", "manage.py"}
    lines = _text(plan, "requirements.prod.txt")
    assert "django-crispy-forms" in lines
    assert "django-debug-toolbar" in lines, "the settings load it"
    assert "black" not in lines
