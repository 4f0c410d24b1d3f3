"""The tests that packages of an image built in memory carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.trial.evidence.test_image import wheel

from jettison.dockerfile import parse_text
from jettison.engine import FakeEngine
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import LayerBuilder, build_image
from jettison.trial.evidence import image_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jettison.analysis.evidence import FolderOfTests

_SITE = "/usr/local/lib/python3.11/site-packages"


@pytest.fixture(scope="module")
def tests() -> Mapping[str, FolderOfTests]:
    base, layer = LayerBuilder(), LayerBuilder()
    wheel(base, "pip", "Name: pip\nVersion: 1\n", **{"pip/tests/t.py": "x = 1\n"})
    frame = {
        "frame/__init__.py": "",
        "frame/tests/__init__.py": "x",
        "frame/tests/io/tests/test_a.py": "x = 1\n",
        "frame/io/tests/data/a.csv": "1,2\n",
        "frame/latest/a.py": "",
    }
    wheel(layer, "the_frame", "Name: The.Frame\nVersion: 1\n", **frame)
    layer.file(f"{_SITE[1:]}/frame/tests/__pycache__/__init__.cpython-311.pyc", b"b" * 90)
    made = {"made/tests/a.py": "x", "tests/top.py": "x"}
    wheel(layer, "made", "Name: made\nVersion: 1\n", **made)
    layer.file(f"{_SITE[1:]}/made/tests/written.txt", b"by a RUN")
    own = {"own/tests/a.py": "x", "own-1.dist-info/direct_url.json": '{"dir_info": {}}'}
    wheel(layer, "own", "Name: own\nVersion: 1\n", **own)
    git = {"git/tests/a.py": "x", "git-1.dist-info/direct_url.json": '{"vcs_info": {}}'}
    wheel(layer, "git", "Name: git\nVersion: 1\n", **git)
    built = build_image([base, layer])
    stored = StoredImage("t", built.config, built.layers, (None,) * 2, StoreAccess.SAVED)
    engine = FakeEngine(services={}, kept={"t": stored})
    dockerfile = parse_text("FROM base\nRUN pip install frame\n")
    found = image_evidence(engine, "t", dockerfile, {"base": built.config.diff_ids[:1]})
    assert found is not None
    return found.tests


def test_outermost_folders_with_bytecode_and_data(tests: Mapping[str, FolderOfTests]) -> None:
    folder = tests[f"{_SITE}/frame/tests"]
    assert (folder.site, folder.package, folder.distribution) == (_SITE, "frame", "the-frame")
    assert folder.size_bytes == 1 + 6 + 90
    assert tests[f"{_SITE}/frame/io/tests"].size_bytes == 4
    assert not any("io/tests/data" in path or "tests/io" in path for path in tests)
    assert f"{_SITE}/frame/latest" not in tests


def test_a_package_named_tests_is_none_of_a_package(tests: Mapping[str, FolderOfTests]) -> None:
    assert f"{_SITE}/tests" not in tests


@pytest.mark.parametrize("name", ["pip", "made", "own"])
def test_of_the_base_partly_made_or_the_projects_own(
    tests: Mapping[str, FolderOfTests], name: str
) -> None:
    assert tests[f"{_SITE}/{name}/tests"].distribution == ""


def test_what_came_from_a_repository_is_installed_from_elsewhere(
    tests: Mapping[str, FolderOfTests],
) -> None:
    assert tests[f"{_SITE}/git/tests"].distribution == "git"
