"""What Python files import and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.ecosystem.python.code import CodeBase, is_test_file
from jettison.ecosystem.python.names import (
    distributions_of_executable,
    distributions_of_import,
    is_development,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _code(root: Path) -> CodeBase:
    return CodeBase({p.relative_to(root).as_posix(): str(p) for p in root.rglob("*.py")})


def test_reachable_files_through_every_kind_of_import(
    project: Callable[[dict[str, str]], Path],
) -> None:
    root = project(
        {
            "shop/__init__.py": "",
            "shop/main.py": "from . import routes\nfrom shop.models.user import User\n",
            "shop/routes.py": "def f():\n    import shop.lazy\n",
            "shop/lazy.py": "TASKS = ['shop.tasks']\n",
            "shop/tasks.py": "",
            "shop/models/__init__.py": "",
            "shop/models/user.py": "from ..database import engine\n",
            "shop/database.py": "",
            "shop/unused.py": "",
            "other.py": "",
        }
    )
    found = _code(root).reachable(["shop/main.py"])
    assert "shop/unused.py" not in found
    assert "other.py" not in found
    assert found == {
        "shop/__init__.py",
        "shop/main.py",
        "shop/routes.py",
        "shop/lazy.py",
        "shop/tasks.py",
        "shop/models/__init__.py",
        "shop/models/user.py",
        "shop/database.py",
    }


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


def test_development_tools() -> None:
    assert is_development("pytest")
    assert is_development("types-requests")
    assert is_development("flake8-anything")
    assert not is_development("flask")


def test_test_files() -> None:
    assert is_test_file("tests/x.py")
    assert is_test_file("app/test_x.py")
    assert is_test_file("app/conftest.py")
    assert not is_test_file("app/contest.py")
