"""Sources of a copy are changed, seen by who takes them up, and put back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jettison.engine import FakeEngine, StackRequest
from jettison.trial.extras.reload import Sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FILES = {
    "shop/main.py": "app = None\n",
    "shop/unused.py": "pass\n",
    "shop/deep/part.py": "x = 1\n",
    "web/src/main.tsx": "start()\n",
    "web/node_modules/left/index.js": "pad()\n",
    "data/prices.csv": "1\n",
}


def _model(root: Path) -> dict[str, object]:
    def bind(path: str) -> dict[str, str]:
        return {"type": "bind", "source": str(root / path), "target": f"/srv/{path}"}

    return {
        "services": {
            "api": {"volumes": [bind("shop")]},
            "web": {"volumes": [bind("web"), {"type": "volume", "target": "/srv/n"}]},
            "db": {"volumes": [bind("data")]},
            "other": {"volumes": [{"type": "bind", "source": "/etc", "target": "/etc"}]},
        }
    }


@pytest.fixture
def tree(project: Callable[[dict[str, str]], Path]) -> Path:
    return project(dict(_FILES))


def _texts(tree: Path) -> dict[str, str]:
    return {name: (tree / name).read_text() for name in _FILES}


def test_only_services_with_sources_of_the_copy(tree: Path) -> None:
    assert set(Sources.of(tree, _model(tree)).services) == {"api", "web"}


def test_what_was_read_is_changed_and_put_back(tree: Path) -> None:
    sources = Sources.of(tree, _model(tree))
    sources.forget_reads()
    now = (tree / "shop/main.py").stat().st_mtime_ns
    for name in ("shop/main.py", "web/src/main.tsx"):
        os.utime(tree / name, ns=(now, now))  # as reading does, where the file system notes it
    assert sources.change() == ("shop/main.py", "web/src/main.tsx")
    changed = {name for name, text in _texts(tree).items() if text != _FILES[name]}
    assert changed == {"shop/main.py", "web/src/main.tsx"}
    compile((tree / "shop/main.py").read_text(), "main.py", "exec")
    sources.restore()
    assert _texts(tree) == _FILES


def test_without_times_of_reading_any_source_counts(tree: Path) -> None:
    sources = Sources.of(tree, _model(tree))
    sources.forget_reads()
    assert set(sources.change()) == {
        "shop/main.py",
        "shop/unused.py",
        "shop/deep/part.py",
        "web/src/main.tsx",
    }


def test_it_is_seen_in_the_log_of_who_took_it_up(tree: Path, tmp_path: Path) -> None:
    sources = Sources.of(tree, _model(tree))
    sources.forget_reads()
    engine = FakeEngine(
        {}, logs_of=lambda _, name: (tree / "shop/main.py").read_text() if name == "api" else ""
    )
    request = StackRequest("x-dev", tmp_path / "compose.json", tree)
    assert sources.taken_up(engine, request, {}, {"api"}, 0.0) == {}
    sources.change()
    assert set(sources.taken_up(engine, request, {}, {"api"}, 5.0)) == {"api"}
    assert set(sources.taken_up(engine, request, {}, {"web"}, 0.0)) == {"api"}
