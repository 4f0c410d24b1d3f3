"""Tests that packages carry: which may go, and where they are taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.analysis import Distribution, Evidence, ImageEvidence, ModuleCode
from jettison.analysis.evidence import FolderOfTests
from jettison.changes import Plan, plan
from jettison.rules import Grade, Refused, rules_with
from jettison.rules.catalog.tests_in_packages import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from pathlib import Path

_SITE = "/usr/local/lib/python3.11/site-packages"
_FILES = {
    "compose.yaml": "services:\n  api:\n    build: .\n",
    "requirements.txt": "pandas==2.2.3  # tables\n\n# Serving\nflask\n",
    "main.py": "import pandas\n",
}
_HEAD = "FROM python:3.11-slim\nCOPY . .\n"
_PIP = f"{_HEAD}RUN pip install -r requirements.txt\n"
_FIND = "find {} -path '*/site-packages/pandas/*' -type d -name tests -prune -exec rm -rf {{}} +"
_LIB = _FIND.format("/usr/local/lib")


def _distribution(name: str, *requires: str, code: dict[str, str] | None = None) -> Distribution:
    said = {
        module: ModuleCode(frozenset(), frozenset({other}))
        for module, other in (code or {}).items()
    }
    modules = frozenset({name, f"{name}.tests", f"{name}.tests.helpers"})
    needs = frozenset(requires)
    return Distribution(name, "1", modules, needs, frozenset(), False, frozenset(), 9, code=said)


def _image(*ones: Distribution, site: str = _SITE, **sizes: float) -> ImageEvidence:
    """An image with distributions, and folders of tests by path with their MB."""
    there = ones or (_distribution("pandas", "numpy"), _distribution("numpy"))
    folders = {}
    for path, size in (sizes or {"pandas__tests": 36}).items():
        name, *parts = path.split("__")
        folder = FolderOfTests(site, name, name, int(size * 1e6))
        folders["/".join((site, name, *parts))] = folder
    return ImageEvidence(
        "api",
        {one.name: one for one in there},
        files={"/usr/lib/libc.so": 200_000_000},
        tests=folders,
    )


def _plan(dockerfile: str, image: ImageEvidence, *opened: str, **files: str) -> Plan:
    texts = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    evidence = Evidence({"api": image}, {"api": frozenset(opened)} if opened else {})
    return planned(RULE, {**_FILES, **texts, "Dockerfile": dockerfile}, evidence)


def _after(made: Plan) -> str:
    assert not made.dropped
    return changed(made).get("Dockerfile", "")


def test_in_the_run_that_installs() -> None:
    made = _plan(_PIP, _image())
    assert _after(made) == f"{_PIP[:-1]} \\\n    && {_LIB}\n"
    (change,) = made.applied
    assert str(change.key) == "JT032/api/pandas"
    assert change.grade is Grade.UNSAFE
    assert change.claim.within == (f"{_SITE}/pandas/tests/",)
    assert change.basis.word == "read"
    assert not made.left


def test_nothing_without_an_image_or_weight() -> None:
    assert not planned(RULE, {**_FILES, "Dockerfile": _PIP}).found
    assert not _plan(_PIP, _image(pandas__tests=5.9)).found
    assert _plan(_PIP, _image(pandas__tests=6.1)).applied, "3 % of the image"
    assert not _plan(_PIP, _image(numpy__a__tests=0.9, pandas__tests=0.9)).found


def test_heavy_packages_are_named_and_light_ones_left() -> None:
    image = _image(
        numpy__core__tests=3, pandas__tests=30, pandas__io__test=2, flask__tests=0.5, numpy__tests=1
    )
    assert _after(_plan(_PIP, image)) == (
        f"{_PIP[:-1]} \\\n    && find /usr/local/lib \\( -path '*/site-packages/numpy/*'"
        " -o -path '*/site-packages/pandas/*' \\) \\\n"
        "        -type d \\( -name test -o -name tests \\) -prune -exec rm -rf {} +\n"
    )


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("numpy.core", "pandas.tests.helpers"),
        ("pandas.util", "pandas.tests"),
        ("numpy.conftesting", "pandas.tests.helpers"),
    ],
)
def test_what_kept_code_imports_stays(module: str, other: str) -> None:
    image = _image(
        _distribution("pandas", code={module: other} if "pandas" in module else {}),
        _distribution("numpy", code={module: other} if "numpy" in module else {}),
    )
    assert not _plan(_PIP, image).found


@pytest.mark.parametrize("module", ["pandas.conftest", "pandas._build.make"])
def test_what_only_pytest_or_nobody_loads_keeps_nothing(module: str) -> None:
    code = {module: "pandas.tests.helpers"}
    assert _plan(_PIP, _image(_distribution("pandas", code=code))).applied


def test_a_private_module_counts_where_another_loads_it() -> None:
    code = {"pandas._build": "pandas.tests.helpers", "pandas.api": "pandas._build"}
    assert not _plan(_PIP, _image(_distribution("pandas", code=code))).found
    own = "def f():\n    from pandas import _build\n"
    image = _image(_distribution("pandas", code={"pandas._build": "pandas.tests.helpers"}))
    assert not _plan(_PIP, image, main_py=own).found


def test_another_package_of_the_same_beginning_keeps_nothing() -> None:
    image = _image(_distribution("pandas", code={"pandas.api": "pandas.tests_of_ours"}))
    assert _plan(_PIP, image).applied


def test_what_the_project_uses_stays() -> None:
    image = _image()
    assert not _plan(_PIP, image, main_py="def f():\n    from pandas import tests\n").found
    assert not _plan(_PIP, image, tests__test_a_py="import pandas.tests.helpers\n").found
    assert not _plan(_PIP, image, main_py='RUN = "pandas.tests.helpers:run"\n').found
    path = f'DATA = "{_SITE}/pandas/tests/data/a.csv"\n'
    assert not _plan(_PIP, image, main_py=path).found
    command = 'CMD ["python", "-m", "pandas.tests.helpers"]\n'
    assert not _plan(_PIP + command, image).found
    readme = "docker compose exec api pytest --pyargs pandas\n"
    assert not _plan(_PIP, image, README_md=f"```sh\n{readme}```\n").found


def test_what_was_opened_or_is_an_entry_point_stays() -> None:
    image = _image()
    assert not _plan(_PIP, image, f"{_SITE}/pandas/tests/data/a.csv").found
    made = _plan(_PIP, image, f"{_SITE}/pandas/__init__.py")
    assert made.applied[0].basis.word == "observed"
    entry = frozenset({("x.plugins", "pandas.tests.helpers")})
    named = replace(_distribution("pandas"), entry_points=entry)
    assert not _plan(_PIP, _image(named)).found


def test_all_folders_of_a_package_or_none() -> None:
    image = _image(pandas__tests=36, pandas__io__tests=3)
    tests = dict(image.tests)
    tests[f"{_SITE}/pandas/io/tests"] = FolderOfTests(_SITE, "pandas", "", 5)
    assert not _plan(_PIP, replace(image, tests=tests)).found


@pytest.mark.parametrize(
    ("install", "copy", "site", "start"),
    [
        ("pip install --prefix=/install", "/install /usr/local", _SITE, "/install"),
        ("pip install", "/usr/local /usr/local", _SITE, "/usr/local/lib"),
        ("pip install", f"{_SITE} {_SITE}/", _SITE, "/usr/local/lib"),
        (
            "python -m venv /opt/venv && /opt/venv/bin/pip install",
            "/opt/venv /opt/venv",
            "/opt/venv/lib/python3.11/site-packages",
            "/opt/venv",
        ),
        (
            "pip install --user",
            "/root/.local /home/app/.local",
            "/home/app/.local/lib/python3.11/site-packages",
            "/root/.local",
        ),
    ],
)
def test_in_the_stage_that_installs(install: str, copy: str, site: str, start: str) -> None:
    build = f"FROM python:3.11-slim AS build\nCOPY . .\nRUN {install} -r requirements.txt"
    final = f"\nFROM python:3.11-slim\nRUN pip install gunicorn\nCOPY --from=build {copy}\n"
    made = _plan(f"{build}\n{final}", _image(site=site))
    assert _after(made) == f"{build} \\\n    && {_FIND.format(start)}\n{final}"


def test_a_folder_of_another_name_in_the_stage() -> None:
    build = "FROM python:3.11-slim AS build\nCOPY . .\nRUN pip install --target=/deps pandas"
    final = f"\nFROM python:3.11-slim\nCOPY --from=build /deps {_SITE}\n"
    made = _plan(f"{build}\n{final}", _image())
    assert f"{build} \\\n    && find /deps -path '/deps/pandas/*' -type d" in _after(made)


def test_of_several_runs_the_one_whose_list_brings_it() -> None:
    image = _image(
        _distribution("frames", "pandas"),
        _distribution("pandas", "numpy"),
        _distribution("flask"),
        numpy__tests=20,
    )
    image = replace(image, distributions={**image.distributions, "numpy": _distribution("numpy")})
    text = f"{_HEAD}RUN pip install -U pip\nRUN pip install frames\nRUN pip install flask\n"
    made = _plan(text, image)
    assert "RUN pip install frames \\\n    && find /usr/local/lib" in _after(made)
    unclear = f"{_HEAD}RUN pip install .\nRUN pip install ./other\n"
    (finding,) = _plan(unclear, image).left
    assert isinstance(finding.remedy, Refused)


def test_of_a_stage_that_is_copied_from_the_last_run_will_do() -> None:
    sync = "RUN uv sync --frozen --no-install-project\nCOPY . .\nRUN uv sync --frozen"
    build = f"FROM python:3.11-slim AS build\nWORKDIR /app\nCOPY uv.lock pyproject.toml .\n{sync}"
    final = "\nFROM python:3.11-slim\nCOPY --from=build /app/.venv /app/.venv\n"
    image = _image(site="/app/.venv/lib/python3.11/site-packages")
    files = {"uv_lock": "", "pyproject_toml": ""}
    made = _plan(f"{build}\n{final}", image, **files)
    assert _after(made) == f"{build} \\\n    && {_FIND.format('/app/.venv')}\n{final}"
    alone = _plan(f"FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n{sync}\n", image, **files)
    (finding,) = alone.left
    assert isinstance(finding.remedy, Refused)


def test_a_target_of_the_same_file_without_python_has_no_say() -> None:
    compose = (
        "services:\n  api:\n    build: {context: ., target: api}\n"
        "  site:\n    build: {context: ., target: site}\n"
    )
    text = f"{_PIP.replace('slim', 'slim AS api', 1)}\nFROM nginx AS site\nCOPY main.py /\n"
    evidence = Evidence({"api": _image(), "site": ImageEvidence("site")})
    files = {**_FILES, "compose.yaml": compose, "Dockerfile": text}
    made = planned(RULE, files, evidence)
    assert _LIB in _after(made)
    assert not planned(RULE, files, Evidence({"api": _image()})).found, "one is not known"


def test_layouts_of_the_run() -> None:
    text = f"{_HEAD}RUN set -eux; \\\n    pip install -r requirements.txt; \\\n    echo done\n"
    assert f"    echo done; \\\n    {_LIB}\n" in _after(_plan(text, _image()))
    heredoc = f"{_HEAD}RUN <<EOF\nset -e\npip install -r requirements.txt\nEOF\n"
    assert f"requirements.txt\n{_LIB}\nEOF\n" in _after(_plan(heredoc, _image()))


def test_packages_that_leave_by_another_change_are_not_named(tmp_path: Path) -> None:
    """The rule looks at what the others leave, though a built image still has it."""
    files = {**_FILES, "requirements.txt": "pandas\nlinter\n"}
    files["Dockerfile"] = f'{_PIP}CMD ["python", "main.py"]\n'
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    linter = replace(_distribution("linter", "kernel"), purpose="Framework :: Flake8")
    kernel = _distribution("kernel", code={"kernel.run": "pandas.tests.helpers"})
    image = _image(
        _distribution("pandas"),
        linter,
        kernel,
        pandas__tests=12,
        linter__tests=30,
        kernel__tests=9,
    )
    rules = [rule for rule in rules_with(frozenset()) if rule.code in ("JT003", "JT032")]
    made = plan(TextTree(tmp_path), {}, rules=rules, evidence=Evidence({"api": image}))
    assert [change.key.rule for change in made.applied] == ["JT003", "JT032"]
    assert _LIB in changed(made)["Dockerfile"]
    assert changed(made)["requirements.txt"] == "pandas\n"
