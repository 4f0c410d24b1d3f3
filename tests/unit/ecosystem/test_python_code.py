"""What Python files import and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.ecosystem.python.code import CodeBase, is_test_file
from jettison.ecosystem.python.names import (
    AMBIGUOUS,
    DEVELOPMENT,
    IMPLIED,
    IMPORTS,
    distributions_of_executable,
    distributions_of_import,
    is_development,
    may_import,
)
from jettison.ecosystem.python.optional import optional_needs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _code(root: Path) -> CodeBase:
    return CodeBase({p.relative_to(root).as_posix(): str(p) for p in root.rglob("*.py")})


@pytest.mark.parametrize(
    ("file", "text", "imports"),
    [
        (
            "shop/main.py",
            "from . import routes\nfrom shop.models.user import User\n",
            "shop.routes",
        ),
        ("shop/routes.py", "def f():\n    import shop.lazy\n", "shop.lazy"),
        ("shop/models/user.py", "from ..database import engine\n", "shop.database"),
    ],
)
def test_every_kind_of_import(
    project: Callable[[dict[str, str]], Path], file: str, text: str, imports: str
) -> None:
    facts = _code(project({file: text})).facts(file)
    assert facts is not None
    assert imports in facts.imports


def test_a_file_that_is_no_python_is_told(project: Callable[[dict[str, str]], Path]) -> None:
    root = project({"a.py": "def (:\n", "b.py": "import c\n"})
    facts = _code(root).summary(["a.py", "b.py"])
    assert facts.unreadable == ("a.py",)
    assert facts.imports == {"c"}


def test_strings_used_as_paths(project: Callable[[dict[str, str]], Path]) -> None:
    root = project(
        {
            "a.py": "from pathlib import Path\n"
            "x = Path('one') / 'two'\nopen('three.txt')\nf(directory='four')\ny = 'five'\n"
        }
    )
    assert _code(root).summary(["a.py"]).paths == {"one", "two", "three.txt", "four"}


def test_imports_to_distributions() -> None:
    listed = frozenset(
        {"pillow", "pyjwt", "opentelemetry-sdk", "opentelemetry-api", "python-magic", "psycopg2"}
    )
    assert distributions_of_import("PIL.Image", listed) == {"pillow"}
    assert distributions_of_import("jwt", listed) == {"pyjwt"}
    assert distributions_of_import("opentelemetry.sdk.trace", listed) == {"opentelemetry-sdk"}
    assert distributions_of_import("magic", listed) == {"python-magic"}
    assert distributions_of_import("psycopg2.extras", listed) == {"psycopg2"}
    assert distributions_of_import("unheard_of", listed) == frozenset()
    assert distributions_of_executable("django-admin", frozenset({"django"})) == {"django"}
    assert distributions_of_executable("py.test", frozenset({"pytest"})) == {"pytest"}
    assert distributions_of_executable("watchmedo", frozenset({"watchdog"})) == {"watchdog"}


def test_development_tools() -> None:
    assert is_development("pytest")
    assert is_development("types-requests")
    assert is_development("flake8-anything")
    assert not is_development("flask")


def test_test_files() -> None:
    assert is_test_file("tests/x.py")
    assert is_test_file("app/test_x.py")
    assert is_test_file("app/conftest.py")
    assert is_test_file("shop/tests.py"), "as Django makes it"
    assert not is_test_file("app/contest.py")


_TOOLS = DEVELOPMENT - AMBIGUOUS


@pytest.mark.parametrize(
    "text",
    [
        "import pytest",
        "import os, pytest as p",
        "import os, \\\n    pytest",
        "from pytest import mark",
        "from .Pytest import mark",
        "if x:\timport test.support",
        "PLUGINS = ['pytest_cov.plugin']",
        'x = f"{a}pytest.b"',
        "import pytest_cov",
    ],
)
def test_a_file_that_may_import_a_tool(text: str) -> None:
    assert may_import(frozenset({"pytest", "pytest-cov"}))(f"x = 1\n{text}\n".encode())


@pytest.mark.parametrize(
    "text",
    [
        "import latest",
        "import os\ntest = 1",
        "# pytest is fine",
        "x.pytest()",
        "def test(): ...",
        "",
    ],
)
def test_a_file_that_imports_no_tool(text: str) -> None:
    assert not may_import(frozenset({"pytest"}))(text.encode())


@given(
    st.lists(st.sampled_from(sorted({*_TOOLS, *IMPORTS, "test", "x"})), min_size=1, max_size=3),
    st.sampled_from(["import {}", "from {} import y", "import a, {}", "z = '{}'"]),
    st.sampled_from(["_", "."]),
)
def test_no_file_that_imports_a_tool_is_left_out(words: list[str], form: str, mark: str) -> None:
    module = mark.join(word.replace("-", mark) for word in words)
    found = distributions_of_import(module, _TOOLS)
    assert not found or may_import(found)(form.format(module).encode())


def test_tables_keep_no_tool_of_their_own() -> None:
    """Where code is not parsed for a distribution, no table may keep a tool for its sake."""
    assert not {row.distribution for row in IMPLIED} & _TOOLS
    names = (
        DEVELOPMENT
        | {row.distribution for row in IMPLIED}
        | {n for v in IMPORTS.values() for n in v}
    )
    names |= {"flask", "django", "fastapi", "uvicorn", "celery", "rq", "streamlit", "pandas"}
    assert not {need for name in names for need in optional_needs(name)} & _TOOLS
