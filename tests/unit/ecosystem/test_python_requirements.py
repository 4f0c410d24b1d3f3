"""Requirement files as pip reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jettison.ecosystem.python.requirements import read_requirements
from jettison.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_lines_options_and_what_has_no_name(project: Callable[[dict[str, str]], Path]) -> None:
    root = project(
        {
            "requirements.txt": "# heading\n"
            "--extra-index-url https://example.org/simple\n"
            "Flask_Login==0.6  # sessions\n"
            "celery[redis]==5.4 ; python_version > '3.8'\n"
            "numpy \\\n    >=1.0\n"
            "pinned==1.0 --hash=sha256:abc\n"
            "-e ./local\n"
            "git+https://example.org/x.git\n"
        }
    )
    found = read_requirements(root, "requirements.txt")
    assert [(line.name, line.line, line.pinned) for line in found.lines] == [
        ("flask-login", 3, True),
        ("celery", 4, True),
        ("numpy", 5, False),
        ("pinned", 7, True),
    ]
    assert found.lines[1].extras == {"redis"}
    assert found.options == ("--extra-index-url https://example.org/simple",)
    assert found.opaque == ("-e ./local", "git+https://example.org/x.git")


def test_includes_are_followed(project: Callable[[dict[str, str]], Path]) -> None:
    root = project({"a.txt": "-r more/b.txt\nx==1\n", "more/b.txt": "y==2\n"})
    lines = read_requirements(root, "a.txt").lines
    assert [(line.name, line.file) for line in lines] == [("y", "more/b.txt"), ("x", "a.txt")]


@pytest.mark.parametrize("include", ["../outside.txt", "missing.txt", "a.txt"])
def test_bad_includes_are_errors(project: Callable[[dict[str, str]], Path], include: str) -> None:
    root = project({"a.txt": f"\n-r {include}\n"})
    (root.parent / "outside.txt").write_text("x\n")
    with pytest.raises(SourceError, match=r"^a\.txt:2:1: cannot include"):
        read_requirements(root, "a.txt")
