"""Health checks that are one GET."""

from __future__ import annotations

import pytest

from jettison.analysis.running.health import http_check


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (("CMD", "curl", "-f", "http://localhost:8000/health"), (8000, "/health")),
        (("CMD-SHELL", "curl -fsS http://localhost:8000/health || exit 1"), (8000, "/health")),
        (("CMD-SHELL", "curl --fail http://127.0.0.1:5000/ > /dev/null 2>&1"), (5000, "/")),
        (("CMD", "wget", "-q", "--spider", "http://127.0.0.1:3000/"), (3000, "/")),
        (("CMD", "curl", "-m", "5", "http://localhost/up?x=1"), (80, "/up?x=1")),
        (("CMD-SHELL", "curl -f http://localhost:8000/a && curl -f http://localhost:8000/b"), None),
        (("CMD", "curl", "-H", "Host: x", "http://localhost:8000/"), None),
        (("CMD", "curl", "http://other:8000/"), None),
        (("CMD-SHELL", "pg_isready -U x"), None),
        (("CMD-SHELL", "curl -f http://localhost:8000/ | grep ok"), None),
        (("CMD-SHELL", "curl 'unclosed"), None),
        (("CMD", "curl", "-f", "http://localhost:8000/$(id)"), None),
        ((), None),
    ],
)
def test_http_check(test: tuple[str, ...], expected: tuple[int, str] | None) -> None:
    found = http_check(test)
    assert ((found.port, found.path) if found else None) == expected


def test_python_asks_the_same() -> None:
    found = http_check(("CMD", "curl", "-f", "http://localhost:8000/health"))
    assert found is not None
    assert found.python_argv()[:2] == ("python", "-c")
    assert "http://127.0.0.1:8000/health" in found.python_argv()[2]
