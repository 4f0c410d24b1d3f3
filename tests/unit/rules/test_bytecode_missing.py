"""Bytecode of the standard library: lost with a stage or with root, and given back in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import Evidence, ImageEvidence
from jettison.analysis.evidence import StandardModule
from jettison.rules.catalog.bytecode_missing import RULE
from jettison.rules.production_image import production_dockerfile

if TYPE_CHECKING:
    from jettison.changes import Plan

_LIBRARY = "/usr/local/lib/python3.11"
_COMPOSE = "services:\n  api:\n    build: .\n"
_SPLIT = (
    "FROM python:3.11-slim AS build\nRUN pip install --prefix=/install flask\n"
    "FROM python:3.11-slim\nCOPY --from=build /install /usr/local\n"
)
_USER = 'RUN useradd app\nUSER app\nCMD ["flask", "run"]\n'
_LOADED = (
    "# The standard library's bytecode, which nothing caches at run time\n"
    'RUN python -c "import asyncio, json"\n'
)


def _module(name: str, kilobytes: int, *loads: str, cached: bool = True) -> StandardModule:
    path = f"{_LIBRARY}/{name.replace('.', '/')}.py"
    return StandardModule(path, kilobytes * 1000, frozenset(loads), cached)


def _image(*, cached: bool = True, user: str = "") -> ImageEvidence:
    standard = {
        "asyncio": _module(
            "asyncio/__init__", 10, "asyncio.events", "_weak", "turtle", cached=cached
        ),
        "asyncio.events": _module("asyncio/events", 600, "socket", cached=cached),
        "socket": _module("socket", 100, cached=cached),
        "_weak": _module("_weak", 50, cached=cached),
        "json": _module("json/__init__", 90, cached=cached),
        "this": _module("this", 1, cached=cached),
        "turtle": _module("turtle", 400, "json", cached=False),
    }
    return ImageEvidence("image", standard=standard, user=user)


def _plan(dockerfile: str, image: ImageEvidence, *opened: str) -> Plan:
    files = {"compose.yaml": _COMPOSE, "Dockerfile": dockerfile}
    paths = frozenset(f"{_LIBRARY}/{name}" for name in opened)
    return planned(RULE, files, Evidence({"api": image}, {"api": paths} if opened else {}))


def _after(made: Plan) -> str:
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert not made.dropped
    return now.text


def test_what_pip_left_in_the_image_is_loaded_where_pip_runs_elsewhere_now() -> None:
    made = _plan(_SPLIT + _USER, _image())
    head, end = _SPLIT.split("COPY")
    assert _after(made) == f"{head}{_LOADED}COPY{end}{_USER}"
    assert [str(one.key) for one in made.applied] == ["JT015/api"]


def test_what_services_opened_decides_if_it_was_watched() -> None:
    made = _plan(_SPLIT + _USER, _image(), "asyncio/__pycache__/events.cpython-311.pyc")
    assert 'RUN python -c "import asyncio.events"' in _after(made)
    assert made.applied[0].basis.word == "observed"


def test_too_little_to_be_worth_a_line() -> None:
    assert not _plan(_SPLIT + _USER, _image(), "json/__init__.py").applied


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"FROM python:3.11-slim\nRUN pip install flask\n{_USER}",
        f"{_SPLIT}RUN python manage.py collectstatic\n{_USER}",
        f"{_SPLIT}ENV PYTHONDONTWRITEBYTECODE=1\n{_USER}",
    ],
)
def test_nothing_is_lost_or_wanted(dockerfile: str) -> None:
    assert not _plan(dockerfile, _image()).found


def test_the_line_stands_before_the_image_leaves_root() -> None:
    text = _SPLIT.replace("slim\nCOPY", "slim\nUSER app\nCOPY")
    after = _after(_plan(text, _image(user="app")))
    assert after == text.replace("USER app\n", f"{_LOADED}USER app\n")


_ONCE = _USER.replace('"flask", "run"', '"python", "job.py"')


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", _USER, True),
        ("", f"EXPOSE 80\n{_ONCE}", True),
        ("", f"{_ONCE}HEALTHCHECK CMD python check.py\n", True),
        ("", _ONCE, False),  # each container compiles once, as it did
        ("", 'CMD ["flask", "run"]\n', False),
        ("app", _USER, False),
    ],
)
def test_without_any_in_the_image_only_a_user_that_replaces_root_loses_it(
    before: str, after: str, found: bool
) -> None:
    opened = ("asyncio/events.py", "asyncio/__init__.py", "json/__init__.py")
    made = _plan(_SPLIT + after, _image(cached=False, user=before), *opened)
    assert bool(made.applied) is found


def test_without_an_image_nothing_is_known() -> None:
    assert not planned(RULE, {"compose.yaml": _COMPOSE, "Dockerfile": _SPLIT + _USER}).found


def test_an_image_without_bytecode_on_purpose_does_not_load_it() -> None:
    text = production_dockerfile(_plan(_SPLIT + _USER, _image()).after.project.targets[0])
    assert text is not None
    assert "PYTHONDONTWRITEBYTECODE=1" in text
    assert "standard library" not in text
    assert "import asyncio" not in text


def test_many_small_modules_are_named_until_hardly_anything_is_left() -> None:
    standard = {f"part{n:03}": _module(f"part{n:03}", 9) for n in range(200)} | {
        "tiny": _module("tiny", 1)
    }
    after = _after(_plan(_SPLIT + _USER, ImageEvidence("image", standard=standard)))
    named = [f"part{n:03}" in after for n in range(200)]
    assert named.count(True) >= 198
    assert "tiny" not in after
