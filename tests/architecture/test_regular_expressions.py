"""What regular expressions may not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[2] / "src").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_possessive_repeat_of_a_group(path: Path) -> None:
    # Python 3.11.0 to 3.11.4 lets its last repeat match in part: python/cpython#106052.
    assert not re.search(r"\)(?:[*+?]|\{\d*,?\d*\})\+", path.read_text("utf-8")), path
