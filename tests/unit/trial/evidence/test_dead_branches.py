"""Branches of code by the version of Python: what is run for sure, never, or perhaps."""

from __future__ import annotations

import pytest

from jettison.trial.evidence.dead_branches import without_dead_branches

_TEXT = """\
import sys
{setup}
if {test}:
    import newer
else:
    import older
"""


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ("sys.version_info >= (3, 8)", "newer"),
        ("sys.version_info >= (3, 11)", "newer"),
        ("sys.version_info < (3, 11)", "older"),
        ("sys.version_info < (3,)", "older"),
        ("sys.version_info[:2] >= (3, 12)", "older"),
        ("not sys.version_info < (3, 8)", "newer"),
        ("PY39", "newer"),
        ("compat.PY2", "older"),
        ("anything or PY39", "newer"),
        ("anything and PY39", "newer older"),
        ("sys.version_info >= (3, 11, 4)", "newer older"),
        ("sys.version_info > bound()", "newer older"),
        ("sys.version_info[0] == 3", "newer older"),
        ("anything", "newer older"),
    ],
)
def test_conditions(test: str, kept: str) -> None:
    data = _TEXT.format(setup="PY39 = sys.version_info >= (3, 9)", test=test).encode()
    left = without_dead_branches(data, (3, 11))
    assert left.count(b"\n") == data.count(b"\n")
    assert [word for word in ("newer", "older") if word.encode() in left] == kept.split()


@pytest.mark.parametrize(
    "data", [b"if sys.version_info >= (3\n    import x\n", b"\0if PY2:\n import y\n"]
)
def test_what_cannot_be_parsed_is_left_as_it_is(data: bytes) -> None:
    assert without_dead_branches(data, (3, 11)) == data
